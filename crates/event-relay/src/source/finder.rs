//! Finds the few lines of a log that may hold a record, at the speed of a search for one word.
//!
//! Whole chunks are searched for the [`NEEDLE`]; where a line begins and ends is looked at only
//! around a hit, and at the ends of a chunk.

use event_record::line::NEEDLE;
use memchr::memmem::Finder as Needle;
use memchr::{memchr, memrchr};

use super::line::HEAD;

/// The longest line that is kept, in bytes. A policy's settings are in every line of it.
const LONGEST: usize = 4 << 20;
/// A buffer that has grown beyond this is given back.
const ROOMY: usize = 256 << 10;

/// What was found.
#[derive(Debug, PartialEq, Eq)]
pub enum Found<'a> {
    /// A whole line with the needle in it, without its newline.
    Line(&'a [u8]),
    /// A line that was not kept because of its length.
    TooLong,
}

/// A search that goes on from chunk to chunk.
#[derive(Debug)]
pub struct Finder {
    needle: Needle<'static>,
    /// The beginning of the line that the next chunk goes on with.
    begun: Vec<u8>,
    /// The rest of the line is not wanted.
    skipping: bool,
    /// The beginning of the last whole line.
    last: Vec<u8>,
}

impl Default for Finder {
    fn default() -> Self {
        Self {
            needle: Needle::new(NEEDLE),
            begun: Vec::new(),
            skipping: false,
            last: Vec::new(),
        }
    }
}

impl Finder {
    /// Searches a chunk, and calls `found` for each line of interest that ends in it.
    pub fn feed(&mut self, mut chunk: &[u8], mut found: impl FnMut(Found<'_>)) {
        if self.skipping || !self.begun.is_empty() {
            let Some(end) = memchr(b'\n', chunk) else {
                self.begin(chunk, &mut found);
                return;
            };
            self.end(&chunk[..end], &mut found);
            chunk = &chunk[end + 1..];
        }
        let whole = memrchr(b'\n', chunk).map_or(0, |end| end + 1);
        let (lines, rest) = chunk.split_at(whole);
        self.search(lines, &mut found);
        self.begin(rest, &mut found);
    }

    /// The log has ended: its last line may lack a newline.
    pub fn finish(&mut self, mut found: impl FnMut(Found<'_>)) {
        if self.skipping || !self.begun.is_empty() {
            self.end(&[], &mut found);
        }
    }

    /// Forgets a line that was begun: what follows is not its rest.
    pub fn reset(&mut self) {
        self.begun.clear();
        self.last.clear();
        self.skipping = false;
    }

    /// The first bytes of the last line: of the one that is not yet whole, if there is one.
    pub fn newest_head(&self) -> &[u8] {
        if self.begun.is_empty() {
            &self.last
        } else {
            &self.begun[..self.begun.len().min(HEAD)]
        }
    }

    /// The first bytes of the last whole line.
    pub fn last_head(&self) -> &[u8] {
        &self.last
    }

    fn search(&mut self, lines: &[u8], found: &mut impl FnMut(Found<'_>)) {
        let mut at = 0;
        while let Some(hit) = self.needle.find(&lines[at..]).map(|hit| at + hit) {
            let start = memrchr(b'\n', &lines[at..hit]).map_or(at, |newline| at + newline + 1);
            // Every line here ends with a newline.
            let end = memchr(b'\n', &lines[hit..]).map_or(lines.len(), |newline| hit + newline);
            found(if end - start > LONGEST {
                Found::TooLong
            } else {
                Found::Line(&lines[start..end])
            });
            at = (end + 1).min(lines.len());
        }
        if let Some(before) = lines.len().checked_sub(1) {
            let start = memrchr(b'\n', &lines[..before]).map_or(0, |newline| newline + 1);
            self.remember(&lines[start..before]);
        }
    }

    fn begin(&mut self, part: &[u8], found: &mut impl FnMut(Found<'_>)) {
        if self.skipping || part.is_empty() {
            return;
        }
        if self.begun.len() + part.len() > LONGEST {
            self.begun = Vec::new();
            self.skipping = true;
            found(Found::TooLong);
            return;
        }
        self.begun.extend_from_slice(part);
    }

    fn end(&mut self, part: &[u8], found: &mut impl FnMut(Found<'_>)) {
        self.begin(part, found);
        if std::mem::take(&mut self.skipping) {
            return;
        }
        let line = std::mem::take(&mut self.begun);
        if self.needle.find(&line).is_some() {
            found(Found::Line(&line));
        }
        self.remember(&line);
        if line.capacity() <= ROOMY {
            self.begun = line;
            self.begun.clear();
        }
    }

    fn remember(&mut self, line: &[u8]) {
        self.last.clear();
        self.last.extend_from_slice(&line[..line.len().min(HEAD)]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lines found in a log that comes in these pieces.
    fn find<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<Option<Vec<u8>>> {
        let mut finder = Finder::default();
        let mut lines = Vec::new();
        let mut found = |found: Found<'_>| match found {
            Found::Line(line) => lines.push(Some(line.to_vec())),
            Found::TooLong => lines.push(None),
        };
        for piece in pieces {
            finder.feed(piece, &mut found);
        }
        finder.finish(&mut found);
        lines
    }

    const LOG: &[u8] = b"one\n\ninvolvedObject two\nthree involvedObject\ninvolvedObject involvedObject\n\n4\ninvolvedObject";

    #[test]
    fn lines_are_found_however_they_are_cut() {
        let expected: Vec<_> = LOG
            .split(|byte| *byte == b'\n')
            .filter(|line| {
                line.windows(NEEDLE.len())
                    .any(|part| part == NEEDLE.as_bytes())
            })
            .map(|line| Some(line.to_vec()))
            .collect();
        assert_eq!(expected.len(), 4);
        for size in 1..LOG.len() {
            assert_eq!(find(LOG.chunks(size)), expected, "pieces of {size}");
        }
        let mut random = fastrand::Rng::with_seed(1);
        for _ in 0..2000 {
            let mut rest = LOG;
            let mut pieces = Vec::new();
            while !rest.is_empty() {
                let (piece, after) = rest.split_at(random.usize(1..=rest.len()));
                pieces.push(piece);
                rest = after;
            }
            assert_eq!(find(pieces), expected);
        }
    }

    #[test]
    fn a_line_without_end_is_not_kept() {
        let long = vec![b'x'; LONGEST / 3];
        let mut pieces: Vec<&[u8]> = vec![&long; 20];
        pieces.push(b" involvedObject\nx involvedObject\n");
        assert_eq!(find(pieces), [None, Some(b"x involvedObject".to_vec())]);
    }

    #[test]
    fn the_last_whole_lines_head_is_known() {
        let mut finder = Finder::default();
        let mut heads = Vec::new();
        for piece in ["a", "b\ncd", "\n", "ef\ngh\ni", "j"] {
            finder.feed(piece.as_bytes(), |_| {});
            heads.push(String::from_utf8_lossy(finder.last_head()).into_owned());
        }
        assert_eq!(heads, ["", "ab", "cd", "gh", "gh"]);
    }
}
