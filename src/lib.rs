//! A Kubewarden policy that injects into pods, and reports as an Event what it could not inject.

pub mod apply;
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
pub mod matching;
pub mod merge;
pub mod names;
pub mod nearest;
pub mod opt_out;
pub mod policy;
pub mod problem;
pub mod quantity;
pub mod request;
pub mod response;
pub mod rule;
pub mod schema;
pub mod selector;
pub mod settings;
pub mod stamp;
pub mod text;
pub mod variables;

#[cfg(target_family = "wasm")]
mod guest {
    use crate::{host, policy, settings};

    #[expect(unsafe_code, reason = "the host finds this function by its name")]
    #[unsafe(no_mangle)]
    extern "C" fn wapc_init() {
        wapc_guest::register_function("validate", |payload| {
            Ok(policy::validate(payload, &host::Kubewarden))
        });
        wapc_guest::register_function("validate_settings", |payload| {
            Ok(settings::validation_response(payload))
        });
        wapc_guest::register_function(
            "protocol_version",
            kubewarden_policy_sdk::protocol_version_guest,
        );
    }
}
