//! Where Events are kept: the cluster, or with `--dry-run` a table of our own that behaves like it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use k8s_openapi::api::core::v1::Event;
use k8s_openapi::jiff::Timestamp;
use serde_json::Value;

use crate::api_error::ApiError;
use crate::cluster::Api;
use crate::event::COUNTED_ANNOTATION;

/// An Event as it is kept: the part that counting goes on from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Its version.
    pub resource_version: String,
    /// The uid of the object that it is about.
    pub about: Option<String>,
    /// Its count.
    pub count: i32,
    /// When the first failure was.
    pub first: Option<Timestamp>,
    /// When the last one was.
    pub last: Option<Timestamp>,
    /// The memory of what is counted.
    pub counted: Option<String>,
}

/// So many Events that are not written are kept, and half of them when there are more.
const KEPT: usize = 20_000;

/// Where Events are kept.
#[derive(Clone)]
pub enum Store {
    /// In the cluster.
    Cluster(Api),
    /// Here.
    Here(Table),
}

impl Store {
    /// Creates an Event; see [`Api::create_event`].
    ///
    /// # Errors
    ///
    /// See [`ApiError`].
    pub async fn create(&self, event: &Event) -> Result<Written, ApiError> {
        match self {
            Self::Cluster(api) => api.create_event(event).await,
            Self::Here(table) => table.create(event),
        }
    }

    /// Changes an Event; see [`Api::patch_event`].
    ///
    /// # Errors
    ///
    /// See [`ApiError`].
    pub async fn patch(
        &self,
        namespace: &str,
        name: &str,
        patch: &Value,
    ) -> Result<Written, ApiError> {
        match self {
            Self::Cluster(api) => api.patch_event(namespace, name, patch).await,
            Self::Here(table) => table.patch(namespace, name, patch),
        }
    }

    /// Reads an Event; see [`Api::read_event`].
    ///
    /// # Errors
    ///
    /// See [`ApiError`].
    pub async fn read(&self, namespace: &str, name: &str) -> Result<Written, ApiError> {
        match self {
            Self::Cluster(api) => api.read_event(namespace, name).await,
            Self::Here(table) => table.read(namespace, name),
        }
    }
}

/// Events that are not written.
#[derive(Debug, Clone, Default)]
pub struct Table(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    events: BTreeMap<(String, String), (Event, u64)>,
    /// Those that were not shown since they changed, in order.
    changed: Vec<(String, String)>,
}

impl Table {
    fn create(&self, event: &Event) -> Result<Written, ApiError> {
        let name = |field: &Option<String>| field.clone().unwrap_or_default();
        let key = (name(&event.metadata.namespace), name(&event.metadata.name));
        let mut state = self.state();
        if state.events.contains_key(&key) {
            return Err(ApiError::AlreadyExists);
        }
        state.events.insert(key.clone(), (event.clone(), 1));
        state.changed.push(key);
        Ok(written(event, 1))
    }

    fn patch(&self, namespace: &str, name: &str, patch: &Value) -> Result<Written, ApiError> {
        let key = (namespace.to_owned(), name.to_owned());
        let mut state = self.state();
        let Some((event, version)) = state.events.get_mut(&key) else {
            return Err(ApiError::NotFound(name.to_owned()));
        };
        if patch["metadata"]["resourceVersion"].as_str() != Some(version.to_string().as_str()) {
            return Err(ApiError::Conflict);
        }
        let counted = patch["metadata"]["annotations"][COUNTED_ANNOTATION].as_str();
        let annotations = event.metadata.annotations.get_or_insert_default();
        annotations.extend(counted.map(|text| (COUNTED_ANNOTATION.to_owned(), text.to_owned())));
        event.count = patch["count"]
            .as_i64()
            .and_then(|count| count.try_into().ok());
        event.last_timestamp = serde_json::from_value(patch["lastTimestamp"].clone()).ok();
        event.message = patch["message"].as_str().map(str::to_owned);
        *version += 1;
        let written = written(event, *version);
        if !state.changed.contains(&key) {
            state.changed.push(key);
        }
        Ok(written)
    }

    fn read(&self, namespace: &str, name: &str) -> Result<Written, ApiError> {
        let key = (namespace.to_owned(), name.to_owned());
        let state = self.state();
        let event = state.events.get(&key);
        event
            .map(|(event, version)| written(event, *version))
            .ok_or_else(|| ApiError::NotFound(name.to_owned()))
    }

    /// The Events that were written or changed since this was last asked, in order. When there are
    /// many, the oldest are forgotten then, as a cluster forgets them.
    pub fn take_changed(&self) -> Vec<Event> {
        let mut state = self.state();
        let keys = std::mem::take(&mut state.changed);
        let events = keys.iter().filter_map(|key| state.events.get(key));
        let events = events.map(|(event, _)| event.clone()).collect();
        if state.events.len() > KEPT {
            let last = |event: &Event| event.last_timestamp.as_ref().map(|time| time.0);
            let mut times: Vec<_> = state
                .events
                .values()
                .map(|(event, _)| last(event))
                .collect();
            let (_, middle, _) = times.select_nth_unstable(KEPT / 2);
            let middle = *middle;
            state.events.retain(|_, (event, _)| last(event) > middle);
        }
        events
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn written(event: &Event, version: u64) -> Written {
    let annotations = event.metadata.annotations.as_ref();
    Written {
        resource_version: version.to_string(),
        about: event.involved_object.uid.clone(),
        count: event.count.unwrap_or_default(),
        first: event.first_timestamp.as_ref().map(|time| time.0),
        last: event.last_timestamp.as_ref().map(|time| time.0),
        counted: annotations
            .and_then(|all| all.get(COUNTED_ANNOTATION))
            .cloned(),
    }
}
