//! Objects of the cluster, by name.

use k8s_openapi::api::core::v1::ObjectReference;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

/// An object of a namespace, by name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Object {
    /// Its group and version: `v1`, `apps/v1`.
    pub api_version: String,
    /// Its kind.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Its uid, where it is known.
    pub uid: Option<String>,
}

impl Object {
    /// A reference to it, as Events hold it.
    pub fn reference(&self, namespace: &str, field_path: Option<&str>) -> ObjectReference {
        ObjectReference {
            api_version: Some(self.api_version.clone()),
            kind: Some(self.kind.clone()),
            name: Some(self.name.clone()),
            namespace: Some(namespace.to_owned()),
            uid: self.uid.clone(),
            field_path: field_path.map(str::to_owned),
            ..ObjectReference::default()
        }
    }

    /// The pod that has this metadata, once it has a name.
    pub fn pod(metadata: &ObjectMeta) -> Option<Self> {
        Some(Self {
            api_version: "v1".to_owned(),
            kind: "Pod".to_owned(),
            name: metadata.name.clone()?,
            uid: metadata.uid.clone(),
        })
    }

    /// What made the object that has this metadata: the owner that is its controller.
    pub fn controller(metadata: &ObjectMeta) -> Option<Self> {
        let mut owners = metadata.owner_references.iter().flatten();
        let owner = owners.find(|owner| owner.controller == Some(true))?;
        Some(Self {
            api_version: owner.api_version.clone(),
            kind: owner.kind.clone(),
            name: owner.name.clone(),
            uid: Some(owner.uid.clone()),
        })
    }
}
