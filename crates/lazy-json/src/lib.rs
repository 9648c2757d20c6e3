//! A lazy JSON tree. A node is a slice of the text it came in until somebody looks into it, and it
//! is written back as it came unless somebody changes it: unknown fields, the order of keys, the
//! spelling of numbers and even strings that are no valid Unicode survive.
//!
//! A clone shares what it does not change with the original, so that a rule can work on a copy of
//! the pod and the copy be dropped where the rule fails.

mod blocks;
mod check;
mod key;
mod mark;
mod members;
mod node;
mod readable;
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

/// The members of an object, in its own order.
pub type Members<'a> = members::Members<'a, Node<'a>>;
