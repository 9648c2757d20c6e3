//! Checks of requests and limits.

use std::borrow::Cow;

use lazy_json::Node;

use super::cause::Cause;
use super::invalid::{Invalid, Report};
use crate::names;
use crate::quantity::{self, Quantity, Step};
use crate::schema::{Field, Kind, Type};

const STANDARD: [&str; 3] = ["cpu", "memory", "ephemeral-storage"];
const HUGE_PAGES: &str = "hugepages-";
const NATIVE_DOMAIN: &str = "kubernetes.io/";
const REQUESTS: &str = "requests.";

/// Checks the name of a container's resource (`validateContainerResourceName`).
pub(super) fn name(name: &str) -> Result<(), Invalid> {
    names::qualified_name(name)?;
    let standard = STANDARD.contains(&name) || is_huge_pages(name);
    // A quota adds a prefix, and the name must also be valid with it.
    let extended = || {
        !name.starts_with(REQUESTS) && names::qualified_name(&format!("{REQUESTS}{name}")).is_ok()
    };
    let domain = name.contains('/') && (name.contains(NATIVE_DOMAIN) || extended());
    if standard || domain {
        Ok(())
    } else {
        Err(Invalid::Rule(
            "unknown resource: cpu, memory, ephemeral-storage, hugepages-SIZE, or one with a domain \
             before `/`",
        ))
    }
}

/// Checks a quantity (`ValidateResourceQuantityValue`).
pub(super) fn quantity(ty: &Type, field: &Field, text: &str) -> Result<(), Invalid> {
    let may_be_negative = (ty.name, field.name) == ("ResourceFieldSelector", "divisor");
    let is_list = matches!(field.kind, Kind::Map(_));
    let step = if is_list {
        Step::Thousandths
    } else {
        Step::Billionths
    };
    match quantity::parse(text) {
        Some(quantity) if quantity.is_negative() && !may_be_negative => Err(Invalid::AtLeast(0)),
        _ => Ok(quantity::kept(text, step)?),
    }
}

/// Compares requests with limits, as the API server rounds them (`validateResourceRequirements`).
pub(super) fn requirements(node: &Node<'_>, whole: bool, report: &mut Report<'_>) {
    for field in ["requests", "limits"] {
        for member in node.members_at(field) {
            let name = member.key.name();
            let Some(amount) = quantity::of_node(&member.value) else {
                continue;
            };
            if is_extended(&name) && !is_countable(&amount) {
                report(
                    field,
                    Invalid::Resource(Cause::ExtendedFraction, name.to_string()),
                );
            }
            if is_huge_pages(&name) && !are_whole_pages(&name, &amount) {
                report(
                    field,
                    Invalid::Resource(Cause::HugePagesDivide, name.to_string()),
                );
            }
        }
    }
    if !whole && removes_requests(node) && has_limits(node) {
        report("requests", Cause::RequestFromLimit.into());
    }
    for request in node.members_at("requests") {
        let name = request.key.name();
        let limit = node.get("limits").and_then(|limits| limits.get(&name));
        if !whole && request.value.is_null() && limit.is_some() {
            report("requests", Cause::RequestFromLimit.into());
        }
        let stored = |node: &Node<'_>| Some(quantity::of_node(node)?.in_thousandths());
        let (Some(request), limit) = (stored(&request.value), limit.and_then(stored)) else {
            continue;
        };
        let overcommits = !is_extended(&name) && !name.starts_with(HUGE_PAGES);
        let cause = match limit {
            Some(limit) if overcommits && request > limit => Cause::RequestOverLimit,
            Some(limit) if !overcommits && request != limit => Cause::RequestNotLimit,
            None if !overcommits && whole => Cause::RequestNeedsLimit,
            _ => continue,
        };
        report("requests", Invalid::Resource(cause, name.to_string()));
    }
}

/// Whether a fragment removes all requests.
fn removes_requests(node: &Node<'_>) -> bool {
    let mut members = node.members().unwrap_or_default().iter();
    members.any(|member| member.key.is("requests") && member.value.is_null())
}

fn has_limits(node: &Node<'_>) -> bool {
    let mut limits = node.members_at("limits").iter();
    limits.any(|limit| !limit.value.is_null())
}

/// Whether an extended resource can have this amount: a whole number whose thousandths fit an
/// int64. Larger numbers overflow in the API server. Some of them pass by chance, but a rule must
/// not rely on that.
fn is_countable(amount: &Quantity) -> bool {
    amount.in_thousandths().is_whole() && Amount::of(amount).stored <= i128::from(i64::MAX)
}

/// An exact amount, and the amount that the API server stores (`SetDefaults_ResourceList`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct Amount {
    /// In thousandths, rounded up.
    pub(super) stored: i128,
    /// In billionths.
    exact: i128,
}

impl Amount {
    pub(super) fn of(quantity: &Quantity) -> Self {
        Self::exactly(quantity.billionths())
    }

    fn exactly(exact: i128) -> Self {
        const BILLIONTHS: i128 = 1_000_000;
        Self {
            stored: exact.div_euclid(BILLIONTHS) + i128::from(exact.rem_euclid(BILLIONTHS) > 0),
            exact,
        }
    }

    /// The sum.
    pub(super) fn plus(self, other: Self) -> Self {
        Self {
            stored: self.stored.saturating_add(other.stored),
            exact: self.exact.saturating_add(other.exact),
        }
    }

    /// The amount as a default. The API server rounds the sum of the exact amounts.
    pub(super) fn to_be_stored(self) -> Self {
        Self::exactly(self.exact)
    }
}

/// `IsHugePageResourceValueDivisible`. A fraction of a byte counts as one byte.
fn are_whole_pages(name: &str, amount: &Quantity) -> bool {
    const BILLION: i128 = 1_000_000_000;
    let size = name.strip_prefix(HUGE_PAGES).and_then(quantity::parse);
    size.is_some_and(|size| {
        let bytes = Amount::of(amount).exact;
        let bytes = bytes.div_euclid(BILLION) + i128::from(bytes.rem_euclid(BILLION) > 0);
        let size = Amount::of(&size).exact;
        let fits = bytes <= i128::from(i64::MAX);
        fits && size > 0 && size % BILLION == 0 && bytes % (size / BILLION) == 0
    })
}

/// Whether resources have huge pages but neither cpu nor memory, which they need.
pub(super) fn has_huge_pages_alone<'n>(names: impl IntoIterator<Item = Cow<'n, str>>) -> bool {
    let mut huge_pages = false;
    for name in names {
        if matches!(&*name, "cpu" | "memory") {
            return false;
        }
        huge_pages |= is_huge_pages(&name);
    }
    huge_pages
}

/// `IsHugePageResourceName`.
pub(super) fn is_huge_pages(name: &str) -> bool {
    name.starts_with(HUGE_PAGES)
}

/// `IsExtendedResourceName`.
fn is_extended(name: &str) -> bool {
    name.contains('/') && !name.contains(NATIVE_DOMAIN) && !name.starts_with(REQUESTS)
}

/// The amount of a resource.
pub(super) fn resource_amount(node: &Node<'_>) -> Option<Amount> {
    quantity::of_node(node).as_ref().map(Amount::of)
}
