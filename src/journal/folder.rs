//! The journal's folder: made private, and locked. A batch holds it alone; whoever works on one site shares it.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::fs::{File, TryLockError};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::rc::{Rc, Weak};
use std::time::{Duration, Instant};

use rustix::fs::OFlags;

use super::io_error;
use crate::error::{Error, Result};

/// By device and inode of the folder.
type Held = HashMap<(u64, u64), Weak<FolderLock>>;

thread_local! {
    /// What this thread holds: a process must not wait for itself. A thread-safe PHP serves a request on each thread.
    static HELD: RefCell<Held> = RefCell::default();
}

/// The right to work in the folder; given up when it is dropped.
pub(super) struct FolderLock {
    folder: PathBuf,
    file: File,
    process: u32,
    mode: Cell<Mode>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    None,
    Shared,
    Exclusive,
}

impl FolderLock {
    /// Shares the folder with others who work on single sites.
    pub(super) fn shared(
        folder: &Path,
        timeout: Duration,
        interrupted: &mut dyn FnMut() -> bool,
    ) -> Result<Rc<FolderLock>> {
        let lock = Self::of_this_process(folder)?;
        if lock.mode.get() == Mode::None {
            lock.wait(Mode::Shared, timeout, interrupted)?;
        }
        Ok(lock)
    }

    /// Keeps all other processes out. The single sites that this one has locked stay locked.
    pub(super) fn exclusive(
        folder: &Path,
        timeout: Duration,
        interrupted: &mut dyn FnMut() -> bool,
    ) -> Result<Rc<FolderLock>> {
        let lock = Self::of_this_process(folder)?;
        if lock.mode.get() != Mode::Exclusive {
            lock.wait(Mode::Exclusive, timeout, interrupted)?;
        }
        Ok(lock)
    }

    /// Lets others work on single sites again, for a process that still does so itself.
    pub(super) fn share(&self) {
        if self.process == std::process::id() && self.mode.get() == Mode::Exclusive {
            let _ = self.turn_to(Mode::Shared);
        }
    }

    /// Whether the folder is still the one that is at its path.
    pub(super) fn is_in_place(&self) -> bool {
        is_at(&self.file, &self.folder).unwrap_or(false)
    }

    fn of_this_process(folder: &Path) -> Result<Rc<Self>> {
        let opened = File::open(folder).and_then(|file| Ok((file.metadata()?, file)));
        let (metadata, file) = opened.map_err(|error| io_error("cannot be locked", folder, &error))?;
        let key = (metadata.dev(), metadata.ino());
        let process = std::process::id();
        let held = HELD.with_borrow(|held| held.get(&key).and_then(Weak::upgrade));
        // A forked child has its parent's locks in memory, but not the right.
        if let Some(lock) = held.filter(|lock| lock.process == process) {
            return Ok(lock);
        }
        let lock = Rc::new(Self {
            folder: folder.to_owned(),
            file,
            process,
            mode: Cell::new(Mode::None),
        });
        HELD.with_borrow_mut(|held| {
            held.retain(|_, lock| lock.strong_count() > 0);
            held.insert(key, Rc::downgrade(&lock));
        });
        Ok(lock)
    }

    /// Where another process comes in between, nothing is held afterwards: whoever works on a site takes it again, with
    /// [`SiteJournal::share_folder`](super::SiteJournal::share_folder).
    fn turn_to(&self, mode: Mode) -> std::result::Result<(), TryLockError> {
        self.mode.set(Mode::None);
        match mode {
            Mode::None => self.file.unlock().map_err(TryLockError::Error)?,
            Mode::Shared => self.file.try_lock_shared()?,
            Mode::Exclusive => self.file.try_lock()?,
        }
        self.mode.set(mode);
        Ok(())
    }

    fn wait(&self, mode: Mode, timeout: Duration, interrupted: &mut dyn FnMut() -> bool) -> Result<()> {
        let before = self.mode.get();
        let waited = wait_for_lock(
            &self.folder,
            timeout,
            interrupted,
            || self.turn_to(mode),
            || {
                let (who, holds) = match mode {
                    Mode::Shared => ("A batch of registrations is running in another process", "alone"),
                    _ => ("Another process is registering sites", "open"),
                };
                format!("{who} and has the journal {} {holds}", self.folder.display())
            },
        );
        if waited.is_err() && before == Mode::Shared && self.process == std::process::id() {
            // The attempts to have it alone have given the share up.
            let _ = self.turn_to(Mode::Shared);
        }
        waited
    }
}

