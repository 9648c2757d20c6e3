use rstest::rstest;
use serde_json::{Value, json};

use super::*;

const SECRET: &str = "hunter2";

/// A call that keeps every promise: one rule applied, one failed.
fn call() -> Value {
    let stamp = json!({
        "applied": ["proxy"],
        "failed": [{"rule": "agent", "reason": "InjectionConflict", "message": "no"}],
    });
    let pod = json!({"kind": "Pod", "metadata": {"name": "web"}, "spec": {"containers": [{}]}});
    let mut mutated = pod.clone();
    mutated["metadata"]["labels"] = json!({"pod-injector.kubewarden.io/request": "u"});
    mutated["metadata"]["annotations"] =
        json!({"pod-injector.kubewarden.io/status": stamp.to_string()});
    let time = "2026-01-01T00:00:00Z";
    json!({
        "request": {
            "uid": "u", "operation": "CREATE", "namespace": "n", "object": pod,
            "kind": {"group": "", "version": "v1", "kind": "Pod"},
        },
        "answer": {
            "accepted": true, "mutated_object": mutated, "warnings": ["no"],
            "audit_annotations": {"applied-rules": "proxy", "failed-rules": "agent"},
        },
        "records": [{
            "level": "warning", "message": "no",
            "event": {
                "metadata": {"namespace": "n", "annotations": {
                    "pod-injector.kubewarden.io/rule": "agent",
                    "pod-injector.kubewarden.io/request-uid": "u",
                }},
                "involvedObject": {"apiVersion": "v1", "kind": "Pod", "namespace": "n"},
                "type": "Warning", "reason": "InjectionConflict", "action": "Inject",
                "message": "no", "count": 1, "firstTimestamp": time, "lastTimestamp": time,
            },
        }],
    })
}

fn checked(call: &Value, may_reject: bool) -> Result<Answer, Broken> {
    let payload = json!({"request": call["request"]}).to_string();
    check(&Exchange {
        payload: payload.as_bytes(),
        answer: call["answer"].to_string().as_bytes(),
        records: call["records"].as_array().expect("a list"),
        may_reject,
        secrets: &[SECRET],
    })
}

#[test]
fn a_good_answer_passes() {
    let answer = checked(&call(), false).expect("every promise is kept");
    assert_eq!(answer.audit("applied-rules"), "proxy");
}

