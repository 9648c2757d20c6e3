//! Checks of tolerations, selectors, affinity and topology spread constraints.

use std::borrow::Cow;
use std::collections::BTreeSet;

use lazy_json::Node;

use super::cause::Cause;
use super::invalid::{Invalid, Report};
use super::read::set_text;
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
    let values = node.items_at("values").len();
    let message = match set_text(node, "operator") {
        Some("In" | "NotIn") if values == 0 => "required with In and NotIn",
        Some("Exists" | "DoesNotExist") if values > 0 => "not together with Exists or DoesNotExist",
        Some("Gt" | "Lt") if values != 1 => "must be one value with Gt and Lt",
        _ => return,
    };
    report("values", Invalid::Rule(message));
}

/// `ValidateNodeSelector`. Preferred terms may have any text as a value.
pub(super) fn node_selector(node: &Node<'_>, report: &mut Report<'_>) {
    let terms = node.items_at("nodeSelectorTerms");
    let values = |requirement: &Node<'_>| {
        let mut values = requirement
            .items_at("values")
            .iter()
            .filter_map(Node::as_str);
        values.find_map(|value| names::label_value(value).err())
    };
    let mut expressions = terms
        .iter()
        .flat_map(|term| term.items_at("matchExpressions"));
    if let Some(error) = expressions.find_map(values) {
        report("nodeSelectorTerms", error.into());
    }
    let mut fields = terms.iter().flat_map(|term| term.items_at("matchFields"));
    if fields.any(|field| !is_node_name(field)) {
        report("nodeSelectorTerms", MATCH_FIELDS);
    }
}

/// `ValidatePreferredSchedulingTerms`.
pub(super) fn preferred_term(node: &Node<'_>, report: &mut Report<'_>) {
    let fields = node
        .get("preference")
        .map_or(&[][..], |term| term.items_at("matchFields"));
    if !fields.iter().all(is_node_name) {
        report("preference", MATCH_FIELDS);
    }
}

/// `ValidateNodeFieldSelectorRequirement`.
fn is_node_name(requirement: &Node<'_>) -> bool {
    let text = |field| set_text(requirement, field);
    text("key").is_none_or(|key| key == "metadata.name")
        && text("operator").is_none_or(|operator| matches!(operator, "In" | "NotIn"))
        && match requirement.items_at("values") {
            [name] => name
                .as_str()
                .is_none_or(|name| names::dns_subdomain(name).is_ok()),
            _ => false,
        }
}

/// `validatePodAffinityTerm`.
pub(super) fn affinity_term(node: &Node<'_>, whole: bool, report: &mut Report<'_>) {
    for field in ["matchLabelKeys", "mismatchLabelKeys"] {
        if whole && !node.items_at(field).is_empty() && node.get("labelSelector").is_none() {
            report(field, Cause::LabelKeysNeedSelector.into());
        }
    }
    let keys = |field| {
        let keys = node.items_at(field).iter().filter_map(Node::as_str);
        keys.collect::<BTreeSet<_>>()
    };
    if !keys("matchLabelKeys").is_disjoint(&keys("mismatchLabelKeys")) {
        report("matchLabelKeys", Cause::LabelKeyMismatch.into());
    }
}

/// The keys of a label selector, with duplicates.
pub(super) fn selector_keys<'n>(selector: &'n Node<'_>) -> impl Iterator<Item = Cow<'n, str>> {
    let labels = selector.members_at("matchLabels").iter();
    let expressions = selector.items_at("matchExpressions").iter();
    labels.map(|member| member.key.name()).chain(
        expressions.filter_map(|expression| Some(Cow::Borrowed(set_text(expression, "key")?))),
    )
}

/// `validateTopologySpreadConstraints`.
pub(super) fn spread_constraint(node: &Node<'_>, whole: bool, report: &mut Report<'_>) {
    if whole && !node.items_at("matchLabelKeys").is_empty() && node.get("labelSelector").is_none() {
        report("matchLabelKeys", Cause::LabelKeysNeedSelector.into());
    }
    let action = set_text(node, "whenUnsatisfiable");
    if node.get("minDomains").is_some() && action.is_some_and(|action| action != "DoNotSchedule") {
        report("minDomains", Cause::MinDomains.into());
    }
}
