//! The API server, with the few verbs that the relay may use.
//!
//! | verbs | on | for |
//! |---|---|---|
//! | `create`, `patch` | Events | writing them; an empty patch is how one is read |
//! | `list`, `watch` | pods, metadata only | the stamped ones; and a pod by its name |
//! | `get` | `ReplicaSets` and Jobs, metadata only | finding what made them |
//! | `list`, `watch` | pods of the policy-servers' namespace | finding the logs |
//! | `get` | `pods/log` of the same | reading them |
//! | `create`, `get`, `update` | a Lease | choosing the replica that works |
//!
//! No verb reads Events: a patch that changes nothing is answered with the object as it is, and
//! the API server writes nothing for it.

mod answer;
mod api;
mod connect;
pub mod events;
mod lanes;
pub mod lease;
mod permission;
pub mod pods;
pub mod stamped;
mod watch_error;

pub use api::Api;
pub use connect::{ConnectError, connect};
pub use permission::tell_of_permission;
pub(crate) use watch_error::watch_error;
