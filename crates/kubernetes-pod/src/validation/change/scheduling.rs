//! Node selectors, tolerations and label keys.

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
    if spec.is_changed(of_spec!("schedulingGates"))
        && !spec.items_at("schedulingGates").is_empty()
        && spec.str_at("nodeName").is_some_and(|name| !name.is_empty())
    {
        found.in_pod("spec.schedulingGates", Cause::GatesWithNode);
    }
    if spec.is_changed(of_spec!("nodeSelector")) {
        runtime_class(change, found);
    }
    label_keys(change, found);
    if spec.is_changed(of_spec!("tolerations")) && !spec.is_new() {
        default_tolerations(change, found);
    }
}

/// The taints of the tolerations that the `DefaultTolerationSeconds` admission plugin adds to every
/// pod.
const DEFAULT_TAINTS: [&str; 2] = [
    "node.kubernetes.io/not-ready",
    "node.kubernetes.io/unreachable",
];

/// The plugin adds its toleration again if a rule removed the toleration of such a taint.
fn default_tolerations(change: &Change<'_, '_>, found: &mut Found) {
    let tolerates = |tolerations: &[Node<'_>], taint: &str| {
        tolerations.iter().any(|toleration| {
            let is = |field: &str, expected: &str| {
                let text = toleration.str_at(field).unwrap_or("");
                text.is_empty() || text == expected
            };
            is("key", taint) && is("effect", "NoExecute")
        })
    };
    let (before, after) = (
        change.spec.items_before("tolerations"),
        change.spec.items_at("tolerations"),
    );
    let is_lost = |taint: &&str| tolerates(before, taint) && !tolerates(after, taint);
    if DEFAULT_TAINTS.iter().any(is_lost) {
        found.in_pod("spec.tolerations", Cause::DefaultToleration);
    }
}

/// The `RuntimeClass` admission plugin merged the class's node selector into the pod before
/// webhooks run. After them it rejects the pod if one of these values was changed.
fn runtime_class(change: &Change<'_, '_>, found: &mut Found) {
    if change.spec.get("runtimeClassName").is_none() {
        return;
    }
    let original = change.original.at(&["spec", "nodeSelector"]);
    let original = original.and_then(Node::members);
    let selector: BTreeMap<Cow<'_, str>, Option<&str>> = change
        .spec
        .members_at("nodeSelector")
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

/// `ValidateMatchLabelKeysAndMismatchLabelKeys`. The API server first adds the pod's labels of
/// these keys to the selectors (`applyMatchLabelKeysAndMismatchLabelKeys`), so that a label that a
/// rule adds may be a duplicate.
fn label_keys(change: &Change<'_, '_>, found: &mut Found) {
    let labels = change.metadata.is_changed(of_metadata!("labels"));
    let labels_of_pod: LazyCell<BTreeSet<Cow<'_, str>>, _> = LazyCell::new(|| {
        let labels = change.metadata.members_at("labels").iter();
        labels.map(|member| member.key.name()).collect()
    });
    let has_label = |key: &str| labels_of_pod.contains(key);
    let is_twice = |term: &Node<'_>| is_key_twice(term, &has_label);
    if (labels || change.spec.is_changed(of_spec!("affinity")))
        && let Some(affinity) = change.spec.get("affinity")
    {
        for kind in ["podAffinity", "podAntiAffinity"] {
            let Some(terms) = affinity.get(kind) else {
                continue;
            };
            let items = |field| terms.items_at(field);
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
            .is_changed(of_spec!("topologySpreadConstraints")))
        && change
            .spec
            .items_at("topologySpreadConstraints")
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
    let keys = term.items_at("matchLabelKeys").iter();
    let keys = || keys.clone().filter_map(Node::as_str);
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
