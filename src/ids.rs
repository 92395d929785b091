//! Identifiers of `WooCommerce.com`: positive whole numbers that come as JSON numbers or as strings of digits.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// An identifier of any size. PHP sees an int, or the digits where they do not fit one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Id(String);

impl Id {
    /// Reads a JSON number or a string of digits; anything else, and 0, is no identifier.
    #[must_use]
    pub fn from_value(value: &Value) -> Option<Self> {
        match value {
            // A number beyond 64 bits has become a float by now, whose digits are not those that were sent.
            Value::Number(number) => number.as_u64().map(|id| id.to_string()),
            Value::String(digits) if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) => {
                Some(digits.trim_start_matches('0').to_owned())
            }
            _ => None,
        }
        .filter(|digits| !digits.is_empty() && digits != "0")
        .map(Self)
    }

    /// The number, if it fits PHP's int.
    #[must_use]
    pub fn as_i64(&self) -> Option<i64> {
        self.0.parse().ok()
    }

    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A JSON number if it fits PHP's int, otherwise the digits.
    #[must_use]
    pub fn to_value(&self) -> Value {
        self.as_i64().map_or_else(|| Value::from(self.as_str()), Value::from)
    }
}

impl std::fmt::Display for Id {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for Id {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_value().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        Self::from_value(&value).ok_or_else(|| serde::de::Error::custom("not an identifier"))
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
        ] {
            assert_eq!(id(&value), None, "{value}");
        }
    }
}
