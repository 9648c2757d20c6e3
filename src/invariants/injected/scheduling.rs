//! Where the pod may run.

use super::Found;
use super::change::Change;
use crate::invariants::Cause;
use crate::invariants::scheduling::selector_keys;
use crate::json::Node;

const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";
const PREFERRED: &str = "preferredDuringSchedulingIgnoredDuringExecution";

pub(super) fn check(change: &Change<'_, '_>, found: &mut Found) {
    let spec = &change.spec;
    if spec.is_touched("schedulingGates")
        && !spec.items("schedulingGates").is_empty()
        && spec.text("nodeName").is_some_and(|name| !name.is_empty())
    {
        found.in_pod("spec.schedulingGates", Cause::GatesWithNode);
    }
    if spec.is_touched("nodeSelector") {
        runtime_class(change, found);
    }
    label_keys(change, found);
}

/// The `RuntimeClass` admission plugin has put the class's own node selector into the pod before
/// webhooks run, and rejects the pod afterwards if one of its values was changed.
fn runtime_class(change: &Change<'_, '_>, found: &mut Found) {
    if change.spec.get("runtimeClassName").is_none() {
        return;
    }
    let original = change.original.get("spec");
    let original = original.and_then(|spec| spec.get("nodeSelector")?.members());
    let Some(selector) = change.spec.get("nodeSelector") else {
        return;
    };
    for member in original.unwrap_or_default() {
        let key = member.key.name();
        let value = selector.get(&key).and_then(Node::as_str);
        if value.is_some() && value != member.value.as_str() {
            let field = format!("spec.nodeSelector['{}']", crate::text::escaped(&key));
            found.in_pod(&field, Cause::RuntimeClassSelector);
        }
    }
}

/// `ValidateMatchLabelKeysAndMismatchLabelKeys`, after the API server has put the pod's labels of
/// these keys into the selectors (`applyMatchLabelKeysAndMismatchLabelKeys`): a label that a rule
/// adds may be one too many.
fn label_keys(change: &Change<'_, '_>, found: &mut Found) {
    let labels = change.metadata.is_touched("labels");
    let labels_of_pod = change.metadata.get("labels");
    let has_label = |key: &str| labels_of_pod.is_some_and(|labels| labels.get(key).is_some());
    let is_twice = |term: &Node<'_>| is_key_twice(term, &has_label);
    if (labels || change.spec.is_touched("affinity"))
        && let Some(affinity) = change.spec.get("affinity")
    {
        for kind in ["podAffinity", "podAntiAffinity"] {
            let Some(terms) = affinity.get(kind) else {
                continue;
            };
            let items = |field| terms.get(field).and_then(Node::items).unwrap_or_default();
            let preferred = items(PREFERRED).iter();
            let mut all = items(REQUIRED)
                .iter()
                .chain(preferred.filter_map(|term| term.get("podAffinityTerm")));
            if all.any(is_twice) {
                found.in_pod(&format!("spec.affinity.{kind}"), Cause::LabelKeyTwice);
            }
        }
    }
    let constraints = "topologySpreadConstraints";
    if (labels || change.spec.is_touched(constraints))
        && change.spec.items(constraints).iter().any(is_twice)
    {
        found.in_pod(&format!("spec.{constraints}"), Cause::LabelKeyTwice);
    }
}

fn is_key_twice(term: &Node<'_>, has_label: &impl Fn(&str) -> bool) -> bool {
    let Some(selector) = term.get("labelSelector") else {
        return false;
    };
    let keys = term.get("matchLabelKeys").and_then(Node::items);
    let keys: Vec<&str> = keys
        .unwrap_or_default()
        .iter()
        .filter_map(Node::as_str)
        .collect();
    keys.iter().any(|key| {
        let in_selector = selector_keys(selector).filter(|other| other == key).count();
        let added = keys.iter().filter(|other| *other == key).count();
        in_selector + if has_label(key) { added } else { 0 } > 1
    })
}
