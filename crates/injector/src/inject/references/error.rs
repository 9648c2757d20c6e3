//! Why a rule can't be applied because of an object that it refers to.

use kubernetes_pod::expanded::{EXPANDED, is_expanded_in};
use kubernetes_pod::text::{escaped, quoted};
use lazy_json::Node;

use crate::cluster::object::Object;
use crate::cluster::unavailable::Unavailable;

/// Why a rule can't be applied because of an object that it refers to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReferenceError {
    /// An object that the rule needs does not exist or can't be read.
    #[error("it needs {object}, which {why}")]
    Unavailable {
        /// The object.
        object: Object,
        /// Why it is not available.
        why: Unavailable,
    },
    /// A `ConfigMap` lacks a key that the rule needs.
    #[error(
        "it needs the key '{}' of {object}, which has no such key",
        escaped(key)
    )]
    NoKey {
        /// The object.
        object: Object,
        /// The key.
        key: String,
    },
    /// The API server would refuse the pod because of the object.
    #[error("{field}: {object} {demand}")]
    Refused {
        /// The pod's field.
        field: String,
        /// The object.
        object: Object,
        /// What the object demands of the pod.
        demand: &'static str,
    },
    /// The API server would make again what the rule removes.
    #[error("{field} would come back: {object} {cause}")]
    Restored {
        /// The pod's field.
        field: String,
        /// The object that the API server takes it from.
        object: Object,
        /// What the object has.
        cause: &'static str,
    },
    /// The rule changes a label by which the pod's controller may select its pods, and the policy
    /// does not look up controllers of this kind.
    #[error(
        "{field}: the pod's controller, a {}, may select its pods by it, and the policy does not look \
         up objects of that kind",
        quoted(kind)
    )]
    UnknownController {
        /// The label.
        field: String,
        /// The controller's kind, as the pod names it.
        kind: String,
    },
}

impl ReferenceError {
    /// The same error without the names and keys that variables made in a pod.
    pub(super) fn without_values(mut self, pod: &Node<'_>) -> Self {
        let hide = |name: &mut String| {
            let is_expanded = is_expanded_in(pod, name);
            if is_expanded {
                EXPANDED.clone_into(name);
            }
            is_expanded
        };
        match &mut self {
            Self::Unavailable { object, why } => {
                if hide(&mut object.name)
                    && let Unavailable::Failed(words) = why
                {
                    "the host could not look it up".clone_into(words);
                }
            }
            Self::Refused { object, .. } | Self::Restored { object, .. } => {
                _ = hide(&mut object.name);
            }
            Self::NoKey { object, key } => {
                hide(&mut object.name);
                hide(key);
            }
            Self::UnknownController { .. } => {}
        }
        self
    }
}
