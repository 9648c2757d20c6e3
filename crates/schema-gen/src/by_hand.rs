//! The content of `by-hand.yaml`: what the document lacks.

use serde::Deserialize;
use serde_json::Value;

/// The content of the file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ByHand {
    /// The Kubernetes version of the entries.
    pub(crate) kubernetes: String,
    /// The root type of the table.
    pub(crate) root: Root,
    /// Fields that are pointers, unlike most fields of their kind.
    pub(crate) pointers: Vec<Fields>,
    /// Fields that are values, unlike most fields of their kind.
    pub(crate) values: Vec<Fields>,
    /// The defaults that the API server fills in.
    pub(crate) defaults: Vec<Default>,
    /// Fields that together are one value.
    pub(crate) unions: Vec<Union>,
    /// Lists that merge.
    pub(crate) lists: Vec<List>,
    /// Strings with a fixed set of values.
    pub(crate) enums: Vec<Enum>,
    /// Fields that the API server drops by default.
    pub(crate) gates: Vec<Gate>,
}

/// The root type of the table.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Root {
    #[serde(rename = "type")]
    pub(crate) name: String,
    /// The fields that are left out.
    pub(crate) without: Vec<String>,
}

/// Fields of one entry.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fields {
    pub(crate) fields: Vec<String>,
    pub(crate) source: String,
}

/// Fields with the same default.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Default {
    pub(crate) fields: Vec<String>,
    pub(crate) value: Value,
    pub(crate) source: String,
}

/// A union: its members, or the fields of the type that are not members.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Union {
    #[serde(rename = "type")]
    pub(crate) name: String,
    pub(crate) fields: Option<Vec<String>>,
    pub(crate) except: Option<Vec<String>>,
    pub(crate) source: String,
}

/// Lists that merge by `keys`, or as sets without keys.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct List {
    pub(crate) fields: Vec<String>,
    #[serde(default)]
    pub(crate) keys: Vec<String>,
    pub(crate) source: String,
}

/// Fields with the same values.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Enum {
    pub(crate) fields: Vec<String>,
    pub(crate) values: Vec<String>,
    pub(crate) source: String,
}

/// Fields that the API server drops unless a feature gate is on.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Gate {
    pub(crate) fields: Vec<String>,
    pub(crate) name: String,
    pub(crate) source: String,
}
