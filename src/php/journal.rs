//! The functions of the journal.

use std::path::Path;

use ext_php_rs::types::Zval;
use serde_json::{Map, Value, json};

use super::arguments::{Arguments, converted};
use super::{convert, interrupt, locks};
use crate::auth::{Auth, Details};
use crate::config::Config;
use crate::endpoints::register::is_credential;
use crate::error::{Error, Result};
use crate::fault_point::reach;
use crate::fields::Fields;
use crate::ids::Id;
use crate::journal::{Record, SiteJournal, SiteLock, State};
use crate::site_url::SiteUrl;

pub(super) fn journal_lock(arguments: &mut Arguments, _result: &mut Zval) -> Result<()> {
    let config = arguments.config(1)?;
    let journal = SiteJournal::open(config.journal()?, &arguments.url(0, "home_url")?)?;
    let timeout = config.network.timeout;
    if !locks::holds(&journal, timeout)? {
        let lock = journal.lock(timeout, &mut interrupt::pending)?;
        locks::keep(journal.file().to_owned(), lock);
    }
    Ok(())
}

fn lock_unless_held(journal: &SiteJournal, config: &Config) -> Result<Option<SiteLock>> {
    let timeout = config.network.timeout;
    if locks::still_holds(journal, timeout)? {
        return Ok(None);
    }
    journal.lock(timeout, &mut interrupt::pending).map(Some)
}

pub(super) fn journal_unlock(arguments: &mut Arguments, _result: &mut Zval) -> Result<()> {
    let config = arguments.config(1)?;
    locks::release(SiteJournal::at(config.journal()?, &arguments.url(0, "home_url")?).file());
    Ok(())
}

pub(super) fn journal_read(arguments: &mut Arguments, result: &mut Zval) -> Result<()> {
    let config = arguments.config(1)?;
    let journal = SiteJournal::open(config.journal()?, &arguments.url(0, "home_url")?)?;
    match journal.find()? {
        Some((file, record)) => *result = converted(convert::zval(&record_array(&record, &file).into()))?,
        None => result.set_null(),
    }
    Ok(())
}

/// A record, as PHP gets it.
pub(super) fn record_array(record: &Record, file: &Path) -> Map<String, Value> {
    let value = json!({
        "state": record.state,
        "url": record.url,
        "home_url": record.home_url,
        "api_version": record.api_version,
        "email": record.email,
        "started": record.started,
        "http_status": record.http_status,
        "reason": record.reason,
        "has_answer": record.has_answer(),
        "journal_file": file.to_string_lossy(),
        "auth": record.auth,
        "registration": record.registration,
    });
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

pub(super) fn journal_store(arguments: &mut Arguments, _result: &mut Zval) -> Result<()> {
    let config = arguments.config(2)?;
    let auth = checked_auth(arguments.map(0)?)?;
    let site = SiteUrl::parse("auth.url", auth.url.clone())?;
    let journal = SiteJournal::open(config.journal()?, &site)?;
    let registration = arguments.map(1)?;
    let text = |name: &str| registration.get(name).and_then(Value::as_str).map(str::to_owned);
    let record = Record {
        state: State::Received,
        url: text("url").unwrap_or_else(|| auth.url.clone()),
        home_url: auth.url.clone(),
        api_version: text("api_version").unwrap_or_default(),
        email: None,
        started: auth.updated,
        http_status: 0,
        reason: None,
        answer: None,
        auth: Some(auth),
        registration: Some(Details::Kept(registration.into())),
    };
    let _lock = lock_unless_held(&journal, &config)?;
    // What a newer version has written is not written over.
    journal.read()?;
    journal.write(&record)
}

/// The six keys, with their types.
fn checked_auth(auth: Map<String, Value>) -> Result<Auth> {
    let mut fields = Fields::new("auth.", auth);
    fields.refuse_unknown(&[
        "access_token",
        "access_token_secret",
        "site_id",
        "user_id",
        "updated",
        "url",
    ])?;
    let missing = |name: &str| Error::invalid(format!("auth.{name}"), "is missing or empty");
    let mut text = |name: &str| {
        fields
            .string(name)?
            .filter(|text| !text.is_empty())
            .ok_or_else(|| missing(name))
    };
    let (access_token, access_token_secret, url) = (text("access_token")?, text("access_token_secret")?, text("url")?);
    for (name, value) in [
        ("access_token", &access_token),
        ("access_token_secret", &access_token_secret),
    ] {
        if !is_credential(value) {
            return Err(Error::invalid(
                format!("auth.{name}"),
                "must consist of visible ASCII characters",
            ));
        }
    }
    let site_id = fields
        .take("site_id")
        .as_ref()
        .and_then(Id::from_value)
        .and_then(|id| id.as_i64());
    Ok(Auth {
        access_token,
        access_token_secret,
        site_id: site_id.ok_or_else(|| missing("site_id"))?,
        user_id: fields.whole_number("user_id")?.unwrap_or(0),
        updated: fields.whole_number("updated")?.unwrap_or(0),
        url,
    })
}

pub(super) fn journal_close(arguments: &mut Arguments, result: &mut Zval) -> Result<()> {
    let config = arguments.config(1)?;
    let journal = SiteJournal::open(config.journal()?, &arguments.url(0, "home_url")?)?;
    let _lock = lock_unless_held(&journal, &config)?;
    reach("before-close");
    result.set_bool(journal.close()?);
    reach("closed");
    Ok(())
}
