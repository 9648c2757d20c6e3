//! Names from a pod in messages. See [`quoted`].
//!
//! The pod is not validated yet when webhooks run: a name may be any text, such as a newline and a
//! forged log line.

use std::borrow::Cow;

/// Marks a text that was cut.
const ELLIPSIS: char = '…';

/// The longest name in a message in characters: the length of a DNS label.
const NAME_CHARS: usize = 63;

/// A name in quotes, with control characters escaped, cut to 63 characters.
pub fn quoted(name: &str) -> String {
    format!("{:?}", clamped(name))
}

/// A name with control characters escaped, cut to 63 characters.
pub fn escaped(name: &str) -> String {
    clamped(name).escape_debug().collect()
}

/// A text with control characters escaped, and otherwise unchanged.
pub fn escaped_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '"' | '\'' | '\\' => out.push(character),
            _ => out.extend(character.escape_debug()),
        }
    }
    out
}

fn clamped(name: &str) -> Cow<'_, str> {
    if name.chars().nth(NAME_CHARS).is_none() {
        return Cow::Borrowed(name);
    }
    let kept = name.chars().take(NAME_CHARS - 1);
    Cow::Owned(kept.chain([ELLIPSIS]).collect())
}

/// Cuts a text to at most `bytes` bytes, at a character boundary. An ellipsis marks the cut.
pub fn cut(mut text: String, bytes: usize) -> String {
    if text.len() > bytes {
        let mut end = bytes.saturating_sub(ELLIPSIS.len_utf8());
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text.truncate(end);
        text.push(ELLIPSIS);
    }
    text
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::plain("app", r#""app""#)]
    #[case::quote(r#"a"b"#, r#""a\"b""#)]
    #[case::forged_line("a\nWARN policy_log: b", r#""a\nWARN policy_log: b""#)]
    #[case::terminal_colours("a\u{1b}[31m", r#""a\u{1b}[31m""#)]
    #[case::right_to_left("a\u{202e}b", r#""a\u{202e}b""#)]
    #[case::not_ascii("größe", r#""größe""#)]
    fn a_name_is_quoted(#[case] name: &str, #[case] expected: &str) {
        assert_eq!(quoted(name), expected);
    }

    #[test]
    fn a_long_name_is_cut_at_63_characters() {
        assert_eq!(quoted(&"ä".repeat(64)), format!("\"{}…\"", "ä".repeat(62)));
    }

    #[test]
    fn only_control_characters_of_a_text_are_escaped() {
        assert_eq!(
            escaped_text("\"it's\"\n\u{1b}[1m \\ ä"),
            "\"it's\"\\n\\u{1b}[1m \\ ä"
        );
    }

    #[rstest]
    #[case::fits("äöü", 6, "äöü")]
    #[case::cut_between_characters("äöüä", 7, "äö…")]
    #[case::cut_inside_a_character("aäöü", 6, "aä…")]
    fn a_text_is_cut_at_a_characters_end(
        #[case] text: &str,
        #[case] bytes: usize,
        #[case] expected: &str,
    ) {
        assert_eq!(cut(text.to_owned(), bytes), expected);
    }
}
