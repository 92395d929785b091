//! What can go wrong on request.

use axum::http::{HeaderName, HeaderValue};
use h2::Reason;
use serde::Deserialize;
use serde_json::{Map, Value};

/// What goes wrong. `--help` describes each.
#[derive(Clone, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Fault {
    /// A canned answer.
    Status {
        status: u16,
        #[serde(default)]
        headers: Map<String, Value>,
        #[serde(default = "nothing")]
        body: Value,
        content_type: Option<String>,
        #[serde(default)]
        process: bool,
    },
    /// A pause.
    Delay {
        ms: u64,
        #[serde(default)]
        when: DelayWhen,
    },
    /// The end of the stream or of the connection, without an answer.
    Reset {
        when: ResetWhen,
        #[serde(default)]
        scope: Scope,
        #[serde(default)]
        code: ResetCode,
    },
    /// An answer, and word that it is the connection's last.
    Goaway {
        #[serde(default)]
        late: Late,
    },
    /// No answer, or half of one.
    Stall { when: StallWhen },
    /// Another body.
    Body {
        body: Value,
        content_type: Option<String>,
        #[serde(default = "ok")]
        status: u16,
    },
    /// Other fields in the answer.
    Patch {
        #[serde(default)]
        set: Map<String, Value>,
        #[serde(default)]
        remove: Vec<String>,
    },
    /// The beginning of the answer.
    Truncate { bytes: usize },
    /// White space without end before the answer.
    Oversize { bytes: u64 },
    /// The same, compressed.
    GzipBomb { bytes: u64 },
    /// Another place.
    Redirect { status: u16, location: String },
}

fn nothing() -> Value {
    Value::from("")
}

fn ok() -> u16 {
    200
}

/// Around the processing.
#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DelayWhen {
    #[default]
    Before,
    After,
}

/// How far a request comes before the reset.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ResetWhen {
    Connect,
    Before,
    After,
}

/// What a reset ends.
#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    #[default]
    Stream,
    Connection,
}

/// What HTTP/2 gives as the reason of a reset.
#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ResetCode {
    #[default]
    InternalError,
    RefusedStream,
    Cancel,
    EnhanceYourCalm,
}

impl ResetCode {
    /// As it goes over the wire.
    pub fn reason(self) -> Reason {
        match self {
            Self::InternalError => Reason::INTERNAL_ERROR,
            Self::RefusedStream => Reason::REFUSED_STREAM,
            Self::Cancel => Reason::CANCEL,
            Self::EnhanceYourCalm => Reason::ENHANCE_YOUR_CALM,
        }
    }
}

/// What becomes of the streams that a client begins before it knows.
#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Late {
    #[default]
    Answered,
    Ignored,
}

/// How far an exchange comes before it stalls.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StallWhen {
    Handshake,
    Before,
    After,
    Body,
}

/// A fault that hits before a request can be read.
#[derive(Clone, Copy)]
pub enum ConnectionFault {
    Reset,
    Stall,
}

impl ConnectionFault {
    /// As in the log.
    pub fn name(self) -> &'static str {
        match self {
            Self::Reset => "reset connect",
            Self::Stall => "stall handshake",
        }
    }
}

impl Fault {
    /// As in the log.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Status { .. } => "status",
            Self::Delay {
                when: DelayWhen::Before,
                ..
            } => "delay before",
            Self::Delay {
                when: DelayWhen::After, ..
            } => "delay after",
            Self::Reset {
                when: ResetWhen::Connect,
                ..
            } => ConnectionFault::Reset.name(),
            Self::Reset {
                when: ResetWhen::Before,
                ..
            } => "reset before",
            Self::Reset {
                when: ResetWhen::After, ..
            } => "reset after",
            Self::Goaway { .. } => "goaway",
            Self::Stall {
                when: StallWhen::Handshake,
            } => ConnectionFault::Stall.name(),
            Self::Stall {
                when: StallWhen::Before,
            } => "stall before",
            Self::Stall { when: StallWhen::After } => "stall after",
            Self::Stall { when: StallWhen::Body } => "stall body",
            Self::Body { .. } => "body",
            Self::Patch { .. } => "patch",
            Self::Truncate { .. } => "truncate",
            Self::Oversize { .. } => "oversize",
            Self::GzipBomb { .. } => "gzip-bomb",
            Self::Redirect { .. } => "redirect",
        }
    }

    /// Whether it hits before a request can be read.
    pub fn for_connection(&self) -> Option<ConnectionFault> {
        match self {
            Self::Reset {
                when: ResetWhen::Connect,
                ..
            } => Some(ConnectionFault::Reset),
            Self::Stall {
                when: StallWhen::Handshake,
            } => Some(ConnectionFault::Stall),
            _ => None,
        }
    }

    /// Refuses what the wire could not carry.
    pub fn check(&self) -> Result<(), String> {
        if let Self::Status { status, .. } | Self::Body { status, .. } | Self::Redirect { status, .. } = self
            && !(200..=599).contains(status)
        {
            return Err("status is a number from 200 to 599".to_owned());
        }
        if let Self::Status { headers, .. } = self {
            for (name, value) in headers {
                HeaderName::try_from(name).map_err(|_| format!("headers: {name:?} is not a header's name"))?;
                check_header(name, &text(value))?;
            }
        }
        match self {
            Self::Status {
                content_type: Some(value),
                ..
            }
            | Self::Body {
                content_type: Some(value),
                ..
            } => check_header("content_type", value),
            Self::Redirect { location, .. } => check_header("location", location),
            _ => Ok(()),
        }
    }
}

fn check_header(name: &str, value: &str) -> Result<(), String> {
    HeaderValue::from_str(value)
        .map(drop)
        .map_err(|_| format!("{name}: {value:?} is not a header's value"))
}

/// A string is sent as it is, anything else as JSON.
pub fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
