//! The functions that the host calls. See [`wapc_init`] and [`validate`].
//!
//! waPC itself is in `wapc-guest`, and Kubewarden's part of it in its policy SDK. What they cannot do
//! is a look-up that comes back late. A host interrupts a policy at the next function that it enters
//! or the next loop that it goes around after its time is up, and then rejects the pod. So nothing
//! that runs between the return of a late look-up and the end of the call may enter a function of the
//! module or go around a loop; calls to the host are no such functions. `tests/door` checks this on
//! the built module.
//!
//! Source: `docs.wasmtime.dev`, interrupting Wasm execution by epochs.

#![expect(unsafe_code, reason = "the host finds its first function by name")]

use std::mem::{ManuallyDrop, take};

use injector::admission::answer;
use injector::admission::session::{Session, Step, Store};
use injector::settings::{self, rules_check};
use kubewarden_policy_sdk::protocol_version_guest;
use wapc_guest::{CallResult, register_function};

use crate::allocator;
use crate::host::{self, Kubewarden};

unsafe extern "C" {
    /// The linker's own.
    safe fn __wasm_call_ctors();
}

/// The function that the host calls first. Where nobody calls the constructors, the linker takes the
/// module for a program that runs once, and wraps each export into a function that calls them before
/// it and the destructors after it: the host would interrupt a late policy there.
///
/// Source: `lld.llvm.org/WebAssembly.html`; `createCommandExportWrappers` in its `Driver.cpp`.
#[unsafe(no_mangle)]
extern "C" fn wapc_init() {
    __wasm_call_ctors();
    register_function("validate", validate);
    register_function("validate_settings", |payload| {
        Ok(settings::validation_response(payload))
    });
    register_function("validate_rules", |payload| {
        Ok(rules_check::response(payload))
    });
    register_function("protocol_version", protocol_version_guest);
}

/// Answers an admission request.
fn validate(payload: &[u8]) -> CallResult {
    allocator::free_again();
    let host = Kubewarden::new();
    let store = ManuallyDrop::new(Store::default());
    let mut session = match Session::new(payload, &store) {
        Ok(session) => ManuallyDrop::new(session),
        Err(problem) => return Ok(answer::unreadable(payload, problem, &host)),
    };
    loop {
        let look_up = match session.step(&host) {
            Step::Answer(answer) => {
                drop(ManuallyDrop::into_inner(session));
                drop(ManuallyDrop::into_inner(store));
                return Ok(answer);
            }
            Step::LookUp(look_up) => look_up,
        };
        let returned = host::look_up(look_up.question);
        if host.is_late() {
            // From here on no function may be entered and no loop gone around, here and in what runs
            // after the return.
            allocator::keep_all();
            let [one, two, three, four, five, six, seven, eight] = &look_up.fallback.records;
            host::log(one);
            host::log(two);
            host::log(three);
            host::log(four);
            host::log(five);
            host::log(six);
            host::log(seven);
            host::log(eight);
            return Ok(take(&mut look_up.fallback.answer));
        }
        session.learn(returned.fetch());
    }
}
