//! What Events tell of the release's doing.

use serde_json::Value;

use crate::stage::Stage;
use crate::support::{events, told, wait};

/// Waits for Events that tell this, sorted. Gives them.
pub(crate) fn wait_for(stage: &Stage, mut expected: Vec<(String, i64)>) -> Vec<Value> {
    expected.sort();
    let mut before = Vec::new();
    wait(&format!("{expected:?}"), || {
        let events = events(stage.cluster, &stage.team);
        let told = told(&events);
        if before != told {
            eprintln!("Events: {told:?}");
            before.clone_from(&told);
        }
        (told == expected).then_some(events)
    })
}

/// What is expected of an object.
pub(crate) fn once(object: impl Into<String>) -> (String, i64) {
    (object.into(), 1)
}
