//! The policy that does nothing: it accepts every request without looking at it.
//!
//! What a request costs with this module is what the host itself costs.

#[cfg(target_family = "wasm")]
mod guest {
    use wapc_guest::{CallResult, register_function};

    #[expect(unsafe_code, reason = "the host finds this function by its name")]
    #[unsafe(no_mangle)]
    extern "C" fn wapc_init() {
        register_function("validate", |_| answer(br#"{"accepted":true}"#));
        register_function("validate_settings", |_| answer(br#"{"valid":true}"#));
        register_function("protocol_version", |_| answer(br#""v1""#));
    }

    #[expect(clippy::unnecessary_wraps, reason = "waPC's handlers return a result")]
    fn answer(json: &[u8]) -> CallResult {
        Ok(json.to_vec())
    }
}
