//! `policy-host run`.

use rstest::rstest;
use serde_json::{Value, json};

use crate::folder::{Folder, stderr, stdout};
use crate::support::{answering, logging, pod};

/// A policy that changes, warns, logs and calls the host.
fn talkative() -> String {
    let mut mutated = pod();
    mutated["metadata"]["labels"]["egress"] = "proxied".into();
    mutated["spec"]["containers"][0]["env"] = json!([{"name": "A", "value": "a"}]);
    let records = [
        json!({"level": "warning", "message": "m", "event": {
            "type": "Warning", "reason": "InjectionConflict", "message": "rule \"b\" was not applied",
            "involvedObject": {"kind": "Pod"}, "lastTimestamp": "2020-01-01T00:00:00Z",
        }}),
        json!({"level": "info", "message": "just so", "n": 1}),
    ];
    let answer = json!({
        "accepted": true, "valid": true, "mutated_object": mutated,
        "warnings": ["rule \"b\": conflict"], "audit_annotations": {"applied-rules": "a"},
    });
    logging(&records, &answer)
}

const SHOWN: &str = "\
CREATE pod/web-* in namespace team-a  pod.yaml
✓ accepted, with 2 changes

Rules (in the order of the settings)
a   applied

Changes (- before, + after)
@@ metadata.labels @@
    labels:
      app: web
+     egress: proxied
  spec:
    containers:
@@ spec.containers[app] @@
    - name: app
+     env:
+     - name: A
+       value: a
      image: i
    fromTheFuture:

Warnings (kubectl shows them to the user)
Warning: rule \"b\": conflict

