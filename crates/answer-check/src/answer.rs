//! An answer, as the host reads it. See [`Answer::read`].

use std::collections::{BTreeMap, HashMap};

use serde_json::value::RawValue;

use crate::broken::Broken;

/// The longest warning, in bytes.
const WARNING_BYTES: usize = 256;

/// How many warnings there may be.
const WARNINGS: usize = 8;

/// The keys of an answer.
const KEYS: [&str; 5] = [
    "accepted",
    "message",
    "audit_annotations",
    "warnings",
    "mutated_object",
];

/// The keys of the audit annotations.
const AUDIT_KEYS: [&str; 3] = ["applied-rules", "idle-rules", "failed-rules"];

/// An answer of the policy.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Answer {
    /// Whether the pod is accepted.
    pub accepted: bool,
    /// Why it is not.
    pub message: Option<String>,
    /// The mutated pod, as JSON text.
    pub mutated_object: Option<String>,
    /// What `kubectl` shows.
    pub warnings: Vec<String>,
    /// What the audit log keeps.
    pub audit_annotations: BTreeMap<String, String>,
}

impl Answer {
    /// Reads an answer, and checks its shape.
    pub(crate) fn read(answer: &[u8], may_reject: bool) -> Result<Self, Broken> {
        let shape = |error: &dyn ToString| Broken::Shape(error.to_string());
        let text = std::str::from_utf8(answer).map_err(|error| shape(&error))?;
        // Raw, since a lone surrogate or a huge number comes back as it was.
        let members: HashMap<String, &RawValue> =
            serde_json::from_str(text).map_err(|error| shape(&error))?;
        if let Some(key) = members.keys().find(|key| !KEYS.contains(&key.as_str())) {
            return Err(shape(&format_args!("key {key}")));
        }
        let member = |key: &str| members.get(key).map(|value| value.get());
        let accepted = match member("accepted") {
            Some("true") => true,
            Some("false") => false,
            other => return Err(shape(&format_args!("accepted: {other:?}"))),
        };
        let message: Option<String> = read(member("message"))?;
        if !accepted && !may_reject {
            return Err(Broken::Rejected(message.unwrap_or_default()));
        }
        let mutated_object = member("mutated_object").map(str::to_owned);
        if accepted == message.is_some() || (!accepted && mutated_object.is_some()) {
            return Err(shape(&text));
        }
        let answer = Self {
            accepted,
            message,
            mutated_object,
            warnings: read(member("warnings"))?.unwrap_or_default(),
            audit_annotations: read(member("audit_annotations"))?.unwrap_or_default(),
        };
        answer.check()?;
        Ok(answer)
    }

    fn check(&self) -> Result<(), Broken> {
        let mut keys = self.audit_annotations.keys();
        if let Some(key) = keys.find(|key| !AUDIT_KEYS.contains(&key.as_str())) {
            return Err(Broken::Shape(format!("audit annotation {key}")));
        }
        if self.warnings.len() > WARNINGS {
            return Err(Broken::Warning(self.warnings.join("; ")));
        }
        let is_fine =
            |text: &str| !text.is_empty() && text.len() <= WARNING_BYTES && !has_controls(text);
        match self.warnings.iter().find(|warning| !is_fine(warning)) {
            Some(warning) => Err(Broken::Warning(warning.clone())),
            None => Ok(()),
        }
    }

    /// An audit annotation; empty where there is none.
    pub fn audit(&self, key: &str) -> &str {
        self.audit_annotations.get(key).map_or("", String::as_str)
    }

    /// Everything that people read, apart from the stamp.
    pub(crate) fn texts(&self) -> impl Iterator<Item = &str> {
        let warnings = self.warnings.iter().chain(&self.message);
        let texts = warnings.chain(self.audit_annotations.values());
        texts.map(String::as_str)
    }
}

/// Whether a text has characters that forge lines or colours of a terminal.
pub(crate) fn has_controls(text: &str) -> bool {
    text.contains(char::is_control)
}

fn read<T: for<'de> serde::Deserialize<'de>>(text: Option<&str>) -> Result<Option<T>, Broken> {
    let shape = |error: serde_json::Error| Broken::Shape(error.to_string());
    text.map(|text| serde_json::from_str(text).map_err(shape))
        .transpose()
}
