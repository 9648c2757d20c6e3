//! Pods as large as the API server takes them. What the policy adds to one must not be what makes
//! it too large.

use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{Admission, Said, failed_rules, stamp};

/// Rules that make a pod larger, by a little and by a lot.
fn settings() -> Value {
    json!({"rules": [
        {"name": "label", "inject": {"pod": {"metadata": {"labels": {"l": "1"}}}}},
        {"name": "annotation", "inject": {"pod": {"metadata": {"annotations": {"a": "1"}}}}},
        {"name": "env", "inject": {"containers": [{"patch": {
            "env": [{"name": "INJECTED", "value": "x".repeat(1_000)}],
        }}]}},
        {"name": "sidecar", "inject": {"pod": {"spec": {"containers": [{
            "name": "sidecar", "image": "example.com/sidecar:1", "args": ["x".repeat(10_000)],
        }]}}}},
        {"name": "image", "inject": {"containers": [{"include": ["app"], "patch": {
            "image": "not-in-any-pod:1",
        }}]}},
    ]})
}

/// A pod that the webhook is called for, or one that differs from it only in that it is not.
fn pod(name: &str, with_policy: bool, annotations: &Value, app: &Value) -> Value {
    let policy = if with_policy { "on" } else { "no" };
    let mut pod = json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": name, "labels": {"policy": policy}, "annotations": annotations},
        "spec": {"containers": [{"name": "app", "image": "example.com/app:1"}]},
    });
    for (key, value) in app.as_object().expect("an object") {
        pod["spec"]["containers"][0][key] = value.clone();
    }
    pod
}

struct Sizes {
    admission: Admission,
    make: fn(usize) -> (Value, Value),
}

impl Sizes {
    fn create(&self, size: usize, with_policy: bool) -> Said {
        // Names of one length.
        let name = format!("{}-{size:08}", if with_policy { "on" } else { "no" });
        let (annotations, app) = (self.make)(size);
        let pod = pod(&name, with_policy, &annotations, &app);
        let namespace = &self.admission.injected;
        self.admission
            .kubectl(namespace, &["create", "-f", "-"], &pod.to_string())
    }

    /// The largest size that is admitted without the policy. `admitted` is known to be admitted, and
    /// `refused` to be refused.
    fn largest(&self, mut admitted: usize, mut refused: usize) -> usize {
        assert!(self.fits(admitted) && !self.fits(refused));
        while refused - admitted > 1 {
            let middle = usize::midpoint(admitted, refused);
            if self.fits(middle) {
                admitted = middle;
            } else {
                refused = middle;
            }
        }
        admitted
    }

    /// Whether the API server takes a pod of this size without the policy.
    fn fits(&self, size: usize) -> bool {
        let said = self.create(size, false);
        let is_size = ["request is too large", "Too long"].map(|words| said.stderr.contains(words));
        assert!(said.success || is_size.contains(&true), "{said}");
        said.success
    }

    /// The pod of this size that was created with the policy.
    fn created(&self, size: usize) -> Value {
        let said = self.create(size, true).expect_success();
        let name = format!("on-{size:08}");
        let mut pod = self
            .admission
            .get(&self.admission.injected, &["pod", &name]);
        pod["warnings"] = said.warnings().len().into();
        pod
    }
}

/// One long string.
fn text(size: usize) -> (Value, Value) {
    (json!({}), json!({"args": ["x".repeat(size)]}))
}

/// Many short strings, which take more room as JSON than where they are stored.
fn short_texts(size: usize) -> (Value, Value) {
    (json!({}), json!({"args": vec!["ten bytes."; size]}))
}

/// Env vars of a thousand bytes.
fn env(size: usize) -> (Value, Value) {
    let value = "x".repeat(1_000);
    let var = |at: usize| {
        let length = (size - at).min(value.len());
        json!({"name": format!("V{at}"), "value": value[..length]})
    };
    let env: Vec<_> = (0..size).step_by(value.len()).map(var).collect();
    (json!({}), json!({"env": env}))
}

/// Annotations with a key of one byte.
fn annotation(size: usize) -> (Value, Value) {
    (json!({"k": "x".repeat(size)}), json!({}))
}

#[rstest]
#[case::text("text", text, 1_560_000, 1_580_000)]
#[case::short_texts("short", short_texts, 130_000, 132_000)]
#[case::env("env", env, 1_540_000, 1_560_000)]
#[case::annotations("annotations", annotation, 261_000, 263_000)]
#[tokio::test]
async fn the_largest_pods_are_admitted(
    #[case] name: &str,
    #[case] make: fn(usize) -> (Value, Value),
    #[case] admitted: usize,
    #[case] refused: usize,
) {
    let admission = Admission::new(&format!("size-{name}"), &settings()).await;
    let sizes = Sizes { admission, make };
    let largest = sizes.largest(admitted, refused);
    let mut less = 0;
    while less < largest / 3 {
        let pod = sizes.created(largest - less);
        // Somebody is told of each rule that the size stands in the way of.
        assert!(pod["warnings"].as_u64() >= Some(1), "{less} less: {pod:#}");
        less = less * 3 + 1;
    }
    // One more is too much for the API server, and no rule is mentioned.
    let refusals = [false, true].map(|with_policy| sizes.create(largest + 1, with_policy));
    let [plain, injected] = refusals.map(|said| said.complaint().replace("on-", "no-"));
    assert_eq!(plain, injected);
}

/// What is large and has room left is injected into like any other pod.
#[rstest]
#[case::text("text", text, 1_300_000)]
#[case::short_texts("short", short_texts, 100_000)]
#[case::annotations("annotations", annotation, 200_000)]
#[tokio::test]
async fn large_pods_are_injected_into(
    #[case] name: &str,
    #[case] make: fn(usize) -> (Value, Value),
    #[case] size: usize,
) {
    let admission = Admission::new(&format!("large-{name}"), &settings()).await;
    let sizes = Sizes { admission, make };
    let pod = sizes.created(size);
    let stamp = stamp(&pod).expect("it is stamped");
    assert_eq!(failed_rules(&pod), ["image"]);
    let applied = json!(["label", "annotation", "env", "sidecar"]);
    assert_eq!(stamp["applied"], applied);
}

/// A known gap, and not the policy's: the API server writes `<` as six characters for a webhook,
/// and the host refuses what is longer than 2 MiB. policy-server does the same.
#[tokio::test]
async fn a_request_of_more_than_two_mebibytes_does_not_reach_the_policy() {
    let admission = Admission::new("gap", &settings()).await;
    let sizes = Sizes {
        admission,
        make: |size| (json!({}), json!({"args": ["<".repeat(size)]})),
    };
    sizes.create(400_000, false).expect_success();
    let refused = sizes.create(400_000, true);
    assert!(!refused.success, "{refused}");
    assert!(refused.stderr.contains("status code 413"), "{refused}");
}
