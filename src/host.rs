//! What the policy asks of its host. See [`Kubewarden`].

#![expect(
    unsafe_code,
    reason = "the host takes and gives bytes by their address"
)]

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use event_record::HOST_CALL;
use injector::admission::session::LOOKUP_DEADLINE;
use injector::cluster::host::{GET_RESOURCE, Host, HostError};

#[link(wasm_import_module = "wapc")]
unsafe extern "C" {
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
    safe fn __host_response_len() -> usize;
    fn __host_response(at: *mut u8);
    safe fn __host_error_len() -> usize;
    fn __host_error(at: *mut u8);
}

// `Instant` reads the same clock, but enters functions on the way.
#[link(wasm_import_module = "wasi_snapshot_preview1")]
unsafe extern "C" {
    fn clock_time_get(clock: u32, precision: u64, nanoseconds: *mut u64) -> u32;
}

/// WASI's number of the clock that only goes forward.
const MONOTONIC: u32 = 1;

/// The Kubewarden host that runs this module.
pub(crate) struct Kubewarden {
    /// When the request came in, in nanoseconds of the clock.
    start: u64,
}

/// A call to the host that has come back. Its answer is still with the host.
#[derive(Clone, Copy)]
pub(crate) struct Returned {
    is_success: bool,
}

impl Kubewarden {
    /// The host of a request that comes in now.
    pub(crate) fn new() -> Self {
        Self { start: clock() }
    }

    /// Whether the time for look-ups is over.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "no function may be entered")]
    pub(crate) fn is_late(&self) -> bool {
        u128::from(clock().saturating_sub(self.start)) >= LOOKUP_DEADLINE.as_nanos()
    }
}

/// Looks up an object. `wapc_guest::host_call` is not used: it fetches the answer at once, and a host
/// would interrupt it there if the look-up took too long.
#[inline(always)]
#[expect(clippy::inline_always, reason = "no function may be entered")]
pub(crate) fn look_up(question: &[u8]) -> Returned {
    call(GET_RESOURCE, question)
}

/// Logs a record that may be empty, and then is none.
#[inline(always)]
#[expect(clippy::inline_always, reason = "no function may be entered")]
pub(crate) fn log(record: &[u8]) {
    if !record.is_empty() {
        call(HOST_CALL, record);
    }
}

#[inline(always)]
#[expect(clippy::inline_always, reason = "no function may be entered")]
fn call(
    (binding, namespace, operation): (&'static str, &'static str, &'static str),
    payload: &[u8],
) -> Returned {
    // The host only reads, and only in what it is given.
    let returned = unsafe {
        __host_call(
            binding.as_ptr(),
            binding.len(),
            namespace.as_ptr(),
            namespace.len(),
            operation.as_ptr(),
            operation.len(),
            payload.as_ptr(),
            payload.len(),
        )
    };
    Returned {
        is_success: returned == 1,
    }
}

impl Returned {
    /// Fetches the answer.
    ///
    /// # Errors
    /// The host's words, when the call failed.
    pub(crate) fn fetch(self) -> Result<Vec<u8>, String> {
        if self.is_success {
            Ok(received(__host_response_len(), __host_response))
        } else {
            let words = received(__host_error_len(), __host_error);
            Err(String::from_utf8_lossy(&words).into_owned())
        }
    }
}

#[inline(always)]
#[expect(clippy::inline_always, reason = "no function may be entered")]
fn clock() -> u64 {
    let mut now = 0;
    // The host writes one number.
    unsafe { clock_time_get(MONOTONIC, 1, &raw mut now) };
    now
}

fn received(len: usize, write: unsafe extern "C" fn(*mut u8)) -> Vec<u8> {
    let mut bytes = vec![0; len];
    // The host writes as many bytes as it said.
    unsafe { write(bytes.as_mut_ptr()) };
    bytes
}

impl Host for Kubewarden {
    fn log(&self, record: &[u8]) -> Result<(), HostError> {
        let (binding, namespace, operation) = HOST_CALL;
        let taken = wapc_guest::host_call(binding, namespace, operation, record);
        taken.map(drop).map_err(|_| HostError)
    }

    fn now(&self) -> i64 {
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .ok()
            .and_then(|since| i64::try_from(since.as_secs()).ok())
            .unwrap_or_default()
    }

    fn elapsed(&self) -> Duration {
        Duration::from_nanos(clock().saturating_sub(self.start))
    }
}
