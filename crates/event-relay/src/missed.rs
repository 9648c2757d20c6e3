//! Failures that no log tells of any more, found on the pods themselves.
//!
//! When a replica begins to work, records may have been lost: a policy-server that is gone took its
//! log along. The policy stamps a pod with the rules that failed; from that stamp the same Events
//! are written that the record would have led to, unless they are there.
//!
//! A stamp is the word of whoever may write the pod: on `CREATE` the policy replaces what it finds,
//! but labels and annotations can be changed later. So a stamp can do no more than tell of that
//! pod: the Events' objects are the pod itself, its controller as the API server has it, and their
//! namespace; its reasons are those that the policy knows, its texts are clamped like a record's,
//! and a pod can't tell of more than sixteen rules.

use event_record::STATUS_ANNOTATION;
use k8s_openapi::jiff::Timestamp;
use serde::Deserialize;
use tokio::sync::mpsc;
use tokio::time::sleep;
use tracing::{info, warn};

use crate::api_error::ApiError;
use crate::cluster::pods::Meta;
use crate::cluster::{Api, tell_of_permission};
use crate::metrics::Metrics;
use crate::progress::Progress;
use crate::report::{PodSubject, Report, Source, Subject};
use crate::text::{clamped, is_uid};
use crate::trust::{MESSAGE_BYTES, NAME_BYTES, Trust};
use crate::writer::backoff;

/// Who stamps pods.
const COMPONENT: &str = "pod-injector";
/// What was tried.
const ACTION: &str = "Inject";
/// The most rules that one pod can tell of.
const RULES: usize = 16;
/// The reasons that the policy knows.
const REASONS: [&str; 7] = [
    "InjectionConflict",
    "InjectionInvalid",
    "VariableUnresolved",
    "RulesUnavailable",
    "ReferenceUnavailable",
    "UnsupportedObject",
    "InternalError",
];

#[derive(Deserialize)]
struct Stamp {
    #[serde(default)]
    failed: Vec<FailedRule>,
}

#[derive(Deserialize)]
struct FailedRule {
    rule: String,
    reason: String,
    #[serde(default)]
    message: Option<String>,
}

/// Looks for them once.
pub struct Missed {
    /// The API server.
    pub api: Api,
    /// What is too old.
    pub trust: Trust,
    /// What happened.
    pub metrics: Metrics,
    /// How far the sources are.
    pub progress: Progress,
    /// Where reports go.
    pub reports: mpsc::Sender<Report>,
}

impl Missed {
    /// Lists the stamped pods and reports what their stamps tell.
    pub async fn find(&self) {
        let mut backoff = backoff();
        loop {
            match self.list().await {
                Ok(0) => return,
                Ok(found) => {
                    info!(
                        failures = found,
                        "looked for failures that pods are stamped with"
                    );
                    return;
                }
                // A list whose pages have expired is begun anew.
                Err(error) if error.is_transient() || error.is_gone() => {
                    self.metrics.retried(error.label());
                    sleep(backoff.next().unwrap_or_default()).await;
                }
                Err(error) => {
                    tell_of_permission(&error);
                    warn!("stamped pods can't be listed, missed records stay missed: {error}");
                    return;
                }
            }
        }
    }

    async fn list(&self) -> Result<usize, ApiError> {
        let mut page = String::new();
        let mut found = 0;
        loop {
            let (pods, next) = self.api.stamped_pods(&page).await?;
            for report in pods.iter().flat_map(|pod| reports(pod, &self.trust)) {
                self.metrics.stamp();
                let ticket = self.progress.begin(None, report.time);
                let report = Report {
                    ticket: Some(ticket),
                    ..report
                };
                if self.reports.send(report).await.is_err() {
                    return Ok(found);
                }
                found += 1;
            }
            if next.is_empty() {
                return Ok(found);
            }
            page = next;
        }
    }
}

