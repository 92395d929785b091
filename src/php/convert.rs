//! Values of PHP to JSON values and back. What they mean is the core's business.

use ext_php_rs::boxed::ZBox;
use ext_php_rs::error::Result as ZendResult;
use ext_php_rs::flags::DataType;
use ext_php_rs::types::{ArrayKey, ZendHashTable, ZendStr, Zval};
use serde::Serialize;
use serde_json::{Map, Number, Value};

use crate::error::{Error, Result};

/// No documented array is deeper; one that contains itself would never end.
const MAX_DEPTH: usize = 8;

/// An array with names as keys. A list becomes a map too, whose names are its indexes, to be refused by name.
pub(super) fn map(array: &ZendHashTable) -> Result<Map<String, Value>> {
    map_at("", array, 0)
}

fn map_at(path: &str, array: &ZendHashTable, depth: usize) -> Result<Map<String, Value>> {
    let mut map = Map::new();
    for (key, value) in array {
        let name = key_name(path, &key)?;
        let path = if path.is_empty() {
            name.clone()
        } else {
            format!("{path}.{name}")
        };
        map.insert(name, value_at(&path, value, depth + 1)?);
    }
    Ok(map)
}

fn value_at(path: &str, value: &Zval, depth: usize) -> Result<Value> {
    let value = value.reference().unwrap_or(value);
    if depth > MAX_DEPTH {
        return Err(Error::invalid(path, "is nested too deeply"));
    }
    match value.get_type() {
        DataType::Null | DataType::Undef => Ok(Value::Null),
        DataType::True => Ok(Value::Bool(true)),
        DataType::False => Ok(Value::Bool(false)),
        DataType::Long => Ok(value.long().map_or(Value::Null, Value::from)),
        DataType::Double => value
            .double()
            .and_then(Number::from_f64)
            .map(Value::Number)
            .ok_or_else(|| Error::invalid(path, "must be a finite number")),
        DataType::String => text(path, value).map(Value::String),
        DataType::Array => {
            let Some(array) = value.array() else {
                return Ok(Value::Null);
            };
            if array.has_sequential_keys() {
                let items = array.values().enumerate();
                let items = items.map(|(index, item)| value_at(&format!("{path}[{index}]"), item, depth + 1));
                Ok(Value::Array(items.collect::<Result<_>>()?))
            } else {
                Ok(Value::Object(map_at(path, array, depth)?))
            }
        }
        _ => Err(Error::invalid(path, "must not be an object or a resource")),
    }
}

fn text(path: &str, value: &Zval) -> Result<String> {
    let bytes = value.zend_str().map(ZendStr::as_bytes).unwrap_or_default();
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.to_owned()),
        Err(_) => Err(Error::invalid(path, "is not valid UTF-8")),
    }
}

fn key_name(path: &str, key: &ArrayKey) -> Result<String> {
    match key {
        ArrayKey::Long(index) => Ok(index.to_string()),
        ArrayKey::Str(name) => Ok((*name).to_owned()),
        ArrayKey::String(name) => Ok(name.clone()),
        ArrayKey::ZendString(name) => match std::str::from_utf8(name.as_bytes()) {
            Ok(name) => Ok(name.to_owned()),
            Err(_) => Err(Error::invalid(
                if path.is_empty() { "a name" } else { path },
                "has a name that is not valid UTF-8",
            )),
        },
    }
}

/// A value for PHP: objects become arrays in the order of their fields.
pub(super) fn zval(value: &Value) -> ZendResult<Zval> {
    let mut zval = Zval::new();
    match value {
        Value::Null => zval.set_null(),
        Value::Bool(value) => zval.set_bool(*value),
        Value::Number(number) => match number.as_i64() {
            Some(integer) => zval.set_long(integer),
            None => zval.set_double(number.as_f64().unwrap_or_default()),
        },
        Value::String(text) => zval.set_string(text, false)?,
        Value::Array(items) => {
            let mut array = ZendHashTable::new();
            for item in items {
                array.push(self::zval(item)?)?;
            }
            zval.set_hashtable(array);
        }
        Value::Object(map) => zval.set_hashtable(array(map)?),
    }
    Ok(zval)
}

/// An array for PHP, in the order of the fields.
pub(super) fn array(map: &Map<String, Value>) -> ZendResult<ZBox<ZendHashTable>> {
    let mut array = ZendHashTable::new();
    for (name, item) in map {
        array.insert(name.as_str(), zval(item)?)?;
    }
    Ok(array)
}

/// Anything serializable, for PHP.
pub(super) fn serialized(value: &impl Serialize) -> ZendResult<Zval> {
    zval(&serde_json::to_value(value).unwrap_or_default())
}
