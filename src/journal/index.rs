//! A hash table of sites that takes no more memory for a million sites than for a hundred thousand: beyond those it lies in a
//! file.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::io_error;
use crate::error::Result;

/// The most slots that are kept in memory, 16 bytes each: those of a good hundred thousand sites.
const IN_MEMORY: u64 = 128 * 1024;
/// The slots of a new table.
const FIRST: u64 = 1024;
/// The slots that are read at a time where they lie in a file: most searches end within these.
const AT_ONCE: usize = 8;
/// What a slot takes, in bytes.
const SLOT: u64 = size_of::<[u64; 2]>() as u64;

/// A number that is the site's on every machine and in every version; of [`crate::site_url::SiteUrl::site`].
#[must_use]
pub fn site_hash(site: &str) -> u64 {
    let digest = Sha256::digest(site);
    u64::from_be_bytes(digest.first_chunk().copied().unwrap_or_default())
}

/// A place for each site, such as the offset of a line. Two sites in some ten billion billion have the same number, and are
/// one here: whoever cannot have that looks at what is at the place.
pub struct SiteIndex {
    folder: PathBuf,
    slots: Slots,
    in_memory: u64,
    /// The power of two that is the number of slots.
    bits: u32,
    used: u64,
}

enum Slots {
    Memory(Vec<u8>),
    File(File),
}

/// A number and a place plus one; nothing is there if the latter is 0.
#[derive(Clone, Copy)]
struct Slot {
    hash: u64,
    place: u64,
}

impl SiteIndex {
    /// An empty one. A file of it will be in `folder`, or in the system's folder for such files, and has no name.
    ///
    /// # Errors
    /// None so far: the file is made when it is needed.
    pub fn new(folder: &Path) -> Result<Self> {
        Ok(Self {
            folder: folder.to_owned(),
            slots: Slots::Memory(empty(FIRST)),
            in_memory: IN_MEMORY,
            bits: FIRST.ilog2(),
            used: 0,
        })
    }

    /// Whether no site has a place.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.used == 0
    }

    /// Notes the place of a site, [`crate::site_url::SiteUrl::site`], and gives the earlier one.
    ///
    /// # Errors
    /// [`crate::error::Error::Local`] if the file cannot be written.
    pub fn insert(&mut self, site: &str, place: u64) -> Result<Option<u64>> {
        self.put(site_hash(site), place).map_err(|error| self.failed(&error))
    }

    /// The place of a site.
    ///
    /// # Errors
    /// [`crate::error::Error::Local`] if the file cannot be read.
    pub fn get(&self, site: &str) -> Result<Option<u64>> {
        let found = self.search(site_hash(site)).map_err(|error| self.failed(&error))?;
        Ok(found.1.place.checked_sub(1))
    }

    fn failed(&self, error: &io::Error) -> crate::error::Error {
        io_error("cannot have its list of sites", &self.folder, error)
    }

    fn put(&mut self, hash: u64, place: u64) -> io::Result<Option<u64>> {
        let (at, earlier) = self.search(hash)?;
        if earlier.place == 0 {
            self.used += 1;
        }
        self.slots.write(at, Slot { hash, place: place + 1 })?;
        if self.used > self.slots.most(1 << self.bits) {
            self.grow()?;
        }
        Ok(earlier.place.checked_sub(1))
    }

    /// The slot of a number, or the empty one where it belongs.
    fn search(&self, hash: u64) -> io::Result<(u64, Slot)> {
        let last = (1 << self.bits) - 1;
        // The upper bits: a shard's sites have the lower ones in common, and a table of twice the size keeps the order.
        let mut at = hash >> (64 - self.bits);
        loop {
            let mut bytes = [0; AT_ONCE * size_of::<[u64; 2]>()];
            let count = (AT_ONCE as u64).min(last + 1 - at);
            for slot in self.slots.read(at, count, &mut bytes)? {
                if slot.place == 0 || slot.hash == hash {
                    return Ok((at, slot));
                }
                at += 1;
            }
            if at > last {
                at = 0;
            }
        }
    }

    fn grow(&mut self) -> io::Result<()> {
        // What lies in a file is moved slowly, and so more seldom.
        let bits = self.bits + if 2 << self.bits <= self.in_memory { 1 } else { 2 };
        let mut larger = Self {
            folder: self.folder.clone(),
            slots: if 1 << bits <= self.in_memory {
                Slots::Memory(empty(1 << bits))
            } else {
                let file = tempfile::tempfile_in(&self.folder).or_else(|_| tempfile::tempfile())?;
                file.set_len(SLOT << bits)?;
                Slots::File(file)
            },
            in_memory: self.in_memory,
            bits,
            used: self.used,
        };
        let mut bytes = vec![0; 64 * 1024];
        let count = (bytes.len() as u64 / SLOT).min(1 << self.bits);
        for at in (0..1 << self.bits).step_by(usize::try_from(count).unwrap_or(1)) {
            for slot in self.slots.read(at, count, &mut bytes)? {
                if slot.place != 0 {
                    let (at, _) = larger.search(slot.hash)?;
                    larger.slots.write(at, slot)?;
                }
            }
        }
        *self = larger;
        Ok(())
    }
}

fn empty(slots: u64) -> Vec<u8> {
    vec![0; usize::try_from(slots * SLOT).unwrap_or_default()]
}

fn beyond() -> io::Error {
    io::ErrorKind::UnexpectedEof.into()
}

impl Slots {
    /// How many of so many may be taken. A search in memory may be long, and one in a file must not.
    fn most(&self, slots: u64) -> u64 {
        match self {
            Self::Memory(_) => slots / 8 * 7,
            Self::File(_) => slots / 2,
        }
    }

    /// `count` slots from `at` on, by way of `bytes` if they are in a file.
    fn read<'a>(
        &'a self,
        at: u64,
        count: u64,
        bytes: &'a mut [u8],
    ) -> io::Result<impl Iterator<Item = Slot> + use<'a>> {
        let (from, length) = (at * SLOT, usize::try_from(count * SLOT).map_err(io::Error::other)?);
        let found: &[u8] = match self {
            Self::Memory(slots) => {
                let from = usize::try_from(from).map_err(io::Error::other)?;
                slots.get(from..from + length).ok_or_else(beyond)?
            }
            Self::File(file) => {
                let bytes = bytes.get_mut(..length).ok_or_else(beyond)?;
                file.read_exact_at(bytes, from)?;
                bytes
            }
        };
        let (slots, _) = found.as_chunks::<8>();
        let (pairs, _) = slots.as_chunks::<2>();
        Ok(pairs.iter().map(|[hash, place]| Slot {
            hash: u64::from_ne_bytes(*hash),
            place: u64::from_ne_bytes(*place),
        }))
    }

    fn write(&mut self, at: u64, slot: Slot) -> io::Result<()> {
        let mut bytes = [0; size_of::<[u64; 2]>()];
        let (hash, place) = bytes.split_at_mut(8);
        hash.copy_from_slice(&slot.hash.to_ne_bytes());
        place.copy_from_slice(&slot.place.to_ne_bytes());
        match self {
            Self::Memory(slots) => {
                let from = usize::try_from(at * SLOT).map_err(io::Error::other)?;
                slots
                    .get_mut(from..from + bytes.len())
                    .ok_or_else(beyond)?
                    .copy_from_slice(&bytes);
                Ok(())
            }
            Self::File(file) => file.write_all_at(&bytes, at * SLOT),
        }
    }
}

#[cfg(test)]
mod tests;
