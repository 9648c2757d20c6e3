//! The command, as a user runs it.

mod support;

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use rstest::rstest;
use serde_json::{Value, json};
use support::{answering, logging, pod};
use tempfile::TempDir;
use test_modules::{Package, module};

/// A folder with a pod, settings and policies in it.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        let folder = Self(tempfile::tempdir().expect("a folder"));
        folder.write("pod.yaml", pod().to_string());
        folder.write("settings.yaml", "rules: []\n");
        folder.write(
            "accepts.wat",
            answering(&json!({"accepted": true, "valid": true})),
        );
        folder
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join(name);
        fs::write(&path, content).expect("the folder is writable");
        path
    }

    /// Runs the command in the folder.
    fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().expect("it was built")
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_policy-host"));
        command
            .args(args)
            .current_dir(self.path())
            .env_remove("NO_COLOR");
        command
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("it is text")
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("it is text")
}

/// A policy that uses all that a policy can say.
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
fn run_shows_all_that_a_policy_did() {
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

/// A policy that says what became of three of the rules.
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
fn run_says_what_became_of_each_rule(
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
            "none was tried: this request does not create a pod (CREATE of v1 Pod, without a subresource)"
        ]
    );
}

#[rstest]
#[case::bare("a: {b: yes, c: 0644, d: 'on', e: true}\n", &[r#"a.b: kubectl reads true, kwctl "yes""#, r#"a.c: kubectl reads 420, kwctl "0644""#])]
#[case::of_a_policy(
    "apiVersion: policies.kubewarden.io/v1\nspec: {settings: {a: off}}\n",
    &[r#"spec.settings.a: kubectl reads false, kwctl "off""#]
)]
#[case::alike("a: {b: true, c: 420, d: 1.0, e: 1e3, f: ~, g: x}\n", &[])]
fn settings_that_kubectl_and_kwctl_read_differently_give_a_warning(
    #[case] settings: &str,
    #[case] expected: &[&str],
) {
    let folder = Folder::new();
    folder.write("odd.yaml", settings);
    let run = ["run", "--request", "pod.yaml"];
    for command in [&["settings"][..], &run] {
        let args = ["--policy", "accepts.wat", "--settings", "odd.yaml"];
        let output = folder.run(&[command, &args].concat());
        let expected = expected.iter().fold(String::new(), |expected, difference| {
            expected + "policy-host: warning: odd.yaml: " + difference + "\n"
        });
        assert_eq!(stderr(&output), expected);
        assert_eq!(output.status.code(), Some(0));
    }
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

#[test]
fn a_rejection_is_exit_code_1() {
    let folder = Folder::new();
    let answer = json!({"accepted": false, "valid": true, "message": "no\u{1b}[2J", "code": 403});
    folder.write("p.wat", answering(&answer));
    let args = ["run", "--request", "pod.yaml", "--policy"];
    let output = folder.run(&[&args[..], &["p.wat"]].concat());
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        stdout(&output),
        "CREATE pod/web-* in namespace default  pod.yaml\n✗ rejected (403): no\\u{1b}[2J\n"
    );
    let output = folder.run(&[&args[..], &["accepts.wat"]].concat());
    assert_eq!(output.status.code(), Some(0));
    assert!(stdout(&output).ends_with("✓ accepted, unchanged\n"));
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
    let output = command.output().expect("it was built");
    assert_eq!(stdout(&output).contains('\u{1b}'), colours);
}

#[rstest]
#[case::missing(None, "No such file")]
#[case::empty(Some(&b""[..]), "empty")]
#[case::truncated(Some(&b"{\"uid\": \"u\""[..]), "not YAML")]
#[case::not_text(Some(&b"\xff\xfe"[..]), "not UTF-8")]
#[case::wrong_type(Some(&b"[]"[..]), "this is a list")]
#[case::other_kind(Some(&b"{apiVersion: v1, kind: Service}"[..]), "this is v1 Service")]
#[case::half_a_request(Some(&b"{uid: u}"[..]), "missing field `kind`")]
#[case::wrong_field(
    Some(&b"{kind: AdmissionReview, request: {uid: 1}}"[..]),
    "expected a string"
)]
#[case::two(Some(&b"a: 1\n---\nb: 2\n"[..]), "several YAML documents")]
fn unreadable_requests_are_exit_code_2(#[case] content: Option<&[u8]>, #[case] expected: &str) {
    let folder = Folder::new();
    if let Some(content) = content {
        folder.write("bad.yaml", content);
    }
    for command in ["run", "bench"] {
        let args = [command, "--policy", "accepts.wat", "--request", "pod.yaml"];
        let output = folder.run(&[&args[..], &["--request", "bad.yaml"]].concat());
        assert_eq!(output.status.code(), Some(2));
        assert_eq!(stdout(&output), "");
        let said = stderr(&output);
        assert!(
            said.starts_with("policy-host: bad.yaml: ") && said.contains(expected),
            "{said}"
        );
    }
}

