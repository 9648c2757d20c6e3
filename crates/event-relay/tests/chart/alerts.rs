//! The chart's alerts, as the real promtool sees them.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write};
use std::process::Command;

use serde_json::Value;
use test_cluster::Cluster;

use crate::CLUSTER;
use crate::stage::{chart, output};

/// When they fire and when they don't.
const CASES: &str = include_str!("alerts.yaml");

/// The alerts' groups in the chart's `PrometheusRule`, with these values.
fn groups(cluster: &Cluster, values: &[&str]) -> Value {
    let mut helm = cluster.helm().expect("helm");
    helm.args(["template", "event-relay"]).arg(chart());
    helm.args(["--show-only", "templates/prometheusrule.yaml"]);
    helm.args(["--set", "prometheusRule.enabled=true"]);
    for value in values {
        helm.args(["--set", value]);
    }
    let mut rule: Value = yaml_serde::from_str(&output(&mut helm)).expect("YAML");
    rule["spec"].take()
}

#[tokio::test]
async fn they_fire_when_they_should() {
    let groups = groups(CLUSTER.get().await, &[]);
    if Command::new("promtool").arg("--version").output().is_err() {
        // Not by a macro, whose output would be kept from whoever reads it.
        let _ = writeln!(
            io::stderr(),
            "the alerts' test is skipped: there is no promtool (Debian: apt-get install prometheus)"
        );
        return;
    }
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

#[tokio::test]
async fn they_are_made_for_the_release() {
    let cluster = CLUSTER.get().await;
    let values = [
        "fullnameOverride=other",
        "trust.policies={clusterwide-one,namespaced-shop-two}",
        "prometheusRule.disabled={EventRelayLags}",
    ];
    let rendered = groups(cluster, &values).to_string();
    assert!(rendered.contains(r#"job=\"other\""#), "{rendered}");
    assert!(!rendered.contains(r#"job=\"event-relay\""#), "{rendered}");
    let webhooks = r#"name=~\"(clusterwide-one|namespaced-shop-two)[.]kubewarden[.]admission\""#;
    assert!(rendered.contains(webhooks), "{rendered}");
    assert!(!rendered.contains("EventRelayLags"), "{rendered}");

    let values = [
        r#"prometheusRule.selector=container="relay""#,
        "trust.policies=null",
    ];
    let rendered = groups(cluster, &values).to_string();
    assert!(rendered.contains(r#"container=\"relay\""#), "{rendered}");
    assert!(!rendered.contains("job="), "{rendered}");
    assert!(rendered.contains(r#"name=~\"(.*)[.]kube"#), "{rendered}");
}

/// Asserts that what the alerts look at is what the relay tells, in name and kind.
pub(crate) fn know(cluster: &Cluster, metrics: &str) {
    let told: BTreeSet<String> = metrics
        .lines()
        .filter_map(|line| {
            let (name, kind) = line.strip_prefix("# TYPE ")?.split_once(' ')?;
            Some(match kind {
                "counter" => format!("{name}_total"),
                _ => name.to_owned(),
            })
        })
        .collect();
    let groups = groups(cluster, &[]).to_string();
    let words = groups.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let wanted: BTreeSet<String> = words
        .filter(|word| word.starts_with("event_relay_"))
        .map(str::to_owned)
        .collect();
    assert!(!wanted.is_empty(), "{groups}");
    let missing: Vec<_> = wanted.difference(&told).collect();
    assert!(
        missing.is_empty(),
        "the relay tells no {missing:?}: {told:?}"
    );
}
