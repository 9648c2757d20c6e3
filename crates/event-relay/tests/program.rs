//! The program without a cluster.

mod support;

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::process::{Output, Stdio};

use rstest::rstest;
use serde_json::Value;
use support::log::Failure;
use support::relay::command;
use support::{end, told, wait};

/// What it makes of an input.
fn run(arguments: &[&str], input: &str) -> Output {
    let mut child = command(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the relay starts");
    let mut stdin = child.stdin.take().expect("it is piped");
    let input = input.to_owned();
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let output = child.wait_with_output().expect("it ends");
    writer
        .join()
        .expect("no panic")
        .expect("the relay reads all of it");
    output
}

/// The Events that it would write.
fn events(arguments: &[&str], input: &str) -> Vec<Value> {
    let dry_run = ["--stdin", "--dry-run", "--output", "json"];
    let output = run(&[&dry_run, arguments].concat(), input);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let text = String::from_utf8(output.stdout).expect("it is text");
    let events = text
        .lines()
        .map(|line| serde_json::from_str(line).expect("each line is JSON"));
    // An Event that counts may be printed again: the last one holds.
    let mut last: Vec<Value> = Vec::new();
    for event in events {
        let event: Value = event;
        last.retain(|other| other["metadata"]["name"] != event["metadata"]["name"]);
        last.push(event);
    }
    last
}

const WEB: [&str; 4] = [
    "apps/v1",
    "ReplicaSet",
    "web-1",
    "0b5e3a4e-58f3-4f0c-8a3a-8c2f9c1d2e3f",
];

#[rstest]
#[case::json("policy-server.json.log")]
#[case::text("policy-server.text.log")]
#[case::otlp("policy-server.otlp.log")]
#[case::kwctl("kwctl.stderr.log")]
fn a_hosts_log_becomes_a_table(#[case] log: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../event-record/tests/data");
    let log = fs::read_to_string(folder.join(log)).expect("it is there");
    let output = run(&["--stdin", "--dry-run"], &log);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let text = String::from_utf8(output.stdout).expect("it is text");
    // All but the age.
    let rows: Vec<&str> = text.lines().map(|line| line[12..].trim_start()).collect();
    let message = "rule \"corporate-proxy\" was not applied: env HTTP_PROXY of container \"app-0\" is already set to another value";
    let expected = [
        "TYPE      REASON              OBJECT                      MESSAGE".to_owned(),
        format!("Warning   InjectionConflict   replicaset/web-7d9c5b8f6d   {message}"),
        format!("Warning   InjectionConflict   pod/web-7d9c5b8f6d-*        {message}"),
    ];
    assert_eq!(rows, expected);
}

#[test]
fn failures_of_one_workload_are_counted_and_ten_pods_told_of() {
    let log: String = (0..1000)
        .map(|n| {
            Failure::new("team-a", &format!("request-{n}"))
                .of(WEB)
                .line()
                + "\n"
        })
        .collect();
    // Every line twice.
    let events = events(&[], &(log.clone() + &log));
    let (counted, pods): (Vec<_>, Vec<_>) = events
        .into_iter()
        .partition(|event| event["involvedObject"]["kind"] == "ReplicaSet");
    assert_eq!(told(&counted), [("ReplicaSet/web-1".to_owned(), 1000)]);
    assert_eq!(told(&pods), vec![("Pod/web-1-*".to_owned(), 1); 10]);
}

#[test]
fn rules_reasons_and_workloads_are_counted_apart() {
    let other = ["apps/v1", "StatefulSet", "db", "u-2"];
    let failures = [
        Failure::new("team-a", "r-1").of(WEB),
        Failure::new("team-a", "r-1").of(WEB).rule("other"),
        Failure::new("team-a", "r-2").of(other),
        Failure::new("team-b", "r-3").of(WEB),
        Failure {
            reason: "InternalError".to_owned(),
            ..Failure::new("team-a", "r-4").of(WEB)
        },
    ];
    let log: String = failures
        .iter()
        .map(|failure| failure.line() + "\n")
        .collect();
    let names: Vec<_> = events(&[], &log)
        .into_iter()
        .filter(|event| event["involvedObject"]["kind"] != "Pod")
        .map(|event| {
            (
                event["metadata"]["namespace"].clone(),
                event["count"].clone(),
            )
        })
        .collect();
    assert_eq!(names.len(), 5, "{names:?}");
    assert!(names.iter().all(|(_, count)| *count == 1));
}

#[rstest]
#[case::not_on_the_list(&["--policy", "clusterwide-other"], 0)]
#[case::on_the_list(&["--policy", "clusterwide-other", "--policy", "clusterwide-pod-injector"], 2)]
#[case::other_format(&["--log-format", "text"], 0)]
#[case::format(&["--log-format", "json"], 2)]
#[case::too_old(&["--max-age", "5m"], 0)]
#[case::not_too_old(&["--max-age", "20m"], 2)]
fn only_what_is_trusted_becomes_an_event(#[case] arguments: &[&str], #[case] expected: usize) {
    let mut failure = Failure::new("team-a", "r-1").of(WEB);
    failure.time -= std::time::Duration::from_mins(10);
    assert_eq!(events(arguments, &failure.line()).len(), expected);
}

/// A policy may say what it likes; the host knows better.
#[rstest]
#[case::namespace(
    r#""namespace":"team-a","operation""#,
    r#""namespace":"kube-system","operation""#
)]
#[case::request(r#""request_uid":"r-1""#, r#""request_uid":"r-2""#)]
#[case::involved(
    r#"\"kind\":\"Pod\",\"namespace\":\"team-a\""#,
    r#"\"kind\":\"Pod\",\"namespace\":\"kube-system\""#
)]
#[case::reason("InjectionConflict", "no reason at all")]
#[case::audit(r#""name":"validation""#, r#""name":"audit""#)]
#[case::target(r#""target":"policy_log""#, r#""target":"policy_server""#)]
#[case::cut(r#""target":"policy_log""#, "")]
fn a_forged_record_is_refused(#[case] from: &str, #[case] to: &str) {
    let line = Failure::new("team-a", "r-1").of(WEB).line();
    let forged = line.replace(from, to);
    assert_ne!(line, forged, "the line has no {from}");
    assert_eq!(events(&[], &(forged + "\n")).len(), 0);
}

