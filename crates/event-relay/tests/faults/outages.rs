//! The API server or its etcd is gone for a while, and failures go on.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use test_cluster::{Cluster, Program, Shared};
use tokio::sync::Mutex;

use crate::support::log::Failure;
use crate::support::{apply, uids_of_replica_sets};
use crate::{Place, REQUEST_LABEL, stdin_relay};

/// Of their own: the other tests' cluster stays.
static CLUSTER: Shared = Shared::new(Cluster::builder);
/// One outage at a time.
static TURN: Mutex<()> = Mutex::const_new(());

/// The workloads, of five kinds of history, each `WORKLOADS` times.
const WORKLOADS: usize = 5;
/// Each pod that is to be told of.
const PODS: usize = 10;

/// Failures each fifth of a second, for 40 % of which the relay must look for their workload. Half
/// of the workloads are new to it when the program is gone.
async fn under_load(program: Program, gone: Duration) {
    let _turn = TURN.lock().await;
    let cluster = CLUSTER.get().await;
    let place = Place::within(cluster).await;
    let replica_sets = replica_sets(&place);
    let mut relay = stdin_relay(place.account.kubeconfig());
    let begun = Instant::now();
    let (mut stopped, mut started) = (None, false);
    let (mut rounds, mut late_rounds) = (0, 0);
    let mut after = 0;
    while after < 10 {
        if stopped.is_none() && rounds == 10 {
            cluster.stop(program).await.expect("it stops");
            stopped = Some(Instant::now());
        }
        if stopped.is_some_and(|at| at.elapsed() >= gone) && !started {
            cluster.start(program).await.expect("it starts");
            started = true;
        }
        let mut lines = String::new();
        let mut write = |failure: Failure| lines += &(failure.line() + "\n");
        for n in 0..WORKLOADS {
            // These are new only when the program is gone.
            for (late, count) in [(false, rounds), (true, late_rounds)] {
                if late && stopped.is_none() {
                    continue;
                }
                let name = if late {
                    format!("late-{n}")
                } else {
                    format!("web-{n}")
                };
                let uid = &replica_sets[&name];
                let request = format!("{name}-{count}");
                let controller = ["apps/v1", "ReplicaSet", name.as_str(), uid.as_str()];
                write(Failure::new(&place.team, &request).of(controller));
                write(place.failure(&format!("db-{name}"), &format!("db-{request}")));
            }
        }
        relay.write(&lines);
        rounds += 1;
        late_rounds += i64::from(stopped.is_some());
        after += i64::from(started);
        std::thread::sleep(Duration::from_millis(200));
    }
    eprintln!("{rounds} rounds in {:?}", begun.elapsed());
    assert_eq!(relay.finish().code(), Some(0));
    let mut expected = Vec::new();
    for n in 0..WORKLOADS {
        for (kind, count) in [("web", rounds), ("late", late_rounds)] {
            expected.push((format!("Deployment/of-{kind}-{n}"), count));
            expected.push((format!("StatefulSet/db-{kind}-{n}"), count));
            expected.extend((0..PODS).map(|m| (format!("Pod/{kind}-{n}-{m}"), 1)));
        }
    }
    place.tells(&expected);
}

/// `ReplicaSet`s of Deployments, by name, with the pods of their first failures. Nobody runs them.
fn replica_sets(place: &Place) -> std::collections::BTreeMap<String, String> {
    let names: Vec<String> = (0..WORKLOADS)
        .flat_map(|n| [format!("web-{n}"), format!("late-{n}")])
        .collect();
    let list = |items: Vec<Value>| json!({"apiVersion": "v1", "kind": "List", "items": items});
    let owner = |version: &str, kind: &str, name: &str, uid: &str| json!([{"apiVersion": version, "kind": kind, "name": name, "uid": uid, "controller": true}]);
    let containers = json!([{"name": "app", "image": "example.com/app:1"}]);
    let sets = names.iter().map(|name| {
        let labels = json!({"app": name});
        json!({
            "apiVersion": "apps/v1", "kind": "ReplicaSet",
            "metadata": {
                "name": name,
                "ownerReferences": owner("apps/v1", "Deployment", &format!("of-{name}"), "u-9"),
            },
            "spec": {
                "selector": {"matchLabels": labels},
                "template": {"metadata": {"labels": labels}, "spec": {"containers": containers}},
            },
        })
    });
    apply(place.cluster, &place.team, &list(sets.collect()));
    let uids = uids_of_replica_sets(place.cluster, &place.team);
    let pods = uids.iter().flat_map(|(name, uid)| {
        let pod = |n| {
            json!({
                "apiVersion": "v1", "kind": "Pod",
                "metadata": {
                    "name": format!("{name}-{n}"),
                    "labels": {REQUEST_LABEL: format!("{name}-{n}")},
                    "ownerReferences": owner("apps/v1", "ReplicaSet", name, uid),
                },
                "spec": {"containers": containers},
            })
        };
        (0..PODS).map(pod).collect::<Vec<_>>()
    });
    apply(place.cluster, &place.team, &list(pods.collect()));
    uids
}

#[tokio::test]
async fn the_api_server_is_gone_for_half_a_minute() {
    under_load(Program::ApiServer, Duration::from_secs(30)).await;
}

#[tokio::test]
async fn etcd_is_gone() {
    under_load(Program::Etcd, Duration::from_secs(10)).await;
}
