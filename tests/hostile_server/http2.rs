//! A batch against a server that breaks the rules of HTTP/2.

use std::time::Duration;

use serde_json::{Value, json};
use wccom_host::client::Registered;
use wccom_host::error::{Error, Outcome, Result};

use super::bodies;
use super::cases::Cases;
use super::choices::Choices;
use super::documented::{ACCESS_TOKEN_SECRET, REGISTERED};
use super::expected::check_words;
use super::frames::{
    ACK, CONTINUATION, DATA, END_HEADERS, END_STREAM, Frame, GOAWAY, HEADERS, NO_ERROR, PADDED, PING, PRIORITY,
    PUSH_PROMISE, REFUSED_STREAM, RST_STREAM, SETTINGS, Stream, WINDOW_UPDATE, field, kept_field,
};
use super::http1::{Said, is_what_was_said};
use super::records::log_agrees;
use super::sites::{Sites, site_of};
use super::support::KEY;
use super::support::client::{Folder, TOKEN, object};
use super::tls_server::{Answer, Heard, Play, TlsServer};

const THIS: Stream = Stream::This;

#[derive(Debug)]
struct Case {
    sites: usize,
    concurrency: usize,
    with_journal: bool,
    play: Play,
    /// What each answer says, if every one of them, and the connection's beginning, keeps to HTTP/2.
    said: Option<Vec<Said>>,
    /// In seconds.
    timeout: f64,
}

/// The documented answer, with a secret that tells the answers of a play apart.
fn documented(answer: usize) -> String {
    REGISTERED.replace(ACCESS_TOKEN_SECRET, &secret(answer))
}

fn secret(answer: usize) -> String {
    format!("{}-{answer}-", &ACCESS_TOKEN_SECRET[..30])
}

/// Frames that HTTP/2 allows at any time.
fn harmless(choices: &mut Choices) -> Frame {
    match choices.below(6) {
        0 => Frame::on_connection(PING, 0, [7; 8]),
        1 => Frame::on_connection(0xfa, 0xff, choices.raw(50)),
        2 => Frame::on_connection(WINDOW_UPDATE, 0, [0, 0, 1, 0]),
        3 => Frame::settings(&[(1, 4096), (4, 65_535), (0xfafa, 7)]),
        4 => Frame::new(PRIORITY, 0, THIS, [0, 0, 0, 0, 1]),
        _ => Frame::new(WINDOW_UPDATE, 0, THIS, [0, 0, 1, 0]),
    }
}

