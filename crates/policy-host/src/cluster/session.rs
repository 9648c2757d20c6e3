//! Look-ups as kwctl replays them.

use serde_json::{Value, json};

use super::exchange::Exchange;

/// What `kwctl run --replay-host-capabilities-interactions` takes: the look-ups of one request, in
/// their order.
///
/// Source: `kwctl` of Kubewarden, `callback_handler/proxy.rs`.
#[must_use]
pub fn session(exchanges: &[Exchange]) -> String {
    let exchanges: Vec<Value> = exchanges
        .iter()
        .map(|Exchange { question, answer }| {
            let response = match answer {
                Ok(object) => json!({"type": "Success", "payload": object}),
                Err(words) => json!({"type": "Error", "message": words}),
            };
            // Kept by kwctl as text in YAML, with the name of its kind as a tag.
            let question = json!(question);
            let request = format!("!KubernetesGetResource {question}\n");
            json!({"type": "Exchange", "request": request, "response": response})
        })
        .collect();
    yaml_serde::to_string(&exchanges).unwrap_or_default()
}
