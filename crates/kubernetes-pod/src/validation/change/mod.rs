//! The API server's checks of a pod that a rule changed. They cover relations between parts of the
//! pod, which the check of the settings can't cover. See [`violation`].
//!
//! Each check reads the fields that the rule changed and the fields that they depend on. A rule
//! fails only for errors that it adds: errors that the pod had before are its author's.
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

/// The checks, in the order in which their errors are reported. The first one keeps a pod that is
/// far too large from the others.
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

/// The first error of a pod after a rule that the pod before the rule did not have.
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