fn correct(choices: &mut Choices, answer: usize) -> (Vec<Frame>, Said) {
    const STATUSES: [u16; 16] = [
        200, 200, 200, 200, 200, 200, 200, 201, 302, 400, 403, 404, 408, 409, 500, 503,
    ];
    let status = if choices.one_in(40) { 429 } else { choices.of(&STATUSES) };
    let mut body = bodies::body(choices, &documented(answer));
    // Four of them fit the connection's window of 64 KiB, at which this server does not look.
    body.truncate(8000);
    let retry_after = choices.of(&[None, None, Some("0"), Some("1"), Some("soon")]);
    let mut frames = Vec::new();
    for _ in 0..choices.below(6).saturating_sub(3) {
        frames.push(harmless(choices));
    }
    for _ in 0..choices.below(6).saturating_sub(4) {
        let block = field(":status", choices.of(&["100", "103"]));
        frames.push(Frame::new(HEADERS, END_HEADERS, THIS, block));
    }
    let mut block = field(":status", &status.to_string());
    if let Some(value) = retry_after {
        block.extend(field("retry-after", value));
    }
    if choices.one_in(2) {
        block.extend(field("content-length", &body.len().to_string()));
    }
    for _ in 0..choices.below(3) {
        let (name, value) = choices.of(&[
            ("content-encoding", "gzip"),
            ("x-wp-total", "-1"),
            ("set-cookie", KEY),
            ("x", ""),
        ]);
        block.extend(field(name, value));
    }
    let end = if body.is_empty() { END_STREAM } else { 0 };
    if choices.one_in(4) {
        let rest = block.split_off(choices.below(block.len()));
        frames.push(Frame::new(HEADERS, end, THIS, block));
        frames.push(Frame::new(CONTINUATION, END_HEADERS, THIS, rest));
    } else {
        frames.push(Frame::new(HEADERS, end | END_HEADERS, THIS, block));
    }
    // More than about a hundred small frames are nothing that h2 takes.
    let size = body.len() / 40 + 1 + choices.size(body.len().clamp(1, 8000));
    let with_trailers = choices.one_in(4) && !body.is_empty();
    let chunks = body.chunks(size).count();
    for (index, chunk) in body.chunks(size).enumerate() {
        let end = if index + 1 == chunks && !with_trailers {
            END_STREAM
        } else {
            0
        };
        frames.push(match choices.below(4) {
            3 => Frame::new(DATA, end | PADDED, THIS, [&[3], chunk, &[0; 3]].concat()),
            _ => Frame::new(DATA, end, THIS, chunk),
        });
        if choices.one_in(8) {
            frames.push(harmless(choices));
        }
    }
    if with_trailers {
        frames.push(Frame::new(
            HEADERS,
            END_HEADERS | END_STREAM,
            THIS,
            field("x-trailer", KEY),
        ));
    }
    let said = Said {
        status,
        retry_after: matches!(retry_after, Some("0" | "1")),
        body,
    };
    (frames, said)
}

fn ok() -> Vec<u8> {
    field(":status", "200")
}

