//! Identifiers of `WooCommerce.com`: positive whole numbers that come as JSON numbers or as strings of digits.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::{Error, Result};
use crate::fields::Fields;

/// More than any number that a caller or the service means.
const MAX_DIGITS: usize = 40;

/// An identifier of any size. PHP sees an int, or the digits where they do not fit one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Id {
    /// One that fits 64 bits.
    Number(u64),
    /// Digits of a larger one, without zeros before them.
    Digits(String),
}

impl Id {
    /// Reads a JSON number or a string of digits; anything else, and 0, is no identifier.
    #[must_use]
    pub fn from_value(value: &Value) -> Option<Self> {
        match value {
            // A number beyond 64 bits has become a float by now, whose digits are not those that were sent.
            Value::Number(number) => number.as_u64().and_then(Self::from_number),
            Value::String(text) => Self::from_digits(text),
            _ => None,
        }
    }

    fn from_number(number: u64) -> Option<Self> {
        (number > 0).then_some(Self::Number(number))
    }

    pub(crate) fn from_digits(text: &str) -> Option<Self> {
        if !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let digits = text.trim_start_matches('0');
        match digits.parse() {
            Ok(number) => Some(Self::Number(number)),
            Err(_) => (1..=MAX_DIGITS)
                .contains(&digits.len())
                .then(|| Self::Digits(digits.to_owned())),
        }
    }

    /// Takes an identifier out.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] if it is none.
    pub fn optional(fields: &mut Fields, name: &str) -> Result<Option<Self>> {
        match fields.take(name) {
            None => Ok(None),
            Some(value) => Self::checked(&fields.path(name), &value).map(Some),
        }
    }

    /// Checks an identifier that a caller gives.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] that names `field`.
    pub fn checked(field: &str, value: &Value) -> Result<Self> {
        Self::from_value(value).ok_or_else(|| Error::invalid(field, "must be a positive whole number, or its digits"))
    }

    /// Takes an identifier out that has to be there.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] if it is missing or none.
    pub fn required(fields: &mut Fields, name: &str) -> Result<Self> {
        Self::optional(fields, name)?
            .ok_or_else(|| Error::invalid(fields.path(name), "is missing; it must be a positive whole number"))
    }

    /// The number, if it fits PHP's int.
    #[must_use]
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Self::Number(number) => i64::try_from(*number).ok(),
            Self::Digits(_) => None,
        }
    }

    /// A JSON number if it fits PHP's int, otherwise the digits.
    #[must_use]
    pub fn to_value(&self) -> Value {
        self.as_i64().map_or_else(|| Value::from(self.to_string()), Value::from)
    }
}

impl std::fmt::Display for Id {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Digits(digits) => digits.fmt(f),
        }
    }
}

impl Serialize for Id {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        self.to_value().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct Digits;
        impl serde::de::Visitor<'_> for Digits {
            type Value = Id;

            fn expecting(&self, formatter: &mut std::fmt::Formatter) -> std::fmt::Result {
                formatter.write_str("an identifier")
            }

            fn visit_u64<E: serde::de::Error>(self, number: u64) -> std::result::Result<Id, E> {
                Id::from_number(number).ok_or_else(|| E::custom("not an identifier"))
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> std::result::Result<Id, E> {
                Id::from_digits(text).ok_or_else(|| E::custom("not an identifier"))
            }
        }
        deserializer.deserialize_any(Digits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn id(value: &Value) -> Option<Value> {
        Id::from_value(value).map(|id| id.to_value())
    }

    #[test]
    fn reads_numbers_and_digit_strings_of_any_size() {
        assert_eq!(id(&json!(42506)), Some(json!(42506)));
        assert_eq!(id(&json!("42506")), Some(json!(42506)));
        assert_eq!(id(&json!(18_734_003_407_356_u64)), Some(json!(18_734_003_407_356_u64)));
        assert_eq!(id(&json!(i64::MAX)), Some(json!(i64::MAX)));
        assert_eq!(
            id(&json!(9_223_372_036_854_775_808_u64)),
            Some(json!("9223372036854775808"))
        );
        assert_eq!(
            id(&json!("99999999999999999999999")),
            Some(json!("99999999999999999999999"))
        );
    }

    #[test]
    fn refuses_everything_else() {
        for value in [
            json!(0),
            json!(-1),
            json!(1.5),
            json!(1e30),
            json!(""),
            json!("0"),
            json!(" 1"),
            json!("1x"),
            json!(null),
            json!(true),
            json!([1]),
            json!("9".repeat(41)),
        ] {
            assert_eq!(id(&value), None, "{value}");
        }
    }
}