#[rstest]
#[case::no_answer("/answer", json!([]), "shape")]
#[case::unknown_key("/answer/code", json!(500), "shape")]
#[case::accepted_with_a_message("/answer/message", json!("x"), "shape")]
#[case::rejected("/answer", json!({"accepted": false, "message": "x"}), "rejected")]
#[case::audit_key("/answer/audit_annotations/rules", json!("x"), "shape")]
#[case::long_warning("/answer/warnings/0", json!("x".repeat(257)), "warning")]
#[case::forged_line("/answer/warnings/0", json!("a\nb"), "warning")]
#[case::many_warnings("/answer/warnings", json!(vec!["a"; 9]), "warning")]
#[case::value_in_a_warning("/answer/warnings/0", json!("it is hunter2"), "a value")]
#[case::value_in_an_audit_annotation(
    "/answer/audit_annotations/idle-rules",
    json!(SECRET),
    "a value"
)]
#[case::value_in_a_record("/records/0/event/involvedObject/name", json!(SECRET), "a value")]
#[case::value_in_the_stamp(
    "/answer/mutated_object/metadata/annotations/pod-injector.kubewarden.io~1status",
    json!(r#"{"applied": ["proxy"], "failed": [{"rule": "agent", "message": "hunter2"}]}"#),
    "a value"
)]
#[case::other_stamp(
    "/answer/mutated_object/metadata/annotations/pod-injector.kubewarden.io~1status",
    json!(r#"{"applied": ["forged"]}"#),
    "stamp"
)]
#[case::other_label(
    "/answer/mutated_object/metadata/labels/pod-injector.kubewarden.io~1request",
    json!("v"),
    "stamp"
)]
#[case::label_that_is_no_text(
    "/answer/mutated_object/metadata/labels/pod-injector.kubewarden.io~1request",
    json!(1),
    "stamp"
)]
#[case::stamp_that_is_no_text(
    "/answer/mutated_object/metadata/annotations/pod-injector.kubewarden.io~1status",
    json!(1),
    "stamp"
)]
#[case::stamp_that_is_no_json(
    "/answer/mutated_object/metadata/annotations/pod-injector.kubewarden.io~1status",
    json!("{"),
    "stamp: no JSON"
)]
#[case::stamp_that_is_too_large(
    "/answer/mutated_object/metadata/annotations/a",
    json!("x".repeat(256 * 1024 - 1)),
    "stamp: the stamp makes the annotations too large"
)]
#[case::not_an_object("/request/object", json!([]), "the object is changed")]
#[case::update("/request/operation", json!("UPDATE"), "the object is changed")]
#[case::no_containers("/request/object/spec", json!({"containers": []}), "the object is changed")]
#[case::dry_run("/request/dryRun", json!(true), "record")]
#[case::other_namespace("/records/0/event/metadata/namespace", json!("m"), "record")]
#[case::other_uid("/request/uid", json!("v"), "record")]
#[case::level("/records/0/level", json!("info"), "record")]
#[case::type_("/records/0/event/type", json!("Normal"), "record: level")]
#[case::empty_message("/records/0/message", json!(""), "record: message")]
#[case::forged_line_in_a_message("/records/0/message", json!("a\nb"), "record: message")]
#[case::other_message("/records/0/event/message", json!("yes"), "record: the Event's message")]
#[case::action("/records/0/event/action", json!("Bind"), "record: reason or action")]
#[case::count("/records/0/event/count", json!(2), "record: count or times")]
#[case::no_time("/records/0/event/lastTimestamp", json!(null), "record: count or times")]
#[case::other_kind("/records/0/event/involvedObject/kind", json!("Job"), "record: involvedObject")]
#[case::forged_field("/records/0/event/involvedObject/fieldPath", json!("a\nb"), "record: fieldPath")]
#[case::no_rule(
    "/records/0/event/metadata/annotations/pod-injector.kubewarden.io~1rule",
    json!(""),
    "record: no rule"
)]
#[case::long_message("/records/0/message", json!("x".repeat(1025)), "record")]
#[case::unknown_reason("/records/0/event/reason", json!("Other"), "record")]
#[case::other_rule(
    "/records/0/event/metadata/annotations/pod-injector.kubewarden.io~1rule",
    json!("proxy"),
    "record"
)]
#[case::part_of_a_rules_name(
    "/records/0/event/metadata/annotations/pod-injector.kubewarden.io~1rule",
    json!("age"),
    "record"
)]
fn a_broken_promise_is_found(#[case] place: &str, #[case] value: Value, #[case] found: &str) {
    let mut call = call();
    let (parent, key) = place.rsplit_once('/').expect("a pointer");
    let parent = call.pointer_mut(parent).expect("it is there");
    match key.parse::<usize>() {
        Ok(index) => parent[index] = value,
        Err(_) => parent[key.replace("~1", "/")] = value,
    }
    let broken = checked(&call, false).expect_err("a promise is broken");
    assert!(broken.to_string().contains(found), "{broken}");
}

