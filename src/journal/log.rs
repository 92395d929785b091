//! The memory of a batch of registrations: `batch.jsonl`, a log to which each change of a site's state is added as one line
//! of JSON, the site's address first. The last line of a site counts.
//!
//! A batch holds the whole folder, so that there is one writer. Behind the last line there is room for the answers of the
//! requests in flight, really written as blanks, so that an answer changes neither the size of the file nor the free space.

mod opening;
mod rewriting;

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::io::{self, ErrorKind};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::rc::{Rc, Weak};
use std::time::Duration;

pub use self::rewriting::Fate;
use super::folder::{self, FolderLock};
use super::index::SiteIndex;
use super::lines::CHUNK;
use super::log_file::{Closed, Found, LogFile};
use super::{Record, SiteJournal, State, io_error, line};
use crate::error::{Error, Result};
use crate::site_url::SiteUrl;

/// The room for an answer. The documented one needs less than 2 KiB.
const ROOM: u64 = 16 * 1024;
/// Room is made in such steps.
const STEP: u64 = 1024 * 1024;

type Open = HashMap<(u64, u64), OpenLog>;

/// A log that this process has open.
struct OpenLog {
    process: u32,
    log: Weak<RefCell<BatchLog>>,
    has_site_files: Rc<Cell<bool>>,
}

thread_local! {
    /// The logs that this thread has open, by device and inode of their folder.
    static OPEN: RefCell<Open> = RefCell::default();
}

/// The log, for the one process that may write it.
pub struct BatchLog {
    folder: PathBuf,
    log: LogFile,
    lock: Rc<FolderLock>,
    process: u32,
    /// The place of each site's last line.
    index: SiteIndex,
    /// The shard that the sites in it are of; none if they are of no shard, or if there are none.
    shard: Option<String>,
    /// Whether the file, or what is added to it, says so.
    has_shard_line: bool,
    /// What [`Self::take_back`] takes back.
    announced: Option<Announced>,
    /// Lines that are not written yet. They follow what the file has.
    pending: Vec<u8>,
    /// Whether something has been written since the last commit.
    is_dirty: bool,
    /// Whether sites may have files of their own. Nobody else makes one as long as the folder is held.
    has_site_files: Rc<Cell<bool>>,
    /// A disk that has failed once may say the next time that all is well, and have forgotten what it failed to write.
    has_failed: bool,
    access: Access,
}

/// What the log was opened for.
#[derive(PartialEq, Eq)]
enum Access {
    Read,
    Write,
}

/// What has been added since [`BatchLog::announce`].
struct Announced {
    /// Where it begins.
    place: u64,
    /// The sites, with their lines before.
    sites: Vec<(String, Option<u64>)>,
}

/// A log that this process has open, unless a signal handler has come into the middle of a change.
fn at_rest(log: Rc<RefCell<BatchLog>>, folder: &Path) -> Result<Rc<RefCell<BatchLog>>> {
    if log.try_borrow_mut().is_err() {
        return Err(being_written(folder));
    }
    Ok(log)
}

/// Ends the reading of a long log where `interrupted` says so, which is asked every thousand lines. A handler may have forked: the
/// child leaves the log alone.
pub(super) fn may_go_on(lines: u64, process: u32, interrupted: &mut dyn FnMut() -> bool) -> Result<()> {
    if lines.is_multiple_of(1000) && (interrupted() || std::process::id() != process) {
        return Err(Error::Interrupted { sent: false });
    }
    Ok(())
}

/// What a signal handler is told.
pub(super) fn being_written(folder: &Path) -> Error {
    Error::Local {
        message: format!("The journal {} is being written.", folder.display()),
        retryable: true,
    }
}

