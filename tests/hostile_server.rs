//! A server that does its worst: whatever stands in an answer, in its framing, in HTTP/2 or in a journal's file, a call ends in
//! time, with bounded memory, without a panic, with an outcome that the README's table allows, and without a secret in its
//! words.
//!
//! The cases are made of random bytes by proptest, which makes a failing one as small as it can and keeps it, as a seed, below
//! `tests/hostile_server/seeds`: seeds run first, every time. `HOSTILE_SERVER_TIMES=1000` makes a thousand times as many cases;
//! what was tried so is in the README.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::match_same_arms,
    clippy::panic,
    clippy::too_many_lines,
    missing_docs
)]

mod support;

#[path = "hostile_server/batch_over_http1.rs"]
mod batch_over_http1;
#[path = "hostile_server/bodies.rs"]
mod bodies;
#[path = "hostile_server/cases.rs"]
mod cases;
#[path = "hostile_server/choices.rs"]
mod choices;
#[path = "hostile_server/documented.rs"]
mod documented;
#[path = "hostile_server/expected.rs"]
mod expected;
#[path = "hostile_server/frames.rs"]
mod frames;
#[path = "hostile_server/http1.rs"]
mod http1;
#[path = "hostile_server/http2.rs"]
mod http2;
#[path = "hostile_server/interpreters.rs"]
mod interpreters;
#[path = "hostile_server/journal_files.rs"]
mod journal_files;
#[path = "hostile_server/plain_server.rs"]
mod plain_server;
#[path = "hostile_server/reads.rs"]
mod reads;
#[path = "hostile_server/records.rs"]
mod records;
#[path = "hostile_server/sites.rs"]
mod sites;
#[path = "hostile_server/tls_server.rs"]
mod tls_server;
