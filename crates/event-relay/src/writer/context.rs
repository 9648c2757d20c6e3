//! What the writer's steps have in common.

use std::time::Duration;

use crate::cluster::Api;
use crate::event::Author;
use crate::index::Index;
use crate::metrics::Metrics;
use crate::progress::Progress;
use crate::store::Store;
use crate::trust::Trust;

/// What the writer works with.
#[derive(Clone)]
pub struct Context {
    /// Where Events go.
    pub store: Store,
    /// In whose name.
    pub author: Author,
    /// Where pods and workloads are looked up.
    pub resolver: Resolver,
    /// What happened.
    pub metrics: Metrics,
    /// What is too old to be written.
    pub trust: Trust,
    /// How long a pod is waited for.
    pub wait_for_pod: Duration,
    /// How far the sources are.
    pub progress: Progress,
}

/// Where pods and workloads are looked up.
#[derive(Clone)]
pub enum Resolver {
    /// In the cluster: its stamped pods are in the index.
    Cluster(Api, Index),
    /// Nowhere: there is no cluster.
    Nowhere,
}
