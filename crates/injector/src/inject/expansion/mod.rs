//! Fragments with the values of their variables. See [`expanded`].

mod expand;
mod items;
mod keys;
mod problem_place;
mod scope;
#[cfg(test)]
mod tests;
mod uses;

pub use self::expand::{VariableError, expanded};
pub use self::scope::Scope;
pub use self::uses::{Use, names, of as uses, with};
