//! Which workload a pod belongs to: the topmost controller that the relay may read.

use std::collections::HashMap;

use std::time::Duration;

use tokio::time::{Instant, sleep};
use tracing::debug;

use super::context::{Context, Resolver};
use super::slot;
use crate::cluster::pods::is_readable;
use crate::cluster::tell_of_permission;
use crate::event::Family;
use crate::object::Object;

/// A workload is remembered for so long.
const KEPT_FOR: Duration = Duration::from_mins(10);
/// A pod's controller may have so many above it.
const LEVELS: usize = 4;

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
    /// What made the pod exists, with the uid that the report names.
    pub(super) exists: bool,
}

impl Topmost {
    /// Nothing else tells it.
    pub(super) fn alone(object: Object) -> Self {
        Self {
            object,
            family: None,
            exists: false,
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
    let mut exists = false;
    if let Resolver::Cluster(api, _) = &context.resolver {
        let mut backoff = slot::backoff();
        let mut levels = 0;
        // What is tried again is no level: an API server that is gone must not end the search early.
        while levels < LEVELS {
            match api.owner_of(namespace, &object).await {
                Ok(Some(owner)) => {
                    exists = true;
                    object = owner;
                    levels += 1;
                }
                Ok(None) => {
                    exists |= is_readable(&object);
                    break;
                }
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
    let topmost = Topmost {
        object,
        family,
        exists,
    };
    Workload { key, topmost }
}
