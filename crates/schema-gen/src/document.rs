//! The API server's `OpenAPI` v3 document: as much of it as the table needs.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

/// The document.
#[derive(Debug, Deserialize)]
pub(crate) struct Document {
    /// What it is about.
    pub(crate) info: Info,
    components: Components,
}

/// What the document is about.
#[derive(Debug, Deserialize)]
pub(crate) struct Info {
    /// The API server's version, `unversioned` in the document that is published with the source.
    pub(crate) version: String,
}

#[derive(Debug, Deserialize)]
struct Components {
    // Read one by one, when they are asked for: most belong to other objects than a Pod.
    schemas: BTreeMap<String, Value>,
}

/// A type, or what a field of one holds.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Schema {
    #[serde(rename = "type")]
    pub(crate) kind: Option<String>,
    pub(crate) format: Option<String>,
    #[serde(rename = "enum")]
    pub(crate) values: Option<Vec<String>>,
    pub(crate) default: Option<Value>,
    pub(crate) required: Vec<String>,
    pub(crate) properties: BTreeMap<String, Schema>,
    pub(crate) items: Option<Box<Schema>>,
    #[serde(rename = "additionalProperties")]
    pub(crate) map_of: Option<Box<Schema>>,
    #[serde(rename = "$ref")]
    reference: Option<String>,
    #[serde(rename = "allOf")]
    all_of: Vec<Schema>,
    #[serde(rename = "x-kubernetes-list-type")]
    pub(crate) list_type: Option<String>,
    #[serde(rename = "x-kubernetes-list-map-keys")]
    pub(crate) list_map_keys: Vec<String>,
    #[serde(rename = "x-kubernetes-unions")]
    pub(crate) unions: Vec<Union>,
}

/// A union that the document tells of.
#[derive(Debug, Deserialize)]
pub(crate) struct Union {
    /// The field that says which member is set.
    discriminator: Option<String>,
    #[serde(rename = "fields-to-discriminateBy")]
    fields: BTreeMap<String, String>,
}

impl Document {
    /// The full name and the schema of the only type of this short name, such as `Pod`.
    pub(crate) fn find(&self, short: &str) -> Option<String> {
        let mut names = (self.components.schemas.keys()).filter(|name| short_name(name) == short);
        let name = names.next()?;
        names.next().is_none().then(|| name.clone())
    }

    /// The type of this full name, such as `io.k8s.api.core.v1.Pod`.
    pub(crate) fn schema(&self, name: &str) -> Option<serde_json::Result<Schema>> {
        (self.components.schemas.get(name)).map(Schema::deserialize)
    }
}

impl Schema {
    /// The full name of the type that this refers to.
    pub(crate) fn refers_to(&self) -> Option<&str> {
        let of = self.all_of.first().unwrap_or(self);
        of.reference.as_deref()?.rsplit('/').next()
    }
}

impl Union {
    /// The names of its members.
    pub(crate) fn members(&self) -> impl Iterator<Item = &str> {
        (self.discriminator.iter())
            .chain(self.fields.keys())
            .map(String::as_str)
    }
}

/// `Pod` of `io.k8s.api.core.v1.Pod`.
pub(crate) fn short_name(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}
