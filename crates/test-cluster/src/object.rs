//! Objects of the Kubernetes API.

/// An object from its JSON.
///
/// # Panics
/// Panics if the JSON, which is a constant of this crate, does not have this type.
pub(crate) fn object<K: serde::de::DeserializeOwned>(json: serde_json::Value) -> K {
    serde_json::from_value(json).expect("the crate's own objects are what they are meant to be")
}
