//! Merging requests and limits. The API server copies a limit to a request that is missing before
//! it calls webhooks, so that a request that equals its limit may be nobody's choice.
//!
//! Source: `kubernetes.io/docs/concepts/configuration/manage-resources-containers` (a limit
//! without a request).

use std::collections::BTreeSet;

use kubernetes_pod::equality::equal;
use kubernetes_pod::field_path::FieldPath;
use kubernetes_pod::schema::{Kind, Type};
use lazy_json::Node;

use super::{Merge, MergeError};
use crate::inject::author::{Author, Authored};

/// The type that holds requests and limits.
pub(super) const TYPE: &str = "ResourceRequirements";

impl Merge<'_> {
    pub(super) fn resources<'a>(
        &mut self,
        ty: &'static Type,
        target: &mut Node<'a>,
        patch: &Node<'a>,
        path: &FieldPath<'_>,
    ) -> Result<(), MergeError> {
        let copied = copied_requests(target, patch);
        let requested = |name: &str| patch.get("requests").and_then(|map| map.get(name));
        for request in &copied {
            self.step(path)?;
            // A rule that names the request decides what nobody has decided yet.
            if let Some(wanted) = requested(&request.name)
                && let Some(requests) = target.get_mut("requests")
            {
                if equal(&Kind::Quantity, wanted, &request.limit) {
                    self.claim(requests, &request.name);
                } else {
                    self.remove(requests, &request.name);
                }
            }
        }
        self.object(ty, target, patch, path)?;
        for request in &copied {
            self.step(path)?;
            let limit = target.get("limits").and_then(|map| map.get(&request.name));
            let limit_changed =
                limit.is_some_and(|limit| !equal(&Kind::Quantity, limit, &request.limit));
            if limit_changed
                && requested(&request.name).is_none()
                && let Some(requests) = target.get_mut("requests")
            {
                self.remove(requests, &request.name);
            }
        }
        Ok(())
    }
}

struct CopiedRequest<'a> {
    name: String,
    limit: Node<'a>,
}

/// The pod's own requests that equal their limit, of the resources that a rule names.
fn copied_requests<'a>(resources: &Node<'a>, patch: &Node<'_>) -> Vec<CopiedRequest<'a>> {
    let (Some(requests), Some(limits)) = (resources.get("requests"), resources.get("limits"))
    else {
        return Vec::new();
    };
    let named: BTreeSet<String> = ["limits", "requests"]
        .into_iter()
        .filter_map(|map| patch.get(map)?.members())
        .flatten()
        .map(|member| member.key.name().into_owned())
        .collect();
    let copied = |name: String| {
        let (request, limit) = (requests.get(&name)?, limits.get(&name)?);
        let copied = request.author() == Author::Pod
            && limit.author() == Author::Pod
            && equal(&Kind::Quantity, request, limit);
        copied.then(|| CopiedRequest {
            name,
            limit: limit.clone(),
        })
    };
    named.into_iter().filter_map(copied).collect()
}
