//! Annotations whose values the API server checks. See [`value`].

use super::invalid::Invalid;
use super::text::{has_backsteps, is_profile_path};
use crate::profile_annotations::{APP_ARMOR, LOCALHOST, SECCOMP, SECCOMP_OF_POD};

const DELETION_COST: &str = "controller.kubernetes.io/pod-deletion-cost";

/// Checks the value of an annotation (`ValidatePodSpecificAnnotations`).
///
/// # Errors
/// Returns a message if the API server refuses the value.
pub(super) fn value(key: &str, value: &str) -> Result<(), Invalid> {
    let (holds, message) = if key.starts_with(APP_ARMOR) {
        (
            value.is_empty()
                || matches!(value, "runtime/default" | "unconfined")
                || value.starts_with(LOCALHOST),
            "must be runtime/default, unconfined or localhost/NAME",
        )
    } else if key.starts_with(SECCOMP) || key == SECCOMP_OF_POD {
        (
            is_seccomp_profile(value),
            "must be runtime/default, docker/default, unconfined or localhost/PATH",
        )
    } else if key == DELETION_COST {
        (is_deletion_cost(value), "must be a whole number of 32 bits")
    } else {
        return Ok(());
    };
    if holds {
        Ok(())
    } else {
        Err(Invalid::Rule(message))
    }
}

/// Whether the API server turns an annotation with this value into a field
/// (`ApparmorFieldForAnnotation`).
pub(super) fn is_app_armor_profile(value: &str) -> bool {
    matches!(value, "runtime/default" | "unconfined")
        || value.strip_prefix(LOCALHOST).is_some_and(is_profile_path)
}

/// `ValidateSeccompProfile`.
fn is_seccomp_profile(value: &str) -> bool {
    matches!(value, "runtime/default" | "docker/default" | "unconfined")
        || value
            .strip_prefix(LOCALHOST)
            .is_some_and(|path| !path.starts_with('/') && !has_backsteps(path))
}

/// `GetDeletionCostFromPodAnnotations`.
fn is_deletion_cost(value: &str) -> bool {
    let first = value.bytes().next();
    let begins_well = value == "0" || matches!(first, Some(b'-' | b'1'..=b'9'));
    begins_well && value.parse::<i32>().is_ok()
}
