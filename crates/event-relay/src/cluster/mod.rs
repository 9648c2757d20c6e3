//! The API server, with the few verbs that the relay may use.
//!
//! | verbs | on | for |
//! |---|---|---|
//! | `create`, `patch` | Events | writing them; an empty patch is how one is read |
//! | `get`, `list` | pods, metadata only | finding the pod that a report is about |
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
pub mod lease;
mod permission;
pub mod pods;

pub use api::Api;
pub use connect::{ConnectError, connect};

pub use permission::tell_of_permission;
