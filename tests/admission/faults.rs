//! Ways in that are not a plain `kubectl create`.

use serde_json::{Value, json};

use crate::support::{Admission, kubectl_as, stamp, wait_for};

/// One rule that is applied to every container, and one that fails on every pod.
fn settings() -> Value {
    json!({"rules": [
        {"name": "env", "inject": {"containers": [{"patch": {
            "env": [{"name": "INJECTED", "value": "yes"}],
        }}]}},
        {"name": "image", "inject": {"containers": [{"patch": {"image": "not-in-any-pod:1"}}]}},
    ]})
}

fn pod(name: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": name},
        "spec": {"containers": [{"name": "app", "image": "example.com/app:1"}]},
    })
}

const CREATE: [&str; 3] = ["create", "-f", "-"];

fn is_injected(container: &Value) -> bool {
    let env = container["env"].as_array().cloned().unwrap_or_default();
    env.iter().any(|var| var["name"] == "INJECTED")
}

/// `kubectl debug` adds an ephemeral container to a pod that is there: an update of a subresource.
#[tokio::test]
async fn ephemeral_containers() {
    let admission = Admission::new("debug", &settings()).await;
    admission.both("create", &CREATE, &pod("web").to_string());
    let debug = [
        "debug",
        "web",
        "--attach=false",
        "--image=example.com/tools:1",
        "--container=tools",
        "--profile=general",
    ];
    for said in admission.both("kubectl debug", &debug, "") {
        said.expect_success();
    }
    let pod = admission.get(&admission.injected, &["pod", "web"]);
    let tools = &pod["spec"]["ephemeralContainers"][0];
    assert_eq!(tools["name"], "tools", "{pod:#}");
    assert!(!is_injected(tools), "{pod:#}");
}

/// `kubectl debug --copy-to` creates a pod from one that has the stamp already.
#[tokio::test]
async fn a_copy_of_an_injected_pod() {
    let admission = Admission::new("copy", &settings()).await;
    admission.both("create", &CREATE, &pod("web").to_string());
    let debug = [
        "debug",
        "web",
        "--attach=false",
        "--image=example.com/tools:1",
        "--container=tools",
        "--profile=general",
        "--copy-to=copy",
    ];
    for said in admission.both("kubectl debug", &debug, "") {
        said.expect_success();
    }
    let pods = ["web", "copy"].map(|name| admission.get(&admission.injected, &["pod", name]));
    let [original, copy] = pods;
    for container in copy["spec"]["containers"].as_array().expect("a list") {
        assert!(is_injected(container), "{copy:#}");
    }
    // It tells of the copy's own admission.
    let request =
        |pod: &Value| pod["metadata"]["labels"]["pod-injector.kubewarden.io/request"].clone();
    assert_ne!(request(&copy), request(&original));
}

/// A static pod runs already: the kubelet only shows the API server what it runs.
#[tokio::test]
async fn mirror_pods() {
    let admission = Admission::new("mirror", &settings()).await;
    let binding = [
        "create",
        "clusterrolebinding",
        "kubelets",
        "--clusterrole=system:node",
        "--group=system:nodes",
    ];
    admission.kubectl("default", &binding, "").expect_success();
    let kubelet = admission
        .cluster
        .user("system:node:node-0", Some("system:nodes"))
        .await
        .expect("a certificate");
    let mut mirror = pod("static-node-0");
    mirror["spec"]["nodeName"] = "node-0".into();
    mirror["spec"]["tolerations"] = json!([{"operator": "Exists", "effect": "NoExecute"}]);
    mirror["metadata"]["annotations"] = json!({
        "kubernetes.io/config.hash": "d41d8cd98f00b204e9800998ecf8427e",
        "kubernetes.io/config.mirror": "d41d8cd98f00b204e9800998ecf8427e",
        "kubernetes.io/config.source": "file",
        "kubernetes.io/config.seen": "2026-01-01T00:00:00.000000000Z",
    });
    for namespace in admission.namespaces() {
        let args = [&["--namespace", namespace], &CREATE[..]].concat();
        // Until the API server knows of the binding.
        wait_for("the kubelet to be allowed in", || {
            let said = kubectl_as(&kubelet, &args, &mirror.to_string());
            assert!(said.success || said.stderr.contains("forbidden"), "{said}");
            assert_eq!(said.warnings(), [""; 0], "{said}");
            said.success.then_some(())
        });
        let stored = admission.get(namespace, &["pod", "static-node-0"]);
        assert_eq!(stamp(&stored), None, "{stored:#}");
        assert!(!is_injected(&stored["spec"]["containers"][0]), "{stored:#}");
    }
}

