//! Objects of the cluster that the policy looks up.

use std::fmt;

use kubernetes_pod::text::escaped;
use kubewarden_policy_sdk::host_capabilities::kubernetes::GetResourceRequest;

/// The kinds of objects that are looked up. `metadata.yml` lists the same ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the variants are Kubernetes' own names")]
pub enum Kind {
    ConfigMap,
    Secret,
    PersistentVolumeClaim,
    ServiceAccount,
    Namespace,
    PriorityClass,
    RuntimeClass,
    ReplicaSet,
    StatefulSet,
    DaemonSet,
    Job,
    ReplicationController,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 12] = [
        Self::ConfigMap,
        Self::Namespace,
        Self::PersistentVolumeClaim,
        Self::Secret,
        Self::ServiceAccount,
        Self::RuntimeClass,
        Self::PriorityClass,
        Self::ReplicaSet,
        Self::StatefulSet,
        Self::DaemonSet,
        Self::Job,
        Self::ReplicationController,
    ];

    /// The kinds of controllers that create pods.
    pub const CONTROLLERS: [Self; 5] = [
        Self::ReplicaSet,
        Self::StatefulSet,
        Self::DaemonSet,
        Self::Job,
        Self::ReplicationController,
    ];

    /// The name of the kind.
    pub fn name(self) -> &'static str {
        match self {
            Self::ConfigMap => "ConfigMap",
            Self::Secret => "Secret",
            Self::PersistentVolumeClaim => "PersistentVolumeClaim",
            Self::ServiceAccount => "ServiceAccount",
            Self::Namespace => "Namespace",
            Self::PriorityClass => "PriorityClass",
            Self::RuntimeClass => "RuntimeClass",
            Self::ReplicaSet => "ReplicaSet",
            Self::StatefulSet => "StatefulSet",
            Self::DaemonSet => "DaemonSet",
            Self::Job => "Job",
            Self::ReplicationController => "ReplicationController",
        }
    }

    /// The group and version, such as `apps/v1`.
    pub fn api_version(self) -> &'static str {
        match self {
            Self::PriorityClass => "scheduling.k8s.io/v1",
            Self::RuntimeClass => "node.k8s.io/v1",
            Self::ReplicaSet | Self::StatefulSet | Self::DaemonSet => "apps/v1",
            Self::Job => "batch/v1",
            _ => "v1",
        }
    }

    /// The name of the resource in RBAC rules.
    pub fn resource(self) -> &'static str {
        match self {
            Self::ConfigMap => "configmaps",
            Self::Secret => "secrets",
            Self::PersistentVolumeClaim => "persistentvolumeclaims",
            Self::ServiceAccount => "serviceaccounts",
            Self::Namespace => "namespaces",
            Self::PriorityClass => "priorityclasses",
            Self::RuntimeClass => "runtimeclasses",
            Self::ReplicaSet => "replicasets",
            Self::StatefulSet => "statefulsets",
            Self::DaemonSet => "daemonsets",
            Self::Job => "jobs",
            Self::ReplicationController => "replicationcontrollers",
        }
    }

    /// Whether objects of this kind belong to a namespace.
    pub fn is_namespaced(self) -> bool {
        !matches!(
            self,
            Self::Namespace | Self::PriorityClass | Self::RuntimeClass
        )
    }

    /// The fields that the host returns of an object; `None` for all fields. The values of a Secret
    /// never come into the policy.
    fn fields(self) -> Option<&'static [&'static str]> {
        match self {
            Self::Secret | Self::PersistentVolumeClaim => Some(&["metadata.name"]),
            kind if Self::CONTROLLERS.contains(&kind) => Some(&["metadata.name", "spec.selector"]),
            _ => None,
        }
    }
}

/// The kind, namespace and name of an object.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Object {
    /// The kind.
    pub kind: Kind,
    /// The namespace; `None` for kinds without namespaces.
    pub namespace: Option<String>,
    /// The name.
    pub name: String,
}

impl Object {
    /// The object of this kind and name. The namespace is left out for kinds without namespaces.
    pub fn new(kind: Kind, namespace: &str, name: &str) -> Self {
        Self {
            kind,
            namespace: kind.is_namespaced().then(|| namespace.to_owned()),
            name: name.to_owned(),
        }
    }

    /// The payload of the host call that looks the object up.
    pub fn question(&self) -> Vec<u8> {
        let fields = self.kind.fields();
        let question = GetResourceRequest {
            api_version: self.kind.api_version().to_owned(),
            kind: self.kind.name().to_owned(),
            name: self.name.clone(),
            namespace: self.namespace.clone(),
            disable_cache: false,
            field_masks: fields
                .map(|fields| fields.iter().map(|field| (*field).to_owned()).collect()),
        };
        // Serializing strings can't fail.
        serde_json::to_vec(&question).unwrap_or_default()
    }
}

/// `ConfigMap team-a/rules`
impl fmt::Display for Object {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.kind.name())?;
        formatter.write_str(" ")?;
        if let Some(namespace) = &self.namespace {
            write!(formatter, "{}/", escaped(namespace))?;
        }
        formatter.write_str(&escaped(&self.name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_has_the_hosts_form() {
        let object = Object::new(Kind::ConfigMap, "team-a", "rules");
        assert_eq!(object.to_string(), "ConfigMap team-a/rules");
        assert_eq!(
            String::from_utf8(object.question()).as_deref(),
            Ok(
                r#"{"api_version":"v1","kind":"ConfigMap","name":"rules","namespace":"team-a","disable_cache":false,"field_masks":null}"#
            )
        );
    }

    #[test]
    fn of_a_secret_only_the_metadata_is_asked_for() {
        let object = Object::new(Kind::Secret, "team-a", "tls");
        let question = String::from_utf8(object.question()).expect("it is UTF-8");
        assert!(
            question.ends_with(r#""field_masks":["metadata.name"]}"#),
            "{question}"
        );
    }

    #[test]
    fn a_class_has_no_namespace() {
        let object = Object::new(Kind::RuntimeClass, "team-a", "gvisor");
        assert_eq!(object.to_string(), "RuntimeClass gvisor");
        let question = String::from_utf8(object.question()).expect("it is UTF-8");
        assert!(question.contains(r#""namespace":null"#), "{question}");
        assert!(
            question.contains(r#""api_version":"node.k8s.io/v1""#),
            "{question}"
        );
    }
}