/// What a pod's stamp tells.
fn reports(pod: &Meta, trust: &Trust) -> Vec<Report> {
    let told = || {
        let namespace = pod.metadata.namespace.clone()?;
        let request = pod.request().filter(|uid| is_uid(uid))?;
        let time = pod.created()?;
        let object = pod.pod()?;
        let stamp: Stamp = serde_json::from_str(pod.annotation(STATUS_ANNOTATION)?).ok()?;
        if trust.is_old(time, Timestamp::now()) {
            return None;
        }
        let subject = PodSubject {
            name: Some(object.name.clone()),
            controller: pod.controller(),
            field_path: None,
            found: Some(object),
        };
        let failed = stamp.failed.into_iter().take(RULES);
        let failed = failed.filter(|failed| REASONS.contains(&failed.reason.as_str()));
        let reports = failed.map(|failed| {
            let message = failed.message.unwrap_or_else(|| {
                format!(
                    "rule {:?} was not applied: see the pod's annotations",
                    failed.rule
                )
            });
            Report {
                namespace: namespace.clone(),
                subject: Subject::Pod(subject.clone()),
                rule: clamped(&failed.rule, NAME_BYTES),
                reason: failed.reason,
                action: ACTION.to_owned(),
                message: clamped(&message, MESSAGE_BYTES),
                warning: true,
                component: COMPONENT.to_owned(),
                request: request.to_owned(),
                time,
                logged: time,
                source: Source::Stamp,
                sent: false,
                ticket: None,
            }
        });
        Some(reports.collect())
    };
    told().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn told(status: &Value, created: Timestamp) -> Vec<Report> {
        let pod = json!({"metadata": {
            "name": "web-1", "namespace": "team-a", "uid": "u-1",
            "creationTimestamp": Timestamp::from_second(created.as_second()).expect("a time"),
            "labels": {"pod-injector.kubewarden.io/request": "r-1"},
            "annotations": {"pod-injector.kubewarden.io/status": status.to_string()},
            "ownerReferences": [{
                "apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web", "uid": "u-2",
                "controller": true,
            }],
        }});
        let pod: Meta = serde_json::from_value(pod).expect("it is metadata");
        let trust = Trust {
            max_age: Some(std::time::Duration::from_mins(50)),
            ..Trust::default()
        };
        reports(&pod, &trust)
    }

    #[test]
    fn a_stamp_tells_of_its_pod() {
        let status = json!({"applied": ["a"], "failed": [
            {"rule": "b", "reason": "InjectionConflict", "message": "no\nway"},
            {"rule": "c", "reason": "InjectionInvalid"},
        ]});
        let reports = told(&status, Timestamp::now());
        let [first, second] = reports.as_slice() else {
            panic!("{reports:?}");
        };
        assert_eq!(
            (first.rule.as_str(), first.message.as_str()),
            ("b", "no\\nway")
        );
        assert_eq!(first.request, "r-1");
        let Subject::Pod(pod) = &first.subject else {
            panic!("{first:?}");
        };
        assert_eq!(
            pod.controller.as_ref().map(|owner| owner.name.as_str()),
            Some("web")
        );
        assert_eq!(
            pod.found.as_ref().and_then(|pod| pod.uid.as_deref()),
            Some("u-1")
        );
        assert!(second.message.contains("\"c\""));
    }

    #[test]
    fn a_forged_stamp_is_clamped() {
        let many: Vec<Value> = (0..100)
            .map(|n| json!({"rule": n.to_string(), "reason": "InternalError", "message": "x".repeat(5000)}))
            .collect();
        let reports = told(&json!({"failed": many}), Timestamp::now());
        assert_eq!(reports.len(), RULES);
        assert!(
            reports
                .iter()
                .all(|report| report.message.len() <= MESSAGE_BYTES)
        );
        let other = json!({"failed": [{"rule": "a", "reason": "Killing", "message": "m"}]});
        assert!(told(&other, Timestamp::now()).is_empty());
        assert!(told(&json!("text"), Timestamp::now()).is_empty());
    }

    #[test]
    fn an_old_stamp_tells_nothing() {
        let status = json!({"failed": [{"rule": "a", "reason": "InternalError"}]});
        let old = Timestamp::from_second(Timestamp::now().as_second() - 3600).expect("a time");
        assert!(told(&status, old).is_empty());
    }
}
