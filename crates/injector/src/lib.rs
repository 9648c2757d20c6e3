//! The logic of pod-injector: an admission request and settings in, an answer and Event records out.
//!
//! A request goes through the rooms from the top down: [`admission`], [`inject`], [`settings`], then
//! [`cluster`], [`variables`] and [`request`], which do not know each other.

pub mod admission;
pub mod cluster;
pub mod inject;
pub mod request;
pub mod settings;
pub mod variables;
