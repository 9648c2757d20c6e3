//! Hooks of containers.

use lazy_json::Node;

use super::detect::{Change, Container};
use super::fields::{of_container, of_spec};
use super::found::Found;
use crate::validation::cause::Cause;

/// The default of `terminationGracePeriodSeconds` (`SetDefaults_PodSpec`).
const GRACE_PERIOD: i64 = 30;

const SIGNALS_OF_WINDOWS: [&str; 2] = ["SIGKILL", "SIGTERM"];

pub(super) fn check(change: &Change<'_, '_>, found: &mut Found) {
    let spec = &change.spec;
    let of_pod = spec.is_changed(of_spec!("os", "terminationGracePeriodSeconds"));
    if !of_pod && !change.is_any_container_changed(of_container!("lifecycle")) {
        return;
    }
    let grace_period = spec.get("terminationGracePeriodSeconds");
    let grace_period = grace_period.and_then(Node::as_i64).unwrap_or(GRACE_PERIOD);
    let os = spec.get("os");
    let os = os.map(|os| os.str_at("name").unwrap_or(""));
    for container in change.containers() {
        if !of_pod && !container.is_changed(of_container!("lifecycle")) {
            continue;
        }
        if let Some(lifecycle) = container.part.get("lifecycle") {
            sleeps(container, lifecycle, grace_period, found);
            stop_signal(container, lifecycle, os, found);
        }
    }
}

/// `validateSleepAction`.
fn sleeps(
    container: &Container<'_, '_>,
    lifecycle: &Node<'_>,
    grace_period: i64,
    found: &mut Found,
) {
    for hook in ["postStart", "preStop"] {
        let seconds = lifecycle.at(&[hook, "sleep", "seconds"]);
        let seconds = seconds.and_then(Node::as_i64);
        if seconds.is_some_and(|seconds| seconds > grace_period) {
            found.in_container(container, &format!("lifecycle.{hook}"), Cause::SleepTooLong);
        }
    }
}

/// `validateStopSignal`. If the feature gate is off, the API server drops the field without a
/// check.
fn stop_signal(
    container: &Container<'_, '_>,
    lifecycle: &Node<'_>,
    os: Option<&str>,
    found: &mut Found,
) {
    let Some(signal) = lifecycle.str_at("stopSignal") else {
        return;
    };
    let cause = match os {
        None => Cause::StopSignalNeedsOs,
        Some("windows") if !SIGNALS_OF_WINDOWS.contains(&signal) => Cause::StopSignalOfWindows,
        Some(_) => return,
    };
    found.in_container(container, "lifecycle.stopSignal", cause);
}
