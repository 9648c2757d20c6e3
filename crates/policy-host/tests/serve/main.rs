//! The webhook, as the API server and other clients use it.

mod answers;
mod http;
mod log;
mod options;
mod served;
#[path = "../support/mod.rs"]
mod support;