#[test]
fn a_stamp_tells_of_a_rule() {
    let mut call = call();
    let status = "/answer/mutated_object/metadata/annotations/pod-injector.kubewarden.io~1status";
    *call.pointer_mut(status).expect("a stamp") = json!(r#"{"applied": [], "failed": []}"#);
    call["answer"]["mutated_object"]["metadata"]["labels"] = json!({});
    call["answer"]["audit_annotations"] = json!({});
    call["records"] = json!([]);
    let broken = checked(&call, false).expect_err("a promise is broken");
    assert!(broken.to_string().contains("no rule matched"), "{broken}");
}

#[test]
fn records_have_a_bound() {
    let mut call = call();
    let rules = vec!["agent"; 101];
    call["answer"]["audit_annotations"]["failed-rules"] = json!(rules.join(","));
    call["records"] = json!(vec![call["records"][0].clone(); rules.len()]);
    let broken = checked(&call, false).expect_err("a promise is broken");
    assert!(broken.to_string().contains("101"), "{broken}");
}

#[test]
fn a_rule_may_reject() {
    let mut call = call();
    call["answer"] = json!({
        "accepted": false, "message": "no", "audit_annotations": {"failed-rules": "agent"},
    });
    assert!(checked(&call, true).is_ok());
}

#[test]
fn what_the_host_could_read_it_can_read_again() {
    let call = call();
    let answer = call["answer"].to_string().replace(r#""web""#, "1e999");
    let payload = json!({"request": call["request"]}).to_string();
    let broken = check(&Exchange {
        payload: payload.as_bytes(),
        answer: answer.as_bytes(),
        records: &[],
        may_reject: false,
        secrets: &[],
    });
    assert!(matches!(broken, Err(Broken::Unreadable(_))), "{broken:?}");
}

#[rstest]
#[case::added(json!({"a": [1]}), json!({"a": [0, 1], "b": 2}), true)]
#[case::lost_key(json!({"a": 1}), json!({"b": 1}), false)]
#[case::lost_item(json!([1, 2]), json!([2, 3]), false)]
#[case::other_order(json!([1, 2]), json!([2, 1]), false)]
#[case::null_set(json!({"a": null}), json!({"a": 1}), true)]
fn what_is_lost_is_found(#[case] before: Value, #[case] after: Value, #[case] expected: bool) {
    assert_eq!(is_kept(&before, &after), expected);
}

/// The next time, a container that is what the second rule would add is the second rule's.
#[rstest]
#[case::the_authors("shop:1", false)]
#[case::the_rules("shop:2", true)]
fn no_promise_for_a_container_that_becomes_a_rules(#[case] image: &str, #[case] expected: bool) {
    let pod = |image: &str| json!({"spec": {"containers": [{"name": "app", "image": image}]}});
    let settings = json!({"rules": [
        {"name": "patch", "inject": {"containers": [{"patch": {"tty": true}}]}},
        {"name": "add", "onConflict": "Replace", "inject": {"pod": pod("shop:2")}},
    ]});
    let done = Done {
        before: pod(image),
        after: pod("shop:2"),
        applied: vec!["add".to_owned()],
        failed: vec!["patch".to_owned()],
        is_unresolved: false,
    };
    let ask = |_: &Value| Some(done.clone());
    let promised = promise::holds(&done, &settings, &pod("shop:2"), "unknown", ask);
    assert_eq!(promised, expected);
}

/// The author's pull policy may be the default of another image.
#[rstest]
#[case::another_image("shop:2", false)]
#[case::the_same("shop:latest", true)]
fn no_promise_for_a_pull_policy_of_another_image(#[case] image: &str, #[case] expected: bool) {
    let pod = |image: &str| {
        let policy = "IfNotPresent";
        json!({"spec": {"containers": [{"name": "app", "image": image, "imagePullPolicy": policy}]}})
    };
    let patch = |name: &str, patch: Value| {
        let inject = json!({"containers": [{"patch": patch}]});
        json!({"name": name, "onConflict": "Replace", "inject": inject})
    };
    let mut policy = patch("policy", json!({"imagePullPolicy": "Always"}));
    policy["onConflict"] = json!("Report");
    let settings = json!({"rules": [patch("image", json!({"image": image})), policy]});
    let done = Done {
        before: pod("shop:latest"),
        after: pod(image),
        applied: vec!["image".to_owned()],
        failed: vec!["policy".to_owned()],
        is_unresolved: false,
    };
    let ask = |_: &Value| Some(done.clone());
    let promised = promise::holds(&done, &settings, &pod(image), "unknown", ask);
    assert_eq!(promised, expected);
}
