//! The logic of pod-injector: it turns an admission request and settings into an answer and Event
//! records.
//!
//! The modules are layers: [`admission`] uses [`inject`], which uses [`settings`], which uses
//! [`cluster`], [`variables`] and [`request`]. No module uses one of a higher layer or of its own
//! layer.

pub mod admission;
pub mod cluster;
pub mod inject;
pub mod request;
pub mod settings;
pub mod variables;
