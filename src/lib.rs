//! A Kubewarden policy that injects into pods, and reports as an Event what it could not inject.

pub mod apply;
pub mod arena;
pub mod defaults;
pub mod equality;
pub mod evaluate;
pub mod event;
pub mod failure;
pub mod field_path;
pub mod fragment;
pub mod glimpse;
pub mod glob;
pub mod host;
pub mod invariants;
pub mod json;
pub mod lookups;
pub mod matching;
pub mod merge;
pub mod names;
pub mod nearest;
pub mod object;
pub mod opt_out;
pub mod pod_security;
pub mod policy;
pub mod problem;
pub mod quantity;
pub mod references;
pub mod request;
pub mod response;
pub mod rule;
pub mod rule_set;
pub mod rules_check;
pub mod rules_from;
pub mod schema;
pub mod selector;
pub mod session;
pub mod settings;
pub mod stamp;
pub mod text;
pub mod time;
pub mod unavailable;
pub mod variables;
pub mod yaml;

#[cfg(target_family = "wasm")]
mod guest;
