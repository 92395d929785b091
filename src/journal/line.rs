//! A line of a batch's log: a record with the site before it, and a checksum behind it, as JSON.

use std::borrow::Cow;
use std::io::Write;

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use super::{Record, State};
use crate::site_url::SiteUrl;

/// The version of records that this program writes, and need not say, and the latest that it reads.
const VERSION: u64 = 1;

/// What is needed of a line to know whose it is; that the rest is JSON is looked at in passing.
#[derive(Deserialize)]
struct Head<'a> {
    #[serde(borrow)]
    site: Cow<'a, str>,
    state: State,
    #[serde(borrow)]
    home_url: Cow<'a, str>,
    #[serde(default)]
    version: u64,
}

/// What tells a record of a later version.
#[derive(Deserialize)]
struct Version {
    #[serde(default)]
    version: u64,
}

/// The line that says of which shard the sites in the log are.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Shard {
    shard: String,
    #[serde(default, rename = "crc32", skip_serializing)]
    _checksum: IgnoredAny,
}

/// What a line says.
pub(super) enum Content<'a> {
    /// How far this site, [`SiteUrl::site`], has come.
    Site(Cow<'a, str>, State),
    /// The shard of all sites.
    Shard(String),
    /// It is whole, and of a later version than this program's.
    Newer,
    /// It cannot be understood. These sites are named in it, of which any may be meant.
    Damaged(Vec<String>),
}

/// What a line says; a whole one, or what has been left of it.
pub(super) fn content(text: &[u8]) -> Content<'_> {
    let checksum = checksum(text);
    if checksum != Some(false) {
        if let Ok(head) = serde_json::from_slice::<Head>(text)
            && (checksum.is_some() || site(&head.home_url).is_some_and(|site| site == head.site))
        {
            return if head.version > VERSION {
                Content::Newer
            } else {
                Content::Site(head.site, head.state)
            };
        }
        if let Ok(line) = serde_json::from_slice::<Shard>(text) {
            return Content::Shard(line.shard);
        }
        if checksum.is_some() {
            return Content::Newer;
        }
    }
    Content::Damaged(named(text))
}

/// Whether the checksum is right; nothing, if there is none: lines were written without it once.
fn checksum(text: &[u8]) -> Option<bool> {
    let (rest, end) = text.split_at(text.len().checked_sub(CHECKSUM.len() + 10)?);
    let digits = end.strip_prefix(CHECKSUM)?.strip_suffix(b"\"}")?;
    let sum = u32::from_str_radix(str::from_utf8(digits).ok()?, 16).ok();
    Some(sum == Some(crc32fast::hash(rest)))
}

/// Whether this is no line but the beginning of one, of which the rest was never written.
pub(super) fn is_cut_off(text: &[u8]) -> bool {
    serde_json::from_slice::<IgnoredAny>(text).is_err_and(|error| error.is_eof())
}

/// The sites whose addresses are still whole somewhere.
fn named(text: &[u8]) -> Vec<String> {
    let mut sites = Vec::new();
    for key in [&br#""site":"#[..], br#""home_url":"#] {
        for at in memchr::memmem::find_iter(text, key) {
            let rest = text.get(at + key.len()..).unwrap_or_default();
            let address = serde_json::Deserializer::from_slice(rest).into_iter::<String>().next();
            if let Some(Ok(address)) = address
                && let Some(site) = site(&address)
                && !sites.contains(&site)
            {
                sites.push(site);
            }
        }
    }
    sites
}

fn site(address: &str) -> Option<String> {
    let url = SiteUrl::parse("site", address.to_owned()).ok()?;
    Some(url.site())
}

/// How every line of a site begins.
pub(super) const BEGINNING: &[u8] = br#"{"site":"#;
/// How the checksum of what is before it begins. Eight digits and two characters follow.
const CHECKSUM: &[u8] = br#","crc32":""#;

/// The same with the site.
fn beginning(site: &str) -> serde_json::Result<Vec<u8>> {
    let mut line = BEGINNING.to_vec();
    serde_json::to_writer(&mut line, site)?;
    line.push(b',');
    Ok(line)
}

