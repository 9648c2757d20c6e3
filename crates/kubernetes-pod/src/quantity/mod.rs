//! Quantities such as `500m` and `1Gi`, compared by value. See [`parse`].
//!
//! Source: `k8s.io/apimachinery/pkg/api/resource` (`ParseQuantity`): the smallest step is one
//! billionth and smaller parts are rounded up; a value with a binary suffix is cut to 2^63 - 1.

mod parse;
mod stored;
mod value;

use lazy_json::{Node, Value};

pub use self::parse::parse;
pub use self::stored::{NotKept, Step, kept};
pub use self::value::Quantity;

/// The quantity in a string or a number.
pub fn of_node(node: &Node<'_>) -> Option<Quantity> {
    match node.value() {
        Value::String(text) => parse(text),
        Value::Number(digits) => parse(digits),
        _ => None,
    }
}
