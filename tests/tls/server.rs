//! `openssl s_server`, which speaks what rustls does not, and shows every byte that it could decrypt.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::support::KEY;
use crate::support::client::TOKEN;

const PATIENCE: Duration = Duration::from_secs(60);

/// Accepts so many connections, and ends.
pub struct Server {
    child: Child,
    address: SocketAddr,
    shown: Arc<Mutex<String>>,
    reader: Option<JoinHandle<()>>,
}

impl Server {
    /// Starts with these arguments beside those that every server here has.
    pub fn start(connections: usize, arguments: &[&str]) -> Self {
        let mut child = Command::new("openssl")
            .args([
                "s_server",
                "-accept",
                "127.0.0.1:0",
                "-naccept",
                &connections.to_string(),
            ])
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program openssl can be run (apt-get install openssl)");
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let address = loop {
            let mut line = String::new();
            assert_ne!(
                stdout.read_line(&mut line).unwrap(),
                0,
                "openssl s_server {arguments:?} did not start"
            );
            if let Some(address) = line.strip_prefix("ACCEPT ") {
                break address.trim().parse().unwrap();
            }
        };
        let shown = Arc::new(Mutex::new(String::new()));
        let shown_too = Arc::clone(&shown);
        let reader = thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(length @ 1..) = stdout.read(&mut bytes) {
                shown_too
                    .lock()
                    .unwrap()
                    .push_str(&String::from_utf8_lossy(&bytes[..length]));
            }
        });
        Self {
            child,
            address,
            shown,
            reader: Some(reader),
        }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Waits until it has shown this.
    pub fn wait_for(&self, text: &str) {
        let begin = Instant::now();
        while !self.shown.lock().unwrap().contains(text) {
            assert!(
                begin.elapsed() < PATIENCE,
                "never shown: {text}: {}",
                self.shown.lock().unwrap()
            );
            thread::sleep(Duration::from_millis(2));
        }
    }

    /// Has it send this, if it has not ended yet. `r` alone makes it renegotiate.
    pub fn write(&mut self, text: &str) {
        let stdin = self.child.stdin.as_mut().unwrap();
        let _ = stdin.write_all(text.as_bytes()).and_then(|()| stdin.flush());
    }

    /// Waits for its end, after the last connection, and gives all that it has shown.
    pub fn shown(mut self) -> String {
        let begin = Instant::now();
        while self.child.try_wait().unwrap().is_none() {
            assert!(
                begin.elapsed() < PATIENCE,
                "openssl s_server waits for a connection that was not made"
            );
            thread::sleep(Duration::from_millis(2));
        }
        self.reader.take().unwrap().join().unwrap();
        let shown = self.shown.lock().unwrap();
        shown.clone()
    }

    /// The same, with nothing of a request in it.
    pub fn assert_nothing_came(self, what: &str) {
        let shown = self.shown();
        for part in [
            "POST",
            "PRI",
            "HTTP",
            "Authorization",
            "authorization",
            KEY,
            TOKEN,
            "example.com",
        ] {
            assert!(!shown.contains(part), "{what}: {part} came to the server: {shown}");
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
