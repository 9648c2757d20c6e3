//! What the fields of an object demand of each other, where no other file is about them.

use lazy_json::Node;

use super::cause::Cause;
use super::invalid::{Invalid, Report};
use super::read::{is_true, list, set_text};
use super::resources;
use crate::schema::Type;

const NAMESERVERS: usize = 3;
const SEARCHES: usize = 32;
const SEARCH_CHARS: usize = 2048;

/// An object that is nothing without a member of its union.
pub(super) fn needs_source(ty: &Type, node: &Node<'_>, whole: bool, report: &mut Report<'_>) {
    if whole && !has_source(ty, node) {
        report("", Cause::NoSource.into());
    }
}

/// A probe or a hook without a handler.
pub(super) fn needs_handler(ty: &Type, node: &Node<'_>, whole: bool, report: &mut Report<'_>) {
    if whole && !has_source(ty, node) {
        report("", Cause::NoHandler.into());
    }
}

/// A key that no schema knows is no source: the API server may drop it. One that came with the pod
/// it knows, and there the pod's object counts as no more wrong than it was.
fn has_source(ty: &Type, node: &Node<'_>) -> bool {
    let mut sources = ty.fields.iter().filter(|field| field.union);
    sources.any(|field| node.get(field.name).is_some())
}

/// `validatePodDNSConfig`.
pub(super) fn dns_config(node: &Node<'_>, report: &mut Report<'_>) {
    if list(node, "nameservers").len() > NAMESERVERS {
        report("nameservers", Cause::Nameservers.into());
    }
    let searches = list(node, "searches");
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
    if is_true(node, "shareProcessNamespace") && is_true(node, "hostPID") {
        report("shareProcessNamespace", Cause::ProcessNamespace.into());
    }
    if let Some(name) = set_text(node, "hostnameOverride") {
        if is_true(node, "setHostnameAsFQDN") || is_true(node, "hostNetwork") {
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
