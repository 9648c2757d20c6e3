//! What an API server accepts in a Pod, and what it holds equal.

pub mod equality;
pub mod field_path;
pub mod item;
pub mod limit_ranger;
pub mod limits;
pub mod names;
pub mod nearest;
pub mod pod_security;
pub mod quantity;
pub mod schema;
pub mod text;
pub mod token;
pub mod validation;
