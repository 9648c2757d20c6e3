//! The parts of the API server's `OpenAPI` v3 document that the table needs.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

/// The document.
#[derive(Debug, Deserialize)]
pub(crate) struct Document {
    /// The document's `info`.
    pub(crate) info: Info,
    components: Components,
}

/// The document's `info`.
#[derive(Debug, Deserialize)]
pub(crate) struct Info {
    /// The API server's version; `unversioned` in the document in the source.
    pub(crate) version: String,
}

#[derive(Debug, Deserialize)]
struct Components {
    // Parsed when needed, since most types do not belong to a Pod.
    schemas: BTreeMap<String, Value>,
}

/// A type, or the kind of a field.
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

/// A union in the document.
#[derive(Debug, Deserialize)]
pub(crate) struct Union {
    /// The field that names the member that is set.
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
    /// The full name of the type of a reference.
    pub(crate) fn refers_to(&self) -> Option<&str> {
        let of = self.all_of.first().unwrap_or(self);
        of.reference.as_deref()?.rsplit('/').next()
    }
}

impl Union {
    /// The names of the members.
    pub(crate) fn members(&self) -> impl Iterator<Item = &str> {
        (self.discriminator.iter())
            .chain(self.fields.keys())
            .map(String::as_str)
    }
}

/// The last part of a full name: `Pod` for `io.k8s.api.core.v1.Pod`.
pub(crate) fn short_name(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}
