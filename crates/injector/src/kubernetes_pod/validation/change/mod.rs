//! What the API server demands of a pod that a rule changed, and that the rule's own check can't
//! tell: how its parts go together.
//!
//! Each check reads what the rule touched, and what that stands in relation to. A rule fails only
//! for what it adds: an error that the pod had before is its author's.
//!
//! Source of all checks: `k8s.io/kubernetes/pkg/apis/core/validation` (`ValidatePodCreate`) with
//! the defaults that the API server fills in before (`pkg/apis/core/v1/defaults.go`) and the
//! admission plugins that are on by default.

mod containers;
mod detect;
mod fields;
mod hosts;
mod lifecycle;
mod metadata;
mod network;
mod objects;
mod pairs;
mod pod_resources;
mod ports;
mod profiles;
mod resources;
mod scheduling;
mod volumes;
mod windows;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use self::detect::{Change, Container};
use super::Invalid;
use crate::kubernetes_pod::field_path::{FieldPath, Place};
use crate::lazy_json::Node;

/// Something that a rule would break.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[error("{place} would be invalid: {invalid}")]
pub struct Broken {
    /// The field.
    pub place: Place,
    /// What would be wrong there.
    pub invalid: Invalid,
}

type Check = fn(&Change<'_, '_>, &mut Found);

/// In the order in which they are reported. The first one spares the others a pod that is far too long.
const CHECKS: [Check; 14] = [
    metadata::check_size,
    objects::check,
    containers::check,
    volumes::check,
    ports::check,
    lifecycle::check,
    resources::check,
    pod_resources::check,
    hosts::check,
    windows::check,
    network::check,
    scheduling::check,
    profiles::check,
    metadata::check_annotations,
];

/// The first thing that is wrong with a pod after a rule and was not before. `original` is the pod
/// as it came, before any rule.
pub fn broken<'a>(original: &Node<'a>, before: &Node<'a>, after: &Node<'a>) -> Option<Broken> {
    let change = Change::new(original, before, after);
    CHECKS.iter().find_map(|check| {
        let mut found = Found::default();
        check(&change, &mut found);
        if found.0.is_empty() {
            return None;
        }
        let mut known = Found::default();
        check(&Change::all_of(original, before), &mut known);
        let known: BTreeSet<Broken> = known.0.into_iter().collect();
        found.0.into_iter().find(|broken| !known.contains(broken))
    })
}

/// What is wrong.
#[derive(Debug, Default)]
struct Found(Vec<Broken>);

impl Found {
    fn add(&mut self, place: Place, invalid: impl Into<Invalid>) {
        self.0.push(Broken {
            place,
            invalid: invalid.into(),
        });
    }

    fn at(&mut self, path: &FieldPath<'_>, invalid: impl Into<Invalid>) {
        self.add(path.place(), invalid);
    }

    /// A field of the pod, written as people write it.
    fn in_pod(&mut self, field: &str, invalid: impl Into<Invalid>) {
        let field = field.to_owned();
        let place = Place {
            container: None,
            field,
        };
        self.add(place, invalid);
    }

    /// A field of a container; the container itself where it is empty.
    fn in_container(
        &mut self,
        container: &Container<'_, '_>,
        field: &str,
        invalid: impl Into<Invalid>,
    ) {
        let place = Place {
            container: Some(container.container_name()),
            field: field.to_owned(),
        };
        self.add(place, invalid);
    }
}
