//! The locks of sites that a script holds between two calls, until it gives them up or its request ends.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::interrupt;
use crate::error::{Error, Result};
use crate::journal::{SiteJournal, SiteLock};

struct Held {
    process: u32,
    lock: SiteLock,
}

thread_local! {
    /// By the file of the site's record. For each thread, since a thread-safe PHP serves a request on each.
    static HELD: RefCell<HashMap<PathBuf, Held>> = RefCell::default();
}

/// Whether this process holds the site's lock, so that a call can rely on it. The share of the folder, which a batch that could
/// not begin may have cost, is taken again.
pub(super) fn holds(journal: &SiteJournal, timeout: Duration) -> Result<bool> {
    if !is_held(journal) {
        return Ok(false);
    }
    journal.share_folder(timeout, &mut interrupt::pending)?;
    // A signal handler may have given it up meanwhile.
    Ok(is_held(journal))
}

/// As [`holds`], for what changes something. A lock that was lost is not taken again here: what the script has looked at under it
/// may have changed.
pub(super) fn still_holds(journal: &SiteJournal, timeout: Duration) -> Result<bool> {
    if holds(journal, timeout)? {
        return Ok(true);
    }
    if own(journal, |_| true) {
        return Err(Error::Local {
            message: "This site's lock was lost: its file, or the journal, was removed or replaced. Another process may have registered \
                      the site meanwhile. Nothing was done. Begin again: what was looked at may have changed."
                .into(),
            retryable: true,
        });
    }
    Ok(false)
}

/// A lock in a journal that was moved away keeps nobody out.
fn is_held(journal: &SiteJournal) -> bool {
    own(journal, |lock| journal.is_locked_by(lock))
}

/// Whether this process has taken a lock of which this is so. A forked child has its parent's locks in memory, but not the right.
fn own(journal: &SiteJournal, is_so: impl Fn(&SiteLock) -> bool) -> bool {
    HELD.with_borrow(|held| {
        held.get(journal.file())
            .is_some_and(|held| held.process == std::process::id() && is_so(&held.lock))
    })
}

/// Keeps a lock.
pub(super) fn keep(file: PathBuf, lock: SiteLock) {
    HELD.with_borrow_mut(|held| {
        held.insert(
            file,
            Held {
                process: std::process::id(),
                lock,
            },
        )
    });
}

/// Gives a lock up.
pub(super) fn release(file: &Path) {
    let held = HELD.with_borrow_mut(|held| held.remove(file));
    if let Some(Held { process, lock }) = held
        && process == std::process::id()
    {
        lock.release();
    }
}

/// Gives all of them up, at the end of a request.
pub(super) fn drop_all() {
    let files: Vec<PathBuf> = HELD.with_borrow(|held| held.keys().cloned().collect());
    for file in files {
        release(&file);
    }
}
