//! The claims of the threat model: what somebody who may do a part can't do.

use std::time::Duration;

use event_record::{REQUEST_LABEL, STATUS_ANNOTATION};
use serde_json::{Value, json};

use crate::support::log::Failure;
use crate::support::relay::Relay;
use crate::support::{apply, events, kubectl, told, wait, wait_for};
use crate::{Log, Place};

const RULE: &str = "corporate-proxy";

fn one(object: &str, count: i64) -> (String, i64) {
    (object.to_owned(), count)
}

fn is(relay: &Relay, name: &str, expected: f64) {
    let found = wait_for(Duration::from_mins(2), || {
        ((relay.metric(name) - expected).abs() < 0.1).then_some(())
    });
    let value = relay.metric(name);
    assert!(found.is_some(), "{name}: {value} instead of {expected}");
}

const ON_NOTHING: &str = "event_relay_records_unconfirmed_total{on=\"nothing\"";
const ON_WORKLOAD: &str = "event_relay_records_unconfirmed_total{on=\"workload\"";

/// Another policy prints whole lines of the confirmed policy's record: of pods and workloads that are
/// not there, in a namespace that it has nothing to do with.
#[tokio::test]
async fn a_printed_line_makes_no_event() {
    let place = Place::new().await;
    let mut log = Log::new();
    place.policy_server("policy-server", log.path()).await;
    let web = place.replica_set("web");
    let [version, kind, name, _] = web.each_ref().map(String::as_str);
    let relay = place.confirming(place.account.kubeconfig(), &[]);
    let forged = [
        Failure::new("kube-system", "r-1").of_pod("coredns"),
        Failure::new("kube-system", "r-2").of(["apps/v1", "ReplicaSet", "coredns-1", "u-1"]),
        Failure::new("kube-system", "r-3"),
        Failure::new(&place.team, "r-4"),
        Failure::new(&place.team, "r-5").of([version, kind, name, "another-uid"]),
        Failure::new(&place.team, "r-6").of(["apps/v1", "StatefulSet", "db", "u-1"]),
    ];
    for failure in &forged {
        log.write(failure);
    }
    is(&relay, ON_NOTHING, 6.0);
    is(&relay, "event_relay_failures_total", 0.0);
    assert!(relay.terminate().0.success());
    assert!(events(place.cluster, "kube-system").is_empty());
    place.tells(&[]);
}

/// Who knows the uid of a `ReplicaSet` can have its Deployment told of, marked, and apart from what is
/// confirmed. A rejected pod is told of in the same way.
#[tokio::test]
async fn what_no_pod_confirms_is_marked_on_its_workload() {
    let place = Place::new().await;
    let mut log = Log::new();
    place.policy_server("policy-server", log.path()).await;
    let web = place.replica_set("web");
    let relay = place.confirming(place.account.kubeconfig(), &[]);
    for n in 0..3 {
        let failure = Failure::new(&place.team, &format!("r-{n}"));
        log.write(&failure.of(web.each_ref().map(String::as_str)));
    }
    place.stamped("web-9", "r-9", &[RULE], Some(&web));
    let expected = [
        one("Deployment/web", 1),
        one("Deployment/web", 3),
        one("Pod/web-9", 1),
    ];
    place.settles(&expected);
    is(&relay, ON_WORKLOAD, 3.0);
    is(&relay, "event_relay_failures_total", 1.0);
    assert!(relay.terminate().0.success());
    for event in events(place.cluster, &place.team) {
        let message = event["message"].as_str().unwrap_or_default();
        let marked = message.starts_with("(unconfirmed) ");
        assert_eq!(marked, event["count"] == 3, "{event}");
    }
    place.tells(&expected);
}

/// A record that says more of a stamped pod than its stamp does.
#[tokio::test]
async fn a_record_that_the_stamp_contradicts_is_refused() {
    let place = Place::new().await;
    let mut log = Log::new();
    place.policy_server("policy-server", log.path()).await;
    let web = place.replica_set("web");
    let relay = place.confirming(place.account.kubeconfig(), &[]);
    place.stamped("web-1", "r-1", &[RULE], Some(&web));
    let owner = web.each_ref().map(String::as_str);
    log.write(&Failure::new(&place.team, "r-1").of(owner).rule("forged"));
    is(
        &relay,
        "event_relay_records_refused_total{cause=\"stamp\"",
        1.0,
    );
    let expected = [one("Deployment/web", 1), one("Pod/web-1", 1)];
    place.settles(&expected);
    assert!(relay.terminate().0.success());
    place.tells(&expected);
}