/// Frames that break a rule, or that come in such numbers that nobody can want them.
fn wrong(choices: &mut Choices, answer: usize) -> Vec<Frame> {
    let body = documented(answer).into_bytes();
    let many = choices.size(20_000);
    let stream = choices.of(&[
        THIS,
        THIS,
        THIS,
        Stream::Is(0),
        Stream::Is(1),
        Stream::Is(2),
        Stream::Is(99),
        Stream::Is(u32::MAX),
    ]);
    let head = Frame::new(HEADERS, END_HEADERS, THIS, ok());
    let data = Frame::new(DATA, END_STREAM, THIS, body.clone());
    let codes = [0u32, 0, 1, 2, 5, 7, 7, 8, 11, 13, 0xffff];
    match choices.below(30) {
        0 => vec![Frame::new(RST_STREAM, 0, stream, choices.of(&codes).to_be_bytes())],
        1 => vec![head, Frame::new(RST_STREAM, 0, THIS, choices.of(&codes).to_be_bytes())],
        2 | 3 => {
            let last = choices.of(&[0, 1, 3, 5, 0x7fff_ffff, u32::MAX]);
            let words = choices
                .of(&["", KEY, TOKEN, "\u{1b}[2Jbye", "<html>"])
                .repeat(choices.size(1000));
            let mut frames = vec![Frame::go_away(last, choices.of(&codes), words.as_bytes())];
            if choices.one_in(3) {
                frames.extend([head, data]);
            }
            frames
        }
        4 => vec![
            Frame::new(HEADERS, choices.of(&[0, END_STREAM, END_HEADERS]), stream, ok()),
            data,
        ],
        5 => vec![
            Frame::new(HEADERS, 0, THIS, ok()),
            Frame::new(CONTINUATION, 0, THIS, choices.of(&[&b""[..], b"\0\x01x\x01y"])).times(many),
            Frame::new(CONTINUATION, END_HEADERS, THIS, []),
            data,
        ],
        6 => {
            let block = choices.of(&[
                (":status", "2e2"),
                (":status", "20"),
                (":status", "2000"),
                (":status", "099"),
                (":status", "101"),
                (":status", ""),
                (":path", "/"),
                (":method", "GET"),
                ("Status", "200"),
                ("connection", "close"),
                ("te", "gzip"),
                (":x", "y"),
                ("", ""),
                ("x", "a\r\nb"),
                ("x\0", "y"),
                ("transfer-encoding", "chunked"),
                ("content-length", "-1"),
                ("content-length", "7, 8"),
            ]);
            let bad = field(block.0, block.1);
            let block = match choices.below(3) {
                0 => bad,
                1 => [ok(), bad].concat(),
                _ => [bad, ok()].concat(),
            };
            vec![Frame::new(HEADERS, END_HEADERS, THIS, block), data]
        }
        7 => vec![
            Frame::new(HEADERS, END_HEADERS, THIS, field(":status", "103")).times(many),
            head,
            data,
        ],
        8 => vec![Frame::new(DATA, choices.of(&[0, END_STREAM]), stream, body), head],
        9 => {
            let announced = choices.of(&[0, 1, body.len() - 1, body.len() + 1, usize::MAX]);
            let block = [ok(), field("content-length", &announced.to_string())].concat();
            vec![Frame::new(HEADERS, END_HEADERS, THIS, block), data]
        }
        10 => vec![head, Frame::new(DATA, 0, THIS, []).times(many), data],
        11 => vec![
            head,
            Frame::new(DATA, PADDED | END_STREAM, THIS, [&[choices.byte()][..], &body].concat()),
        ],
        12 => vec![
            head,
            Frame::new(DATA, PADDED, THIS, [vec![255], vec![0; 255]].concat()).times(many / 100),
            data,
        ],
        13 => vec![Frame::settings(&[(3, 100)]).times(many), head, data],
        14 => {
            let setting = choices.of(&[
                (2, 1),
                (2, 7),
                (3, 0),
                (3, 1),
                (4, 0),
                (4, u32::MAX),
                (4, 0x7fff_ffff),
                (5, 0),
                (5, 1 << 30),
                (1, 0),
                (1, u32::MAX),
                (6, 0),
                (8, 1),
            ]);
            vec![Frame::settings(&[setting]), head, data]
        }
        15 => {
            let flags = choices.of(&[0, ACK]);
            vec![Frame::new(SETTINGS, flags, stream, choices.raw(20)), head, data]
        }
        16 => vec![
            Frame::on_connection(PING, choices.of(&[0, 0, ACK]), choices.of(&[[1; 8]])).times(many),
            head,
            data,
        ],
        17 => vec![Frame::new(PING, 0, stream, choices.raw(10)), head, data],
        18 => vec![
            Frame::new(
                WINDOW_UPDATE,
                0,
                stream,
                choices.of(&[0, 1, 0x7fff_ffff, u32::MAX]).to_be_bytes(),
            )
            .times(2),
            head,
            data,
        ],
        19 => {
            let promise = [
                &choices.of(&[2u32, 4, 0, 1, 0x7fff_fffe]).to_be_bytes()[..],
                &field(":method", "GET"),
                &field(":path", "/x"),
                &field(":scheme", "https"),
                &field(":authority", "a"),
            ]
            .concat();
            vec![Frame::new(PUSH_PROMISE, END_HEADERS, stream, promise), head, data]
        }
        20 => {
            let promise = |number: u32| {
                [
                    &number.to_be_bytes()[..],
                    &field(":method", "GET"),
                    &field(":path", "/x"),
                    &field(":scheme", "https"),
                    &field(":authority", "a"),
                ]
                .concat()
            };
            let promises = (1..=u32::try_from(many / 10).unwrap())
                .map(|n| Frame::new(PUSH_PROMISE, END_HEADERS, THIS, promise(2 * n)));
            promises.chain([head, data]).collect()
        }
        21 => {
            let mut lie = choices.of(&[&head, &data]).clone();
            lie.length = Some(choices.of(&[0, 1, 5, 16_384, 16_385, 0xff_ffff]));
            vec![lie, head, data]
        }
        22 => {
            // One field of 4,000 bytes, and an index of one byte for each time that it is meant.
            let first = Frame::new(
                HEADERS,
                END_HEADERS,
                THIS,
                [ok(), kept_field("x", &"y".repeat(4000))].concat(),
            );
            let again = [ok(), vec![0xbe; 16_000]].concat();
            match choices.below(3) {
                0 => vec![first, Frame::new(HEADERS, END_HEADERS | END_STREAM, THIS, again)],
                1 => vec![
                    Frame::new(
                        HEADERS,
                        END_HEADERS,
                        THIS,
                        [field(":status", "103"), kept_field("x", &"y".repeat(4000))].concat(),
                    ),
                    Frame::new(HEADERS, END_HEADERS, THIS, again),
                    data,
                ],
                _ => vec![
                    Frame::new(HEADERS, 0, THIS, [ok(), kept_field("x", &"y".repeat(4000))].concat()),
                    Frame::new(CONTINUATION, 0, THIS, vec![0xbe; 16_000]).times(1 + many / 100),
                    Frame::new(CONTINUATION, END_HEADERS, THIS, []),
                    data,
                ],
            }
        }
        23 => vec![Frame::new(HEADERS, END_HEADERS, THIS, choices.raw(60)), data],
        24 => vec![
            Frame {
                kind: choices.byte(),
                flags: choices.byte(),
                payload: choices.raw(40),
                ..Frame::new(0, 0, stream, [])
            },
            head,
            data,
        ],
        25 => {
            let block = (0..many / 20)
                .flat_map(|n| field(&format!("x-{n}"), "y"))
                .take(16_000)
                .collect::<Vec<u8>>();
            vec![Frame::new(HEADERS, END_HEADERS, THIS, [ok(), block].concat()), data]
        }
        26 => vec![
            head,
            Frame {
                payload: b"{\"a\":".repeat(2000),
                ..Frame::new(DATA, 0, THIS, [])
            }
            .times(150),
            data,
        ],
        27 => vec![
            head,
            data,
            Frame::new(DATA, END_STREAM, THIS, body),
            Frame::new(HEADERS, END_HEADERS | END_STREAM, THIS, ok()),
        ],
        28 => vec![
            head,
            Frame::new(
                HEADERS,
                END_HEADERS | END_STREAM,
                THIS,
                choices.of(&[&ok()[..], &field("x", "y")]),
            ),
            data,
        ],
        _ => Vec::new(),
    }
}

