//! What goes wrong in a cluster, one fault after the other. After each one, exactly the Events are
//! there that there should be, with exactly the counts: nothing is lost, and nothing is doubled.

#[path = "../support/mod.rs"]
mod support;

mod answers;
mod floods;
mod kills;
mod logs;
mod outages;
mod records;
mod refusals;
mod replicas;
mod sources;
mod stamps;
mod threats;
mod workloads;

use event_record::REQUEST_LABEL;
use support::log::Failure;
use support::place::{Log, Place, stdin_relay};
use support::{events, kubectl, told, wait};
use test_cluster::{Cluster, Shared};

static CLUSTER: Shared = Shared::new(|| Cluster::builder().workloads());

impl Place {
    async fn new() -> Self {
        Self::within(CLUSTER.get().await).await
    }
}