#[rstest]
#[case::unreadable_settings(&["--policy", "accepts.wat", "--settings", "list.yaml"], "list.yaml: settings are an object")]
#[case::refused_settings(&["--policy", "picky.wat"], "no --settings: the policy refuses these settings:\na: 1\nb: 2")]
#[case::folder_as_settings(&["--policy", "accepts.wat", "--settings", "."], ".: Is a directory")]
#[case::no_module(&["--policy", "list.yaml"], "list.yaml: not a WebAssembly module")]
#[case::no_file(&["--policy", "none.wasm"], "none.wasm: No such file")]
#[case::other_namespace(&["--policy", "accepts.wat", "--namespace", "b", "--request", "in-a.yaml"], "in-a.yaml: the Pod's namespace is a, not b")]
#[case::usage(&["--policy", "accepts.wat", "--colour", "red"], "unexpected argument '--colour'")]
fn what_else_cannot_be_used_is_exit_code_2(#[case] args: &[&str], #[case] expected: &str) {
    let folder = Folder::new();
    folder.write("list.yaml", "[]");
    folder.write(
        "in-a.yaml",
        "{apiVersion: v1, kind: Pod, metadata: {namespace: a}}",
    );
    folder.write(
        "picky.wat",
        answering(&json!({"valid": false, "message": "a: 1\nb: 2"})),
    );
    let output = folder.run(&[&["run", "--request", "pod.yaml"], args].concat());
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(stdout(&output), "");
    assert!(stderr(&output).contains(expected), "{}", stderr(&output));
}

#[rstest]
#[case::valid(json!({"valid": true}), 0, "no problems in settings.yaml\n")]
#[case::invalid(json!({"valid": false, "message": "a: 1\nb: 2\n"}), 1, "a: 1\nb: 2\n")]
#[case::no_message(json!({"valid": false}), 1, "the policy gave no message\n")]
fn settings_are_checked(#[case] answer: Value, #[case] code: i32, #[case] expected: &str) {
    let folder = Folder::new();
    folder.write("p.wat", answering(&answer));
    let output = folder.run(&[
        "settings",
        "--policy",
        "p.wat",
        "--settings",
        "settings.yaml",
    ]);
    assert_eq!(output.status.code(), Some(code));
    assert_eq!(stdout(&output), expected);
}

#[test]
fn bench_compares_with_the_yardsticks() {
    let folder = Folder::new();
    let (floor, noop) = (module(Package::Floor), module(Package::Noop));
    let mut command = folder.command(&["bench", "--iterations", "3", "--request", "pod.yaml"]);
    command.args(["--policy", "accepts.wat", "--settings", "settings.yaml"]);
    command.arg("--floor").arg(floor).arg("--noop").arg(noop);
    let text = command.output().expect("it was built");
    assert_eq!(text.status.code(), Some(0), "{}", stderr(&text));
    let text = stdout(&text);
    for expected in [
        "REQUEST",
        "pod.yaml   policy",
        "pod.yaml   floor",
        "pod.yaml   noop",
        " bytes",
    ] {
        assert!(text.contains(expected), "{text}");
    }
    let json = command
        .args(["--output", "json"])
        .output()
        .expect("it was built");
    let json: Value = serde_json::from_slice(&json.stdout).expect("it is JSON");
    let request = &json["requests"][0];
    assert_eq!(request["rounds"], 3);
    let operations = |index: usize| &request["results"][index]["patchOperations"];
    assert_eq!(
        [operations(0), operations(1), operations(2)],
        [&json!(0), &json!(1), &json!(0)]
    );
    assert!(
        request["results"][0]["ratioTo"]["floor"]["whole"].is_f64(),
        "{request}"
    );
    assert!(json["moduleBytes"]["noop"].is_u64());
}

#[test]
fn bench_stops_in_time() {
    let folder = Folder::new();
    let args = [
        "bench",
        "--policy",
        "accepts.wat",
        "--request",
        "pod.yaml",
        "--seconds",
        "1",
    ];
    let output = folder.run(&args);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stdout(&output).contains("pod.yaml   policy"));
}

#[test]
fn bench_of_a_policy_that_fails_means_nothing() {
    let folder = Folder::new();
    folder.write("p.wat", answering(&json!({"valid": true})));
    let output = folder.run(&["bench", "--policy", "p.wat", "--request", "pod.yaml"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("pod.yaml: the module given as policy fails"));
}
