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

mod baseline;
mod controls;
mod pod;
mod restricted;
#[cfg(test)]
mod tests;

use std::fmt;

use self::controls::CONTROLS;
use self::pod::Pod;
use crate::field_path::ContainerName;
use crate::json::Node;
use crate::lookups::Lookups;
use crate::object::{Kind, Object};
use crate::text::escaped;
use crate::unavailable::Unavailable;

const ENFORCE: &str = "pod-security.kubernetes.io/enforce";
const ENFORCE_VERSION: &str = "pod-security.kubernetes.io/enforce-version";

/// The minor version of Kubernetes of which the controls are. A later one counts as this one, as an
/// API server of this version would have it.
const LATEST: u32 = 36;

/// How much a level forbids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Privileged,
    Baseline,
    Restricted,
}

/// What a namespace demands of its pods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Standard {
    level: Level,
    /// The minor version of Kubernetes.
    version: u32,
}

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
        Some(container) => format!("container \"{}\" ", escaped(&container.name)),
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
    let (before, after) = (Pod::new(before), Pod::new(after));
    for control in standard.controls() {
        let Some(offender) = control.offender(&after, standard.version) else {
            continue;
        };
        if control.offender(&before, standard.version).is_none() {
            return Err(PodSecurityError::Violated {
                control: control.name,
                level: standard.to_string(),
                namespace: namespace.to_owned(),
                container: offender.container(),
            });
        }
    }
    Ok(())
}

impl Standard {
    /// What a namespace's labels demand. The API server takes a level that it doesn't know for the
    /// strictest, and a version that it doesn't know for the latest.
    fn of(namespace: &Node<'_>) -> Self {
        let label = |key: &str| {
            let labels = namespace
                .get("metadata")
                .and_then(|metadata| metadata.get("labels"));
            labels.and_then(|labels| labels.get(key)?.as_str())
        };
        Self {
            level: match label(ENFORCE) {
                None | Some("privileged") => Level::Privileged,
                Some("baseline") => Level::Baseline,
                Some(_) => Level::Restricted,
            },
            version: label(ENFORCE_VERSION).and_then(minor).unwrap_or(LATEST),
        }
    }

    /// The controls, in the API server's order: those of the lower level first.
    fn controls(self) -> impl Iterator<Item = &'static controls::Control> {
        CONTROLS.iter().filter(move |control| {
            let replaced = control.replaced.is_some_and(|since| self.version >= since);
            control.level <= self.level
                && control.since <= self.version
                && !(self.level == Level::Restricted && replaced)
        })
    }
}

impl fmt::Display for Standard {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self.level {
            Level::Privileged => "privileged",
            Level::Baseline => "baseline",
            Level::Restricted => "restricted",
        })?;
        if self.version == LATEST {
            return Ok(());
        }
        write!(formatter, ":v1.{}", self.version)
    }
}

/// The minor version of `v1.N`; one that is later than all counts as the last.
fn minor(version: &str) -> Option<u32> {
    let digits = version.strip_prefix("v1.")?;
    let sound = !digits.is_empty()
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && (digits == "0" || !digits.starts_with('0'));
    sound.then(|| digits.parse().unwrap_or(LATEST).min(LATEST))
}
