//! Keys of objects.

use std::borrow::Cow;

use crate::string::{inner, write_string};

/// A key of an object, as JSON text. Two spellings of one key are different.
#[derive(Debug, Clone, Eq)]
pub struct Key<'a> {
    text: Cow<'a, str>,
    has_escapes: bool,
}

impl PartialEq for Key<'_> {
    fn eq(&self, other: &Self) -> bool {
        // The common case: the same text, in a pod before and after a rule.
        match (&self.text, &other.text) {
            (Cow::Borrowed(text), Cow::Borrowed(other)) if std::ptr::eq(*text, *other) => true,
            (text, other) => text == other,
        }
    }
}

impl<'a> Key<'a> {
    /// A key with this name.
    pub fn new(name: &str) -> Self {
        let mut text = String::with_capacity(name.len() + 2);
        write_string(name, &mut text);
        Self {
            has_escapes: text.contains('\\'),
            text: Cow::Owned(text),
        }
    }

    pub(crate) fn from_text(text: &'a str, has_escapes: bool) -> Self {
        Self {
            text: Cow::Borrowed(text),
            has_escapes,
        }
    }

    /// The JSON text.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Whether the key has this name.
    pub fn is(&self, name: &str) -> bool {
        if self.has_escapes {
            self.name() == name
        } else {
            // Most keys of the same length differ in their first bytes, and `==` would call a
            // function.
            let inner = inner(&self.text);
            inner.len() == name.len() && inner.bytes().eq(name.bytes())
        }
    }

    /// Whether the name is valid Unicode: an escape may stand for half a character.
    pub fn is_unicode(&self) -> bool {
        !self.has_escapes || serde_json::from_str::<String>(&self.text).is_ok()
    }

    /// The name. The JSON text if the name is not valid Unicode.
    pub fn name(&self) -> Cow<'_, str> {
        if self.has_escapes
            && let Ok(name) = serde_json::from_str(&self.text)
        {
            Cow::Owned(name)
        } else {
            Cow::Borrowed(inner(&self.text))
        }
    }
}