impl BatchLog {
    /// Takes the folder for this process and opens the log in it; both are made if they are not there. A log that this
    /// process has open is shared, so that a callback of a batch may start another.
    ///
    /// # Errors
    /// [`Error::Local`] if another process keeps the folder for `timeout`, if others can read it or own it, or if the log cannot be
    /// read and written; [`Error::Interrupted`] if `interrupted` says so.
    pub fn open(folder: &Path, timeout: Duration, interrupted: &mut dyn FnMut() -> bool) -> Result<Rc<RefCell<Self>>> {
        folder::make(folder).map_err(|error| io_error("cannot be used", folder, &error))?;
        folder::check(folder)?;
        folder::check_owner(folder)?;
        if let Some(log) = Self::of_this_process(folder) {
            return at_rest(log, folder);
        }
        let lock = FolderLock::exclusive(folder, timeout, interrupted)?;
        let log = Rc::new(RefCell::new(Self::unread(folder, lock)?));
        if let Some(key) = key(folder) {
            OPEN.with_borrow_mut(|open| {
                open.retain(|_, open| open.log.strong_count() > 0);
                let has_site_files = log.borrow().has_site_files.clone();
                open.insert(
                    key,
                    OpenLog {
                        process: std::process::id(),
                        log: Rc::downgrade(&log),
                        has_site_files,
                    },
                );
            });
        }
        // Code that is called meanwhile finds it, and finds it busy.
        log.borrow_mut().prepare(interrupted)?;
        Ok(log)
    }

    /// Opens the log that is in the folder, if there is one, without changing anything. One that this process has open is
    /// shared.
    ///
    /// # Errors
    /// As [`Self::open`]; another process that works on single sites is no obstacle.
    pub fn open_to_read(
        folder: &Path,
        timeout: Duration,
        interrupted: &mut dyn FnMut() -> bool,
    ) -> Result<Option<Rc<RefCell<Self>>>> {
        if LogFile::read(folder)?.is_none() {
            return Ok(None);
        }
        folder::check(folder)?;
        if let Some(log) = Self::of_this_process(folder) {
            return at_rest(log, folder).map(Some);
        }
        let lock = FolderLock::shared(folder, timeout, interrupted)?;
        let Some(log) = LogFile::read(folder)? else {
            return Ok(None);
        };
        let log = Self::opened_to_read(folder, log, lock, interrupted)?;
        Ok(Some(Rc::new(RefCell::new(log))))
    }

    /// The log of this folder, if this process has it open.
    pub(super) fn of_this_process(folder: &Path) -> Option<Rc<RefCell<Self>>> {
        with_open(folder, |open| open.log.upgrade()).flatten()
    }

    /// Tells the log of this folder, if this process has it open, that a site has a file of its own.
    pub(super) fn note_site_file(folder: &Path) {
        with_open(folder, |open| open.has_site_files.set(true));
    }

    /// Keeps the log to the sites of one shard, such as `0/4`, or to a batch without shards. A log without sites takes what
    /// is given, and writes it with its first record.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] if the sites in it are of another shard.
    pub fn bind_to_shard(&mut self, shard: Option<&str>) -> Result<()> {
        if self.index.is_empty() {
            self.shard = shard.map(str::to_owned);
            self.has_shard_line = false;
        }
        if self.shard.as_deref() == shard {
            return Ok(());
        }
        let path = self.log.path.display();
        let own = match &self.shard {
            Some(own) => format!("The journal {path} is that of shard {own}"),
            None => format!("The journal {path} is that of a batch without shards"),
        };
        Err(Error::InvalidRequest {
            field: "shard".to_owned(),
            message: format!(
                "{own}: it does not know what the others have sent, and their sites would be ordered again. \
                 Use the same shard as before."
            ),
        })
    }

    /// Where the next line will be.
    #[must_use]
    pub fn place(&self) -> u64 {
        self.log.end + self.pending.len() as u64
    }

    /// Whether sites may have files of their own.
    #[must_use]
    pub fn has_site_files(&self) -> bool {
        self.has_site_files.get()
    }

    /// The last record of a site: that of its own file, if there is one, or of the log.
    ///
    /// # Errors
    /// [`Error::Local`] if it cannot be read.
    pub fn find(&mut self, site: &SiteUrl) -> Result<Option<Record>> {
        if self.has_site_files()
            && let Some((_, record)) = SiteJournal::at(&self.folder, site).current()?
        {
            return Ok(Some(record));
        }
        self.find_in_log(&site.site())
    }

    /// The last record of a site in the log.
    pub(super) fn find_in_log(&self, site: &str) -> Result<Option<Record>> {
        Ok(self.last_of(site)?.map(|(_, text)| self.log.record(site, &text)))
    }

