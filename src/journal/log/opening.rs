//! Reading the whole log when a batch begins, and mending what a loss of power has done to lines that were not synced.

use std::cell::Cell;
use std::path::Path;
use std::rc::Rc;

use super::{Access, BatchLog, Fate, may_go_on};
use crate::error::Result;
use crate::journal::folder::FolderLock;
use crate::journal::index::SiteIndex;
use crate::journal::line::{self, Content};
use crate::journal::lines::{CHUNK, Lines};
use crate::journal::log_file::{LogFile, counts};
use crate::journal::{State, io_error, newer_version};

/// A log that is smaller is not worth rewriting.
const SMALL: u64 = 1024 * 1024;

/// What has been found in a log.
#[derive(Default)]
struct Found {
    /// Lines that cannot be understood.
    damaged: Vec<(u64, usize)>,
    /// Lines, and what they take.
    lines: u64,
    bytes: u64,
    /// Lines that a later one has replaced.
    replaced: u64,
}

impl BatchLog {
    /// For the one that writes it, who has to [`prepare`](Self::prepare) it.
    pub(super) fn unread(folder: &Path, lock: Rc<FolderLock>) -> Result<Self> {
        Self::of(folder, LogFile::make(folder)?, lock, Access::Write)
    }

    /// Reads all of it, and mends and shortens it.
    pub(super) fn prepare(&mut self, interrupted: &mut dyn FnMut() -> bool) -> Result<()> {
        self.log.remove_new_file()?;
        self.log.find_end().map_err(|error| self.log.unwritable(&error))?;
        // What a process that was killed has written and not synced is true, too, once it is on the disk.
        self.is_dirty = true;
        self.commit()?;
        let found = self.scan(interrupted)?;
        self.mend(&found.damaged)?;
        if self.log.end > SMALL && found.dead(self.log.end) > self.log.end / 2 {
            match self.rewrite(&mut |_, _, _| Ok(Fate::Keep)) {
                Err(error) if self.has_failed => return Err(error),
                // A disk that has no room for a copy is no reason to stop.
                _ => {}
            }
        }
        Ok(())
    }

    /// For one that only reads it.
    pub(super) fn opened_to_read(
        folder: &Path,
        log: LogFile,
        lock: Rc<FolderLock>,
        interrupted: &mut dyn FnMut() -> bool,
    ) -> Result<Self> {
        let mut log = Self::of(folder, log, lock, Access::Read)?;
        log.scan(interrupted)?;
        Ok(log)
    }

    fn of(folder: &Path, log: LogFile, lock: Rc<FolderLock>, access: Access) -> Result<Self> {
        Ok(Self {
            folder: folder.to_owned(),
            log,
            lock,
            process: std::process::id(),
            index: SiteIndex::new(folder)?,
            shard: None,
            has_shard_line: false,
            announced: None,
            pending: Vec::new(),
            is_dirty: false,
            has_site_files: Rc::new(Cell::new(has_site_files(folder)?)),
            has_failed: false,
            access,
        })
    }

    fn scan(&mut self, interrupted: &mut dyn FnMut() -> bool) -> Result<Found> {
        let mut found = Found::default();
        let mut lines = Lines::new(&self.log.file, 0, self.log.end, CHUNK);
        while let Some(line) = lines.next().map_err(|error| self.log.unreadable(&error))? {
            if !counts(&line) {
                continue;
            }
            found.lines += 1;
            may_go_on(found.lines, self.process, interrupted)?;
            found.bytes += line.end - line.place;
            match line::content(line.text) {
                Content::Site(site, state) => {
                    let earlier = self.index.insert(&site, line.place)?;
                    found.replaced += u64::from(earlier.is_some());
                    if state == State::Closed
                        && self.access == Access::Write
                        && let Some(earlier) = earlier
                    {
                        self.log
                            .remove_line(&site, earlier)
                            .map_err(|error| self.log.unwritable(&error))?;
                        self.is_dirty = true;
                    }
                }
                Content::Shard(shard) => {
                    self.shard = Some(shard);
                    self.has_shard_line = true;
                }
                Content::Damaged(sites) => {
                    for site in sites {
                        self.index.insert(&site, line.place)?;
                    }
                    found.damaged.push((line.place, line.text.len()));
                }
                Content::Newer => return Err(newer_version(&self.log.path)),
            }
        }
        Ok(found)
    }

    /// Puts lines that cannot be understood aside. A site that such a line may be about is never sent, unless a later line
    /// says more.
    fn mend(&mut self, damaged: &[(u64, usize)]) -> Result<()> {
        for (place, _) in damaged {
            let failed = |error| self.log.unwritable(&error);
            let Some(text) = self.log.line_at(*place).map_err(failed)? else {
                continue;
            };
            self.log.keep_aside("damaged", &text).map_err(failed)?;
            let Content::Damaged(sites) = line::content(&text) else {
                continue;
            };
            for site in sites {
                if self.index.get(&site)? != Some(*place) {
                    continue;
                }
                let record = self.log.damaged(&site);
                let line = line::of_record(&site, &record).map_err(|error| self.log.unwritable(&error.into()))?;
                self.index.insert(&site, self.log.end)?;
                self.log.add(&line).map_err(|error| self.log.unwritable(&error))?;
            }
        }
        if !damaged.is_empty() {
            self.is_dirty = true;
            self.commit()?;
        }
        for (place, length) in damaged {
            self.log
                .blank(*place, *length)
                .map_err(|error| self.log.unwritable(&error))?;
            self.is_dirty = true;
        }
        self.commit()
    }
}

/// Whether a site has a file of its own, or what will become one.
fn has_site_files(folder: &Path) -> Result<bool> {
    let failed = |error| io_error("cannot be read", folder, &error);
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let name = entry.map_err(failed)?.file_name();
        let name = name.as_encoded_bytes();
        if name.ends_with(b".json") || name.ends_with(b".json.new") {
            return Ok(true);
        }
    }
    Ok(false)
}

impl Found {
    /// About how many bytes of the log are of no use.
    fn dead(&self, end: u64) -> u64 {
        let average = self.bytes / self.lines.max(1);
        end.saturating_sub(self.bytes) + self.replaced * average
    }
}
