//! Reading answers: tolerant of what PHP's JSON does to types, strict in what it gives.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Error as _, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::{Malformed, json};
use crate::ids::Id;

/// Reads the body of a 2xx answer that is an object.
///
/// # Errors
/// [`Malformed`] names the first field that is not as documented, as a path: `[3].id`.
pub fn parse<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Malformed> {
    // serde would take a list for the fields in their order.
    match body.trim_ascii_start().first() {
        Some(b'[') => json(body).and(Err(Malformed::answer("it is a list"))),
        _ => parse_any(body),
    }
}

/// Reads the body of a 2xx answer that is a list.
///
/// # Errors
/// As [`parse`].
pub fn parse_list<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<Vec<T>, Malformed> {
    parse_any(body).map(|List(items)| items)
}

fn parse_any<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Malformed> {
    // Checked as a whole, texts need not be checked one by one.
    if let Some(answer) = std::str::from_utf8(body)
        .ok()
        .and_then(|body| serde_json::from_str(body).ok())
    {
        return Ok(answer);
    }
    let value = json(body)?;
    serde_path_to_error::deserialize(value).map_err(|error| {
        let message = error.inner().to_string();
        let path = error.path().to_string();
        let path = if path == "." { "" } else { &path };
        // The texts of other errors quote the value.
        match message
            .strip_prefix("missing field `")
            .and_then(|rest| rest.split('`').next())
        {
            Some(name) if path.is_empty() => Malformed::field(name, "is missing"),
            Some(name) => Malformed::field(&format!("{path}.{name}"), "is missing"),
            None if path.is_empty() => Malformed::answer("it is of another type"),
            None => Malformed::field(path, "is not what it should be"),
        }
    })
}

/// An id, or nothing for null, false, 0 and an empty text.
pub(super) fn optional_id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Id>, D::Error> {
    let Some(text): Option<Cow<'de, str>> = optional_text(deserializer)? else {
        return Ok(None);
    };
    if matches!(&*text, "" | "0") {
        return Ok(None);
    }
    let id = Id::from_digits(&text).ok_or_else(|| D::Error::custom("not an identifier"))?;
    Ok(Some(id))
}

/// A text; a number becomes its digits, and null or false nothing.
pub(super) fn optional_text<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: From<Cow<'de, str>>,
{
    struct Text<T>(PhantomData<T>);
    impl<'de, T: From<Cow<'de, str>>> Visitor<'de> for Text<T> {
        type Value = Option<T>;

        fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
            formatter.write_str("a text")
        }

        fn visit_borrowed_str<E: serde::de::Error>(self, text: &'de str) -> Result<Self::Value, E> {
            Ok(Some(Cow::Borrowed(text).into()))
        }

        fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Self::Value, E> {
            self.visit_string(text.to_owned())
        }

        fn visit_string<E: serde::de::Error>(self, text: String) -> Result<Self::Value, E> {
            Ok(Some(Cow::<str>::Owned(text).into()))
        }

        fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Self::Value, E> {
            self.visit_string(number.to_string())
        }

        fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<Self::Value, E> {
            self.visit_string(number.to_string())
        }

        fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<Self::Value, E> {
            self.visit_string(number.to_string())
        }

        fn visit_unit<E: serde::de::Error>(self) -> Result<Self::Value, E> {
            Ok(None)
        }

        fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<Self::Value, E> {
            if value { Err(E::custom("not a text")) } else { Ok(None) }
        }
    }
    deserializer.deserialize_any(Text(PhantomData))
}

/// A text that is empty where there is none.
pub(super) fn text<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: From<Cow<'de, str>>,
{
    Ok(optional_text(deserializer)?.unwrap_or_else(|| Cow::Borrowed("").into()))
}

/// An id that is only for people's information, or nothing.
pub(super) fn id_or_nothing<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Id>, D::Error> {
    Ok(Id::from_value(&Value::deserialize(deserializer)?))
}

