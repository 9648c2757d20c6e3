//! What a release may do in the cluster, and what it did.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;

use crate::container::text;
use crate::stage::Stage;
use crate::support::kubectl;

/// A verb, a resource with its group, and the namespace, empty for all of them.
type Right = (String, String, String);

/// What the chart's roles give.
pub(crate) fn given(stage: &Stage) -> BTreeSet<Right> {
    let cluster_role = format!("{}:event-relay", stage.home);
    let mut rights = BTreeSet::new();
    for (kind, name, namespace) in [
        ("clusterrole", cluster_role.as_str(), ""),
        ("role", "event-relay-logs", &stage.servers),
        ("role", "event-relay-lease", &stage.home),
    ] {
        let get = ["get", kind, name, "-n", namespace, "-o", "json"];
        let json = kubectl(stage.cluster, &get);
        let role: Value = serde_json::from_str(&json).expect("kubectl prints JSON");
        for rule in items(&role["rules"]) {
            for group in items(&rule["apiGroups"]) {
                for resource in items(&rule["resources"]) {
                    let resource = format!("{}/{}", text(group), text(resource));
                    for verb in items(&rule["verbs"]) {
                        let verb = text(verb).to_owned();
                        rights.insert((verb, resource.clone(), namespace.to_owned()));
                    }
                }
            }
        }
    }
    rights
}

/// What the release's service account asked of the API server, and what it was refused. In other
/// namespaces than the release's and the policy-servers' it is one and the same right.
pub(crate) fn used(stage: &Stage) -> (BTreeSet<Right>, BTreeSet<Right>) {
    let user = format!("system:serviceaccount:{}:event-relay", stage.home);
    let log = fs::read_to_string(stage.cluster.audit_log()).expect("an audit log");
    let (mut allowed, mut refused) = (BTreeSet::new(), BTreeSet::new());
    for line in log.lines() {
        let Ok(event) = serde_json::from_str::<Value>(line) else {
            // The last one is still being written.
            continue;
        };
        if event["user"]["username"] != user.as_str() {
            continue;
        }
        let object = &event["objectRef"];
        let part = |key: &str| object[key].as_str().unwrap_or_default();
        let mut resource = format!("{}/{}", part("apiGroup"), part("resource"));
        if !part("subresource").is_empty() {
            resource = format!("{resource}/{}", part("subresource"));
        }
        let namespace = part("namespace");
        let own = [&stage.home, &stage.servers].into_iter();
        let namespace = own.fold("", |found, own| if own == namespace { own } else { found });
        let right = (
            text(&event["verb"]).to_owned(),
            resource,
            namespace.to_owned(),
        );
        if event["annotations"]["authorization.k8s.io/decision"] == "allow" {
            allowed.insert(right);
        } else {
            refused.insert(right);
        }
    }
    (allowed, refused)
}

fn items(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().into_iter().flatten()
}
