//! Strategic merge of a rule's fragment into a pod, with conflicts. See [`Merge::object`].
//!
//! Maps merge by key, lists as the schema says, and a union is one value. `null` and `$patch:
//! delete` remove. A value that is already set and differs is a conflict, unless the API server
//! filled it in.
//!
//! Source: `kubernetes.io/docs/tasks/manage-kubernetes-objects/update-api-object-kubectl-patch`
//! (strategic merge) and `kubernetes.io/docs/reference/using-api/server-side-apply` (list types).

mod clean;
mod conflict;
mod edits;
mod error;
mod list;
mod object;
mod original;
mod pod_resources;
mod removed;
mod resources;
mod restored;
#[cfg(test)]
mod tests;
mod union;

pub use self::edits::Merge;
pub use self::error::MergeError;
