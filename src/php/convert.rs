//! Values of PHP to JSON values and back. What they mean is the core's business.

use ext_php_rs::boxed::ZBox;
use ext_php_rs::error::Result as ZendResult;
use ext_php_rs::flags::DataType;
use ext_php_rs::types::{ZendHashTable, ZendStr, Zval};
use serde::Serialize;
use serde_json::{Map, Number, Value};

use crate::error::{Error, Result};

/// No documented array is deeper; one that contains itself would never end.
const MAX_DEPTH: usize = 8;

/// What cannot be taken, with the path to it, which is put together on the way back.
struct Unfit {
    path: String,
    problem: &'static str,
}

impl Unfit {
    fn new(problem: &'static str) -> Self {
        Self {
            path: String::new(),
            problem,
        }
    }

    fn below(mut self, step: &str) -> Self {
        self.path.insert_str(0, step);
        self
    }
}

impl From<Unfit> for Error {
    fn from(unfit: Unfit) -> Self {
        // The names of the array itself have none before them.
        let path = unfit.path.strip_prefix('.').unwrap_or("the array");
        Self::invalid(path, unfit.problem)
    }
}

/// An array with names as keys. A list becomes a map too, whose names are its indexes, to be refused by name.
pub(super) fn map(array: &ZendHashTable) -> Result<Map<String, Value>> {
    Ok(entries(array)?.into_iter().collect())
}

/// The same, as names with values.
pub(super) fn entries(array: &ZendHashTable) -> Result<Vec<(String, Value)>> {
    Ok(entries_at(array, 1)?)
}

fn entries_at(array: &ZendHashTable, depth: usize) -> std::result::Result<Vec<(String, Value)>, Unfit> {
    let mut entries = Vec::with_capacity(array.len());
    let mut elements = array.iter();
    // Not by `next()`, which panics at a name that is not UTF-8.
    while let Some((key, value)) = elements.next_zval() {
        let name = match key.long() {
            Some(index) => index.to_string(),
            None => text(&key).ok_or_else(|| Unfit::new("has a name that is not valid UTF-8"))?,
        };
        match value_at(value, depth) {
            Ok(value) => entries.push((name, value)),
            Err(unfit) => return Err(unfit.below(&format!(".{name}"))),
        }
    }
    Ok(entries)
}

fn value_at(value: &Zval, depth: usize) -> std::result::Result<Value, Unfit> {
    let value = value.reference().unwrap_or(value);
    if depth > MAX_DEPTH {
        return Err(Unfit::new("is nested too deeply"));
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
            .ok_or_else(|| Unfit::new("must be a finite number")),
        DataType::String => text(value)
            .map(Value::String)
            .ok_or_else(|| Unfit::new("is not valid UTF-8")),
        DataType::Array => {
            let Some(array) = value.array() else {
                return Ok(Value::Null);
            };
            if is_list(array) {
                let items = array.values().enumerate();
                let items = items
                    .map(|(index, item)| value_at(item, depth + 1).map_err(|unfit| unfit.below(&format!("[{index}]"))));
                Ok(Value::Array(items.collect::<std::result::Result<_, _>>()?))
            } else {
                Ok(Value::Object(entries_at(array, depth + 1)?.into_iter().collect()))
            }
        }
        _ => Err(Unfit::new("must not be an object or a resource")),
    }
}

fn is_list(array: &ZendHashTable) -> bool {
    let mut elements = array.iter();
    let keys = std::iter::from_fn(|| elements.next_zval()).map(|(key, _)| key.long());
    keys.eq((0..).map(Some).take(array.len()))
}

/// `None` if it is not UTF-8.
fn text(value: &Zval) -> Option<String> {
    let bytes = value.zend_str().map(ZendStr::as_bytes).unwrap_or_default();
    std::str::from_utf8(bytes).ok().map(str::to_owned)
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
