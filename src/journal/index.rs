//! A place for each of any number of sites: some ten thousand are kept in memory, and the others in a file, of which a
//! byte or so for each is in memory.

mod sorted_file;

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use self::sorted_file::SortedFile;
use super::io_error;
use crate::error::Result;

/// The most sites that are kept in memory, some 30 bytes each.
const IN_MEMORY: usize = 32 * 1024;

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
    /// The places that were noted last, by the number of the site.
    recent: BTreeMap<u64, u64>,
    /// Those of before, once there were too many. A recent one takes precedence.
    older: Option<SortedFile>,
    in_memory: usize,
}

impl SiteIndex {
    /// An empty one. A file of it will be in `folder`, or in the system's folder for such files, and has no name.
    ///
    /// # Errors
    /// None so far: the file is made when it is needed.
    pub fn new(folder: &Path) -> Result<Self> {
        Ok(Self {
            folder: folder.to_owned(),
            recent: BTreeMap::new(),
            older: None,
            in_memory: IN_MEMORY,
        })
    }

    /// Whether no site has a place.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.recent.is_empty() && self.older.is_none()
    }

    /// Notes the place of a site, [`crate::site_url::SiteUrl::site`], and gives the earlier one.
    ///
    /// # Errors
    /// [`crate::error::Error::Local`] if the file cannot be read; or if it cannot be written, and the site had no place. All
    /// is as it was then.
    pub fn insert(&mut self, site: &str, place: u64) -> Result<Option<u64>> {
        self.put(site_hash(site), place).map_err(|error| self.failed(&error))
    }

    /// The place of a site.
    ///
    /// # Errors
    /// [`crate::error::Error::Local`] if the file cannot be read.
    pub fn get(&self, site: &str) -> Result<Option<u64>> {
        self.search(site_hash(site)).map_err(|error| self.failed(&error))
    }

    fn failed(&self, error: &io::Error) -> crate::error::Error {
        io_error("cannot have its list of sites", &self.folder, error)
    }

    fn put(&mut self, hash: u64, place: u64) -> io::Result<Option<u64>> {
        let earlier = self.search(hash)?;
        if self.recent.len() >= self.in_memory {
            let moved = self.move_to_file();
            // A full disk must not cost the answer to what was sent: the site is known then.
            if earlier.is_none() {
                moved?;
            }
        }
        self.recent.insert(hash, place);
        Ok(earlier)
    }

    fn search(&self, hash: u64) -> io::Result<Option<u64>> {
        match (self.recent.get(&hash), &self.older) {
            (Some(place), _) => Ok(Some(*place)),
            (None, Some(older)) => older.get(hash),
            (None, None) => Ok(None),
        }
    }

    /// Makes a new file of the old one and what is in memory: all is where it was if that fails.
    fn move_to_file(&mut self) -> io::Result<()> {
        self.older = Some(SortedFile::new(&self.folder, self.older.as_ref(), &self.recent)?);
        self.recent.clear();
        Ok(())
    }
}

#[cfg(test)]
mod tests;
