//! Answers that say no, and answers that hide what was done.

use std::time::Duration;

use rstest::rstest;
use serde_json::{Value, json};

use crate::answers::{EVENTS, WRITES, answer, status};
use crate::support::log::Failure;
use crate::support::proxy::{Fault, Proxy, Step};
use crate::support::{apply, kubectl, wait, wait_for};
use crate::{Place, stdin_relay};

fn one(object: &str, count: i64) -> (String, i64) {
    (object.to_owned(), count)
}

/// Each first write is stored and answered with a time-out. The second try meets what the first has
/// stored: a new failure, and not a known one. No request is made that the metrics don't count.
#[rstest]
#[case::at_once(None)]
#[case::later(Some(1))]
#[tokio::test]
async fn a_write_that_was_stored_but_answered_504_is_a_new_failure(
    #[case] retry_after: Option<u64>,
) {
    let place = Place::new().await;
    let proxy = Proxy::start(&place.account);
    let mut met: Vec<Step> = Vec::new();
    proxy.rule(move |seen| {
        if !WRITES.contains(&seen.step) || met.contains(&seen.step) {
            return Fault::None;
        }
        met.push(seen.step);
        Fault::AnswerInstead {
            code: 504,
            retry_after,
            body: status(504, "Timeout", "request did not complete within the time"),
        }
    });
    let bare = json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "bare"},
        "spec": {"containers": [{"name": "app", "image": "example.com/app:1"}]},
    });
    apply(place.cluster, &place.team, &bare);
    let mut relay = stdin_relay(proxy.kubeconfig());
    let pod = Failure::new(&place.team, "bare").of_pod("bare");
    relay.write(&(pod.line() + "\n"));
    for n in 0..2 {
        let failure = place.failure("db", &format!("r-{n}"));
        relay.write(&(failure.line() + "\n"));
        place.settles(&[one("Pod/bare", 1), one("StatefulSet/db", n + 1)]);
    }
    let counted = || relay.metric("event_relay_failures_total");
    wait("all failures", || (counted() > 2.5).then_some(()));
    assert!((counted() - 3.0).abs() < 0.1, "{}", counted());
    assert!(relay.metric("event_relay_records_known_total") < 0.5);
    assert_eq!(proxy.faults(), 3);
    let made = proxy.seen();
    let made = made.iter().filter(|seen| EVENTS.contains(&seen.step));
    #[expect(clippy::cast_precision_loss, reason = "they are few")]
    let made = made.count() as f64;
    let requests = |operation: &str| {
        let name = "event_relay_api_requests_total{operation=";
        relay.metric(&format!("{name}\"{operation}\""))
    };
    let counted = requests("read") + requests("create") + requests("patch");
    assert!(
        (made - counted).abs() < 0.1,
        "{made} made, {counted} counted"
    );
    assert_eq!(relay.finish().code(), Some(0));
    place.tells(&[one("Pod/bare", 1), one("StatefulSet/db", 2)]);
}

/// Too many requests, with no time to wait: a second. An hour: a minute, and it is told.
#[rstest]
#[case::no_time(None, 1, false)]
#[case::an_hour(Some(3600), 60, true)]
#[tokio::test]
async fn requests_are_held_within_bounds(
    #[case] retry_after: Option<u64>,
    #[case] seconds: u64,
    #[case] told: bool,
) {
    let place = Place::new().await;
    let proxy = Proxy::start(&place.account);
    let mut first = true;
    proxy.rule(move |seen| {
        if EVENTS.contains(&seen.step) && std::mem::take(&mut first) {
            answer(429, retry_after, "TooManyRequests")
        } else {
            Fault::None
        }
    });
    let mut relay = stdin_relay(proxy.kubeconfig());
    relay.write(&(place.failure("db", "r-1").line() + "\n"));
    relay.wait_for_log("trying again");
    if told {
        relay.wait_for_log("asks to wait 3600 s; requests are held for 60 s");
        let held = relay.metric("event_relay_api_hold_seconds");
        assert!((40.0..=60.0).contains(&held), "{held}");
    }
    assert_eq!(relay.finish().code(), Some(0));
    place.tells(&[one("StatefulSet/db", 1)]);
    let mut seen = proxy.seen();
    seen.retain(|seen| EVENTS.contains(&seen.step));
    let held = (seen[1].at - seen[0].at).as_secs_f64();
    let expected = Duration::from_secs(seconds).as_secs_f64();
    assert!((expected - 0.1..expected + 10.0).contains(&held), "{held}");
}

