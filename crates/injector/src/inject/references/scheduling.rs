//! The node selector and the tolerations that the API server merges from a pod's runtime class. See
//! [`remove`] and [`check_kept`].
//!
//! Source: `k8s.io/kubernetes/plugin/pkg/admission/runtimeclass` (`setScheduling`).

use kubernetes_pod::equality::equal;
use kubernetes_pod::schema;
use kubernetes_pod::text::escaped;
use lazy_json::Node;

use super::error::ReferenceError;
use super::lookup::{look_up, spec_text};
use crate::cluster::lookups::Lookups;
use crate::cluster::object::{Kind, Object};
use crate::inject::author::{Author, Authored};

/// Whether a rule set the class. The API server has merged nothing of such a class into the pod yet.
pub(super) fn is_set_by_rule(pod: &Node<'_>) -> bool {
    let class = pod.at(&["spec", "runtimeClassName"]);
    class.is_some_and(|class| class.author() != Author::Pod)
}

/// Takes away the node selector and the tolerations of the class that the pod came with. What the rule
/// itself wants stays, and all of it where the old class can't be read.
///
/// Source: `k8s.io/kubernetes/plugin/pkg/admission/runtimeclass` (`setScheduling`).
pub(super) fn remove<'a>(
    before: &Node<'a>,
    pod: &mut Node<'a>,
    rule: Option<&Node<'a>>,
    lookups: &Lookups<'a>,
) {
    let old = spec_text(before, "runtimeClassName");
    if old.is_empty() || is_set_by_rule(before) {
        return;
    }
    let Ok(class) = look_up(&Object::new(Kind::RuntimeClass, "", old), lookups) else {
        return;
    };
    let (Some(scheduling), Some(spec)) = (class.get("scheduling"), pod.get_mut("spec")) else {
        return;
    };
    let wanted = |field: &str| rule.and_then(|rule| rule.get(field));
    if let Some(selector) = spec.get_mut("nodeSelector") {
        let members = scheduling.get("nodeSelector").and_then(Node::members);
        for member in members.unwrap_or_default() {
            let key = member.key.name();
            let is_classes = |there: &Node<'_>| {
                there.author() == Author::Pod && there.as_str() == member.value.as_str()
            };
            let is_wanted = wanted("nodeSelector").is_some_and(|rule| rule.get(&key).is_some());
            if !is_wanted && selector.get(&key).is_some_and(is_classes) {
                selector.remove(&key);
            }
        }
    }
    let items = |node: Option<&Node<'a>>| node.and_then(Node::items).map(<[_]>::to_vec);
    let of_class = items(scheduling.get("tolerations")).unwrap_or_default();
    let of_rule = items(wanted("tolerations")).unwrap_or_default();
    if let Some(tolerations) = spec.get_mut("tolerations").and_then(Node::items_mut) {
        tolerations.retain(|toleration| {
            let is_in =
                |list: &[Node<'a>]| list.iter().any(|item| same_toleration(item, toleration));
            toleration.author() != Author::Pod || !is_in(&of_class) || is_in(&of_rule)
        });
    }
}

/// Where a rule takes a node selector or a toleration from a pod that keeps its class: checks that they
/// are not the class's. The API server merges those into the pod again.
pub(super) fn check_kept<'a>(
    before: &Node<'a>,
    pod: &Node<'a>,
    lookups: &Lookups<'a>,
) -> Result<(), ReferenceError> {
    let name = spec_text(pod, "runtimeClassName");
    if name.is_empty() || is_set_by_rule(pod) {
        return Ok(());
    }
    let selector = before.at(&["spec", "nodeSelector"]);
    let keys = selector.and_then(Node::members).unwrap_or_default();
    let keys = keys.iter().map(|member| member.key.name());
    let is_there = |key: &str| pod.at(&["spec", "nodeSelector", key]).is_some();
    let mut keys = keys.filter(|key| !is_there(key)).peekable();
    let (old, new) = (tolerations(before), tolerations(pod));
    let is_in =
        |list: &[Node<'a>], item: &Node<'a>| list.iter().any(|other| same_toleration(other, item));
    let mut gone = old.iter().filter(|item| !is_in(new, item)).peekable();
    if keys.peek().is_none() && gone.peek().is_none() {
        return Ok(());
    }
    let object = Object::new(Kind::RuntimeClass, "", name);
    let class = look_up(&object, lookups)?;
    let Some(scheduling) = class.get("scheduling") else {
        return Ok(());
    };
    let wanted = scheduling.get("nodeSelector");
    let key = keys.find(|key| wanted.is_some_and(|wanted| wanted.get(key).is_some()));
    let wanted = scheduling.get("tolerations").and_then(Node::items);
    let toleration = gone.find(|item| is_in(wanted.unwrap_or_default(), item));
    let field = match (key, toleration) {
        (Some(key), _) => format!("spec.nodeSelector['{}']", escaped(&key)),
        (None, Some(_)) => "spec.tolerations".to_owned(),
        (None, None) => return Ok(()),
    };
    Err(ReferenceError::Restored {
        field,
        object,
        cause: "has it for every pod of the class",
    })
}

fn tolerations<'n, 'a>(pod: &'n Node<'a>) -> &'n [Node<'a>] {
    let list = pod
        .get("spec")
        .and_then(|spec| spec.get("tolerations")?.items());
    list.unwrap_or_default()
}

fn same_toleration(left: &Node<'_>, right: &Node<'_>) -> bool {
    let Some(schema::Kind::Object(spec)) = schema::POD.field("spec").map(|field| &field.kind)
    else {
        return false;
    };
    match spec.field("tolerations").map(|field| &field.kind) {
        Some(schema::Kind::List(_, kind)) => equal(kind, left, right),
        _ => false,
    }
}
