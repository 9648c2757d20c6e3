//! YAML documents as JSON, read as kubectl reads them.
//!
//! kubectl's parser ignores the indentation inside brackets. The parser here requires that the
//! lines are indented deeper than their key. Many authors close a list at the indentation of its
//! key:
//!
//! ```yaml
//! args: [
//!   run,
//! ]
//! ```
//!
//! A line that the parser refuses for its indentation is therefore indented, and the text is read
//! again. The parser has this error only for lines inside brackets. See [`documents`].

use std::borrow::Cow;

use injector::settings::yaml::{self, NotYaml};

/// The maximum number of bytes that YAML aliases may copy: the maximum size of a file.
const MAX_ALIAS_BYTES: usize = 16 * 1024 * 1024;

/// The maximum number of bytes that are read again because of indentation. Reading them takes about
/// a second.
const MAX_BYTES_READ_AGAIN: usize = 64 * 1024 * 1024;

/// The parser's message for a line in brackets that is not indented enough.
const TOO_FAR_LEFT: &str = "invalid indentation";

/// The indentation that is added: deeper than any line.
const INDENT: usize = 200;

/// The YAML documents of a text as JSON, without empty documents.
///
/// # Errors
/// Returns the first problem: the text is not YAML or has no form in JSON.
pub(super) fn documents(text: &str) -> Result<Vec<String>, NotYaml> {
    let mut text = Cow::Borrowed(text);
    let mut left = MAX_BYTES_READ_AGAIN;
    loop {
        let error = match yaml::documents(&text, MAX_ALIAS_BYTES) {
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

/// Indents a line of a text. Lines are counted from 1.
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
        let error = documents("a: [\n]\nb: }\nc: d\n").expect_err("no map is open");
        assert_eq!(error.line, 3, "{error}");
    }
}
