//! Applied means that it is so in the stored pod. See [`undone`].
//!
//! A stored pod is judged in three ways:
//! 1. What the policy changed is so ([`kept`]).
//! 2. What the applied rules say is so, whether or not the policy changed anything ([`expect`]).
//! 3. What the API server derived from a field that a rule took away is gone ([`derived`]).
//!
//! What the API server does after the webhooks without undoing a rule is left out before ([`settled`]).

mod amount;
mod derived;
mod expect;
mod kept;
mod same;
mod settled;
mod told;

use answer_check::without_stamp;
use kubernetes_pod::schema::POD;
use serde_json::Value;

pub(crate) use self::same::find;
use crate::seen::Seen;

/// The first thing that an applied rule set or removed and that is otherwise in the stored pod.
///
/// `rules` are all rules in their order, and `manifest` is the pod as its author wrote it.
pub(crate) fn undone(
    seen: &Seen,
    rules: &[Value],
    manifest: &Value,
    stored: &Value,
) -> Option<String> {
    let settled = settled::settled(seen, stored.clone());
    let changed = kept::undone(&POD, seen.object(), &seen.pod, &settled);
    changed.or_else(|| {
        let applied: Vec<&Value> = rules.iter().filter(|rule| seen.has_applied(rule)).collect();
        // Rules that their text alone does not explain are judged by the policy's changes only.
        let told = expect::expectation(&applied, seen.object()).ok()?;
        // Rules may remove all labels or annotations; the policy adds its own after them.
        let broken = told.broken(&POD, &without_stamp(settled));
        broken.or_else(|| derived::left_behind(&told, manifest, stored))
    })
}
