//! The oracle: random pods, rules that collide with them, and a real kube-apiserver as the judge.
//!
//! What it asks of the policy is what the policy promises: **a pod that is accepted without it is
//! accepted with it**, without exception; and a pod that is created anew from itself is not changed
//! again. Each pair of a pod and its rules is made from a seed and a number, which make it again.
//!
//! The pod goes to the API server twice, by dry run: into a namespace where nothing is in its way,
//! and into one where the API server calls the policy as it calls policy-server. So the policy
//! sees exactly what it would see in a cluster, and what it answers is applied, defaulted, validated
//! and admitted as it would be there.
//!
//! A pair that breaks a promise is made as small as it can be and written as a case for the
//! end-to-end tests.

mod api;
mod case;
pub mod cli;
mod court;
mod error;
pub mod generate;
mod given;
mod judge;
mod promise;
mod round_trip;
mod run;
mod seen;
mod shrink;
mod summary;
mod webhook;

pub use api::Verdict;
pub use court::Court;
pub use error::Error;
pub use given::Given;
pub use judge::{Breach, Judgement};
pub use round_trip::RoundTrip;
pub use run::{Finding, Outcome, Run};
pub use seen::{Failed, Injector, Seen};
pub use summary::{RoundTrips, Summary};