Audit annotations (the API server's audit log keeps them)
applied-rules   a

Events (event-relay writes them to the cluster)
LAST SEEN   TYPE      REASON              OBJECT      MESSAGE
AGE   Warning   InjectionConflict   pod/web-*   rule \"b\" was not applied

Log (lines of the policy in policy-server's log)
info   just so   {\"n\":1}

Host errors (policy-server logs them and goes on)
error: Policy has not been granted access to the 'kubernetes/can_i' host capability. The violation has been reported.
";

#[test]
fn run_shows_everything_that_a_policy_did() {
    let folder = Folder::new();
    folder.write("p.wat", talkative());
    let args = [
        "run",
        "--policy",
        "p.wat",
        "--settings",
        "settings.yaml",
        "--request",
        "pod.yaml",
    ];
    let output = folder.run(&[&args[..], &["--namespace", "team-a"]].concat());
    let shown = stdout(&output);
    let age = shown
        .lines()
        .find_map(|line| line.split_once(" Warning  "))
        .expect("an Event")
        .0;
    assert!(age.trim().ends_with('d'), "{shown}");
    assert_eq!(shown.replace(age, "AGE  "), SHOWN);
    assert_eq!(stderr(&output), "");
    assert_eq!(output.status.code(), Some(0));
}

/// The lines under a title of `run`'s output.
fn section(shown: &str, title: &str) -> Vec<String> {
    let lines = shown.lines().skip_while(|line| !line.starts_with(title));
    let lines = lines.skip(1).take_while(|line| !line.is_empty());
    lines.map(str::to_owned).collect()
}

const FIVE_RULES: &str = "rules: [{name: a}, {name: b}, {name: c}, {name: d}, {name: e}]\n";

/// A policy that reports three of the rules.
fn telling() -> String {
    answering(&json!({
        "accepted": true, "valid": true,
        "audit_annotations": {"applied-rules": "a", "idle-rules": "b", "failed-rules": "c"},
    }))
}

#[rstest]
#[case::one("d", true, "skipped by the pod", "does not match")]
#[case::spaces(" c, d ", true, "skipped by the pod", "does not match")]
#[case::all("true", true, "skipped by the pod", "skipped by the pod")]
#[case::no_word_for_all("True", true, "does not match", "does not match")]
#[case::not_honoured("true", false, "does not match", "does not match")]
fn run_shows_the_result_of_each_rule(
    #[case] skip: &str,
    #[case] opt_out: bool,
    #[case] d: &str,
    #[case] e: &str,
) {
    let folder = Folder::new();
    folder.write("p.wat", telling());
    folder.write("rules.yaml", format!("{FIVE_RULES}optOut: {opt_out}\n"));
    let mut pod = pod();
    pod["metadata"]["annotations"] = json!({"pod-injector.kubewarden.io/skip": skip});
    folder.write("pod.yaml", pod.to_string());
    let args = ["run", "--policy", "p.wat", "--settings", "rules.yaml"];
    let output = folder.run(&[&args[..], &["--request", "pod.yaml"]].concat());
    assert_eq!(
        section(&stdout(&output), "Rules"),
        [
            "a   applied",
            "b   idle: it selects nothing in this pod",
            "c   failed",
            &format!("d   {d}"),
            &format!("e   {e}"),
        ]
    );
}

#[rstest]
#[case::update("/operation", "UPDATE")]
#[case::sub_resource("/subResource", "binding")]
#[case::kind("/kind/kind", "Deployment")]
fn run_says_that_a_request_creates_no_pod(#[case] field: &str, #[case] value: &str) {
    let folder = Folder::new();
    folder.write("rules.yaml", FIVE_RULES);
    let mut request = json!({
        "uid": "u", "operation": "CREATE", "userInfo": {},
        "kind": {"group": "", "version": "v1", "kind": "Pod"},
        "resource": {"group": "", "version": "v1", "resource": "pods"},
        "object": pod(),
    });
    let (parent, key) = field.rsplit_once('/').expect("a pointer");
    request.pointer_mut(parent).expect("it is there")[key] = value.into();
    folder.write("request.json", request.to_string());
    let args = ["run", "--policy", "accepts.wat", "--settings", "rules.yaml"];
    let output = folder.run(&[&args[..], &["--request", "request.json"]].concat());
    assert_eq!(
        section(&stdout(&output), "Rules"),
        [
            "no rule was tried: this request does not create a pod (CREATE of v1 Pod, without a subresource)"
        ]
    );
}

#[test]
fn run_writes_one_document_a_request() {
    let folder = Folder::new();
    folder.write("p.wat", talkative());
    folder.write(
        "named.yaml",
        "{apiVersion: v1, kind: Pod, metadata: {name: web}}",
    );
    let args = [
        "run",
        "--policy",
        "p.wat",
        "--output",
        "json",
        "--request",
        "pod.yaml",
    ];
    let output = folder.run(&[&args[..], &["--request", "named.yaml"]].concat());
    let documents: Vec<Value> = stdout(&output)
        .lines()
        .map(|line| serde_json::from_str(line).expect("a line is a document"))
        .collect();
    let [first, second] = &documents[..] else {
        panic!("{documents:?}")
    };
    assert_eq!(first["request"], "pod.yaml");
    assert_eq!(first["allowed"], true);
    assert_eq!(first["status"], Value::Null);
    assert_eq!(first["patch"].as_array().map(Vec::len), Some(2));
    assert_eq!(
        first["mutatedObject"]["metadata"]["labels"]["egress"],
        "proxied"
    );
    assert_eq!(first["warnings"], json!(["rule \"b\": conflict"]));
    assert_eq!(first["auditAnnotations"], json!({"applied-rules": "a"}));
    assert_eq!(first["logs"][0]["event"]["reason"], "InjectionConflict");
    assert_eq!(
        first["logs"][1],
        json!({"level": "info", "message": "just so", "n": 1})
    );
    assert_ne!(first["uid"], second["uid"]);
    assert_eq!(second["request"], "named.yaml");
}

#[rstest]
#[case::not_a_terminal(&[], None, false)]
#[case::always(&["--color", "always"], None, true)]
#[case::always_beats_no_color(&["--color", "always"], Some("1"), true)]
#[case::never(&["--color", "never"], None, false)]
fn colours_are_for_terminals(
    #[case] args: &[&str],
    #[case] no_color: Option<&str>,
    #[case] colours: bool,
) {
    let folder = Folder::new();
    let run = ["run", "--policy", "accepts.wat", "--request", "pod.yaml"];
    let mut command = folder.command(&[&run[..], args].concat());
    command.envs(no_color.map(|value| ("NO_COLOR", value)));
    let output = command.output().expect("the program was built");
    assert_eq!(stdout(&output).contains('\u{1b}'), colours);
}
