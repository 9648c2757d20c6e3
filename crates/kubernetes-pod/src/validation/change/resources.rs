//! Huge pages and claims of containers.

use std::cell::LazyCell;
use std::collections::{BTreeMap, BTreeSet};

use lazy_json::Node;

use super::detect::{Change, Container};
use super::fields::{of_container, of_spec};
use super::found::Found;
use crate::validation::cause::Cause;
use crate::validation::resources::has_huge_pages_alone;

pub(super) fn check(change: &Change<'_, '_>, found: &mut Found) {
    let of_pod = change.spec.is_changed(of_spec!("resourceClaims"));
    if !of_pod && !change.is_any_container_changed(of_container!("resources")) {
        return;
    }
    let claims_of_pod = LazyCell::new(|| {
        let claims = change.spec.items_at("resourceClaims").iter();
        claims.map(|claim| text(claim, "name")).collect()
    });
    for container in change.containers() {
        if of_pod || container.is_changed(of_container!("resources")) {
            claims(&claims_of_pod, container, found);
            huge_pages(container, found);
        }
    }
}

/// `validateResourceRequirements`.
fn huge_pages(container: &Container<'_, '_>, found: &mut Found) {
    let map = |field| container.part.at(&["resources", field])?.members();
    let members = ["limits", "requests"].into_iter().filter_map(map).flatten();
    if has_huge_pages_alone(members.map(|member| member.key.name())) {
        found.in_container(container, "resources", Cause::HugePagesAlone);
    }
}

/// `validateResourceClaimNames`.
fn claims<'n>(
    claims_of_pod: &LazyCell<BTreeSet<&'n str>, impl FnOnce() -> BTreeSet<&'n str>>,
    container: &Container<'n, '_>,
    found: &mut Found,
) {
    let claims = container.part.at(&["resources", "claims"]);
    let claims = claims.and_then(Node::items);
    let mut used: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for claim in claims.unwrap_or_default() {
        let (name, request) = (text(claim, "name"), text(claim, "request"));
        if !claims_of_pod.contains(name) {
            found.in_container(container, "resources.claims", Cause::NoResourceClaim);
        }
        // A claim without a request uses all requests.
        let requests = used.entry(name).or_default();
        let overlaps = match request {
            "" => !requests.is_empty(),
            request => requests.contains("") || requests.contains(request),
        };
        if overlaps {
            found.in_container(container, "resources.claims", Cause::ResourceClaimTwice);
        }
        requests.insert(request);
    }
}

fn text<'n>(node: &'n Node<'_>, field: &str) -> &'n str {
    node.str_at(field).unwrap_or("")
}
