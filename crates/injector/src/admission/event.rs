//! The Event of a failure.
//!
//! Source: `kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1`; Events of
//! core/v1, whose `involvedObject` is what `kubectl describe` selects by.

use std::collections::BTreeMap;

use event_record::{REQUEST_UID_ANNOTATION, RULE_ANNOTATION, Record};
use k8s_openapi::api::core::v1::{Event, EventSource, ObjectReference};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, Time};
use k8s_openapi::jiff::Timestamp;
use kubernetes_pod::containers::ContainerList;
use kubernetes_pod::owner;
use kubernetes_pod::text::escaped;
use lazy_json::Node;

use crate::inject::failure::Failure;
use crate::request::Request;

/// The component that reports the Events.
pub const COMPONENT: &str = "pod-injector";

/// The Event's `action`.
const ACTION: &str = "Inject";

/// The record of a failure as JSON, for the host's log. `now` is in seconds since 1970.
pub fn payload(failure: &Failure, request: Request<'_, '_>, now: i64) -> Vec<u8> {
    serde_json::to_vec(&record(failure, request, now)).unwrap_or_default()
}

/// The record of a failure. `now` is in seconds since 1970.
pub fn record(failure: &Failure, request: Request<'_, '_>, now: i64) -> Record {
    let time = Timestamp::from_second(now).ok().map(Time);
    let namespace = Some(request.namespace().to_owned());
    let annotations = [
        (RULE_ANNOTATION, failure.rule.as_str()),
        (REQUEST_UID_ANNOTATION, request.uid()),
    ];
    Record::from(Event {
        metadata: ObjectMeta {
            namespace: namespace.clone(),
            annotations: Some(BTreeMap::from(
                annotations.map(|(key, value)| (key.to_owned(), value.to_owned())),
            )),
            ..ObjectMeta::default()
        },
        involved_object: ObjectReference {
            api_version: Some("v1".to_owned()),
            kind: Some("Pod".to_owned()),
            name: Some(request.name().to_owned()).filter(|name| !name.is_empty()),
            namespace: namespace.clone(),
            field_path: failure.container.as_ref().map(|container| {
                let list = ContainerList::of(container).field();
                format!("spec.{list}{{{}}}", escaped(&container.name))
            }),
            ..ObjectReference::default()
        },
        related: request
            .object()
            .and_then(controller)
            .map(|controller| ObjectReference {
                namespace,
                ..controller
            }),
        type_: Some("Warning".to_owned()),
        reason: Some(failure.reason.as_str().to_owned()),
        action: Some(ACTION.to_owned()),
        message: Some(failure.message.clone()),
        source: Some(EventSource {
            component: Some(COMPONENT.to_owned()),
            host: None,
        }),
        reporting_component: Some(COMPONENT.to_owned()),
        first_timestamp: time.clone(),
        last_timestamp: time,
        count: Some(1),
        ..Event::default()
    })
}

/// The pod's controller, without its namespace.
fn controller(pod: &Node<'_>) -> Option<ObjectReference> {
    let owner = owner::controller(pod)?;
    let text = |key: &str| owner.str_at(key).map(str::to_owned);
    Some(ObjectReference {
        api_version: text("apiVersion"),
        kind: text("kind"),
        name: text("name"),
        uid: text("uid"),
        ..ObjectReference::default()
    })
}
