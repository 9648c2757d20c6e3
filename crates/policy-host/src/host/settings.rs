//! A policy's settings.

use serde::Serialize;
use serde_json::{Map, Value};
use thiserror::Error;

/// A policy's settings: an object.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Settings(Map<String, Value>);

/// Settings of the wrong type.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("settings are an object, this is {0}")]
pub struct SettingsError(&'static str);

impl Settings {
    /// Settings from JSON. Null stands for empty settings.
    ///
    /// # Errors
    /// Returns an error if the value is neither an object nor null.
    pub fn from_value(value: Value) -> Result<Self, SettingsError> {
        match value {
            Value::Null => Ok(Self::default()),
            Value::Object(map) => Ok(Self(map)),
            other => Err(SettingsError(type_name(&other))),
        }
    }

    /// The settings as JSON.
    #[must_use]
    pub fn into_value(self) -> Value {
        self.0.into()
    }

    pub(crate) fn as_map(&self) -> &Map<String, Value> {
        &self.0
    }
}

/// A JSON type's name with its article.
pub(crate) fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
