//! Which workload a pod belongs to: the topmost controller that the relay may read.

use std::collections::HashMap;

use std::time::Duration;

use tokio::time::{Instant, sleep};
use tracing::debug;

use super::{Context, slot};
use crate::cluster::{Api, tell_of_permission};
use crate::event::Family;
use crate::report::Object;

/// A workload is remembered for so long.
const KEPT_FOR: Duration = Duration::from_mins(10);
/// A pod's controller may have so many above it.
const LEVELS: usize = 4;

/// Where pods and workloads are looked up.
#[derive(Clone)]
pub enum Resolver {
    /// In the cluster.
    Cluster(Api),
    /// Nowhere: there is no cluster.
    Nowhere,
}

/// What made a pod.
pub(super) struct Workload {
    pub(super) key: (String, Object),
    pub(super) topmost: Topmost,
}

/// The topmost controller that was found, and what else tells it.
#[derive(Clone)]
pub(super) struct Topmost {
    pub(super) object: Object,
    pub(super) family: Option<Family>,
}

impl Topmost {
    /// Nothing else tells it.
    pub(super) fn alone(object: Object) -> Self {
        Self {
            object,
            family: None,
        }
    }
}

/// Workloads by namespace and the pod's own controller.
#[derive(Default)]
pub(super) struct Cache(HashMap<(String, Object), (Topmost, Instant)>);

impl Cache {
    pub(super) fn get(&self, key: &(String, Object)) -> Option<Topmost> {
        let (topmost, since) = self.0.get(key)?;
        (since.elapsed() < KEPT_FOR).then(|| topmost.clone())
    }

    pub(super) fn insert(&mut self, key: (String, Object), topmost: Topmost) {
        self.0.insert(key, (topmost, Instant::now()));
    }

    pub(super) fn tidy(&mut self) {
        self.0.retain(|_, (_, since)| since.elapsed() < KEPT_FOR);
    }
}

/// Finds the workload of a pod's controller, for as long as that takes. It is the controller itself
/// where nothing more is to be found: it is gone, or may not be read.
pub(super) async fn find(context: &Context, key: (String, Object)) -> Workload {
    let (namespace, controller) = &key;
    let mut object = controller.clone();
    let mut known = true;
    if let Resolver::Cluster(api) = &context.resolver {
        let mut backoff = slot::backoff();
        let mut levels = 0;
        // What is tried again is no level: an API server that is gone must not end the search early.
        while levels < LEVELS {
            match api.owner_of(namespace, &object).await {
                Ok(Some(owner)) => {
                    object = owner;
                    levels += 1;
                }
                Ok(None) => break,
                Err(error) if error.is_transient() => {
                    context.metrics.retried(error.label());
                    sleep(backoff.next().unwrap_or_default()).await;
                }
                Err(error) => {
                    known = false;
                    tell_of_permission(&error);
                    debug!(
                        namespace,
                        kind = object.kind,
                        name = object.name,
                        "no owner: {error}"
                    );
                    break;
                }
            }
        }
    }
    let family = if object != *controller {
        Some(Family::found(controller, &object))
    } else if known {
        None
    } else {
        Family::guessed(controller)
    };
    let topmost = Topmost { object, family };
    Workload { key, topmost }
}