    fn last_of(&self, site: &str) -> Result<Option<Found>> {
        let Some(place) = self.index.get(site)? else {
            return Ok(None);
        };
        let text = match place.checked_sub(self.log.end) {
            None => self.log.line_at(place).map_err(|error| self.log.unreadable(&error))?,
            Some(pending) => self.pending_at(pending),
        };
        match text.filter(|text| line::is_of(text, site)) {
            Some(text) => Ok(Some((place, text))),
            // It was removed, or the place is that of another site with the same number.
            None => self.log.last_of(site),
        }
    }

    fn pending_at(&self, place: u64) -> Option<Vec<u8>> {
        let rest = self.pending.get(usize::try_from(place).ok()?..)?;
        rest.split(|byte| *byte == b'\n').next().map(<[u8]>::to_vec)
    }

    /// Adds a record. It is on the disk after the next [`Self::commit`].
    ///
    /// # Errors
    /// [`Error::Local`] if it cannot be written; the record that the site had before is still its last one then.
    pub fn append(&mut self, site: &SiteUrl, record: &Record) -> Result<()> {
        if self.pending.len() > CHUNK {
            self.write()?;
        }
        self.add_shard_line()?;
        let site = site.site();
        let before = self.pending.len();
        let place = self.place();
        let added = line::add_record(&mut self.pending, &site, record)
            .map_err(|error| self.log.unwritable(&error.into()))
            .and_then(|()| self.index.insert(&site, place));
        match added {
            Ok(earlier) => {
                if let Some(announced) = &mut self.announced {
                    announced.sites.push((site, earlier));
                }
                Ok(())
            }
            Err(error) => {
                self.pending.truncate(before);
                Err(error)
            }
        }
    }

    fn add_shard_line(&mut self) -> Result<()> {
        if let Some(shard) = self.shard.as_ref().filter(|_| !self.has_shard_line) {
            let line = line::of_shard(shard).map_err(|error| self.log.unwritable(&error.into()))?;
            self.pending.extend(line);
            self.has_shard_line = true;
        }
        Ok(())
    }

    /// Begins an announcement: what is added from here on can be taken back, until the next one begins.
    ///
    /// # Errors
    /// [`Error::Local`] if it cannot be written.
    pub fn announce(&mut self) -> Result<()> {
        self.announced = None;
        self.add_shard_line()?;
        self.announced = Some(Announced {
            place: self.place(),
            sites: Vec::new(),
        });
        Ok(())
    }

    /// Takes back what was added since the last [`Self::announce`], of which nothing was sent: each site is where it was
    /// before. Where the disk does not allow that, it stays: the next batch takes those sites for unknown.
    pub fn take_back(&mut self) {
        let Some(announced) = self.announced.take() else {
            return;
        };
        if self.check_process().is_err() || self.blank_from(announced.place).is_err() {
            return;
        }
        for (site, earlier) in announced.sites.into_iter().rev() {
            // A site that has no other line keeps the place of the one that is gone, which finds nothing.
            if let Some(earlier) = earlier {
                let _ = self.index.insert(&site, earlier);
            }
        }
    }

    /// Removes all lines from a place on, those that are not or only half written among them.
    fn blank_from(&mut self, place: u64) -> io::Result<()> {
        let written = self.log.file.metadata()?.len();
        let end = written.min(self.log.end + self.pending.len() as u64);
        if place < end {
            let length = usize::try_from(end - place).map_err(io::Error::other)?;
            self.is_dirty = true;
            self.log.blank(place, length)?;
            self.has_failed |= self.log.file.sync_data().is_err();
        }
        let kept = usize::try_from(place.saturating_sub(self.log.end)).map_err(io::Error::other)?;
        self.pending.truncate(kept);
        self.log.end = self.log.end.min(place);
        Ok(())
    }

    /// Writes what was added. It survives a kill then, but not a loss of power.
    ///
    /// # Errors
    /// [`Error::Local`] if it cannot be written; what was added is tried again by the next one.
    pub fn write(&mut self) -> Result<()> {
        if !self.pending.is_empty() {
            self.check_process()?;
            self.is_dirty = true;
            self.log
                .add(&self.pending)
                .map_err(|error| self.log.unwritable(&error))?;
            self.pending.clear();
        }
        Ok(())
    }

    /// Takes room on the disk for so many answers, so that a disk that fills up meanwhile does not cost a secret.
    ///
    /// # Errors
    /// [`Error::Local`] if there is no room.
    pub fn reserve(&mut self, answers: usize) -> Result<()> {
        let wanted = self.place() + answers as u64 * ROOM;
        if wanted > self.log.size {
            self.check_process()?;
            self.is_dirty = true;
            let made = make_room(&mut self.log, wanted.next_multiple_of(STEP));
            if self.log.size < wanted {
                made.map_err(|error| io_error("has no room", &self.log.path, &error))?;
            }
        }
        Ok(())
    }

