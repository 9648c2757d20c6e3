//! Recorded look-ups that kwctl can replay. See [`session`].

use serde_json::{Value, json};

use super::exchange::Exchange;

/// The file of `kwctl run --replay-host-capabilities-interactions`: the look-ups of one request, in
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
            // kwctl keeps each exchange as a YAML text, with its kind as the tag.
            let question = json!(question);
            let request = format!("!KubernetesGetResource {question}\n");
            json!({"type": "Exchange", "request": request, "response": response})
        })
        .collect();
    yaml_serde::to_string(&exchanges).unwrap_or_default()
}
