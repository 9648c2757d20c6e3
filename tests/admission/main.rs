//! The whole way in, through a real API server that calls the policy as a webhook with
//! `failurePolicy: Fail`: what it injects, what an operator sees of what it could not inject, and
//! that it stands in nobody's way. A pod is admitted exactly where it is without the policy.

mod faults;
mod manifests;
mod rules_from;
mod size;
#[path = "../support/mod.rs"]
mod support;
mod way_in;
