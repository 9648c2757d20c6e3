//! A thousand failures a second, of a thousand pods of a hundred `ReplicaSet`s, for a minute, against
//! a real control plane on the same machine; and what the relay needs when nothing happens.

use std::collections::BTreeMap;
use std::fs;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use test_cluster::Cluster;

#[path = "../tests/support/mod.rs"]
mod support;

use support::log::Failure;
use support::relay::Relay;
use support::{apply, events, kubectl, permissions, told};

const SETS: usize = 100;
const PODS: usize = 10;
const SECONDS: usize = 60;
const A_SECOND: usize = 1000;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let cluster = Cluster::builder().start().await.expect("a cluster");
    let servers = cluster.namespace("kubewarden").await.expect("a namespace");
    let team = cluster.namespace("team").await.expect("a namespace");
    let account = permissions::account(&cluster, &servers).await;
    let uids = workloads(&cluster, &team);

    let mut relay = Relay::start(account.kubeconfig(), &["--stdin"]);
    relay.wait_for_log("serving");
    std::thread::sleep(Duration::from_secs(5));
    say(&format!("idle: {} KiB", resident(&relay)));

    let begun = Instant::now();
    let mut request = 0;
    for second in 0..SECONDS {
        for tenth in 0..10 {
            let mut lines = String::new();
            for _ in 0..A_SECOND / 10 {
                let set = format!("web-{}", request % SETS);
                let pod = format!("{set}-{}", request / SETS % PODS);
                let controller = ["apps/v1", "ReplicaSet", &set, &uids[&set]];
                let failure = Failure::new(&team, &format!("r-{request}"));
                lines += &(failure.of(controller).of_pod(&pod).line() + "\n");
                request += 1;
            }
            relay.write(&lines);
            let due = Duration::from_millis(
                u64::try_from(second * 1000 + (tenth + 1) * 100).expect("it is short"),
            );
            std::thread::sleep(due.saturating_sub(begun.elapsed()));
        }
        if second % 10 == 9 {
            say(&format!(
                "{:>3} s: {} KiB, {} records open, the oldest {:.1} s old",
                second + 1,
                resident(&relay),
                relay.metric("event_relay_open_records"),
                relay.metric("event_relay_oldest_open_record_age_seconds"),
            ));
        }
    }
    say(&format!(
        "{request} failures written in {:.1} s",
        begun.elapsed().as_secs_f64()
    ));
    while relay.metric("event_relay_open_records") > 0.0 {
        std::thread::sleep(Duration::from_millis(200));
    }
    say(&format!(
        "all dealt with {:.1} s after the first",
        begun.elapsed().as_secs_f64()
    ));
    #[expect(
        clippy::cast_precision_loss,
        reason = "it is printed with three digits"
    )]
    let failures = request as f64;
    let writes: f64 = ["create", "patch"]
        .iter()
        .map(|operation| {
            relay.metric(&format!(
                "event_relay_api_requests_total{{operation=\"{operation}\""
            ))
        })
        .sum();
    say(&format!(
        "{writes} writes, {:.3} a failure; {} requests in all; {} dropped",
        writes / failures,
        relay.metric("event_relay_api_requests_total"),
        relay.metric("event_relay_records_dropped_total"),
    ));
    relay.finish();
    let counted: i64 = told(&events(&cluster, &team))
        .iter()
        .filter(|(object, _)| !object.starts_with("Pod/"))
        .map(|(_, count)| count)
        .sum();
    say(&format!("{counted} counted in the cluster"));
}

/// `ReplicaSet`s and their pods; nobody runs them. The sets' uids by name.
fn workloads(cluster: &Cluster, team: &str) -> BTreeMap<String, String> {
    let list = |items: Vec<Value>| json!({"apiVersion": "v1", "kind": "List", "items": items});
    let containers = json!([{"name": "app", "image": "example.com/app:1"}]);
    let sets = (0..SETS).map(|n| {
        let labels = json!({"app": format!("web-{n}")});
        json!({
            "apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": {"name": format!("web-{n}")},
            "spec": {
                "selector": {"matchLabels": labels},
                "template": {"metadata": {"labels": labels}, "spec": {"containers": containers}},
            },
        })
    });
    apply(cluster, team, &list(sets.collect()));
    let sets: Value =
        serde_json::from_str(&kubectl(cluster, &["get", "rs", "-n", team, "-o", "json"]))
            .expect("JSON");
    let text = |value: &Value| value.as_str().expect("it is text").to_owned();
    let uids: BTreeMap<String, String> = sets["items"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|set| {
            (
                text(&set["metadata"]["name"]),
                text(&set["metadata"]["uid"]),
            )
        })
        .collect();
    let pods = uids.iter().flat_map(|(set, uid)| {
        let owner = json!([{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": set, "uid": uid, "controller": true}]);
        let containers = &containers;
        (0..PODS).map(move |n| {
            json!({
                "apiVersion": "v1", "kind": "Pod",
                "metadata": {"name": format!("{set}-{n}"), "ownerReferences": owner},
                "spec": {"containers": containers},
            })
        })
    });
    apply(cluster, team, &list(pods.collect()));
    uids
}

/// The relay's resident memory, in KiB.
fn resident(relay: &Relay) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", relay.id())).expect("it runs");
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok());
    number.expect("it has memory")
}

#[expect(clippy::print_stdout, reason = "a benchmark's result")]
fn say(text: &str) {
    println!("{text}");
}
