//! Where a test takes place.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::time::Duration;

use event_record::{REQUEST_LABEL, STATUS_ANNOTATION};
use serde_json::{Value, json};
use test_cluster::{Access, Cluster};

use super::log::Failure;
use super::relay::Relay;
use super::{apply, events, kubectl, permissions, told, wait, wait_for};

/// Namespaces of a test's own, and what its relay may do.
pub(crate) struct Place {
    pub(crate) cluster: &'static Cluster,
    pub(crate) servers: String,
    pub(crate) team: String,
    pub(crate) account: Access,
}

impl Place {
    pub(crate) async fn within(cluster: &'static Cluster) -> Self {
        let servers = cluster.namespace("kubewarden").await.expect("a namespace");
        let team = cluster.namespace("team").await.expect("a namespace");
        let account = permissions::account(cluster, &servers).await;
        Self {
            cluster,
            servers,
            team,
            account,
        }
    }

    /// A failure of a pod that a `StatefulSet` made.
    pub(crate) fn failure(&self, workload: &str, request: &str) -> Failure {
        Failure::new(&self.team, request).of(["apps/v1", "StatefulSet", workload, "u-1"])
    }

    /// A policy-server whose log is this file.
    pub(crate) async fn policy_server(&self, name: &str, log: &Path) {
        let served = self.cluster.serve_log(&self.servers, name, log).await;
        served.expect("a log");
        let pod = json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": name, "labels": {"kubewarden/policy-server": "default"}},
            "spec": {"containers": [{"name": "policy-server", "image": "example.com/server:1"}]},
        });
        apply(self.cluster, &self.servers, &pod);
    }

    /// A relay that follows the policy-servers.
    pub(crate) fn relay(&self, kubeconfig: &Path, identity: &str) -> Relay {
        let arguments = [
            "--namespace",
            &self.servers,
            "--lease-namespace",
            &self.servers,
            "--identity",
            identity,
            "--wait-for-pod",
            "1s",
        ];
        Relay::start(kubeconfig, &arguments)
    }

    /// A relay that believes nothing which no pod of this place confirms.
    pub(crate) fn confirming(&self, kubeconfig: &Path, more: &[&str]) -> Relay {
        let arguments = [
            "--namespace",
            &self.servers,
            "--lease-namespace",
            &self.servers,
            "--wait-for-pod",
            "20s",
            "--policy",
            "clusterwide-pod-injector",
            "--watch-namespaces",
            &self.team,
        ];
        Relay::start(kubeconfig, &[&arguments[..], more].concat())
    }

    /// A pod with a stamp that tells of these rules, and what made it.
    pub(crate) fn stamped(
        &self,
        name: &str,
        request: &str,
        rules: &[&str],
        owner: Option<&[String; 4]>,
    ) {
        apply(
            self.cluster,
            &self.team,
            &stamped(name, request, rules, owner),
        );
    }

    /// A `ReplicaSet` of a Deployment of this name. It is being deleted, and so its controller leaves
    /// the pods alone that a test makes in its name.
    pub(crate) fn replica_set(&self, deployment: &str) -> [String; 4] {
        let labels = json!({"app": deployment});
        let containers = json!([{"name": "app", "image": "example.com/app:1"}]);
        let name = format!("{deployment}-5d9c5b8f6d");
        let owner = json!([{
            "apiVersion": "apps/v1", "kind": "Deployment", "name": deployment, "uid": format!("u-{deployment}"),
            "controller": true,
        }]);
        let set = json!({
            "apiVersion": "apps/v1", "kind": "ReplicaSet",
            "metadata": {
                "name": name, "ownerReferences": owner, "finalizers": ["example.com/hold"],
            },
            "spec": {
                "replicas": 0, "selector": {"matchLabels": labels},
                "template": {"metadata": {"labels": labels}, "spec": {"containers": containers}},
            },
        });
        apply(self.cluster, &self.team, &set);
        let delete = [
            "delete",
            "replicaset",
            &name,
            "-n",
            &self.team,
            "--wait=false",
        ];
        kubectl(self.cluster, &delete);
        let uid = super::uids_of_replica_sets(self.cluster, &self.team)[&name].clone();
        ["apps/v1".to_owned(), "ReplicaSet".to_owned(), name, uid]
    }

    /// Waits until exactly this is told, and no more.
    pub(crate) fn settles(&self, expected: &[(String, i64)]) {
        let mut expected = expected.to_vec();
        expected.sort();
        let mut last = Vec::new();
        let settled = wait_for(Duration::from_mins(2), || {
            last = told(&events(self.cluster, &self.team));
            (last == expected).then_some(())
        });
        assert!(settled.is_some(), "{last:?} instead of {expected:?}");
    }

    /// What is told is exactly this, for now.
    pub(crate) fn holds(&self, expected: &[(String, i64)]) {
        let mut expected = expected.to_vec();
        expected.sort();
        assert_eq!(told(&events(self.cluster, &self.team)), expected);
    }

    /// What is told in the end is exactly this. Reports what was lost and what was doubled, whether
    /// or not the test succeeds.
    pub(crate) fn tells(&self, expected: &[(String, i64)]) {
        report(expected, &told(&events(self.cluster, &self.team)));
        self.holds(expected);
    }

    /// Deployments of one pod each, which carries the stamp `request-NAME`: the pod and its
    /// controller, by the Deployments' order.
    pub(crate) fn deployments(&self, names: &[String]) -> Vec<(String, [String; 4])> {
        let items: Vec<Value> = names
            .iter()
            .map(|name| {
                let labels = json!({"app": name, REQUEST_LABEL: format!("request-{name}")});
                json!({
                    "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name},
                    "spec": {
                        "selector": {"matchLabels": {"app": name}},
                        "template": {
                            "metadata": {"labels": labels},
                            "spec": {"containers": [{"name": "app", "image": "example.com/app:1"}]},
                        },
                    },
                })
            })
            .collect();
        let list = json!({"apiVersion": "v1", "kind": "List", "items": items});
        apply(self.cluster, &self.team, &list);
        let pod = |pods: &[Value], name: &String| {
            let pod = pods
                .iter()
                .find(|pod| pod["metadata"]["labels"]["app"] == name.as_str())?;
            let owner = &pod["metadata"]["ownerReferences"][0];
            let controller = ["apiVersion", "kind", "name", "uid"]
                .map(|key| owner[key].as_str().unwrap_or_default().to_owned());
            Some((pod["metadata"]["name"].as_str()?.to_owned(), controller))
        };
        wait("the pods", || {
            let pods = kubectl(
                self.cluster,
                &["get", "pods", "-n", &self.team, "-o", "json"],
            );
            let list: Value = serde_json::from_str(&pods).expect("JSON");
            let pods = list["items"].as_array()?;
            names.iter().map(|name| pod(pods, name)).collect()
        })
    }
}

