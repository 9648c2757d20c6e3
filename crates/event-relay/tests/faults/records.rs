//! Records that come often, all at once, late, or in another shape; and pods that come and go.

use std::time::Duration;

use serde_json::{Value, json};
use test_cluster::{Cluster, Shared};

use crate::support::log::Failure;
use crate::support::proxy::{Fault, Proxy, Step};
use crate::support::relay::Relay;
use crate::support::{apply, kubectl, wait};
use crate::{Place, REQUEST_LABEL, stdin_relay};

fn one(object: &str, count: i64) -> (String, i64) {
    (object.to_owned(), count)
}

fn pod(name: &str, labels: &Value) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "labels": labels},
        "spec": {"containers": [{"name": "app", "image": "example.com/app:1"}]},
    })
}

fn delete(place: &Place, name: &str) {
    let now = ["--grace-period=0", "--force"];
    let arguments = [&["delete", "pod", name, "-n", &place.team], &now[..]].concat();
    kubectl(place.cluster, &arguments);
}

#[tokio::test]
async fn the_same_line_ten_times() {
    let place = Place::new().await;
    apply(place.cluster, &place.team, &pod("db-0", &json!({})));
    let line = |n: u32| {
        let failure = place.failure("db", &format!("r-{n}"));
        failure.of_pod(&format!("db-{n}")).line() + "\n"
    };
    let mut lines: Vec<String> = (0..200)
        .flat_map(|n| std::iter::repeat_n(line(n), 10))
        .collect();
    fastrand::Rng::with_seed(5).shuffle(&mut lines[10..]);
    let mut relay = stdin_relay(place.account.kubeconfig());
    for part in lines.chunks(500) {
        relay.write(&part.concat());
        std::thread::sleep(Duration::from_millis(700));
    }
    assert_eq!(relay.finish().code(), Some(0));
    place.tells(&[one("StatefulSet/db", 200), one("Pod/db-0", 1)]);
}

#[tokio::test]
async fn ten_thousand_at_once() {
    let place = Place::new().await;
    let lines: String = (0..10_000)
        .map(|n| {
            place
                .failure(&format!("db-{}", n % 100), &format!("r-{n}"))
                .line()
                + "\n"
        })
        .collect();
    let mut relay = stdin_relay(place.account.kubeconfig());
    relay.write(&lines);
    assert_eq!(relay.finish().code(), Some(0));
    let expected: Vec<_> = (0..100)
        .map(|n| (format!("StatefulSet/db-{n}"), 100))
        .collect();
    place.tells(&expected);
}

/// The same failures, told by policies and relays of other versions.
#[tokio::test]
async fn records_and_memories_of_other_versions() {
    let place = Place::new().await;
    let newer = |failure: &Failure| {
        let mut event = failure.event();
        event["metadata"]["annotations"]["pod-injector.kubewarden.io/future"] = json!("1");
        event["futureField"] = json!({"a": [1, 2]});
        event["related"]["futureField"] = json!(true);
        changed(failure, &json!({"event": event, "future": {"b": 1}}))
    };
    let older = |failure: &Failure| {
        let mut event = failure.event();
        for field in ["action", "type", "count", "apiVersion", "kind"] {
            event.as_object_mut().expect("an object").remove(field);
        }
        changed(failure, &json!({"event": event}))
    };
    let failures: Vec<Failure> = (0..9)
        .map(|n| place.failure("db", &format!("r-{n}")))
        .collect();
    let mut relay = stdin_relay(place.account.kubeconfig());
    for (n, failure) in failures.iter().enumerate() {
        let line = match n % 3 {
            0 => newer(failure),
            1 => older(failure),
            _ => failure.line(),
        };
        relay.write(&(line + "\n"));
        // And once more in the present version.
        relay.write(&(failure.line() + "\n"));
    }
    assert_eq!(relay.finish().code(), Some(0));
    place.holds(&[one("StatefulSet/db", 9)]);
    // Another version's memory can't be read, but what came before it is known.
    let memory = "pod-injector.kubewarden.io/counted=AgAAAAAA";
    let annotate = ["annotate", "events", "--all", "--overwrite", memory];
    let arguments = [&annotate[..], &["-n", &place.team]].concat();
    kubectl(place.cluster, &arguments);
    let mut relay = stdin_relay(place.account.kubeconfig());
    for failure in &failures {
        relay.write(&(failure.line() + "\n"));
    }
    relay.write(&(place.failure("db", "later").line() + "\n"));
    assert_eq!(relay.finish().code(), Some(0));
    place.tells(&[one("StatefulSet/db", 10)]);
}

/// A failure's line with another payload.
fn changed(failure: &Failure, data: &Value) -> String {
    let mut line: Value = serde_json::from_str(&failure.line()).expect("JSON");
    line["fields"]["data"] = json!(data.to_string());
    line.to_string()
}

