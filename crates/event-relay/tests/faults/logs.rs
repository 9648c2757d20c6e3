//! Logs that break off, are rotated, or end with their server.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::time::Duration;

use rstest::rstest;
use serde_json::json;

use crate::support::kubectl;
use crate::support::log::Failure;
use crate::support::proxy::{Fault, Proxy, Step};
use crate::support::relay::Relay;
use crate::{Log, Place};

fn db(count: i64) -> Vec<(String, i64)> {
    vec![("StatefulSet/db".to_owned(), count)]
}

/// The watch for the servers and the stream of the log both break off within a line, again and
/// again.
#[tokio::test]
async fn streams_that_break_within_a_line() {
    let place = Place::new().await;
    let proxy = Proxy::start(&place.account);
    let mut log = Log::new();
    place.policy_server("policy-server", log.path()).await;
    let (mut logs, mut lists, mut watches) = (0, 0, 0);
    proxy.rule(move |seen| {
        let (times, most, bytes) = match seen.step {
            Step::Log => (&mut logs, 11, 4321),
            Step::ListServers => (&mut lists, 3, 150),
            Step::WatchServers => (&mut watches, 4, 50),
            _ => return Fault::None,
        };
        *times += 1;
        if *times <= most {
            Fault::Cut(*times * bytes)
        } else {
            Fault::None
        }
    });
    for n in 0..100 {
        log.write(&place.failure("db", &format!("r-{n}")));
    }
    let relay = place.relay(proxy.kubeconfig(), "relay");
    for n in 100..300 {
        log.write(&place.failure("db", &format!("r-{n}")));
        std::thread::sleep(Duration::from_millis(20));
    }
    place.settles(&db(300));
    assert!(proxy.faults() >= 8, "{} faults", proxy.faults());
    let broken = relay.metric("event_relay_records_refused_total");
    assert!(broken < 0.5, "{broken} half lines were taken for lines");
    assert!(relay.terminate().0.success());
    place.tells(&db(300));
}

/// Appends failures to a file, each in two pieces. `kept`: as the kubelet keeps them.
fn append(path: &Path, failures: impl Iterator<Item = Failure>, kept: bool) {
    let file = OpenOptions::new().create(true).append(true).open(path);
    let mut file = file.expect("a file");
    for failure in failures {
        let line = if kept {
            failure.kubelet_line()
        } else {
            failure.line() + "\n"
        };
        let (one, other) = line.as_bytes().split_at(line.len() / 2);
        file.write_all(one).expect("it is written");
        file.write_all(other).expect("it is written");
    }
}

/// Rotates a log ten times while failures go on: 400 of them. It is renamed and made anew.
fn rename(place: &Place, path: &Path, kept: bool) {
    let failures = |from: u32, to: u32| (from..to).map(|n| place.failure("db", &format!("r-{n}")));
    for round in 0..10 {
        let from = round * 40;
        append(path, failures(from, from + 20), kept);
        let old = path.with_extension(format!("log.{round}"));
        fs::rename(path, &old).expect("it is there");
        // Its writer goes on for a moment, and the new one is made only then.
        append(&old, failures(from + 20, from + 25), kept);
        File::create(path).expect("a file");
        append(path, failures(from + 25, from + 40), kept);
        std::thread::sleep(Duration::from_millis(700));
    }
    place.settles(&db(400));
}

/// Rotates a file ten times more: 300 failures. It is copied and cut, once its reader has caught up,
/// as far as one can know.
fn cut(place: &Place, path: &Path) {
    let failures = |from: u32, to: u32| (from..to).map(|n| place.failure("db", &format!("c-{n}")));
    for round in 0..10 {
        let from = round * 30;
        append(path, failures(from, from + 20), false);
        std::thread::sleep(Duration::from_millis(700));
        fs::copy(path, path.with_extension("log.copy")).expect("it is copied");
        let file = OpenOptions::new().write(true).open(path);
        file.and_then(|file| file.set_len(0)).expect("it is cut");
        append(path, failures(from + 20, from + 30), false);
        std::thread::sleep(Duration::from_millis(700));
    }
    place.settles(&db(700));
}

#[tokio::test]
async fn a_file_that_is_rotated() {
    let place = Place::new().await;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("policy-server.log");
    File::create(&path).expect("a file");
    let text = path.to_str().expect("it is text");
    let relay = Relay::start(place.account.kubeconfig(), &["--file", text]);
    relay.wait_for_log("reading a file");
    rename(&place, &path, false);
    cut(&place, &path);
    // From the beginning of the file that there is now.
    assert!(relay.terminate().0.success());
    let relay = Relay::start(place.account.kubeconfig(), &["--file", text]);
    append(&path, std::iter::once(place.failure("db", "last")), false);
    place.settles(&db(701));
    assert!(relay.terminate().0.success());
    place.tells(&db(701));
}

