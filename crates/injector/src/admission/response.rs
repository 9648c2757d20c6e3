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
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
}

/// What the API server's audit log keeps. It prefixes the keys with the webhook's name.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "kebab-case")]
struct AuditAnnotations {
    #[serde(skip_serializing_if = "String::is_empty")]
    applied_rules: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    failed_rules: String,
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
    pub fn with_rules(mut self, applied: &[String], failed: &[Failure]) -> Self {
        let failed_rules: Vec<&str> = failed.iter().map(|failure| failure.rule.as_str()).collect();
        if !applied.is_empty() || !failed.is_empty() {
            self.audit_annotations = Some(AuditAnnotations {
                applied_rules: applied.join(","),
                failed_rules: failed_rules.join(","),
            });
        }
        self.warnings = warnings(failed);
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
            warnings: Vec::new(),
            ..Self::default().with_rules(&[], std::slice::from_ref(failure))
        }
    }

    /// Adds a warning, in the place of the last one if there are as many as may be.
    pub fn warn(&mut self, text: String) {
        self.warnings.truncate(WARNINGS - 1);
        self.warnings.push(cut(text, WARNING_BYTES));
    }

    /// It as JSON.
    pub fn into_json(mut self) -> Vec<u8> {
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
}

fn warnings(failed: &[Failure]) -> Vec<String> {
    let shown = if failed.len() > WARNINGS {
        WARNINGS - 1
    } else {
        failed.len()
    };
    let mut warnings: Vec<String> = failed[..shown]
        .iter()
        .map(|failure| cut(failure.message.clone(), WARNING_BYTES))
        .collect();
    if shown < failed.len() {
        let more = failed.len() - shown;
        warnings.push(format!("{more} more rules were not applied"));
    }
    warnings
}