/// Nothing is to be seen of a dry run afterwards; what it shows is what would be.
#[tokio::test]
async fn dry_runs() {
    let admission = Admission::new("dry", &settings()).await;
    let apply = ["apply", "--server-side", "--output=json", "-f", "-"];
    let manifest = pod("web").to_string();
    let dry = [&apply[..], &["--dry-run=server"]].concat();
    let [_, injected] = admission.both("a dry run", &dry, &manifest);
    let injected = injected.expect_success();
    assert_eq!(injected.warnings().len(), 1, "{injected}");
    let shown = injected.json();
    assert!(is_injected(&shown["spec"]["containers"][0]), "{shown:#}");
    assert_eq!(admission.records(), [Value::Null; 0]);
    let missing = admission.kubectl(&admission.injected, &["get", "pod", "web"], "");
    assert!(missing.stderr.contains("NotFound"), "{missing}");

    // The real thing, and the same once more, which is an update.
    for _ in 0..2 {
        for said in admission.both("server-side apply", &apply, &manifest) {
            said.expect_success();
        }
    }
    assert_eq!(admission.records().len(), 1);
    let pod = admission.get(&admission.injected, &["pod", "web"]);
    let names = pod["spec"]["containers"][0]["env"].as_array().map(Vec::len);
    assert_eq!(names, Some(1), "{pod:#}");
}

/// kubectl's own apply leaves the manifest in an annotation, and finds nothing to do the second
/// time: what was injected is not in its way.
#[tokio::test]
async fn an_injected_pod_applied_again() {
    let admission = Admission::new("apply", &settings()).await;
    let apply = ["apply", "-f", "-"];
    for expected in ["pod/web created\n", "pod/web unchanged\n"] {
        for said in admission.both("apply", &apply, &pod("web").to_string()) {
            assert_eq!(said.expect_success().stdout, expected);
        }
    }
    let mut changed = pod("web");
    changed["spec"]["containers"][0]["image"] = "example.com/app:2".into();
    for said in admission.both("apply", &apply, &changed.to_string()) {
        assert_eq!(said.expect_success().stdout, "pod/web configured\n");
    }
    let pod = admission.get(&admission.injected, &["pod", "web"]);
    let app = &pod["spec"]["containers"][0];
    assert_eq!(app["image"], "example.com/app:2");
    assert!(is_injected(app), "{pod:#}");
}

#[tokio::test]
async fn a_hundred_containers() {
    let admission = Admission::new("hundred", &settings()).await;
    let containers = |kind: &str| {
        let container = |number| {
            let env: Vec<_> = (0..20)
                .map(|number| json!({"name": format!("VAR_{number}"), "value": "value"}))
                .collect();
            json!({"name": format!("{kind}-{number}"), "image": "example.com/app:1", "env": env})
        };
        (0..100).map(container).collect::<Vec<_>>()
    };
    let mut pod = pod("many");
    pod["spec"]["containers"] = containers("app").into();
    pod["spec"]["initContainers"] = containers("init").into();
    for said in admission.both("create", &CREATE, &pod.to_string()) {
        said.expect_success();
    }
    let pod = admission.get(&admission.injected, &["pod", "many"]);
    for list in ["containers", "initContainers"] {
        let containers = pod["spec"][list].as_array().expect("a list");
        assert_eq!(containers.len(), 100);
        assert!(containers.iter().all(is_injected), "{pod:#}");
    }
}

/// More failures than there may be warnings, with messages as long as they get.
#[tokio::test]
async fn a_hundred_rules_that_fail() {
    let image = "a".repeat(300);
    let rules: Vec<_> = (0..100)
        .map(|number| {
            json!({
                "name": format!("rule-{number:03}-{}", "x".repeat(50)),
                "inject": {"containers": [{"patch": {"image": format!("{image}:{number}")}}]},
            })
        })
        .collect();
    let admission = Admission::new("failures", &json!({"rules": rules})).await;
    let [_, injected] = admission.both("create", &CREATE, &pod("web").to_string());
    let injected = injected.expect_success();
    let warnings = injected.warnings();
    assert_eq!(warnings.len(), 8, "{injected}");
    assert_eq!(warnings[7], "93 more rules were not applied");
    assert_eq!(admission.records().len(), 100);
    let pod = admission.get(&admission.injected, &["pod", "web"]);
    let stamp = stamp(&pod).expect("it is stamped");
    assert_eq!(stamp["failed"].as_array().map(Vec::len), Some(100));
}
