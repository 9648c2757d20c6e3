//! The answer to the host.
//!
//! Source: `docs.kubewarden.io`, writing policies, spec of mutating policies; for warnings
//! `kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers#response`.

use kubernetes_pod::text::cut;
use lazy_json::Node;
use serde::Serialize;

use crate::inject::failure::Failure;

/// Longest warning, in bytes: the API server cuts longer ones.
const WARNING_BYTES: usize = 256;

/// How many warnings there may be.
const WARNINGS: usize = 8;

/// How many of the warnings may be about no single rule.
const NOTES: usize = 2;

/// The answer to one admission request.
#[derive(Debug, Default, Serialize)]
pub struct Response {
    accepted: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    /// The answer as far as it is written yet: the object may be large, and is written once.
    #[serde(skip)]
    begun: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    audit_annotations: Option<AuditAnnotations>,
    /// The messages of the first failures, and how many failures there are.
    #[serde(skip)]
    failures: (Vec<String>, usize),
    /// Warnings that are about no single rule.
    #[serde(skip)]
    notes: Vec<String>,
    /// Made of the two when the answer is written.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
}

/// What the API server's audit log keeps. It prefixes the keys with the webhook's name.
#[derive(Debug, Default, Serialize)]
struct AuditAnnotations {
    #[serde(rename = "applied-rules", skip_serializing_if = "String::is_empty")]
    applied: String,
    #[serde(rename = "idle-rules", skip_serializing_if = "String::is_empty")]
    idle: String,
    #[serde(rename = "failed-rules", skip_serializing_if = "String::is_empty")]
    failed: String,
}

impl Response {
    /// Accepted as it came.
    pub fn accepted() -> Self {
        Self {
            accepted: true,
            ..Self::default()
        }
    }

    /// Accepted, with what rules did.
    #[must_use]
    pub fn with_rules(mut self, applied: &[String], idle: &[String], failed: &[Failure]) -> Self {
        let failed_rules: Vec<&str> = failed.iter().map(|failure| failure.rule.as_str()).collect();
        if !applied.is_empty() || !idle.is_empty() || !failed.is_empty() {
            self.audit_annotations = Some(AuditAnnotations {
                applied: applied.join(","),
                idle: idle.join(","),
                failed: failed_rules.join(","),
            });
        }
        let shown = failed.iter().take(WARNINGS);
        let messages = shown.map(|failure| failure.message.clone()).collect();
        self.failures = (messages, failed.len());
        self
    }

    /// Accepted, and changed to this.
    #[must_use]
    pub fn with_object(mut self, object: &Node<'_>) -> Self {
        let mut json = r#"{"mutated_object":"#.to_owned();
        object.write(&mut json);
        self.begun = Some(json);
        self
    }

    /// Rejected, because a rule wants it so. Its message is the answer; a warning would only say
    /// it again.
    pub fn rejected(failure: &Failure) -> Self {
        Self {
            message: Some(failure.message.clone()),
            failures: (Vec::new(), 0),
            ..Self::default().with_rules(&[], &[], std::slice::from_ref(failure))
        }
    }

    /// Adds a warning that is about no single rule. At most [`NOTES`] such warnings are kept.
    pub fn warn(&mut self, text: String) {
        if self.notes.len() < NOTES {
            self.notes.push(text);
        }
    }

    /// It as JSON.
    pub fn into_json(mut self) -> Vec<u8> {
        self.warnings = self.warnings();
        let begun = self.begun.take();
        let json = serde_json::to_vec(&self).unwrap_or_else(|_| br#"{"accepted":true}"#.to_vec());
        let Some(begun) = begun else {
            return json;
        };
        let mut whole = begun.into_bytes();
        whole.push(b',');
        whole.extend_from_slice(&json[1..]);
        whole
    }

    /// A warning for each failure, or for the first of them and one that counts the others; then the
    /// notes. At most [`WARNINGS`].
    fn warnings(&mut self) -> Vec<String> {
        let (messages, count) = &self.failures;
        let places = WARNINGS - self.notes.len();
        let shown = if *count > places { places - 1 } else { *count };
        let mut warnings: Vec<String> = messages.iter().take(shown).cloned().collect();
        if shown < *count {
            let more = count - shown;
            warnings.push(format!("{more} more rules were not applied"));
        }
        warnings.append(&mut self.notes);
        warnings
            .into_iter()
            .map(|text| cut(text, WARNING_BYTES))
            .collect()
    }
}
