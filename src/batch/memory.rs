//! What a batch knows of sites: those that it had, and those that the journal has.

use std::cell::RefCell;
use std::path::PathBuf;
use std::rc::Rc;

use super::{BatchOptions, Caller};
use crate::client::SiteRegistration;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::journal::index::SiteIndex;
use crate::journal::log::BatchLog;
use crate::journal::{Record, SiteJournal, State};
use crate::site_url::SiteUrl;

pub(super) struct Memory {
    /// The journal's.
    folder: Option<PathBuf>,
    /// None without a journal, and for a dry run where there is no log.
    log: Option<Rc<RefCell<BatchLog>>>,
    /// A dry run writes nothing.
    is_dry_run: bool,
    /// What went wrong with the log since the last commit.
    log_error: Option<Error>,
    seen: SiteIndex,
}

/// What became of it.
pub(super) struct Commit {
    /// Whether what is about to be sent is written; it may be sent if this and the other are so.
    pub(super) announced: Result<()>,
    /// Whether all that was written is on the disk.
    pub(super) synced: Result<()>,
}

impl Memory {
    pub(super) fn open<C: Caller>(config: &Config, options: &BatchOptions, caller: &mut C) -> Result<Self> {
        let log = open_log(config, options, caller)?;
        let folder = config.journal.clone();
        Ok(Self {
            seen: SiteIndex::new(&folder.clone().unwrap_or_else(std::env::temp_dir))?,
            folder,
            log,
            is_dry_run: options.dry_run,
            log_error: None,
        })
    }

    /// Notes a site. Whether the batch had it before, by its own address or by the one that is registered.
    pub(super) fn has_seen(&mut self, site: &SiteRegistration) -> Result<bool> {
        let (url, home_url) = (site.request.url.site(), site.home_url().site());
        let mut is_known = self.seen.insert(&url, 0)?.is_some();
        if home_url != url {
            is_known |= self.seen.insert(&home_url, 0)?.is_some();
        }
        Ok(is_known)
    }

    /// What the journal has of a site.
    pub(super) fn earlier(&self, home_url: &SiteUrl) -> Result<Option<Record>> {
        match (&self.log, &self.folder) {
            (Some(log), _) => log.borrow_mut().find(home_url),
            (None, Some(folder)) => SiteJournal::at(folder, home_url).read(),
            (None, None) => Ok(None),
        }
    }

    pub(super) fn has_log(&self) -> bool {
        self.log.is_some()
    }

    /// Where the log ends, if there is one.
    pub(super) fn place(&self) -> Option<u64> {
        self.log.as_ref().map(|log| log.borrow().place())
    }

    /// Whether somebody may have written to the journal since it ended there.
    pub(super) fn has_changed_since(&self, place: Option<u64>) -> bool {
        self.place() != place || self.log.as_ref().is_some_and(|log| log.borrow().has_site_files())
    }

    /// What the log is to have of a site, if there is one.
    pub(super) fn record(&self, site: &SiteRegistration) -> Option<Record> {
        self.has_log().then(|| site.record())
    }

    /// Adds a record. Whether that failed, the next commit says.
    pub(super) fn append(&mut self, home_url: &SiteUrl, record: &Record) {
        self.with_log(|log| log.append(home_url, record));
    }

    /// What was added survives a kill from here on.
    pub(super) fn write(&mut self) {
        self.with_log(BatchLog::write);
    }

    fn with_log(&mut self, act: impl FnOnce(&mut BatchLog) -> Result<()>) {
        if let Some(log) = &self.log
            && let Err(error) = act(&mut log.borrow_mut())
        {
            self.log_error.get_or_insert(error);
        }
    }

    /// Writes what is about to be sent, takes room for so many answers, and waits until that and all that was added before is
    /// on the disk. `None` without a journal.
    pub(super) fn commit<'a>(
        &mut self,
        starting: impl Iterator<Item = (&'a SiteUrl, &'a mut Record)>,
        answers: usize,
    ) -> Option<Commit> {
        if self.is_dry_run {
            return None;
        }
        let mut log = self.log.as_ref()?.borrow_mut();
        let announced = announce(&mut log, starting, answers);
        // Whatever became of that: the answers that have come lie in the room that was taken for them.
        let synced = self.log_error.take().map_or(Ok(()), Err).and(log.commit());
        if announced.is_err() || synced.is_err() {
            log.take_back();
        }
        Some(Commit { announced, synced })
    }

    /// The log's name, for messages.
    pub(super) fn file(&self) -> Option<PathBuf> {
        self.log.as_ref().map(|log| log.borrow().file().to_owned())
    }
}

fn announce<'a>(
    log: &mut BatchLog,
    starting: impl Iterator<Item = (&'a SiteUrl, &'a mut Record)>,
    answers: usize,
) -> Result<()> {
    log.announce()?;
    log.reserve(answers)?;
    for (home_url, record) in starting {
        record.state = State::Sent;
        log.append(home_url, record)?;
    }
    Ok(())
}

fn open_log<C: Caller>(
    config: &Config,
    options: &BatchOptions,
    caller: &mut C,
) -> Result<Option<Rc<RefCell<BatchLog>>>> {
    let Some(folder) = &config.journal else {
        if options.only_failed {
            return Err(Error::invalid(
                "only_failed",
                "needs the option journal, which knows what failed",
            ));
        }
        return Ok(None);
    };
    let (timeout, interrupted) = (config.network.timeout, &mut || caller.interrupted());
    let log = if options.dry_run {
        BatchLog::open_to_read(folder, timeout, interrupted)?
    } else {
        Some(BatchLog::open(folder, timeout, interrupted)?)
    };
    if let Some(log) = &log {
        log.borrow_mut()
            .bind_to_shard(options.shard.map(|shard| shard.to_string()).as_deref())?;
    }
    Ok(log)
}
