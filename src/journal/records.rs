//! All records of a journal, one after the other.

use std::ffi::OsStr;
use std::fs::{File, ReadDir};
use std::path::{Path, PathBuf};

use super::index::SiteIndex;
use super::line::{self, Content};
use super::lines::{CHUNK, Line, Lines};
use super::log_file::{LogFile, counts};
use super::{Record, SiteJournal, folder, io_error, newer_version};
use crate::error::Result;
use crate::site_url::SiteUrl;

/// The records as they are when reading begins: first those of a batch's log, then those of single sites. It takes little
/// memory for any number of them, and no lock.
pub struct Records {
    folder: PathBuf,
    log: Option<LogRecords>,
    files: ReadDir,
}

struct LogRecords {
    log: LogFile,
    lines: Lines<File>,
    index: SiteIndex,
    /// What the last line has said: a damaged one may be about several sites.
    found: Vec<(String, Record)>,
}

impl Records {
    /// Begins to read the journal in a folder.
    ///
    /// # Errors
    /// [`crate::error::Error::Local`] if there is none, if it cannot be read, or if others can read it.
    pub fn open(folder: &Path) -> Result<Self> {
        folder::check(folder)?;
        let failed = |error| io_error("cannot be read", folder, &error);
        Ok(Self {
            folder: folder.to_owned(),
            log: LogFile::read(folder)?
                .map(|log| LogRecords::new(log, folder))
                .transpose()?,
            files: std::fs::read_dir(folder).map_err(failed)?,
        })
    }

    /// The next record, with the file that it is in.
    ///
    /// # Errors
    /// [`crate::error::Error::Local`] if it cannot be read.
    pub fn next(&mut self, want: impl Fn(&str, &Record) -> bool) -> Result<Option<(PathBuf, Record)>> {
        if let Some(log) = &mut self.log {
            while let Some((site, record)) = log.next()? {
                if want(&site, &record) && !has_file(&self.folder, &site)? {
                    return Ok(Some((log.log.path.clone(), record)));
                }
            }
            self.log = None;
        }
        for entry in self.files.by_ref() {
            let path = entry
                .map_err(|error| io_error("cannot be read", &self.folder, &error))?
                .path();
            if path.extension() != Some(OsStr::new("json")) {
                continue;
            }
            let journal = SiteJournal::of_file(&self.folder, path);
            if let Some((_, record)) = journal.current()?
                && want(&site_of(&record), &record)
            {
                return Ok(Some((journal.file().to_owned(), record)));
            }
        }
        Ok(None)
    }
}

impl LogRecords {
    fn new(log: LogFile, folder: &Path) -> Result<Self> {
        let mut index = SiteIndex::new(folder)?;
        let mut lines = Lines::new(&log.file, 0, log.end, CHUNK);
        while let Some(line) = lines.next().map_err(|error| log.unreadable(&error))? {
            let content = line::content(line.text);
            if matches!(content, Content::Newer) {
                return Err(newer_version(&log.path));
            }
            for site in sites_of(content, &line) {
                index.insert(&site, line.place)?;
            }
        }
        let file = log.file.try_clone().map_err(|error| log.unreadable(&error))?;
        Ok(Self {
            lines: Lines::new(file, 0, log.end, CHUNK),
            log,
            index,
            found: Vec::new(),
        })
    }

    fn next(&mut self) -> Result<Option<(String, Record)>> {
        while self.found.is_empty() {
            let Some(line) = self.lines.next().map_err(|error| self.log.unreadable(&error))? else {
                return Ok(None);
            };
            for site in sites_of(line::content(line.text), &line) {
                if self.log.is_last(&self.index, &site, line.place)? {
                    let record = self.log.record(&site, line.text);
                    self.found.push((site, record));
                }
            }
        }
        Ok(self.found.pop())
    }
}

/// The sites that a line is about, or may be.
fn sites_of(content: Content, line: &Line) -> Vec<String> {
    match content {
        Content::Site(site, _) => vec![site.into_owned()],
        Content::Damaged(sites) if counts(line) => sites,
        _ => Vec::new(),
    }
}

fn site_of(record: &Record) -> String {
    SiteUrl::parse("site", record.home_url.clone())
        .map(|site| site.site())
        .unwrap_or_default()
}

/// Whether a site has a file of its own, whose record counts.
fn has_file(folder: &Path, site: &str) -> Result<bool> {
    let Ok(site) = SiteUrl::parse("site", site.to_owned()) else {
        return Ok(false);
    };
    Ok(SiteJournal::at(folder, &site).current()?.is_some())
}

#[cfg(test)]
mod tests;