/// A value of any kind, to be told from one that is missing.
pub(super) fn any<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

/// A bool in any of the forms that PHP's has.
pub(super) fn optional_bool<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::Null => Ok(None),
        Value::Bool(value) => Ok(Some(value)),
        value if value == 1 || value == "1" || value == "true" => Ok(Some(true)),
        value if value == 0 || value == "0" || value == "false" => Ok(Some(false)),
        _ => Err(D::Error::custom("not a bool")),
    }
}

/// A whole number that fits PHP's int, or its digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Count(pub u64);

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::Number(number) => number.as_u64(),
            Value::String(digits) => digits.parse().ok(),
            _ => None,
        }
        .filter(|count| i64::try_from(*count).is_ok())
        .map(Self)
        .ok_or_else(|| D::Error::custom("not a count"))
    }
}

/// An array with names as keys. An empty one is a list in PHP's JSON; null is as good as empty.
pub(super) fn map<'de, D, T>(deserializer: D) -> Result<Vec<(String, T)>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    struct Entries<T>(PhantomData<T>);
    impl<'de, T: Deserialize<'de>> Visitor<'de> for Entries<T> {
        type Value = Vec<(String, T)>;

        fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
            formatter.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
            let mut map = Vec::new();
            while let Some(entry) = entries.next_entry()? {
                map.push(entry);
            }
            Ok(map)
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
            match items.next_element::<serde::de::IgnoredAny>()? {
                None => Ok(Vec::new()),
                Some(_) => Err(A::Error::custom("not an object")),
            }
        }

        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok(Vec::new())
        }
    }
    deserializer.deserialize_any(Entries(PhantomData))
}

/// As [`map`], with values of any kind.
pub(super) fn free_map<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Map<String, Value>, D::Error> {
    map(deserializer).map(|entries| entries.into_iter().collect())
}

/// A list. One with gaps is an object in PHP's JSON; null is as good as empty.
pub(super) fn list<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    struct Items<T>(PhantomData<T>);
    impl<'de, T: Deserialize<'de>> Visitor<'de> for Items<T> {
        type Value = Vec<T>;

        fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
            formatter.write_str("a list")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
            let mut list = Vec::new();
            while let Some(item) = items.next_element()? {
                list.push(item);
            }
            Ok(list)
        }

        fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<Self::Value, A::Error> {
            let entries: Vec<(String, T)> = map(MapAccessDeserializer::new(entries))?;
            Ok(entries.into_iter().map(|(_, item)| item).collect())
        }

        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok(Vec::new())
        }
    }
    deserializer.deserialize_any(Items(PhantomData))
}

/// A whole answer that is a list.
struct List<T>(Vec<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        list(deserializer).map(Self)
    }
}

