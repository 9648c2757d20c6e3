//! The logic of pod-injector: it turns an admission request and settings into an answer and Event
//! records.
//!
//! The modules are layers: [`admission`] is above [`inject`], which is above [`settings`], which is
//! above [`cluster`], [`variables`] and [`request`]. A module imports only modules of lower layers.

pub mod admission;
pub mod cluster;
pub mod inject;
pub mod request;
pub mod settings;
pub mod variables;
