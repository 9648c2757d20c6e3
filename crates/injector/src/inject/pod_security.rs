//! The setting `checkPodSecurity`: a rule fails if it would make a pod violate a control of its
//! namespace's Pod Security level that the pod met before. See [`check`].
//!
//! Kubernetes' admission plugin checks a pod after all webhooks. The policy does not know the
//! plugin's own configuration: the level of namespaces without the label, and exempt users,
//! namespaces and runtime classes.
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

/// Why a rule fails the check.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PodSecurityError {
    /// The namespace is not available.
    #[error("it needs {object}, which {why}")]
    Unavailable {
        /// The namespace.
        object: Object,
        /// Why it is not available.
        why: Unavailable,
    },
    /// The pod would violate a control that it met before.
    #[error(
        "{}would violate the control {control} of Pod Security level {level}, which namespace {} \
         enforces",
        who(.container.as_ref()),
        escaped(namespace)
    )]
    Violated {
        /// The control, as the API server names it.
        control: &'static str,
        /// The level, with its version if the namespace names one.
        level: String,
        /// The namespace.
        namespace: String,
        /// The container that violates the control; `None` for the pod itself.
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

/// Checks that a pod after a rule violates no control of its namespace's level that it met before.
///
/// # Errors
/// Returns `Violated` if it does, and `Unavailable` if the namespace is not available.
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
