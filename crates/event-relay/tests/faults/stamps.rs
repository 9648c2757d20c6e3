//! Stamped pods: they confirm records, and speak for themselves where no record comes.

use std::time::Duration;

use serde_json::json;

use crate::support::log::Failure;
use crate::support::place::stamped;
use crate::support::proxy::{Fault, Proxy, Step};
use crate::support::{apply, wait};
use crate::{Log, Place};

const RULE: &str = "corporate-proxy";

fn one(object: &str, count: i64) -> (String, i64) {
    (object.to_owned(), count)
}

/// The failure that a record tells of, of a pod that this made.
fn record(place: &Place, request: &str, owner: &[String; 4]) -> Failure {
    Failure::new(&place.team, request).of(owner.each_ref().map(String::as_str))
}

/// Each failure is told of by a record and by a stamp, in either order, or by the stamp alone.
#[tokio::test]
async fn a_record_and_a_stamp_are_one_failure() {
    let place = Place::new().await;
    let mut log = Log::new();
    place.policy_server("policy-server", log.path()).await;
    let web = place.replica_set("web");
    let relay = place.confirming(place.account.kubeconfig(), &[]);
    relay.wait_for_log("reading a policy-server's log");
    // The record first.
    log.write(&record(&place, "r-1", &web));
    std::thread::sleep(Duration::from_secs(1));
    place.stamped("web-1", "r-1", &[RULE], Some(&web));
    // The stamp first.
    place.stamped("web-2", "r-2", &[RULE], Some(&web));
    std::thread::sleep(Duration::from_secs(1));
    log.write(&record(&place, "r-2", &web));
    // The stamp alone, of two rules. And the record once more.
    place.stamped("web-3", "r-3", &[RULE, "other"], Some(&web));
    log.write(&record(&place, "r-1", &web));
    let expected = [
        one("Deployment/web", 3),
        one("Deployment/web", 1),
        one("Pod/web-1", 1),
        one("Pod/web-2", 1),
        one("Pod/web-3", 1),
        one("Pod/web-3", 1),
    ];
    place.settles(&expected);
    let is = |name: &str, expected: f64| {
        let value = relay.metric(name);
        assert!((value - expected).abs() < 0.1, "{name}: {value}");
    };
    is("event_relay_failures_total", 4.0);
    is("event_relay_stamps_found_total", 2.0);
    is("event_relay_records_unconfirmed_total", 0.0);
    // A record that comes late is known.
    log.write(&record(&place, "r-3", &web));
    wait("the late record", || {
        (relay.metric("event_relay_records_known_total") > 1.5).then_some(())
    });
    assert!(relay.terminate().0.success());
    // Another relay counts nothing again.
    let relay = place.confirming(place.account.kubeconfig(), &[]);
    wait("all failures", || {
        (relay.metric("event_relay_records_known_total") > 3.5).then_some(())
    });
    std::thread::sleep(Duration::from_secs(2));
    assert!(relay.terminate().0.success());
    place.tells(&expected);
}

/// No log is read, and none may be.
#[tokio::test]
async fn stamps_alone_with_logs_switched_off() {
    let place = Place::new().await;
    let proxy = Proxy::start(&place.account);
    let web = place.replica_set("web");
    place.stamped("web-0", "r-0", &[RULE], Some(&web));
    let relay = place.confirming(proxy.kubeconfig(), &["--no-logs"]);
    place.settles(&[one("Deployment/web", 1), one("Pod/web-0", 1)]);
    for n in 1..20 {
        place.stamped(&format!("web-{n}"), &format!("r-{n}"), &[RULE], Some(&web));
    }
    let mut expected: Vec<_> = (0..10).map(|n| one(&format!("Pod/web-{n}"), 1)).collect();
    expected.push(one("Deployment/web", 20));
    place.settles(&expected);
    assert!(relay.terminate().0.success());
    let seen = proxy.seen();
    let logs = seen.iter().filter(|seen| {
        matches!(
            seen.step,
            Step::Log | Step::ListServers | Step::WatchServers
        )
    });
    assert_eq!(logs.count(), 0);
    let pods = seen.iter().filter(|seen| seen.step == Step::Stamps);
    let lists = pods.filter(|seen| !seen.path.contains("watch="));
    assert_eq!(lists.count(), 1, "one list, at the start");
    place.tells(&expected);
}

/// Pods that came while no relay ran, of many seconds and in the order of their names: not one is
/// taken for known because a younger one was counted first.
#[tokio::test]
async fn stamps_of_a_time_without_a_relay() {
    let place = Place::new().await;
    let web = place.replica_set("web");
    let relay = place.confirming(place.account.kubeconfig(), &["--no-logs"]);
    place.stamped("web-first", "r-first", &["counted"], Some(&web));
    place.settles(&[one("Deployment/web", 1), one("Pod/web-first", 1)]);
    assert!(relay.terminate().0.success());
    // Their names run against their ages.
    for n in (0..40).rev() {
        let items: Vec<_> = (0..20)
            .map(|m| {
                stamped(
                    &format!("web-{n:02}-{m}"),
                    &format!("r-{n}-{m}"),
                    &[RULE],
                    Some(&web),
                )
            })
            .collect();
        apply(
            place.cluster,
            &place.team,
            &json!({"apiVersion": "v1", "kind": "List", "items": items}),
        );
        std::thread::sleep(Duration::from_millis(1500));
    }
    let relay = place.confirming(place.account.kubeconfig(), &["--no-logs"]);
    wait("all failures", || {
        let told = crate::told(&crate::events(place.cluster, &place.team));
        told.contains(&one("Deployment/web", 800)).then_some(())
    });
    assert!(relay.terminate().0.success());
    let told = crate::told(&crate::events(place.cluster, &place.team));
    assert!(told.contains(&one("Deployment/web", 800)), "{told:?}");
    let pods = told.iter().filter(|(object, _)| object.starts_with("Pod/"));
    assert_eq!(pods.count(), 11);
}

/// The watch breaks off, again and again, and its place in the cluster's history is lost.
#[tokio::test]
async fn a_watch_that_breaks() {
    let place = Place::new().await;
    let proxy = Proxy::start(&place.account);
    let web = place.replica_set("web");
    let mut times = 0;
    proxy.rule(move |seen| {
        if seen.step != Step::Stamps || !seen.path.contains("watch=") {
            return Fault::None;
        }
        times += 1;
        match times {
            1..4 => Fault::Cut(times * 1500),
            4 => Fault::Answer {
                code: 410,
                retry_after: None,
                body: crate::answers::status(410, "Expired", "too old resource version"),
            },
            5 => Fault::LoseRequest,
            _ => Fault::None,
        }
    });
    let relay = place.confirming(proxy.kubeconfig(), &["--no-logs"]);
    for n in 0..40 {
        place.stamped(&format!("web-{n}"), &format!("r-{n}"), &[RULE], Some(&web));
        std::thread::sleep(Duration::from_millis(200));
    }
    let mut expected: Vec<_> = (0..10).map(|n| one(&format!("Pod/web-{n}"), 1)).collect();
    expected.push(one("Deployment/web", 40));
    place.settles(&expected);
    assert!(proxy.faults() >= 5, "{} faults", proxy.faults());
    assert!(relay.terminate().0.success());
    place.tells(&expected);
}
