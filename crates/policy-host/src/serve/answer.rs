//! The HTTP answer: an `admission.k8s.io/v1` `AdmissionReview`.

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Serialize;

use crate::Outcome;

/// An `AdmissionReview` that holds a response.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Review {
    kind: &'static str,
    api_version: &'static str,
    response: Response,
}

/// An `AdmissionResponse`. Fields are absent or null as in policy-server's.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Response {
    uid: String,
    allowed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    patch_type: Option<&'static str>,
    /// The JSON patch in base64.
    #[serde(skip_serializing_if = "Option::is_none")]
    patch: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<Status>,
    audit_annotations: Option<BTreeMap<String, String>>,
    warnings: Option<Vec<String>>,
}

#[derive(Debug, Serialize)]
struct Status {
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<u16>,
}

impl From<Outcome> for Review {
    fn from(outcome: Outcome) -> Self {
        let patch = outcome
            .patch
            .is_some()
            .then(|| STANDARD.encode(outcome.patch_json().to_string()));
        let status = (outcome.message.is_some() || outcome.code.is_some()).then_some(Status {
            message: outcome.message,
            code: outcome.code,
        });
        Self {
            kind: "AdmissionReview",
            api_version: "admission.k8s.io/v1",
            response: Response {
                uid: outcome.uid,
                allowed: outcome.allowed,
                patch_type: patch.is_some().then_some("JSONPatch"),
                patch,
                status,
                audit_annotations: Some(outcome.audit_annotations)
                    .filter(|annotations| !annotations.is_empty()),
                warnings: Some(outcome.warnings).filter(|warnings| !warnings.is_empty()),
            },
        }
    }
}
