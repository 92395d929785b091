//! Reading named fields out of a map whose values may be of any type, with errors that name the field and the type
//! that is wanted.

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::error::{Error, Result};

/// A map of which each field is taken out once. It is a list, as a few names are found sooner than hashed.
pub struct Fields {
    prefix: String,
    entries: Vec<(String, Value)>,
}

impl Fields {
    /// The fields of a map; `prefix` stands before each name in errors, as in `customer.`.
    #[must_use]
    pub fn new(prefix: &str, map: impl IntoIterator<Item = (String, Value)>) -> Self {
        Self {
            prefix: prefix.to_owned(),
            entries: map.into_iter().collect(),
        }
    }

    /// Refuses names that are not among `known`, with the nearest known one in the message.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] that names the first unknown field.
    pub fn refuse_unknown(&self, known: &[&str]) -> Result<()> {
        let mut names = self.entries.iter().map(|(name, _)| name);
        let Some(unknown) = names.find(|name| !known.contains(&name.as_str())) else {
            return Ok(());
        };
        let unknown = shown(unknown);
        let hint = match nearest(&unknown, known) {
            Some(name) => format!("did you mean {}{name}?", self.prefix),
            None => format!("known are {}", known.join(", ")),
        };
        Err(Error::invalid(
            format!("{}{unknown}", self.prefix),
            format!("is not a known name; {hint}"),
        ))
    }

    /// The field's path, as errors name it.
    #[must_use]
    pub fn path<'a>(&self, name: &'a str) -> Cow<'a, str> {
        if self.prefix.is_empty() {
            name.into()
        } else {
            format!("{}{name}", self.prefix).into()
        }
    }

    /// Takes a field out; null is as good as missing.
    pub fn take(&mut self, name: &str) -> Option<Value> {
        let at = self.entries.iter().position(|(known, _)| known == name)?;
        Some(self.entries.remove(at).1).filter(|value| !value.is_null())
    }

    /// Takes a string out.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] if it is something else.
    pub fn string(&mut self, name: &str) -> Result<Option<String>> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(other) => Err(self.wrong_type(name, "a string", &other)),
        }
    }

    /// Takes a whole number out, which WP-CLI may give as a string of digits.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] if it is something else, or negative.
    pub fn whole_number(&mut self, name: &str) -> Result<Option<i64>> {
        let wanted = "a whole number, 0 or greater";
        match self.take(name) {
            None => Ok(None),
            Some(value) => match &value {
                Value::Number(number) => number.as_i64(),
                Value::String(text) if text.bytes().all(|b| b.is_ascii_digit()) => text.parse().ok(),
                _ => None,
            }
            .filter(|number| *number >= 0)
            .map(Some)
            .ok_or_else(|| self.wrong_type(name, wanted, &value)),
        }
    }

    /// Takes a number of seconds out, as a number or a numeric string.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] if it is something else, or not between 0.001 and 3600.
    pub fn seconds(&mut self, name: &str) -> Result<Option<std::time::Duration>> {
        let wanted = "a number of seconds between 0.001 and 3600";
        match self.take(name) {
            None => Ok(None),
            Some(value) => match &value {
                Value::Number(number) => number.as_f64(),
                Value::String(text) => text.parse().ok(),
                _ => None,
            }
            .filter(|seconds| (0.001..=3600.0).contains(seconds))
            .map(|seconds| Some(std::time::Duration::from_secs_f64(seconds)))
            .ok_or_else(|| self.wrong_type(name, wanted, &value)),
        }
    }

    /// Takes a map out. PHP cannot tell an empty map from an empty list, so that either will do.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] if it is something else.
    pub fn map(&mut self, name: &str) -> Result<Option<Map<String, Value>>> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::Object(map)) => Ok(Some(map)),
            Some(Value::Array(list)) if list.is_empty() => Ok(Some(Map::new())),
            Some(other) => Err(self.wrong_type(name, "an array with names as keys", &other)),
        }
    }

    /// Takes a list out.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] if it is something else.
    pub fn list(&mut self, name: &str) -> Result<Option<Vec<Value>>> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::Array(list)) => Ok(Some(list)),
            Some(other) => Err(self.wrong_type(name, "a list", &other)),
        }
    }

    fn wrong_type(&self, name: &str, wanted: &str, found: &Value) -> Error {
        Error::invalid(self.path(name), format!("must be {wanted}, not {}", type_name(found)))
    }
}

/// What a person calls the type of a value; the value itself may be a secret.
#[must_use]
pub fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a bool",
        Value::Number(number) if number.is_f64() => "a float",
        Value::Number(_) => "this number",
        Value::String(_) => "this string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an array with names as keys",
    }
}

/// A name that somebody has given, as errors show it. It may be of any length.
#[must_use]
pub fn shown(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(64).collect()
}

fn nearest<'a>(unknown: &str, known: &[&'a str]) -> Option<&'a str> {
    known
        .iter()
        .map(|name| (strsim::damerau_levenshtein(unknown, name), *name))
        .min()
        .filter(|(distance, name)| *distance <= name.len() / 2)
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn fields(value: Value) -> Fields {
        let Value::Object(map) = value else { panic!("not a map") };
        Fields::new("", map)
    }

    #[test]
    fn an_unknown_name_is_refused_with_the_nearest_known_one() {
        let error = fields(json!({"tiemout": 1}))
            .refuse_unknown(&["timeout", "proxy"])
            .unwrap_err();
        assert_eq!(error.to_string(), "tiemout is not a known name; did you mean timeout?");
        let error = fields(json!({"x".repeat(10_000_000): 1}))
            .refuse_unknown(&["timeout"])
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("{} is not a known name; known are timeout", "x".repeat(64))
        );
        let error = fields(json!({"zzzzzz": 1}))
            .refuse_unknown(&["timeout", "proxy"])
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "zzzzzz is not a known name; known are timeout, proxy"
        );
    }

    #[test]
    fn numbers_are_taken_from_digit_strings_and_other_types_are_named() {
        assert_eq!(fields(json!({"n": "5"})).whole_number("n").unwrap(), Some(5));
        assert_eq!(fields(json!({"n": 5})).whole_number("n").unwrap(), Some(5));
        assert_eq!(fields(json!({"n": null})).whole_number("n").unwrap(), None);
        for bad in [
            json!({"n": "5x"}),
            json!({"n": 1.5}),
            json!({"n": -1}),
            json!({"n": []}),
            json!({"n": true}),
            json!({"n": ""}),
        ] {
            let error = fields(bad.clone()).whole_number("n").unwrap_err().to_string();
            assert!(error.starts_with("n must be a whole number"), "{bad}: {error}");
        }
        assert_eq!(
            fields(json!({"s": "0.5"})).seconds("s").unwrap(),
            Some(std::time::Duration::from_millis(500))
        );
        for bad in [
            json!({"s": 0}),
            json!({"s": "NaN"}),
            json!({"s": 1e9}),
            json!({"s": "soon"}),
        ] {
            assert!(fields(bad.clone()).seconds("s").is_err(), "{bad}");
        }
    }
}
