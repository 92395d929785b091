//! Hostile TLS: certificates, versions, ciphers and handshakes that must not get a byte of a request, endings that must not
//! pass for an answer, and what is accepted. Needs the program openssl.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::too_many_lines,
    missing_docs
)]

mod support;

#[path = "tls/attempt.rs"]
mod attempt;
#[path = "tls/certificates.rs"]
mod certificates;
#[path = "tls/endings.rs"]
mod endings;
#[path = "tls/handshakes.rs"]
mod handshakes;
#[path = "tls/hello.rs"]
mod hello;
#[path = "tls/proxies.rs"]
mod proxies;
#[path = "tls/server.rs"]
mod server;
#[path = "tls/service.rs"]
mod service;
#[path = "tls/untrusted.rs"]
mod untrusted;
#[path = "tls/versions.rs"]
mod versions;
