//! Why a rule was not applied, in the words that an operator reads.

use std::fmt;

use kubernetes_pod::field_path::ContainerName;
use kubernetes_pod::item;
use kubernetes_pod::text::cut;
use kubernetes_pod::validation::Violation;

use crate::inject::apply::ApplyError;
use crate::inject::expansion::{self, VariableError};
use crate::inject::merge::MergeError;
use crate::inject::pod_security::PodSecurityError;
use crate::inject::references::ReferenceError;
use crate::settings::rule::RuleName;

/// Longest message of an Event, in bytes.
/// Source: `k8s.io/kubernetes/pkg/apis/core/validation/events.go` (`NoteLengthLimit`).
const MESSAGE_BYTES: usize = 1024;

/// The rule that a failure names which belongs to none.
pub const NO_RULE: &str = "*";

/// The reason of an Event: what alarms are built on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// A value is there and differs.
    InjectionConflict,
    /// The injected pod would be invalid.
    InjectionInvalid,
    /// A `ConfigMap` of rules can't be read or understood.
    RulesUnavailable,
    /// An object that the rule needs is absent or can't be read.
    ReferenceUnavailable,
    /// A variable has no value.
    VariableUnresolved,
    /// The object is not a pod that can be read.
    UnsupportedObject,
    /// Anything else, such as a rule that takes too long; never expected.
    InternalError,
}

impl Reason {
    /// Its name in Events.
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

/// A rule that was not applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The rule's name without the place that it is from, or [`NO_RULE`], or what holds the rules:
    /// `configmap/NAMESPACE/NAME`.
    pub rule: String,
    /// Which kind of failure.
    pub reason: Reason,
    /// The container that it is about, if it is about one.
    pub container: Option<ContainerName>,
    /// What happened, for people, without any value: at most 1,024 bytes.
    pub message: String,
}

impl Failure {
    /// A rule that could not be applied to a pod.
    pub fn of_rule(rule: RuleName<'_>, error: &ApplyError) -> Self {
        Self {
            rule: rule.name.to_owned(),
            reason: reason(error),
            container: shown(error.place().container.as_ref()),
            message: not_applied(rule, error),
        }
    }

    /// A rule that refers to something which is not there.
    pub fn of_reference(rule: RuleName<'_>, error: &ReferenceError) -> Self {
        Self {
            rule: rule.name.to_owned(),
            reason: match error {
                ReferenceError::Unavailable { .. }
                | ReferenceError::NoKey { .. }
                | ReferenceError::UnknownController { .. } => Reason::ReferenceUnavailable,
                ReferenceError::Refused { .. } => Reason::InjectionInvalid,
            },
            container: None,
            message: not_applied(rule, error),
        }
    }

    /// A rule that would take a pod out of its namespace's Pod Security level.
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

    /// Rules that can't be read or understood; `source` is what holds them.
    pub fn rules_unavailable(source: String, problem: &str) -> Self {
        Self {
            rule: source,
            reason: Reason::RulesUnavailable,
            container: None,
            message: message(problem),
        }
    }

    /// A rule that would make the pod invalid; `variables` are those in what would be.
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

    /// A rule that can't be read. The check of the settings lets no such rule pass.
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

    /// An object that no rule can be applied to.
    pub fn unsupported_object(problem: &str) -> Self {
        Self {
            rule: NO_RULE.to_owned(),
            reason: Reason::UnsupportedObject,
            container: None,
            message: message(&format!("no rule was applied: {problem}")),
        }
    }
}

/// The container that a failure is about, where its name may be shown.
fn shown(container: Option<&ContainerName>) -> Option<ContainerName> {
    container
        .filter(|name| name.name != item::EXPANDED)
        .cloned()
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
        ApplyError::Merge(MergeError::TooLarge { .. } | MergeError::Undone { .. })
        | ApplyError::Variable(VariableError::Invalid { .. } | VariableError::TooMuch { .. }) => {
            Reason::InjectionInvalid
        }
        ApplyError::Merge(MergeError::RuleNotReadable { .. } | MergeError::NoTime { .. })
        | ApplyError::Variable(VariableError::NotReadable { .. } | VariableError::NoTime { .. }) => {
            Reason::InternalError
        }
    }
}

fn message(text: &str) -> String {
    cut(text.to_owned(), MESSAGE_BYTES)
}