/// A failure that the cluster's own rules keep from being told of: dropped, with the rule's name, and
/// nothing is said of permissions.
fn is_refused(place: &Place, proxy: &Proxy, cause: &str, words: &str) {
    let mut relay = stdin_relay(proxy.kubeconfig());
    relay.write(&(place.failure("db", "r-1").line() + "\n"));
    relay.wait_for_log(words);
    let dropped = format!("event_relay_records_dropped_total{{cause=\"{cause}\"");
    assert!((relay.metric(&dropped) - 1.0).abs() < 0.1);
    let forbidden = "event_relay_api_requests_total{operation=\"create\",outcome=\"forbidden\"";
    assert!(relay.metric(forbidden) < 0.5);
    let log = relay.log();
    assert!(!log.contains("permission"), "{log}");
    assert_eq!(relay.finish().code(), Some(3));
    let creates = proxy.seen();
    let creates = creates.iter().filter(|seen| WRITES.contains(&seen.step));
    assert_eq!(creates.count(), 1, "it is tried once");
    place.tells(&[]);
}

/// Kubernetes' own quotas don't count Events, but others answer in the same words.
#[tokio::test]
async fn a_quota_is_named_as_such() {
    let place = Place::new().await;
    let proxy = Proxy::start(&place.account);
    proxy.rule(|seen| {
        let message = "events \"x\" is forbidden: exceeded quota: few, requested: count/events=1, \
                       used: count/events=9, limited: count/events=9";
        if seen.step == Step::FirstEvent {
            Fault::Answer {
                code: 403,
                retry_after: None,
                body: status(403, "Forbidden", message),
            }
        } else {
            Fault::None
        }
    });
    is_refused(&place, &proxy, "quota", "refused by a ResourceQuota");
}

#[tokio::test]
async fn a_policy_of_the_cluster_is_named_as_such() {
    let place = Place::new().await;
    let name = format!("no-events-in-{}", place.team);
    let rules = json!([{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["events"]}]);
    let namespace = json!({"kubernetes.io/metadata.name": place.team});
    let of = |kind: &str, spec: Value| json!({"apiVersion": "admissionregistration.k8s.io/v1", "kind": kind, "metadata": {"name": name}, "spec": spec});
    let objects = [
        of(
            "ValidatingAdmissionPolicy",
            json!({
                "matchConstraints": {"namespaceSelector": {"matchLabels": namespace}, "resourceRules": rules},
                "validations": [{"expression": "false", "message": "no Events here", "reason": "Forbidden"}],
            }),
        ),
        of(
            "ValidatingAdmissionPolicyBinding",
            json!({"policyName": name, "validationActions": ["Deny"]}),
        ),
    ];
    for object in &objects {
        apply(place.cluster, &place.team, object);
    }
    let event = json!({
        "apiVersion": "v1", "kind": "Event", "metadata": {"generateName": "try-", "namespace": place.team},
        "involvedObject": {"kind": "Pod", "name": "x", "namespace": place.team}, "reason": "Try",
    });
    let event_file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(event_file.path(), event.to_string()).expect("it is written");
    let held = wait_for(Duration::from_mins(1), || {
        let mut command = place.cluster.kubectl().expect("kubectl");
        command
            .args(["create", "--dry-run=server", "-f"])
            .arg(event_file.path());
        let output = command.output().expect("kubectl starts");
        (!output.status.success()).then_some(())
    });
    assert!(held.is_some(), "the policy never holds");
    let proxy = Proxy::start(&place.account);
    is_refused(&place, &proxy, "denied", "no Events here");
    let arguments = [
        "delete",
        "validatingadmissionpolicy,validatingadmissionpolicybinding",
    ];
    kubectl(place.cluster, &[&arguments[..], &[&name]].concat());
}
