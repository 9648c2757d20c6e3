//! Where the pod may run.

use std::borrow::Cow;
use std::cell::LazyCell;
use std::collections::{BTreeMap, BTreeSet};

use lazy_json::Node;

use super::detect::Change;
use super::fields::{of_metadata, of_spec};
use super::found::Found;
use crate::validation::cause::Cause;
use crate::validation::scheduling::selector_keys;

const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";
const PREFERRED: &str = "preferredDuringSchedulingIgnoredDuringExecution";

pub(super) fn check(change: &Change<'_, '_>, found: &mut Found) {
    let spec = &change.spec;
    if spec.is_touched(of_spec!("schedulingGates"))
        && !spec.items("schedulingGates").is_empty()
        && spec.text("nodeName").is_some_and(|name| !name.is_empty())
    {
        found.in_pod("spec.schedulingGates", Cause::GatesWithNode);
    }
    if spec.is_touched(of_spec!("nodeSelector")) {
        runtime_class(change, found);
    }
    label_keys(change, found);
    if spec.is_touched(of_spec!("tolerations")) && !spec.is_new() {
        default_tolerations(change, found);
    }
}

/// The taints that the `DefaultTolerationSeconds` admission plugin lets every pod tolerate.
const DEFAULT_TAINTS: [&str; 2] = [
    "node.kubernetes.io/not-ready",
    "node.kubernetes.io/unreachable",
];

/// The plugin gives its own toleration to a pod that does not tolerate such a taint any more.
fn default_tolerations(change: &Change<'_, '_>, found: &mut Found) {
    let tolerates = |tolerations: &[Node<'_>], taint: &str| {
        tolerations.iter().any(|toleration| {
            let is = |field: &str, expected: &str| {
                let text = toleration.get(field).and_then(Node::as_str).unwrap_or("");
                text.is_empty() || text == expected
            };
            is("key", taint) && is("effect", "NoExecute")
        })
    };
    let (before, after) = (
        change.spec.items_before("tolerations"),
        change.spec.items("tolerations"),
    );
    let is_lost = |taint: &&str| tolerates(before, taint) && !tolerates(after, taint);
    if DEFAULT_TAINTS.iter().any(is_lost) {
        found.in_pod("spec.tolerations", Cause::DefaultToleration);
    }
}

/// The `RuntimeClass` admission plugin has put the class's own node selector into the pod before
/// webhooks run, and rejects the pod afterwards if one of its values was changed.
fn runtime_class(change: &Change<'_, '_>, found: &mut Found) {
    if change.spec.get("runtimeClassName").is_none() {
        return;
    }
    let original = change.original.get("spec");
    let original = original.and_then(|spec| spec.get("nodeSelector")?.members());
    let selector = change.spec.get("nodeSelector").and_then(Node::members);
    let selector: BTreeMap<Cow<'_, str>, Option<&str>> = selector
        .unwrap_or_default()
        .iter()
        .map(|member| (member.key.name(), member.value.as_str()))
        .collect();
    for member in original.unwrap_or_default() {
        let key = member.key.name();
        let value = selector.get(&key).copied().flatten();
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
    let labels = change.metadata.is_touched(of_metadata!("labels"));
    let labels_of_pod: LazyCell<BTreeSet<Cow<'_, str>>, _> = LazyCell::new(|| {
        let labels = change.metadata.get("labels").and_then(Node::members);
        let labels = labels.unwrap_or_default().iter();
        labels.map(|member| member.key.name()).collect()
    });
    let has_label = |key: &str| labels_of_pod.contains(key);
    let is_twice = |term: &Node<'_>| is_key_twice(term, &has_label);
    if (labels || change.spec.is_touched(of_spec!("affinity")))
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
    if (labels
        || change
            .spec
            .is_touched(of_spec!("topologySpreadConstraints")))
        && change
            .spec
            .items("topologySpreadConstraints")
            .iter()
            .any(is_twice)
    {
        found.in_pod("spec.topologySpreadConstraints", Cause::LabelKeyTwice);
    }
}

fn is_key_twice(term: &Node<'_>, has_label: &impl Fn(&str) -> bool) -> bool {
    let Some(selector) = term.get("labelSelector") else {
        return false;
    };
    let keys = term.get("matchLabelKeys").and_then(Node::items);
    let keys = || keys.unwrap_or_default().iter().filter_map(Node::as_str);
    if keys().next().is_none() {
        return false;
    }
    let mut times: BTreeMap<Cow<'_, str>, usize> = BTreeMap::new();
    let added = keys().filter(|key| has_label(key)).map(Cow::Borrowed);
    for key in selector_keys(selector).chain(added) {
        *times.entry(key).or_default() += 1;
    }
    keys().any(|key| times.get(key).is_some_and(|times| *times > 1))
}
