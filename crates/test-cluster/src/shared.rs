//! One cluster for all tests of a binary.

use std::fmt;

use tokio::sync::OnceCell;

use crate::{Builder, Cluster, Error};

/// A cluster that is started when the first test uses it. It can be a `static`, since it ends
/// without being dropped.
pub struct Shared {
    builder: fn() -> Builder,
    cluster: OnceCell<Result<Cluster, Error>>,
}

impl Shared {
    /// A cluster that the function describes. It is not started yet.
    pub const fn new(builder: fn() -> Builder) -> Self {
        Self {
            builder,
            cluster: OnceCell::const_new(),
        }
    }

    /// The cluster, started and ready.
    ///
    /// # Panics
    /// Panics with the reason if it can't be started, in each test.
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
