//! Answers that are not what the relay hoped for.

use std::time::Duration;

use rstest::rstest;
use serde_json::json;

use crate::support::log::Failure;
use crate::support::proxy::{Fault, Proxy, Step};
use crate::support::{apply, kubectl};
use crate::{Log, Place, stdin_relay};

pub(crate) fn answer(code: u16, retry_after: Option<u64>, reason: &str) -> Fault {
    Fault::Answer {
        code,
        retry_after,
        body: status(code, reason, "from the test"),
    }
}

/// A `metav1.Status`.
pub(crate) fn status(code: u16, reason: &str, message: &str) -> String {
    let status = json!({
        "kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code,
        "reason": reason, "message": message,
    });
    status.to_string()
}

/// What an API server that has just been started says to everything.
fn forbidden() -> Fault {
    let message = "events is forbidden: User \"relay\" cannot create resource \"events\"";
    Fault::Answer {
        code: 403,
        retry_after: None,
        body: status(403, "Forbidden", message),
    }
}

pub(crate) const EVENTS: &[Step] = &[
    Step::ReadEvent,
    Step::FirstEvent,
    Step::CountEvent,
    Step::PodEvent,
];
const ALL: &[Step] = &[
    Step::FindOwner,
    Step::FindPod,
    Step::ReadEvent,
    Step::FirstEvent,
    Step::CountEvent,
    Step::PodEvent,
];
pub(crate) const WRITES: &[Step] = &[Step::FirstEvent, Step::CountEvent, Step::PodEvent];

/// Every second request of each kind meets it, at first.
#[rstest]
#[case::throttled(ALL, answer(429, Some(1), "TooManyRequests"))]
#[case::throttled_in_plain_text(ALL, Fault::Answer { code: 429, retry_after: None, body: "Too many requests".to_owned() })]
#[case::busy(ALL, answer(503, Some(1), "ServiceUnavailable"))]
#[case::unavailable(ALL, answer(503, None, "ServiceUnavailable"))]
#[case::internal_error(ALL, answer(500, None, "InternalError"))]
#[case::timeout(ALL, answer(504, None, "Timeout"))]
#[case::token_expired(ALL, answer(401, None, "Unauthorized"))]
#[case::not_allowed_yet(ALL, forbidden())]
#[case::conflict(WRITES, answer(409, None, "Conflict"))]
#[case::slow(EVENTS, Fault::Delay(Duration::from_secs(3)))]
#[case::lost_on_the_way_there(ALL, Fault::LoseRequest)]
#[case::lost_on_the_way_back(ALL, Fault::LoseAnswer)]
#[case::broken_off(ALL, Fault::Cut(30))]
#[tokio::test]
async fn what_goes_wrong_for_a_while_loses_nothing(#[case] steps: &[Step], #[case] fault: Fault) {
    let place = Place::new().await;
    let proxy = Proxy::start(&place.account);
    let (pod, controller) = place.deployments(&["web".to_owned()]).remove(0);
    let steps = steps.to_vec();
    let mut met: Vec<(Step, u32)> = steps.iter().map(|step| (*step, 0)).collect();
    proxy.rule(move |seen| {
        let Some((_, times)) = met.iter_mut().find(|(step, _)| *step == seen.step) else {
            return Fault::None;
        };
        *times += 1;
        if *times % 2 == 1 && *times < 8 {
            fault.clone()
        } else {
            Fault::None
        }
    });
    let mut relay = stdin_relay(proxy.kubeconfig());
    for wave in 0..5 {
        for n in 0..4 {
            // The first one is of the pod that there is.
            let request = if wave + n == 0 {
                "request-web".to_owned()
            } else {
                format!("{wave}-{n}")
            };
            let failure = Failure::new(&place.team, &request);
            let failure = failure.of(controller.each_ref().map(String::as_str));
            relay.write(&(failure.line() + "\n"));
            let other = place.failure(&format!("db-{n}"), &format!("db-{wave}-{n}"));
            relay.write(&(other.line() + "\n"));
        }
        std::thread::sleep(Duration::from_millis(600));
    }
    assert_eq!(relay.finish().code(), Some(0));
    assert!(proxy.faults() >= 4, "{} faults", proxy.faults());
    let mut expected: Vec<_> = (0..4).map(|n| (format!("StatefulSet/db-{n}"), 5)).collect();
    expected.push(("Deployment/web".to_owned(), 20));
    expected.push((format!("Pod/{pod}"), 1));
    place.tells(&expected);
}

/// `Retry-After` is kept to.
#[tokio::test]
async fn it_waits_as_long_as_it_is_asked_to() {
    let place = Place::new().await;
    let proxy = Proxy::start(&place.account);
    let mut left = 3;
    proxy.rule(move |seen| {
        if !EVENTS.contains(&seen.step) {
            return Fault::None;
        }
        left -= 1;
        if left < 0 {
            return Fault::None;
        }
        answer(429, Some(3), "TooManyRequests")
    });
    let mut relay = stdin_relay(proxy.kubeconfig());
    relay.write(&(place.failure("db", "r-1").line() + "\n"));
    assert_eq!(relay.finish().code(), Some(0));
    place.tells(&[("StatefulSet/db".to_owned(), 1)]);
    let mut seen = proxy.seen();
    seen.retain(|seen| EVENTS.contains(&seen.step));
    let waits: Vec<Duration> = seen.windows(2).map(|two| two[1].at - two[0].at).collect();
    let waited = waits.iter().take(3);
    assert!(
        waited.clone().all(|wait| wait.as_millis() >= 2900),
        "{waits:?}"
    );
}

