//! The answer to the host. See [`Response::into_json`].
//!
//! Source: `docs.kubewarden.io`, writing policies, spec of mutating policies; for warnings
//! `kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers#response`.

use kubernetes_pod::text::cut;
use lazy_json::Node;
use serde::Serialize;

use crate::inject::failure::Failure;

/// The longest warning in bytes. The API server cuts longer ones.
const WARNING_BYTES: usize = 256;

/// The maximum number of warnings.
const WARNINGS: usize = 8;

/// How many of the warnings may be notes: warnings that are not about one rule.
const NOTES: usize = 2;

/// The answer to one admission request.
#[derive(Debug, Default, Serialize)]
pub struct Response {
    accepted: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    /// The beginning of the JSON, up to the mutated object. The object may be large, and is written
    /// once.
    #[serde(skip)]
    beginning: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    audit_annotations: Option<AuditAnnotations>,
    /// The messages of the first failures, and the number of all failures.
    #[serde(skip)]
    failures: (Vec<String>, usize),
    /// Warnings that are not about one rule.
    #[serde(skip)]
    notes: Vec<String>,
    /// Made of the failures and the notes when the answer is written.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
}

/// Annotations of the API server's audit log. The API server prefixes the keys with the webhook's
/// name.
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
    /// Accepts the request unchanged.
    pub fn accepted() -> Self {
        Self {
            accepted: true,
            ..Self::default()
        }
    }

    /// Adds the names of rules to the audit annotations, and a warning for each failure.
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

    /// Replaces the request's object by this one.
    #[must_use]
    pub fn with_object(mut self, object: &Node<'_>) -> Self {
        let mut json = r#"{"mutated_object":"#.to_owned();
        object.write(&mut json);
        self.beginning = Some(json);
        self
    }

    /// Rejects the request because of a rule's failure. The failure's message is the answer's; a
    /// warning would only repeat it.
    pub fn rejected(failure: &Failure) -> Self {
        Self {
            message: Some(failure.message.clone()),
            failures: (Vec::new(), 0),
            ..Self::default().with_rules(&[], &[], std::slice::from_ref(failure))
        }
    }

    /// Adds a note: a warning that is not about one rule. At most [`NOTES`] notes are kept.
    pub fn warn(&mut self, text: String) {
        if self.notes.len() < NOTES {
            self.notes.push(text);
        }
    }

    /// The answer as JSON.
    pub fn into_json(mut self) -> Vec<u8> {
        self.warnings = self.warnings();
        let beginning = self.beginning.take();
        let json = serde_json::to_vec(&self).unwrap_or_else(|_| br#"{"accepted":true}"#.to_vec());
        let Some(beginning) = beginning else {
            return json;
        };
        let mut whole = beginning.into_bytes();
        whole.push(b',');
        whole.extend_from_slice(&json[1..]);
        whole
    }

    /// A warning for each failure, or for the first failures and one that counts the others; then
    /// the notes. At most [`WARNINGS`] altogether.
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
