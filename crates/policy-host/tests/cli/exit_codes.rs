//! The exit codes of the commands.

use rstest::rstest;
use serde_json::json;

use crate::folder::{Folder, stderr, stdout};
use crate::support::answering;

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
fn other_unusable_input_is_exit_code_2(#[case] args: &[&str], #[case] expected: &str) {
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