/// A namespace that is being deleted takes no Events: nothing is tried again.
#[tokio::test]
async fn a_namespace_that_is_being_deleted() {
    let place = Place::new().await;
    let hold = json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": "hold", "finalizers": ["example.com/hold"]},
    });
    apply(place.cluster, &place.team, &hold);
    let arguments = ["delete", "namespace", &place.team, "--wait=false"];
    kubectl(place.cluster, &arguments);
    let proxy = Proxy::start(&place.account);
    let mut relay = stdin_relay(proxy.kubeconfig());
    relay.write(&(place.failure("db", "r-1").line() + "\n"));
    // Neither do others wait for it.
    let other = place.cluster.namespace("team").await.expect("a namespace");
    let db = ["apps/v1", "StatefulSet", "db", "u-1"];
    relay.write(&(Failure::new(&other, "r-1").of(db).line() + "\n"));
    relay.wait_for_log("records dropped");
    let log = relay.log();
    assert!(log.contains("the namespace is being deleted"), "{log}");
    let dropped = "event_relay_records_dropped_total{cause=\"namespace_terminating\"";
    assert!((relay.metric(dropped) - 1.0).abs() < 0.1);
    std::thread::sleep(Duration::from_secs(3));
    assert_eq!(relay.finish().code(), Some(3));
    let tries = proxy.seen();
    let tries = tries.iter().filter(|seen| seen.path.contains(&place.team));
    assert_eq!(tries.count(), 2, "one look, one try");
    place.tells(&[]);
    let told = crate::told(&crate::events(place.cluster, &other));
    assert_eq!(told, [("StatefulSet/db".to_owned(), 1)]);
    let release = r#"{"metadata":{"finalizers":null}}"#;
    let arguments = [
        "patch",
        "configmap",
        "hold",
        "-n",
        &place.team,
        "-p",
        release,
    ];
    kubectl(place.cluster, &arguments);
}

/// A write whose answer is lost was carried out: the failure is counted once in the cluster, and once
/// in the metrics.
#[tokio::test]
async fn a_lost_answers_failure_is_counted_in_the_metrics() {
    let place = Place::new().await;
    let proxy = Proxy::start(&place.account);
    let mut lost: Vec<Step> = Vec::new();
    proxy.rule(move |seen| {
        if WRITES.contains(&seen.step) && !lost.contains(&seen.step) {
            lost.push(seen.step);
            return Fault::LoseAnswer;
        }
        Fault::None
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
        relay.write(&(failure.of_pod("db-0").line() + "\n"));
        place.settles(&[
            ("Pod/bare".to_owned(), 1),
            ("StatefulSet/db".to_owned(), n + 1),
        ]);
    }
    assert_eq!(proxy.faults(), 3);
    let counted = || relay.metric("event_relay_failures_total");
    crate::wait("all failures", || (counted() > 2.5).then_some(()));
    std::thread::sleep(Duration::from_secs(1));
    assert!((counted() - 3.0).abs() < 0.1, "{}", counted());
    assert!(relay.metric("event_relay_records_known_total") < 0.5);
    assert_eq!(relay.finish().code(), Some(0));
    let told = [("Pod/bare".to_owned(), 1), ("StatefulSet/db".to_owned(), 2)];
    place.tells(&told);
}

/// The permission that is missing is named; when it is given, everything is made up for.
#[tokio::test]
async fn logs_that_may_not_be_read_yet() {
    let place = Place::new().await;
    let mut log = Log::new();
    place.policy_server("policy-server", log.path()).await;
    for n in 0..50 {
        log.write(&place.failure("db", &format!("r-{n}")));
    }
    let role = |verb: &str| {
        let patch = json!([{"op": "replace", "path": "/rules/1/verbs", "value": [verb]}]);
        let patch = patch.to_string();
        let role = ["role", place.servers.as_str(), "-n", &place.servers];
        let arguments = [&["patch"], &role[..], &["--type=json", "-p", &patch]].concat();
        kubectl(place.cluster, &arguments);
    };
    role("deletecollection");
    let relay = place.relay(place.account.kubeconfig(), "relay");
    relay.wait_for_log("a permission is missing");
    let told = relay.log();
    assert!(
        told.contains("cannot get resource") && told.contains("pods/log"),
        "{told}"
    );
    let refused = "event_relay_api_requests_total{operation=\"log\",outcome=\"forbidden\"";
    assert!(relay.metric(refused) > 0.5);
    assert!(relay.metric("event_relay_sources ") < 0.5);
    role("get");
    place.settles(&[("StatefulSet/db".to_owned(), 50)]);
    assert!(relay.metric("event_relay_sources ") > 0.5);
    assert!(relay.terminate().0.success());
    place.tells(&[("StatefulSet/db".to_owned(), 50)]);
}
