//! YAML documents as JSON, read as kubectl reads them.
//!
//! kubectl's parser does not look at how a list or map in brackets is indented; the one here demands
//! that its lines stand deeper than the key that it belongs to. People close a list under its key:
//!
//! ```yaml
//! args: [
//!   run,
//! ]
//! ```
//!
//! So a line that the parser finds too far to the left, which it says in brackets only, is indented,
//! and the text is read again. See [`documents`].

use std::borrow::Cow;

use injector::settings::yaml::{self, NotYaml};

/// The most that YAML's aliases may make, in bytes: as much as a file holds.
const MOST_COPIES: usize = 16 * 1024 * 1024;

/// How many bytes are read again for the sake of indentation, at most: a second's work.
const MOST_READ_AGAIN: usize = 64 * 1024 * 1024;

/// What the parser says of a line in brackets that is not indented enough.
const TOO_FAR_LEFT: &str = "invalid indentation";

/// More than anything is indented.
const INDENT: usize = 200;

/// The YAML documents of a text that hold something, as JSON.
///
/// # Errors
/// The first thing that is no YAML, or that JSON can't say.
pub(super) fn documents(text: &str) -> Result<Vec<String>, NotYaml> {
    let mut text = Cow::Borrowed(text);
    let mut left = MOST_READ_AGAIN;
    loop {
        let error = match yaml::documents(&text, MOST_COPIES) {
            Ok(documents) => return Ok(documents),
            Err(error) => error,
        };
        match left.checked_sub(text.len()) {
            Some(less) if error.problem == TOO_FAR_LEFT => left = less,
            _ => return Err(error),
        }
        text = Cow::Owned(indented(&text, error.line));
    }
}

/// The text with a line of it indented; the first line is 1.
fn indented(text: &str, line: usize) -> String {
    let lines = text.split_inclusive('\n').enumerate();
    let lines = lines.map(|(index, text)| {
        if index + 1 == line {
            Cow::Owned(" ".repeat(INDENT) + text)
        } else {
            Cow::Borrowed(text)
        }
    });
    lines.collect()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::list_under_its_key("a:\n  b: [\n    c,\n  ]\n  d: e\n", r#"{"a":{"b":["c"],"d":"e"}}"#)]
    #[case::map_at_the_margin("a: {\n  b: c,\n}\n", r#"{"a":{"b":"c"}}"#)]
    #[case::items_at_the_margin("a:\n  b: [\nc,\nd\n]\n", r#"{"a":{"b":["c","d"]}}"#)]
    #[case::text_that_looks_alike("a: |\n  [\n  ]\nb: [\n]\n", r#"{"a":"[\n]\n","b":[]}"#)]
    fn brackets_are_closed_anywhere(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(documents(text), Ok(vec![expected.to_owned()]));
    }

    #[test]
    fn other_errors_keep_their_line() {
        let error = documents("a: [\n]\nb: [").expect_err("it is not closed");
        assert_eq!(error.line, 3, "{error}");
    }
}
