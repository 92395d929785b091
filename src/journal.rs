//! The durable record of a registration: written before the request, and again after the answer, so that the one-time
//! secret survives whatever happens to the process, and so that a request whose outcome is unknown is not repeated.
//!
//! A single registration has one file per site, `<host>-<hash>.json`. A new version is written to `<file>.new`, synced, renamed over the file, and
//! the folder synced. Whoever writes holds the lock of the site, `<host>-<hash>.lock`. A batch has one [`log`] for all.
//!
//! What is here is version 1 of both. A later one, whose records must not be read or written by this program, puts
//! `"version":2` into them. Such a record, and one that is whole by its checksum and is not understood, is left alone, and so
//! is the log that it is in: nothing is sent, and the message asks for the newer program. Fields that an older program may
//! ignore, and drop, need no new version.

pub mod filters;
mod folder;
pub mod index;
mod line;
mod lines;
pub mod log;
mod log_file;
pub mod prune;
pub mod records;

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use self::folder::FolderLock;
use self::line::OwnRecord;
use self::log::{BatchLog, being_written};
use self::log_file::{Closed, LogFile};
use crate::auth::{Auth, Details};
use crate::error::{Error, Result};
use crate::fault_point::reach;
use crate::signature::hex;
use crate::site_url::SiteUrl;

/// How far a registration has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// The request is about to be sent, or was: its outcome is unknown until it is looked up.
    Sent,
    /// The answer is here, with the secret.
    Received,
    /// The answer had no secret, and none was known: an order exists, and another request would make another.
    SecretUnavailable,
    /// `WooCommerce.com` said no; in a batch's log only. The next batch sends it again.
    Refused,
    /// No connection was made; in a batch's log only. The next batch sends it again.
    NotSent,
    /// Registered by a batch, and saved since: the secret has been removed. Never sent again.
    Closed,
    /// What the record says cannot be understood.
    Damaged,
}

impl State {
    /// Whether a site in this state can be sent: no order was made.
    #[must_use]
    pub fn may_be_sent(self) -> bool {
        matches!(self, Self::Refused | Self::NotSent)
    }
}

/// What the journal knows of a registration that is not finished.
#[derive(Clone, Serialize, Deserialize)]
pub struct Record {
    /// How far it has come.
    pub state: State,
    /// The connection; with state `received` only.
    pub auth: Option<Auth>,
    /// The rest of the registration, as the caller gets it; with the states `received` and `secret_unavailable`.
    pub registration: Option<Details>,
    /// The address that was registered.
    pub url: String,
    /// The site's own address.
    pub home_url: String,
    /// The version of the API that was used.
    pub api_version: String,
    /// The customer's e-mail address, by which the order can be found.
    pub email: Option<String>,
    /// When the request was about to be sent, as Unix time.
    pub started: i64,
    /// The HTTP status of an answer that was not understood, 0 if none came.
    pub http_status: u16,
    /// Why the outcome is unknown, where the process lived to tell.
    pub reason: Option<String>,
    /// The answer as it came: one that was not understood, which may hold the secret, or one without a secret.
    pub answer: Option<String>,
}

impl Record {
    /// Nothing is known but the address.
    fn damaged(home_url: &str, reason: String) -> Self {
        Self {
            state: State::Damaged,
            auth: None,
            registration: None,
            url: home_url.to_owned(),
            home_url: home_url.to_owned(),
            api_version: String::new(),
            email: None,
            started: 0,
            http_status: 0,
            reason: Some(reason),
            answer: None,
        }
    }

    /// Turns a registration that was received into one that is done with: its numbers stay.
    fn close(&mut self) {
        self.state = State::Closed;
        self.auth = None;
        self.answer = None;
    }

    /// Whether it holds the connection of a site.
    #[must_use]
    pub fn has_secret(&self) -> bool {
        self.auth.is_some()
    }

    /// Whether an answer is kept in it that was not understood.
    #[must_use]
    pub fn has_answer(&self) -> bool {
        self.state == State::Sent && self.answer.is_some()
    }

    /// Whether it may hold a secret that nobody has read.
    fn may_hide_a_secret(&self) -> bool {
        self.state == State::Damaged || self.has_answer()
    }
}

/// The journal's part for one site.
pub struct SiteJournal {
    folder: PathBuf,
    file: PathBuf,
    home_url: String,
    /// [`SiteUrl::site`], by which a batch's log knows it.
    site: String,
}

