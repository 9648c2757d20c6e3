//! The output of the commands, as text or as JSON.

pub(crate) mod age;
pub(crate) mod diff;
pub(crate) mod events;
pub(crate) mod json;
pub(crate) mod plain;
mod rules;
pub(crate) mod table;
pub(crate) mod text;
pub(crate) mod yaml;
pub(crate) mod yaml_path;
