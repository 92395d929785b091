//! A line of a batch's log: a record with the site before it, as JSON.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::{Record, State};
use crate::site_url::SiteUrl;

/// What is needed of a line to know whose it is; that the rest is JSON is looked at in passing.
#[derive(Deserialize)]
struct Head<'a> {
    #[serde(borrow)]
    site: Cow<'a, str>,
    state: State,
}

/// The line that says of which shard the sites in the log are.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Shard {
    shard: String,
}

/// What a line says.
pub(super) enum Content<'a> {
    /// How far this site, [`SiteUrl::site`], has come.
    Site(Cow<'a, str>, State),
    /// The same, but it cannot be understood.
    Damaged(String),
    /// The shard of all sites.
    Shard(String),
    /// It cannot be understood.
    Nothing,
}

/// What a line says; a whole one, or what has been left of it.
pub(super) fn content(text: &[u8]) -> Content<'_> {
    if let Ok(head) = serde_json::from_slice::<Head>(text) {
        return Content::Site(head.site, head.state);
    }
    if let Ok(line) = serde_json::from_slice::<Shard>(text) {
        return Content::Shard(line.shard);
    }
    let site = text
        .strip_prefix(BEGINNING)
        .and_then(|rest| serde_json::Deserializer::from_slice(rest).into_iter::<String>().next())
        .and_then(std::result::Result::ok)
        .filter(|site| SiteUrl::parse("site", site.clone()).is_ok_and(|url| url.site() == *site));
    site.map_or(Content::Nothing, Content::Damaged)
}

const BEGINNING: &[u8] = br#"{"site":"#;

/// How every line of a site begins.
pub(super) fn beginning(site: &str) -> serde_json::Result<Vec<u8>> {
    let mut line = BEGINNING.to_vec();
    serde_json::to_writer(&mut line, site)?;
    line.push(b',');
    Ok(line)
}

/// Whether a line is about this site.
pub(super) fn is_of(text: &[u8], site: &str) -> bool {
    beginning(site).is_ok_and(|beginning| text.starts_with(&beginning))
}

/// A whole line, with its newline.
pub(super) fn of_record(site: &str, record: &Record) -> serde_json::Result<Vec<u8>> {
    let mut line = Vec::with_capacity(1024);
    add_record(&mut line, site, record)?;
    Ok(line)
}

/// Adds it to others.
pub(super) fn add_record(lines: &mut Vec<u8>, site: &str, record: &Record) -> serde_json::Result<()> {
    lines.extend(BEGINNING);
    serde_json::to_writer(&mut *lines, site)?;
    let brace = lines.len();
    serde_json::to_writer(&mut *lines, record)?;
    if let Some(brace) = lines.get_mut(brace) {
        *brace = b',';
    }
    lines.push(b'\n');
    Ok(())
}

/// The same for the shard of all sites.
pub(super) fn of_shard(shard: &str) -> serde_json::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(&Shard {
        shard: shard.to_owned(),
    })?;
    line.push(b'\n');
    Ok(line)
}

/// The record of a site's line.
pub(super) fn record(text: &[u8]) -> Option<Record> {
    serde_json::from_slice(text).ok()
}
