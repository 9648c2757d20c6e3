//! Label selectors that the API server extends by labels of the pod itself. See
//! [`selectors_equal`].

use lazy_json::Node;

use super::equal;
use crate::schema::{Kind, Type};

/// The lists of keys, each with the operator of the requirements that are made of them.
const KEYS: [(&str, &str); 2] = [("matchLabelKeys", "In"), ("mismatchLabelKeys", "NotIn")];

/// Whether objects of this type have such a selector.
pub fn has_selector(ty: &Type) -> bool {
    matches!(ty.name, "PodAffinityTerm" | "TopologySpreadConstraint")
}

/// Whether the selectors of two terms are equal without the requirements that the API server adds.
/// When a pod is created, it appends a requirement for each key that is a label of the pod.
///
/// Source: `k8s.io/kubernetes/pkg/registry/core/pod` (`applyMatchLabelKeysAndMismatchLabelKeys`).
pub fn selectors_equal(ty: &Type, left: &Node<'_>, right: &Node<'_>) -> bool {
    let field = ty.field("labelSelector");
    let Some(Kind::Object(selector_type)) = field.map(|field| &field.kind) else {
        return false;
    };
    let (Some(left_selector), Some(right_selector)) =
        (left.get("labelSelector"), right.get("labelSelector"))
    else {
        return left.get("labelSelector").is_none() && right.get("labelSelector").is_none();
    };
    let others_equal = selector_type
        .fields
        .iter()
        .filter(|field| field.name != "matchExpressions")
        .all(|field| super::field_equal(selector_type, field, left_selector, right_selector));
    others_equal
        && selector_type
            .field("matchExpressions")
            .is_some_and(|field| match &field.kind {
                Kind::List(_, kind) => expressions_equal(kind, left, right),
                _ => false,
            })
}

fn expressions_equal(kind: &Kind, left: &Node<'_>, right: &Node<'_>) -> bool {
    let shorter = expressions(left).len().min(expressions(right).len());
    let (left, right) = (
        own_expressions(left, shorter),
        own_expressions(right, shorter),
    );
    left.len() == right.len()
        && left
            .iter()
            .zip(right)
            .all(|(left, right)| equal(kind, left, right))
}

/// A term's requirements without those that may have been appended, but at least `least` of them.
fn own_expressions<'n, 'a>(term: &'n Node<'a>, least: usize) -> &'n [Node<'a>] {
    let mut own = expressions(term);
    while let Some((last, others)) = own.split_last()
        && own.len() > least
        && is_added(term, last)
    {
        own = others;
    }
    own
}

fn expressions<'n, 'a>(term: &'n Node<'a>) -> &'n [Node<'a>] {
    let selector = term.get("labelSelector");
    selector.map_or(&[], |selector| selector.items_at("matchExpressions"))
}

fn is_added(term: &Node<'_>, requirement: &Node<'_>) -> bool {
    let text = |field| requirement.str_at(field);
    requirement.items_at("values").len() == 1
        && KEYS.iter().any(|(list, operator)| {
            let mut keys = term.items_at(list).iter();
            text("operator") == Some(operator) && keys.any(|key| key.as_str() == text("key"))
        })
}

#[cfg(test)]
mod tests {
    use lazy_json::Node;
    use rstest::rstest;

    use crate::equality::equal;
    use crate::schema::{Kind, POD, Type};

    fn affinity() -> &'static Type {
        let mut ty = &POD;
        for name in ["spec", "affinity"] {
            match ty.field(name).map(|field| &field.kind) {
                Some(Kind::Object(inner)) => ty = inner,
                _ => panic!("{name} is no object"),
            }
        }
        ty
    }

    #[rstest]
    #[case::added(r#"{"key":"app","operator":"In","values":["shop"]}"#, true)]
    #[case::added_mismatch(r#"{"key":"tier","operator":"NotIn","values":["a"]}"#, true)]
    #[case::other_key(r#"{"key":"team","operator":"In","values":["shop"]}"#, false)]
    #[case::other_operator(r#"{"key":"app","operator":"NotIn","values":["shop"]}"#, false)]
    #[case::two_values(r#"{"key":"app","operator":"In","values":["shop","web"]}"#, false)]
    fn what_is_added_is_no_difference(#[case] requirement: &str, #[case] expected: bool) {
        let term = |expressions: &str| {
            format!(
                r#"{{"podAffinity":{{"requiredDuringSchedulingIgnoredDuringExecution":[
                    {{"topologyKey":"zone","matchLabelKeys":["app"],"mismatchLabelKeys":["tier"],
                    "labelSelector":{{"matchExpressions":[{expressions}]}}}}]}}}}"#
            )
        };
        let own = r#"{"key":"team","operator":"Exists"}"#;
        let (rule, pod) = (term(own), term(&format!("{own},{requirement}")));
        let (rule, pod) = (
            Node::parse(&rule).expect("JSON"),
            Node::parse(&pod).expect("JSON"),
        );
        assert_eq!(equal(&Kind::Object(affinity()), &rule, &pod), expected);
        assert_eq!(equal(&Kind::Object(affinity()), &pod, &rule), expected);
    }
}
