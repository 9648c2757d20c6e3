//! What the relay may do in a cluster, and no more.

use serde_json::json;
use test_cluster::{Access, Cluster};

/// A service account in a namespace that is also the policy-servers', which may do what the relay
/// needs.
pub(crate) async fn account(cluster: &Cluster, namespace: &str) -> Access {
    let access = cluster.service_account(namespace, "event-relay").await;
    let access = access.expect("a service account");
    let subjects =
        json!([{"kind": "ServiceAccount", "name": "event-relay", "namespace": namespace}]);
    let role = |kind: &str| json!({"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": namespace});
    let metadata = json!({"name": namespace, "namespace": namespace});
    let objects = json!({"apiVersion": "v1", "kind": "List", "items": [
        {
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole",
            "metadata": {"name": namespace},
            "rules": [
                {"apiGroups": [""], "resources": ["pods"], "verbs": ["list", "watch"]},
                {"apiGroups": ["apps"], "resources": ["replicasets"], "verbs": ["get"]},
                {"apiGroups": ["batch"], "resources": ["jobs"], "verbs": ["get"]},
                {"apiGroups": [""], "resources": ["events"], "verbs": ["create", "patch"]},
            ],
        },
        {
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": metadata,
            "rules": [
                {"apiGroups": [""], "resources": ["pods"], "verbs": ["list", "watch"]},
                {"apiGroups": [""], "resources": ["pods/log"], "verbs": ["get"]},
                {"apiGroups": ["coordination.k8s.io"], "resources": ["leases"], "verbs": ["create"]},
                {
                    "apiGroups": ["coordination.k8s.io"], "resources": ["leases"],
                    "resourceNames": ["event-relay"], "verbs": ["get", "update"],
                },
            ],
        },
        {
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding",
            "metadata": {"name": namespace}, "roleRef": role("ClusterRole"), "subjects": subjects,
        },
        {
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding",
            "metadata": metadata, "roleRef": role("Role"), "subjects": subjects,
        },
    ]});
    super::apply(cluster, namespace, &objects);
    access
}
