//! The policy as the webhook of a real API server, with `failurePolicy: Fail`: it stands in
//! nobody's way. A pod is admitted exactly where it is without the policy. What is injected, and
//! what an operator sees of what could not be, is in `tests/hosts`.

mod faults;
mod manifests;
mod size;
#[path = "../support/mod.rs"]
mod support;
