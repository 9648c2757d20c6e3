//! The objects of the cluster that rules need, and the host that looks them up.

pub mod arena;
pub mod host;
pub mod lookups;
pub mod object;
pub mod unavailable;
