//! The host: the calls of a policy, and its answer.

pub(crate) mod calls;
pub(crate) mod engine;
pub(crate) mod failure;
pub(crate) mod guest_call;
pub(crate) mod log;
mod manifest;
pub(crate) mod outcome;
pub(crate) mod policy;
pub(crate) mod request;
pub(crate) mod settings;
