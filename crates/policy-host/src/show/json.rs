//! The outcome of a request as JSON.

use serde_json::{Value, json};

use crate::Outcome;

/// The document of a request. `patch` is the JSON patch, an empty list if nothing changed.
pub(crate) fn document(file: &str, outcome: &Outcome) -> Value {
    let status = (outcome.message.is_some() || outcome.code.is_some())
        .then(|| json!({"message": outcome.message, "code": outcome.code}));
    let mut document = json!({
        "request": file,
        "uid": outcome.uid,
        "allowed": outcome.allowed,
        "status": status,
        "patch": outcome.patch_json(),
        "warnings": outcome.warnings,
        "auditAnnotations": outcome.audit_annotations,
        "logs": outcome.logs,
        "hostErrors": outcome.host_errors,
    });
    if let Some(mutated) = &outcome.mutated_object {
        document["mutatedObject"] = mutated.clone();
    }
    document
}
