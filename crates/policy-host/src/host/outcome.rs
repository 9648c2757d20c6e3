//! The result of a request or of a settings check.

use std::{collections::BTreeMap, time::Duration};

use json_patch::Patch;
use serde::Deserialize;
use serde_json::Value;

use super::{failure::Failure, guest_call::Call, log::LogRecord};
use crate::cluster::Exchange;

/// The answer that the API server would get, and everything that the policy did.
#[derive(Debug)]
pub struct Outcome {
    /// The request's uid.
    pub uid: String,
    /// Whether the request is admitted.
    pub allowed: bool,
    /// The status' message.
    pub message: Option<String>,
    /// The status' code.
    pub code: Option<u16>,
    /// The policy's `mutated_object`, even if it is unchanged.
    pub mutated_object: Option<Value>,
    /// The policy's change; `None` if it changed nothing.
    pub patch: Option<Patch>,
    /// Warnings for the user.
    pub warnings: Vec<String>,
    /// Annotations for the audit log.
    pub audit_annotations: BTreeMap<String, String>,
    /// The log records that the policy wrote.
    pub logs: Vec<LogRecord>,
    /// The errors in the host's log: denied host calls and unreadable log records.
    pub host_errors: Vec<String>,
    /// The objects that the policy looked up.
    pub lookups: Vec<Exchange>,
    /// Why there is no usable answer.
    pub failure: Option<Failure>,
    /// The times of the parts.
    pub timings: Timings,
}

/// The times of the parts of a request.
#[derive(Clone, Copy, Debug, Default)]
pub struct Timings {
    /// Writing the payload.
    pub serialize: Duration,
    /// Making an instance of the module.
    pub instantiate: Duration,
    /// The policy's own work.
    pub guest: Duration,
    /// Reading the answer and making the patch.
    pub answer: Duration,
    /// The whole request.
    pub whole: Duration,
}

/// The answer of `validate`. Unknown keys are ignored, as the host does.
#[derive(Deserialize)]
struct Answer {
    accepted: bool,
    message: Option<String>,
    code: Option<u16>,
    mutated_object: Option<Value>,
    audit_annotations: Option<BTreeMap<String, String>>,
    warnings: Option<Vec<String>>,
}

const MUTATED_NOTHING: &str = "Incoming object is null, which happens only with DELETE operations, but the policy is attempting a mutation. This is not allowed";

impl Outcome {
    /// Reads the answer of a `validate` call. `object` is the request's object.
    pub(crate) fn of(uid: &str, object: Option<&Value>, call: Call) -> Self {
        let answer = call.answer.and_then(|bytes| {
            serde_json::from_slice(&bytes)
                .map_err(|error| Failure::UnreadableAnswer(error.to_string()))
        });
        let mut outcome = match answer {
            Err(failure) => Self::failed(failure),
            Ok(answer) => Self::answered(answer, object),
        };
        uid.clone_into(&mut outcome.uid);
        outcome.logs = call.logs;
        outcome.host_errors = call.host_errors;
        outcome.lookups = call.lookups;
        outcome
    }

    /// The patch as JSON: an array of operations, empty without a patch.
    pub fn patch_json(&self) -> Value {
        self.patch.as_ref().map_or_else(
            || Value::Array(Vec::new()),
            |patch| serde_json::json!(patch),
        )
    }

    /// The Kubernetes Events among the log records.
    pub fn events(&self) -> impl Iterator<Item = &Value> {
        self.logs.iter().filter_map(LogRecord::event)
    }

    fn failed(failure: Failure) -> Self {
        Self {
            message: Some(failure.to_string()),
            code: Some(500),
            failure: Some(failure),
            ..Self::rejected()
        }
    }

    fn answered(answer: Answer, object: Option<&Value>) -> Self {
        let patch = match (&answer.mutated_object, object) {
            (Some(_), None) => {
                return Self {
                    message: Some(MUTATED_NOTHING.to_owned()),
                    mutated_object: answer.mutated_object,
                    ..Self::rejected()
                };
            }
            (Some(mutated), Some(object)) => {
                Some(json_patch::diff(object, mutated)).filter(|patch| !patch.is_empty())
            }
            (None, _) => None,
        };
        Self {
            allowed: answer.accepted,
            message: answer.message,
            code: answer.code,
            mutated_object: answer.mutated_object,
            patch,
            warnings: answer.warnings.unwrap_or_default(),
            audit_annotations: answer.audit_annotations.unwrap_or_default(),
            ..Self::rejected()
        }
    }

    fn rejected() -> Self {
        Self {
            uid: String::new(),
            allowed: false,
            message: None,
            code: None,
            mutated_object: None,
            patch: None,
            warnings: Vec::new(),
            audit_annotations: BTreeMap::new(),
            logs: Vec::new(),
            host_errors: Vec::new(),
            lookups: Vec::new(),
            failure: None,
            timings: Timings::default(),
        }
    }
}

/// The result of a policy's check of settings.
#[derive(Debug)]
pub struct SettingsOutcome {
    /// Whether the settings are valid.
    pub valid: bool,
    /// The policy's message.
    pub message: Option<String>,
    /// The log records that the policy wrote.
    pub logs: Vec<LogRecord>,
    /// Denied host calls and unreadable log records.
    pub host_errors: Vec<String>,
    /// Why there is no usable answer.
    pub failure: Option<Failure>,
}

/// The answer of `validate_settings`.
#[derive(Deserialize)]
struct SettingsAnswer {
    valid: bool,
    message: Option<String>,
}

impl SettingsOutcome {
    pub(crate) fn of(call: Call) -> Self {
        let answer = call.answer.and_then(|bytes| {
            serde_json::from_slice::<SettingsAnswer>(&bytes)
                .map_err(|error| Failure::UnreadableAnswer(error.to_string()))
        });
        let (valid, message, failure) = match answer {
            Ok(answer) => (answer.valid, answer.message, None),
            Err(failure) => (false, Some(failure.to_string()), Some(failure)),
        };
        Self {
            valid,
            message,
            logs: call.logs,
            host_errors: call.host_errors,
            failure,
        }
    }
}
