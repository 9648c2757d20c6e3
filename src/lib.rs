//! A Kubewarden policy that injects into pods, and reports as an Event what it could not inject.
//!
//! This package is the module's door to its host; the policy's logic is in `crates/injector`. See
//! `guest.rs`.

#[cfg(target_family = "wasm")]
mod allocator;
#[cfg(target_family = "wasm")]
mod guest;
#[cfg(target_family = "wasm")]
mod host;
