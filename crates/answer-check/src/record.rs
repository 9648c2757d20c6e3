//! The records of failures. See [`check`].

use event_record::{Level, REQUEST_UID_ANNOTATION, RULE_ANNOTATION, Record};
use serde_json::Value;

use crate::answer::{Answer, has_controls};
use crate::broken::Broken;
use crate::request::Request;

/// The longest message of an Event, in bytes.
const MESSAGE_BYTES: usize = 1024;

/// How many records one admission may have.
const RECORDS: usize = 100;

/// Every reason that an Event may have.
const REASONS: [&str; 7] = [
    "InjectionConflict",
    "InjectionInvalid",
    "RulesUnavailable",
    "ReferenceUnavailable",
    "VariableUnresolved",
    "UnsupportedObject",
    "InternalError",
];

/// Checks one record.
pub(crate) fn check(value: &Value, request: Option<&Request>) -> Result<(), Broken> {
    let broken = |what: &str| Err(Broken::Record(format!("{what}: {value}")));
    let record: Record = match serde_json::from_value(value.clone()) {
        Ok(record) => record,
        Err(error) => return broken(&error.to_string()),
    };
    let event = &record.event;
    if record.level != Level::Warning || event.type_.as_deref() != Some("Warning") {
        return broken("level");
    }
    let message = &record.message;
    if message.is_empty() || message.len() > MESSAGE_BYTES || has_controls(message) {
        return broken("message");
    }
    if event.message.as_ref() != Some(message) {
        return broken("the Event's message is another one");
    }
    let reason = event.reason.as_deref().unwrap_or_default();
    if !REASONS.contains(&reason) || event.action.as_deref() != Some("Inject") {
        return broken("reason or action");
    }
    if event.count != Some(1) || event.first_timestamp.is_none() || event.last_timestamp.is_none() {
        return broken("count or times");
    }
    let pod = &event.involved_object;
    if pod.kind.as_deref() != Some("Pod") || pod.api_version.as_deref() != Some("v1") {
        return broken("involvedObject");
    }
    if pod.field_path.as_deref().is_some_and(has_controls) {
        return broken("fieldPath");
    }
    if annotation(value, RULE_ANNOTATION).is_empty() {
        return broken("no rule");
    }
    let Some(request) = request else {
        return Ok(());
    };
    let namespace = request.text("namespace");
    if event.metadata.namespace.as_deref() != Some(namespace)
        || pod.namespace.as_deref() != Some(namespace)
    {
        return broken("namespace");
    }
    if annotation(value, REQUEST_UID_ANNOTATION) != request.text("uid") {
        return broken("request's uid");
    }
    Ok(())
}

/// Checks that the records are of failures in the answer, in their order. A host may refuse some.
pub(crate) fn check_all(records: &[Value], answer: &Answer) -> Result<(), Broken> {
    let failed = answer.audit("failed-rules");
    let mut rest = failed;
    for record in records {
        let rule = annotation(record, RULE_ANNOTATION);
        let Some(after) = after_name(rest, rule) else {
            return Err(Broken::Record(format!("of {rule}; failed: {failed}")));
        };
        rest = after;
    }
    if records.len() > RECORDS {
        return Err(Broken::Record(format!("{} of them", records.len())));
    }
    Ok(())
}

/// What stands after a name in a list of names with commas between them.
fn after_name<'l>(list: &'l str, name: &str) -> Option<&'l str> {
    list.match_indices(name).find_map(|(at, _)| {
        let (before, after) = (&list[..at], &list[at + name.len()..]);
        let is_whole = [before.chars().next_back(), after.chars().next()]
            .iter()
            .all(|beside| beside.is_none_or(|beside| beside == ','));
        is_whole.then_some(after)
    })
}

fn annotation<'v>(record: &'v Value, key: &str) -> &'v str {
    let value = &record["event"]["metadata"]["annotations"][key];
    value.as_str().unwrap_or_default()
}
