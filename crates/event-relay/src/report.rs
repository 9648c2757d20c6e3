//! What a policy reported, once it is believed: nothing in it can harm an Event, a terminal or a
//! request's path.

use std::sync::Arc;

use k8s_openapi::jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::object::Object;
use crate::progress::Ticket;

/// What a report is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// The pod that is being created.
    Pod(PodSubject),
    /// Another object that has a name.
    Other(Object),
}

/// A pod that is being created, as far as its admission request tells.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PodSubject {
    /// Its name, if it has one already.
    pub name: Option<String>,
    /// What makes it, if something does.
    pub controller: Option<Object>,
    /// The part of it: `spec.containers{app}`.
    pub field_path: Option<String>,
    /// Its name and uid, where the pod itself tells of the failure.
    pub found: Option<Object>,
}

/// One failure of one rule at one admission.
#[derive(Debug, Clone)]
pub struct Report {
    /// Where it happened, and where the Events go.
    pub namespace: String,
    /// What it is about.
    pub subject: Subject,
    /// The rule that failed; empty where the policy has none.
    pub rule: String,
    /// The machine-readable cause.
    pub reason: String,
    /// What was tried.
    pub action: String,
    /// The cause for people.
    pub message: String,
    /// Whether the Event is a `Warning` rather than `Normal`.
    pub warning: bool,
    /// Who reports.
    pub component: String,
    /// The uid of the admission request; together with the rule it tells one failure from
    /// another.
    pub request: String,
    /// When it happened: the host's clock, but not after the line arrived.
    pub time: Timestamp,
    /// The same, but whenever the line is read: where nothing says when the line arrived, the
    /// host's clock may be ahead.
    pub logged: Timestamp,
    /// Which order its time is of.
    pub source: SourceId,
    /// How far it is believed.
    pub standing: Standing,
    /// A write that counts it was sent, and the answer was lost: it may be counted already, by this
    /// very relay.
    pub sent: bool,
    /// Held until the report is dealt with.
    pub ticket: Option<Arc<Ticket>>,
}

/// Where reports come from in the order in which they were written, shortened by a hash: a
/// policy-server's container; one server in a file or a stream, which may hold the lines of several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SourceId(pub [u8; 6]);

impl SourceId {
    /// The stamped pods, in the order of their creation.
    pub const PODS: Self = Self(*b"pods..");

    /// What this server wrote to the source of this name.
    pub fn of(name: &str, server: Option<&str>) -> Self {
        Self(short_hash(&[name, server.unwrap_or_default()]))
    }
}

/// How far a report is believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Standing {
    /// The policy's word is enough.
    Believed,
    /// A pod confirms the failure.
    Confirmed,
    /// A pod has to confirm the failure, and none has.
    Unconfirmed,
}

impl Report {
    /// What tells this failure from the others of its rule and reason: the admission request; and
    /// where a pod tells of the failure, the pod.
    pub fn identity(&self) -> [u8; 6] {
        let found = match &self.subject {
            Subject::Pod(pod) => pod.found.as_ref(),
            Subject::Other(_) => None,
        };
        match found.and_then(|pod| pod.uid.as_deref()) {
            Some(uid) => short_hash(&[uid, &self.request]),
            None => short_hash(&[&self.request]),
        }
    }
}

/// The first six bytes of a hash of some texts.
pub(crate) fn short_hash(parts: &[&str]) -> [u8; 6] {
    let hash = hash(parts);
    std::array::from_fn(|at| hash[at])
}

/// A hash of some texts, each apart from the next.
pub(crate) fn hash(parts: &[&str]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}
