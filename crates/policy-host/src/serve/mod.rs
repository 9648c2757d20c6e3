//! Serves a policy as an admission webhook for a kube-apiserver. See [`Server::start`].
//!
//! The server answers as policy-server does, with the same libraries: `POST /validate/NAME` takes
//! an `AdmissionReview` and returns one, and other bodies get policy-server's HTTP errors. Its log
//! has policy-server's lines, so that programs that read them can be tested.
//!
//! It serves one policy, which may mutate. policy-server's `/audit`, `/validate_raw`, metrics and
//! policy groups are missing.
//!
//! ```no_run
//! use std::sync::Arc;
//!
//! use policy_host::{
//!     Policy, Settings,
//!     serve::{Log, LogBuffer, LogFormat, Options, Server},
//! };
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let policy = Arc::new(Policy::load("policy.wasm".as_ref())?);
//! let lines = LogBuffer::default();
//! let log = Log::new(LogFormat::Json, lines.clone());
//! let server = Server::start(Options::new("pod-injector", policy, Settings::default(), log))?;
//! println!("{}", server.url());
//! server.stop()?;
//! println!("{}", lines.text());
//! # Ok(())
//! # }
//! ```

mod answer;
mod handler;
mod log;
mod policy_log;
mod server;
mod tls;

pub use log::{Log, LogBuffer, LogFormat, LogLevel};
pub use server::{Options, ServeError, Server};
pub use tls::{Tls, TlsError};

pub(crate) use server::{Bound, runtime};
