//! The lines of a batch's log, one after the other, without the blanks between them.

use std::borrow::Borrow;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use super::line;

/// How much is read at a time, where all of it is read.
pub(super) const CHUNK: usize = 256 * 1024;
/// And where one line is.
pub(super) const SHORT: usize = 4 * 1024;
/// More than any line takes: an answer is 1 MiB at most, and six times that if all of it is escaped. What is longer is
/// damaged, and given in pieces.
pub(super) const MAX_LINE: usize = 8 * 1024 * 1024;

/// What is read of a file, up to a given place.
pub(super) struct Lines<F> {
    file: F,
    /// Where the next chunk begins, and where all ends.
    next: u64,
    end: u64,
    chunk: usize,
    buffer: Vec<u8>,
    /// What of the buffer has been given already.
    given: usize,
}

/// A line without its newline, and without the blanks around it.
pub(super) struct Line<'a> {
    /// Where it begins.
    pub(super) place: u64,
    pub(super) text: &'a [u8],
    /// Whether it goes no further: there is a newline, or it is one of the pieces of what is too long.
    pub(super) is_ended: bool,
    /// Where the next one can begin, if it is ended.
    pub(super) end: u64,
}

impl<F: Borrow<File>> Lines<F> {
    pub(super) fn new(file: F, from: u64, end: u64, chunk: usize) -> Self {
        Self {
            file,
            next: from,
            end,
            chunk,
            buffer: Vec::new(),
            given: 0,
        }
    }

    pub(super) fn next(&mut self) -> io::Result<Option<Line<'_>>> {
        let mut seen = 0;
        // The newline is not given.
        let (length, newline, is_ended) = loop {
            if seen == 0 {
                // What was reserved or removed may be as long as the file: it is not kept in memory.
                let rest = self.buffer.get(self.given..).unwrap_or_default();
                self.given += rest.iter().take_while(|byte| is_blank(**byte)).count();
            }
            let rest = self.buffer.get(self.given..).unwrap_or_default();
            let newline = memchr::memchr(b'\n', rest.get(seen..).unwrap_or_default()).map(|length| seen + length);
            let most = MAX_LINE + line::BEGINNING.len();
            if newline.unwrap_or(rest.len()) > most {
                break (piece(rest.get(..most).unwrap_or_default()), 0, true);
            }
            if let Some(length) = newline {
                break (length, 1, true);
            }
            seen = rest.len();
            if self.next >= self.end {
                break (rest.len(), 0, false);
            }
            self.load()?;
        };
        let from = self.given;
        let place = self.next - (self.buffer.len() - from) as u64;
        self.given += length + newline;
        let end = place + (self.given - from) as u64;
        let text = self.buffer.get(from..from + length).unwrap_or_default();
        let blanks = text.iter().rev().take_while(|byte| is_blank(**byte)).count();
        let text = text.get(..text.len() - blanks).unwrap_or_default();
        Ok((!text.is_empty()).then_some(Line {
            place,
            text,
            is_ended,
            end,
        }))
    }

    fn load(&mut self) -> io::Result<()> {
        self.buffer.drain(..self.given);
        self.given = 0;
        let kept = self.buffer.len();
        let wanted = usize::try_from(self.end - self.next).map_or(self.chunk, |rest| rest.min(self.chunk));
        self.buffer.resize(kept + wanted, 0);
        let read = read_at(
            self.file.borrow(),
            self.buffer.get_mut(kept..).unwrap_or_default(),
            self.next,
        )?;
        self.buffer.truncate(kept + read);
        self.next += read as u64;
        if read == 0 {
            // Somebody has cut the file off meanwhile.
            self.end = self.next;
        }
        Ok(())
    }
}

/// How much of what is too long is given at once: not a part of a line that may begin within.
fn piece(text: &[u8]) -> usize {
    memchr::memmem::rfind(text, line::BEGINNING)
        .filter(|begin| *begin > 0)
        .unwrap_or(MAX_LINE)
}

/// Spaces where there is room; zeros where a file system has lost what was not synced; newlines of removed lines.
fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\n' | b'\r' | 0)
}

/// As much as one read gives, whatever signals come.
fn read_at(file: &File, buffer: &mut [u8], place: u64) -> io::Result<usize> {
    loop {
        match file.read_at(buffer, place) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

#[cfg(test)]
mod tests;
