//! The watch for stamped pods: metadata only, of one label. See [`watch`].

use std::time::Duration;

use event_record::REQUEST_LABEL;
use futures_util::StreamExt;
use futures_util::stream::{SelectAll, select_all};
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::jiff::Timestamp;
use kube::api::{Api as Objects, PartialObjectMeta};
use kube::runtime::watcher::{Config, Event};
use kube::runtime::{WatchStreamExt, watcher};
use tokio::sync::mpsc;
use tracing::{info, warn};

use super::{Api, tell_of_permission, watch_error};
use crate::stamp::Stamped;

/// How many pods a page of a list has. Each may have 256 KiB of annotations.
const PAGE: u32 = 100;

/// What the watch sees.
#[derive(Debug)]
pub enum Change {
    /// A list of one of the watched namespaces begins.
    Listing(usize),
    /// A pod that the list has.
    Listed(usize, Box<Stamped>),
    /// The list is whole.
    Whole(usize),
    /// A pod that was created just now.
    Created(Box<Stamped>),
    /// The watch does not work, and is tried again.
    Broken,
}

/// Which pods are watched.
#[derive(Debug, Clone)]
pub struct Scope {
    /// The pods' namespaces; all, if there is none.
    pub namespaces: Vec<String>,
    /// Older pods are left out.
    pub max_age: Option<Duration>,
}

impl Scope {
    /// How many lists there are.
    pub fn lists(&self) -> usize {
        self.namespaces.len().max(1)
    }

    fn is_young(&self, stamped: &Stamped) -> bool {
        let age = Timestamp::now().duration_since(stamped.created);
        self.max_age
            .is_none_or(|most| age.as_secs_f64() <= most.as_secs_f64())
    }
}

type Item = (usize, Result<Event<PartialObjectMeta<Pod>>, watcher::Error>);

/// Watches until nobody takes changes any more.
pub async fn watch(api: Api, scope: Scope, changes: mpsc::Sender<Change>) {
    let mut stream = streams(&api, &scope);
    let mut trouble = false;
    while let Some((list, item)) = stream.next().await {
        let change = match item {
            Ok(event) => {
                if std::mem::take(&mut trouble) {
                    info!("stamped pods can be watched again");
                }
                if matches!(event, Event::InitDone) {
                    api.succeeded("watch");
                }
                change(list, event, &scope)
            }
            Err(error) => {
                let error = api.failed("watch", watch_error(&error));
                tell_of_permission(&error);
                if !std::mem::replace(&mut trouble, true) {
                    warn!("stamped pods can't be watched: {error}");
                }
                Some(Change::Broken)
            }
        };
        if let Some(change) = change
            && changes.send(change).await.is_err()
        {
            return;
        }
    }
}

fn streams(api: &Api, scope: &Scope) -> SelectAll<futures_util::stream::BoxStream<'static, Item>> {
    let client = || api.client().clone();
    let pods: Vec<Objects<PartialObjectMeta<Pod>>> = if scope.namespaces.is_empty() {
        vec![Objects::all(client())]
    } else {
        let names = scope.namespaces.iter();
        names
            .map(|name| Objects::namespaced(client(), name))
            .collect()
    };
    let streams = pods.into_iter().enumerate().map(|(list, pods)| {
        let config = Config::default().labels(REQUEST_LABEL).page_size(PAGE);
        let stream = watcher(pods, config).default_backoff();
        stream.map(move |item| (list, item)).boxed()
    });
    select_all(streams)
}

fn change(list: usize, event: Event<PartialObjectMeta<Pod>>, scope: &Scope) -> Option<Change> {
    let stamped = |pod: &PartialObjectMeta<Pod>| {
        let stamped = Stamped::of(&pod.metadata);
        stamped
            .filter(|stamped| scope.is_young(stamped))
            .map(Box::new)
    };
    match event {
        Event::Init => Some(Change::Listing(list)),
        Event::InitApply(pod) => stamped(&pod).map(|pod| Change::Listed(list, pod)),
        Event::InitDone => Some(Change::Whole(list)),
        Event::Apply(pod) => stamped(&pod).map(Change::Created),
        Event::Delete(_) => None,
    }
}
