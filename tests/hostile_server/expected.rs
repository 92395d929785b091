//! What the README's table and the documentation make of an answer, read once more and apart from the code.

use serde_json::Value;

use super::documented::ACCESS_TOKEN_SECRET;
use super::support::KEY;
use super::support::client::TOKEN;
use wccom_host::error::Error;

/// An answer as it was received.
#[derive(Debug, Clone)]
pub struct Received<'a> {
    pub status: u16,
    /// Whether it says how long to wait.
    pub retry_after: bool,
    pub body: &'a [u8],
    /// Whether the body is there up to its end.
    pub is_whole: bool,
}

/// What becomes of a register.
#[derive(Debug, PartialEq, Eq)]
pub enum Expected {
    /// With this secret.
    Registered(String),
    SecretUnavailable,
    Refused,
    Unknown,
}

/// `stored` is the token of the connection that the site has, and its secret.
pub fn of_register(answer: &Received, stored: Option<(&str, &str)>) -> Expected {
    match answer.status {
        200..=299 => match registration(answer) {
            None => Expected::Unknown,
            Some((_, Some(secret))) => Expected::Registered(secret),
            Some((token, None)) => match stored {
                Some((stored_token, secret)) if stored_token == token => Expected::Registered(secret.to_owned()),
                _ => Expected::SecretUnavailable,
            },
        },
        _ if is_refused(answer) => Expected::Refused,
        _ => Expected::Unknown,
    }
}

/// "HTTP 3xx; 4xx in the service's own words; 401, 403, 404, 429 in any; 503 with `Retry-After` in the service's own words."
pub fn is_refused(answer: &Received) -> bool {
    let is_own_words =
        || serde_json::from_slice(answer.body).is_ok_and(|words: Value| words.is_object() && words["code"].is_string());
    match answer.status {
        300..=399 | 401 | 403 | 404 | 429 => true,
        400..=499 => is_own_words(),
        503 => answer.retry_after && is_own_words(),
        _ => false,
    }
}

/// The token and the secret of the documented answer: all five fields, of which only the secret may be null.
fn registration(answer: &Received) -> Option<(String, Option<String>)> {
    if !answer.is_whole {
        return None;
    }
    let Ok(Value::Object(fields)) = serde_json::from_slice(answer.body) else {
        return None;
    };
    let credential = |value: &Value| {
        let text = value.as_str()?;
        let is_visible = text.bytes().all(|byte| (0x21..=0x7e).contains(&byte));
        (!text.is_empty() && is_visible && text != "null").then(|| text.to_owned())
    };
    let site_id = id(fields.get("site_id")?)?;
    id(fields.get("customer_id")?).and(id(fields.get("order_id")?))?;
    site_id.parse::<i64>().ok()?;
    let token = credential(fields.get("access_token")?)?;
    match fields.get("access_token_secret")? {
        Value::Null => Some((token, None)),
        secret => Some((token, Some(credential(secret)?))),
    }
}

/// The digits of a positive whole number that is a JSON number or a string of digits, 40 at most.
pub fn id(value: &Value) -> Option<String> {
    let digits = match value {
        Value::Number(number) => number.as_u64()?.to_string(),
        Value::String(text) if text.bytes().all(|byte| byte.is_ascii_digit()) => {
            text.trim_start_matches('0').to_owned()
        }
        _ => return None,
    };
    (!digits.is_empty() && digits != "0" && digits.len() <= 40).then_some(digits)
}

/// The words of an error: short, for a terminal, and without what nobody else may know.
pub fn check_words(error: &Error, answer: &[u8]) -> Result<(), String> {
    let (message, debug) = (error.to_string(), format!("{error:?}"));
    if message.chars().count() > 6000 || debug.len() > 60_000 {
        return Err(format!("a message of {} and {} bytes", message.len(), debug.len()));
    }
    if message.chars().any(char::is_control) {
        return Err(format!("a control character in {message:?}"));
    }
    if let Some(secret) = [KEY, TOKEN]
        .iter()
        .find(|secret| debug.contains(*secret) || message.contains(*secret))
    {
        return Err(format!("{secret} in {debug}"));
    }
    // Words of the service are shown, and nobody can tell what they hold.
    let is_in_words = matches!(error, Error::Api { .. });
    if !is_in_words && debug.contains(ACCESS_TOKEN_SECRET) {
        return Err(format!("the secret in {debug}"));
    }
    if debug.contains("<html>") || answer.len() > 40 && debug.contains(&*String::from_utf8_lossy(answer)) {
        return Err(format!("the raw body in {debug}"));
    }
    Ok(())
}
