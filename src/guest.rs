//! The module's side of waPC: the functions that the host calls, and those that it has.
//!
//! `wapc-guest` has all of this, except for one thing. The host interrupts a policy at the next
//! function that it enters or the next loop that it goes around after its time is up; so a policy
//! whose look-up took too long is interrupted as soon as it does anything with what came of it, and
//! the pod is rejected. After a look-up, [`__guest_call`] therefore looks at the clock, and where it
//! is late hands over an answer that was made ready before and returns, without a call to any
//! function but the host's, and without a loop.
//!
//! Source: `wapc.io/docs/spec`; `docs.wasmtime.dev`, interrupting Wasm execution by epochs.
#![expect(unsafe_code, reason = "the host hands over bytes by their address")]

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use event_record::HOST_CALL;

use injector::admission::answer as policy;
use injector::admission::session::{FALLBACK_RECORDS, LOOKUP_DEADLINE, Session, Step, Store};
use injector::cluster::host::{GET_RESOURCE, Host, HostError};
use injector::settings;
use injector::settings::rules_check;

#[link(wasm_import_module = "wapc")]
unsafe extern "C" {
    fn __guest_request(operation: *mut u8, payload: *mut u8);
    fn __guest_response(at: *const u8, len: usize);
    fn __guest_error(at: *const u8, len: usize);
    fn __host_call(
        binding: *const u8,
        binding_len: usize,
        namespace: *const u8,
        namespace_len: usize,
        operation: *const u8,
        operation_len: usize,
        payload: *const u8,
        payload_len: usize,
    ) -> usize;
    fn __host_response_len() -> usize;
    fn __host_response(at: *mut u8);
    fn __host_error_len() -> usize;
    fn __host_error(at: *mut u8);
}

#[link(wasm_import_module = "wasi_snapshot_preview1")]
unsafe extern "C" {
    fn clock_time_get(clock: u32, precision: u64, nanoseconds: *mut u64) -> u32;
}

unsafe extern "C" {
    /// The linker's own.
    fn __wasm_call_ctors();
}

/// The clock that only goes forward.
const MONOTONIC: u32 = 1;

/// The answer to `protocol_version`.
const PROTOCOL_VERSION: &[u8] = br#""v1""#;

/// Bytes, as the host wants them.
#[derive(Clone, Copy)]
struct Bytes {
    at: *const u8,
    len: usize,
}

impl Bytes {
    const NONE: Self = Self {
        at: std::ptr::null(),
        len: 0,
    };

    fn of(bytes: &[u8]) -> Self {
        Self {
            at: bytes.as_ptr(),
            len: bytes.len(),
        }
    }
}

/// What comes next. There is nothing in it that would have to be dropped.
#[derive(Clone, Copy)]
enum Next {
    Answer(Bytes),
    Error(Bytes),
    LookUp(LookUp),
}

#[derive(Clone, Copy)]
struct LookUp {
    /// What goes on after it.
    call: *mut Call,
    question: Bytes,
    /// When its answer is too late, in nanoseconds of the clock.
    late: u64,
    fallback: Bytes,
    records: [Bytes; FALLBACK_RECORDS],
}

/// A call of `validate` that has begun.
struct Call {
    session: Session<'static>,
    host: Kubewarden,
}

/// The function that the host calls first. Where nobody calls the constructors, the linker takes the
/// module for a program that runs once, and wraps each export into a function that calls them before
/// it and the destructors after it: too late, where the host interrupts whatever is entered.
///
/// Source: `lld.llvm.org/WebAssembly.html`; `createCommandExportWrappers` in its `Driver.cpp`.
#[unsafe(no_mangle)]
extern "C" fn wapc_init() {
    unsafe { __wasm_call_ctors() };
}

/// The function by which the host calls all others.
#[unsafe(no_mangle)]
extern "C" fn __guest_call(operation_len: usize, payload_len: usize) -> usize {
    let mut next = begin(operation_len, payload_len);
    loop {
        let look_up = match next {
            Next::Answer(answer) => {
                unsafe { __guest_response(answer.at, answer.len) };
                return 1;
            }
            Next::Error(error) => {
                unsafe { __guest_error(error.at, error.len) };
                return 0;
            }
            Next::LookUp(look_up) => look_up,
        };
        let mut now = 0;
        let found = unsafe { host_call(GET_RESOURCE, look_up.question) };
        unsafe { clock_time_get(MONOTONIC, 1, &raw mut now) };
        if now >= look_up.late {
            // From here on no function may be entered and no loop gone around.
            const { assert!(FALLBACK_RECORDS == 8, "as many as there are lines below") };
            unsafe {
                log(look_up.records[0]);
                log(look_up.records[1]);
                log(look_up.records[2]);
                log(look_up.records[3]);
                log(look_up.records[4]);
                log(look_up.records[5]);
                log(look_up.records[6]);
                log(look_up.records[7]);
                __guest_response(look_up.fallback.at, look_up.fallback.len);
            }
            return 1;
        }
        next = go_on(look_up.call, found == 1);
    }
}

