//! Logs that can't be read, that have ended, or that were rotated away.

use std::fs;
use std::io::Write;
use std::time::Duration;

use serde_json::json;

use crate::answers::answer;
use crate::support::proxy::{Fault, Proxy, Step};
use crate::support::relay::Relay;
use crate::support::{kubectl, wait};
use crate::{Log, Place};

fn db(count: i64) -> Vec<(String, i64)> {
    vec![("StatefulSet/db".to_owned(), count)]
}

/// Writes failures to a log.
fn write(place: &Place, log: &mut Log, requests: std::ops::Range<u32>) {
    for n in requests {
        log.write(&place.failure("db", &format!("r-{n}")));
    }
}

/// How many logs are to be read, and how many are.
fn sources(relay: &Relay) -> (bool, bool) {
    let is_one = |name: &str| (relay.metric(name) - 1.0).abs() < 0.1;
    (
        is_one("event_relay_sources_wanted "),
        is_one("event_relay_sources "),
    )
}

fn logs_opened(proxy: &Proxy) -> usize {
    let seen = proxy.seen();
    seen.iter().filter(|seen| seen.step == Step::Log).count()
}

/// Tells the cluster how the policy-server's container is.
fn status(place: &Place, restarts: u32, state: &serde_json::Value) {
    let now = json!({"status": {"containerStatuses": [{
        "name": "policy-server", "restartCount": restarts, "containerID": format!("test://{restarts}"),
        "ready": false, "image": "example.com/server:1", "imageID": "", "state": state,
    }]}});
    let now = now.to_string();
    let status = ["--subresource=status", "--type=merge", "-p", &now];
    let patch = ["patch", "pod", "policy-server", "-n", &place.servers];
    kubectl(place.cluster, &[&patch[..], &status].concat());
}

/// A container that has ended: its log is read to its end, and then left alone until the container is
/// started again.
#[tokio::test]
async fn a_container_that_has_ended_is_left_alone() {
    let place = Place::new().await;
    let proxy = Proxy::start(&place.account);
    let mut log = Log::new();
    place.policy_server("policy-server", log.path()).await;
    let relay = place.relay(proxy.kubeconfig(), "relay");
    write(&place, &mut log, 0..10);
    place.settles(&db(10));
    status(
        &place,
        0,
        &json!({"terminated": {"exitCode": 1, "reason": "Error"}}),
    );
    // A stream of a container that has ended ends at once.
    proxy.rule(|seen| {
        if seen.step == Step::Log {
            Fault::Answer {
                code: 200,
                retry_after: None,
                body: String::new(),
            }
        } else {
            Fault::None
        }
    });
    proxy.end_logs();
    std::thread::sleep(Duration::from_secs(2));
    let before = logs_opened(&proxy);
    std::thread::sleep(Duration::from_secs(8));
    let opened = logs_opened(&proxy) - before;
    assert!(opened == 0, "opened {opened} times in 8 s");
    assert_eq!(sources(&relay), (true, true));
    proxy.pass();
    status(&place, 1, &json!({"running": {}}));
    write(&place, &mut log, 10..20);
    place.settles(&db(20));
    assert!(relay.terminate().0.success());
    place.tells(&db(20));
}

/// The kubelet writes an error where the log should be, with status 200: that is no log.
#[tokio::test]
async fn an_error_text_in_place_of_a_log() {
    let place = Place::new().await;
    let proxy = Proxy::start(&place.account);
    let mut log = Log::new();
    place.policy_server("policy-server", log.path()).await;
    write(&place, &mut log, 0..10);
    proxy.rule(|seen| {
        if seen.step == Step::Log {
            Fault::Answer {
                code: 200,
                retry_after: None,
                body: "failed to create fsnotify watcher: too many open files".to_owned(),
            }
        } else {
            Fault::None
        }
    });
    let relay = place.relay(proxy.kubeconfig(), "relay");
    relay
        .wait_for_log("can't be read: the kubelet gives no log: failed to create fsnotify watcher");
    assert_eq!(sources(&relay), (true, false));
    let opened = logs_opened(&proxy);
    assert!(opened < 12, "opened {opened} times in 15 s");
    proxy.pass();
    place.settles(&db(10));
    relay.wait_for_log("can be read again");
    assert_eq!(sources(&relay), (true, true));
    let last = relay.metric("event_relay_source_last_read_timestamp_seconds");
    assert!(last > 1_700_000_000.0, "{last}");
    assert!(relay.terminate().0.success());
    place.tells(&db(10));
}

/// The answer to the request for a log never begins.
#[tokio::test]
async fn a_log_whose_headers_never_come() {
    let place = Place::new().await;
    let proxy = Proxy::start(&place.account);
    let mut log = Log::new();
    place.policy_server("policy-server", log.path()).await;
    write(&place, &mut log, 0..10);
    proxy.hold(Step::Log, false, "");
    let relay = place.relay(proxy.kubeconfig(), "relay");
    assert_eq!(proxy.wait_held(), Step::Log);
    place.settles(&db(10));
    let unavailable = "event_relay_api_requests_total{operation=\"log\",outcome=\"unavailable\"";
    assert!(relay.metric(unavailable) > 0.5);
    assert!(relay.terminate().0.success());
    place.tells(&db(10));
}

/// While the log can't be read it is rotated, and the last line that was read is gone.
#[tokio::test]
async fn a_log_that_was_rotated_away_while_nobody_read_it() {
    let place = Place::new().await;
    let proxy = Proxy::start(&place.account);
    let mut log = Log::new();
    place.policy_server("policy-server", log.path()).await;
    let relay = place.relay(proxy.kubeconfig(), "relay");
    write(&place, &mut log, 0..10);
    place.settles(&db(10));
    // An ordinary end of a stream is no gap.
    std::thread::sleep(Duration::from_secs(2));
    proxy.end_logs();
    write(&place, &mut log, 10..20);
    place.settles(&db(20));
    assert!(relay.metric("event_relay_log_gaps_total") < 0.5);

    proxy.rule(|seen| {
        if seen.step == Step::Log {
            answer(500, None, "InternalError")
        } else {
            Fault::None
        }
    });
    proxy.end_logs();
    std::thread::sleep(Duration::from_secs(2));
    write(&place, &mut log, 20..30);
    let mut fresh = tempfile::NamedTempFile::new().expect("a file");
    for n in 30..40 {
        let line = place.failure("db", &format!("r-{n}")).kubelet_line();
        fresh.write_all(line.as_bytes()).expect("it is written");
    }
    fs::rename(fresh.path(), log.path()).expect("it is there");
    proxy.pass();
    place.settles(&db(30));
    relay.wait_for_log("does not go on where reading stopped");
    let gaps = wait("the gap", || {
        let gaps = relay.metric("event_relay_log_gaps_total");
        (gaps > 0.5).then_some(gaps)
    });
    assert!((gaps - 1.0).abs() < 0.1, "{gaps}");
    assert!(relay.terminate().0.success());
    place.tells(&db(30));
}
