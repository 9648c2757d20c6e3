//! One cluster for all tests of a binary.

use std::fmt;

use tokio::sync::OnceCell;

use crate::{Builder, Cluster, Error};

/// A cluster that the first test to ask for it starts. Made for a `static`: what ends the cluster
/// does not need it to be dropped.
pub struct Shared {
    builder: fn() -> Builder,
    cluster: OnceCell<Result<Cluster, Error>>,
}

impl Shared {
    /// A cluster as the function describes it, not started yet.
    pub const fn new(builder: fn() -> Builder) -> Self {
        Self {
            builder,
            cluster: OnceCell::const_new(),
        }
    }

    /// The cluster, started and ready.
    ///
    /// # Panics
    /// When it could not be started, with the reason, in every test alike: none of them can go on.
    pub async fn get(&self) -> &Cluster {
        let start = || (self.builder)().start();
        match self.cluster.get_or_init(start).await {
            Ok(cluster) => cluster,
            Err(error) => panic!("{error}"),
        }
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Shared").field(&self.cluster).finish()
    }
}
