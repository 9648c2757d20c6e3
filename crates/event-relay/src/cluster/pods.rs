//! Pods and what made them, by their metadata.

use event_record::REQUEST_LABEL;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use k8s_openapi::jiff::Timestamp;
use serde::Deserialize;

use super::Api;
use crate::api_error::ApiError;
use crate::object::Object;

/// An object's metadata.
#[derive(Debug, Clone, Deserialize)]
pub struct Meta {
    /// The metadata.
    #[serde(default)]
    pub metadata: ObjectMeta,
}

#[derive(Deserialize)]
struct MetaList {
    // Where there are none it is null.
    items: Option<Vec<Meta>>,
}

impl Meta {
    /// The uid of the admission request that the pod is stamped with.
    pub fn request(&self) -> Option<&str> {
        let labels = self.metadata.labels.as_ref()?;
        labels.get(REQUEST_LABEL).map(String::as_str)
    }

    /// When it was created, by the API server's clock.
    pub fn created(&self) -> Option<Timestamp> {
        self.metadata.creation_timestamp.as_ref().map(|time| time.0)
    }
}

impl Api {
    /// A pod by its name. The API server reads one object for it, though the verb is `list`.
    ///
    /// # Errors
    ///
    /// See [`ApiError`].
    pub async fn pod(&self, namespace: &str, name: &str) -> Result<Option<Meta>, ApiError> {
        let path =
            format!("/api/v1/namespaces/{namespace}/pods?fieldSelector=metadata.name%3D{name}");
        let list: MetaList = self.list_metadata(&path).await?;
        Ok(list.items.and_then(|mut pods| pods.pop()))
    }

    /// What made a `ReplicaSet` or a Job, if it is still the same one.
    ///
    /// # Errors
    ///
    /// [`ApiError::NotFound`] if it is not there any more, or another one of its name.
    pub async fn owner_of(
        &self,
        namespace: &str,
        object: &Object,
    ) -> Result<Option<Object>, ApiError> {
        let Some((group, plural)) = resource(object) else {
            return Ok(None);
        };
        let name = &object.name;
        let path = format!("/apis/{group}/namespaces/{namespace}/{plural}/{name}");
        let found: Meta = self.get_metadata(&path).await?;
        if found.metadata.uid != object.uid {
            return Err(ApiError::NotFound(format!(
                "{plural} {name:?} is another one now"
            )));
        }
        Ok(Object::controller(&found.metadata))
    }
}

/// Whether the relay may read the object, and so knows whether it exists.
pub fn is_readable(object: &Object) -> bool {
    resource(object).is_some()
}

/// The API group and the plural of the kinds that the relay may read.
fn resource(object: &Object) -> Option<(&'static str, &'static str)> {
    match (object.api_version.as_str(), object.kind.as_str()) {
        ("apps/v1", "ReplicaSet") => Some(("apps/v1", "replicasets")),
        ("batch/v1", "Job") => Some(("batch/v1", "jobs")),
        _ => None,
    }
}
