//! The sandbox, driven as a program over raw sockets.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod support;

#[path = "sandbox/cancel.rs"]
mod cancel;
#[path = "sandbox/connected_site.rs"]
mod connected_site;
#[path = "sandbox/download.rs"]
mod download;
#[path = "sandbox/faults.rs"]
mod faults;
#[path = "sandbox/helper_api.rs"]
mod helper_api;
#[path = "sandbox/http.rs"]
mod http;
#[path = "sandbox/http2.rs"]
mod http2;
#[path = "sandbox/info.rs"]
mod info;
#[path = "sandbox/install.rs"]
mod install;
#[path = "sandbox/load.rs"]
mod load;
#[path = "sandbox/manual.rs"]
mod manual;
#[path = "sandbox/orders.rs"]
mod orders;
#[path = "sandbox/process.rs"]
mod process;
#[path = "sandbox/register.rs"]
mod register;
#[path = "sandbox/reports.rs"]
mod reports;
#[path = "sandbox/subscriptions.rs"]
mod subscriptions;
#[path = "sandbox/tls.rs"]
mod tls;
#[path = "sandbox/update_connected_site.rs"]
mod update_connected_site;
#[path = "sandbox/update_url.rs"]
mod update_url;
#[path = "sandbox/updates.rs"]
mod updates;
