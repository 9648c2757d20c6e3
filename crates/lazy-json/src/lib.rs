//! A lazy, lossless JSON tree. See [`Node`].
//!
//! A node is a slice of its text until it is read, and it is written back byte for byte unless it
//! is changed: unknown fields, the order of keys, the spelling of numbers, and strings that are not
//! valid Unicode are kept.
//!
//! A clone shares unchanged parts with the original. A rule can work on a copy of the pod, and the
//! copy is dropped if the rule fails.

mod blocks;
mod check;
mod key;
mod mark;
mod members;
mod node;
mod readable;
mod readers;
mod scan;
mod shape;
mod skim;
mod string;
mod write;

pub use self::blocks::mentions;
pub use self::key::Key;
pub use self::mark::Mark;
pub use self::node::{Node, Value};
pub use self::readable::check_readable;
pub use self::scan::NotJson;
pub use self::shape::Shape;
pub use self::string::write_string;

/// A key of an object and its value.
pub type Member<'a> = members::Member<'a, Node<'a>>;

/// The members of an object, in their order.
pub type Members<'a> = members::Members<'a, Node<'a>>;
