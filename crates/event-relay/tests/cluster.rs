//! The relay against a real control plane.

mod support;

use event_record::{REQUEST_LABEL, STATUS_ANNOTATION};
use serde_json::{Value, json};
use support::log::Failure;
use support::place::{Log, Place, stdin_relay};
use support::relay::Relay;
use support::{apply, events, kubectl, told, wait};
use test_cluster::{Cluster, Shared};

static CLUSTER: Shared = Shared::new(|| Cluster::builder().workloads());

impl Place {
    async fn new() -> Self {
        Self::within(CLUSTER.get().await).await
    }
}

/// What a pod of a workload is made from; it carries the stamp of an admission.
fn template(request: &str) -> Value {
    json!({
        "metadata": {"labels": {"app": "web", REQUEST_LABEL: request}},
        "spec": {"containers": [{"name": "app", "image": "example.com/app:1"}]},
    })
}

fn deployment(name: &str, request: &str) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name},
        "spec": {"selector": {"matchLabels": {"app": "web"}}, "template": template(request)},
    })
}

/// The first pod of a namespace: its name, and its controller as the policy would name it.
fn pod_and_controller(cluster: &Cluster, namespace: &str) -> (String, [String; 4]) {
    wait("a pod", || {
        let json = kubectl(cluster, &["get", "pods", "-n", namespace, "-o", "json"]);
        let list: Value = serde_json::from_str(&json).expect("JSON");
        let pod = list["items"].get(0)?;
        let owner = &pod["metadata"]["ownerReferences"][0];
        let controller = ["apiVersion", "kind", "name", "uid"]
            .map(|key| owner[key].as_str().unwrap_or_default().to_owned());
        Some((pod["metadata"]["name"].as_str()?.to_owned(), controller))
    })
}

#[tokio::test]
async fn an_operator_sees_the_failure_where_they_look() {
    let place = Place::new().await;
    let Place { cluster, team, .. } = &place;
    let mut log = Log::new();
    place
        .policy_server("policy-server-default", log.path())
        .await;
    let relay = place.relay(place.account.kubeconfig(), "relay-1");
    relay.wait_for_log("reading a policy-server's log");

    apply(cluster, team, &deployment("web", "request-1"));
    let (pod, controller) = pod_and_controller(cluster, team);
    log.write(&Failure::new(team, "request-1").of(controller.each_ref().map(String::as_str)));

    let found = wait("both Events", || {
        let events = events(cluster, team);
        (events.len() == 2).then_some(events)
    });
    assert_eq!(
        told(&found),
        [("Deployment/web".to_owned(), 1), (format!("Pod/{pod}"), 1)]
    );
    for (kind, name) in [("pod", pod.as_str()), ("deployment", "web")] {
        let described = kubectl(cluster, &["describe", kind, name, "-n", team]);
        let (_, table) = described.split_once("Events:").expect("it has Events");
        assert!(table.contains("InjectionConflict"), "{described}");
        assert!(table.contains("pod-injector"), "{described}");
        assert!(
            table.contains("env HTTP_PROXY of container \"app\" is already set"),
            "{described}"
        );
    }
    let of_pod = kubectl(
        cluster,
        &["events", "-n", team, "--for", &format!("pod/{pod}")],
    );
    assert!(of_pod.contains("InjectionConflict"), "{of_pod}");
    assert_eq!(found[0]["reportingInstance"], "relay-1");

    assert!(relay.metric("event_relay_failures_total") >= 1.0);
    assert!(relay.get("/readyz").starts_with("HTTP/1.1 200"));
    let (status, took) = relay.terminate();
    assert!(status.success(), "{status}");
    assert!(took.as_secs() < 5, "{took:?}");
}