fn case(choices: &mut Choices) -> Case {
    let sites = 1 + choices.below(4);
    let is_correct = choices.below(3) == 0;
    let mut said = Vec::new();
    let mut answers = Vec::new();
    for answer in 0..sites + 2 {
        let mut frames = Vec::new();
        let mut closes = false;
        if !is_correct && choices.below(3) > 0 {
            frames.extend(wrong(choices, answer));
            closes = !choices.one_in(6);
        } else {
            let (good, words) = correct(choices, answer);
            frames.extend(good);
            said.push(words);
        }
        answers.push(Answer {
            frames,
            closes,
            is_early: !is_correct && choices.one_in(10),
        });
    }
    let mut begin = vec![Frame::settings(&[(3, choices.of(&[100, 1, 2, 4])), (4, 65_535)])];
    if !is_correct && choices.one_in(5) {
        begin = match choices.below(6) {
            0 => Vec::new(),
            1 => vec![Frame::settings(&[])],
            2 => vec![Frame::settings(&[(3, 0)])],
            3 => vec![Frame::settings(&[(3, 100), (4, choices.of(&[0, 1, 10, 0x7fff_ffff]))])],
            4 => vec![Frame {
                payload: choices.raw(200),
                ..Frame::new(SETTINGS, 0, Stream::Is(0), [])
            }],
            _ => [begin, wrong(choices, 0)].concat(),
        };
    }
    Case {
        sites,
        concurrency: 1 + choices.below(4),
        with_journal: choices.one_in(4),
        play: Play { begin, answers },
        said: is_correct.then_some(said),
        timeout: if is_correct { 20.0 } else { 0.1 },
    }
}