/// Room on the disk for the answer, taken before the request is sent: a disk that fills up meanwhile must not cost the
/// secret.
pub struct Reservation {
    file: File,
}

/// The room that is taken, in bytes. The documented answer needs less than 2 KiB.
const RESERVED: usize = 64 * 1024;

/// The right to write; given up when it is dropped.
pub struct SiteLock {
    file: File,
    /// Shared with those who work on other sites.
    folder: Rc<FolderLock>,
}

impl SiteJournal {
    /// The part of the journal in `folder` that is about `site`. The folder is made if it is not there.
    ///
    /// # Errors
    /// [`Error::Local`] if it cannot be made, or if other users can read it.
    pub fn open(folder: &Path, site: &SiteUrl) -> Result<Self> {
        folder::make(folder).map_err(|error| io_error("cannot be used", folder, &error))?;
        folder::check(folder)?;
        Ok(Self::at(folder, site))
    }

    /// The same, without a look at the disk.
    #[must_use]
    pub fn at(folder: &Path, site: &SiteUrl) -> Self {
        let host: String = site
            .host()
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' })
            .take(64)
            .collect();
        let home_url = site.given().to_owned();
        let site = site.site();
        let hash = hex(&Sha256::digest(&site));
        Self {
            folder: folder.to_owned(),
            file: folder.join(format!("{host}-{hash:.16}.json")),
            home_url,
            site,
        }
    }

    /// The part of the journal that is this file.
    fn of_file(folder: &Path, file: PathBuf) -> Self {
        Self {
            folder: folder.to_owned(),
            file,
            home_url: String::new(),
            site: String::new(),
        }
    }

    /// The file of the record.
    #[must_use]
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// Takes the site's lock, which another process may hold until `timeout` is over.
    ///
    /// # Errors
    /// [`Error::Local`] if another process keeps it, or if the folder is another user's, whom a lock of this one would keep out;
    /// [`Error::Interrupted`] if `interrupted` says so.
    pub fn lock(&self, timeout: Duration, interrupted: &mut dyn FnMut() -> bool) -> Result<SiteLock> {
        folder::check_owner(&self.folder)?;
        let folder = FolderLock::shared(&self.folder, timeout, interrupted)?;
        let path = self.lock_file();
        let file = private()
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(|error| io_error("cannot be locked", &path, &error))?;
        folder::wait_for_lock(
            &path,
            timeout,
            interrupted,
            || file.try_lock(),
            || format!("Another process is registering this site and holds {}", path.display()),
        )?;
        Ok(SiteLock { file, folder })
    }

    /// Takes the share of the folder again, which a batch that this process could not begin may have cost. For a caller who holds
    /// the site's lock, before what others may have done meanwhile is read.
    ///
    /// # Errors
    /// As [`Self::lock`].
    pub fn share_folder(&self, timeout: Duration, interrupted: &mut dyn FnMut() -> bool) -> Result<()> {
        FolderLock::shared(&self.folder, timeout, interrupted).map(drop)
    }

    /// Whether a lock of this site is the one that others find there: not if the folder was moved, or exchanged for another.
    #[must_use]
    pub fn is_locked_by(&self, lock: &SiteLock) -> bool {
        lock.folder.is_in_place() && folder::is_at(&lock.file, &self.lock_file()).unwrap_or(false)
    }

    /// The record of a registration that is not finished, or of one that a batch has made.
    ///
    /// # Errors
    /// [`Error::Local`] if it cannot be read.
    pub fn read(&self) -> Result<Option<Record>> {
        Ok(self.find()?.map(|(_, record)| record))
    }

    /// The same, with the file that it is in: the site's own, or else the log of a batch. What a batch may send again is no
    /// record of the site.
    ///
    /// # Errors
    /// [`Error::Local`] if it cannot be read.
    pub fn find(&self) -> Result<Option<(PathBuf, Record)>> {
        if let Some((_, record)) = self.current()? {
            return Ok(Some((self.file.clone(), record)));
        }
        let found = self.find_in_log()?;
        Ok(found.filter(|(_, record)| !record.state.may_be_sent()))
    }

    fn find_in_log(&self) -> Result<Option<(PathBuf, Record)>> {
        if let Some(log) = BatchLog::of_this_process(&self.folder)
            && let Ok(log) = log.try_borrow()
        {
            return Ok(log
                .find_in_log(&self.site)?
                .map(|record| (log.file().to_owned(), record)));
        }
        let Some(log) = LogFile::read(&self.folder)? else {
            return Ok(None);
        };
        let last = log.last_of(&self.site)?;
        Ok(last.map(|(_, text)| (log.path.clone(), log.record(&self.site, &text))))
    }

