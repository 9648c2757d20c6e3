//! Resources of the pod as a whole, compared with those of its containers. The API server filled in
//! the pod's requests from its containers before it called the policy, so that another container
//! may exceed them.
//!
//! Source: `SetDefaults_Pod` (`defaultHugePagePodLimits`, `defaultPodRequests`), then
//! `validatePodResources`; sums by `k8s.io/component-helpers/resource`
//! (`AggregateContainerRequests`).

use std::borrow::Cow;
use std::collections::BTreeMap;

use lazy_json::Node;

use super::detect::{Change, Container};
use super::fields::{of_container, of_spec};
use super::found::Found;
use crate::validation::cause::Cause;
use crate::validation::invalid::Invalid;
use crate::validation::resources::resource_amount;
use crate::validation::resources::{self, Amount};

type Amounts = BTreeMap<String, Amount>;

pub(super) fn check(change: &Change<'_, '_>, found: &mut Found) {
    let Some(resources) = change.spec.get("resources") else {
        return;
    };
    if change.spec.is_changed(of_spec!("resources", "os")) && change.is_windows() {
        found.in_pod("spec.resources", Cause::PodResourcesOnWindows);
        return;
    }
    let of_containers = change.containers_changed()
        && change.is_any_container_changed(of_container!("resources", "restartPolicy"));
    if change.spec.is_changed(of_spec!("resources")) || of_containers {
        consistent(change, resources, found);
    }
}

fn consistent(change: &Change<'_, '_>, resources: &Node<'_>, found: &mut Found) {
    let mut limits = amounts(resources, "limits");
    let mut requests = amounts(resources, "requests");
    let used_limits = together(change, |container| amounts_of(container, "limits"));
    let used_requests = together(change, requested);
    if !(limits.is_empty() && requests.is_empty()) {
        for (name, used) in &used_limits {
            if resources::is_huge_pages(name) && !requests.contains_key(name) {
                limits.entry(name.clone()).or_insert(used.to_be_stored());
            }
        }
    }
    if !limits.is_empty() {
        for (name, used) in &used_requests {
            if matches!(name.as_str(), "cpu" | "memory") {
                requests.entry(name.clone()).or_insert(used.to_be_stored());
            }
        }
        for (name, limit) in &limits {
            requests.entry(name.clone()).or_insert(*limit);
        }
    }
    let more_than =
        |used: Option<&Amount>, given: &Amount| used.is_some_and(|used| used.stored > given.stored);
    for (name, request) in &requests {
        let field = format!("spec.resources.requests['{name}']");
        if more_than(used_requests.get(name), request) {
            found.in_pod(&field, Cause::PodRequestTooSmall);
        }
        if limits
            .get(name)
            .is_some_and(|limit| request.stored > limit.stored)
        {
            let invalid = Invalid::Resource(Cause::RequestOverLimit, name.clone());
            found.in_pod(&field, invalid);
        }
    }
    for (name, limit) in &limits {
        let too_small = resources::is_huge_pages(name) && more_than(used_limits.get(name), limit);
        let exceeds = |container: &Container<'_, '_>| {
            more_than(amounts_of(container, "limits").get(name), limit)
        };
        let containers = change.containers().iter();
        if too_small || containers.filter(|container| !container.init).any(exceeds) {
            let field = format!("spec.resources.limits['{name}']");
            found.in_pod(&field, Cause::PodLimitTooSmall);
        }
    }
    let names = limits.keys().chain(requests.keys());
    if resources::has_huge_pages_alone(names.map(|name| Cow::Borrowed(name.as_str()))) {
        found.in_pod("spec.resources", Cause::HugePagesAlone);
    }
}

/// The maximum of the containers' resources together: while the containers run, or while init
/// containers run.
fn together(change: &Change<'_, '_>, of: impl Fn(&Container<'_, '_>) -> Amounts) -> Amounts {
    let mut total = Amounts::new();
    let mut sidecars = Amounts::new();
    let mut while_starting = Amounts::new();
    for container in change.containers() {
        let mut amounts = of(container);
        if !container.init || container.is_sidecar() {
            add(&mut total, &amounts);
        }
        if container.is_sidecar() {
            add(&mut sidecars, &amounts);
            amounts.clone_from(&sidecars);
        } else if container.init {
            add(&mut amounts, &sidecars);
        } else {
            continue;
        }
        for (name, amount) in amounts {
            let most = while_starting.entry(name).or_default();
            *most = amount.max(*most);
        }
    }
    for (name, amount) in while_starting {
        let most = total.entry(name).or_default();
        *most = amount.max(*most);
    }
    total
}

fn add(amounts: &mut Amounts, more: &Amounts) {
    for (name, amount) in more {
        let sum = amounts.entry(name.clone()).or_default();
        *sum = sum.plus(*amount);
    }
}

/// A container's requests. A limit without a request is also a request.
fn requested(container: &Container<'_, '_>) -> Amounts {
    let mut requests = amounts_of(container, "requests");
    for (name, limit) in amounts_of(container, "limits") {
        requests.entry(name).or_insert(limit);
    }
    requests
}

fn amounts_of(container: &Container<'_, '_>, map: &str) -> Amounts {
    let resources = container.part.get("resources");
    resources.map_or_else(Amounts::new, |resources| amounts(resources, map))
}

fn amounts(resources: &Node<'_>, map: &str) -> Amounts {
    resources
        .members_at(map)
        .iter()
        .filter_map(|member| {
            Some((
                member.key.name().into_owned(),
                resource_amount(&member.value)?,
            ))
        })
        .collect()
}
