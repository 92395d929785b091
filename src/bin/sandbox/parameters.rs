//! Checks of single parameters, with the codes and words of `WordPress`'s REST schema validation.

use serde_json::{Map, Value, json};

use crate::rest_error::RestError;

/// Documented for us as "any printable character"; the length is the sandbox's own limit.
const MAX_TOKEN: usize = 16 * 1024;

/// Why a parameter was refused.
pub struct Problem {
    code: &'static str,
    message: String,
    data: Value,
}

impl Problem {
    fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            data: Value::Null,
        }
    }

    fn wrong_type(name: &str, wanted: &str) -> Self {
        Self {
            data: json!({ "param": name }),
            ..Self::new("rest_invalid_type", format!("{name} is not of type {wanted}."))
        }
    }

    /// A URL that cannot be a site's address.
    pub fn url(message: impl Into<String>) -> Self {
        Self::new("rest_invalid_url", message)
    }

    /// A value that cannot be right at the moment.
    pub fn unfit(message: impl Into<String>) -> Self {
        Self::new("rest_invalid_param", message)
    }

    /// Neither of two names is there.
    pub fn property_required(name: &str, of: &str) -> Self {
        Self::new(
            "rest_property_required",
            format!("{name} is a required property of {of}."),
        )
    }

    /// A name that the object does not have.
    pub fn unknown(name: &str) -> Self {
        let message = format!("{name} is not a valid property of Object.");
        Self::new("rest_additional_properties_forbidden", message)
    }

    /// Not one of the known words.
    pub fn not_in_enum(name: &str, known: &[&str]) -> Self {
        Self::new(
            "rest_not_in_enum",
            format!("{name} is not one of {}.", known.join(", ")),
        )
    }

    /// Not an ISO 8601 date and time.
    pub fn date() -> Self {
        Self::new("rest_invalid_date", "Invalid date.")
    }

    /// Not a number in the range.
    pub fn between(name: &str, low: u64, high: u64) -> Self {
        let message = format!("{name} must be between {low} (inclusive) and {high} (inclusive)");
        Self::new("rest_out_of_bounds", message)
    }

    /// A refusal for this parameter alone.
    pub fn of(self, name: &str) -> RestError {
        let mut problems = Problems::default();
        problems.add(name, self);
        problems.into()
    }
}

/// The problems of a request, by parameter.
#[derive(Default)]
pub struct Problems(Vec<(String, Problem)>);

impl Problems {
    /// Notes what is wrong with the parameter, or gives its value.
    pub fn check<T>(&mut self, name: &str, result: Result<T, Problem>) -> Option<T> {
        result.map_err(|problem| self.add(name, problem)).ok()
    }

    /// Notes what is wrong with the parameter; the first problem counts.
    pub fn add(&mut self, name: &str, problem: Problem) {
        if !self.0.iter().any(|(known, _)| known == name) {
            self.0.push((name.to_owned(), problem));
        }
    }

    /// Nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<Problems> for RestError {
    fn from(problems: Problems) -> Self {
        let names: Vec<&str> = problems.0.iter().map(|(name, _)| name.as_str()).collect();
        let (mut params, mut details) = (Map::new(), Map::new());
        for (name, problem) in &problems.0 {
            params.insert(name.clone(), json!(problem.message));
            let detail = json!({ "code": problem.code, "message": problem.message, "data": problem.data });
            details.insert(name.clone(), detail);
        }
        Self::invalid(&names.join(", "), params, details)
    }
}

/// A string.
pub fn string(name: &str, value: Value) -> Result<String, Problem> {
    match value {
        Value::String(text) => Ok(text),
        _ => Err(Problem::wrong_type(name, "string")),
    }
}

/// A WordPress.com access token: any text but control characters.
pub fn token(name: &str, value: Value) -> Result<String, Problem> {
    let text = string(name, value)?;
    if text.is_empty() {
        Err(Problem::new(
            "rest_too_short",
            format!("{name} must be at least 1 character long."),
        ))
    } else if text.len() > MAX_TOKEN {
        let message = format!("{name} must be at most {MAX_TOKEN} characters long.");
        Err(Problem::new("rest_too_long", message))
    } else if text.chars().any(char::is_control) {
        Err(Problem::new(
            "rest_invalid_pattern",
            format!("{name} does not match pattern ^[[:print:]]+$."),
        ))
    } else {
        Ok(text)
    }
}

/// Something on both sides of one `@`.
pub fn email(name: &str, value: Value) -> Result<String, Problem> {
    let text = string(name, value)?;
    check_email(&text)?;
    Ok(text)
}

fn check_email(text: &str) -> Result<(), Problem> {
    let is_email = text
        .split_once('@')
        .is_some_and(|(user, host)| !user.is_empty() && !host.is_empty() && !host.contains('@'))
        && !text.contains(|c: char| c.is_whitespace() || c.is_control());
    if is_email {
        Ok(())
    } else {
        Err(Problem::new("rest_invalid_email", "Invalid email address."))
    }
}

/// A whole number above zero.
pub fn id(name: &str, value: Value) -> Result<u64, Problem> {
    let Value::Number(number) = value else {
        return Err(Problem::wrong_type(name, "integer"));
    };
    if number.is_f64() {
        return Err(Problem::wrong_type(name, "integer"));
    }
    number.as_u64().filter(|&id| id > 0).ok_or_else(|| {
        Problem::new(
            "rest_out_of_bounds",
            format!("{name} must be greater than or equal to 1"),
        )
    })
}

/// An order's number: `WordPress` takes digits for a number, too.
pub fn order_id(name: &str, value: Value) -> Result<u64, Problem> {
    let digits = value
        .as_str()
        .filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    match digits.and_then(|text| text.parse::<u64>().ok()) {
        Some(number) => id(name, Value::from(number)),
        None => id(name, value),
    }
}

/// Whether it can be a product's slug.
pub fn is_slug(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_'))
}

/// A product's slug.
pub fn slug(name: &str, value: Value) -> Result<String, Problem> {
    let slug = string(name, value)?;
    if is_slug(&slug) {
        Ok(slug)
    } else {
        Err(Problem::new(
            "rest_invalid_pattern",
            format!("{name} does not match pattern ^[a-z0-9_-]+$."),
        ))
    }
}

/// A list of product slugs; each is kept once.
pub fn slugs(name: &str, value: Value) -> Result<Vec<String>, Problem> {
    let Value::Array(items) = value else {
        return Err(Problem::wrong_type(name, "array"));
    };
    let mut slugs = Vec::new();
    for (index, item) in items.into_iter().enumerate() {
        let slug = slug(&format!("{name}[{index}]"), item)?;
        if !slugs.contains(&slug) {
            slugs.push(slug);
        }
    }
    Ok(slugs)
}

/// An object.
pub fn object(name: &str, value: Value) -> Result<Map<String, Value>, Problem> {
    match value {
        Value::Object(map) => Ok(map),
        _ => Err(Problem::wrong_type(name, "object")),
    }
}

/// An object of strings; `customer_email` has to be an address.
pub fn metadata(name: &str, value: Value) -> Result<Map<String, Value>, Problem> {
    let map = object(name, value)?;
    for (key, item) in &map {
        let path = || format!("{name}[{key}]");
        if key.is_empty() {
            return Err(Problem::unknown(&path()));
        }
        let text = item.as_str().ok_or_else(|| Problem::wrong_type(&path(), "string"))?;
        if key == "customer_email" {
            check_email(text)?;
        }
    }
    Ok(map)
}
