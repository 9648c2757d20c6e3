//! What a run covered: each field of the schema set, replaced and removed, and each cause met. See
//! [`Coverage`] and [`Causes`].

mod causes;
mod fields;
mod reasons;
mod way;

pub(crate) use self::causes::Where;
pub use self::causes::{Causes, Met};
pub use self::fields::Coverage;
pub use self::way::Way;
