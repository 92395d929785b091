//! Hashes with a place each, in ascending order in a file without a name. All of it is written at once; a search reads a
//! short piece of it, and none for most of what is not there.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter, ErrorKind, IntoInnerError, Write};
use std::os::unix::fs::FileExt;
use std::path::Path;

/// What a hash and its place take, in bytes.
const ENTRY: usize = size_of::<[u64; 2]>();
/// The entries that are read for a search.
const BLOCK: usize = 64;
/// The bytes that are read or written at a time where it is all of them.
const CHUNK: usize = 64 * 1024;

/// The file, and what is known of it in memory.
pub(super) struct SortedFile {
    file: File,
    /// How many entries there are.
    length: usize,
    /// The first hash of each block.
    firsts: Vec<u64>,
    beginnings: Beginnings,
}

/// A bit for each way in which a hash can begin, set if one does.
struct Beginnings {
    bits: Vec<u8>,
    /// How many bits of a hash follow its beginning.
    rest: u32,
}

impl SortedFile {
    /// Writes the entries of the file before, if there is one, and `newer` ones, which replace those of the same hash. Where
    /// the folder has no room, the file is in the system's folder for such files: what a full disk has must be readable.
    pub(super) fn new(folder: &Path, before: Option<&Self>, newer: &BTreeMap<u64, u64>) -> io::Result<Self> {
        tempfile::tempfile_in(folder)
            .and_then(|file| Self::written(file, before, newer))
            .or_else(|_| Self::written(tempfile::tempfile()?, before, newer))
    }

    fn written(file: File, before: Option<&Self>, newer: &BTreeMap<u64, u64>) -> io::Result<Self> {
        let most = newer.len() + before.map_or(0, |before| before.length);
        let mut writer = BufWriter::with_capacity(CHUNK, file);
        let mut firsts = Vec::with_capacity(most.div_ceil(BLOCK));
        let mut beginnings = Beginnings::of(most);
        let mut length = 0;
        let mut write = |hash: u64, place: u64| {
            if length % BLOCK == 0 {
                firsts.push(hash);
            }
            length += 1;
            beginnings.add(hash);
            writer.write_all(&hash.to_ne_bytes())?;
            writer.write_all(&place.to_ne_bytes())
        };
        let mut newer = newer.iter().peekable();
        if let Some(before) = before {
            let mut bytes = vec![0; CHUNK];
            for from in (0..before.length).step_by(CHUNK / ENTRY) {
                for (hash, place) in before.read(from, &mut bytes)? {
                    let mut is_replaced = false;
                    while let Some((newer, place)) = newer.next_if(|(newer, _)| **newer <= hash) {
                        write(*newer, *place)?;
                        is_replaced = *newer == hash;
                    }
                    if !is_replaced {
                        write(hash, place)?;
                    }
                }
            }
        }
        for (hash, place) in newer {
            write(*hash, *place)?;
        }
        Ok(Self {
            file: writer.into_inner().map_err(IntoInnerError::into_error)?,
            length,
            firsts,
            beginnings,
        })
    }

    /// The place of a hash.
    pub(super) fn get(&self, hash: u64) -> io::Result<Option<u64>> {
        if !self.beginnings.has(hash) {
            return Ok(None);
        }
        let Some(block) = self.firsts.partition_point(|first| *first <= hash).checked_sub(1) else {
            return Ok(None);
        };
        let mut bytes = [0; BLOCK * ENTRY];
        let mut entries = self.read(block * BLOCK, &mut bytes)?;
        Ok(entries.find(|(found, _)| *found == hash).map(|(_, place)| place))
    }

    /// The entries from one on, as many as `bytes` has room for.
    fn read<'a>(&self, from: usize, bytes: &'a mut [u8]) -> io::Result<impl Iterator<Item = (u64, u64)> + use<'a>> {
        let length = bytes.len().min((self.length - from) * ENTRY);
        let bytes = bytes.get_mut(..length).ok_or(ErrorKind::UnexpectedEof)?;
        self.file.read_exact_at(bytes, (from * ENTRY) as u64)?;
        let (numbers, _) = bytes.as_chunks::<8>();
        let (entries, _) = numbers.as_chunks::<2>();
        Ok(entries
            .iter()
            .map(|[hash, place]| (u64::from_ne_bytes(*hash), u64::from_ne_bytes(*place))))
    }
}

impl Beginnings {
    /// With four to eight bits for each of so many hashes: of those that are not there, one in five to eight seems to be.
    fn of(hashes: usize) -> Self {
        let bits = (4 * hashes).next_power_of_two().max(8);
        Self {
            bits: vec![0; bits / 8],
            rest: u64::BITS - bits.ilog2(),
        }
    }

    fn add(&mut self, hash: u64) {
        let (at, bit) = self.bit(hash);
        if let Some(byte) = self.bits.get_mut(at) {
            *byte |= bit;
        }
    }

    fn has(&self, hash: u64) -> bool {
        let (at, bit) = self.bit(hash);
        self.bits.get(at).is_none_or(|byte| byte & bit != 0)
    }

    /// The upper bits of a hash count: a shard's sites have the lower ones in common.
    fn bit(&self, hash: u64) -> (usize, u8) {
        let beginning = hash >> self.rest;
        let at = usize::try_from(beginning / 8).unwrap_or(usize::MAX);
        (at, 1 << (beginning % 8))
    }
}

#[cfg(test)]
mod tests;