impl Drop for FolderLock {
    /// Gives the lock up even if a forked child has a copy of the file's descriptor. The child's copy is not its own to
    /// give up.
    fn drop(&mut self) {
        if self.process == std::process::id() {
            let _ = self.file.unlock();
        }
    }
}

/// Tries until it works, until `timeout` is over (the error says `who` holds it), or until `interrupted` says so, or has forked:
/// what the child would get is its parent's lock as well.
pub(super) fn wait_for_lock(
    path: &Path,
    timeout: Duration,
    interrupted: &mut dyn FnMut() -> bool,
    mut try_lock: impl FnMut() -> std::result::Result<(), TryLockError>,
    who: impl Fn() -> String,
) -> Result<()> {
    let begin = Instant::now();
    let process = std::process::id();
    loop {
        let tried = match try_lock() {
            Err(TryLockError::Error(error)) if error.kind() == ErrorKind::Interrupted => Err(TryLockError::WouldBlock),
            tried => tried,
        };
        match tried {
            Ok(()) => return Ok(()),
            Err(TryLockError::Error(error)) => return Err(io_error("cannot be locked", path, &error)),
            Err(TryLockError::WouldBlock) if begin.elapsed() >= timeout => {
                return Err(Error::Local {
                    message: format!(
                        "{}; this one waited for {} s. Wait for it to end and try again.",
                        who(),
                        timeout.as_secs_f64()
                    ),
                    retryable: true,
                });
            }
            Err(TryLockError::WouldBlock) if interrupted() || std::process::id() != process => {
                return Err(Error::Interrupted { sent: false });
            }
            Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(20)),
        }
    }
}

/// Makes the folder if it is not there. As long as it is empty, its name may be lost with the power, and all that would be
/// written into it: whoever made it may have been killed.
pub(super) fn make(folder: &Path) -> std::io::Result<()> {
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    if std::fs::read_dir(folder)?.next().is_none() {
        sync_name(folder)?;
    }
    Ok(())
}

/// Returns when the name of a folder is on the disk, and so are those of the folders above it in the same file system. One
/// that this user may not read was not made by this user.
fn sync_name(folder: &Path) -> std::io::Result<()> {
    let folder = folder.canonicalize()?;
    let device = std::fs::metadata(&folder)?.dev();
    for above in folder.ancestors().skip(1) {
        match File::open(above) {
            Ok(file) if file.metadata()?.dev() == device => file.sync_all()?,
            Ok(_) => break,
            Err(error) if error.kind() == ErrorKind::PermissionDenied => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Refuses a folder that others can read.
pub(super) fn check(folder: &Path) -> Result<()> {
    let mode = std::fs::metadata(folder)
        .map_err(|error| io_error("cannot be used", folder, &error))?
        .permissions()
        .mode()
        & 0o777;
    if mode & 0o077 != 0 {
        return Err(Error::Local {
            message: format!(
                "The journal's folder {path} has mode {mode:04o}, so that others can read the secrets in it. Run: chmod 700 {path}",
                path = folder.display()
            ),
            retryable: false,
        });
    }
    Ok(())
}

/// Refuses a folder of another user, who could put there what this process does not expect, and could read what it writes.
pub(super) fn check_owner(folder: &Path) -> Result<()> {
    let metadata = std::fs::metadata(folder).map_err(|error| io_error("cannot be used", folder, &error))?;
    if metadata.uid() != rustix::process::geteuid().as_raw() {
        return Err(Error::Local {
            message: format!(
                "The journal's folder {} belongs to another user (uid {}). Run this as that user: another folder does not know what has been ordered.",
                folder.display(),
                metadata.uid()
            ),
            retryable: false,
        });
    }
    Ok(())
}

/// For files in the folder: whoever owns it may be another user, and could lead a link to a file of this one.
pub(super) fn no_follow() -> i32 {
    OFlags::NOFOLLOW.bits().cast_signed()
}

/// Whether an open file or folder is the one that is at this path.
pub(super) fn is_at(file: &File, path: &Path) -> std::io::Result<bool> {
    let (there, own) = (std::fs::metadata(path)?, file.metadata()?);
    Ok((there.dev(), there.ino()) == (own.dev(), own.ino()))
}

/// Returns when the names of the files in it are on the disk.
pub(super) fn sync(folder: &Path) -> std::io::Result<()> {
    File::open(folder)?.sync_all()
}
