//! A whole register against a server that breaks the rules of HTTP/1.1, as far as it can think of.

use std::time::Duration;

use serde_json::json;
use wccom_host::client::Registered;
use wccom_host::error::{Error, Outcome, Result};

use super::bodies;
use super::cases::Cases;
use super::choices::Choices;
use super::documented::{ACCESS_TOKEN_SECRET, REGISTERED};
use super::expected::{self, Expected, Received, check_words};
use super::plain_server::{End, Exchange, Part, PlainServer, Reads};
use super::records::{agree, described};
use super::support::KEY;
use super::support::client::{Folder, client, request};

/// What a server that keeps to HTTP has said.
#[derive(Debug, Clone)]
pub struct Said {
    pub status: u16,
    pub retry_after: bool,
    pub body: Vec<u8>,
}

/// A server's part in a register.
#[derive(Debug)]
struct Case {
    exchange: Exchange,
    /// If it keeps to HTTP.
    said: Option<Said>,
    /// In seconds.
    timeout: f64,
}

/// An answer as HTTP wants it, its framing of any kind that HTTP allows.
pub fn correct(choices: &mut Choices, documented: &str) -> (Vec<u8>, Said, bool) {
    const STATUSES: [u16; 24] = [
        200, 200, 200, 200, 200, 200, 200, 201, 202, 206, 301, 302, 307, 400, 401, 403, 404, 408, 409, 429, 500, 502,
        503, 504,
    ];
    let status = if choices.one_in(8) {
        200 + u16::try_from(choices.below(800)).unwrap()
    } else {
        choices.of(&STATUSES)
    };
    let mut body = bodies::body(choices, documented);
    if matches!(status, 204 | 304) {
        body.clear();
    }
    let mut answer = Vec::new();
    for _ in 0..choices.below(8).saturating_sub(5) {
        answer.extend_from_slice(choices.of(&[
            &b"HTTP/1.1 100 Continue\r\n\r\n"[..],
            b"HTTP/1.1 103 Early Hints\r\nLink: </x>; rel=preload\r\n\r\n",
            b"HTTP/1.1 102 Processing\r\n\r\n",
        ]));
    }
    let version = choices.of(&["1.1", "1.1", "1.0"]);
    answer.extend(
        format!(
            "HTTP/{version} {status} {}\r\n",
            choices.of(&["OK", "", KEY, "No  such"])
        )
        .bytes(),
    );
    let retry_after = choices.of(&[
        None,
        None,
        Some("7"),
        Some("0"),
        Some("Wed, 21 Oct 2015 07:28:00 GMT"),
        Some("soon"),
        Some("-1"),
        Some(""),
    ]);
    if let Some(value) = retry_after {
        answer.extend(format!("Retry-After: {value}\r\n").bytes());
    }
    for _ in 0..choices.below(4) {
        let header = choices.of(&[
            "Content-Type: text/html",
            "Content-Encoding: gzip",
            "Content-Encoding: br",
            "content-encoding: deflate",
            "Content-Type: application/json; charset=utf-16",
            "Set-Cookie: a=sandbox-key",
            "Connection: keep-alive",
            "X-WP-Total: 18446744073709551616",
            "Location: http://127.0.0.1:1/",
            "Link: <x>; rel=\"next\"",
            "Strict-Transport-Security: max-age=1",
            "Alt-Svc: h3=\":443\"",
            "Keep-Alive: timeout=0",
            "Expect: x",
        ]);
        answer.extend(format!("{header}\r\n").bytes());
    }
    let is_until_close = match choices.below(if version == "1.0" { 2 } else { 4 }) {
        _ if matches!(status, 204 | 304) => {
            answer.extend(b"\r\n");
            false
        }
        0 => {
            answer.extend(format!("Content-Length: {}\r\n\r\n", body.len()).bytes());
            answer.extend(&body);
            false
        }
        1 => {
            answer.extend(b"Connection: close\r\n\r\n");
            answer.extend(&body);
            true
        }
        _ => {
            answer.extend(b"Transfer-Encoding: chunked\r\n\r\n");
            chunked(choices, &body, &mut answer);
            false
        }
    };
    let is_asked_to_wait = matches!(retry_after, Some("7" | "0" | "Wed, 21 Oct 2015 07:28:00 GMT"));
    (
        answer,
        Said {
            status,
            retry_after: is_asked_to_wait,
            body,
        },
        is_until_close,
    )
}

