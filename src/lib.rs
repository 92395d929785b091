//! Connects WooCommerce sites to WooCommerce.com for hosting companies.
//!
//! The crate has three parts:
//!
//! - the core, which knows the `host-plan` API of WooCommerce.com and nothing of PHP: [`client::HostPlanClient`] is its
//!   interface, [`journal`] what makes a registration survive `kill -9`, and [`error::Error`] says of every failure
//!   whether an order may exist;
//! - `php` (feature `php`), the extension `wccom_host`: the only place that knows Zend;
//! - the binary `wccom-host-sandbox` (feature `sandbox`), a `host-plan` server for tests and demonstrations.
//!
//! Untrusted input arrives as a [`serde_json::Value`], from PHP or from the wire, and is turned into typed data once,
//! in [`config`] and [`endpoints`]; every error on the way names the field.

pub mod auth;
pub mod batch;
mod bundle;
pub mod client;
pub mod config;
pub mod endpoints;
pub mod error;
mod fault_point;
pub mod fields;
pub mod ids;
pub mod journal;
pub mod operation;
pub mod outcome;
#[cfg(feature = "php")]
mod php;
pub mod retry;
pub mod runtime;
pub mod secret;
mod session;
pub mod signature;
pub mod site_url;
mod system_store;
mod tls;
pub mod transport;

/// The version of this package, as `wccom_host_version()` gives it.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
