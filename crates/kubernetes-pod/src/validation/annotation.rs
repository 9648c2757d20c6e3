//! Annotations that mean something to the API server.

use super::invalid::Invalid;
use super::text::{has_backsteps, is_profile_path};

/// Prefix of a container's `AppArmor` profile.
pub(super) const APP_ARMOR: &str = "container.apparmor.security.beta.kubernetes.io/";
/// Prefix of a container's seccomp profile.
pub(super) const SECCOMP: &str = "container.seccomp.security.alpha.kubernetes.io/";
/// The pod's seccomp profile.
pub(super) const SECCOMP_OF_POD: &str = "seccomp.security.alpha.kubernetes.io/pod";
/// Prefix of a profile that is a file.
pub(super) const LOCALHOST: &str = "localhost/";

const DELETION_COST: &str = "controller.kubernetes.io/pod-deletion-cost";

/// Checks a value (`ValidatePodSpecificAnnotations`).
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

/// Whether the API server makes a field of this annotation (`ApparmorFieldForAnnotation`).
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
