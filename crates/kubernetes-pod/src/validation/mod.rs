//! The API server's checks of pods: of one value ([`value`]), of one object ([`object()`]), and of
//! a pod that a rule changed ([`violation`]).
//!
//! Source of all checks: `k8s.io/kubernetes/pkg/apis/core/validation`.

mod annotation;
mod cause;
mod change;
mod container;
mod field_ref;
mod format;
mod invalid;
mod key;
mod number;
mod object;
mod read;
mod relation;
mod resources;
mod scheduling;
mod source;
mod text;
mod value;

pub use self::cause::Cause;
pub use self::change::{Pods, Violation, violation};
pub use self::invalid::{Invalid, Report};
pub use self::object::object;
pub use self::value::{key, map_value, value};
