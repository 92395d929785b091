//! The command line. The manual's text is in `manual.txt`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{ArgGroup, Parser, ValueEnum, value_parser};

/// What `wccom-host-sandbox` was asked to do.
#[derive(Parser)]
#[command(
    version,
    about = "A host-plan server for tests, demonstrations and staging: the host-plan and the helper API of WooCommerce.com",
    long_about = include_str!("about.txt").trim_ascii_end(),
    after_long_help = include_str!("manual.txt").trim_ascii_end(),
    group(ArgGroup::new("where_the_ca_goes").args(["ready_file", "ca_file"]).multiple(true)),
)]
pub struct Arguments {
    /// Where the service listens; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:0")]
    pub listen: SocketAddr,

    /// Where the control API listens besides: always plain HTTP, always on loopback
    ///
    /// No fault and no broken certificate touches this door.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:0", value_parser = loopback_address)]
    pub control_listen: SocketAddr,

    /// The partner's key, which every host-plan request has to bear
    ///
    /// It is a made-up one: never give a real key to the sandbox.
    #[arg(long, value_name = "KEY", env = "WCCOM_HOST_SANDBOX_KEY", default_value = "sandbox-key", hide_env_values = true, value_parser = key)]
    pub key: String,

    /// Serve HTTPS, with a certificate for localhost and the loopback addresses from a CA that is made at start
    ///
    /// Needs a place for the CA's certificate: --ready-file or --ca-file.
    #[arg(long, requires = "where_the_ca_goes")]
    pub tls: bool,

    /// Serve a certificate that a client has to refuse
    #[arg(long, value_name = "FAULT", requires = "tls")]
    pub cert_fault: Option<CertFault>,

    /// Write the CA's certificate (PEM) to this file [default: <ready file>.ca.pem]
    #[arg(long, value_name = "FILE", requires = "tls")]
    pub ca_file: Option<PathBuf>,

    /// Write the addresses to this file as JSON, once it listens; the file appears whole
    #[arg(long, value_name = "FILE")]
    pub ready_file: Option<PathBuf>,

    /// Refuse registers with 429 and Retry-After once more than this many come in a second
    #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(1..))]
    pub per_second: Option<u32>,

    /// Let a connection end after this many requests, as nginx does: HTTP/1.1 with `Connection: close`,
    /// HTTP/2 with a GOAWAY that leaves the streams begun since then unprocessed
    #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(1..))]
    pub max_requests_per_connection: Option<u32>,

    /// How many streams a client may have open on an HTTP/2 connection; the default is nginx's
    #[arg(long, value_name = "N", default_value_t = 128, value_parser = value_parser!(u32).range(1..))]
    pub max_concurrent_streams: u32,

    /// How many requests the control API's log keeps; with 0 no lines are written, either
    #[arg(long, value_name = "N", default_value_t = 1000)]
    pub log_size: u32,

    /// What a later registration of the same site gives as `access_token`
    #[arg(long, value_name = "WHICH", default_value = "same")]
    pub repeat_token: RepeatToken,

    /// Which of the two documented answers `install` gives: with `"success": true`, or with `"status": "completed"`
    #[arg(long, value_name = "FORM", default_value = "success")]
    pub install_answer: InstallAnswer,

    /// How `info` writes a product's `type`: `plugins` and `themes` as in the samples, or `plugin` and `theme` as in the text
    #[arg(long, value_name = "NUMBER", default_value = "plural")]
    pub product_types: ProductTypes,

    /// How long a download link is good for; 0 makes links that have expired
    #[arg(long, value_name = "SECONDS", default_value_t = 3600)]
    pub link_lifetime: u32,

    /// Append the line per request to this file, instead of standard error
    #[arg(long, value_name = "FILE")]
    pub log_file: Option<PathBuf>,

    /// End when standard input closes, so that no test leaves a sandbox running
    #[arg(long)]
    pub exit_with_stdin: bool,
}

/// What is wrong with the server's certificate.
#[derive(Clone, Copy, ValueEnum)]
pub enum CertFault {
    /// Its time is over
    Expired,
    /// It is for another host name
    WrongHost,
    /// It comes from another CA than the one in the CA file
    Untrusted,
}

/// What the answer to a repeated registration holds as `access_token`; its `access_token_secret` is null either way.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum RepeatToken {
    /// The site's first token
    Same,
    /// A new token; the earlier ones stay valid
    New,
}

/// The form of the answer of `install`.
#[derive(Clone, Copy, ValueEnum)]
pub enum InstallAnswer {
    /// `"success": true`
    Success,
    /// `"status": "completed"`
    Status,
}

/// How the type of a product is written.
#[derive(Clone, Copy, ValueEnum)]
pub enum ProductTypes {
    /// `plugins`, `themes`
    Plural,
    /// `plugin`, `theme`
    Singular,
}

fn loopback_address(text: &str) -> Result<SocketAddr, String> {
    let address: SocketAddr = text
        .parse()
        .map_err(|_| "not an ADDRESS:PORT, such as 127.0.0.1:8081".to_owned())?;
    if address.ip().is_loopback() {
        Ok(address)
    } else {
        Err(
            "the control API shows what was received, tokens included: it listens on 127.0.0.1 or [::1] only"
                .to_owned(),
        )
    }
}

fn key(text: &str) -> Result<String, String> {
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic()) {
        Ok(text.to_owned())
    } else {
        Err("a key is one or more visible ASCII characters".to_owned())
    }
}