#[test]
fn what_a_policy_says_is_clamped() {
    let mut failure = Failure::new("team-a", "r-1").of(WEB);
    failure.message = format!("a\nWARN \u{1b}[31m{}", "ü".repeat(5000));
    failure.rule = "r".repeat(5000);
    for event in events(&[], &failure.line()) {
        let message = event["message"].as_str().expect("it has a message");
        assert!(message.len() <= 1024, "{}", message.len());
        assert!(message.starts_with("a\\nWARN \\u{1b}[31mü"), "{message}");
        assert!(!message.chars().any(char::is_control));
        let rule = &event["metadata"]["annotations"]["pod-injector.kubewarden.io/rule"];
        assert!(rule.as_str().is_some_and(|rule| rule.len() <= 253));
    }
}

/// Records of another version: what is not known is left out, what is missing is filled in.
#[test]
fn a_record_of_another_version_is_read() {
    let failure = Failure::new("team-a", "r-1").of(WEB);
    let mut event = failure.event();
    event["futureField"] = serde_json::json!({"a": [1, 2]});
    event["involvedObject"]["futureField"] = serde_json::json!(true);
    for field in [
        "action",
        "type",
        "count",
        "source",
        "message",
        "apiVersion",
        "kind",
    ] {
        event.as_object_mut().expect("an object").remove(field);
    }
    event["metadata"]["annotations"] = Value::Null;
    let data = |event: &Value| {
        let data = serde_json::json!({"event": event}).to_string();
        serde_json::to_string(&data).expect("a string")
    };
    let line = failure
        .line()
        .replace(&data(&failure.event()), &data(&event));
    let events = events(&[], &line);
    assert_eq!(events.len(), 2);
    assert_eq!(events[0]["type"], "Warning");
    assert_eq!(events[0]["source"]["component"], "pod-injector");
}

