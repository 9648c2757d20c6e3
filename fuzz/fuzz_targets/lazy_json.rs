//! Any text: `lazy-json` and `serde_json` accept the same, read the same and write the same.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    // A payload that is not UTF-8 reaches no reader of JSON.
    if let Ok(text) = std::str::from_utf8(bytes) {
        pod_injector_fuzz::json::check(text);
    }
});
