//! An injected pod created anew from itself, as from `kubectl get pod -o yaml`: the same rules must
//! change nothing again. See [`run`].

use answer_check::{promise, without_stamp};
use generator::{Pair, UNKNOWN_FIELD};
use policy_host::{Settings, json_patch};
use serde_json::Value;

use crate::{
    Error, Given, Seen,
    bench::{Bench, Creation},
    judgement::{Breach, Judgement, RoundTrip},
};

/// Fields of `metadata` that the API server sets and that belong to no manifest.
const SET_BY_SERVER: [&str; 6] = [
    "creationTimestamp",
    "generation",
    "managedFields",
    "resourceVersion",
    "selfLink",
    "uid",
];

/// Has the stored pod judged again as a manifest, if one was stored.
pub(crate) async fn run(
    bench: &Bench<'_>,
    pair: &Pair,
    given: &Given,
    first: &mut Judgement,
) -> Result<(), Error> {
    let (Some(seen), Some(stored)) = (&first.seen, first.stored()) else {
        return Ok(());
    };
    let ask = |settings: &Value| {
        let given = given.with(Settings::from_value(settings.clone()).ok()?);
        Some(bench.webhook.ask(seen.request.clone(), &given).done())
    };
    if !promise::holds(&seen.done(), &pair.settings, stored, UNKNOWN_FIELD, ask) {
        first.round_trip = Some(RoundTrip::NotPromised);
        return Ok(());
    }
    let again = bench
        .verdicts(pair.number, &manifest(stored.clone()), given, Creation::Dry)
        .await?;
    first.round_trip = Some(compared(seen, &again));
    first.is_late |= again.is_late;
    Ok(())
}

fn compared(first: &Seen, again: &Judgement) -> RoundTrip {
    if let Some(breach) = again.breach() {
        return RoundTrip::Broken(breach);
    }
    let (Some(seen), true) = (&again.seen, again.alone.is_accepted()) else {
        return RoundTrip::Refused;
    };
    let failed_before = |rule: &str| first.failed.iter().any(|failed| failed.rule == rule);
    if let Some(failed) = seen
        .failed
        .iter()
        .find(|failed| !failed_before(&failed.rule))
    {
        return RoundTrip::Broken(Breach::FailedAnew(failed.message.clone()));
    }
    if !seen.changed_only_its_stamp() {
        let [before, after] = [seen.object(), &seen.pod].map(|pod| without_stamp(pod.clone()));
        let patch = json_patch::diff(&before, &after).to_string();
        return RoundTrip::Broken(Breach::Changed(patch));
    }
    RoundTrip::Kept
}

/// The manifest of a stored pod.
fn manifest(mut pod: Value) -> Value {
    if let Some(pod) = pod.as_object_mut() {
        pod.remove("status");
    }
    if let Some(metadata) = pod.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.retain(|key, _| !SET_BY_SERVER.contains(&key.as_str()));
        metadata.remove("namespace");
    }
    pod
}
