//! What the tests have in common: a policy-server's log, and the relay itself as a program.

#![allow(dead_code, reason = "each test binary uses a part of it")]

pub(crate) mod log;
pub(crate) mod permissions;
pub(crate) mod place;
pub(crate) mod proxy;
pub(crate) mod relay;

use std::process::{Child, ExitStatus};
use std::time::{Duration, Instant};

use serde_json::Value;
use test_cluster::Cluster;

/// What kubectl prints.
pub(crate) fn kubectl(cluster: &Cluster, arguments: &[&str]) -> String {
    let mut command = cluster.kubectl().expect("kubectl");
    let output = command.args(arguments).output().expect("kubectl starts");
    assert!(
        output.status.success(),
        "kubectl {arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).expect("kubectl prints text")
}

/// The Events of a namespace that policies asked for.
pub(crate) fn events(cluster: &Cluster, namespace: &str) -> Vec<Value> {
    let json = kubectl(cluster, &["get", "events", "-n", namespace, "-o", "json"]);
    let mut list: Value = serde_json::from_str(&json).expect("kubectl prints JSON");
    let Value::Array(items) = list["items"].take() else {
        panic!("no list: {json}");
    };
    items
        .into_iter()
        .filter(|event| event["source"]["component"] == "pod-injector")
        .collect()
}

/// What Events tell: kind and name of their object, and the count, sorted.
pub(crate) fn told(events: &[Value]) -> Vec<(String, i64)> {
    let mut told: Vec<_> = events
        .iter()
        .map(|event| {
            let object = &event["involvedObject"];
            let text = |key: &str| object[key].as_str().unwrap_or_default();
            let object = format!("{}/{}", text("kind"), text("name"));
            (object, event["count"].as_i64().unwrap_or_default())
        })
        .collect();
    told.sort();
    told
}

/// The uids of a namespace's `ReplicaSet`s, by name.
pub(crate) fn uids_of_replica_sets(
    cluster: &Cluster,
    namespace: &str,
) -> std::collections::BTreeMap<String, String> {
    let sets = kubectl(cluster, &["get", "rs", "-n", namespace, "-o", "json"]);
    let sets: Value = serde_json::from_str(&sets).expect("JSON");
    let text = |value: &Value| value.as_str().expect("it is text").to_owned();
    let sets = sets["items"].as_array().expect("a list").iter();
    sets.map(|set| {
        let metadata = &set["metadata"];
        (text(&metadata["name"]), text(&metadata["uid"]))
    })
    .collect()
}

/// Creates objects.
pub(crate) fn apply(cluster: &Cluster, namespace: &str, objects: &Value) {
    use std::io::Write;
    let mut command = cluster.kubectl().expect("kubectl");
    let mut child = command
        // What kubectl would check by itself, it must ask for first: on a busy machine that takes long.
        .args(["create", "--validate=false", "-n", namespace, "-f", "-"])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::null())
        .spawn()
        .expect("kubectl starts");
    let mut input = child.stdin.take().expect("it is piped");
    input
        .write_all(objects.to_string().as_bytes())
        .expect("kubectl reads");
    drop(input);
    assert!(end(&mut child).success(), "{objects}");
}

/// Waits for the end of a program, which may have much to write: at most two minutes.
pub(crate) fn end(child: &mut Child) -> ExitStatus {
    let look = || child.try_wait().expect("it is a child");
    let ended = wait_for(Duration::from_mins(2), look);
    ended.expect("the program ends within two minutes")
}

/// Waits for something, at most half a minute.
pub(crate) fn wait<T>(what: &str, look: impl FnMut() -> Option<T>) -> T {
    let found = wait_for(Duration::from_secs(30), look);
    found.unwrap_or_else(|| panic!("waited in vain for {what}"))
}

/// Waits for something so long.
pub(crate) fn wait_for<T>(time: Duration, mut look: impl FnMut() -> Option<T>) -> Option<T> {
    let begun = Instant::now();
    loop {
        let found = look();
        if found.is_some() || begun.elapsed() > time {
            return found;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}
