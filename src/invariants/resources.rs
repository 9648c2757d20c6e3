//! Requests and limits.

use super::{Invalid, Report, parsed_quantity};
use crate::json::Node;
use crate::names;
use crate::quantity;
use crate::schema::{Field, Type};

const STANDARD: [&str; 3] = ["cpu", "memory", "ephemeral-storage"];
const HUGE_PAGES: &str = "hugepages-";
const NATIVE_DOMAIN: &str = "kubernetes.io/";
const REQUESTS: &str = "requests.";

/// The name of a resource that a container may ask for (`validateContainerResourceName`).
pub(super) fn name(name: &str) -> Result<(), Invalid> {
    names::qualified_name(name)?;
    let standard = STANDARD.contains(&name) || name.starts_with(HUGE_PAGES);
    let extended = name.contains('/') && !name.starts_with(REQUESTS);
    if standard || extended {
        Ok(())
    } else {
        Err(Invalid::Rule(
            "unknown resource: cpu, memory, ephemeral-storage, hugepages-SIZE, or one with a domain \
             before `/`",
        ))
    }
}

/// An amount of something (`ValidateResourceQuantityValue`).
pub(super) fn quantity(ty: &Type, field: &Field, text: &str) -> Result<(), Invalid> {
    let may_be_negative = (ty.name, field.name) == ("ResourceFieldSelector", "divisor");
    match quantity::parse(text) {
        Some(quantity) if quantity.is_negative() && !may_be_negative => Err(Invalid::AtLeast(0)),
        _ => Ok(()),
    }
}

/// Requests against limits (`validateResourceRequirements`).
pub(super) fn requirements(node: &Node<'_>, whole: bool, report: &mut Report<'_>) {
    for field in ["requests", "limits"] {
        for member in node.get(field).and_then(Node::members).unwrap_or_default() {
            let fraction = parsed_quantity(&member.value).is_some_and(|value| !value.is_whole());
            if fraction && is_extended(&member.key.name()) {
                report(
                    field,
                    Invalid::Rule("an extended resource must be a whole number"),
                );
            }
        }
    }
    for request in node
        .get("requests")
        .and_then(Node::members)
        .unwrap_or_default()
    {
        let name = request.key.name();
        let limit = node.get("limits").and_then(|limits| limits.get(&name));
        let (Some(request), limit) = (
            parsed_quantity(&request.value),
            limit.and_then(parsed_quantity),
        ) else {
            continue;
        };
        let overcommits = !is_extended(&name) && !name.starts_with(HUGE_PAGES);
        match limit {
            Some(limit) if overcommits && request > limit => {
                report(
                    "requests",
                    Invalid::Rule("a request must not exceed its limit"),
                );
            }
            Some(limit) if !overcommits && request != limit => report(
                "requests",
                Invalid::Rule(
                    "a request of huge pages or an extended resource must equal its limit",
                ),
            ),
            None if !overcommits && whole => report(
                "requests",
                Invalid::Rule("a request of huge pages or an extended resource needs a limit"),
            ),
            _ => {}
        }
    }
}

/// `IsExtendedResourceName`.
fn is_extended(name: &str) -> bool {
    name.contains('/') && !name.contains(NATIVE_DOMAIN) && !name.starts_with(REQUESTS)
}
