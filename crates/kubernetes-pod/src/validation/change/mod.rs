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
mod found;
mod hosts;
mod lifecycle;
mod metadata;
mod network;
mod objects;
mod pairs;
mod pod_resources;
mod pods;
mod ports;
mod profiles;
mod resources;
mod scheduling;
mod volumes;
mod windows;

use std::collections::BTreeSet;

use self::detect::Change;
use self::found::Found;
pub use self::found::Violation;
pub use self::pods::Pods;

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

/// The first thing that is wrong with a pod after a rule and was not before.
pub fn violation(pods: &Pods<'_, '_>) -> Option<Violation> {
    let change = Change::new(pods);
    CHECKS.iter().find_map(|check| {
        let mut found = Found::default();
        check(&change, &mut found);
        if found.0.is_empty() {
            return None;
        }
        let mut known = Found::default();
        check(&Change::all_of_before(pods), &mut known);
        let known: BTreeSet<Violation> = known.0.into_iter().collect();
        found
            .0
            .into_iter()
            .find(|violation| !known.contains(violation))
    })
}
