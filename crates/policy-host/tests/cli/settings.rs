//! `policy-host settings`, and the warnings about settings.

use rstest::rstest;
use serde_json::Value;
use serde_json::json;

use crate::folder::{Folder, stderr, stdout};
use crate::support::answering;

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
