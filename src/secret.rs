//! The partner's key and the customer's token: what they may look like, and keeping them out of texts.

use std::io::Read;
use std::path::Path;

use secrecy::{ExposeSecret, SecretString};

use crate::error::{Error, Result};
use crate::signature::php_json;

/// The longest key, in bytes.
pub const MAX_KEY: usize = 4 * 1024;
/// The longest `wpcom_access_token`, in bytes.
pub const MAX_ACCESS_TOKEN: usize = 16 * 1024;

/// Checks the partner's key: visible ASCII, since it travels in a header.
///
/// # Errors
/// [`Error::InvalidRequest`] that names `field` and never shows the value.
pub fn key(field: &str, value: String) -> Result<SecretString> {
    if value.is_empty() {
        return Err(Error::invalid(
            field,
            "is empty; it must be the key of the plan's package",
        ));
    }
    if value.len() > MAX_KEY {
        return Err(Error::invalid(field, format!("is longer than {MAX_KEY} bytes")));
    }
    if !value.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Error::invalid(
            field,
            "must consist of visible ASCII characters; it holds a space, a line end or another character",
        ));
    }
    Ok(SecretString::from(value))
}

/// Reads the key from a file, natively, so that it never becomes a PHP variable. One line end at the end is not part
/// of it.
///
/// # Errors
/// [`Error::InvalidRequest`] for `key_file` if it cannot be read or does not hold a key.
pub fn key_from_file(path: &Path) -> Result<SecretString> {
    let cannot_read =
        |error: std::io::Error| Error::invalid("key_file", format!("{} cannot be read: {error}", path.display()));
    let file = std::fs::File::open(path).map_err(cannot_read)?;
    let mut text = String::with_capacity(MAX_KEY + 3);
    file.take(MAX_KEY as u64 + 3)
        .read_to_string(&mut text)
        .map_err(cannot_read)?;
    if text.ends_with('\n') {
        text.pop();
        if text.ends_with('\r') {
            text.pop();
        }
    }
    key("key_file", text)
}

/// Checks a customer's `wpcom_access_token`: any text without control characters.
///
/// # Errors
/// [`Error::InvalidRequest`] that names `field` and never shows the value.
pub fn access_token(field: &str, value: String) -> Result<SecretString> {
    if value.is_empty() {
        return Err(Error::invalid(
            field,
            "is empty; it must be the customer's WordPress.com access token",
        ));
    }
    if value.len() > MAX_ACCESS_TOKEN {
        return Err(Error::invalid(
            field,
            format!("is longer than {MAX_ACCESS_TOKEN} bytes"),
        ));
    }
    if value.chars().any(char::is_control) {
        return Err(Error::invalid(field, "holds a control character, such as a line end"));
    }
    Ok(SecretString::from(value))
}

/// Takes secrets out of a text that somebody else wrote, such as an error message of the service that echoes a
/// parameter.
#[must_use]
pub fn redact(text: &str, secrets: &[&SecretString]) -> String {
    let mut text = text.to_owned();
    for secret in secrets {
        let secret = secret.expose_secret();
        for form in [
            secret.to_owned(),
            form_encoded(secret),
            percent_encoded(secret),
            php_url_encoded(secret),
            php_raw_url_encoded(secret),
            html_escaped(secret),
            backslashed(secret),
            json_encoded(secret),
            php_json_encoded(secret),
        ] {
            if !form.is_empty() {
                text = text.replace(&form, "[redacted]");
            }
        }
    }
    text
}

fn form_encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

fn percent_encoded(text: &str) -> String {
    form_encoded(text).replace('+', "%20")
}

/// As PHP's `rawurlencode()`, which leaves fewer characters as they are than browsers do.
fn php_raw_url_encoded(text: &str) -> String {
    let digit = |value: u8| char::from_digit(u32::from(value), 16).map_or('0', |digit| digit.to_ascii_uppercase());
    let mut encoded = String::with_capacity(3 * text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.extend(['%', digit(byte >> 4), digit(byte & 15)]);
        }
    }
    encoded
}

/// As PHP's `urlencode()`.
fn php_url_encoded(text: &str) -> String {
    php_raw_url_encoded(text).replace("%20", "+").replace('~', "%7E")
}

/// As WordPress's `esc_html()`.
fn html_escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#039;")
}

