//! The permissions that a policy may be granted, and the messages without them.

use thiserror::Error;

/// A permission of a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Grant {
    /// The host call `kubernetes/get_resource`.
    GetResource,
    /// A kind of objects, with its group and version: `v1/ConfigMap`.
    Resource {
        /// The group and version.
        api_version: String,
        /// The kind.
        kind: String,
    },
}

/// The name is not one of a permission.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "{0:?} is neither kubernetes/get_resource nor a group, version and kind such as v1/ConfigMap"
)]
pub struct GrantError(String);

impl std::str::FromStr for Grant {
    type Err = GrantError;

    fn from_str(text: &str) -> Result<Self, GrantError> {
        if text == "kubernetes/get_resource" {
            return Ok(Self::GetResource);
        }
        match text.rsplit_once('/') {
            Some((api_version, kind))
                if !api_version.is_empty()
                    && kind.starts_with(|first: char| first.is_ascii_uppercase()) =>
            {
                Ok(Self::Resource {
                    api_version: api_version.to_owned(),
                    kind: kind.to_owned(),
                })
            }
            _ => Err(GrantError(text.to_owned())),
        }
    }
}

/// The message for a host call that was not granted.
pub(crate) fn capability_denied(path: &str) -> String {
    format!(
        "Policy has not been granted access to the '{path}' host capability. The violation has been reported."
    )
}
