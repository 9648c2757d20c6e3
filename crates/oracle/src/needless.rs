//! Rules that fail for a value that nobody set. See [`conflict`].

use generator::TOKEN_PATH;
use policy_host::Request;
use serde_json::Value;

use crate::seen::{Failed, Seen};

/// The message of the first rule that is in conflict with the pod as the API server handed it on,
/// and that does not fail at all on the pod as its author wrote it: the API server had filled the
/// value in. `ask` asks the policy about another request.
///
/// Two values count as set although the API server wrote them: the mount of the service account's
/// token, and the `emptyDir` of a volume without a source.
pub(crate) fn conflict(
    seen: &Seen,
    manifest: &Value,
    ask: impl Fn(Request) -> Seen,
) -> Option<String> {
    let in_conflict = |failed: &&Failed| {
        failed.reason == "InjectionConflict"
            && !failed.message.contains(TOKEN_PATH)
            && !failed.message.contains("olume")
            // A RuntimeClass gives the pod a node selector that a rule may not change.
            && !failed.message.contains("nodeSelector")
    };
    let mut conflicts = seen.failed.iter().filter(in_conflict).peekable();
    conflicts.peek()?;
    let mut request = seen.request.clone();
    request.object = Some(manifest.clone());
    let alone = ask(request);
    let fails = |failed: &&Failed| alone.failed.iter().any(|other| other.rule == failed.rule);
    let applied = |failed: &&Failed| alone.applied.contains(&failed.rule);
    conflicts
        .find(|failed| !fails(failed) && applied(failed))
        .map(|failed| failed.message.clone())
}
