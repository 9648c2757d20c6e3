//! A development host for Kubewarden policies.
//!
//! It runs a waPC policy as policy-server does, on the same runtime: the module is compiled once,
//! and each request gets a new instance. The answer's `mutated_object` becomes a JSON patch of the
//! request's object. If the policy errs, traps or takes too long, the request is rejected with code
//! 500. Unlike policy-server, it needs no cluster, and it shows everything that the policy did.
//! [`serve`] adds policy-server's webhook and log.
//!
//! ```no_run
//! use policy_host::{Policy, Request, Settings};
//! use serde_json::json;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let policy = Policy::load("policy.wasm".as_ref())?;
//! let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"}});
//! let request = Request::from_pod(pod, None)?;
//! let settings = Settings::from_value(json!({"rules": []}))?;
//! let outcome = policy.evaluate(&request, &settings);
//! assert!(outcome.allowed, "{:?}", outcome.message);
//! # Ok(())
//! # }
//! ```

pub mod bench;
pub mod cli;
pub mod cluster;
mod commands;
mod host;
pub mod input;
pub mod serve;
mod show;

pub use host::{
    failure::Failure,
    guest_call::Call,
    log::{Level, LogRecord},
    outcome::{Outcome, SettingsOutcome, Timings},
    policy::{Policy, PolicyError},
    request::{Kind, Request, RequestError, Resource, UserInfo},
    settings::{Settings, SettingsError},
};
pub use json_patch;