impl Case {
    fn frames(&self) -> impl Iterator<Item = &Frame> {
        self.play
            .begin
            .iter()
            .chain(self.play.answers.iter().flat_map(|answer| &answer.frames))
    }

    /// Whether the server has said, somewhere, that it has not processed a request, and never will: GOAWAY without an error
    /// (RFC 9113, 6.8), or `REFUSED_STREAM` (8.7). Then it is sent again, and a server that lies gets it twice.
    fn denies(&self) -> bool {
        self.frames().any(|frame| {
            let code = |at: usize| {
                frame
                    .payload
                    .get(at..at + 4)
                    .map(|code| u32::from_be_bytes(code.try_into().unwrap()))
            };
            (frame.kind == GOAWAY && code(4) == Some(NO_ERROR))
                || (frame.kind == RST_STREAM && code(0) == Some(REFUSED_STREAM))
        })
    }

    /// Whether some answer asks to come again later. Its status may come in two frames.
    fn asks_to_wait(&self) -> bool {
        let bytes: Vec<u8> = self.frames().flat_map(|frame| frame.payload.clone()).collect();
        [&b"429"[..], b"503"]
            .iter()
            .any(|status| memchr::memmem::find(&bytes, status).is_some())
    }
}

/// One site, to which this is answered, and the results with the most memory that was taken.
fn answered(frames: Vec<Frame>, options: Value) -> (Result<Registered>, u64) {
    let answer = Answer {
        frames,
        closes: true,
        is_early: false,
    };
    let server = TlsServer::start(&Play {
        begin: vec![Frame::settings(&[(3, 100)])],
        answers: vec![answer],
    });
    let mut all = json!({"base_url": server.base_url(), "ca_file": TlsServer::ca_file(), "timeout": 20});
    all.as_object_mut().unwrap().extend(object(options));
    let mut result = None;
    let measured = allocation_counter::measure(|| result = Some(Sites::register(1, all).0.results.remove(&0).unwrap()));
    server.stop();
    (result.unwrap(), measured.bytes_max)
}

#[test]
fn the_words_of_a_goaway_are_not_shown() {
    const ENHANCE_YOUR_CALM: u32 = 11;
    let words = format!("You sent: authorization: Bearer {KEY}");
    let bye = Frame::go_away(0, ENHANCE_YOUR_CALM, words.as_bytes());
    for frames in [
        vec![bye.clone()],
        vec![Frame::new(HEADERS, END_HEADERS, THIS, ok()), bye],
    ] {
        let error = answered(frames, json!({})).0.err().unwrap();
        let text = format!("{error} {error:?}");
        assert_eq!(error.outcome(), Outcome::Unknown, "{text}");
        assert!(!text.contains(KEY) && !text.contains("You sent"), "{text}");
    }
}

#[test]
fn fields_of_an_answer_that_go_on_and_on_take_little_memory() {
    let frames = vec![
        Frame::new(HEADERS, 0, THIS, ok()),
        Frame::new(CONTINUATION, 0, THIS, field("x", &"y".repeat(16_000))).times(800),
        Frame::new(CONTINUATION, END_HEADERS, THIS, []),
        Frame::new(DATA, END_STREAM, THIS, REGISTERED),
    ];
    let (result, memory) = answered(frames, json!({}));
    assert_eq!(result.err().unwrap().outcome(), Outcome::Unknown);
    assert!(memory < 2 * 1024 * 1024, "{memory}");
}

