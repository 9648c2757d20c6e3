//! What a namespace demands of its pods.

use std::fmt;

use lazy_json::Node;

use super::controls::{CONTROLS, Control};
use super::level::Level;
use super::pod::Pod;
use crate::field_path::ContainerName;

const ENFORCE: &str = "pod-security.kubernetes.io/enforce";
const ENFORCE_VERSION: &str = "pod-security.kubernetes.io/enforce-version";

/// The minor version of Kubernetes of which the controls are. A later one counts as this one, as an
/// API server of this version would have it.
pub(super) const LATEST: u32 = 36;

/// What a namespace demands of its pods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standard {
    pub(super) level: Level,
    /// The minor version of Kubernetes.
    pub(super) version: u32,
}

/// A control that a pod violates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The control, as the API server names it.
    pub control: &'static str,
    /// The container that violates it; `None` where it is the pod itself.
    pub container: Option<ContainerName>,
}

impl Standard {
    /// What a namespace's labels demand. The API server takes a level that it doesn't know for the
    /// strictest, and a version that it doesn't know for the latest.
    pub fn of(namespace: &Node<'_>) -> Self {
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

    /// The first control that a pod violates after a change and met before it.
    pub fn violation(self, before: &Node<'_>, after: &Node<'_>) -> Option<Violation> {
        let (before, after) = (Pod::new(before), Pod::new(after));
        self.controls().find_map(|control| {
            let offender = control.offender(&after, self.version)?;
            let is_new = control.offender(&before, self.version).is_none();
            is_new.then(|| Violation {
                control: control.name,
                container: offender.container(),
            })
        })
    }

    /// The controls, in the API server's order: those of the lower level first.
    pub(super) fn controls(self) -> impl Iterator<Item = &'static Control> {
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
pub(super) fn minor(version: &str) -> Option<u32> {
    let digits = version.strip_prefix("v1.")?;
    let sound = !digits.is_empty()
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && (digits == "0" || !digits.starts_with('0'));
    sound.then(|| digits.parse().unwrap_or(LATEST).min(LATEST))
}