/// The Unix time of a date in UTC without a zone, `2019-06-12T19:53:45` or `2019-06-12`, or with one.
#[must_use]
pub fn unix_time(date: &str) -> Option<i64> {
    const WITHOUT_ZONE: usize = "2019-06-12T19:53:45".len();
    if date
        .get(WITHOUT_ZONE..)
        .is_some_and(|rest| rest.contains(['Z', 'z', '+', '-']))
    {
        return date.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_second);
    }
    let date: jiff::civil::DateTime = date.parse().ok()?;
    jiff::tz::Offset::UTC
        .to_timestamp(date)
        .ok()
        .map(jiff::Timestamp::as_second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize, PartialEq)]
    struct Sample {
        id: Id,
        #[serde(default, deserialize_with = "optional_id")]
        customer_id: Option<Id>,
        #[serde(default, deserialize_with = "optional_text")]
        name: Option<String>,
        #[serde(default, deserialize_with = "map")]
        counts: Vec<(String, Count)>,
        #[serde(default, deserialize_with = "list")]
        items: Vec<Id>,
    }

    fn problem(body: &str) -> (String, String) {
        let malformed = parse::<Sample>(body.as_bytes()).unwrap_err();
        (malformed.field, malformed.problem)
    }

    #[test]
    fn an_answer_that_is_not_as_documented_names_the_field_and_never_the_value() {
        for (body, field, text) in [
            ("{}", "id", "its field id is missing"),
            (r#"{"id":"secret"}"#, "id", "its field id is not what it should be"),
            (
                r#"{"id":1,"name":["secret"]}"#,
                "name",
                "its field name is not what it should be",
            ),
            (
                r#"{"id":1,"name":true}"#,
                "name",
                "its field name is not what it should be",
            ),
            (
                r#"{"id":1,"counts":{"a":"secret"}}"#,
                "counts.a",
                "its field counts.a is not what it should be",
            ),
            (
                r#"{"id":1,"counts":["a"]}"#,
                "counts",
                "its field counts is not what it should be",
            ),
            (
                r#"{"id":1,"items":[1,"secret"]}"#,
                "items[1]",
                "its field items[1] is not what it should be",
            ),
            (
                r#"{"id":1,"customer_id":"secret"}"#,
                "customer_id",
                "its field customer_id is not what it should be",
            ),
            ("[]", "", "it is a list"),
            ("[1]", "", "it is a list"),
            ("\"secret\"", "", "it is of another type"),
            ("", "", "it is empty"),
            ("<html>", "", "it is an HTML page"),
            ("{\"id\":", "", "its JSON is cut off"),
        ] {
            assert_eq!(problem(body), (field.to_owned(), text.to_owned()), "{body}");
        }
        let nested = parse_list::<Sample>(br#"[{"id":1},{}]"#)
            .err()
            .map(|malformed| malformed.field);
        assert_eq!(nested.as_deref(), Some("[1].id"));
    }

    #[test]
    fn types_are_read_as_php_writes_them() {
        let read = |body: &str| parse::<Sample>(body.as_bytes()).map_err(|malformed| malformed.problem);
        let empty = read(r#"{"id":"7"}"#).unwrap();
        assert_eq!(empty.id.as_i64(), Some(7));
        for body in [
            r#"{"id":7,"customer_id":0,"name":null,"counts":[],"items":[]}"#,
            r#"{"id":7,"customer_id":"","name":false,"counts":null,"items":null}"#,
            r#"{"id":7,"customer_id":null,"counts":{},"items":{},"unknown":{"a":[1]}}"#,
        ] {
            assert_eq!(read(body).as_ref(), Ok(&empty), "{body}");
        }
        let full =
            read(r#"{"id":7,"customer_id":"5","name":12,"counts":{"b":"2","a":1},"items":{"1":4,"9":"3"}}"#).unwrap();
        assert_eq!(full.customer_id.and_then(|id| id.as_i64()), Some(5));
        assert_eq!(full.name.as_deref(), Some("12"));
        assert_eq!(full.counts, [("b".to_owned(), Count(2)), ("a".to_owned(), Count(1))]);
        assert_eq!(full.items, [Id::Number(4), Id::Number(3)]);
    }

    /// `date -u -d 2019-06-12T19:53:45 +%s`, and so on.
    #[test]
    fn dates_are_read_with_and_without_a_zone() {
        for (date, expected) in [
            ("2019-06-12T19:53:45", Some(1_560_369_225)),
            ("2019-06-12 19:53:45", Some(1_560_369_225)),
            ("2019-06-12T21:53:45+02:00", Some(1_560_369_225)),
            ("2019-06-12T19:53:45Z", Some(1_560_369_225)),
            ("2019-06-12T19:53:45.000", Some(1_560_369_225)),
            ("2019-06-12T19:53:45.000Z", Some(1_560_369_225)),
            ("2018-10-17", Some(1_539_734_400)),
            ("", None),
            ("soon", None),
            ("12.06.2019", None),
        ] {
            assert_eq!(unix_time(date), expected, "{date}");
        }
    }
}
