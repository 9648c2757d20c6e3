//! Workloads that come and go, and pods that never come.

use rstest::rstest;
use serde_json::{Value, json};

use crate::support::log::Failure;
use crate::support::{apply, kubectl, wait};
use crate::{Place, stdin_relay};

fn get(place: &Place, arguments: &[&str]) -> Value {
    let arguments = [&["get", "-n", &place.team, "-o", "json"], arguments].concat();
    serde_json::from_str(&kubectl(place.cluster, &arguments)).expect("JSON")
}

/// What made the pods is gone when the log is read again by a relay that remembers nothing, and when
/// the last of its failures is read for the first time.
#[rstest]
#[case::of_a_deployment("Deployment")]
#[case::of_a_cron_job("CronJob")]
#[tokio::test]
async fn a_replica_set_or_job_that_is_gone(#[case] kind: &str) {
    let place = Place::new().await;
    let (pod, controller) = match kind {
        "Deployment" => place.deployments(&["web".to_owned()]).remove(0),
        _ => cron_job(&place),
    };
    let controller = controller.each_ref().map(String::as_str);
    let line = |request: &str| Failure::new(&place.team, request).of(controller).line() + "\n";
    let lines = line("request-web") + &line("r-1") + &line("r-2");
    let workload = format!("{kind}/web");
    let tells = |count: i64| [(workload.clone(), count), (format!("Pod/{pod}"), 1)];
    let mut relay = stdin_relay(place.account.kubeconfig());
    relay.write(&lines);
    assert_eq!(relay.finish().code(), Some(0));
    place.holds(&tells(3));

    if kind == "Deployment" {
        // Another revision, or the Deployment would make the ReplicaSet again.
        let revision = r#"{"spec":{"template":{"metadata":{"annotations":{"a":"b"}}}}}"#;
        let patch = [
            "patch",
            "deployment",
            "web",
            "-n",
            &place.team,
            "-p",
            revision,
        ];
        kubectl(place.cluster, &patch);
        wait("another ReplicaSet", || {
            let sets = get(&place, &["replicasets"]);
            (sets["items"].as_array()?.len() == 2).then_some(())
        });
    }
    let [_, made, name, _] = controller;
    kubectl(place.cluster, &["delete", made, name, "-n", &place.team]);
    let mut relay = stdin_relay(place.account.kubeconfig());
    relay.write(&(lines.clone() + &line("r-3")));
    assert_eq!(relay.finish().code(), Some(0));
    place.holds(&tells(4));

    // Another workload of the same name has an Event of its own.
    kubectl(place.cluster, &["delete", kind, "web", "-n", &place.team]);
    let (pod, other) = match kind {
        "Deployment" => {
            let gone = || {
                get(&place, &["pods"])["items"]
                    .as_array()
                    .map(Vec::is_empty)
            };
            wait("the pods' end", || gone().filter(|gone| *gone));
            place.deployments(&["web".to_owned()]).remove(0)
        }
        _ => cron_job(&place),
    };
    let other = other.each_ref().map(String::as_str);
    let failure = Failure::new(&place.team, "r-4").of(other).of_pod(&pod);
    let mut expected = tells(4).to_vec();
    expected.extend([(workload.clone(), 1)]);
    for _ in 0..2 {
        let mut relay = stdin_relay(place.account.kubeconfig());
        relay.write(&(lines.clone() + &failure.line() + "\n"));
        assert_eq!(relay.finish().code(), Some(0));
        place.holds(&expected);
    }
    place.tells(&expected);
}

