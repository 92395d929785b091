//! What was received: whole in memory, for tests, and without any secret as one line per request.

use std::collections::VecDeque;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Mutex};

use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, USER_AGENT};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName};
use serde_json::{Map, Value, json};

use crate::app::{App, lock};
use crate::connection::Peer;
use crate::credentials::{self, Authorization};
use crate::exchange::Received;
use crate::say;

/// A request as it came; what the control API shows is made of it when it is asked for.
#[derive(Clone)]
pub struct Entry {
    seq: u64,
    request: Arc<Received>,
    /// 0 until an answer begins, and for ever if none does.
    status: u16,
    authorization: Authorization,
    fault: Option<&'static str>,
    order_id: Option<u64>,
    error: Option<&'static str>,
}

impl Entry {
    /// For the control API: all but the credentials.
    pub fn describe(&self) -> Value {
        let Received { head, body } = &*self.request;
        let path = head.uri.path();
        json!({
            "seq": self.seq,
            "connection": head.extensions.get::<Peer>().map_or(0, |peer| peer.connection),
            "protocol": format!("{:?}", head.version),
            "method": head.method.as_str(),
            "path": path,
            "query": head.uri.query(),
            "version": path.split('/').find(|part| is_version(part)),
            "status": self.status,
            "authorization": self.authorization,
            "content_type": text(&head.headers, &CONTENT_TYPE),
            "user_agent": text(&head.headers, &USER_AGENT),
            "headers": visible_headers(&head.headers),
            "body": String::from_utf8_lossy(body),
            "fault": self.fault,
            "order_id": self.order_id,
            "error": self.error,
        })
    }

    fn line(&self) -> String {
        let Parts { method, uri, .. } = &self.request.head;
        let status = if self.status == 0 {
            "no answer".to_owned()
        } else {
            self.status.to_string()
        };
        let seq = self.seq.to_string();
        let mut line = ["#", &seq, " ", method.as_str(), " ", uri.path(), " ", &status].concat();
        let order_id = self.order_id.map(|id| id.to_string());
        for (word, value) in [
            (" order ", order_id.as_deref()),
            (" error ", self.error),
            (" fault ", self.fault),
        ] {
            if let Some(value) = value {
                line.push_str(word);
                line.push_str(value);
            }
        }
        line
    }
}

/// The requests since the start or the last reset.
pub struct RequestLog {
    latest: Mutex<Latest>,
    file: Option<Mutex<File>>,
}

/// As many as are kept, with their numbers in a row.
struct Latest {
    size: usize,
    count: u64,
    entries: VecDeque<Entry>,
}

impl Latest {
    /// The entry with this number, if it is still there.
    fn get_mut(&mut self, seq: u64) -> Option<&mut Entry> {
        let from_end = usize::try_from(self.count.checked_sub(seq)?).ok()?;
        let index = self.entries.len().checked_sub(from_end + 1)?;
        self.entries.get_mut(index)
    }
}

impl RequestLog {
    /// Keeps so many requests; the lines go to `file`, or to standard error.
    pub fn new(file: Option<&Path>, size: usize) -> io::Result<Self> {
        let open = |path: &Path| {
            let file = OpenOptions::new().create(true).append(true).open(path);
            file.map(Mutex::new)
                .map_err(|error| io::Error::new(error.kind(), format!("cannot write {}: {error}", path.display())))
        };
        Ok(Self {
            latest: Mutex::new(Latest {
                size,
                count: 0,
                entries: VecDeque::new(),
            }),
            file: file.map(open).transpose()?,
        })
    }

    /// Notes a request that has been read, and gives its number.
    pub fn begin(&self, app: &App, request: &Arc<Received>) -> u64 {
        let mut latest = lock(&self.latest);
        latest.count += 1;
        if latest.size == 0 {
            return latest.count;
        }
        if latest.entries.len() >= latest.size {
            latest.entries.pop_front();
        }
        let entry = Entry {
            seq: latest.count,
            request: Arc::clone(request),
            status: 0,
            authorization: credentials::judge(app, &request.head),
            fault: None,
            order_id: None,
            error: None,
        };
        latest.entries.push_back(entry);
        latest.count
    }

    /// The request made or changed this order.
    pub fn note_order(&self, seq: u64, order_id: u64) {
        if let Some(entry) = lock(&self.latest).get_mut(seq) {
            entry.order_id = Some(order_id);
        }
    }

    /// The request met this fault.
    pub fn note_fault(&self, seq: u64, fault: &'static str) {
        if let Some(entry) = lock(&self.latest).get_mut(seq) {
            entry.fault = Some(fault);
        }
    }

    /// The answer begins; writes the line.
    pub fn end(&self, seq: u64, status: u16, error: Option<&'static str>) {
        let line = lock(&self.latest).get_mut(seq).map(|entry| {
            entry.status = status;
            entry.error = error;
            entry.line()
        });
        self.write(line);
    }

    /// There will be no answer; writes the line.
    pub fn end_without_answer(&self, seq: u64) {
        let line = lock(&self.latest).get_mut(seq).map(|entry| entry.line());
        self.write(line);
    }

    /// A copy, oldest first.
    pub fn entries(&self) -> Vec<Entry> {
        lock(&self.latest).entries.iter().cloned().collect()
    }

    /// Forgets all.
    pub fn clear(&self) {
        let mut latest = lock(&self.latest);
        latest.entries.clear();
        latest.count = 0;
    }

    fn write(&self, line: Option<String>) {
        match (line, &self.file) {
            (Some(mut line), Some(file)) => {
                line.push('\n');
                if let Err(error) = lock(file).write_all(line.as_bytes()) {
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
