//! `policy-host bench`.

use serde_json::{Value, json};
use test_modules::{Package, module};

use crate::folder::{Folder, stderr, stdout};
use crate::support::answering;

#[test]
fn bench_compares_with_the_yardsticks() {
    let folder = Folder::new();
    let (floor, noop) = (module(Package::Floor), module(Package::Noop));
    let mut command = folder.command(&["bench", "--iterations", "3", "--request", "pod.yaml"]);
    command.args(["--policy", "accepts.wat", "--settings", "settings.yaml"]);
    command.arg("--floor").arg(floor).arg("--noop").arg(noop);
    let text = command.output().expect("the program was built");
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
        .expect("the program was built");
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
fn bench_refuses_a_policy_that_fails() {
    let folder = Folder::new();
    folder.write("p.wat", answering(&json!({"valid": true})));
    let output = folder.run(&["bench", "--policy", "p.wat", "--request", "pod.yaml"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("pod.yaml: the module given as policy fails"));
}
