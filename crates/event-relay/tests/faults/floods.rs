//! One namespace makes more than its share. The others don't notice.

use std::io::Write;
use std::time::{Duration, Instant};

use crate::support::log::Failure;
use crate::{Place, events, stdin_relay, told, wait};

/// Bare pods that never come to be, of a hundred rules, and pods of as many owners that are not there:
/// what costs the relay the most.
const FLOOD: usize = 3000;

#[tokio::test]
async fn a_flood_in_one_namespace_delays_no_other() {
    let place = Place::new().await;
    let quiet = place.cluster.namespace("quiet").await.expect("a namespace");
    let mut relay = stdin_relay(place.account.kubeconfig());
    let mut lines = String::new();
    for n in 0..FLOOD {
        let bare = Failure::new(&place.team, &format!("bare-{n}"));
        lines += &(bare.rule(&format!("rule-{}", n % 100)).line() + "\n");
        let owner = format!("web-{n}");
        let owned = Failure::new(&place.team, &format!("owned-{n}"));
        lines += &(owned.of(["apps/v1", "ReplicaSet", &owner, "u-1"]).line() + "\n");
    }
    relay.write(&lines);
    let mut waits = Vec::new();
    for n in 0..5 {
        let name = format!("db-{n}");
        let failure = Failure::new(&quiet, &format!("quiet-{n}"));
        let begun = Instant::now();
        relay.write(&(failure.of(["apps/v1", "StatefulSet", &name, "u-1"]).line() + "\n"));
        let expected = (format!("StatefulSet/{name}"), 1);
        wait("the quiet namespace's Event", || {
            let told = told(&events(place.cluster, &quiet));
            told.contains(&expected).then_some(())
        });
        waits.push(begun.elapsed());
    }
    let open = relay.metric("event_relay_open_records");
    let summed_up = relay.metric("event_relay_pods_summed_up_total");
    let series = relay.get("/metrics");
    let of_team = format!("event_relay_failures_total{{namespace=\"{}\"", place.team);
    let series = series.lines().filter(|line| line.starts_with(&of_team));
    let series = series.count();
    let _ = writeln!(
        std::io::stderr(),
        "quiet: {waits:?}; of the flood {open} records open, {summed_up} pods summed up, {series} series"
    );
    assert!(open > 0.0, "the flood was over too soon");
    let longest = waits.iter().max().copied().unwrap_or_default();
    assert!(longest < Duration::from_secs(10), "{waits:?}");
    assert!(series <= 51, "{series} series");
    relay.kill();
}
