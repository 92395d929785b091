//! Bodies of answers: as documented, nearly so, and anything else.

use std::io::Write;
use std::ops::Range;

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
use serde::de::IgnoredAny;

use super::choices::Choices;
use super::documented::ACCESS_TOKEN_SECRET;
use super::support::KEY;
use super::support::client::TOKEN;

/// More than is read of one.
pub const MORE_THAN_IS_READ: usize = 1024 * 1024 + 4096;

/// A body for an answer whose documented one this is.
pub fn body(choices: &mut Choices, documented: &str) -> Vec<u8> {
    let mut body = match choices.below(16) {
        0 => documented.as_bytes().to_vec(),
        1..=5 => altered(choices, documented).into_bytes(),
        6..=8 => {
            let error = rest_error(choices);
            if choices.one_in(3) {
                altered(choices, &error).into_bytes()
            } else {
                error.into_bytes()
            }
        }
        9 => format!("<html><body>{KEY} {TOKEN} {ACCESS_TOKEN_SECRET}{documented}</body></html>").into_bytes(),
        10 => choices
            .of(&["", " ", "\n\n", "null", "0", "[]", "{}", "\"\"", "\u{feff}", "true"])
            .into(),
        11 => value(choices, 4).into_bytes(),
        12 => choices.raw(64),
        13 => compressed(choices, documented.as_bytes()),
        14 => [b"\xef\xbb\xbf", documented.as_bytes()].concat(),
        _ => twice(choices, documented).into_bytes(),
    };
    while choices.one_in(4) {
        damage(choices, &mut body);
    }
    // A large one takes long to make and to read.
    if choices.one_in(2000) {
        body = large(choices, documented);
    }
    body
}

/// A text with one of its values, at any depth, replaced, removed or doubled.
pub fn altered(choices: &mut Choices, json: &str) -> String {
    let spans = values(json);
    if spans.is_empty() {
        return value(choices, 3);
    }
    let mut text = json.to_owned();
    let span = spans[choices.below(spans.len())].clone();
    match choices.below(8) {
        0 => {
            // With its name, or as a part of a list.
            let before = text[..span.start].rfind(['{', '[', ',']).map_or(0, |at| at + 1);
            let after = if text[span.end..].starts_with(',') {
                span.end + 1
            } else {
                span.end
            };
            text.replace_range(before..after, "");
        }
        1 => {
            let copy = text[span.clone()].to_owned();
            text.insert_str(span.end, &format!(",{copy}"));
        }
        2 => {
            let other = spans[choices.below(spans.len())].clone();
            let copy = text[other].to_owned();
            text.replace_range(span, &copy);
        }
        _ => text.replace_range(span, &value(choices, 2)),
    }
    text
}

/// Where the values of a JSON text are, but for the whole.
fn values(json: &str) -> Vec<Range<usize>> {
    let begins = json.bytes().enumerate().filter(|(_, byte)| b":[,".contains(byte));
    begins
        .filter_map(|(at, _)| {
            let mut rest = serde_json::Deserializer::from_str(&json[at + 1..]).into_iter::<IgnoredAny>();
            let is_value = rest.next()?.is_ok();
            is_value.then(|| at + 1..at + 1 + rest.byte_offset())
        })
        .collect()
}

/// The same names twice, the second time with other values.
fn twice(choices: &mut Choices, json: &str) -> String {
    let other = altered(choices, json);
    match (json.strip_suffix('}'), other.strip_prefix('{')) {
        (Some(begin), Some(rest)) => format!("{begin},{rest}"),
        _ => other,
    }
}

/// Any JSON, and some that is nearly JSON.
pub fn value(choices: &mut Choices, depth: usize) -> String {
    const ODD: [&str; 44] = [
        "null",
        "true",
        "false",
        "0",
        "-0",
        "1",
        "-1",
        "1.5",
        "1e3",
        "1e400",
        "-1e400",
        "1E-400",
        "01",
        "+1",
        ".5",
        "NaN",
        "Infinity",
        "9007199254740993",
        "9223372036854775807",
        "9223372036854775808",
        "18446744073709551615",
        "18446744073709551616",
        "\"\"",
        "\"0\"",
        "\"000\"",
        "\"7\"",
        "\"007\"",
        "\" 1\"",
        "\"1x\"",
        "\"1e3\"",
        "\"null\"",
        "\"completed\"",
        "\"true\"",
        "\"\\u0000\"",
        "\"a\\u001b[31mb\"",
        "\"\\ud800\"",
        "\"\\udc00\\ud800\"",
        "\"\\u0661\"",
        "\"a b\"",
        "\"ü\"",
        "'1'",
        "undefined",
        "\"\u{202e}\"",
        "\"2019-06-12T19:53:45\"",
    ];
    match choices.below(if depth == 0 { 6 } else { 10 }) {
        0..=2 => choices.of(&ODD).to_owned(),
        3 => format!(
            "\"{}{}\"",
            choices.of(&["", "x", "é\\n"]),
            choices.of(&[KEY, TOKEN, ACCESS_TOKEN_SECRET])
        ),
        4 => format!(
            "\"{}\"",
            choices
                .of(&["9", "0", "a", "\\u0001", "\u{1f511}", "\\\\"])
                .repeat(choices.size(100))
        ),
        5 => choices.of(&["9", "0", "1e", "-"]).repeat(choices.size(100)),
        6 | 7 => {
            let items: Vec<String> = (0..choices.below(4)).map(|_| value(choices, depth - 1)).collect();
            format!("[{}]", items.join(","))
        }
        _ => {
            const NAMES: [&str; 18] = [
                "id",
                "order_id",
                "site_id",
                "access_token",
                "access_token_secret",
                "code",
                "message",
                "data",
                "params",
                "status",
                "",
                "6-2019",
                "2019-6",
                "13-2019",
                "a\\u001b]0;x\\u0007",
                "success",
                "products",
                "metadata",
            ];
            let entries: Vec<String> = (0..choices.below(4))
                .map(|_| format!("\"{}\":{}", choices.of(&NAMES), value(choices, depth - 1)))
                .collect();
            format!("{{{}}}", entries.join(","))
        }
    }
}

