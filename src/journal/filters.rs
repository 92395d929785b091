//! Which records of the journal are wanted.

use std::collections::HashSet;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value};

use super::{Record, State};
use crate::error::{Error, Result};
use crate::fields::Fields;
use crate::site_url::SiteUrl;

/// The records that are wanted of those in a journal.
pub struct Filters {
    /// All of them, if none is named.
    states: Vec<State>,
    /// Begun before this Unix time.
    before: Option<i64>,
    /// [`SiteUrl::site`] of each; all, if there is no list.
    sites: Option<HashSet<String>>,
}

/// What is wanted of a journal's list.
pub struct Listing {
    /// Which records.
    pub filters: Filters,
    /// Whether the connections are given, too.
    pub with_secrets: bool,
}

/// What is to be pruned.
pub struct Pruning {
    /// Which records.
    pub filters: Filters,
    /// Whether a site is forgotten altogether, so that it can be sent again.
    pub forget: bool,
}

impl Listing {
    /// Checks the filters of a list.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] that names the filter.
    pub fn new(filters: Map<String, Value>) -> Result<Self> {
        let mut fields = Fields::new("", filters);
        fields.refuse_unknown(&["state", "older_than", "with_secrets"])?;
        Ok(Self {
            with_secrets: flag(&mut fields, "with_secrets")?,
            filters: Filters::take(&mut fields)?,
        })
    }
}

impl Pruning {
    /// Checks the filters of what is to be pruned.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] that names the filter.
    pub fn new(filters: Map<String, Value>) -> Result<Self> {
        let mut fields = Fields::new("", filters);
        fields.refuse_unknown(&["state", "older_than", "site", "forget"])?;
        let forget = flag(&mut fields, "forget")?;
        let mut filters = Filters::take(&mut fields)?;
        if forget && filters.states.is_empty() {
            return Err(Error::invalid(
                "forget",
                "wants the states that are to be forgotten, in state",
            ));
        }
        if filters.states.is_empty() {
            filters.states = vec![State::Received, State::Refused, State::NotSent];
        }
        let is_prunable = |state: &State| matches!(state, State::Received | State::Refused | State::NotSent);
        if !forget && !filters.states.iter().all(is_prunable) {
            return Err(Error::invalid(
                "state",
                "can be received, refused and not_sent; other sites can only be forgotten (forget), so that they may be ordered again",
            ));
        }
        Ok(Self { filters, forget })
    }
}

impl Filters {
    fn take(fields: &mut Fields) -> Result<Self> {
        let states = texts(fields, "state")?.unwrap_or_default();
        let states: Result<Vec<State>> = states
            .into_iter()
            .map(|(path, name)| serde_json::from_value(name.into()).map_err(|_| unknown_state(path)))
            .collect();
        let sites = match texts(fields, "site")? {
            None => None,
            Some(sites) => Some(
                sites
                    .into_iter()
                    .map(|(path, url)| SiteUrl::parse(&path, url).map(|site| site.site()))
                    .collect::<Result<_>>()?,
            ),
        };
        let before = fields.whole_number("older_than")?.map(|seconds| now() - seconds);
        Ok(Self {
            states: states?,
            before,
            sites,
        })
    }

    /// Whether the record of a site is among those that are wanted.
    #[must_use]
    pub fn want(&self, site: &str, record: &Record) -> bool {
        (self.states.is_empty() || self.states.contains(&record.state))
            && self.before.is_none_or(|before| record.started <= before)
            && self.sites.as_ref().is_none_or(|sites| sites.contains(site))
    }

    /// Whether records of this state may be wanted.
    #[must_use]
    pub fn has_state(&self, state: State) -> bool {
        self.states.is_empty() || self.states.contains(&state)
    }
}

/// One text or a list of them, each with its path.
fn texts(fields: &mut Fields, name: &str) -> Result<Option<Vec<(String, String)>>> {
    match fields.take(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(vec![(name.to_owned(), text)])),
        Some(Value::Array(list)) if !list.is_empty() => {
            let text = |(index, value): (usize, Value)| match value {
                Value::String(text) => Ok((format!("{name}[{index}]"), text)),
                _ => Err(Error::invalid(format!("{name}[{index}]"), "must be a string")),
            };
            Ok(Some(list.into_iter().enumerate().map(text).collect::<Result<_>>()?))
        }
        Some(_) => Err(Error::invalid(name, "must be a string, or a list of one or more")),
    }
}

fn flag(fields: &mut Fields, name: &str) -> Result<bool> {
    match fields.take(name) {
        None => Ok(false),
        Some(Value::Bool(flag)) => Ok(flag),
        Some(_) => Err(Error::invalid(name, "must be true or false")),
    }
}

fn unknown_state(path: String) -> Error {
    Error::invalid(
        path,
        "is not a known state; known are sent, received, secret_unavailable, refused, not_sent, closed, damaged",
    )
}

fn now() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |time| i64::try_from(time.as_secs()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests;
