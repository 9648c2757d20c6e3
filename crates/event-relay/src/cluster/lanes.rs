//! How namespaces share the requests that are under way. See [`Lanes::enter`].

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// At most so many requests are under way.
const ALL: usize = 16;
/// At most so many of them are about one namespace: a quarter, so that four namespaces in a flood are
/// needed to delay a fifth.
const OF_NAMESPACE: usize = 4;
/// So many idle lanes are kept.
const IDLE: usize = 256;

/// The requests that may begin, by namespace.
pub(super) struct Lanes {
    all: Arc<Semaphore>,
    of_namespace: Mutex<HashMap<String, Arc<Semaphore>>>,
}

/// Held as long as a request is under way.
pub(super) struct Permit {
    _of_namespace: Option<OwnedSemaphorePermit>,
    _of_all: Option<OwnedSemaphorePermit>,
}

impl Lanes {
    pub(super) fn new() -> Self {
        Self {
            all: Arc::new(Semaphore::new(ALL)),
            of_namespace: Mutex::default(),
        }
    }

    /// Waits until a request to this path may begin. The requests about a namespace queue up behind
    /// each other first, and only the foremost of them stand in the queue of all.
    pub(super) async fn enter(&self, path: &str) -> Permit {
        let of_namespace = match namespace(path) {
            Some(namespace) => Some(self.lane(namespace).acquire_owned().await),
            None => None,
        };
        let of_all = Arc::clone(&self.all).acquire_owned().await;
        Permit {
            // The semaphores are never closed.
            _of_namespace: of_namespace.and_then(Result::ok),
            _of_all: of_all.ok(),
        }
    }

    fn lane(&self, namespace: &str) -> Arc<Semaphore> {
        let lanes = self.of_namespace.lock();
        let mut lanes = lanes.unwrap_or_else(PoisonError::into_inner);
        if let Some(lane) = lanes.get(namespace) {
            return Arc::clone(lane);
        }
        if lanes.len() >= IDLE {
            lanes.retain(|_, lane| Arc::strong_count(lane) > 1);
        }
        let lane = Arc::new(Semaphore::new(OF_NAMESPACE));
        lanes.insert(namespace.to_owned(), Arc::clone(&lane));
        lane
    }
}

/// The namespace in a path of the API.
fn namespace(path: &str) -> Option<&str> {
    let (_, rest) = path.split_once("/namespaces/")?;
    rest.split(['/', '?']).next()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    async fn may_begin(lanes: &Lanes, namespace: &str) -> Option<Permit> {
        let path = format!("/api/v1/namespaces/{namespace}/events/x?fieldManager=y");
        timeout(Duration::from_millis(20), lanes.enter(&path))
            .await
            .ok()
    }

    #[tokio::test]
    async fn a_namespace_leaves_room_for_others() {
        let lanes = Lanes::new();
        let mut loud = Vec::new();
        while let Some(permit) = may_begin(&lanes, "loud").await {
            loud.push(permit);
        }
        assert_eq!(loud.len(), OF_NAMESPACE);
        let quiet = may_begin(&lanes, "quiet").await;
        assert!(quiet.is_some());
        loud.pop();
        assert!(may_begin(&lanes, "loud").await.is_some());
    }

    #[tokio::test]
    async fn lanes_that_nobody_uses_are_forgotten() {
        let lanes = Lanes::new();
        let held = may_begin(&lanes, "held").await;
        for n in 0..3 * IDLE {
            drop(may_begin(&lanes, &n.to_string()).await);
        }
        let kept = lanes.of_namespace.lock().map(|lanes| lanes.len());
        assert!(kept.is_ok_and(|kept| kept <= IDLE + 1));
        assert!(held.is_some());
        let mut more = Vec::new();
        while let Some(permit) = may_begin(&lanes, "held").await {
            more.push(permit);
        }
        assert_eq!(more.len(), OF_NAMESPACE - 1);
    }
}
