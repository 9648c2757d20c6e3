//! A lazy, lossless JSON tree. See [`Node`].
//!
//! A node is a slice of its text until it is read, and it is written back byte for byte unless it
//! is changed: unknown fields, the order of keys, the spelling of numbers, and strings that are not
//! valid Unicode are kept.
//!
//! A clone shares unchanged parts with the original. A rule can work on a copy of the pod, and the
//! copy is dropped if the rule fails.
//!
//! # What it costs
//!
//! Time to read an admission request, find the pod's labels and its containers' names and environment
//! variables, and write the pod with one more label. Each figure is the median of 300 rounds, and each
//! round runs every reader once on each request. The readers are compiled to WebAssembly with vector
//! instructions, for wasmtime 50 on x86-64.
//!
//! | reader | 4 KB | 9 KB | 76 KB | keeps bytes |
//! |---|---|---|---|---|
//! | `lazy-json` | 14 µs | 39 µs | 343 µs | yes |
//! | simd-json 0.19, whole tree | 1.7 × | 1.9 × | 2.1 × | no |
//! | `serde_json` 1.0, `RawValue` | 2.1 × | 2.2 × | 2.5 × | yes |
//! | sonic-rs 0.5, lazy values | 2.4 × | 2.5 × | 2.9 × | yes |
//! | jiter 0.19, skipping | 3.1 × | 2.9 × | 3.1 × | yes |
//! | `serde_json` 1.0, `Value` | 3.3 × | 3.6 × | 4.3 × | no |
//! | hifijson 0.5, skipping | 4.6 × | 4.2 × | 5.1 × | yes |
//!
//! The lazy readers read one level at a time, as this crate does, and check what they pass over each
//! time. This crate passes over it first, and checks the pod once.

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
