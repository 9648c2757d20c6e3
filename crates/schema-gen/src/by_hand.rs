//! `by-hand.yaml`: what the document lacks.

use serde::Deserialize;
use serde_json::Value;

/// The file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ByHand {
    /// The version whose source the entries were read from.
    pub(crate) kubernetes: String,
    /// Where the table begins.
    pub(crate) root: Root,
    /// Fields that are pointers, against the rule.
    pub(crate) pointers: Vec<Fields>,
    /// Fields that are values, against the rule.
    pub(crate) values: Vec<Fields>,
    /// What the API server fills in.
    pub(crate) defaults: Vec<Default>,
    /// Fields that are one value together.
    pub(crate) unions: Vec<Union>,
    /// Lists that merge.
    pub(crate) lists: Vec<List>,
    /// Strings of which only some are taken.
    pub(crate) enums: Vec<Enum>,
    /// Fields that the API server drops by default.
    pub(crate) gates: Vec<Gate>,
}

/// Where the table begins.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Root {
    #[serde(rename = "type")]
    pub(crate) name: String,
    /// Its fields that are left out.
    pub(crate) without: Vec<String>,
}

/// Fields of which the same is true.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fields {
    pub(crate) fields: Vec<String>,
    pub(crate) source: String,
}

/// Fields of the same default.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Default {
    pub(crate) fields: Vec<String>,
    pub(crate) value: Value,
    pub(crate) source: String,
}

/// A union: its members, or all fields of the type but some.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Union {
    #[serde(rename = "type")]
    pub(crate) name: String,
    pub(crate) fields: Option<Vec<String>>,
    pub(crate) except: Option<Vec<String>>,
    pub(crate) source: String,
}

/// Lists that merge alike: by `keys`, or as sets where there are none.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct List {
    pub(crate) fields: Vec<String>,
    #[serde(default)]
    pub(crate) keys: Vec<String>,
    pub(crate) source: String,
}

/// Fields of the same values.
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