    /// Returns when all that was added is on the disk.
    ///
    /// # Errors
    /// [`Error::Local`] if it cannot be written; what was added is tried again by the next one, unless the disk has failed.
    pub fn commit(&mut self) -> Result<()> {
        self.check_process()?;
        self.write()?;
        if self.has_failed {
            return Err(self.log.unwritable(&io::Error::other("it could not be written before")));
        }
        if self.is_dirty {
            self.log.file.sync_data().map_err(|error| {
                self.has_failed = true;
                self.log.unwritable(&error)
            })?;
            self.is_dirty = false;
        }
        if self.access == Access::Read {
            return Ok(());
        }
        self.keep_place()
    }

    /// What is in a file that nobody finds is not known: a log that somebody has removed is written again.
    fn keep_place(&mut self) -> Result<()> {
        match folder::is_at(&self.log.file, &self.log.path) {
            Ok(true) => Ok(()),
            Err(error) if error.kind() == ErrorKind::NotFound && self.lock.is_in_place() => {
                self.rewrite(&mut |_, _, _| Ok(Fate::Keep))
            }
            _ => Err(Error::Local {
                message: format!(
                    "The journal {} was moved, removed or replaced by somebody while the batch was running. If it is elsewhere, \
                     put it back before the next batch, or sites that are registered are ordered again.",
                    self.log.path.display()
                ),
                retryable: false,
            }),
        }
    }

    /// Closes the matter of a site, as [`SiteJournal::close`] does. Says whether there was something to close.
    pub(super) fn close(&mut self, site: &str, received: Option<&Record>) -> Result<bool> {
        self.check_process()?;
        self.write()?;
        let Some(last) = self.last_of(site)? else {
            return Ok(false);
        };
        let record = self.log.record(site, &last.1);
        if record.state == State::Sent && record.reason.is_none() && record.answer.is_none() {
            return Err(Error::Local {
                message: format!(
                    "A batch of this process has a request in flight for {}. Close it when its result is here.",
                    record.home_url
                ),
                retryable: true,
            });
        }
        let closed = self.log.close(site, &last, received)?;
        if let Closed::At(place) = closed {
            self.index.insert(site, place)?;
        }
        Ok(!matches!(closed, Closed::Nothing))
    }

    /// The file.
    #[must_use]
    pub fn file(&self) -> &Path {
        &self.log.path
    }

    fn check_process(&self) -> Result<()> {
        if self.process == std::process::id() {
            return Ok(());
        }
        Err(Error::Local {
            message: format!(
                "The journal {} belongs to the process that this one was forked from.",
                self.log.path.display()
            ),
            retryable: false,
        })
    }
}

impl Drop for BatchLog {
    /// Gives the room back, and the folder to those who work on single sites.
    fn drop(&mut self) {
        if self.process == std::process::id() && self.access == Access::Write {
            let _ = self.write();
            let _ = self.log.file.set_len(self.log.end);
            self.lock.share();
        }
    }
}

/// What is known of the log of this folder, if this process has it open. A forked child has its parent's in memory, but not
/// the right.
fn with_open<T>(folder: &Path, act: impl FnOnce(&OpenLog) -> T) -> Option<T> {
    if OPEN.with_borrow(HashMap::is_empty) {
        return None;
    }
    let key = key(folder)?;
    let process = std::process::id();
    OPEN.with_borrow(|open| open.get(&key).filter(|open| open.process == process).map(act))
}

fn key(folder: &Path) -> Option<(u64, u64)> {
    let metadata = std::fs::metadata(folder).ok()?;
    Some((metadata.dev(), metadata.ino()))
}

/// Writes blanks, since a file system gives no room for a hole.
fn make_room(log: &mut LogFile, size: u64) -> io::Result<()> {
    let blanks = [b' '; 16 * 1024];
    while log.size < size {
        let length = usize::try_from(size - log.size).map_or(blanks.len(), |length| length.min(blanks.len()));
        log.file
            .write_all_at(blanks.get(..length).unwrap_or_default(), log.size)?;
        log.size += length as u64;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
