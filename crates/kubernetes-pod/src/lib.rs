//! What an API server accepts in a Pod, and which values it considers equal.
//!
//! See [`validation::violation`] for a change of a pod, [`validation::value`] for one value, and
//! [`equality::equal`].

pub mod containers;
pub mod equality;
pub mod expanded;
pub mod field_path;
pub mod host_network;
pub mod item;
pub mod limit_ranger;
pub mod limits;
pub mod names;
pub mod nearest;
pub mod owner;
pub mod pod_security;
mod profile_annotations;
pub mod quantity;
pub mod schema;
pub mod text;
pub mod token;
pub mod validation;
