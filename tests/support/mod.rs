//! A running `wccom-host-sandbox` for tests: started on a free port, stopped when the value is dropped.
//!
//! ```ignore
//! mod support;
//! let sandbox = support::Sandbox::start();
//! sandbox.fault("register", json!({"kind": "reset", "when": "after"}));
//! // ... call sandbox.base_url() with sandbox.key() ...
//! assert_eq!(sandbox.orders().len(), 1);
//! ```
//!
//! A test that uses it needs `required-features = ["sandbox"]` in its `[[test]]` entry.
#![allow(dead_code, reason = "each test program uses its own part of it")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    clippy::must_use_candidate,
    clippy::needless_pass_by_value,
    clippy::panic,
    clippy::unused_self,
    reason = "a test helper fails its test by panicking"
)]

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

pub mod client;

use serde_json::{Value, json};

/// The key that a sandbox started here accepts.
pub const KEY: &str = "sandbox-key";

/// How long any single answer of the control API may take.
const CONTROL_TIMEOUT: Duration = Duration::from_secs(30);

/// A sandbox process and the folder with its ready file, CA and standard error.
pub struct Sandbox {
    child: Child,
    folder: PathBuf,
    ready: Value,
}

impl Sandbox {
    /// Starts one over plain HTTP.
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// Starts one with a certificate from a CA of its own: see [`Sandbox::ca_file`].
    pub fn start_tls() -> Self {
        Self::start_with(&["--tls"])
    }

    /// Starts one with more arguments, and returns when it listens.
    pub fn start_with(arguments: &[&str]) -> Self {
        static STARTED: AtomicU32 = AtomicU32::new(0);
        let folder = std::env::temp_dir().join(format!(
            "wccom-host-sandbox-{}-{}",
            std::process::id(),
            STARTED.fetch_add(1, Ordering::Relaxed)
        ));
        fs::create_dir_all(&folder).unwrap();
        let stderr = File::create(folder.join("stderr")).unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_wccom-host-sandbox"))
            .args(["--listen", "127.0.0.1:0", "--exit-with-stdin", "--ready-file"])
            .arg(folder.join("ready.json"))
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(stderr)
            .spawn()
            .expect("the sandbox starts");

        // The sandbox prints the ready file's content as its first line once it listens: reading blocks until then.
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let Ok(ready) = serde_json::from_str(&line) else {
            let stderr = fs::read_to_string(folder.join("stderr")).unwrap_or_default();
            panic!("the sandbox did not start: {line}{stderr}");
        };
        Self { child, folder, ready }
    }

    /// Everything before the version: `http(s)://127.0.0.1:PORT/wp-json/wccom/host-plan`.
    pub fn base_url(&self) -> &str {
        self.ready["base_url"].as_str().unwrap()
    }

    /// `http(s)://127.0.0.1:PORT/wp-json/helper/1.0`.
    pub fn helper_base_url(&self) -> &str {
        self.ready["helper_base_url"].as_str().unwrap()
    }

    /// The key it accepts, unless `start_with` was given another.
    pub fn key(&self) -> &'static str {
        KEY
    }

    /// The CA's certificate (PEM); only with `--tls`.
    pub fn ca_file(&self) -> &Path {
        Path::new(self.ready["ca_file"].as_str().expect("started with --tls"))
    }

    /// Where the service listens, for tests that speak over a raw socket.
    pub fn address(&self) -> SocketAddr {
        address_of(self.base_url())
    }

    /// The ready file's content.
    pub fn ready(&self) -> &Value {
        &self.ready
    }

    /// The ready file itself.
    pub fn ready_file(&self) -> PathBuf {
        self.folder.join("ready.json")
    }

    /// The sandbox's process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Queues a fault for the next request of `operation`, which the manual lists, or `any`.
    pub fn fault(&self, operation: &str, fault: Value) {
        self.fault_times(operation, 1, fault);
    }

    /// Queues a fault for the next `times` requests of `operation`.
    pub fn fault_times(&self, operation: &str, times: u32, fault: Value) {
        self.control(
            "POST",
            "/faults",
            &json!({"operation": operation, "times": times, "fault": fault}),
        );
    }

    /// Lets one in so many requests of `operation` meet the fault.
    pub fn fault_one_in(&self, operation: &str, one_in: u32, fault: Value) {
        self.control(
            "POST",
            "/faults",
            &json!({"operation": operation, "one_in": one_in, "fault": fault}),
        );
    }

    /// What was received since the start or the last reset, oldest first.
    pub fn log(&self) -> Vec<Value> {
        list(self.control("GET", "/log", &Value::Null))
    }

    /// Orders, sites and the number of connections.
    pub fn state(&self) -> Value {
        self.control("GET", "/state", &Value::Null)
    }

    /// The orders of [`Sandbox::state`].
    pub fn orders(&self) -> Vec<Value> {
        list(self.state()["orders"].take())
    }

    /// Adds orders without a register: `{"count": N}` or a list of orders.
    pub fn seed_orders(&self, orders: &Value) {
        self.control("POST", "/orders", orders);
    }

    /// Forgets orders, sites, faults and log.
    pub fn reset(&self) {
        self.control("POST", "/reset", &json!({}));
    }

    /// What it has written to standard error so far.
    pub fn stderr(&self) -> String {
        fs::read_to_string(self.folder.join("stderr")).unwrap()
    }

    /// Closes its standard input, waits for its end and gives the exit code.
    pub fn stop(&mut self) -> Option<i32> {
        drop(self.child.stdin.take());
        self.child.wait().unwrap().code()
    }

    /// Waits for its end, which something else has asked for, and gives the exit code.
    pub fn wait(&mut self) -> Option<i32> {
        let deadline = Instant::now() + CONTROL_TIMEOUT;
        while Instant::now() < deadline {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            std::thread::yield_now();
        }
        panic!("the sandbox did not end");
    }

    fn control(&self, method: &str, path: &str, body: &Value) -> Value {
        let control_url = self.ready["control_url"].as_str().unwrap();
        let (status, answer) = control_request(control_url, method, path, body);
        assert!(status < 300, "{method} /_sandbox{path} answered {status}: {answer}");
        serde_json::from_str(&answer).expect("the control API answers JSON")
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// One request to the control API, which is always plain HTTP: status and body.
pub fn control_request(control_url: &str, method: &str, path: &str, body: &Value) -> (u16, String) {
    let mut stream = TcpStream::connect(address_of(control_url)).unwrap();
    stream.set_read_timeout(Some(CONTROL_TIMEOUT)).unwrap();
    let body = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    write!(
        stream,
        "{method} /_sandbox{path} HTTP/1.1\r\nHost: sandbox\r\nConnection: close\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").expect("an HTTP answer");
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, body.to_owned())
}

fn address_of(url: &str) -> SocketAddr {
    let (_, rest) = url.split_once("://").unwrap();
    rest.split('/').next().unwrap().parse().unwrap()
}

fn list(value: Value) -> Vec<Value> {
    match value {
        Value::Array(items) => items,
        other => panic!("not a list: {other}"),
    }
}
