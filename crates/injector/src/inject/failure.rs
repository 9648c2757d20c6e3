//! The failure of a rule: its reason, and its message for the operator. See [`Failure`].

use std::fmt;

use kubernetes_pod::expanded::EXPANDED;
use kubernetes_pod::field_path::ContainerName;
use kubernetes_pod::text::cut;
use kubernetes_pod::validation::Violation;

use crate::inject::apply::ApplyError;
use crate::inject::expansion::{self, VariableError};
use crate::inject::merge::MergeError;
use crate::inject::pod_security::PodSecurityError;
use crate::inject::references::ReferenceError;
use crate::settings::rule::{NO_RULE, RuleName};

/// The longest message of an Event, in bytes.
///
/// Source: `k8s.io/kubernetes/pkg/apis/core/validation/events.go` (`NoteLengthLimit`).
const MESSAGE_BYTES: usize = 1024;

/// The reason of an Event. Operators build alerts on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// A field is already set to another value.
    InjectionConflict,
    /// The injected pod would be invalid.
    InjectionInvalid,
    /// A `ConfigMap` of rules can't be read, or a rule in it has a problem.
    RulesUnavailable,
    /// An object that the rule needs does not exist or can't be read.
    ReferenceUnavailable,
    /// A variable has no value.
    VariableUnresolved,
    /// The request's object can't be read as a pod.
    UnsupportedObject,
    /// An unexpected failure, such as a rule that takes too long.
    InternalError,
}

impl Reason {
    /// The reason as Events spell it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InjectionConflict => "InjectionConflict",
            Self::InjectionInvalid => "InjectionInvalid",
            Self::RulesUnavailable => "RulesUnavailable",
            Self::ReferenceUnavailable => "ReferenceUnavailable",
            Self::VariableUnresolved => "VariableUnresolved",
            Self::UnsupportedObject => "UnsupportedObject",
            Self::InternalError => "InternalError",
        }
    }
}

/// The failure of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The rule's name alone, without its `ConfigMap`. [`NO_RULE`] if no rule caused the failure,
    /// and `configmap/NAMESPACE/NAME` if a `ConfigMap` of rules did.
    pub rule: String,
    /// The reason.
    pub reason: Reason,
    /// The container that the failure is about.
    pub container: Option<ContainerName>,
    /// The message for the operator. It quotes no value, and has at most 1,024 bytes.
    pub message: String,
}

impl Failure {
    /// The failure of a rule that can't be merged or expanded.
    pub fn of_rule(rule: RuleName<'_>, error: &ApplyError) -> Self {
        Self {
            rule: rule.name.to_owned(),
            reason: reason(error),
            container: visible(error.place().container.as_ref()),
            message: not_applied(rule, error),
        }
    }

    /// The failure of a rule because of an object that it refers to.
    pub fn of_reference(rule: RuleName<'_>, error: &ReferenceError) -> Self {
        Self {
            rule: rule.name.to_owned(),
            reason: match error {
                ReferenceError::Unavailable { .. }
                | ReferenceError::NoKey { .. }
                | ReferenceError::UnknownController { .. } => Reason::ReferenceUnavailable,
                ReferenceError::Refused { .. } | ReferenceError::Restored { .. } => {
                    Reason::InjectionInvalid
                }
            },
            container: None,
            message: not_applied(rule, error),
        }
    }

    /// The failure of a rule that would violate the namespace's Pod Security level.
    pub fn of_pod_security(rule: RuleName<'_>, error: &PodSecurityError) -> Self {
        let (reason, container) = match error {
            PodSecurityError::Unavailable { .. } => (Reason::ReferenceUnavailable, None),
            PodSecurityError::Violated { container, .. } => {
                (Reason::InjectionInvalid, container.clone())
            }
        };
        Self {
            rule: rule.name.to_owned(),
            reason,
            container,
            message: not_applied(rule, error),
        }
    }

    /// The failure of a `ConfigMap` of rules. `source` is `configmap/NAMESPACE/NAME`.
    pub fn rules_unavailable(source: String, problem: &str) -> Self {
        Self {
            rule: source,
            reason: Reason::RulesUnavailable,
            container: None,
            message: message(problem),
        }
    }

    /// The failure of a rule that would make the pod invalid. `variables` are the rule's variables
    /// in the invalid field.
    pub fn invalid(rule: RuleName<'_>, violation: &Violation, variables: &[String]) -> Self {
        let Violation { place, invalid } = violation;
        let with = expansion::with(variables);
        Self {
            rule: rule.name.to_owned(),
            reason: Reason::InjectionInvalid,
            container: violation.place.container.clone(),
            message: not_applied(
                rule,
                &format_args!("{place} {}{with}: {invalid}", invalid.verdict()),
            ),
        }
    }

    /// The failure of a rule of the settings that can't be read. The check of the settings refuses
    /// such rules.
    pub fn unreadable_rule(rule: &str, problem: &str) -> Self {
        Self {
            rule: rule.to_owned(),
            reason: Reason::InternalError,
            container: None,
            message: message(&format!(
                "a rule was not applied: the policy's settings can't be read: {problem}"
            )),
        }
    }

    /// The failure of a request whose object can't be read as a pod.
    pub fn unsupported_object(problem: &str) -> Self {
        Self {
            rule: NO_RULE.to_owned(),
            reason: Reason::UnsupportedObject,
            container: None,
            message: message(&format!("no rule was applied: {problem}")),
        }
    }
}

/// The container of a failure, unless variables made its name.
fn visible(container: Option<&ContainerName>) -> Option<ContainerName> {
    container.filter(|name| name.name != EXPANDED).cloned()
}

fn not_applied(rule: RuleName<'_>, error: &impl fmt::Display) -> String {
    message(&format!("rule \"{rule}\" was not applied: {error}"))
}

fn reason(error: &ApplyError) -> Reason {
    match error {
        ApplyError::Merge(MergeError::SetByPod { .. } | MergeError::SetByRule { .. }) => {
            Reason::InjectionConflict
        }
        ApplyError::Merge(MergeError::NotReadable { .. }) => Reason::UnsupportedObject,
        ApplyError::Variable(VariableError::Unresolved { .. }) => Reason::VariableUnresolved,
        ApplyError::Merge(MergeError::TooLarge { .. } | MergeError::Restored { .. })
        | ApplyError::Variable(VariableError::Invalid { .. } | VariableError::TooMuch { .. }) => {
            Reason::InjectionInvalid
        }
        ApplyError::Merge(
            MergeError::RuleNotReadable { .. } | MergeError::DeadlineExceeded { .. },
        )
        | ApplyError::Variable(
            VariableError::NotReadable { .. } | VariableError::DeadlineExceeded { .. },
        ) => Reason::InternalError,
    }
}

fn message(text: &str) -> String {
    cut(text.to_owned(), MESSAGE_BYTES)
}