fn chunked(choices: &mut Choices, body: &[u8], answer: &mut Vec<u8>) {
    let size = 1 + choices.size(body.len().max(1));
    for chunk in body.chunks(size) {
        let extension = choices.of(&["", "", ";a=b", ";x=\"sandbox-key\""]);
        let zeros = choices.of(&["", "", "000"]);
        answer.extend(format!("{zeros}{:x}{extension}\r\n", chunk.len()).bytes());
        answer.extend(chunk);
        answer.extend(b"\r\n");
    }
    answer.extend_from_slice(choices.of(&[
        &b"0\r\n\r\n"[..],
        b"0;x=y\r\nX-Trailer: sandbox-key\r\n\r\n",
        b"00\r\n\r\n",
    ]));
}

/// An answer that breaks a rule.
pub fn wrong(choices: &mut Choices) -> Vec<Part> {
    let length = REGISTERED.len();
    let head = |headers: &str| format!("HTTP/1.1 200 OK\r\n{headers}\r\n{REGISTERED}").into_bytes();
    let many = choices.size(20_000);
    let bytes = match choices.below(24) {
        0 => head(&format!(
            "Content-Length: {length}\r\nContent-Length: {}\r\n",
            choices.of(&[0, 1, length - 1, length, length + 1])
        )),
        1 => head(&format!(
            "Content-Length: {}\r\nTransfer-Encoding: {}\r\n",
            choices.of(&[0, 5, length]),
            choices.of(&[
                "chunked",
                "identity",
                "gzip, chunked",
                "chunked, chunked",
                "chunked\r\nTransfer-Encoding: identity"
            ])
        )),
        2 => head(&format!(
            "Content-Length: {}\r\n",
            choices.of(&[
                "-1",
                "0x97",
                "+151",
                "18446744073709551615",
                "18446744073709551616",
                "151, 151",
                "151, 0",
                "",
                "1e2",
                "151 151",
                "\u{0}"
            ])
        )),
        3 => head(&format!(
            "Content-Length: {}\r\n",
            choices.of(&[length - 1, length + 1, 0, 1 << 40])
        )),
        4 => {
            let size = choices.of(&[
                "ffffffffffffffff",
                "fffffffffffffffff",
                "-1",
                "",
                "g",
                " 97",
                "97 ",
                "0x97",
                "97;",
                "7fffffffffffffff",
            ]);
            format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{size}\r\n{REGISTERED}\r\n0\r\n\r\n")
                .into_bytes()
        }
        5 => format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n97\n{REGISTERED}0\n\n").into_bytes(),
        6 => {
            return vec![
                Part::Bytes(b"HTTP/1.1 200 OK\r\n".to_vec()),
                Part::Flood(b"X-Flood: sandbox-key\r\n".to_vec(), many),
                Part::Bytes(head("")[17..].to_vec()),
            ];
        }
        7 => head(&format!("X-Long: {}\r\n", "y".repeat(many))),
        8 => {
            return vec![
                Part::Flood(b"HTTP/1.1 100 Continue\r\n\r\n".to_vec(), many),
                Part::Bytes(head(&format!("Content-Length: {length}\r\n"))),
            ];
        }
        9 => {
            return vec![
                Part::Bytes(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1".to_vec()),
                Part::Flood(b";a=b".to_vec(), many),
                Part::Bytes(b"\r\n{\r\n0\r\n\r\n".to_vec()),
            ];
        }
        10 => {
            return vec![
                Part::Bytes(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n".to_vec()),
                Part::Flood(b"X-Trailer: sandbox-key\r\n".to_vec(), many),
                Part::Bytes(b"\r\n".to_vec()),
            ];
        }
        11 => {
            return vec![
                Part::Bytes(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec()),
                Part::Flood(b"1\r\n \r\n".to_vec(), many),
                Part::Bytes(b"0\r\n\r\n".to_vec()),
            ];
        }
        12 => {
            let line = choices.of(&[
                "HTTP/9.9 200 OK",
                "HTTP/1.1 20 OK",
                "HTTP/1.1 2000 OK",
                "ICY 200 OK",
                "HTTP/1.1 +200",
                "HTTP/1.1  200 OK",
                "http/1.1 200 OK",
                "HTTP/1.1 200\tOK",
                "HTTP/2 200",
                "",
                "PRI * HTTP/2.0",
                "HTTP/1.1 099 X",
                "HTTP/1.1 101 Switching Protocols",
                "HTTP/1.1 199 X",
            ]);
            format!("{line}\r\nContent-Length: {length}\r\n\r\n{REGISTERED}").into_bytes()
        }
        13 => head(choices.of(&[
            "X: a\u{0}b\r\n",
            "X : y\r\n",
            ": y\r\n",
            " folded\r\n",
            "X: y\r\n folded\r\n",
            "X\r\n",
            "X: ü\r\n",
            "X: a\rb\r\n",
            "\u{7f}: x\r\n",
        ])),
        14 => REGISTERED.as_bytes().to_vec(),
        15 => choices.raw(200),
        16 => {
            let answer = head(&format!("Content-Length: {length}\r\n"));
            answer.repeat(2 + choices.below(3))
        }
        17 => [
            format!(
                "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n",
                bodies::bomb().len()
            )
            .as_bytes(),
            bodies::bomb(),
        ]
        .concat(),
        18 => {
            return vec![
                Part::Bytes(b"HTTP/1.1 200 OK\r\nContent-Length: 4000000000\r\n\r\n".to_vec()),
                Part::Flood(REGISTERED.as_bytes().to_vec(), many),
            ];
        }
        19 => {
            return vec![
                Part::Bytes(b"HTTP/1.1 403 No\r\n\r\n".to_vec()),
                Part::Flood(b"<html>sandbox-key".to_vec(), many),
            ];
        }
        20 => return vec![Part::Drip(head(&format!("Content-Length: {length}\r\n")))],
        21 => format!("HTTP/1.1 200 OK\nContent-Length: {length}\n\n{REGISTERED}").into_bytes(),
        22 => format!(
            "HTTP/1.1 {} X\r\nContent-Length: {length}\r\n\r\n{REGISTERED}",
            choices.of(&[204, 205, 304])
        )
        .into_bytes(),
        _ => {
            let (mut answer, _, _) = correct(choices, REGISTERED);
            for _ in 0..=choices.below(3) {
                let at = choices.below(answer.len());
                match choices.below(3) {
                    0 => answer[at] ^= 1 << choices.below(8),
                    1 => answer.insert(at, choices.of(b"\r\n\0 :;,\xff0")),
                    _ => drop(answer.remove(at)),
                }
            }
            answer
        }
    };
    vec![Part::Bytes(bytes)]
}

fn case(choices: &mut Choices) -> Case {
    let is_correct = choices.below(2) == 0;
    let (mut parts, said, is_until_close) = if is_correct {
        let (answer, said, is_until_close) = correct(choices, REGISTERED);
        (vec![Part::Bytes(answer)], Some(said), is_until_close)
    } else {
        (wrong(choices), None, true)
    };
    let mut case = Case {
        exchange: Exchange {
            reads: Reads::All,
            parts: Vec::new(),
            end: if is_until_close || choices.one_in(2) {
                End::Close
            } else {
                End::KeepAlive
            },
        },
        said,
        timeout: 20.0,
    };
    // An end at any byte; silence; an answer that comes before the request; a reset.
    match choices.below(12) {
        8 => {
            if let Some(Part::Bytes(bytes)) = parts.last_mut() {
                bytes.truncate(choices.below(bytes.len() + 1));
                case.said = None;
                case.exchange.end = End::Close;
            }
        }
        9 => {
            case.exchange.reads = Reads::Some(choices.of(&[0, 1, 100]));
            case.said = None;
            case.exchange.end = choices.of(&[End::Close, End::Drop]);
        }
        10 => {
            case.said = None;
            case.exchange.end = End::Drop;
        }
        11 if choices.one_in(4) => {
            if let Some(Part::Bytes(bytes)) = parts.last_mut() {
                bytes.truncate(choices.below(bytes.len() + 1));
            }
            case.said = None;
            case.timeout = 0.05;
            case.exchange.end = End::Stall;
        }
        _ => {}
    }
    case.exchange.parts = parts;
    case
}

#[test]
fn a_register_over_http_1_ends_as_the_table_says_whatever_comes_back() {
    let cases = Cases {
        name: "register_over_http_1",
        count: 300,
        bytes: 250,
        memory: 64 * 1024 * 1024,
    };
    cases.check(case, |case, measured| {
        let folder = Folder::new();
        let server = PlainServer::start(std::slice::from_ref(&case.exchange));
        let options = json!({
            "base_url": server.base_url(),
            "timeout": case.timeout,
            "connect_timeout": 20,
            "journal": folder.path(),
        });
        let host_plan = client(options);
        let result = measured.does_within(Duration::from_secs_f64(2.0 * case.timeout), || {
            host_plan.register(request(), false, &mut || false)
        });
        drop(host_plan);
        let heard = server.stop();
        let result = result?;
        let requests: usize = heard.iter().map(|heard| requests(heard)).sum();
        if requests > 1 {
            return Err(format!("{requests} requests arrived"));
        }
        if let Err(error) = &result {
            check_words(
                error,
                case.said.as_ref().map_or(REGISTERED.as_bytes(), |said| &said.body),
            )?;
            if error.outcome() == Outcome::NotSent && !heard.is_empty() {
                return Err(format!("not sent, but it has arrived: {error}"));
            }
        }
        match &case.said {
            Some(said) => is_what_was_said(&result, said)?,
            None => can_be_made_of(&result, &case.exchange.parts)?,
        }
        agree(&folder.records(), &result)
    });
}

/// How many requests were heard.
pub fn requests(heard: &[u8]) -> usize {
    memchr::memmem::find_iter(heard, b"POST /").count()
}

/// The table, for an answer that keeps to HTTP.
pub fn is_what_was_said(result: &Result<Registered>, said: &Said) -> std::result::Result<(), String> {
    let received = Received {
        status: said.status,
        retry_after: said.retry_after,
        body: &said.body,
        is_whole: said.body.len() <= wccom_host::transport::MAX_BODY,
    };
    let expected = expected::of_register(&received, None);
    let is_good = match (result, &expected) {
        (Ok(registered), Expected::Registered(secret)) => registered.auth.access_token_secret == *secret,
        (Err(Error::SecretUnavailable { .. }), Expected::SecretUnavailable)
        | (Err(Error::Api { .. }), Expected::Refused) => true,
        (Err(error), Expected::Unknown) => error.outcome() == Outcome::Unknown,
        _ => false,
    };
    is_good
        .then_some(())
        .ok_or_else(|| format!("{} instead of {expected:?}", described(result)))
}

/// What may have been made of an answer that does not keep to HTTP.
pub fn can_be_made_of(result: &Result<Registered>, parts: &[Part]) -> std::result::Result<(), String> {
    let bytes: Vec<u8> = parts.iter().flat_map(|part| part.bytes().to_vec()).collect();
    let has_status = |status: &str| {
        [b"HTTP/1.1 ", b"HTTP/1.0 "]
            .iter()
            .any(|version| memchr::memmem::find(&bytes, &[&version[..], status.as_bytes()].concat()).is_some())
    };
    let is_possible = match result {
        Ok(registered) => has_status("2") && is_in(registered.auth.access_token_secret.as_bytes(), &bytes),
        Err(Error::SecretUnavailable { .. }) => has_status("2") && is_in(b"null", &bytes),
        Err(Error::Api {
            http_status, api_code, ..
        }) => {
            let is_refusal = match http_status {
                300..=399 | 401 | 403 | 404 | 429 => true,
                400..=499 => api_code.is_some(),
                503 => api_code.is_some() && is_in(b"etry-", &bytes),
                _ => false,
            };
            is_refusal && has_status(&http_status.to_string())
        }
        // Whether it was sent has been looked at.
        Err(error) => matches!(error.outcome(), Outcome::Unknown | Outcome::NotSent),
    };
    is_possible
        .then_some(())
        .ok_or_else(|| format!("{} out of this", described(result)))
}

/// Whether these bytes stand in the others, in their order: chunks may have come between them.
fn is_in(wanted: &[u8], bytes: &[u8]) -> bool {
    let mut rest = bytes.iter();
    wanted.iter().all(|wanted| rest.any(|byte| byte == wanted))
}

#[test]
fn the_simplest_of_these_answers_is_a_registration() {
    let exchange = Exchange {
        reads: Reads::All,
        parts: vec![Part::Bytes(correct(&mut Choices::new(&[]), REGISTERED).0)],
        end: End::Close,
    };
    let server = PlainServer::start(&[exchange]);
    let registered = client(json!({"base_url": server.base_url()})).register(request(), false, &mut || false);
    assert_eq!(registered.unwrap().auth.access_token_secret, ACCESS_TOKEN_SECRET);
    assert_eq!(server.stop().len(), 1);
}
