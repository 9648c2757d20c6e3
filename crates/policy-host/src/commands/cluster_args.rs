//! The arguments that describe the cluster of a policy.

use std::{path::PathBuf, time::Duration};

use clap::{Args, value_parser};

use super::result::CommandError;
use crate::{
    Policy,
    cluster::{Cluster, Folder, Grant, Live},
};

/// The cluster in which the policy looks up objects [default: none, and every look-up is denied].
#[derive(Debug, Args)]
pub(crate) struct ClusterArgs {
    /// A folder of manifests. The policy may look up all of its objects.
    #[arg(long, value_name = "FOLDER", conflicts_with = "kubeconfig")]
    cluster: Option<PathBuf>,

    /// A kubeconfig. The policy may look up everything that the kubeconfig's user may get.
    #[arg(long, value_name = "FILE")]
    kubeconfig: Option<PathBuf>,

    /// Deny the policy the host call `kubernetes/get_resource`, or a kind such as `v1/ConfigMap`,
    /// as if contextAwareResources did not list it. May be given several times.
    #[arg(long, value_name = "WHAT")]
    deny: Vec<Grant>,

    /// Let the API server refuse the host a kind such as `v1/ConfigMap`, as if an RBAC rule were
    /// missing. May be given several times.
    #[arg(long, value_name = "KIND")]
    forbid: Vec<Grant>,

    /// Delay each look-up by this many milliseconds.
    #[arg(long, value_name = "MILLISECONDS", default_value = "0", value_parser = value_parser!(u64).range(..=60_000))]
    lookup_delay: u64,
}

impl ClusterArgs {
    /// Gives the cluster to a policy.
    ///
    /// # Errors
    /// Returns `Folder` or `Cluster` if the cluster can't be read.
    pub(super) fn give(&self, policy: Policy) -> Result<Policy, CommandError> {
        let cluster = match (&self.cluster, &self.kubeconfig) {
            (Some(folder), _) => Cluster::new(Folder::read(folder)?),
            (_, Some(file)) => Cluster::new(Live::of_kubeconfig(file)?),
            (None, None) => return Ok(policy),
        };
        let cluster = self.deny.iter().cloned().fold(cluster, Cluster::denying);
        let cluster = self
            .forbid
            .iter()
            .cloned()
            .fold(cluster, Cluster::forbidding);
        let delay = Duration::from_millis(self.lookup_delay);
        Ok(policy.with_cluster(cluster.with_delay(delay)))
    }
}