/// What WordPress answers to a request that it refuses, with the request's secrets in every place.
pub fn rest_error(choices: &mut Choices) -> String {
    let echo = choices.of(&[KEY, TOKEN, "url", "#(*$!%^@)-token\\u0000", "\\u001b[2Jx", "ok"]);
    let params = match choices.below(5) {
        0 => r#"["url"]"#.to_owned(),
        1 => format!(r#"["{echo}","a\nb"]"#),
        2 => format!(r#"{{"url":"Bad {echo}.","{echo}":"x"}}"#),
        3 => value(choices, 2),
        _ => format!(r#"{{"access_token_secret":null,"n":{}}}"#, value(choices, 1)),
    };
    format!(
        r#"{{"code":{},"message":"No {echo}: {}","data":{{"status":400,"params":{params},"access_token_secret":"{ACCESS_TOKEN_SECRET}"}}}}"#,
        choices.of(&[
            "\"rest_invalid_param\"",
            "\"\"",
            "7",
            "null",
            "\"a\\u0007b\"",
            "[\"x\"]"
        ]),
        "y".repeat(choices.size(1000))
    )
}

/// Announced or not: nobody has asked for it.
pub fn compressed(choices: &mut Choices, body: &[u8]) -> Vec<u8> {
    let level = Compression::fast();
    match choices.below(4) {
        0 => {
            let mut gzip = GzEncoder::new(Vec::new(), level);
            gzip.write_all(body).unwrap();
            gzip.finish().unwrap()
        }
        1 => {
            let mut zlib = ZlibEncoder::new(Vec::new(), level);
            zlib.write_all(body).unwrap();
            zlib.finish().unwrap()
        }
        2 => {
            let mut deflate = DeflateEncoder::new(Vec::new(), level);
            deflate.write_all(body).unwrap();
            deflate.finish().unwrap()
        }
        // Brotli, not compressed: a window of 64 KiB, one block, the end.
        _ => [b"\x8b\x5b\x80", body, b"\x03"].concat(),
    }
}

/// A few bytes that become very many, once.
pub fn bomb() -> &'static [u8] {
    static BOMB: std::sync::OnceLock<Vec<u8>> = std::sync::OnceLock::new();
    BOMB.get_or_init(|| {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
        gzip.write_all(&vec![b' '; 4 * 1024 * 1024]).unwrap();
        gzip.finish().unwrap()
    })
}

fn damage(choices: &mut Choices, body: &mut Vec<u8>) {
    if body.is_empty() {
        return;
    }
    let at = choices.below(body.len());
    match choices.below(6) {
        0 => body.truncate(at),
        1 => body[at] ^= 1 << choices.below(8),
        2 => body[at] = choices.byte(),
        3 => body.insert(
            at,
            choices.of(&[0, 0xff, 0xc0, 0xed, b'"', b'\\', b'{', b'[', b'\n', b' ', b'<']),
        ),
        4 => drop(body.drain(at..(at + 1 + choices.below(8)).min(body.len()))),
        _ => body.extend(choices.raw(8)),
    }
}

/// A body that is as large as may be, or deeper than anybody wants.
pub fn large(choices: &mut Choices, documented: &str) -> Vec<u8> {
    let size = choices.size(MORE_THAN_IS_READ);
    let many = |part: &str| part.repeat(size.div_ceil(part.len()));
    match choices.below(14) {
        0 => documented.as_bytes().iter().copied().chain(vec![b' '; size]).collect(),
        1 => vec![b' '; size].into_iter().chain(documented.bytes()).collect(),
        2 => many("[").into_bytes(),
        3 => many("{\"a\":").into_bytes(),
        4 => format!("[{}0]", many("0,")).into_bytes(),
        5 => {
            let entries: Vec<String> = (0..=size / 12).map(|n| format!("\"a{n}\":0")).collect();
            format!("{{{}}}", entries.join(",")).into_bytes()
        }
        6 => format!("{{{}\"b\":0}}", many("\"a\":0,")).into_bytes(),
        7 => {
            // An identifier of a million digits.
            let number = many("9");
            format!(r#"{{"id":"{number}","order_id":"{number}","customer_id":1,"site_id":7,"access_token":"a","access_token_secret":null,"status":"x"}}"#).into_bytes()
        }
        8 => {
            let params: Vec<String> = (0..=size / 8).map(|n| format!("\"p{n}\"")).collect();
            let params = params.join(",");
            format!(r#"{{"code":"x","message":"m","data":{{"params":[{params}]}}}}"#).into_bytes()
        }
        9 => format!(r#"{{"code":"{0}","message":"{0}"}}"#, many("\\u0007")).into_bytes(),
        10 => format!(
            r#"{{"total_orders":{{"{}":"x"}},"order_ids":{{"completed":{{"a":"b"}}}}}}"#,
            many("k\\u001b")
        )
        .into_bytes(),
        11 => many(documented).into_bytes(),
        12 => format!("[{}{{}}]", many("{\"id\":1,\"status\":\"\"},")).into_bytes(),
        _ => [&[0xff; 1][..], many("\u{0}").as_bytes()].concat(),
    }
}