#[test]
fn a_batch_over_http_2_ends_as_the_table_says_whatever_comes_back() {
    let cases = Cases {
        name: "batch_over_http_2",
        count: 250,
        bytes: 500,
        memory: 64 * 1024 * 1024,
    };
    cases.check(case, |case, measured| {
        let folder = Folder::new();
        let server = TlsServer::start(&case.play);
        let mut options = json!({
            "base_url": server.base_url(),
            "ca_file": TlsServer::ca_file(),
            "timeout": case.timeout,
            "concurrency": case.concurrency,
        });
        if case.with_journal {
            options["journal"] = folder.path().to_str().unwrap().into();
        }
        // Each answer comes in time, and the batch waits no longer than its caller wants.
        let longest =
            Duration::from_secs(2) + Duration::from_secs_f64(2.0 * case.timeout) * u32::try_from(case.sites).unwrap();
        let run = measured.does_within(longest, || Sites::register(case.sites, options));
        let heard = server.stop();
        let (sites, summary) = run?;
        sites.have_one_result_each(&summary)?;
        for (site, result) in &sites.results {
            let requests: Vec<&Heard> = heard
                .iter()
                .filter(|heard| site_of(&heard.body) == Some(*site))
                .collect();
            if let Err(error) = result {
                check_words(error, REGISTERED.as_bytes())?;
            }
            if requests.len() > 1 && !case.denies() && !case.asks_to_wait() {
                return Err(format!("site {site} was sent {} times", requests.len()));
            }
            if let Some(said) = &case.said {
                let last = requests
                    .iter()
                    .filter_map(|request| said.get(request.answer?))
                    .next_back();
                let said = last.ok_or_else(|| format!("site {site} got no answer"))?;
                is_what_was_said(result, said).map_err(|problem| format!("site {site}: {problem}"))?;
            } else {
                // An early answer may be there before the body that says for which site the request is.
                let for_anyone = heard.iter().filter(|heard| site_of(&heard.body).is_none());
                let answered: Vec<&Heard> = requests.iter().copied().chain(for_anyone).collect();
                can_be_made_of(result, &requests, &answered, case)
                    .map_err(|problem| format!("site {site}: {problem}"))?;
            }
            if case.with_journal {
                log_agrees(folder.path(), *site, result)?;
            }
        }
        Ok(())
    });
}

/// What may have been made of frames that do not keep to HTTP/2.
fn can_be_made_of(
    result: &Result<Registered>,
    requests: &[&Heard],
    answered: &[&Heard],
    case: &Case,
) -> std::result::Result<(), String> {
    let answers = || {
        answered
            .iter()
            .filter_map(|request| Some((request.answer?, &case.play.answers[request.answer?])))
    };
    let said = |wanted: &[u8]| {
        // Data comes in pieces.
        let is_in = |frames: &[Frame]| {
            let bytes: Vec<u8> = frames.iter().flat_map(|frame| frame.payload.clone()).collect();
            let mut rest = bytes.iter();
            wanted.iter().all(|wanted| rest.any(|byte| byte == wanted))
        };
        answers().any(|(_, answer)| is_in(&answer.frames)) || is_in(&case.play.begin)
    };
    let is_misdirected = case
        .frames()
        .any(|frame| matches!(frame.stream, Stream::Is(1..)) || frame.length.is_some());
    match result {
        Ok(_) | Err(Error::SecretUnavailable { .. } | Error::Api { .. }) if is_misdirected => Ok(()),
        Ok(registered) if said(registered.auth.access_token_secret.as_bytes()) => Ok(()),
        Err(Error::SecretUnavailable { .. }) if said(b"null") => Ok(()),
        Err(Error::Api { http_status, .. }) if said(http_status.to_string().as_bytes()) => match http_status {
            300..=499 | 503 => Ok(()),
            _ => Err(format!("{http_status} is refused")),
        },
        Err(error) if error.outcome() == Outcome::Unknown => Ok(()),
        Err(error) if error.outcome() == Outcome::NotSent => match requests {
            [] => Ok(()),
            // What was refused may be sent again, and then not get through.
            _ if case.denies() || case.asks_to_wait() => Ok(()),
            _ => Err(format!("not sent, but it has arrived: {error}")),
        },
        Ok(registered) => Err(format!("registered with {}", registered.auth.access_token_secret)),
        Err(error) => Err(format!("{error:?}")),
    }
}
