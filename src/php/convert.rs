//! Values of PHP to JSON values and back. What they mean is the core's business.

use ext_php_rs::boxed::ZBox;
use ext_php_rs::error::Result as ZendResult;
use ext_php_rs::flags::DataType;
use ext_php_rs::types::{ZendHashTable, ZendStr, Zval};
use serde::Serialize;
use serde_json::{Map, Number, Value};

use crate::error::{Error, Result};
use crate::fields::shown;

/// No documented array is deeper; one that contains itself would never end.
const MAX_DEPTH: usize = 8;

/// Bytes that an array may take. PHP has what is equal only once, so that a few kilobytes of arrays in arrays can be more
/// than there is memory for. A list of 400,000 sites is below it.
const MAX_SIZE: usize = 64 << 20;

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
    Ok(Room(MAX_SIZE).entries(array, 1)?)
}

/// How much more the values of an array may take.
struct Room(usize);

impl Room {
    fn entries(&mut self, array: &ZendHashTable, depth: usize) -> std::result::Result<Vec<(String, Value)>, Unfit> {
        let mut entries = Vec::new();
        let mut elements = array.iter();
        // Not by `next()`, which panics at a name that is not UTF-8.
        while let Some((key, value)) = elements.next_zval() {
            let name = match key.long() {
                Some(index) => index.to_string(),
                None => self
                    .text(&key)?
                    .ok_or_else(|| Unfit::new("has a name that is not valid UTF-8"))?,
            };
            match self.value(value, depth) {
                Ok(value) => entries.push((name, value)),
                Err(unfit) => return Err(unfit.below(&format!(".{}", shown(&name)))),
            }
        }
        Ok(entries)
    }

    fn value(&mut self, value: &Zval, depth: usize) -> std::result::Result<Value, Unfit> {
        let value = value.reference().unwrap_or(value);
        if depth > MAX_DEPTH {
            return Err(Unfit::new("is nested too deeply"));
        }
        self.take(size_of::<Value>())?;
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
            DataType::String => self
                .text(value)?
                .map(Value::String)
                .ok_or_else(|| Unfit::new("is not valid UTF-8")),
            DataType::Array => {
                let Some(array) = value.array() else {
                    return Ok(Value::Null);
                };
                if is_list(array) {
                    let items = array.values().enumerate();
                    let items = items.map(|(index, item)| {
                        self.value(item, depth + 1)
                            .map_err(|unfit| unfit.below(&format!("[{index}]")))
                    });
                    Ok(Value::Array(items.collect::<std::result::Result<_, _>>()?))
                } else {
                    Ok(Value::Object(self.entries(array, depth + 1)?.into_iter().collect()))
                }
            }
            _ => Err(Unfit::new("must not be an object or a resource")),
        }
    }

    /// `None` if it is not UTF-8.
    fn text(&mut self, value: &Zval) -> std::result::Result<Option<String>, Unfit> {
        let bytes = value.zend_str().map(ZendStr::as_bytes).unwrap_or_default();
        self.take(bytes.len())?;
        Ok(std::str::from_utf8(bytes).ok().map(str::to_owned))
    }

    fn take(&mut self, size: usize) -> std::result::Result<(), Unfit> {
        self.0 = self.0.checked_sub(size).ok_or_else(|| Unfit::new("is too large"))?;
        Ok(())
    }
}

fn is_list(array: &ZendHashTable) -> bool {
    let mut elements = array.iter();
    let keys = std::iter::from_fn(|| elements.next_zval()).map(|(key, _)| key.long());
    keys.eq((0..).map(Some).take(array.len()))
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
