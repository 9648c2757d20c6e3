//! The seam to where objects come from.

use serde_json::Value;

use super::question::Question;

/// Where objects come from.
pub trait Objects: Send + Sync {
    /// The object.
    ///
    /// # Errors
    /// What the host says where there is none.
    fn get(&self, question: &Question) -> Result<Value, String>;
}