/// A Job of a `CronJob`: its pod, and the Job as the policy names it.
fn cron_job(place: &Place) -> (String, [String; 4]) {
    let labels = json!({crate::REQUEST_LABEL: "request-web"});
    let containers = json!([{"name": "app", "image": "example.com/app:1"}]);
    let pod = json!({"restartPolicy": "Never", "containers": containers});
    let template = json!({"spec": {"template": {"metadata": {"labels": labels}, "spec": pod}}});
    let cron_job = json!({
        "apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "web"},
        "spec": {"schedule": "0 0 1 1 *", "jobTemplate": template},
    });
    apply(place.cluster, &place.team, &cron_job);
    let job = ["create", "job", "web-29400000", "--from=cronjob/web"];
    kubectl(place.cluster, &[&job[..], &["-n", &place.team]].concat());
    wait("the Job's pod", || {
        let pods = get(place, &["pods"]);
        let pod = pods["items"].get(0)?;
        let owner = &pod["metadata"]["ownerReferences"][0];
        let owner = ["apiVersion", "kind", "name", "uid"]
            .map(|key| owner[key].as_str().unwrap_or_default().to_owned());
        Some((pod["metadata"]["name"].as_str()?.to_owned(), owner))
    })
}

/// Who comes after the policy rejects the pods: they never come to be.
#[tokio::test]
async fn pods_that_are_rejected_later() {
    let place = Place::new().await;
    let name = format!("no-pods-in-{}", place.team);
    let rules = json!([{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}]);
    let place_labels = json!({"kubernetes.io/metadata.name": place.team});
    let of = |kind: &str, spec: Value| json!({"apiVersion": "admissionregistration.k8s.io/v1", "kind": kind, "metadata": {"name": name}, "spec": spec});
    let rejects = [
        of(
            "ValidatingAdmissionPolicy",
            json!({
                "matchConstraints": {"namespaceSelector": {"matchLabels": place_labels}, "resourceRules": rules},
                "validations": [{"expression": "false", "message": "no pods here"}],
            }),
        ),
        of(
            "ValidatingAdmissionPolicyBinding",
            json!({"policyName": name, "validationActions": ["Deny"]}),
        ),
    ];
    for object in &rejects {
        apply(place.cluster, &place.team, object);
    }
    let rejected = || {
        let mut command = place.cluster.kubectl().expect("kubectl");
        let pod = ["run", "a", "--image=example.com/app:1", "--dry-run=server"];
        command.args(pod).args(["-n", &place.team]);
        let output = command.output().expect("kubectl starts");
        let said = String::from_utf8_lossy(&output.stderr);
        said.contains("no pods here").then_some(())
    };
    wait("pods to be rejected", rejected);

    let deployment = json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
        "spec": {
            "selector": {"matchLabels": {"app": "web"}},
            "template": {
                "metadata": {"labels": {"app": "web"}},
                "spec": {"containers": [{"name": "app", "image": "example.com/app:1"}]},
            },
        },
    });
    apply(place.cluster, &place.team, &deployment);
    let (set, uid) = wait("the ReplicaSet", || {
        let sets = get(&place, &["replicasets"]);
        let metadata = &sets["items"].get(0)?["metadata"];
        let text = |key: &str| Some(metadata[key].as_str()?.to_owned());
        Some((text("name")?, text("uid")?))
    });
    // Its controller tries again and again: each try is a request, and each is a failure.
    let mut lines: String = (0..4)
        .map(|n| {
            let failure = Failure::new(&place.team, &format!("r-{n}"));
            failure.of(["apps/v1", "ReplicaSet", &set, &uid]).line() + "\n"
        })
        .collect();
    lines += &(Failure::new(&place.team, "bare").of_pod("a").line() + "\n");
    let expected = [
        ("Deployment/web".to_owned(), 4),
        (format!("Namespace/{}", place.team), 1),
    ];
    for _ in 0..2 {
        let mut relay = stdin_relay(place.account.kubeconfig());
        relay.write(&lines);
        assert_eq!(relay.finish().code(), Some(0));
        place.holds(&expected);
    }
    let pods = get(&place, &["pods"]);
    assert_eq!(pods["items"], json!([]), "one came to be");
    place.tells(&expected);
    let arguments = [
        "delete",
        "validatingadmissionpolicy,validatingadmissionpolicybinding",
    ];
    kubectl(place.cluster, &[&arguments[..], &[&name]].concat());
}
