//! Requests of the generator that are changed by their structure and by their bytes: every answer
//! keeps its promises.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| pod_injector_fuzz::admission::check(bytes));
