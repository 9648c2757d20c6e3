//! The Events that are written, and their names.
//!
//! They are core/v1 Events as client-go's recorder writes them: `count` and the two timestamps,
//! no `eventTime`. Source: `k8s.io/client-go/tools/record`.
//!
//! A name is made from what the Event is about, so that whoever comes to write it finds the same
//! one. The name of a pod's Event depends on the record alone, not on the pod: it can be looked for
//! when the pod is gone.

use std::collections::BTreeMap;

use event_record::{REQUEST_UID_ANNOTATION, RULE_ANNOTATION};
use k8s_openapi::api::core::v1::{Event, EventSource, ObjectReference};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, Time};
use k8s_openapi::jiff::Timestamp;
use serde_json::{Value, json};

use crate::object::Object;
use crate::report::{PodSubject, Report, Standing, hash};
use crate::text::clamped;
use crate::trust::MESSAGE_BYTES;

/// The annotation with the memory of an Event that counts; see [`Ledger`](crate::ledger::Ledger).
pub const COUNTED_ANNOTATION: &str = "pod-injector.kubewarden.io/counted";

/// Begins the message of an Event that no pod confirms.
const UNCONFIRMED: &str = "(unconfirmed) ";
/// The longest part of an object's name that an Event's name begins with, in bytes.
const PREFIX_BYTES: usize = 200;

/// What an Event that counts is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// Its namespace, and that of the object.
    pub namespace: String,
    /// The object: a workload, the namespace, or what the report names.
    pub object: Object,
    /// What else tells the workload.
    pub family: Option<Family>,
    /// See [`Report::rule`].
    pub rule: String,
    /// See [`Report::reason`].
    pub reason: String,
    /// See [`Report::component`].
    pub component: String,
    /// What no pod has confirmed is counted apart.
    pub unconfirmed: bool,
}

impl Key {
    /// The key by which a report is counted on an object.
    pub fn new(report: &Report, object: Object, family: Option<Family>) -> Self {
        Self {
            namespace: report.namespace.clone(),
            object,
            family,
            rule: report.rule.clone(),
            reason: report.reason.clone(),
            component: report.component.clone(),
            unconfirmed: report.standing == Standing::Unconfirmed,
        }
    }

    /// The name of the Event on the object.
    pub fn event_name(&self) -> String {
        let Object {
            api_version,
            kind,
            name,
            uid,
        } = &self.object;
        let parts = [
            if self.unconfirmed {
                "unconfirmed"
            } else {
                "count"
            },
            &self.namespace,
            api_version,
            kind,
            name,
            uid.as_deref().unwrap_or_default(),
            &self.rule,
            &self.reason,
            &self.component,
        ];
        event_name(name, &parts)
    }

    /// The name of the Event on the first workload that had its name, which is the same for whoever
    /// knows the names of what made the pods.
    pub fn family_event_name(&self) -> Option<String> {
        let Family { kind, name, .. } = self.family.as_ref()?;
        let parts = [
            if self.unconfirmed {
                "unconfirmed family"
            } else {
                "family"
            },
            &self.namespace,
            kind,
            name,
            &self.rule,
            &self.reason,
            &self.component,
        ];
        Some(event_name(name, &parts))
    }
}

/// What tells a workload besides its uid, so that the Event which has counted a failure is found
/// again when what made the pod is gone: an old `ReplicaSet` whose Deployment goes on, a Job of a
/// `CronJob`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Family {
    /// The kind of what made the pods.
    pub kind: String,
    /// The workload's name.
    pub name: String,
    /// The workload was found. Else only what made the pod is known, and the name is what it must
    /// have been.
    pub found: bool,
}

impl Family {
    /// The workload that was found to have made this.
    pub fn found(controller: &Object, workload: &Object) -> Self {
        Self {
            kind: controller.kind.clone(),
            name: workload.name.clone(),
            found: true,
        }
    }

    /// The workload that must have made this, by its name: a Deployment's `ReplicaSet` is called
    /// after it and the hash of the pods' template, a `CronJob`'s Job after it and the minute.
    /// Source: `k8s.io/kubernetes/pkg/controller/{deployment/sync.go,cronjob/utils.go}`.
    pub fn guessed(controller: &Object) -> Option<Self> {
        let (name, suffix) = controller.name.rsplit_once('-')?;
        // The alphabet of hashes: `k8s.io/apimachinery/pkg/util/rand`.
        let fits = match controller.kind.as_str() {
            "ReplicaSet" => |byte| b"bcdfghjklmnpqrstvwxz2456789".contains(&byte),
            "Job" => |byte: u8| byte.is_ascii_digit(),
            _ => return None,
        };
        let fits = !suffix.is_empty() && suffix.bytes().all(fits);
        fits.then(|| Self {
            kind: controller.kind.clone(),
            name: name.to_owned(),
            found: false,
        })
    }
}

/// The namespace itself as an object: for the failure of a pod that has no workload and never came
/// to be.
pub fn namespace_object(namespace: &str) -> Object {
    Object {
        api_version: "v1".to_owned(),
        kind: "Namespace".to_owned(),
        name: namespace.to_owned(),
        uid: None,
    }
}

