//! What was received: whole in memory, for tests, and without any secret as one line per request.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::Mutex;

use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, USER_AGENT};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::app::{App, lock};
use crate::credentials::{self, Authorization};
use crate::say;

/// A request, as the control API shows it.
#[derive(Clone, Serialize)]
pub struct Entry {
    seq: u64,
    method: String,
    path: String,
    query: Option<String>,
    /// Of the API: `v1.0`, `v2.0`, `1.0`.
    version: Option<String>,
    /// 0 until an answer begins, and for ever if none does.
    status: u16,
    authorization: Authorization,
    content_type: Option<String>,
    user_agent: Option<String>,
    /// All but `Authorization`.
    headers: Map<String, Value>,
    body: String,
    fault: Option<&'static str>,
    order_id: Option<u64>,
    error: Option<&'static str>,
}

impl Entry {
    fn line(&self) -> String {
        let status = if self.status == 0 {
            "no answer".to_owned()
        } else {
            self.status.to_string()
        };
        let mut line = format!("#{} {} {} {status}", self.seq, self.method, self.path);
        let order_id = self.order_id.map(|id| id.to_string());
        for (word, value) in [
            ("order", order_id.as_deref()),
            ("error", self.error),
            ("fault", self.fault),
        ] {
            if let Some(value) = value {
                let _ = write!(line, " {word} {value}");
            }
        }
        line
    }
}

/// How many requests are remembered: a staging server runs for weeks.
const CAPACITY: usize = 10_000;

/// The requests since the start or the last reset.
pub struct RequestLog {
    entries: Mutex<VecDeque<Entry>>,
    file: Option<Mutex<File>>,
}

impl RequestLog {
    /// The lines go to `file`, or to standard error.
    pub fn new(file: Option<&Path>) -> io::Result<Self> {
        let open = |path: &Path| {
            let file = OpenOptions::new().create(true).append(true).open(path);
            file.map(Mutex::new)
                .map_err(|error| io::Error::new(error.kind(), format!("cannot write {}: {error}", path.display())))
        };
        Ok(Self {
            entries: Mutex::default(),
            file: file.map(open).transpose()?,
        })
    }

    /// Notes a request that has been read, and gives its number.
    pub fn begin(&self, app: &App, parts: &Parts, body: &[u8]) -> u64 {
        let authorization = credentials::judge(app, &parts.headers, &parts.uri);
        let mut entries = lock(&self.entries);
        let seq = entries.back().map_or(1, |entry| entry.seq + 1);
        let path = parts.uri.path();
        if entries.len() == CAPACITY {
            entries.pop_front();
        }
        entries.push_back(Entry {
            seq,
            method: parts.method.to_string(),
            path: path.to_owned(),
            query: parts.uri.query().map(str::to_owned),
            version: path.split('/').find(|part| is_version(part)).map(str::to_owned),
            status: 0,
            authorization,
            content_type: text(&parts.headers, &CONTENT_TYPE),
            user_agent: text(&parts.headers, &USER_AGENT),
            headers: visible_headers(&parts.headers),
            body: String::from_utf8_lossy(body).into_owned(),
            fault: None,
            order_id: None,
            error: None,
        });
        seq
    }

    /// The request made or changed this order.
    pub fn note_order(&self, seq: u64, order_id: u64) {
        self.change(seq, |entry| entry.order_id = Some(order_id));
    }

    /// The request met this fault.
    pub fn note_fault(&self, seq: u64, fault: &'static str) {
        self.change(seq, |entry| entry.fault = Some(fault));
    }

    /// The answer begins; writes the line.
    pub fn end(&self, seq: u64, status: u16, error: Option<&'static str>) {
        self.change(seq, |entry| {
            entry.status = status;
            entry.error = error;
        });
        self.write_line(seq);
    }

    /// There will be no answer; writes the line.
    pub fn end_without_answer(&self, seq: u64) {
        self.write_line(seq);
    }

    /// A copy, oldest first.
    pub fn entries(&self) -> Vec<Entry> {
        lock(&self.entries).iter().cloned().collect()
    }

    /// Forgets all.
    pub fn clear(&self) {
        lock(&self.entries).clear();
    }

    fn change(&self, seq: u64, change: impl FnOnce(&mut Entry)) {
        if let Some(entry) = lock(&self.entries).iter_mut().rev().find(|entry| entry.seq == seq) {
            change(entry);
        }
    }

    fn write_line(&self, seq: u64) {
        let line = lock(&self.entries)
            .iter()
            .rev()
            .find(|entry| entry.seq == seq)
            .map(Entry::line);
        match (line, &self.file) {
            (Some(line), Some(file)) => {
                if let Err(error) = writeln!(lock(file), "{line}") {
                    say(&format!("cannot write the log file: {error}"));
                }
            }
            (Some(line), None) => say(&line),
            (None, _) => {}
        }
    }
}

fn is_version(part: &str) -> bool {
    part.trim_start_matches('v')
        .split_once('.')
        .is_some_and(|(major, minor)| {
            !major.is_empty() && major.bytes().chain(minor.bytes()).all(|byte| byte.is_ascii_digit())
        })
}

fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    headers
        .get(name)
        .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
}

fn visible_headers(headers: &HeaderMap) -> Map<String, Value> {
    let visible = headers.keys().filter(|name| **name != AUTHORIZATION);
    visible
        .filter_map(|name| Some((name.to_string(), Value::from(text(headers, name)?))))
        .collect()
}
