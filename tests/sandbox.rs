//! The sandbox, driven as a program over raw sockets.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod support;

#[path = "sandbox/faults.rs"]
mod faults;
#[path = "sandbox/helper_api.rs"]
mod helper_api;
#[path = "sandbox/http.rs"]
mod http;
#[path = "sandbox/orders.rs"]
mod orders;
#[path = "sandbox/process.rs"]
mod process;
#[path = "sandbox/register.rs"]
mod register;
#[path = "sandbox/tls.rs"]
mod tls;
