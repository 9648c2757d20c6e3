//! What the fuzz targets check.

pub mod admission;
pub mod json;
