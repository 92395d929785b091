//! What the journal has of a register, against what the caller was told.

use std::path::Path;

use serde_json::Value;
use wccom_host::client::Registered;
use wccom_host::error::{Error, Outcome, Result};

use super::sites::url;

/// The record of a single site, of which there is one at most.
pub fn agree(records: &[Value], result: &Result<Registered>) -> std::result::Result<(), String> {
    match (records.first(), result) {
        (None, Err(error)) if matches!(error.outcome(), Outcome::NotSent | Outcome::Refused) => Ok(()),
        (Some(record), _) => agrees(record, result),
        (None, _) => Err(format!("no record of {}", described(result))),
    }
}

/// The last line of a site in a batch's log.
pub fn log_agrees(folder: &Path, site: usize, result: &Result<Registered>) -> std::result::Result<(), String> {
    let log = std::fs::read_to_string(folder.join("batch.jsonl")).map_err(|error| error.to_string())?;
    let mut lines = log
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line.trim()).ok());
    let last = lines.rfind(|line| line["home_url"] == url(site));
    match last {
        Some(record) => agrees(&record, result),
        None => Err(format!("no line of site {site}")),
    }
}

fn agrees(record: &Value, result: &Result<Registered>) -> std::result::Result<(), String> {
    let is_good = match (result, record["state"].as_str().unwrap_or_default()) {
        (Ok(registered), "received") => {
            registered.journaled
                && record["auth"]["access_token_secret"] == registered.auth.access_token_secret.as_str()
        }
        (Err(Error::SecretUnavailable { .. }), "secret_unavailable") => true,
        // An answer that may hold the secret is kept.
        (Err(error @ Error::UnexpectedResponse { .. }), "sent") => {
            error.outcome() == Outcome::Unknown && record["answer"].is_string()
        }
        (Err(error), "sent") => error.outcome() == Outcome::Unknown,
        (Err(error), "refused") => error.outcome() == Outcome::Refused,
        (Err(error), "not_sent") => error.outcome() == Outcome::NotSent,
        _ => false,
    };
    is_good
        .then_some(())
        .ok_or_else(|| format!("{} with the record {record}", described(result)))
}

pub fn described(result: &Result<Registered>) -> String {
    match result {
        Ok(registered) => format!("a registration with {}", registered.auth.access_token_secret),
        Err(error) => format!("{:?}: {error:?}", error.outcome()),
    }
}
