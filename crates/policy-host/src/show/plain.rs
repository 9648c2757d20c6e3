//! Makes untrusted text safe for a terminal. See [`plain`].

use std::fmt::Write;

/// The text on one line, with control characters escaped. Names, messages and log records may hold
/// anything, also commands of a terminal.
pub(crate) fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' => plain.push_str("\\n"),
            '\t' => plain.push_str("\\t"),
            '\r' => plain.push_str("\\r"),
            control if control.is_control() || is_hidden(control) => {
                // Writing to a string can't fail.
                let _ = write!(plain, "\\u{{{:x}}}", u32::from(control));
            }
            other => plain.push(other),
        }
    }
    plain
}

/// Characters that reorder or hide other characters.
fn is_hidden(character: char) -> bool {
    matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_what_a_terminal_would_obey() {
        assert_eq!(plain("é\u{1b}[31m\nx\u{202e}"), "é\\u{1b}[31m\\nx\\u{202e}");
    }
}
