//! Look-ups at the command line, with the policy that this repository is about and its example.

use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
    time::{Duration, Instant},
};

use rstest::rstest;
use test_modules::{Package, module};

fn example() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/rules-from")
}

/// Runs the command in the example's folder.
fn policy_host(command: &str, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_policy-host"))
        .arg(command)
        .arg("--policy")
        .arg(module(Package::PodInjector))
        .args(["--settings", "settings.yaml"])
        .args(args)
        .current_dir(example())
        .output()
        .expect("it was built")
}

fn run_once(args: &[&str]) -> String {
    let output = policy_host("run", &[&["--request", "pod.yaml"], args].concat());
    let text = String::from_utf8(output.stdout).expect("it is text");
    assert!(output.status.success(), "{text}");
    text
}

/// The policy gives up on look-ups that take long, which on a busy machine all may.
fn run(args: &[&str]) -> String {
    const TRIES: usize = 20;
    let late = |text: &String| text.contains("there was no answer in time");
    let mut texts = (0..TRIES).map(|_| run_once(args)).skip_while(late);
    texts.next().expect("one was in time")
}

#[rstest]
#[case::all_granted(
    &["--cluster", "cluster"],
    &["applied-rules   log-labels,important", "ConfigMap team-a/feature-flags, which does not exist"]
)]
#[case::kind_denied(
    &["--cluster", "cluster", "--deny", "v1/ConfigMap"],
    &["the policy needs {apiVersion: v1, kind: ConfigMap} in spec.contextAwareResources"]
)]
#[case::call_denied(
    &["--cluster", "cluster", "--deny", "kubernetes/get_resource"],
    &["the policy needs the host capability kubernetes/get_resource"]
)]
#[case::forbidden(
    &["--cluster", "cluster", "--forbid", "scheduling.k8s.io/v1/PriorityClass"],
    &["applied-rules   log-labels", "needs the RBAC permission to get priorityclasses"]
)]
#[case::no_cluster(&[], &["the policy needs the host capability kubernetes/get_resource"])]
fn a_cluster_is_what_the_user_says(#[case] args: &[&str], #[case] expected: &[&str]) {
    let shown = run(args);
    for expected in expected {
        assert!(shown.contains(expected), "{shown}");
    }
}

#[test]
fn look_ups_can_be_slow() {
    let start = Instant::now();
    let shown = run_once(&["--cluster", "cluster", "--lookup-delay", "3000"]);
    assert!(start.elapsed() >= Duration::from_secs(3));
    assert!(shown.contains("✓ accepted"), "{shown}");
    assert!(shown.contains("there was no answer in time"), "{shown}");
}

#[test]
fn look_ups_are_recorded() {
    let folder = tempfile::tempdir().expect("a folder");
    let record = folder.path().join("session.yaml");
    let path = record.to_str().expect("a path that is text");
    run(&["--cluster", "cluster", "--record", path]);
    let recorded = std::fs::read_to_string(record).expect("it was written");
    assert_eq!(
        recorded.matches("!KubernetesGetResource").count(),
        4,
        "{recorded}"
    );
}

#[test]
fn a_config_map_of_rules_is_checked_before_it_is_applied() {
    let sound = [
        "--configmap",
        "cluster/rules.yaml",
        "--configmap",
        "cluster/team.yaml",
    ];
    assert!(policy_host("settings", &sound).status.success());

    let folder = tempfile::tempdir().expect("a folder");
    let broken = folder.path().join("rules.yaml");
    let text = std::fs::read_to_string(example().join("cluster/rules.yaml")).expect("it is there");
    std::fs::write(&broken, text.replace("labels['app']", "labels[app]")).expect("it is written");
    let output = policy_host("settings", &["--configmap", broken.to_str().expect("text")]);
    assert!(!output.status.success());
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8(said).expect("it is text");
    let place = "logging.yaml[0].inject.containers[0].patch.env[0].value: at character 23: ";
    assert!(said.contains(place), "{said}");
}
