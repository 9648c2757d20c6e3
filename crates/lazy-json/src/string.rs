//! JSON strings: quoted and escaped text.

use std::borrow::Cow;

/// Appends a string as JSON.
pub fn write_string(text: &str, out: &mut String) {
    // Writing a string to memory can't fail.
    out.push_str(&serde_json::to_string(text).unwrap_or_default());
}

/// A quoted string without quotes.
pub(crate) fn inner(text: &str) -> &str {
    text.get(1..text.len().saturating_sub(1)).unwrap_or("")
}

/// The text of a quoted string. `None` if an escape stands for half a character.
pub(crate) fn unescape(text: &str) -> Option<Cow<'_, str>> {
    let inner = inner(text);
    if inner.contains('\\') {
        serde_json::from_str(text).ok().map(Cow::Owned)
    } else {
        Some(Cow::Borrowed(inner))
    }
}
