//! Events in the cluster.

use k8s_openapi::api::core::v1::Event;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use serde::Deserialize;
use serde_json::Value;

use super::Api;
use crate::api_error::ApiError;
use crate::store::Written;

/// The part of an Event that counting goes on from.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct EventAnswer {
    metadata: Metadata,
    #[serde(default)]
    involved_object: InvolvedObject,
    #[serde(default)]
    count: Option<i32>,
    #[serde(default)]
    first_timestamp: Option<Time>,
    #[serde(default)]
    last_timestamp: Option<Time>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    resource_version: String,
    #[serde(default)]
    annotations: std::collections::BTreeMap<String, String>,
}

#[derive(Default, Deserialize)]
struct InvolvedObject {
    uid: Option<String>,
}

impl From<EventAnswer> for Written {
    fn from(mut answer: EventAnswer) -> Self {
        Self {
            resource_version: answer.metadata.resource_version,
            about: answer.involved_object.uid,
            count: answer.count.unwrap_or(0),
            first: answer.first_timestamp.map(|time| time.0),
            last: answer.last_timestamp.map(|time| time.0),
            counted: answer
                .metadata
                .annotations
                .remove(crate::event::COUNTED_ANNOTATION),
        }
    }
}

impl Api {
    /// Creates an Event.
    ///
    /// # Errors
    ///
    /// [`ApiError::AlreadyExists`] if there is one of its name.
    pub async fn create_event(&self, event: &Event) -> Result<Written, ApiError> {
        let namespace = event.metadata.namespace.as_deref().unwrap_or_default();
        let answer: EventAnswer = self.create(&path(namespace, ""), event).await?;
        Ok(answer.into())
    }

    /// Changes an Event.
    ///
    /// # Errors
    ///
    /// [`ApiError::Conflict`] if the patch names a version that is not the Event's any more,
    /// [`ApiError::NotFound`] if there is no such Event.
    pub async fn patch_event(
        &self,
        namespace: &str,
        name: &str,
        patch: &Value,
    ) -> Result<Written, ApiError> {
        let answer: EventAnswer = self.patch("patch", &path(namespace, name), patch).await?;
        Ok(answer.into())
    }

    /// Reads an Event, with a patch that changes nothing.
    ///
    /// # Errors
    ///
    /// [`ApiError::NotFound`] if there is no such Event.
    pub async fn read_event(&self, namespace: &str, name: &str) -> Result<Written, ApiError> {
        let nothing = Value::Object(serde_json::Map::new());
        let answer: EventAnswer = self.patch("read", &path(namespace, name), &nothing).await?;
        Ok(answer.into())
    }
}

fn path(namespace: &str, name: &str) -> String {
    let separator = if name.is_empty() { "" } else { "/" };
    format!("/api/v1/namespaces/{namespace}/events{separator}{name}")
}
