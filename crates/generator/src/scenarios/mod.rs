//! Work that the API server undoes, and pods that it refuses for more than one field: each is a pod
//! and one or more rules. See [`SCENARIOS`].

mod fields;
mod pods;
mod resources;
mod scenario;

use std::sync::LazyLock;

pub(crate) use self::scenario::Need;
use self::scenario::Scenario;

/// All scenarios.
pub(crate) static SCENARIOS: LazyLock<Vec<Scenario>> = LazyLock::new(|| {
    [pods::all(), resources::all(), fields::all()]
        .into_iter()
        .flatten()
        .collect()
});
