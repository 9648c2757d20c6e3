//! Checks of objects that have no file of their own.

use lazy_json::Node;

use super::cause::Cause;
use super::invalid::{Invalid, Report};
use super::read::set_text;
use super::resources;
use crate::schema::Type;

const NAMESERVERS: usize = 3;
const SEARCHES: usize = 32;
const SEARCH_CHARS: usize = 2048;

/// Checks that an object has a member of its union.
pub(super) fn needs_source(ty: &Type, node: &Node<'_>, whole: bool, report: &mut Report<'_>) {
    if whole && !has_source(ty, node) {
        report("", Cause::NoSource.into());
    }
}

/// Checks that a probe or a hook has a handler.
pub(super) fn needs_handler(ty: &Type, node: &Node<'_>, whole: bool, report: &mut Report<'_>) {
    if whole && !has_source(ty, node) {
        report("", Cause::NoHandler.into());
    }
}

/// Whether an object has a member of its union. A key that the schema does not know is not a
/// member, since the API server may drop it. If the key came with the pod, the object counts as
/// invalid before the rule and after it.
fn has_source(ty: &Type, node: &Node<'_>) -> bool {
    let mut sources = ty.fields.iter().filter(|field| field.union);
    sources.any(|field| node.get(field.name).is_some())
}

/// `validatePodDNSConfig`.
pub(super) fn dns_config(node: &Node<'_>, report: &mut Report<'_>) {
    if node.items_at("nameservers").len() > NAMESERVERS {
        report("nameservers", Cause::Nameservers.into());
    }
    let searches = node.items_at("searches");
    if searches.len() > SEARCHES {
        report("searches", Cause::Searches.into());
    }
    let lengths = searches
        .iter()
        .map(|search| search.as_str().map_or(0, str::len) + 1);
    if lengths.sum::<usize>() > SEARCH_CHARS + 1 {
        report("searches", Cause::SearchesLength.into());
    }
}

/// `ValidatePodSpec`.
pub(super) fn pod_spec(node: &Node<'_>, report: &mut Report<'_>) {
    if node.is_true("shareProcessNamespace") && node.is_true("hostPID") {
        report("shareProcessNamespace", Cause::ProcessNamespace.into());
    }
    if let Some(name) = set_text(node, "hostnameOverride") {
        if node.is_true("setHostnameAsFQDN") || node.is_true("hostNetwork") {
            report("hostnameOverride", Cause::HostnameOverride.into());
        }
        if name.len() > 64 {
            report(
                "hostnameOverride",
                Invalid::Rule("must have at most 64 characters"),
            );
        }
    }
    if let Some(resources) = node.get("resources") {
        pod_resources(resources, report);
    }
}

/// `validatePodResources`.
fn pod_resources(node: &Node<'_>, report: &mut Report<'_>) {
    if node.get("claims").is_some() {
        report("resources", Cause::PodResourceClaims.into());
    }
    let members = ["limits", "requests"]
        .iter()
        .filter_map(|map| node.get(map)?.members())
        .flatten();
    let is_known = |name: &str| matches!(name, "cpu" | "memory") || resources::is_huge_pages(name);
    if !members
        .map(|member| member.key.name())
        .all(|name| is_known(&name))
    {
        report("resources", Cause::PodResourceName.into());
    }
}