/// A pod as the API server has it after the policy has stamped it.
pub(crate) fn stamped(
    name: &str,
    request: &str,
    rules: &[&str],
    owner: Option<&[String; 4]>,
) -> Value {
    let failed = rules.iter().map(|rule| {
        json!({"rule": rule, "reason": "InjectionConflict", "message": format!("rule {rule:?} failed")})
    });
    let status = json!({"applied": [], "failed": failed.collect::<Vec<_>>()});
    let owners = owner.map(|[version, kind, name, uid]| {
        json!([{"apiVersion": version, "kind": kind, "name": name, "uid": uid, "controller": true}])
    });
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {
            "name": name, "labels": {REQUEST_LABEL: request}, "ownerReferences": owners,
            "annotations": {STATUS_ANNOTATION: status.to_string()},
        },
        "spec": {"containers": [{"name": "app", "image": "example.com/app:1"}]},
    })
}

/// Tells how many failures an Event should have told of and did not, and the other way round. Not by
/// a macro, whose output would be kept from whoever reads it.
fn report(expected: &[(String, i64)], told: &[(String, i64)]) {
    let counts = |list: &[(String, i64)]| {
        list.iter()
            .fold(BTreeMap::new(), |mut counts, (object, count)| {
                *counts.entry(object.clone()).or_insert(0) += count;
                counts
            })
    };
    let more = |one: &BTreeMap<String, i64>, other: &BTreeMap<String, i64>| -> i64 {
        let more = one
            .iter()
            .map(|(object, count)| count - other.get(object).unwrap_or(&0));
        more.filter(|more| *more > 0).sum()
    };
    let (expected, counted) = (counts(expected), counts(told));
    let _ = writeln!(
        std::io::stderr(),
        "{}: {} Events that count {}; {} lost, {} doubled",
        std::thread::current().name().unwrap_or_default(),
        told.len(),
        counted.values().sum::<i64>(),
        more(&expected, &counted),
        more(&counted, &expected),
    );
}

/// A relay whose input is written by the test, in the place of a policy-server's.
pub(crate) fn stdin_relay(kubeconfig: &Path) -> Relay {
    Relay::start(kubeconfig, &["--stdin", "--wait-for-pod", "2s"])
}

/// A file that a policy-server writes, as the kubelet keeps it.
pub(crate) struct Log(tempfile::NamedTempFile);

impl Log {
    pub(crate) fn new() -> Self {
        Self(tempfile::NamedTempFile::new().expect("a file"))
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn write(&mut self, failure: &Failure) {
        let line = failure.kubelet_line();
        self.0.write_all(line.as_bytes()).expect("it is written");
    }
}
