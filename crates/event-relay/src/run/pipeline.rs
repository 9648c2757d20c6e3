//! From records to Events: the confirmer, the watch for stamped pods and the writer. See [`Pipeline`].

use std::convert::Infallible;
use std::future::pending;
use std::time::Duration;

use tokio::sync::mpsc;

use crate::cluster::lease::Positions;
use crate::cluster::stamped::{self, Scope};
use crate::confirm::{Config, Confirmer, PODS};
use crate::index::Index;
use crate::report::Report;
use crate::stop::Stop;
use crate::writer::{Context, Resolver, Writer};

/// After SIGTERM, writing goes on for so long.
const GRACE: Duration = Duration::from_millis(3500);
/// Reports between two steps.
const CHANNEL: usize = 1024;

/// How records become Events.
pub(super) struct Pipeline<'a> {
    /// What the writer works with.
    pub(super) context: &'a Context,
    /// Which pods are watched.
    pub(super) scope: Scope,
    /// Whether logs are read.
    pub(super) read_logs: bool,
    /// Where an earlier leader stopped. Without, stamped pods confirm records and tell nothing by
    /// themselves.
    pub(super) positions: Option<&'a Positions>,
}

impl Pipeline<'_> {
    /// Writes until the records end and everything is written, or until it is told to stop. Gives the
    /// number of reports that were not dealt with.
    pub(super) async fn run(self, records: mpsc::Receiver<Report>, stop: Stop) -> usize {
        let Self {
            context,
            scope,
            read_logs,
            positions,
        } = self;
        let (api, index) = match &context.resolver {
            Resolver::Cluster(api, index) => (Some(api.clone()), index.clone()),
            Resolver::Nowhere => (None, Index::default()),
        };
        // What an earlier term has reported may not have been written.
        index.clear();
        let config = Config {
            wait_for_pod: context.wait_for_pod,
            report_stamps: positions.is_some() && context.trust.policies.some_are_confirmed(),
            read_logs,
            counted_before: positions.and_then(|all| all.get(PODS)).copied(),
            lists: api.as_ref().map_or(0, |_| scope.lists()),
        };
        let confirmer = Confirmer::new(
            config,
            context.trust.clone(),
            index,
            context.metrics.clone(),
            context.progress.clone(),
        );
        let (reports, received) = mpsc::channel(CHANNEL);
        let (sender, changes) = mpsc::channel(CHANNEL);
        let watch = async move {
            if let Some(api) = api {
                stamped::watch(api, scope, sender).await;
            }
        };
        let others = async {
            tokio::join!(confirmer.run(records, changes, reports), watch);
            // Their end is not the writer's.
            pending::<Infallible>().await
        };
        let writer = Writer::new(context.clone()).run(received, stop, GRACE);
        tokio::select! {
            left = writer => left,
            never = others => match never {},
        }
    }
}
