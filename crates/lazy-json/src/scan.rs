//! Scans JSON text, member by member and item by item. Scanned parts are checked; the inside of a
//! skipped value is not.
//!
//! Source: RFC 8259.

use crate::{blocks, skim};

/// The text is not JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not JSON at byte {at}")]
pub struct NotJson {
    /// The position of the first error, in bytes.
    pub at: usize,
}

/// A position in a text.
#[derive(Debug)]
pub(crate) struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scanner<'a> {
    /// At the start of a text.
    pub(crate) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// Whether the next byte after white space is this one.
    pub(crate) fn is_next(&mut self, byte: u8) -> bool {
        self.peek() == Some(byte)
    }

    /// Moves past white space and this byte.
    pub(crate) fn expect(&mut self, byte: u8) -> Result<(), NotJson> {
        if self.peek() != Some(byte) {
            return Err(self.error());
        }
        self.at += 1;
        Ok(())
    }

    /// After an item or a member: whether there is another one. If not, moves past the closing
    /// byte.
    pub(crate) fn goes_on(&mut self, close: u8) -> Result<bool, NotJson> {
        let next = self.peek();
        if next != Some(b',') && next != Some(close) {
            return Err(self.error());
        }
        self.at += 1;
        Ok(next == Some(b','))
    }

    /// After the opening byte: whether there is a first item or member. If not, moves past the
    /// closing byte.
    pub(crate) fn begins(&mut self, close: u8) -> bool {
        let empty = self.peek() == Some(close);
        if empty {
            self.at += 1;
        }
        !empty
    }

    /// Moves past a member's key and colon. Returns the key with its quotes, and whether it has
    /// escapes.
    pub(crate) fn key(&mut self) -> Result<(&'a str, bool), NotJson> {
        self.space();
        let start = self.at;
        let has_escapes = self.string()?;
        let end = self.at;
        self.expect(b':')?;
        Ok((&self.text[start..end], has_escapes))
    }

    /// Moves past a value and returns it. The inside of an array or an object is skipped.
    pub(crate) fn value(&mut self) -> Result<&'a str, NotJson> {
        let next = self.peek();
        let start = self.at;
        match next {
            Some(b'{' | b'[') => {
                let end = skim::past_container(self.text.as_bytes(), start);
                self.at = end.ok_or(NotJson {
                    at: self.text.len(),
                })?;
            }
            next => self.scalar(next)?,
        }
        Ok(&self.text[start..self.at])
    }

    /// Moves past a value that is neither an array nor an object and begins with this byte.
    pub(crate) fn scalar(&mut self, first: Option<u8>) -> Result<(), NotJson> {
        match first {
            Some(b'"') => self.string().map(drop),
            Some(b't') => self.word("true"),
            Some(b'f') => self.word("false"),
            Some(b'n') => self.word("null"),
            _ => self.number(),
        }
    }

    /// Moves past one byte.
    pub(crate) fn step(&mut self) {
        self.at += 1;
    }

    /// The position after white space.
    pub(crate) fn position(&mut self) -> usize {
        self.space();
        self.at
    }

    /// The text from a position to the current one.
    pub(crate) fn since(&self, start: usize) -> &'a str {
        &self.text[start..self.at]
    }

    /// Checks that only white space is left.
    pub(crate) fn end(&mut self) -> Result<(), NotJson> {
        match self.peek() {
            None => Ok(()),
            Some(_) => Err(self.error()),
        }
    }

    /// The next byte after white space.
    pub(crate) fn peek(&mut self) -> Option<u8> {
        self.space();
        self.byte()
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.byte() {
            self.at += 1;
        }
    }

    fn word(&mut self, word: &str) -> Result<(), NotJson> {
        let rest = &self.text.as_bytes()[self.at..];
        if !rest.starts_with(word.as_bytes()) {
            return Err(self.error());
        }
        self.at += word.len();
        Ok(())
    }

    fn number(&mut self) -> Result<(), NotJson> {
        if self.byte() == Some(b'-') {
            self.at += 1;
        }
        if self.byte() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.byte() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.byte() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.byte() {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(())
    }

    /// One digit or more.
    fn digits(&mut self) -> Result<(), NotJson> {
        let start = self.at;
        while let Some(b'0'..=b'9') = self.byte() {
            self.at += 1;
        }
        if self.at == start {
            return Err(self.error());
        }
        Ok(())
    }

    /// Moves past a string. Returns whether it has escapes.
    fn string(&mut self) -> Result<bool, NotJson> {
        if self.byte() != Some(b'"') {
            return Err(self.error());
        }
        self.at += 1;
        let mut has_escapes = false;
        loop {
            self.plain();
            match self.byte() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(has_escapes);
                }
                Some(b'\\') => self.escape()?,
                _ => return Err(self.error()),
            }
            has_escapes = true;
        }
    }

    /// Moves to the next quote, backslash or control character of a string.
    fn plain(&mut self) {
        let bytes = self.text.as_bytes();
        while let Some(block) = bytes.get(self.at..).and_then(<[u8]>::first_chunk) {
            let found = blocks::meaningful(block);
            if found != 0 {
                self.at += found.trailing_zeros() as usize;
                return;
            }
            self.at += block.len();
        }
        while let Some(byte) = self.byte()
            && byte != b'"'
            && byte != b'\\'
            && byte >= b' '
        {
            self.at += 1;
        }
    }

    fn escape(&mut self) -> Result<(), NotJson> {
        self.at += 1;
        match self.byte() {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => self.at += 1,
            Some(b'u') => {
                self.at += 1;
                for _ in 0..4 {
                    if !self.byte().is_some_and(|byte| byte.is_ascii_hexdigit()) {
                        return Err(self.error());
                    }
                    self.at += 1;
                }
            }
            _ => return Err(self.error()),
        }
        Ok(())
    }

    /// The error at this position.
    pub(crate) fn error(&self) -> NotJson {
        NotJson { at: self.at }
    }
}
