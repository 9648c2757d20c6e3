//! Pods and what made them, by their metadata.

use std::collections::BTreeMap;

use event_record::REQUEST_LABEL;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, OwnerReference};
use k8s_openapi::jiff::Timestamp;
use serde::Deserialize;

use super::Api;
use crate::api_error::ApiError;
use crate::report::Object;

/// So many pods are asked for at once.
const PAGE: usize = 500;

/// An object's metadata.
#[derive(Debug, Clone, Deserialize)]
pub struct Meta {
    /// The metadata.
    #[serde(default)]
    pub metadata: ObjectMeta,
}

#[derive(Deserialize)]
struct MetaList {
    #[serde(default)]
    metadata: ListMeta,
    // Where there are none it is null.
    items: Option<Vec<Meta>>,
}

#[derive(Default, Deserialize)]
struct ListMeta {
    #[serde(default, rename = "continue")]
    next: String,
}

impl Meta {
    /// The pod as an object, once it has a name.
    pub fn pod(&self) -> Option<Object> {
        Some(Object {
            api_version: "v1".to_owned(),
            kind: "Pod".to_owned(),
            name: self.metadata.name.clone()?,
            uid: self.metadata.uid.clone(),
        })
    }

    /// What made the object: the owner that is its controller.
    pub fn controller(&self) -> Option<Object> {
        let mut owners = self.metadata.owner_references.iter().flatten();
        owners
            .find(|owner| owner.controller == Some(true))
            .map(|owner: &OwnerReference| Object {
                api_version: owner.api_version.clone(),
                kind: owner.kind.clone(),
                name: owner.name.clone(),
                uid: Some(owner.uid.clone()),
            })
    }

    /// The uid of the admission request that the pod is stamped with.
    pub fn request(&self) -> Option<&str> {
        label(self.metadata.labels.as_ref(), REQUEST_LABEL)
    }

    /// An annotation's value.
    pub fn annotation(&self, key: &str) -> Option<&str> {
        label(self.metadata.annotations.as_ref(), key)
    }

    /// When it was created, by the API server's clock.
    pub fn created(&self) -> Option<Timestamp> {
        self.metadata.creation_timestamp.as_ref().map(|time| time.0)
    }
}

fn label<'a>(labels: Option<&'a BTreeMap<String, String>>, key: &str) -> Option<&'a str> {
    labels?.get(key).map(String::as_str)
}

impl Api {
    /// A pod by its name.
    ///
    /// # Errors
    ///
    /// [`ApiError::NotFound`] if there is none.
    pub async fn pod(&self, namespace: &str, name: &str) -> Result<Meta, ApiError> {
        self.get_metadata(&format!("/api/v1/namespaces/{namespace}/pods/{name}"))
            .await
    }

    /// The pods of one admission request: one, or none yet.
    ///
    /// # Errors
    ///
    /// See [`ApiError`].
    pub async fn pods_of_request(
        &self,
        namespace: &str,
        request: &str,
    ) -> Result<Vec<Meta>, ApiError> {
        let selector = format!("{}%3D{request}", REQUEST_LABEL.replace('/', "%2F"));
        let list: MetaList = self
            .list_metadata(&format!(
                "/api/v1/namespaces/{namespace}/pods?labelSelector={selector}&resourceVersion=0"
            ))
            .await?;
        Ok(list.items.unwrap_or_default())
    }

    /// One page of all pods that carry a stamp of a failure, and where the next begins.
    ///
    /// # Errors
    ///
    /// See [`ApiError`].
    pub async fn stamped_pods(&self, page: &str) -> Result<(Vec<Meta>, String), ApiError> {
        let selector = REQUEST_LABEL.replace('/', "%2F");
        let list: MetaList = self
            .list_metadata(&format!(
                "/api/v1/pods?labelSelector={selector}&limit={PAGE}&continue={page}"
            ))
            .await?;
        Ok((list.items.unwrap_or_default(), list.metadata.next))
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
        let resource = match (object.api_version.as_str(), object.kind.as_str()) {
            ("apps/v1", "ReplicaSet") => "apis/apps/v1/namespaces",
            ("batch/v1", "Job") => "apis/batch/v1/namespaces",
            _ => return Ok(None),
        };
        let plural = if object.kind == "Job" {
            "jobs"
        } else {
            "replicasets"
        };
        let name = &object.name;
        let path = format!("/{resource}/{namespace}/{plural}/{name}");
        let found: Meta = self.get_metadata(&path).await?;
        if found.metadata.uid != object.uid {
            return Err(ApiError::NotFound(format!(
                "{plural} {name:?} is another one now"
            )));
        }
        Ok(found.controller())
    }
}
