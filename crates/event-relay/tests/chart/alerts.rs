//! The chart's alerts, as they are rendered. When they fire is in `tests/programs`.

use std::collections::BTreeSet;

use test_cluster::Cluster;

use crate::CLUSTER;
use crate::stage::groups;

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
