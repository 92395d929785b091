//! One file per resource: its request and its answer. (What is sent where, and what it does, is
//! [`crate::operation`]'s.)

pub mod answer;
pub mod cancel;
pub mod install;
pub mod moved_site;
pub mod orders;
pub mod products;
pub mod register;
pub mod sites;
pub mod slug;
pub mod totals;
pub mod update_connected_site;
pub mod update_url;

use serde::Serialize;
use serde_json::Value;

use crate::error::{Error, Result};

/// A version of the `host-plan` API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum ApiVersion {
    /// v1.0: the customer is described by `customer`.
    #[serde(rename = "v1.0")]
    V1,
    /// v2.0: the customer is described by `wpcom_access_token`.
    #[serde(rename = "v2.0")]
    V2,
}

impl ApiVersion {
    /// Reads `v1.0` or `v2.0`.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] for `api_version`.
    pub fn parse(text: &str) -> Result<Self> {
        match text {
            "v1.0" => Ok(Self::V1),
            "v2.0" => Ok(Self::V2),
            _ => Err(Error::invalid("api_version", "must be v1.0 or v2.0")),
        }
    }

    /// The name, as it stands in paths.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::V1 => "v1.0",
            Self::V2 => "v2.0",
        }
    }
}

/// A 2xx answer that is not the documented one: the field that is missing or malformed (empty: the whole answer), and
/// what is wrong with it.
#[derive(Debug, PartialEq, Eq)]
pub struct Malformed {
    /// The field's name, or nothing.
    pub field: String,
    /// What is wrong, without the value.
    pub problem: String,
}

impl Malformed {
    /// The whole answer is not what it should be.
    #[must_use]
    pub fn answer(problem: impl Into<String>) -> Self {
        Self {
            field: String::new(),
            problem: problem.into(),
        }
    }

    /// One field is not what it should be.
    #[must_use]
    pub fn field(name: &str, problem: &str) -> Self {
        Self {
            field: name.to_owned(),
            problem: format!("its field {name} {problem}"),
        }
    }
}

/// Reads the body of a 2xx answer as JSON.
///
/// # Errors
/// [`Malformed`] says what it is instead.
pub fn json(body: &[u8]) -> std::result::Result<Value, Malformed> {
    if body.is_empty() {
        return Err(Malformed::answer("it is empty"));
    }
    serde_json::from_slice(body).map_err(|error| {
        let first = body.iter().find(|byte| !byte.is_ascii_whitespace());
        Malformed::answer(match (first, error.is_eof()) {
            (Some(b'<'), _) => "it is an HTML page".to_owned(),
            (_, true) => "its JSON is cut off".to_owned(),
            _ => "it is not JSON".to_owned(),
        })
    })
}
