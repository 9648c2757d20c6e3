//! Where a pod may run.

use std::borrow::Cow;
use std::collections::BTreeSet;

use lazy_json::Node;

use super::cause::Cause;
use super::invalid::{Invalid, Report};
use super::read::{list, set_text};
use crate::names;

const MATCH_FIELDS: Invalid =
    Invalid::Rule("matchFields can only say metadata.name In or NotIn one node's name");

/// `ValidateTolerations`.
pub(super) fn toleration(node: &Node<'_>, report: &mut Report<'_>) {
    let exists = set_text(node, "operator") == Some("Exists");
    if set_text(node, "key").is_none() && !exists {
        report("operator", Cause::TolerationOfEverything.into());
    }
    match set_text(node, "value") {
        Some(_) if exists => report("value", Cause::TolerationValue.into()),
        Some(value) if set_text(node, "operator").is_none_or(|operator| operator == "Equal") => {
            if let Err(error) = names::label_value(value) {
                report("value", error.into());
            }
        }
        _ => {}
    }
    if node.get("tolerationSeconds").is_some() && set_text(node, "effect") != Some("NoExecute") {
        report("tolerationSeconds", Cause::TolerationSeconds.into());
    }
}

/// `ValidateNodeSelectorRequirement` and `ValidateLabelSelectorRequirement`.
pub(super) fn requirement(node: &Node<'_>, report: &mut Report<'_>) {
    let values = list(node, "values").len();
    let message = match set_text(node, "operator") {
        Some("In" | "NotIn") if values == 0 => "required with In and NotIn",
        Some("Exists" | "DoesNotExist") if values > 0 => "not together with Exists or DoesNotExist",
        Some("Gt" | "Lt") if values != 1 => "must be one value with Gt and Lt",
        _ => return,
    };
    report("values", Invalid::Rule(message));
}

/// `ValidateNodeSelector`. In what is only preferred, any text may be a value.
pub(super) fn node_selector(node: &Node<'_>, report: &mut Report<'_>) {
    let terms = list(node, "nodeSelectorTerms");
    let values = |requirement: &Node<'_>| {
        let mut values = list(requirement, "values").iter().filter_map(Node::as_str);
        values.find_map(|value| names::label_value(value).err())
    };
    let mut expressions = terms.iter().flat_map(|term| list(term, "matchExpressions"));
    if let Some(error) = expressions.find_map(values) {
        report("nodeSelectorTerms", error.into());
    }
    let mut fields = terms.iter().flat_map(|term| list(term, "matchFields"));
    if fields.any(|field| !is_node_name(field)) {
        report("nodeSelectorTerms", MATCH_FIELDS);
    }
}

/// `ValidatePreferredSchedulingTerms`.
pub(super) fn preferred_term(node: &Node<'_>, report: &mut Report<'_>) {
    let fields = node
        .get("preference")
        .map_or(&[][..], |term| list(term, "matchFields"));
    if !fields.iter().all(is_node_name) {
        report("preference", MATCH_FIELDS);
    }
}

/// `ValidateNodeFieldSelectorRequirement`.
fn is_node_name(requirement: &Node<'_>) -> bool {
    let text = |field| set_text(requirement, field);
    text("key").is_none_or(|key| key == "metadata.name")
        && text("operator").is_none_or(|operator| matches!(operator, "In" | "NotIn"))
        && match list(requirement, "values") {
            [name] => name
                .as_str()
                .is_none_or(|name| names::dns_subdomain(name).is_ok()),
            _ => false,
        }
}

/// `validatePodAffinityTerm`.
pub(super) fn affinity_term(node: &Node<'_>, whole: bool, report: &mut Report<'_>) {
    for field in ["matchLabelKeys", "mismatchLabelKeys"] {
        if whole && !list(node, field).is_empty() && node.get("labelSelector").is_none() {
            report(field, Cause::LabelKeysNeedSelector.into());
        }
    }
    let keys = |field| {
        let keys = list(node, field).iter().filter_map(Node::as_str);
        keys.collect::<BTreeSet<_>>()
    };
    if !keys("matchLabelKeys").is_disjoint(&keys("mismatchLabelKeys")) {
        report("matchLabelKeys", Cause::LabelKeyMismatch.into());
    }
}

/// The keys of a label selector, as often as they are there.
pub(super) fn selector_keys<'n>(selector: &'n Node<'_>) -> impl Iterator<Item = Cow<'n, str>> {
    let labels = selector.get("matchLabels").and_then(Node::members);
    let labels = labels.unwrap_or_default().iter();
    let expressions = list(selector, "matchExpressions").iter();
    labels.map(|member| member.key.name()).chain(
        expressions.filter_map(|expression| Some(Cow::Borrowed(set_text(expression, "key")?))),
    )
}

/// `validateTopologySpreadConstraints`.
pub(super) fn spread_constraint(node: &Node<'_>, whole: bool, report: &mut Report<'_>) {
    if whole && !list(node, "matchLabelKeys").is_empty() && node.get("labelSelector").is_none() {
        report("matchLabelKeys", Cause::LabelKeysNeedSelector.into());
    }
    let action = set_text(node, "whenUnsatisfiable");
    if node.get("minDomains").is_some() && action.is_some_and(|action| action != "DoNotSchedule") {
        report("minDomains", Cause::MinDomains.into());
    }
}
