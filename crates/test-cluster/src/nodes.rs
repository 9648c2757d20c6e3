//! Simulated nodes: kwok reports their pods as running.
//!
//! <https://kwok.sigs.k8s.io/docs/user/configuration/>

use k8s_openapi::{
    api::core::v1::Node,
    apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition,
};
use kube::{Api, api::PostParams};
use serde_json::json;

use crate::{Cluster, Error, Program, logs::apply, object::object};

/// kwok's stages of nodes and pods.
pub(crate) const CONFIGURATION: &str = include_str!("kwok.yaml");

/// Creates the nodes and waits until they are ready.
pub(crate) async fn create(cluster: &Cluster, count: usize) -> Result<(), Error> {
    let nodes: Api<Node> = Api::all(cluster.client()?);
    for number in 0..count {
        let name = format!("node-{number}");
        let node = object(json!({"metadata": {
            "name": name,
            "annotations": {"kwok.x-k8s.io/node": "fake"},
            "labels": {
                "kubernetes.io/hostname": name,
                "kubernetes.io/os": "linux",
                "kubernetes.io/arch": "amd64",
            },
        }}));
        nodes
            .create(&PostParams::default(), &node)
            .await
            .map_err(Error::api(format!("create the node {name}")))?;
    }
    for number in 0..count {
        let name = format!("node-{number}");
        let ready = async || nodes.get(&name).await.is_ok_and(|node| is_ready(&node));
        let what = format!("make {name} ready");
        cluster.wait(Program::Kwok, &what, ready).await?;
    }
    Ok(())
}

fn is_ready(node: &Node) -> bool {
    let conditions = node.status.as_ref().and_then(|s| s.conditions.as_deref());
    let ready = conditions
        .unwrap_or_default()
        .iter()
        .any(|condition| condition.type_ == "Ready" && condition.status == "True");
    // Without it the scheduler still sees a node that just came up.
    let tainted = node.spec.as_ref().and_then(|s| s.taints.as_ref()).is_some();
    ready && !tainted
}

/// Creates the kind of object that configures kwok's logs. kwok needs it when it starts.
pub(crate) async fn define_logs(cluster: &Cluster) -> Result<(), Error> {
    let definitions: Api<CustomResourceDefinition> = Api::all(cluster.client()?);
    let name = "logs.kwok.x-k8s.io";
    let definition = json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": name},
        "spec": {
            "group": "kwok.x-k8s.io",
            "names": {"kind": "Logs", "listKind": "LogsList", "plural": "logs", "singular": "logs"},
            "scope": "Namespaced",
            "versions": [{
                "name": "v1alpha1",
                "served": true,
                "storage": true,
                "schema": {"openAPIV3Schema": {
                    "type": "object",
                    "x-kubernetes-preserve-unknown-fields": true,
                }},
            }],
        },
    });
    apply(&definitions, name, &definition).await?;
    let served = async || definitions.get(name).await.is_ok_and(|d| is_served(&d));
    cluster
        .wait(Program::ApiServer, "serve kwok's Logs", served)
        .await
}

fn is_served(definition: &CustomResourceDefinition) -> bool {
    let conditions = definition.status.as_ref().map(|s| s.conditions.as_deref());
    conditions
        .flatten()
        .unwrap_or_default()
        .iter()
        .any(|condition| condition.type_ == "Established" && condition.status == "True")
}
