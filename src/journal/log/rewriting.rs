//! Writing the log anew without what is of no use any more: a new file, which takes the place of the old one when it is on
//! the disk.

use std::fs::OpenOptions;
use std::io::{BufWriter, ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

use super::{BatchLog, make_room};
use crate::error::Result;
use crate::fault_point::reach;
use crate::journal::index::SiteIndex;
use crate::journal::line::{self, Content};
use crate::journal::lines::{CHUNK, Lines};
use crate::journal::log_file::LogFile;
use crate::journal::{Record, folder, io_error, newer_version};

/// What is to become of the last line of a site.
pub enum Fate {
    /// It stays.
    Keep,
    /// This record takes its place.
    Become(Box<Record>),
    /// The site is forgotten.
    Remove,
}

/// What decides, of the log, a site and its last line.
type Decide<'a> = &'a mut dyn FnMut(&LogFile, &str, &[u8]) -> Result<Fate>;

impl BatchLog {
    /// Rewrites the log with the last line of each site, as `fate` decides of the site and the line. If it fails, the log is
    /// as it was; or, if the disk has failed, the new one and not for certain.
    pub(in crate::journal) fn rewrite(&mut self, fate: Decide) -> Result<()> {
        self.check_process()?;
        self.write()?;
        let path = self.new_file();
        let failed = |error| io_error("cannot be written", &path, &error);
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .custom_flags(folder::no_follow())
            .open(&path)
            .map_err(failed)?;
        let mut index = SiteIndex::new(&self.folder)?;
        let mut writer = BufWriter::with_capacity(CHUNK, &file);
        let mut end = 0;
        let mut write = |line: &[u8]| -> Result<u64> {
            writer.write_all(line).map_err(failed)?;
            end += line.len() as u64;
            Ok(end - line.len() as u64)
        };
        if let Some(shard) = &self.shard {
            write(&line::of_shard(shard).map_err(|error| failed(error.into()))?)?;
        }
        let mut lines = Lines::new(&self.log.file, 0, self.log.end, CHUNK);
        while let Some(found) = lines.next().map_err(|error| self.log.unreadable(&error))? {
            let site = match line::content(found.text) {
                Content::Site(site, _) => site,
                Content::Shard(_) => continue,
                Content::Newer => return Err(newer_version(&self.log.path)),
                // The disk has lost something since the log was opened.
                Content::Damaged(sites) => {
                    let place = write(&[found.text, b"\n"].concat())?;
                    for site in sites {
                        if self.log.is_last(&self.index, &site, found.place)? {
                            index.insert(&site, place)?;
                        }
                    }
                    continue;
                }
            };
            if !self.log.is_last(&self.index, &site, found.place)? {
                continue;
            }
            let line = match fate(&self.log, &site, found.text)? {
                Fate::Keep => [found.text, b"\n"].concat(),
                Fate::Become(record) => line::of_record(&site, &record).map_err(|error| failed(error.into()))?,
                Fate::Remove => continue,
            };
            index.insert(&site, write(&line)?)?;
        }
        writer.flush().map_err(failed)?;
        drop(writer);
        let mut log = LogFile {
            path: self.log.path.clone(),
            file,
            end,
            size: end,
        };
        // Whoever has requests in flight needs the same room as before.
        let room = self.log.size - self.log.end;
        let mut replace = || -> std::io::Result<()> {
            make_room(&mut log, end + room)?;
            log.file.sync_all()?;
            reach("log-rewritten");
            std::fs::rename(&path, &log.path)
        };
        replace().map_err(|error| {
            let _ = std::fs::remove_file(&path);
            failed(error)
        })?;
        reach("log-replaced");
        // Whatever the disk says now: the old file has no name any more.
        self.log = log;
        self.index = index;
        self.is_dirty = false;
        self.has_shard_line = self.shard.is_some();
        self.announced = None;
        folder::sync(&self.folder).map_err(|error| {
            self.has_failed = true;
            io_error("cannot be synced", &self.folder, &error)
        })
    }

    /// Removes what a process that was killed while it rewrote the log has left.
    pub(super) fn remove_new_file(&self) -> Result<()> {
        match std::fs::remove_file(self.new_file()) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Err(io_error("cannot be removed", &self.new_file(), &error))
            }
            _ => Ok(()),
        }
    }

    fn new_file(&self) -> PathBuf {
        self.log.path.with_extension("jsonl.new")
    }
}