#[test]
fn an_unfinished_last_line_is_read_at_the_inputs_end() {
    let line = Failure::new("team-a", "r-1").of(WEB).line();
    assert_eq!(events(&[], &line).len(), 2);
    assert_eq!(events(&[], &line[..line.len() - 1]).len(), 0);
}

#[rstest]
#[case::two_inputs(&["--stdin", "--file", "x"])]
#[case::output_without_dry_run(&["--stdin", "--output", "json"])]
#[case::nonsense(&["--max-age", "soon"])]
fn wrong_usage_ends_with_2(#[case] arguments: &[&str]) {
    assert_eq!(run(arguments, "").status.code(), Some(2));
}

#[test]
fn without_a_cluster_it_says_so_and_ends_with_1() {
    let output = run(&["--stdin", "--kubeconfig", "/nowhere"], "");
    assert_eq!(output.status.code(), Some(1));
    let log = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(log.contains("kubeconfig"), "{log}");
}

/// A file that is followed over both styles of rotation.
#[test]
fn a_file_is_followed_over_rotation() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("policy-server.log");
    let out = folder.path().join("out");
    let mut child = command(&["--dry-run", "--output", "json", "--file"])
        .arg(&path)
        .stdout(fs::File::create(&out).expect("a file"))
        .spawn()
        .expect("the relay starts");
    let count = || {
        let text = fs::read_to_string(&out).expect("it is there");
        let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
        let counts = whole.lines().filter_map(|line| {
            let event: Value = serde_json::from_str(line).expect("JSON");
            (event["involvedObject"]["kind"] == "ReplicaSet").then(|| event["count"].as_i64())?
        });
        counts.max().unwrap_or(0)
    };
    let write = |requests: std::ops::Range<u32>| {
        let mut file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&path)
            .expect("a file");
        for n in requests {
            let line = Failure::new("team-a", &format!("r-{n}")).of(WEB).line() + "\n";
            // In two pieces.
            let (one, other) = line.as_bytes().split_at(line.len() / 2);
            file.write_all(one).expect("it is written");
            file.write_all(other).expect("it is written");
        }
    };
    let expect = |expected: i64| {
        wait("all failures", || (count() >= expected).then_some(()));
        assert_eq!(count(), expected);
    };
    // It is not there at first.
    std::thread::sleep(std::time::Duration::from_millis(300));
    write(0..5);
    expect(5);
    // Renamed and made anew; the writer finishes a line in the old one.
    fs::rename(&path, folder.path().join("policy-server.log.1")).expect("it is there");
    write(5..8);
    expect(8);
    // Copied and cut.
    OpenOptions::new()
        .write(true)
        .open(&path)
        .expect("it is there")
        .set_len(0)
        .expect("it is cut");
    std::thread::sleep(std::time::Duration::from_millis(600));
    write(8..10);
    expect(10);
    let id = child.id().to_string();
    std::process::Command::new("kill")
        .arg(id)
        .status()
        .expect("kill starts");
    assert!(end(&mut child).success());
}

#[test]
fn the_help_names_what_an_operator_looks_for() {
    let output = run(&["--help"], "");
    let text = String::from_utf8(output.stdout).expect("it is text");
    for word in [
        "--stdin",
        "--policy",
        "--dry-run",
        "Exit codes",
        "kubectl logs",
    ] {
        assert!(text.contains(word), "{text}");
    }
    assert!(
        text.lines().all(|line| line.chars().count() <= 100),
        "{text}"
    );
}

/// What is refused is summed up by its causes, for whoever pipes a log in.
#[test]
fn refused_lines_are_summed_up_at_the_end() {
    let line = Failure::new("team-a", "r-1").of(WEB).line();
    let damaged = &line[..line.len() - 1];
    let input = format!(
        "{damaged}\n{damaged}\n{line}\n{}\n",
        line.replace("policy_log", "other")
    );
    let output = run(&["--stdin", "--dry-run"], &input);
    assert_eq!(output.status.code(), Some(0));
    let log = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        log.contains("lines refused: damaged 2, not_policy_log 1"),
        "{log}"
    );
}
