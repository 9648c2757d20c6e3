//! The level and version that a namespace demands of its pods. See [`Standard::violation`].

use std::fmt;

use lazy_json::Node;

use super::controls::{CONTROLS, Control};
use super::level::Level;
use super::pod::Pod;
use crate::field_path::ContainerName;

const ENFORCE: &str = "pod-security.kubernetes.io/enforce";
const ENFORCE_VERSION: &str = "pod-security.kubernetes.io/enforce-version";

/// The minor version of Kubernetes whose controls are known. A later version counts as this one, as
/// in an API server of this version.
pub(super) const LATEST: u32 = 36;

/// The level and version that a namespace demands of its pods.
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
    /// The container that violates the control; `None` for the pod itself.
    pub container: Option<ContainerName>,
}

impl Standard {
    /// Reads a namespace's labels. As in the API server, an unknown level counts as the strictest
    /// one, and an unknown version as the latest one.
    pub fn of(namespace: &Node<'_>) -> Self {
        let label = |key: &str| namespace.at(&["metadata", "labels", key])?.as_str();
        Self {
            level: match label(ENFORCE) {
                None | Some("privileged") => Level::Privileged,
                Some("baseline") => Level::Baseline,
                Some(_) => Level::Restricted,
            },
            version: label(ENFORCE_VERSION).and_then(minor).unwrap_or(LATEST),
        }
    }

    /// The first control that a pod violates after a change and did not violate before.
    pub fn violation(self, before: &Node<'_>, after: &Node<'_>) -> Option<Violation> {
        let (before, after) = (Pod::new(before), Pod::new(after));
        self.controls().find_map(|control| {
            let violating_part = control.violating_part(&after, self.version)?;
            let is_new = control.violating_part(&before, self.version).is_none();
            is_new.then(|| Violation {
                control: control.name,
                container: violating_part.container(),
            })
        })
    }

    /// The controls of this level and version, in the API server's order.
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

/// The minor version of `v1.N`, at most [`LATEST`].
pub(super) fn minor(version: &str) -> Option<u32> {
    let digits = version.strip_prefix("v1.")?;
    let is_valid = !digits.is_empty()
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && (digits == "0" || !digits.starts_with('0'));
    is_valid.then(|| digits.parse().unwrap_or(LATEST).min(LATEST))
}