/// The kubelet renames a log and lets the container's runtime make a new one. It never cuts one.
/// Source: `k8s.io/kubernetes/pkg/kubelet/logs/container_log_manager.go`.
#[tokio::test]
async fn a_servers_log_that_is_rotated() {
    let place = Place::new().await;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("policy-server.log");
    File::create(&path).expect("a file");
    place.policy_server("policy-server", &path).await;
    let relay = place.relay(place.account.kubeconfig(), "relay");
    relay.wait_for_log("reading a policy-server's log");
    rename(&place, &path, true);
    assert!(relay.terminate().0.success());
    place.tells(&db(400));
}

/// The container is started again, and what its last run wrote at the end had not been read yet. Its
/// stream ends; or the relay hears of the new run only when it reads that one's log.
#[rstest]
#[case::between_two_streams(true)]
#[case::within_a_stream(false)]
#[tokio::test]
async fn a_server_that_is_started_again(#[case] ends: bool) {
    let place = Place::new().await;
    let proxy = Proxy::start(&place.account);
    let mut log = Log::new();
    place.policy_server("policy-server", log.path()).await;
    let relay = place.relay(proxy.kubeconfig(), "relay");
    let mut last_run = String::new();
    for n in 0..40 {
        let failure = place.failure("db", &format!("r-{n}"));
        last_run += &failure.dated_line();
        if n < 30 {
            log.write(&failure);
        }
    }
    place.settles(&db(30));
    // The kubelet keeps the last run's log; the nodes of the tests' cluster don't.
    proxy.rule(move |seen| {
        if seen.step == Step::Log && seen.path.contains("previous=true") {
            Fault::Answer {
                code: 200,
                retry_after: None,
                body: last_run.clone(),
            }
        } else {
            Fault::None
        }
    });
    let now = json!({"status": {"containerStatuses": [{
        "name": "policy-server", "restartCount": 1, "containerID": "test://2", "ready": true,
        "image": "example.com/server:1", "imageID": "", "state": {"running": {}},
    }]}});
    let now = now.to_string();
    let status = ["--subresource=status", "--type=merge", "-p", &now];
    let patch = ["patch", "pod", "policy-server", "-n", &place.servers];
    kubectl(place.cluster, &[&patch[..], &status].concat());
    if ends {
        // The kubelet ends the stream of a run with it; the nodes of the tests' cluster don't.
        proxy.end_logs();
        place.settles(&db(40));
    }
    let fresh = tempfile::NamedTempFile::new().expect("a file");
    fs::rename(fresh.path(), log.path()).expect("it is there");
    let more = (40..60).map(|n| place.failure("db", &format!("r-{n}")));
    append(log.path(), more, true);
    place.settles(&db(60));
    // Now the server is replaced: its pod goes, another one comes.
    let mut next = Log::new();
    place.policy_server("policy-server-2", next.path()).await;
    let delete = ["delete", "pod", "policy-server", "-n", &place.servers];
    kubectl(place.cluster, &[&delete[..], &["--now"]].concat());
    proxy.end_logs();
    for n in 60..100 {
        next.write(&place.failure("db", &format!("r-{n}")));
    }
    place.settles(&db(100));
    relay.wait_for_log("a policy-server's log has ended");
    assert!(relay.terminate().0.success());
    place.tells(&db(100));
}

/// Two servers, whose clocks are a minute apart, tell of one workload's failures: some of both.
#[tokio::test]
async fn two_servers_with_different_clocks() {
    let place = Place::new().await;
    let mut logs = [Log::new(), Log::new()];
    for (n, log) in logs.iter().enumerate() {
        place
            .policy_server(&format!("policy-server-{n}"), log.path())
            .await;
    }
    let write = |logs: &mut [Log; 2], range: std::ops::Range<u32>| {
        for n in range {
            let failure = place.failure("db", &format!("r-{n}"));
            let late = failure.time - Duration::from_mins(1);
            match n % 3 {
                0 => logs[0].write(&failure),
                1 => logs[1].write(&failure.at(late)),
                _ => {
                    logs[0].write(&failure);
                    logs[1].write(&failure.at(late));
                }
            }
        }
    };
    write(&mut logs, 0..600);
    let relay = place.relay(place.account.kubeconfig(), "relay");
    place.settles(&db(600));
    write(&mut logs, 600..900);
    place.settles(&db(900));
    relay.kill();
    let relay = place.relay(place.account.kubeconfig(), "relay");
    write(&mut logs, 900..1200);
    place.settles(&db(1200));
    assert!(relay.terminate().0.success());
    place.tells(&db(1200));
}

/// Ten thousand failures are in the log already, of many workloads.
#[tokio::test]
async fn a_log_of_ten_thousand_failures() {
    let place = Place::new().await;
    let mut log = Log::new();
    for n in 0..10_000 {
        log.write(&place.failure(&format!("db-{}", n % 100), &format!("r-{n}")));
    }
    place.policy_server("policy-server", log.path()).await;
    let relay = place.relay(place.account.kubeconfig(), "relay");
    let expected: Vec<_> = (0..100)
        .map(|n| (format!("StatefulSet/db-{n}"), 100))
        .collect();
    place.settles(&expected);
    assert!(relay.terminate().0.success());
    place.tells(&expected);
}