/// A line read again, by the same relay or by another one, changes nothing.
#[tokio::test]
async fn counts_are_exact_over_replays() {
    let Place {
        cluster,
        team,
        account,
        ..
    } = Place::new().await;
    apply(
        cluster,
        &team,
        &json!({
            "apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "db"},
            "spec": {"selector": {"matchLabels": {"app": "web"}}, "template": template("request-0"), "serviceName": "db"},
        }),
    );
    let (pod, controller) = pod_and_controller(cluster, &team);
    let lines: Vec<String> = (0..2000)
        .map(|n| {
            let failure = Failure::new(&team, &format!("request-{n}"))
                .of(controller.each_ref().map(String::as_str));
            // The one that there is, and others that never come to be.
            let name = if n == 0 {
                pod.clone()
            } else {
                format!("db-{n}")
            };
            failure.of_pod(&name).line() + "\n"
        })
        .collect();
    let arguments = ["--stdin", "--wait-for-pod", "1s"];
    for part in [&lines[..1200], &lines[..], &lines[500..]] {
        let mut relay = Relay::start(account.kubeconfig(), &arguments);
        for line in part {
            relay.write(line);
        }
        assert_eq!(relay.finish().code(), Some(0));
    }
    let expected = [
        ("Pod/db-0".to_owned(), 1),
        ("StatefulSet/db".to_owned(), 2000),
    ];
    assert_eq!(told(&events(cluster, &team)), expected);
}

