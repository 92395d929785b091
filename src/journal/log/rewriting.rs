//! Writing the log anew without what is of no use any more: a new file, which takes the place of the old one when it is on
//! the disk.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};

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
        let rewritten = self.rewrite_as(fate);
        // A child that a signal handler has forked leaves its parent's file alone.
        if rewritten.is_err() && self.check_process().is_ok() {
            let _ = self.log.remove_new_file();
        }
        rewritten
    }

    fn rewrite_as(&mut self, fate: Decide) -> Result<()> {
        let path = self.log.new_file();
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
        let mut new = NewFile::of(&file);
        let mut write = |line: &[u8]| new.add(line).map_err(failed);
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
        new.flush().map_err(failed)?;
        let end = new.end;
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
        replace().map_err(failed)?;
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
}

/// The beginning of a new file. It is written by place, and where that is asked for: a child that a signal handler has forked
/// has the file and the buffer, too, and writing from there would go between its parent's lines.
struct NewFile<'a> {
    file: &'a File,
    buffer: Vec<u8>,
    /// Where the next line begins.
    end: u64,
}

impl<'a> NewFile<'a> {
    fn of(file: &'a File) -> Self {
        Self {
            file,
            buffer: Vec::with_capacity(CHUNK),
            end: 0,
        }
    }

    /// Adds a line and gives its place.
    fn add(&mut self, line: &[u8]) -> io::Result<u64> {
        if self.buffer.len() + line.len() > CHUNK {
            self.flush()?;
        }
        let place = self.end;
        self.buffer.extend_from_slice(line);
        self.end += line.len() as u64;
        Ok(place)
    }

    fn flush(&mut self) -> io::Result<()> {
        let begin = self.end - self.buffer.len() as u64;
        self.file.write_all_at(&self.buffer, begin)?;
        self.buffer.clear();
        Ok(())
    }
}
