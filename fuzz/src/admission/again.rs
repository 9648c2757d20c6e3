//! An injected pod that comes again. See [`check`].

use answer_check::{Answer, Done, promise, without_stamp};
use generator::UNKNOWN_FIELD;
use serde_json::{Value, json};

use super::answered;
use super::case::Case;
use super::host::Faults;

/// Checks that the same rules change nothing in a pod that they have made, where that is promised.
pub(crate) fn check(case: &Case, first: &Answer, records: &[Value], mutated: &str) {
    // A look-up that fails, or is late, may succeed the next time.
    if !case.has_good_settings || case.faults.is_any() {
        return;
    }
    let all = &case.drawn.rules;
    // The rules of a `ConfigMap` go after the others, which is all that the promise asks of them.
    let settings = json!({"rules": all});
    let done = done(&case.pod, first, records);
    let (Some(done), Ok(stored)) = (done, serde_json::from_str(mutated)) else {
        return;
    };
    let ask = |reordered: &Value| {
        let mut settings = case.settings.clone();
        settings["rules"] = reordered["rules"].clone();
        settings.as_object_mut()?.remove("rulesFrom");
        let payload = case.payload_of(&case.pod, &settings);
        let (answer, records) = answered(case, &payload, Faults::default());
        self::done(&case.pod, &answer, &records)
    };
    if !promise::holds(&done, &settings, &stored, UNKNOWN_FIELD, ask) {
        return;
    }
    let payload = case.payload_of(mutated, &case.settings);
    let (again, _) = answered(case, &payload, Faults::default());
    if let Some(changed) = &again.mutated_object {
        let changed: Value = serde_json::from_str(changed).expect("the host can read it");
        let shown = || format!("{} by {}", case.pod, case.settings);
        let [before, after] = [stored, changed].map(without_stamp);
        assert_eq!(before, after, "changed again: {}", shown());
    }
}

/// What became of a pod; `None` where the host can't read it.
fn done(pod: &str, answer: &Answer, records: &[Value]) -> Option<Done> {
    let before: Value = serde_json::from_str(pod).ok()?;
    let after = match &answer.mutated_object {
        Some(mutated) => serde_json::from_str(mutated).ok()?,
        None => before.clone(),
    };
    let names = |key: &str| answer.audit(key).split(',').map(str::to_owned).collect();
    let mut reasons = records.iter().map(|record| &record["event"]["reason"]);
    Some(Done {
        before,
        after,
        applied: names("applied-rules"),
        failed: names("failed-rules"),
        is_unresolved: reasons.any(|reason| reason == "VariableUnresolved"),
    })
}
