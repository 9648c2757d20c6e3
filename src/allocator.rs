//! The module's allocator: that of the standard library, which can be told to free nothing more. See
//! [`keep_all`].
//!
//! wapc-guest frees the answer and the payload after the handler has returned. A call of the real
//! `dealloc` at that point is where a host would interrupt a policy whose look-up was late, so this
//! allocator skips the call with a test that is inlined everywhere.

#![expect(unsafe_code, reason = "an allocator hands out addresses")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

#[global_allocator]
static ALLOCATOR: Allocator = Allocator;

/// Whether memory is kept instead of freed.
static KEEPS_ALL: AtomicBool = AtomicBool::new(false);

struct Allocator;

/// From here on nothing is freed, and freeing enters no function. What is allocated now is never
/// freed; that is one request's memory for each late look-up.
#[inline(always)]
#[expect(clippy::inline_always, reason = "no function may be entered")]
pub(crate) fn keep_all() {
    KEEPS_ALL.store(true, Relaxed);
}

/// Undoes [`keep_all`].
pub(crate) fn free_again() {
    KEEPS_ALL.store(false, Relaxed);
}

// Each method passes its own arguments on, so that its caller's promises hold for the callee.
unsafe impl GlobalAlloc for Allocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        unsafe { System.realloc(at, layout, size) }
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "no function may be entered")]
    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        if !KEEPS_ALL.load(Relaxed) {
            unsafe { System.dealloc(at, layout) }
        }
    }
}
