//! The file of a batch's log, as it is read and changed by those who do not have all of it in an index.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::index::SiteIndex;
use super::line::Content;
use super::lines::{CHUNK, Line, Lines, SHORT};
use super::{Record, State, folder, io_error, line, newer_version};
use crate::error::{Error, Result};
use crate::fault_point::reach;

/// Its name in the folder.
const NAME: &str = "batch.jsonl";

/// An open log. Whoever changes it holds the folder, or shares it and has the file locked.
pub(super) struct LogFile {
    pub(super) path: PathBuf,
    pub(super) file: File,
    /// Where the next line begins.
    pub(super) end: u64,
    /// Where the room ends.
    pub(super) size: u64,
}

/// A line and where it begins.
pub(super) type Found = (u64, Vec<u8>);

impl LogFile {
    /// Opens it for reading, if there is one.
    pub(super) fn read(folder: &Path) -> Result<Option<Self>> {
        Self::open_with(folder, OpenOptions::new().read(true))
    }

    /// Opens it for one change and waits for others who change it; the caller shares the folder.
    pub(super) fn change(folder: &Path) -> Result<Option<Self>> {
        let Some(mut log) = Self::open_with(folder, OpenOptions::new().read(true).write(true))? else {
            return Ok(None);
        };
        let mut settle = || {
            // A change takes some milliseconds.
            while let Err(error) = log.file.lock() {
                if error.kind() != ErrorKind::Interrupted {
                    return Err(error);
                }
            }
            log.size = log.file.metadata()?.len();
            log.find_end()
        };
        settle().map_err(|error| log.unwritable(&error))?;
        log.remove_new_file()?;
        Ok(Some(log))
    }

