//! The signature of requests between a site and `WooCommerce.com`, as `WooCommerce` makes it
//! (`WC_Helper_API::_authenticate()`, 3.7.0 to 10.0.2).

use std::io;

use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde_json::ser::Formatter;
use sha2::Sha256;
use url::Url;

use crate::site_url::SiteUrl;

/// Lower-case hex HMAC-SHA256 of `message`, as PHP's `hash_hmac( 'sha256', ... )`.
#[must_use]
pub fn hmac_sha256_hex(message: &[u8], key: &[u8]) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else {
        unreachable!("HMAC takes keys of every length");
    };
    mac.update(message);
    hex(&mac.finalize().into_bytes())
}

/// Lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(u32::from(value), 16).unwrap_or('0');
    bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
        .collect()
}

/// The signature of a new address in v1.0's `POST /update-url`: of the address as it is sent.
#[must_use]
pub fn of_url(url: &SiteUrl, access_token_secret: &SecretString) -> String {
    hmac_sha256_hex(url.wire().as_bytes(), access_token_secret.expose_secret().as_bytes())
}

/// The signature of a request without a body: `url` is the address before `token` and `signature` are added to it.
#[must_use]
pub fn of_request(url: &Url, method: &str, access_token_secret: &str) -> String {
    #[derive(Serialize)]
    struct Signed<'a> {
        host: &'a str,
        request_uri: String,
        method: &'a str,
    }
    let request_uri = match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    };
    let signed = Signed {
        host: url.host_str().unwrap_or_default(),
        request_uri,
        method,
    };
    hmac_sha256_hex(&php_json(&signed), access_token_secret.as_bytes())
}

/// JSON as PHP's `json_encode()` writes it: `/` as `\/` and everything beyond ASCII as `\uXXXX`.
pub(crate) fn php_json(value: &impl Serialize) -> Vec<u8> {
    struct Php;
    impl Formatter for Php {
        fn write_string_fragment<W: ?Sized + io::Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
            for character in fragment.chars() {
                match character {
                    '/' => writer.write_all(b"\\/")?,
                    ' '..='~' | '\u{7f}' => writer.write_all(&[character as u8])?,
                    _ => {
                        for unit in character.encode_utf16(&mut [0; 2]) {
                            write!(writer, "\\u{unit:04x}")?;
                        }
                    }
                }
            }
            Ok(())
        }
    }
    let mut json = Vec::new();
    let mut serializer = serde_json::Serializer::with_formatter(&mut json, Php);
    // Writing strings to memory cannot fail.
    let _ = value.serialize(&mut serializer);
    json
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `php -r 'echo hash_hmac("sha256", "https://example.com", "f71287fdce053102c71536b1648f27657e8be912");'` and
    /// `printf %s https://example.com | openssl dgst -sha256 -hmac f71287fdce053102c71536b1648f27657e8be912` agree.
    #[test]
    fn agrees_with_hash_hmac_and_openssl() {
        assert_eq!(
            hmac_sha256_hex(b"https://example.com", b"f71287fdce053102c71536b1648f27657e8be912"),
            "9cbd7282b513302ddef05750000a43b257bceae32f10f3c7718a654f4d08d500"
        );
    }

    /// `php -r 'echo json_encode("https://ü/\u{1f511}\"\\\x7f\n\x01é");'`
    #[test]
    fn escapes_as_php_does() {
        assert_eq!(
            String::from_utf8(php_json(&"https://ü/\u{1f511}\"\\\u{7f}\n\u{1}é")).unwrap(),
            "\"https:\\/\\/\\u00fc\\/\\ud83d\\udd11\\\"\\\\\\n\\u0001\\u00e9\""
        );
    }

    /// The request of `WC_Helper_API::get( 'oauth/me' )`, signed by PHP:
    /// `php -r 'echo hash_hmac("sha256", json_encode(["host"=>"woocommerce.com","request_uri"=>"/wp-json/helper/1.0/oauth/me","method"=>"GET"]), "f71287fdce053102c71536b1648f27657e8be912");'`
    #[test]
    fn signs_a_request_as_woocommerce_does() {
        let url = Url::parse("https://woocommerce.com/wp-json/helper/1.0/oauth/me").unwrap();
        assert_eq!(
            of_request(&url, "GET", "f71287fdce053102c71536b1648f27657e8be912"),
            "456da33abab347923e6db73a9e504a727aa26345b7457bba7d716993764ccf54"
        );
    }

    /// The port is not signed, the query is.
    /// `php -r 'echo hash_hmac("sha256", json_encode(["host"=>"127.0.0.1","request_uri"=>"/helper/orders?page=2","method"=>"GET"]), "s");'`
    #[test]
    fn signs_the_query_and_not_the_port() {
        let url = Url::parse("http://127.0.0.1:8099/helper/orders?page=2").unwrap();
        assert_eq!(
            of_request(&url, "GET", "s"),
            "8b19fe8e2e849934301ae1d42f8100663cbd3e04669b0d6e67da78441cc2e9e0"
        );
    }
}