/// What tells the lines of a site from those of others.
pub(super) struct Finder<'a> {
    site: &'a str,
    beginning: Vec<u8>,
}

impl<'a> Finder<'a> {
    pub(super) fn new(site: &'a str) -> Self {
        Self {
            site,
            beginning: beginning(site).unwrap_or_default(),
        }
    }

    /// Whether a line is about the site, or damaged and may be about it.
    pub(super) fn finds(&self, text: &[u8]) -> bool {
        text.starts_with(&self.beginning)
            || checksum(text) != Some(true)
                && matches!(content(text), Content::Damaged(sites) if sites.iter().any(|site| site == self.site))
    }
}

/// Whether a line is about this site, or damaged and may be about it.
pub(super) fn is_of(text: &[u8], site: &str) -> bool {
    Finder::new(site).finds(text)
}

/// Whether a line of any site may be of a later version. Those of this one are quickly told.
pub(super) fn may_be_newer(text: &[u8]) -> bool {
    !text.starts_with(BEGINNING) || memchr::memmem::find(text, br#""version":"#).is_some()
}

/// What the file of a single site says.
pub(super) enum OwnRecord {
    Understood(Box<Record>),
    /// It is whole, and of a later version than this program's.
    Newer,
    Damaged,
}

/// Reads it.
pub(super) fn own_record(content: &[u8]) -> OwnRecord {
    let text = content.trim_ascii_end();
    let checksum = checksum(text);
    let is_newer = || serde_json::from_slice::<Version>(text).is_ok_and(|read| read.version > VERSION);
    match serde_json::from_slice(text) {
        _ if checksum == Some(false) => OwnRecord::Damaged,
        _ if is_newer() => OwnRecord::Newer,
        Ok(record) => OwnRecord::Understood(Box::new(record)),
        // What was written is there, and is nothing that this program writes.
        Err(_) if checksum.is_some() => OwnRecord::Newer,
        Err(_) => OwnRecord::Damaged,
    }
}

/// What is written into it.
pub(super) fn of_own_record(record: &Record) -> serde_json::Result<Vec<u8>> {
    let mut text = serde_json::to_vec(record)?;
    end_line(&mut text, 0)?;
    Ok(text)
}

/// The same of any JSON object.
#[cfg(test)]
pub(super) fn with_checksum(mut text: Vec<u8>) -> Vec<u8> {
    end_line(&mut text, 0).unwrap();
    text
}

/// A whole line, with its newline.
pub(super) fn of_record(site: &str, record: &Record) -> serde_json::Result<Vec<u8>> {
    let mut line = Vec::with_capacity(1024);
    add_record(&mut line, site, record)?;
    Ok(line)
}

/// Adds it to others.
pub(super) fn add_record(lines: &mut Vec<u8>, site: &str, record: &Record) -> serde_json::Result<()> {
    let begin = lines.len();
    lines.extend(BEGINNING);
    serde_json::to_writer(&mut *lines, site)?;
    let brace = lines.len();
    serde_json::to_writer(&mut *lines, record)?;
    if let Some(brace) = lines.get_mut(brace) {
        *brace = b',';
    }
    end_line(lines, begin)
}

/// The same for the shard of all sites.
pub(super) fn of_shard(shard: &str) -> serde_json::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(&Shard {
        shard: shard.to_owned(),
        _checksum: IgnoredAny,
    })?;
    end_line(&mut line, 0)?;
    Ok(line)
}

/// Puts the checksum and the newline behind the line that begins there.
fn end_line(lines: &mut Vec<u8>, begin: usize) -> serde_json::Result<()> {
    lines.pop();
    let sum = crc32fast::hash(lines.get(begin..).unwrap_or_default());
    lines.extend(CHECKSUM);
    writeln!(lines, "{sum:08x}\"}}").map_err(serde_json::Error::io)
}

/// The record of a site's line, if all of it can be understood.
pub(super) fn record(text: &[u8]) -> Option<Record> {
    match content(text) {
        Content::Site(..) => serde_json::from_slice(text).ok(),
        _ => None,
    }
}
