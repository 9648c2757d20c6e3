//! Look-ups at the command line, with the policy that this repository is about and its example.

use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
    time::{Duration, Instant},
};

use rstest::rstest;
use test_modules::{Package, module, module_with_paused_clock};

fn example() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/rules-from")
}

/// Runs the command in the example's folder.
fn policy_host(command: &str, policy: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_policy-host"))
        .arg(command)
        .arg("--policy")
        .arg(policy)
        .args(["--settings", "settings.yaml"])
        .args(args)
        .current_dir(example())
        .output()
        .expect("it was built")
}

fn run(policy: &Path, args: &[&str]) -> String {
    let args = [&["--request", "pod.yaml"], args].concat();
    let output = policy_host("run", policy, &args);
    let text = String::from_utf8(output.stdout).expect("it is text");
    assert!(output.status.success(), "{text}");
    text
}

/// Runs the policy with a clock that no look-up is too slow for, as all may be on a busy machine.
fn run_patiently(args: &[&str]) -> String {
    let policy = module_with_paused_clock(Package::PodInjector);
    run(&policy, &[&["--policy-timeout", "20"], args].concat())
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
    let shown = run_patiently(args);
    for expected in expected {
        assert!(shown.contains(expected), "{shown}");
    }
}

#[test]
fn look_ups_can_be_slow() {
    let start = Instant::now();
    let slow = ["--cluster", "cluster", "--lookup-delay", "3000"];
    let shown = run(&module(Package::PodInjector), &slow);
    assert!(start.elapsed() >= Duration::from_secs(3));
    assert!(shown.contains("✓ accepted"), "{shown}");
    assert!(shown.contains("there was no answer in time"), "{shown}");
}

#[test]
fn slow_look_ups_are_in_time_where_the_policys_clock_is_paused() {
    let start = Instant::now();
    let shown = run_patiently(&["--cluster", "cluster", "--lookup-delay", "700"]);
    assert!(start.elapsed() >= Duration::from_millis(700));
    let applied = "applied-rules   log-labels,important";
    assert!(shown.contains(applied), "{shown}");
}

#[test]
fn look_ups_are_recorded() {
    let folder = tempfile::tempdir().expect("a folder");
    let record = folder.path().join("session.yaml");
    let path = record.to_str().expect("a path that is text");
    let args = ["--cluster", "cluster", "--record", path];
    run_patiently(&args);
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
    assert!(
        policy_host("settings", &module(Package::PodInjector), &sound)
            .status
            .success()
    );

    let folder = tempfile::tempdir().expect("a folder");
    let broken = folder.path().join("rules.yaml");
    let text = std::fs::read_to_string(example().join("cluster/rules.yaml")).expect("it is there");
    std::fs::write(&broken, text.replace("labels['app']", "labels[app]")).expect("it is written");
    let output = policy_host(
        "settings",
        &module(Package::PodInjector),
        &["--configmap", broken.to_str().expect("text")],
    );
    assert!(!output.status.success());
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8(said).expect("it is text");
    let place = "logging.yaml[0].inject.containers[0].patch.env[0].value: at character 23: ";
    assert!(said.contains(place), "{said}");
}