/// The name of the Event on the pod.
pub fn pod_event_name(report: &Report) -> String {
    let parts = [
        "pod",
        &report.namespace,
        &report.request,
        &report.rule,
        &report.reason,
        &report.component,
    ];
    event_name(&report.component, &parts)
}

fn event_name(prefix: &str, parts: &[&str]) -> String {
    // What is cut may end with a character that no part of a name can end with.
    let prefix = prefix.get(..PREFIX_BYTES).unwrap_or(prefix);
    let prefix = prefix.trim_end_matches(['.', '-']);
    let hash = hash(parts);
    let hex = hash[..16].iter().map(|byte| format!("{byte:02x}"));
    format!("{prefix}.{}", hex.collect::<String>())
}

/// Makes Events in the name of one relay.
#[derive(Debug, Clone)]
pub struct Author {
    /// The relay's pod, or its host: `reportingInstance`.
    pub instance: String,
}

impl Author {
    /// The Event on a pod.
    pub fn pod_event(&self, report: &Report, pod: &Object, subject: &PodSubject) -> Event {
        let involved = pod.reference(&report.namespace, subject.field_path.as_deref());
        let mut event = self.event(report, pod_event_name(report), involved, report.time);
        event.related = subject
            .controller
            .as_ref()
            .map(|owner| owner.reference(&report.namespace, None));
        let annotations = event.metadata.annotations.get_or_insert_default();
        annotations.insert(REQUEST_UID_ANNOTATION.to_owned(), report.request.clone());
        event
    }

    /// The first Event of a key.
    pub fn counting_event(&self, key: &Key, name: String, latest: &Report, tally: &Tally) -> Event {
        let involved = key.object.reference(&key.namespace, None);
        let mut event = self.event(latest, name, involved, tally.first);
        event.count = Some(tally.count);
        event.last_timestamp = Some(Time(tally.last));
        let annotations = event.metadata.annotations.get_or_insert_default();
        annotations.insert(COUNTED_ANNOTATION.to_owned(), tally.counted.clone());
        event
    }

    fn event(
        &self,
        report: &Report,
        name: String,
        involved_object: ObjectReference,
        first: Timestamp,
    ) -> Event {
        let type_ = if report.warning { "Warning" } else { "Normal" };
        let rule = (RULE_ANNOTATION.to_owned(), report.rule.clone());
        Event {
            metadata: ObjectMeta {
                name: Some(name),
                namespace: Some(report.namespace.clone()),
                annotations: Some(BTreeMap::from([rule])),
                ..ObjectMeta::default()
            },
            involved_object,
            type_: Some(type_.to_owned()),
            reason: Some(report.reason.clone()),
            action: Some(report.action.clone()),
            message: Some(message(report)),
            count: Some(1),
            first_timestamp: Some(Time(first)),
            last_timestamp: Some(Time(report.time)),
            source: Some(EventSource {
                component: Some(report.component.clone()),
                host: None,
            }),
            reporting_component: Some(report.component.clone()),
            reporting_instance: Some(self.instance.clone()),
            ..Event::default()
        }
    }
}

/// The report's message, with a mark where no pod has confirmed it.
fn message(report: &Report) -> String {
    match report.standing {
        Standing::Unconfirmed => {
            clamped(&format!("{UNCONFIRMED}{}", report.message), MESSAGE_BYTES)
        }
        Standing::Believed | Standing::Confirmed => report.message.clone(),
    }
}

/// What changes when an Event counts on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally {
    /// The count.
    pub count: i32,
    /// When the first failure was.
    pub first: Timestamp,
    /// When the last one was.
    pub last: Timestamp,
    /// The annotation's value.
    pub counted: String,
}

/// The merge patch that lets an Event count on. It is refused when somebody else has written since
/// the version that it was made for.
pub fn counting_patch(latest: &Report, tally: &Tally, resource_version: &str) -> Value {
    json!({
        "metadata": {
            "resourceVersion": resource_version,
            "annotations": {COUNTED_ANNOTATION: tally.counted},
        },
        "count": tally.count,
        "lastTimestamp": Time(tally.last),
        "message": message(latest),
    })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::of_a_deployment("ReplicaSet", "web-app-7d9c5b8f6d", Some("web-app"))]
    #[case::of_a_cron_job("Job", "backup-29400000", Some("backup"))]
    #[case::bare("ReplicaSet", "web", None)]
    #[case::bare_with_a_dash("ReplicaSet", "web-app", None)]
    #[case::bare_job("Job", "migrate-v2", None)]
    #[case::nothing_behind_the_dash("Job", "web-", None)]
    #[case::other_kind("StatefulSet", "db-7d9c5b8f6d", None)]
    fn a_workloads_name_is_told_from_what_it_made(
        #[case] kind: &str,
        #[case] name: &str,
        #[case] expected: Option<&str>,
    ) {
        let object = Object {
            api_version: "v1".to_owned(),
            kind: kind.to_owned(),
            name: name.to_owned(),
            uid: None,
        };
        let family = Family::guessed(&object);
        assert_eq!(family.map(|family| family.name).as_deref(), expected);
    }
}
