//! The signatures of a helper request, as `WooCommerce` computes it, and of a new address. Written from its PHP code and not
//! shared with the client, so that one checks the other.

use std::fmt::Write;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::hex::hex;

/// Whether the lower-case hex `signature` of a site's new address was made with its `secret`.
pub fn is_of_url(url: &str, secret: &str, signature: &str) -> bool {
    hmac_hex(url, secret).as_deref() == Some(signature)
}

fn hmac_hex(text: &str, secret: &str) -> Option<String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).ok()?;
    mac.update(text.as_bytes());
    Some(hex(&mac.finalize().into_bytes()))
}

/// What is signed.
pub struct SignedRequest<'a> {
    /// The host without its port.
    pub host: &'a str,
    /// Path and query, without `token` and `signature`.
    pub request_uri: &'a str,
    /// The method.
    pub method: &'a str,
    /// The body; left out where PHP takes it for empty.
    pub body: &'a str,
}

impl SignedRequest<'_> {
    /// Whether the lower-case hex `signature` was made with `secret`.
    pub fn is_signed_by(&self, secret: &str, signature: &str) -> bool {
        hmac_hex(&self.json(), secret).as_deref() == Some(signature)
    }

    fn json(&self) -> String {
        let mut json = String::from("{");
        let mut member = |name: &str, value: &str| {
            if json.len() > 1 {
                json.push(',');
            }
            let _ = write!(json, "\"{name}\":\"");
            escape(&mut json, value);
            json.push('"');
        };
        member("host", self.host);
        member("request_uri", self.request_uri);
        member("method", self.method);
        if !matches!(self.body, "" | "0") {
            member("body", self.body);
        }
        json.push('}');
        json
    }
}

/// `json_encode()` without flags: slashes and everything beyond ASCII are escaped.
fn escape(json: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            '"' => json.push_str("\\\""),
            '\\' => json.push_str("\\\\"),
            '/' => json.push_str("\\/"),
            '\u{8}' => json.push_str("\\b"),
            '\u{c}' => json.push_str("\\f"),
            '\n' => json.push_str("\\n"),
            '\r' => json.push_str("\\r"),
            '\t' => json.push_str("\\t"),
            ' '..='\u{7f}' => json.push(character),
            _ => {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    let _ = write!(json, "\\u{unit:04x}");
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::SignedRequest;

    const SECRET: &str = "f71287fdce053102c71536b1648f27657e8be912";

    // php -r 'echo hash_hmac("sha256", json_encode(["host"=>"127.0.0.1",
    //   "request_uri"=>"/wp-json/helper/1.0/oauth/me", "method"=>"GET"]), "f71287fdce053102c71536b1648f27657e8be912");'
    #[test]
    fn a_get_is_signed_as_php_signs_it() {
        let request = SignedRequest {
            host: "127.0.0.1",
            request_uri: "/wp-json/helper/1.0/oauth/me",
            method: "GET",
            body: "",
        };
        let signature = "13c42e3db4fb835734d1cac8253a713527079d248c17fb72e4215ff1a995b910";
        assert!(request.is_signed_by(SECRET, signature));
        assert!(!request.is_signed_by(SECRET, &signature.to_uppercase()));
        assert!(!request.is_signed_by("", signature));
    }

    // php -r '$body = "{\"products\":\"\u{e9}\u{1f600}\u{7f}\u{2028}/\\\\\t\u{1}\"}";
    //   echo hash_hmac("sha256", json_encode(["host"=>"[::1]",
    //   "request_uri"=>"/wp-json/helper/1.0/update-check?a=b&c=%C3%A9", "method"=>"POST", "body"=>$body]),
    //   "f71287fdce053102c71536b1648f27657e8be912");'
    #[test]
    fn a_body_is_escaped_as_php_escapes_it() {
        let request = SignedRequest {
            host: "[::1]",
            request_uri: "/wp-json/helper/1.0/update-check?a=b&c=%C3%A9",
            method: "POST",
            body: "{\"products\":\"é\u{1f600}\u{7f}\u{2028}/\\\\\t\u{1}\"}",
        };
        assert!(request.is_signed_by(
            SECRET,
            "d8073ad40d31e682d8c18b17a39be8e4438775761468147ea587e6c41e03692b"
        ));
    }

    #[test]
    fn a_body_that_is_empty_for_php_is_not_signed() {
        let request = |body| SignedRequest {
            host: "localhost",
            request_uri: "/",
            method: "POST",
            body,
        };
        assert_eq!(request("0").json(), request("").json());
        assert_ne!(request("0.0").json(), request("").json());
    }
}