    /// Opens it for its one owner, and makes it if need be.
    pub(super) fn make(folder: &Path) -> Result<Self> {
        let path = folder.join(NAME);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false).mode(0o600);
        let log = Self::open_with(folder, &mut options)?;
        folder::sync(folder).map_err(|error| io_error("cannot be synced", folder, &error))?;
        log.ok_or_else(|| io_error("cannot be opened", &path, &ErrorKind::NotFound.into()))
    }

    fn open_with(folder: &Path, options: &mut OpenOptions) -> Result<Option<Self>> {
        let path = folder.join(NAME);
        options.custom_flags(folder::no_follow());
        let opened = options.open(&path).and_then(|file| Ok((file.metadata()?.len(), file)));
        match opened {
            Ok((size, file)) => Ok(Some(Self {
                path,
                file,
                end: size,
                size,
            })),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(io_error("cannot be opened", &path, &error)),
        }
    }

    /// The last line of a site, found by reading all of it. A fragment at the end, which was never synced, is none.
    pub(super) fn last_of(&self, site: &str) -> Result<Option<Found>> {
        Ok(self.all_of(site)?.pop())
    }

    fn all_of(&self, site: &str) -> Result<Vec<Found>> {
        let finder = line::Finder::new(site);
        let mut lines = Lines::new(&self.file, 0, self.end, CHUNK);
        let mut all = Vec::new();
        while let Some(line) = lines.next().map_err(|error| self.unreadable(&error))? {
            let is_found = counts(&line) && finder.finds(line.text);
            if (is_found || line::may_be_newer(line.text)) && matches!(line::content(line.text), Content::Newer) {
                return Err(newer_version(&self.path));
            }
            if is_found {
                all.push((line.place, line.text.to_vec()));
            }
        }
        Ok(all)
    }

    /// The line that begins at a place, without its newline; none if it was cut off.
    pub(super) fn line_at(&self, place: u64) -> io::Result<Option<Vec<u8>>> {
        let mut lines = Lines::new(&self.file, place, self.end, SHORT);
        let found = lines.next()?.filter(|line| line.place == place && counts(line));
        Ok(found.map(|found| found.text.to_vec()))
    }

    /// Whether the line of a site at this place is its last one. Another site may have the same number in the index: then the
    /// lines of both are looked at.
    pub(super) fn is_last(&self, index: &SiteIndex, site: &str, place: u64) -> Result<bool> {
        let Some(last) = index.get(site)?.filter(|last| *last != place) else {
            return Ok(true);
        };
        let text = self.line_at(last).map_err(|error| self.unreadable(&error))?;
        if text.is_some_and(|text| line::is_of(&text, site)) {
            return Ok(false);
        }
        Ok(self.last_of(site)?.is_some_and(|(last, _)| last == place))
    }

    /// What a line says of a site.
    pub(super) fn record(&self, site: &str, text: &[u8]) -> Record {
        line::record(text).unwrap_or_else(|| self.damaged(site))
    }

    /// The record of a site of which nothing is understood but its address.
    pub(super) fn damaged(&self, site: &str) -> Record {
        Record::damaged(
            site,
            format!(
                "A line of the journal's file {} is damaged; what was in it is kept in {}.",
                self.path.display(),
                self.aside("damaged").display()
            ),
        )
    }

    /// Adds a whole line and gives its place.
    pub(super) fn add(&mut self, line: &[u8]) -> io::Result<u64> {
        let place = self.end;
        self.file.write_all_at(line, place)?;
        self.end += line.len() as u64;
        self.size = self.size.max(self.end);
        Ok(place)
    }

    /// Removes a line, or a part of one, from the disk.
    pub(super) fn blank(&self, place: u64, length: usize) -> io::Result<()> {
        self.file.write_all_at(&vec![b' '; length], place)
    }

    /// Removes the line of a site that a closed one has replaced: who closed it may have been killed before the secret was
    /// gone. A damaged one stays, since it may be about other sites, too.
    pub(super) fn remove_line(&self, site: &str, place: u64) -> io::Result<()> {
        match self.line_at(place)? {
            Some(text) if matches!(line::content(&text), Content::Site(of, _) if of == site) => {
                self.blank(place, text.len())
            }
            _ => Ok(()),
        }
    }

    /// Closes the matter of a site whose last line this is. A registration that was received becomes a closed one, without
    /// its secret; so does one that `received` says a single register has made. What has no end is removed: a person has
    /// decided about it.
    pub(super) fn close(&mut self, site: &str, last: &Found, received: Option<&Record>) -> Result<Closed> {
        let record = match (self.record(site, &last.1), received) {
            (record, Some(received)) if record.state != State::Closed => received.clone(),
            (record, _) => record,
        };
        self.close_as(site, last, record)
            .map_err(|error| io_error("cannot be written", &self.path, &error))
    }

    fn close_as(&mut self, site: &str, last: &Found, mut record: Record) -> io::Result<Closed> {
        match record.state {
            State::Received => {
                record.close();
                let place = self.add(&line::of_record(site, &record)?)?;
                self.file.sync_data()?;
                reach("log-closed");
                self.blank(last.0, last.1.len())?;
                self.file.sync_data()?;
                Ok(Closed::At(place))
            }
            State::Sent | State::SecretUnavailable | State::Damaged => {
                if record.may_hide_a_secret() {
                    self.keep_aside("forgotten", &last.1)?;
                }
                // The last one is the last to go: the others say less.
                for (place, text) in self.all_of(site).map_err(io::Error::other)? {
                    self.keep_others(site, place, &text)?;
                    self.blank(place, text.len())?;
                    reach("log-line-removed");
                }
                self.file.sync_data()?;
                Ok(Closed::Removed)
            }
            State::Refused | State::NotSent | State::Closed => Ok(Closed::Nothing),
        }
    }

    /// Notes the other sites that a damaged line names, which is about to be removed.
    fn keep_others(&mut self, site: &str, place: u64, text: &[u8]) -> io::Result<()> {
        let Content::Damaged(sites) = line::content(text) else {
            return Ok(());
        };
        for other in sites.iter().filter(|other| *other != site) {
            let last = self.last_of(other).map_err(io::Error::other)?;
            if last.is_some_and(|(last, _)| last == place) {
                self.add(&line::of_record(other, &self.damaged(other))?)?;
            }
        }
        self.file.sync_data()
    }

    /// Keeps what cannot be understood in a file of its own, and returns when it is on the disk.
    pub(super) fn keep_aside(&self, extension: &str, text: &[u8]) -> io::Result<()> {
        let mut file = OpenOptions::new()
            .create(true)
            .append(true)
            .mode(0o600)
            .custom_flags(folder::no_follow())
            .open(self.aside(extension))?;
        file.write_all(&[text, b"\n"].concat())?;
        file.sync_all()?;
        folder::sync(self.path.parent().unwrap_or(&self.path))
    }

    fn aside(&self, extension: &str) -> PathBuf {
        self.path.with_extension(format!("jsonl.{extension}"))
    }

    /// Where the log is written anew.
    pub(super) fn new_file(&self) -> PathBuf {
        self.path.with_extension("jsonl.new")
    }

    /// Removes what a process that was killed meanwhile has left, with all the secrets in it.
    pub(super) fn remove_new_file(&self) -> Result<()> {
        match std::fs::remove_file(self.new_file()) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Err(io_error("cannot be removed", &self.new_file(), &error))
            }
            _ => Ok(()),
        }
    }

    /// Mends the last line, which has no newline: it gets one, but for a fragment, which was never synced and is removed.
    fn mend_end(&mut self, place: u64, text: &[u8]) -> io::Result<()> {
        if line::is_cut_off(text) {
            self.end = place;
            if memchr::memmem::find(text, br#""access_token_secret":""#).is_some() {
                self.keep_aside("damaged", text)?;
            }
            self.blank(place, text.len())
        } else {
            self.add(b"\n").map(drop)
        }
    }

    /// Looks from behind where the room begins, and mends the last line.
    pub(super) fn find_end(&mut self) -> io::Result<()> {
        let is_room = |byte: u8| byte == b' ' || byte == 0;
        let end = self.after_last(self.size, |byte| !is_room(byte))?;
        let begin = self.after_last(end, |byte| byte == b'\n')?;
        self.end = end;
        if begin < end {
            let mut lines = Lines::new(&self.file, begin, end, CHUNK);
            let last = lines
                .next()?
                .map(|line| (line.place, line.is_ended, line.text.to_vec()));
            match last {
                Some((place, false, text)) => self.mend_end(place, &text)?,
                // It is too long.
                _ => drop(self.add(b"\n")?),
            }
        }
        Ok(())
    }

    /// Behind the last byte before `end` that is wanted; 0 if there is none.
    fn after_last(&self, mut end: u64, is_wanted: impl Fn(u8) -> bool) -> io::Result<u64> {
        let mut buffer = vec![0; 64 * 1024];
        while end > 0 {
            let from = end.saturating_sub(buffer.len() as u64);
            let length = usize::try_from(end - from).map_err(io::Error::other)?;
            let bytes = buffer.get_mut(..length).unwrap_or_default();
            self.file.read_exact_at(bytes, from)?;
            if let Some(at) = bytes.iter().rposition(|byte| is_wanted(*byte)) {
                return Ok(from + at as u64 + 1);
            }
            end = from;
        }
        Ok(0)
    }

    pub(super) fn unreadable(&self, error: &io::Error) -> Error {
        io_error("cannot be read", &self.path, error)
    }

    pub(super) fn unwritable(&self, error: &io::Error) -> Error {
        io_error("cannot be written", &self.path, error)
    }
}

/// Whether a line is one: a fragment at the end, which was never synced, is none.
pub(super) fn counts(line: &Line) -> bool {
    line.is_ended || !line::is_cut_off(line.text)
}

/// What has become of the last line of a site.
pub(super) enum Closed {
    /// There is a newer one.
    At(u64),
    /// The site has none any more.
    Removed,
    /// There was nothing to close.
    Nothing,
}
