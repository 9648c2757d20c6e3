//! Colours of a terminal.

use std::borrow::Cow;

/// The line without the terminal's control sequences for colours. JSON holds none of them as they
/// are, so the record is not changed by it.
pub(super) fn without_colours(line: &str) -> Cow<'_, str> {
    const START: &str = "\u{1b}[";
    if !line.contains(START) {
        return Cow::Borrowed(line);
    }
    let mut plain = String::with_capacity(line.len());
    let mut parts = line.split(START);
    plain.extend(parts.next());
    for part in parts {
        let parameters = part
            .bytes()
            .take_while(|byte| matches!(byte, b'0'..=b'9' | b';'));
        let end = parameters.count();
        if let Some(text) = part[end..].strip_prefix('m') {
            plain.push_str(text);
        } else {
            plain.push_str(START);
            plain.push_str(part);
        }
    }
    Cow::Owned(plain)
}