/// Two replicas that both believe to be the one: the same lines, at the same time.
#[tokio::test]
async fn two_relays_at_once_count_each_failure_once() {
    let Place {
        cluster,
        team,
        account,
        ..
    } = Place::new().await;
    let web = ["apps/v1", "StatefulSet", "gone", "u-1"];
    let mut relays = [
        stdin_relay(account.kubeconfig()),
        stdin_relay(account.kubeconfig()),
    ];
    for n in 0..60 {
        for m in 0..50 {
            let line = Failure::new(&team, &format!("request-{n}-{m}"))
                .of(web)
                .line()
                + "\n";
            for relay in &mut relays {
                relay.write(&line);
            }
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    let mut conflicts = 0.0;
    for relay in relays {
        conflicts += relay.metric("event_relay_retries_total{cause=\"conflict\"");
        assert_eq!(relay.finish().code(), Some(0));
    }
    assert!(conflicts > 0.0, "they never met");
    assert_eq!(
        told(&events(cluster, &team)),
        [("StatefulSet/gone".to_owned(), 3000)]
    );
}

/// Where operators look: the topmost controller.
#[tokio::test]
async fn every_workload_shows_its_failures() {
    let Place {
        cluster, account, ..
    } = Place::new().await;
    let mut relay = stdin_relay(account.kubeconfig());
    let selector = json!({"matchLabels": {"app": "web"}});
    let job = |request: &str| {
        let mut template = template(request);
        template["spec"]["restartPolicy"] = json!("Never");
        template
    };
    let workloads = [
        (
            "apps/v1",
            "DaemonSet",
            json!({"selector": selector, "template": template("r")}),
        ),
        (
            "apps/v1",
            "ReplicaSet",
            json!({"selector": selector, "template": template("r")}),
        ),
        (
            "apps/v1",
            "StatefulSet",
            json!({"selector": selector, "template": template("r"), "serviceName": "w"}),
        ),
        ("batch/v1", "Job", json!({"template": job("r")})),
        (
            "batch/v1",
            "CronJob",
            json!({"schedule": "0 0 1 1 *", "jobTemplate": {"spec": {"template": job("r")}}}),
        ),
    ];
    let mut namespaces = Vec::new();
    for (version, kind, spec) in &workloads {
        let team = cluster.namespace("team").await.expect("a namespace");
        apply(
            cluster,
            &team,
            &json!({"apiVersion": version, "kind": kind, "metadata": {"name": "w"}, "spec": spec}),
        );
        if *kind == "CronJob" {
            kubectl(
                cluster,
                &["create", "job", "w-1", "--from=cronjob/w", "-n", &team],
            );
        }
        let (pod, controller) = pod_and_controller(cluster, &team);
        let failure = Failure::new(&team, "r").of(controller.each_ref().map(String::as_str));
        // A StatefulSet's pod has its name already.
        let failure = if *kind == "StatefulSet" {
            failure.of_pod(&pod)
        } else {
            failure
        };
        relay.write(&(failure.line() + "\n"));
        namespaces.push((*kind, team, pod));
    }
    assert_eq!(relay.finish().code(), Some(0));
    for (kind, team, pod) in namespaces {
        let mut expected = [(format!("{kind}/w"), 1), (format!("Pod/{pod}"), 1)];
        expected.sort();
        assert_eq!(told(&events(cluster, &team)), expected);
        let described = kubectl(cluster, &["describe", kind, "w", "-n", &team]);
        let (_, table) = described.split_once("Events:").expect("it has Events");
        assert!(table.contains("InjectionConflict"), "{described}");
    }
}

/// A pod without a workload, found by its stamp or its name; and pods that never came to be.
#[tokio::test]
async fn a_bare_pods_failure_is_told_on_the_pod_or_else_on_the_namespace() {
    let Place {
        cluster,
        team,
        account,
        ..
    } = Place::new().await;
    let pod = |name: &str, labels: Value| {
        json!({
            "apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "labels": labels},
            "spec": {"containers": [{"name": "app", "image": "example.com/app:1"}]},
        })
    };
    let lines: String = [
        Failure::new(&team, "stamped"),
        Failure::new(&team, "named").of_pod("b"),
        Failure::new(&team, "another").of_pod("c"),
        Failure::new(&team, "rejected-1"),
        Failure::new(&team, "rejected-2"),
    ]
    .iter()
    .map(|failure| failure.line() + "\n")
    .collect();
    let mut relay = stdin_relay(account.kubeconfig());
    relay.write(&lines);
    // They appear only now; one of them is of another admission.
    let pods = [
        pod("a", json!({REQUEST_LABEL: "stamped"})),
        pod("b", json!({})),
        pod("c", json!({REQUEST_LABEL: "earlier"})),
    ];
    let list = json!({"apiVersion": "v1", "kind": "List", "items": pods});
    apply(cluster, &team, &list);
    assert_eq!(relay.finish().code(), Some(0));
    let expected = [
        (format!("Namespace/{team}"), 3),
        ("Pod/a".to_owned(), 1),
        ("Pod/b".to_owned(), 1),
    ];
    assert_eq!(told(&events(cluster, &team)), expected);
    // The pods are gone when the lines are read again: their Events tell that they are dealt with.
    kubectl(
        cluster,
        &[
            "delete",
            "pods",
            "--all",
            "-n",
            &team,
            "--grace-period=0",
            "--force",
        ],
    );
    let mut relay = stdin_relay(account.kubeconfig());
    relay.write(&lines);
    assert_eq!(relay.finish().code(), Some(0));
    assert_eq!(told(&events(cluster, &team)), expected);
}

/// An Event that has expired, and what was counted before is not counted again.
#[tokio::test]
async fn a_failure_after_an_event_has_expired_makes_a_new_one() {
    let Place {
        cluster,
        team,
        account,
        ..
    } = Place::new().await;
    let failure = |n: u32| {
        let failure = Failure::new(&team, &format!("r-{n}"));
        failure.of(["apps/v1", "StatefulSet", "gone", "u-1"]).line() + "\n"
    };
    let lines: Vec<String> = (0..5).map(failure).collect();
    let mut relay = stdin_relay(account.kubeconfig());
    relay.write(&lines[..3].concat());
    let count = |expected: i64| {
        wait("the count", || {
            let told = told(&events(cluster, &team));
            (told == [("StatefulSet/gone".to_owned(), expected)]).then_some(())
        });
    };
    count(3);
    kubectl(cluster, &["delete", "events", "--all", "-n", &team]);
    relay.write(&lines.concat());
    count(2);
    assert_eq!(relay.finish().code(), Some(0));
    count(2);
}

/// Where nothing can be written any more, nothing is tried for ever.
#[tokio::test]
async fn what_cannot_be_written_is_dropped_and_told_of() {
    let Place {
        cluster,
        team,
        account,
        ..
    } = Place::new().await;
    let web = ["apps/v1", "StatefulSet", "gone", "u-1"];
    let mut relay = stdin_relay(account.kubeconfig());
    relay.write(&(Failure::new("no-such-namespace", "r-1").of(web).line() + "\n"));
    relay.wait_for_log("records dropped");
    assert!(relay.log().contains("no-such-namespace"), "{}", relay.log());
    assert!(
        (relay.metric("event_relay_records_dropped_total{cause=\"not_found\"") - 1.0).abs() < 0.1
    );
    assert_eq!(relay.finish().code(), Some(3));

    let stranger = cluster
        .service_account(&team, "stranger")
        .await
        .expect("an account");
    let mut relay = stdin_relay(stranger.kubeconfig());
    relay.write(&(Failure::new(&team, "r-1").of(web).line() + "\n"));
    relay.wait_for_log("records dropped");
    let log = relay.log();
    assert!(
        log.contains("cannot patch resource") && log.contains("events"),
        "{log}"
    );
    assert_eq!(relay.finish().code(), Some(3));
}

/// Reading an Event is a patch that changes nothing: nothing is written.
#[tokio::test]
async fn a_record_that_is_known_writes_nothing() {
    let Place {
        cluster,
        team,
        account,
        ..
    } = Place::new().await;
    let web = ["apps/v1", "StatefulSet", "gone", "u-1"];
    let line = Failure::new(&team, "r-1").of(web).line() + "\n";
    let mut versions = Vec::new();
    for _ in 0..2 {
        let mut relay = stdin_relay(account.kubeconfig());
        relay.write(&line);
        assert_eq!(relay.finish().code(), Some(0));
        let events = events(cluster, &team);
        assert_eq!(told(&events), [("StatefulSet/gone".to_owned(), 1)]);
        versions.push(events[0]["metadata"]["resourceVersion"].clone());
    }
    assert_eq!(versions[0], versions[1]);

    // Each time that it is read counts once.
    let mut relay = stdin_relay(account.kubeconfig());
    for (known, failures, request) in [(1.0, 1.0, "r-1"), (2.0, 1.0, "r-1"), (2.0, 2.0, "r-2")] {
        relay.write(&(Failure::new(&team, request).of(web).line() + "\n"));
        wait("the record to be counted", || {
            let is_known = relay.metric("event_relay_records_known_total") >= known;
            let is_counted = relay.metric("event_relay_failures_total") >= failures;
            (is_known && is_counted).then_some(())
        });
    }
    assert!((relay.metric("event_relay_records_known_total") - 2.0).abs() < 0.5);
    assert_eq!(relay.finish().code(), Some(0));
}

/// What only the pods tell of any more is found at the start; what is there already is not doubled.
#[tokio::test]
async fn missed_records_are_found_on_the_pods() {
    let Place {
        cluster,
        servers,
        team,
        account,
    } = Place::new().await;
    let status = json!({"applied": [], "failed": [
        {"rule": "corporate-proxy", "reason": "InjectionConflict", "message": "from the stamp"},
    ]});
    let mut deployment = deployment("web", "request-1");
    deployment["spec"]["template"]["metadata"]["annotations"] =
        json!({STATUS_ANNOTATION: status.to_string()});
    apply(cluster, &team, &deployment);
    let (pod, _) = pod_and_controller(cluster, &team);
    let expected = [("Deployment/web".to_owned(), 1), (format!("Pod/{pod}"), 1)];
    let arguments = ["--namespace", &servers, "--lease-namespace", &servers];
    let arguments = [&arguments[..], &["--policy", "*"]].concat();
    for failures in [1.0, 0.0] {
        let relay = Relay::start(account.kubeconfig(), &arguments);
        wait("the stamp to be found", || {
            let found = relay.metric("event_relay_stamps_found_total");
            (found > 0.5).then_some(())
        });
        wait("both Events", || {
            (told(&events(cluster, &team)) == expected).then_some(())
        });
        let counted = relay.metric("event_relay_failures_total");
        assert!((counted - failures).abs() < 0.1, "{counted} failures");
        assert!(relay.terminate().0.success());
        assert_eq!(told(&events(cluster, &team)), expected);
    }
}

/// One replica works. When it dies the other goes on where it stopped.
#[tokio::test]
async fn another_replica_takes_over() {
    let place = Place::new().await;
    let mut log = Log::new();
    place.policy_server("policy-server", log.path()).await;
    let start = |identity: &str| place.relay(place.account.kubeconfig(), identity);
    let mut write = |range: std::ops::Range<u32>| {
        for n in range {
            log.write(&place.failure("gone", &format!("r-{n}")));
        }
    };
    let count = |expected: i64| place.settles(&[("StatefulSet/gone".to_owned(), expected)]);
    let first = start("first");
    first.wait_for_log("this replica works now");
    first.wait_for_log("reading a policy-server's log");
    let second = start("second");
    write(0..500);
    count(500);
    first.kill();
    let died = std::time::Instant::now();
    write(500..900);
    second.wait_for_log("this replica works now");
    let took = died.elapsed();
    assert!(took.as_secs() < 15, "{took:?}");
    count(900);
    // A replica that is told to stop gives the Lease back.
    let third = start("third");
    third.wait_for_log("serving");
    assert!(second.terminate().0.success());
    let stopped = std::time::Instant::now();
    third.wait_for_log("this replica works now");
    assert!(stopped.elapsed().as_secs() < 4, "{:?}", stopped.elapsed());
    write(900..1000);
    count(1000);
}
