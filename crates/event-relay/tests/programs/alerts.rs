//! The chart's alerts, as the real promtool sees them.

use std::fs;
use std::process::Command;

use crate::CLUSTER;
use crate::stage::{groups, output};

/// When they fire and when they don't.
const CASES: &str = include_str!("alerts.yaml");

pub(crate) async fn they_fire_when_they_should() {
    let groups = groups(CLUSTER.get().await, &[]);
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str| folder.path().join(name);
    fs::write(file("rules.yaml"), groups.to_string()).expect("it is written");
    fs::write(file("cases.yaml"), CASES).expect("it is written");
    let promtool = |arguments: [&str; 2], name: &str| {
        let mut command = Command::new("promtool");
        output(command.args(arguments).arg(file(name)))
    };
    promtool(["check", "rules"], "rules.yaml");
    promtool(["test", "rules"], "cases.yaml");
}