    /// Writes the record "sent" and takes room for the answer. The caller holds the lock.
    ///
    /// # Errors
    /// [`Error::Local`] if there is no room; nothing is left then.
    pub fn begin(&self, record: &Record) -> Result<Reservation> {
        let begun = self.write(record).and_then(|()| self.reserve());
        if begun.is_err() {
            let _ = self.close();
        }
        begun
    }

    /// Writes what has become of the request into the room that was taken. The caller holds the lock.
    ///
    /// # Errors
    /// [`Error::Local`] if it cannot be written anywhere in the folder.
    pub fn finish(&self, reservation: Reservation, record: &Record) -> Result<()> {
        let into_reservation = || -> std::io::Result<()> {
            let mut file = reservation.file;
            // What follows it of the reservation is white space, which JSON allows.
            file.rewind()?;
            file.write_all(&line::of_own_record(record)?)?;
            self.put_in_place(&file, record)
        };
        into_reservation().or_else(|_| {
            // Such as a folder that somebody has removed.
            let _ = folder::make(&self.folder);
            self.write(record)
        })
    }

    /// Writes a record and returns when it is on the disk. The caller holds the lock.
    ///
    /// # Errors
    /// [`Error::Local`] if it cannot be written.
    pub fn write(&self, record: &Record) -> Result<()> {
        BatchLog::note_site_file(&self.folder);
        let written = || -> std::io::Result<()> {
            let mut file = private().create(true).truncate(true).open(self.new_file())?;
            file.write_all(&line::of_own_record(record)?)?;
            self.put_in_place(&file, record)
        };
        written().map_err(|error| io_error("cannot be written", &self.file, &error))
    }

    /// Removes the record, with the secrets in it. Says whether there was one. The caller holds the lock. An answer that
    /// was not understood may hold the secret: such a record is kept, under another name. A registration that a batch has
    /// received stays known as closed, so that no batch sends it again.
    ///
    /// # Errors
    /// [`Error::Local`] if it cannot be removed.
    pub fn close(&self) -> Result<bool> {
        let Some((path, record)) = self.current()? else {
            // What was left of a record that was never used.
            self.remove_files()?;
            return self.close_in_log(None);
        };
        if record.state == State::Received {
            self.close_in_log(Some(&record))?;
        }
        self.remove(&path, &record)?;
        Ok(true)
    }

    fn close_in_log(&self, received: Option<&Record>) -> Result<bool> {
        if let Some(log) = BatchLog::of_this_process(&self.folder) {
            return match log.try_borrow_mut() {
                Ok(mut log) => log.close(&self.site, received),
                Err(_) => Err(being_written(&self.folder)),
            };
        }
        let Some(mut log) = LogFile::change(&self.folder)? else {
            return Ok(false);
        };
        match log.last_of(&self.site)? {
            Some(last) => Ok(!matches!(log.close(&self.site, &last, received)?, Closed::Nothing)),
            None => Ok(false),
        }
    }

    fn remove(&self, path: &Path, record: &Record) -> Result<()> {
        if record.may_hide_a_secret() {
            let forgotten = self.forgotten_file();
            std::fs::rename(path, &forgotten).map_err(|error| io_error("cannot be renamed to", &forgotten, &error))?;
        }
        self.remove_files()?;
        folder::sync(&self.folder).map_err(|error| io_error("cannot be synced", &self.folder, &error))
    }

