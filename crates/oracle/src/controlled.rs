//! Pods of a real `ReplicaSet`: the controller makes them, and they must stay its own. See
//! [`verdicts`].

use std::time::{Duration, Instant};

use generator::{Pair, objects, replica_set_name, selected_labels};
use serde_json::{Value, json};

use crate::{
    Error, Given,
    api::{self, Verdict},
    bench::{Bench, Creation},
    judgement::{Breach, Control, Judgement},
};

/// How long kube-controller-manager may take to make a pod on a busy machine.
const DEADLINE: Duration = Duration::from_mins(1);
const POLL: Duration = Duration::from_millis(20);

/// Lets a `ReplicaSet` make the pair's pod, reads the pod and deletes both.
pub(crate) async fn verdicts(
    bench: &Bench<'_>,
    pair: &Pair,
    given: &Given,
) -> Result<Judgement, Error> {
    let (number, pod) = (pair.number, &pair.pod);
    let mut judgement = bench.verdicts(number, pod, given, Creation::Dry).await?;
    if !judgement.alone.is_accepted() {
        return Ok(judgement);
    }
    let namespace = &bench.at(given.ground).injected;
    let replica_set = objects::replica_set(pair);
    bench.webhook.open(namespace, given.clone());
    let created = match api::create_replica_set(&bench.client, namespace, &replica_set).await? {
        Verdict::Accepted(created) => created,
        Verdict::Refused(_) => {
            judgement.control = Some(Control::Refused);
            return Ok(judgement);
        }
    };
    let verdict = made(bench, namespace, number).await;
    let seen = bench.webhook.seen(namespace);
    api::delete_replica_set(&bench.client, namespace, &replica_set_name(number)).await?;
    api::delete_pods(&bench.client, namespace).await?;
    judgement.injected = verdict?;
    judgement.seen = seen.or(judgement.seen);
    judgement.is_late = judgement.seen.as_ref().is_some_and(|seen| seen.is_late);
    if let Verdict::Accepted(stored) = &judgement.injected {
        judgement.control = Some(Control::Owned);
        judgement.broken = disowned(stored, &created, number).map(Breach::Disowned);
    }
    Ok(judgement)
}

/// The pod that the controller made, or what keeps it from making one.
async fn made(bench: &Bench<'_>, namespace: &str, number: u64) -> Result<Verdict, Error> {
    let name = replica_set_name(number);
    let started = Instant::now();
    while started.elapsed() < DEADLINE {
        let pods = api::pods(&bench.client, namespace).await?;
        let is_it = |pod: &Value| {
            let own = pod["metadata"]["name"].as_str().unwrap_or_default();
            own.strip_prefix(&name)
                .is_some_and(|rest| rest.starts_with('-'))
        };
        if let Some(pod) = pods.into_iter().find(is_it) {
            return Ok(Verdict::Accepted(pod));
        }
        if let Some(message) = api::failure(&bench.client, namespace, &name).await? {
            return Ok(Verdict::Refused(message));
        }
        tokio::time::sleep(POLL).await;
    }
    Err(Error::NoPod { name })
}

/// Why a pod is its `ReplicaSet`'s no longer. The controller releases a pod that its selector does
/// not match, and makes another one, without end.
fn disowned(stored: &Value, replica_set: &Value, number: u64) -> Option<String> {
    let labels = &stored["metadata"]["labels"];
    let selected = selected_labels(number);
    let mut selected = selected.as_object().into_iter().flatten();
    if let Some((key, _)) = selected.find(|(key, value)| labels[key.as_str()] != **value) {
        return Some(format!(
            "the ReplicaSet's selector names the label {key}, which differs"
        ));
    }
    let owners = stored["metadata"]["ownerReferences"].as_array();
    let uid = &replica_set["metadata"]["uid"];
    let owned = owners.is_some_and(|owners| {
        owners
            .iter()
            .any(|owner| owner["uid"] == *uid && owner["controller"] == json!(true))
    });
    (!owned).then(|| "the pod has no reference to its ReplicaSet".to_owned())
}