/// As most programs write it in JSON.
fn json_encoded(text: &str) -> String {
    let json = serde_json::to_string(text).unwrap_or_default();
    unquoted(&json).to_owned()
}

/// As PHP's `json_encode()`.
fn php_json_encoded(text: &str) -> String {
    unquoted(&String::from_utf8_lossy(&php_json(&text))).to_owned()
}

fn unquoted(json: &str) -> &str {
    json.strip_prefix('"')
        .and_then(|json| json.strip_suffix('"'))
        .unwrap_or_default()
}

/// As PHP's `addslashes()`.
fn backslashed(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\'', "\\'")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_visible_ascii_and_its_value_is_not_shown() {
        for bad in ["", "a b", "key\n", "key\r", "k\0y", "schlüssel"] {
            let error = key("key", bad.to_owned()).unwrap_err().to_string();
            assert!(error.starts_with("key "), "{error}");
            assert!(bad.is_empty() || !error.contains(bad), "{error}");
        }
        assert!(key("key", "x".repeat(MAX_KEY)).is_ok());
        assert!(key("key", "x".repeat(MAX_KEY + 1)).is_err());
    }

    #[test]
    fn a_token_keeps_every_printable_character() {
        let token = " #(*$!%^@)ü\u{1f511} ";
        assert_eq!(
            access_token("wpcom_access_token", token.to_owned())
                .unwrap()
                .expose_secret(),
            token
        );
        for bad in ["", "a\nb", "a\rb", "a\0b"] {
            assert!(access_token("wpcom_access_token", bad.to_owned()).is_err(), "{bad:?}");
        }
        assert!(access_token("wpcom_access_token", "x".repeat(64 * 1024)).is_err());
    }

    #[test]
    fn a_key_file_loses_one_line_end_and_no_more() {
        let directory = std::env::temp_dir().join(format!("wccom-host-key-{}", std::process::id()));
        for (content, good) in [
            ("abc", true),
            ("abc\n", true),
            ("abc\r\n", true),
            ("abc\n\n", false),
            ("abc ", false),
            ("", false),
        ] {
            std::fs::write(&directory, content).unwrap();
            match key_from_file(&directory) {
                Ok(key) => assert!(good && key.expose_secret() == "abc", "{content:?}"),
                Err(error) => assert!(!good, "{content:?}: {error}"),
            }
        }
        std::fs::remove_file(&directory).unwrap();
        assert!(key_from_file(&directory).unwrap_err().to_string().contains("key_file"));
    }

    #[test]
    fn redacts_a_secret_as_html_and_as_php_write_it() {
        let secret = SecretString::from("a b<&\"'\\".to_owned());
        for form in [
            "a b<&\"'\\",
            "a+b%3C%26%22%27%5C",
            "a%20b%3C%26%22%27%5C",
            "a b&lt;&amp;&quot;&#039;\\",
            "a b<&\\\"\\'\\\\",
        ] {
            assert_eq!(redact(&format!("<{form}>"), &[&secret]), "<[redacted]>", "{form}");
        }
    }

    /// `php -r 'foreach (["rawurlencode", "urlencode"] as $f) echo $f("a~b *(ü)"), "\n";'`
    #[test]
    fn redacts_a_secret_as_php_writes_it_in_an_address() {
        let secret = SecretString::from("a~b *(ü)".to_owned());
        for form in ["a~b%20%2A%28%C3%BC%29", "a%7Eb+%2A%28%C3%BC%29"] {
            assert_eq!(redact(&format!("<{form}>"), &[&secret]), "<[redacted]>", "{form}");
        }
    }

    /// `php -r 'echo json_encode("a/\"ü\\"), json_encode("a/\"ü\\", JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE);'`
    #[test]
    fn redacts_a_secret_as_json_has_it() {
        let secret = SecretString::from("a/\"ü\\".to_owned());
        for form in [r#"a\/\"\u00fc\\"#, r#"a/\"ü\\"#] {
            assert_eq!(redact(&format!("<{form}>"), &[&secret]), "<[redacted]>", "{form}");
        }
    }

    #[test]
    fn redacts_a_secret_in_plain_and_in_encoded_form() {
        let secret = SecretString::from("#(*$!%^@)".to_owned());
        let text = redact("plain #(*$!%^@) and %23%28*%24%21%25%5E%40%29 here", &[&secret]);
        assert_eq!(text, "plain [redacted] and [redacted] here");
    }
}
