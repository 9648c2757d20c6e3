//! The oracle: random pods, rules that collide with them, and a real kube-apiserver as the judge.
//!
//! It holds the policy to its promises:
//! - **A pod that is accepted without the policy is accepted with it** ("lost").
//! - **What an applied rule set or removed is so in the stored pod** ("undone").
//! - A pod stays its controller's ("disowned").
//! - An injected pod that is created anew from itself is not changed again ("round trip").
//!
//! Each pair of a pod and its rules is made from a seed and a number, which make the pair again.
//! The pod goes to the API server twice: by dry run into a namespace without the policy, and for
//! real into a namespace in which the API server calls the policy as it calls policy-server. So the
//! policy sees what it would see in a cluster, and its answer is applied, defaulted, validated,
//! admitted and stored as it would be there. The stored pod is read, compared and deleted.
//!
//! A pair that breaks a promise is made as small as possible and written as a case for the
//! end-to-end tests. See [`Run::judge`].

mod api;
mod bench;
mod case;
pub mod cli;
mod controlled;
mod court;
mod coverage;
mod error;
mod given;
mod judge;
mod judgement;
mod needless;
mod report;
mod round_trip;
mod run;
mod seen;
mod shrink;
mod summary;
mod undone;
mod webhook;

pub use api::Verdict;
pub use court::Court;
pub use coverage::{Causes, Coverage, Met, Way};
pub use error::Error;
pub use given::Given;
pub use judgement::{Breach, Control, Judgement, RoundTrip};
pub use run::{Ended, Finding, Outcome, Run};
pub use seen::{Failed, Injector, Seen};
pub use summary::{Controlled, RoundTrips, Summary};