#[inline(always)]
#[expect(clippy::inline_always, reason = "no function may be entered")]
unsafe fn log(record: Bytes) {
    if record.len > 0 {
        unsafe { host_call(HOST_CALL, record) };
    }
}

#[inline(always)]
#[expect(clippy::inline_always, reason = "no function may be entered")]
unsafe fn host_call(
    (binding, namespace, operation): (&'static str, &'static str, &'static str),
    payload: Bytes,
) -> usize {
    unsafe {
        __host_call(
            binding.as_ptr(),
            binding.len(),
            namespace.as_ptr(),
            namespace.len(),
            operation.as_ptr(),
            operation.len(),
            payload.at,
            payload.len,
        )
    }
}

/// Takes the host's request, and goes on with it until there is an answer or something has to be
/// looked up. What is made on the way stays: an instance answers once, and its memory goes with it
/// as a whole.
#[inline(never)]
fn begin(operation_len: usize, payload_len: usize) -> Next {
    let mut operation = vec![0; operation_len];
    let payload = vec![0; payload_len].leak();
    unsafe { __guest_request(operation.as_mut_ptr(), payload.as_mut_ptr()) };
    let payload: &'static [u8] = payload;
    match operation.as_slice() {
        b"validate" => validate(payload),
        b"validate_settings" => answer(settings::validation_response(payload)),
        b"validate_rules" => answer(rules_check::response(payload)),
        b"protocol_version" => answer(PROTOCOL_VERSION.to_vec()),
        unknown => {
            let unknown = String::from_utf8_lossy(unknown);
            let error = format!("No handler registered for function {unknown}");
            Next::Error(Bytes::of(error.into_bytes().leak()))
        }
    }
}

fn validate(payload: &'static [u8]) -> Next {
    let host = Kubewarden { start: now() };
    let store: &'static Store = Box::leak(Box::default());
    match Session::new(payload, store) {
        Ok(session) => step(Box::leak(Box::new(Call { session, host }))),
        Err(problem) => answer(policy::unreadable(payload, problem, &host)),
    }
}

#[inline(never)]
fn go_on(call: *mut Call, found: bool) -> Next {
    // Nothing else points to it.
    let call = unsafe { &mut *call };
    let answer = if found {
        Ok(unsafe { bytes(__host_response_len(), |at| __host_response(at)) })
    } else {
        let words = unsafe { bytes(__host_error_len(), |at| __host_error(at)) };
        Err(String::from_utf8_lossy(&words).into_owned())
    };
    call.session.learn(answer);
    step(call)
}

fn step(call: &'static mut Call) -> Next {
    let late = call.host.start + u64::try_from(LOOKUP_DEADLINE.as_nanos()).unwrap_or(u64::MAX / 2);
    let pointer = &raw mut *call;
    match call.session.step(&call.host) {
        Step::Answer(bytes) => answer(bytes),
        Step::LookUp(look_up) => {
            let mut records = [Bytes::NONE; FALLBACK_RECORDS];
            for (ready, record) in records.iter_mut().zip(&look_up.fallback.records) {
                *ready = Bytes::of(record);
            }
            Next::LookUp(LookUp {
                call: pointer,
                question: Bytes::of(look_up.question),
                late,
                fallback: Bytes::of(&look_up.fallback.answer),
                records,
            })
        }
    }
}

fn answer(bytes: Vec<u8>) -> Next {
    Next::Answer(Bytes::of(bytes.leak()))
}

fn bytes(len: usize, read: impl FnOnce(*mut u8)) -> Vec<u8> {
    let mut bytes = vec![0; len];
    read(bytes.as_mut_ptr());
    bytes
}

fn now() -> u64 {
    let mut now = 0;
    unsafe { clock_time_get(MONOTONIC, 1, &raw mut now) };
    now
}

/// The Kubewarden host that runs this module.
struct Kubewarden {
    /// When the request came in, in nanoseconds of the clock.
    start: u64,
}

impl Host for Kubewarden {
    fn log(&self, record: &[u8]) -> Result<(), HostError> {
        match unsafe { host_call(HOST_CALL, Bytes::of(record)) } {
            1 => Ok(()),
            _ => Err(HostError),
        }
    }

    fn now(&self) -> i64 {
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .ok()
            .and_then(|since| i64::try_from(since.as_secs()).ok())
            .unwrap_or_default()
    }

    fn elapsed(&self) -> Duration {
        Duration::from_nanos(now().saturating_sub(self.start))
    }
}
