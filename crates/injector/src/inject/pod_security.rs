//! The Pod Security Standards, for rules that want to keep a pod within its namespace's level.
//!
//! Kubernetes' own admission plugin judges a pod after all webhooks have changed it. A rule that
//! asks for it is not applied where it would make a pod violate a control that it met before.
//!
//! What the plugin knows from its own configuration can't be seen from here: a level for namespaces
//! without the label, and users, namespaces and runtime classes that are exempt.
//!
//! Source: `kubernetes.io/docs/concepts/security/pod-security-standards`, and
//! `k8s.io/pod-security-admission/policy` for the versions.

use kubernetes_pod::field_path::{ContainerName, Place};
use kubernetes_pod::pod_security::{Standard, Violation};
use kubernetes_pod::text::escaped;
use lazy_json::Node;

use crate::cluster::lookups::Lookups;
use crate::cluster::object::{Kind, Object};
use crate::cluster::unavailable::Unavailable;

/// Why a rule can't be applied.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PodSecurityError {
    /// What the namespace demands is not known.
    #[error("it needs {object}, which {why}")]
    Unavailable {
        /// The namespace.
        object: Object,
        /// Why it is of no use.
        why: Unavailable,
    },
    /// The pod would violate what it met before.
    #[error(
        "{}would violate the control {control} of Pod Security level {level}, which namespace {} \
         enforces",
        who(.container.as_ref()),
        escaped(namespace)
    )]
    Violated {
        /// The control, as the API server names it.
        control: &'static str,
        /// The level, and its version where the namespace names one.
        level: String,
        /// The namespace.
        namespace: String,
        /// The container that violates it; none where it is the pod itself.
        container: Option<ContainerName>,
    },
}

fn who(container: Option<&ContainerName>) -> String {
    match container {
        Some(container) => {
            let place = Place {
                container: Some(container.clone()),
                field: String::new(),
            };
            format!("{place} ")
        }
        None => "the pod ".to_owned(),
    }
}

/// Checks that a rule does not make a pod violate a control of its namespace's level that it met
/// before.
///
/// # Errors
/// It does, or what the namespace demands can't be read.
pub fn check(
    before: &Node<'_>,
    after: &Node<'_>,
    namespace: &str,
    lookups: &Lookups<'_>,
) -> Result<(), PodSecurityError> {
    let object = Object::new(Kind::Namespace, "", namespace);
    let found = match lookups.object(&object) {
        Ok(found) => found,
        Err(why) => return Err(PodSecurityError::Unavailable { object, why }),
    };
    let standard = Standard::of(&found);
    match standard.violation(before, after) {
        None => Ok(()),
        Some(Violation { control, container }) => Err(PodSecurityError::Violated {
            control,
            level: standard.to_string(),
            namespace: namespace.to_owned(),
            container,
        }),
    }
}
