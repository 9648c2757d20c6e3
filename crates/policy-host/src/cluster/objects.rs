//! The source of a cluster's objects.

use serde_json::Value;

use super::question::Question;

/// The source of a cluster's objects.
pub trait Objects: Send + Sync {
    /// Returns an object.
    ///
    /// # Errors
    /// Returns the host's error message.
    fn get(&self, question: &Question) -> Result<Value, String>;
}