/// A tenant writes a stamp on a pod that is there already, with all that belongs to it.
#[tokio::test]
async fn a_stamp_that_was_written_later_is_nothing() {
    let place = Place::new().await;
    let pod = json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "late"},
        "spec": {"containers": [{"name": "app", "image": "example.com/app:1"}]},
    });
    apply(place.cluster, &place.team, &pod);
    place.stamped("early", "r-early", &[RULE], None);
    std::thread::sleep(Duration::from_secs(63));
    let status =
        json!({"failed": [{"rule": RULE, "reason": "InjectionConflict", "message": "forged"}]});
    let patch = json!({"metadata": {
        "labels": {REQUEST_LABEL: "r-late"}, "annotations": {STATUS_ANNOTATION: status.to_string()},
    }});
    let relay = place.confirming(place.account.kubeconfig(), &["--no-logs"]);
    let patch = patch.to_string();
    let write = |pod: &str| {
        kubectl(
            place.cluster,
            &["patch", "pod", pod, "-n", &place.team, "-p", &patch],
        );
    };
    write("late");
    place.settles(&[one("Pod/early", 1)]);
    // Nor does another relay, which lists the pods as they are now.
    assert!(relay.terminate().0.success());
    let relay = place.confirming(place.account.kubeconfig(), &["--no-logs"]);
    std::thread::sleep(Duration::from_secs(5));
    is(&relay, "event_relay_stamps_found_total", 1.0);
    assert!(relay.terminate().0.success());
    place.tells(&[one("Pod/early", 1)]);
}

/// A tenant who may edit Events writes into that of a workload. What fails later is told of, in the
/// metrics from the first on.
#[tokio::test]
async fn an_event_that_a_tenant_has_written_silences_nothing() {
    let place = Place::new().await;
    let web = place.replica_set("web");
    let relay = place.confirming(place.account.kubeconfig(), &["--no-logs"]);
    place.stamped("web-0", "r-0", &[RULE], Some(&web));
    place.settles(&[one("Deployment/web", 1), one("Pod/web-0", 1)]);
    let name = |events: &[Value]| {
        let event = events
            .iter()
            .find(|event| event["involvedObject"]["kind"] == "Deployment");
        event.map(|event| {
            event["metadata"]["name"]
                .as_str()
                .unwrap_or_default()
                .to_owned()
        })
    };
    let name = name(&events(place.cluster, &place.team)).expect("it is there");
    // A memory of a far future, in the relay's own form.
    let far = [[0x7e_u8; 8], [0x7e; 8]].concat();
    let memory = [&[2_u8][..], &far, &[0], &[0x7e; 8], &[0], &[1], &[0x7e; 8]].concat();
    let memory = {
        use base64::Engine;
        base64::engine::general_purpose::STANDARD_NO_PAD.encode(memory)
    };
    for (count, times) in [
        (i64::from(i32::MAX), "2099-01-01T00:00:00Z"),
        (-1, "1999-01-01T00:00:00Z"),
    ] {
        let forged = json!({
            "count": count, "firstTimestamp": times, "lastTimestamp": times,
            "metadata": {"annotations": {"pod-injector.kubewarden.io/counted": memory}},
        });
        let forged = forged.to_string();
        let patch = [
            "patch",
            "event",
            &name,
            "-n",
            &place.team,
            "--type=merge",
            "-p",
            &forged,
        ];
        kubectl(place.cluster, &patch);
        std::thread::sleep(Duration::from_secs(2));
        let request = format!("r{count}");
        place.stamped(&format!("web{count}"), &request, &[RULE], Some(&web));
        wait("the Event to tell the present", || {
            let events = events(place.cluster, &place.team);
            let event = events
                .iter()
                .find(|event| event["metadata"]["name"] == name.as_str())?;
            let last = event["lastTimestamp"].as_str()?;
            let now = k8s_openapi::jiff::Timestamp::now().to_string();
            (last[..4] == now[..4] && event["count"].as_i64()? > 0).then_some(())
        });
    }
    is(&relay, "event_relay_failures_total", 3.0);
    assert!(relay.terminate().0.success());
    let told = told(&events(place.cluster, &place.team));
    assert!(told.contains(&one("Pod/web-1", 1)), "{told:?}");
}