    fn remove_files(&self) -> Result<()> {
        // First the newer one: a kill in between leaves a record, not the older state of it.
        for path in [self.new_file(), self.file.clone()] {
            match std::fs::remove_file(&path) {
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    return Err(io_error("cannot be removed", &path, &error));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The record and the file that it is in.
    ///
    /// # Errors
    /// [`Error::Local`] if it cannot be read, or is of a newer version.
    fn current(&self) -> Result<Option<(PathBuf, Record)>> {
        let content = content_of(&self.file)?;
        // A process that was killed between syncing an answer and renaming it has left the answer here; one that was
        // killed before it sent anything, a record "sent" alone.
        let newer = match content_of(&self.new_file())? {
            Some(newer) => record_in(&self.new_file(), &newer)?,
            None => None,
        };
        if let Some(record) = newer.filter(|record| record.state != State::Sent || content.is_some()) {
            return Ok(Some((self.new_file(), record)));
        }
        let Some(content) = content else {
            return Ok(None);
        };
        let record = record_in(&self.file, &content)?;
        Ok(Some((self.file.clone(), record.unwrap_or_else(|| self.damaged()))))
    }

    fn damaged(&self) -> Record {
        let reason = format!("The journal's file {} is damaged.", self.file.display());
        Record::damaged(&self.home_url, reason)
    }

    fn reserve(&self) -> Result<Reservation> {
        let reserved = || -> std::io::Result<File> {
            let mut file = private().create(true).truncate(true).open(self.new_file())?;
            file.write_all(" ".repeat(RESERVED).as_bytes())?;
            file.sync_all()?;
            Ok(file)
        };
        reserved()
            .map(|file| Reservation { file })
            .map_err(|error| io_error("has no room", &self.file, &error))
    }

    fn put_in_place(&self, file: &File, record: &Record) -> std::io::Result<()> {
        file.sync_all()?;
        if record.state == State::Received {
            reach("received-written");
        }
        std::fs::rename(self.new_file(), &self.file)?;
        folder::sync(&self.folder)
    }

    /// A name that is not taken.
    fn forgotten_file(&self) -> PathBuf {
        (0..1000)
            .map(|number| match number {
                0 => self.file.with_extension("json.forgotten"),
                _ => self.file.with_extension(format!("json.forgotten.{number}")),
            })
            .find(|path| !path.exists())
            .unwrap_or_else(|| self.file.clone())
    }

    fn new_file(&self) -> PathBuf {
        self.file.with_extension("json.new")
    }

    fn lock_file(&self) -> PathBuf {
        self.file.with_extension("lock")
    }
}

impl SiteLock {
    /// Gives the lock up even if a forked child has a copy of the file's descriptor.
    pub fn release(self) {
        let _ = self.file.unlock();
    }
}

// Linux's numbers, for which `ErrorKind` has no name that says as much.
const EINVAL: i32 = 22;
const ENOLCK: i32 = 37;
const ENOSYS: i32 = 38;
const ELOOP: i32 = 40;
const EOPNOTSUPP: i32 = 95;

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).mode(0o600).custom_flags(folder::no_follow());
    options
}

fn io_error(problem: &str, path: &Path, error: &std::io::Error) -> Error {
    let wanted = match (error.kind(), error.raw_os_error()) {
        (ErrorKind::StorageFull | ErrorKind::QuotaExceeded, _) => "Make room there, or move it",
        (ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem | ErrorKind::NotADirectory, _) => {
            "Make the folder and its files this user's own and writable, or move it"
        }
        (_, Some(EINVAL | ENOLCK | ENOSYS | EOPNOTSUPP)) => {
            "The file system there may be one without locks and syncs, which a journal needs: move it to a local disk"
        }
        (_, Some(ELOOP)) => {
            "Links in the journal's folder are not followed: replace this one by its file, or move the folder, or link that,"
        }
        _ => "Check that disk, or move it",
    };
    Error::Local {
        message: format!(
            "The journal {} {problem}: {error}. {wanted} with all that is in it: an empty one does not know what has been ordered.",
            path.display()
        ),
        retryable: false,
    }
}

/// None if there is no such file.
fn content_of(path: &Path) -> Result<Option<Vec<u8>>> {
    let read = || -> std::io::Result<Vec<u8>> {
        let mut content = Vec::new();
        let mut options = OpenOptions::new();
        options.read(true).custom_flags(folder::no_follow());
        options.open(path)?.read_to_end(&mut content)?;
        Ok(content)
    };
    match read() {
        Ok(content) => Ok(Some(content)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(io_error("cannot be read", path, &error)),
    }
}

/// None if it is damaged.
fn record_in(path: &Path, content: &[u8]) -> Result<Option<Record>> {
    match line::own_record(content) {
        OwnRecord::Understood(record) => Ok(Some(*record)),
        OwnRecord::Damaged => Ok(None),
        OwnRecord::Newer => Err(newer_version(path)),
    }
}

/// What is there must not be read as if it were understood, nor written.
fn newer_version(path: &Path) -> Error {
    Error::Local {
        message: format!(
            "The journal {} was written by a newer version of wccom-host than this one, {}, which leaves it alone. Use the newer one \
             again; another journal does not know what has been ordered.",
            path.display(),
            env!("CARGO_PKG_VERSION"),
        ),
        retryable: false,
    }
}

#[cfg(test)]
mod tests;
