//! Resources and claims of containers, beyond what their own object says.

use super::Found;
use super::change::{Change, Container};
use crate::invariants::Cause;
use crate::invariants::resources::has_huge_pages_alone;
use crate::json::Node;

pub(super) fn check(change: &Change<'_, '_>, found: &mut Found) {
    let of_pod = change.spec.is_touched("resourceClaims");
    if !of_pod && !change.is_any_container_touched(&["resources"]) {
        return;
    }
    for container in change.containers() {
        if of_pod || container.is_touched(&["resources"]) {
            claims(change, container, found);
            huge_pages(container, found);
        }
    }
}

/// `validateResourceRequirements`.
fn huge_pages(container: &Container<'_, '_>, found: &mut Found) {
    let resources = container.part.get("resources");
    let map = |field| resources.and_then(|resources| resources.get(field)?.members());
    let members = ["limits", "requests"].into_iter().filter_map(map).flatten();
    if has_huge_pages_alone(members.map(|member| member.key.name())) {
        found.in_container(container, "resources", Cause::HugePagesAlone);
    }
}

/// `validateResourceClaimNames`.
fn claims(change: &Change<'_, '_>, container: &Container<'_, '_>, found: &mut Found) {
    let text = |node: &'_ Node<'_>, field| {
        let text = node.get(field).and_then(Node::as_str);
        text.unwrap_or("").to_owned()
    };
    let resources = container.part.get("resources");
    let claims = resources.and_then(|resources| resources.get("claims")?.items());
    let mut used: Vec<(String, String)> = Vec::new();
    for claim in claims.unwrap_or_default() {
        let name = text(claim, "name");
        let request = text(claim, "request");
        let of_pod = change.spec.items("resourceClaims");
        if !of_pod.iter().any(|known| text(known, "name") == name) {
            found.in_container(container, "resources.claims", Cause::NoResourceClaim);
        }
        // One that asks for no request in particular uses them all.
        let overlaps = used.iter().any(|(other, other_request)| {
            *other == name
                && (other_request.is_empty() || request.is_empty() || *other_request == request)
        });
        if overlaps {
            found.in_container(container, "resources.claims", Cause::ResourceClaimTwice);
        }
        used.push((name, request));
    }
}