#[tokio::test]
async fn a_pod_that_is_gone_before_it_is_looked_for() {
    let place = Place::new().await;
    let label = |request: &str| json!({REQUEST_LABEL: request});
    for (name, request) in [("a", "r-a"), ("db-0", "r-0")] {
        apply(place.cluster, &place.team, &pod(name, &label(request)));
    }
    apply(place.cluster, &place.team, &pod("b", &json!({})));
    delete(&place, "a");
    delete(&place, "db-0");
    // The third goes while the relay's question is on its way.
    let proxy = Proxy::start(&place.account);
    proxy.rule(|seen| {
        if seen.step == Step::FindPod && seen.path.contains("%3Db") {
            Fault::Delay(Duration::from_secs(2))
        } else {
            Fault::None
        }
    });
    let lines: String = [
        Failure::new(&place.team, "r-a"),
        Failure::new(&place.team, "r-b").of_pod("b"),
        place.failure("db", "r-0").of_pod("db-0"),
    ]
    .iter()
    .map(|failure| failure.line() + "\n")
    .collect();
    let mut relay = stdin_relay(proxy.kubeconfig());
    relay.write(&lines);
    wait("the question", || {
        let seen = proxy.seen();
        seen.iter()
            .any(|seen| seen.path.contains("%3Db"))
            .then_some(())
    });
    delete(&place, "b");
    assert_eq!(relay.finish().code(), Some(0));
    let expected = [
        (format!("Namespace/{}", place.team), 2),
        one("StatefulSet/db", 1),
    ];
    place.tells(&expected);
    // Read again, and nobody knows of the pods any more.
    let mut relay = stdin_relay(place.account.kubeconfig());
    relay.write(&lines);
    assert_eq!(relay.finish().code(), Some(0));
    place.tells(&expected);
}

/// The policy-server's clock is a minute ahead of the API server's, or behind it.
#[tokio::test]
async fn clocks_that_are_a_minute_apart() {
    let place = Place::new().await;
    let minute = Duration::from_mins(1);
    let ahead = |failure: Failure| {
        let time = failure.time + minute;
        failure.at(time)
    };
    let behind = |failure: Failure| {
        let time = failure.time - minute;
        failure.at(time)
    };
    let mut lines = String::new();
    let mut relay = stdin_relay(place.account.kubeconfig());
    for (name, request) in [("a", "r-a"), ("b", "r-b")] {
        // The names alone tell which pods they are.
        apply(place.cluster, &place.team, &pod(name, &json!({})));
        let failure = Failure::new(&place.team, request).of_pod(name);
        let failure = if name == "a" {
            ahead(failure)
        } else {
            behind(failure)
        };
        lines += &(failure.line() + "\n");
    }
    for n in 0..3000 {
        let failure = place.failure("db", &format!("r-{n}"));
        // Two servers' lines in one stream.
        let failure = if n % 2 == 0 {
            ahead(failure).by("policy-server-1")
        } else {
            behind(failure).by("policy-server-2")
        };
        lines += &(failure.line() + "\n");
    }
    let expected = [
        one("Pod/a", 1),
        one("Pod/b", 1),
        one("StatefulSet/db", 3000),
    ];
    // In several writes, so that no order is made up by counting them together.
    let parts = |relay: &mut Relay, size: usize| {
        let lines: Vec<&str> = lines.split_inclusive('\n').collect();
        for part in lines.chunks(size) {
            relay.write(&part.concat());
            std::thread::sleep(Duration::from_millis(1200));
        }
    };
    parts(&mut relay, 700);
    assert_eq!(relay.finish().code(), Some(0));
    place.holds(&expected);
    let mut relay = stdin_relay(place.account.kubeconfig());
    parts(&mut relay, 1100);
    assert_eq!(relay.finish().code(), Some(0));
    place.tells(&expected);
}

/// A cluster in which Events expire soon.
static EXPIRING: Shared = Shared::new(|| Cluster::builder().api_server_flag("--event-ttl=8s"));

/// When the failure comes again it is told of again, and counts from one; the old lines don't.
#[tokio::test]
async fn an_event_that_has_expired() {
    let place = Place::within(EXPIRING.get().await).await;
    let line = |n: u32| place.failure("db", &format!("r-{n}")).line() + "\n";
    let old: String = (0..5).map(line).collect();
    let arguments = ["--stdin", "--wait-for-pod", "1s", "--max-age", "7s"];
    let mut relay = Relay::start(place.account.kubeconfig(), &arguments);
    relay.write(&old);
    place.settles(&[one("StatefulSet/db", 5)]);
    place.settles(&[]);
    relay.write(&old);
    relay.write(&(line(5) + &line(6)));
    place.settles(&[one("StatefulSet/db", 2)]);
    place.tells(&[one("StatefulSet/db", 2)]);
    assert_eq!(relay.finish().code(), Some(0));
    // Another one, which remembers nothing.
    let mut relay = Relay::start(place.account.kubeconfig(), &arguments);
    relay.write(&old);
    assert_eq!(relay.finish().code(), Some(0));
    place.settles(&[]);
}
