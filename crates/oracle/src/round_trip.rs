//! A pod created anew from what the API server made of it: `kubectl get pod -o yaml`, edited by
//! nobody, and created again. The rules that are in it already change nothing.

use policy_host::{Settings, json_patch};
use serde_json::Value;

use crate::{
    Error, Given, Seen,
    api::{self, Verdict},
    court::Bench,
    generate::Pair,
    judge::{Breach, Judgement},
    promise,
    seen::without_stamp,
};

/// What came of a round trip.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RoundTrip {
    /// Nothing is promised for these rules.
    NotPromised,
    /// The API server does not take its own pod again, policy or not.
    Refused,
    /// The pod came back as it was.
    Kept,
    /// It did not.
    Broken(Breach),
}

/// What the API server sets, and what is no part of a manifest.
const SET_BY_SERVER: [&str; 6] = [
    "creationTimestamp",
    "generation",
    "managedFields",
    "resourceVersion",
    "selfLink",
    "uid",
];

/// Creates the injected pod for real, reads it back and has it judged again. None where there is
/// no injected pod.
pub(crate) async fn run(
    bench: &Bench<'_>,
    pair: &Pair,
    given: &Given,
    first: &Judgement,
) -> Result<Option<RoundTrip>, Error> {
    let (Some(seen), true) = (&first.seen, first.injected.is_accepted()) else {
        return Ok(None);
    };
    let injected = &bench.at(given.level).injected;
    bench.webhook.open(injected, given.clone());
    let created = match api::create(&bench.client, injected, &pair.pod, false).await? {
        Verdict::Accepted(created) => created,
        Verdict::Refused(message) => return Ok(Some(refused(bench, pair, message).await?)),
    };
    let name = created["metadata"]["name"].as_str().unwrap_or_default();
    let read = api::get(&bench.client, injected, name).await?;
    api::delete(&bench.client, injected, &read).await?;
    let ask = |settings: &Settings| {
        let given = given.with(settings.clone());
        bench.webhook.ask(seen.request.clone(), &given)
    };
    if !promise::holds(seen, &pair.settings, &read, ask) {
        return Ok(Some(RoundTrip::NotPromised));
    }
    let again = bench.verdicts(pair.number, &manifest(read), given).await?;
    Ok(Some(compared(seen, &again)))
}

/// A dry run does not tell whether a pod can be stored.
async fn refused(bench: &Bench<'_>, pair: &Pair, message: String) -> Result<RoundTrip, Error> {
    let namespace = &bench.at(pair.surroundings.level).alone;
    let alone = api::create(&bench.client, namespace, &pair.pod, false).await?;
    let Verdict::Accepted(pod) = alone else {
        return Ok(RoundTrip::Refused);
    };
    api::delete(&bench.client, namespace, &pod).await?;
    Ok(RoundTrip::Broken(Breach::Lost(message)))
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

/// A pod that was read, as a manifest.
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
