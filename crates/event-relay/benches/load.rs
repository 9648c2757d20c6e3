//! A thousand failures a second, of a thousand pods of a hundred `ReplicaSet`s, against a real control
//! plane on the same machine; and what the relay needs when nothing happens.
//!
//! `SECONDS` in the environment says for how long: a minute, if it is not there.

use std::collections::BTreeMap;
use std::fs;
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use test_cluster::{Cluster, Shared};

#[path = "../tests/support/mod.rs"]
mod support;

use support::log::Failure;
use support::place::Place;
use support::relay::Relay;
use support::{apply, events, told, uids_of_replica_sets};

static CLUSTER: Shared = Shared::new(Cluster::builder);

const SETS: u64 = 100;
const PODS: u64 = 10;
const A_SECOND: u64 = 1000;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let seconds = std::env::var("SECONDS").map_or(60, |text| text.parse().expect("a number"));
    let place = Place::within(CLUSTER.get().await).await;
    idle(&place);
    let uids = workloads(place.cluster, &place.team);
    let mut relay = Relay::start(place.account.kubeconfig(), &["--stdin"]);
    relay.wait_for_log("serving");
    let begun = Instant::now();
    let mut sampled = Vec::new();
    for second in 0..seconds {
        for tenth in 0..10 {
            let first = second * A_SECOND + tenth * A_SECOND / 10;
            let requests = first..first + A_SECOND / 10;
            let lines: String = requests.map(|n| line(&place, &uids, n)).collect();
            relay.write(&lines);
            let due = Duration::from_millis(second * 1000 + (tenth + 1) * 100);
            sleep(due.saturating_sub(begun.elapsed()));
        }
        sampled.push(resident(&relay));
        if second % 10 == 9 {
            say(&format!(
                "{:>4} s: {} KiB, {} records open, the oldest {:.1} s old",
                second + 1,
                resident(&relay),
                relay.metric("event_relay_open_records"),
                relay.metric("event_relay_oldest_open_record_age_seconds"),
            ));
        }
    }
    let failures = seconds * A_SECOND;
    let elapsed = || begun.elapsed().as_secs_f64();
    say(&format!(
        "{failures} failures written in {:.1} s",
        elapsed()
    ));
    while relay.metric("event_relay_open_records") > 0.0 {
        sleep(Duration::from_millis(200));
    }
    say(&format!(
        "all dealt with {:.1} s after the first",
        elapsed()
    ));
    for (minute, sampled) in sampled.chunks(60).enumerate() {
        let mean = sampled.iter().sum::<u64>() / sampled.len() as u64;
        let most = sampled.iter().max().copied().unwrap_or_default();
        say(&format!(
            "minute {}: {mean} KiB on average, {most} KiB at most",
            minute + 1
        ));
    }
    let requests = |operation: &str| {
        relay.metric(&format!(
            "event_relay_api_requests_total{{operation=\"{operation}\""
        ))
    };
    let writes = requests("create") + requests("patch");
    #[expect(clippy::cast_precision_loss, reason = "it is printed with four digits")]
    let each = writes / failures as f64;
    say(&format!(
        "{writes} writes, {each:.4} a failure; {} requests in all; {} dropped; {:.1} s of CPU",
        relay.metric("event_relay_api_requests_total"),
        relay.metric("event_relay_records_dropped_total"),
        cpu(&relay),
    ));
    relay.finish();
    let counted: i64 = told(&events(place.cluster, &place.team))
        .iter()
        .filter(|(object, _)| !object.starts_with("Pod/"))
        .map(|(_, count)| count)
        .sum();
    say(&format!("{counted} counted in the cluster"));
}

/// What one needs that reads standard input, and one that follows the policy-servers.
fn idle(place: &Place) {
    let stdin = Relay::start(place.account.kubeconfig(), &["--stdin"]);
    let leader = place.relay(place.account.kubeconfig(), "relay");
    leader.wait_for_log("this replica works now");
    sleep(Duration::from_secs(10));
    let (before, begun) = (requests(&leader), Instant::now());
    sleep(Duration::from_secs(30));
    let each = (requests(&leader) - before) / begun.elapsed().as_secs_f64();
    say(&format!(
        "idle: {} KiB with standard input; {} KiB and {each:.2} requests a second as the replica that works",
        resident(&stdin),
        resident(&leader),
    ));
}

fn requests(relay: &Relay) -> f64 {
    relay.metric("event_relay_api_requests_total")
}

fn line(place: &Place, uids: &BTreeMap<String, String>, request: u64) -> String {
    let set = format!("web-{}", request % SETS);
    let pod = format!("{set}-{}", request / SETS % PODS);
    let failure = Failure::new(&place.team, &format!("r-{request}"));
    let controller = ["apps/v1", "ReplicaSet", &set, &uids[&set]];
    failure.of(controller).of_pod(&pod).line() + "\n"
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
    let uids = uids_of_replica_sets(cluster, team);
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

/// The time that it has worked, in seconds. Linux counts in hundredths.
fn cpu(relay: &Relay) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{}/stat", relay.id())).expect("it runs");
    let (_, fields) = stat.rsplit_once(')').expect("it has a name");
    let fields: Vec<f64> = fields
        .split_whitespace()
        .map(|f| f.parse().unwrap_or(0.0))
        .collect();
    (fields[11] + fields[12]) / 100.0
}

#[expect(clippy::print_stdout, reason = "a benchmark's result")]
fn say(text: &str) {
    println!("{text}");
}
