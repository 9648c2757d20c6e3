//! The controls of the Pod Security Standards, and those that a namespace demands. See
//! [`Standard::violation`].
//!
//! Source: `kubernetes.io/docs/concepts/security/pod-security-standards`, and
//! `k8s.io/pod-security-admission/policy` for the versions.

mod baseline;
mod controls;
mod level;
mod pod;
mod restricted;
mod standard;
#[cfg(test)]
mod tests;

pub use self::standard::{Standard, Violation};
