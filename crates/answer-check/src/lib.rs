//! The promises that every answer of the policy keeps, whatever the request. See [`check`].
//!
//! Tests and fuzz targets hold answers to them:
//! - An answer is JSON that the host reads. The pod is accepted, unless a rule may reject it.
//! - The patch that the host makes of the answer can be applied, and gives the mutated pod.
//! - Warnings, records and audit annotations have their shapes and bounds.
//! - The stamp tells of this admission, and says the same as the audit annotations.
//! - No value of the pod or of a rule is in anything that people read.

mod answer;
mod broken;
mod kept;
mod patch;
pub mod promise;
mod record;
mod request;
mod stamp;

pub use self::answer::Answer;
pub use self::broken::Broken;
pub use self::kept::is_kept;
pub use self::promise::Done;
pub use self::stamp::without_stamp;

use serde_json::Value;

use self::request::Request;

/// A call of `validate`, and all that came of it.
#[derive(Debug, Clone, Copy)]
pub struct Exchange<'x> {
    /// What the policy was called with.
    pub payload: &'x [u8],
    /// What it answered.
    pub answer: &'x [u8],
    /// The records that its host took, in their order.
    pub records: &'x [Value],
    /// Whether a rule may reject the pod.
    pub may_reject: bool,
    /// Texts that only values have: they are in no message.
    pub secrets: &'x [&'x str],
}

/// Checks the answer to a payload.
///
/// # Errors
/// Returns the first promise that the answer breaks.
pub fn check(exchange: &Exchange<'_>) -> Result<Answer, Broken> {
    let answer = Answer::read(exchange.answer, exchange.may_reject)?;
    let request = Request::read(exchange.payload);
    for record in exchange.records {
        record::check(record, request.as_ref())?;
    }
    record::check_all(exchange.records, &answer)?;
    check_secrets(exchange, &answer)?;
    let Some(request) = request else {
        return Ok(answer);
    };
    // What the host could read before, it can read with the answer around it.
    let read = serde_json::from_slice::<Value>(exchange.answer);
    let whole = read.map_err(|error| Broken::Unreadable(error.to_string()))?;
    let mutated = whole.get("mutated_object");
    if let Some(mutated) = mutated {
        patch::check(&request, mutated)?;
    }
    if request.dry_run() && !exchange.records.is_empty() {
        return Err(Broken::Record("a dry run has records".to_owned()));
    }
    if answer.accepted && request.is_readable_pod() {
        let pod = mutated.or(request.object());
        stamp::check(
            pod.unwrap_or(&Value::Null),
            &request,
            &answer,
            exchange.secrets,
        )?;
    }
    Ok(answer)
}

fn check_secrets(exchange: &Exchange<'_>, answer: &Answer) -> Result<(), Broken> {
    let records = exchange.records.iter().map(Value::to_string);
    for text in answer.texts().map(str::to_owned).chain(records) {
        if exchange.secrets.iter().any(|secret| text.contains(secret)) {
            return Err(Broken::Leak(text));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
