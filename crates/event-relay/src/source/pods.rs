//! The policy-servers' pods, and the logs of their containers.

use std::collections::{BTreeMap, HashMap, HashSet};

use futures_util::StreamExt;
use k8s_openapi::jiff::Timestamp;
use kube::api::{Api as Objects, ApiResource};
use kube::core::Object;
use kube::runtime::{WatchStreamExt, watcher};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tracing::{error, info, warn};

use super::container::{Begin, Log, Run};
use super::intake::Intake;
use crate::cluster::{Api, tell_of_permission, watch_error};

/// Which pods' logs are read.
#[derive(Debug, Clone)]
pub struct Pods {
    /// Their namespace.
    pub namespace: String,
    /// The label that they carry.
    pub selector: String,
    /// Where reading begins, by source; the others begin as far back as anything is believed.
    pub positions: BTreeMap<String, Timestamp>,
}

/// The parts of a pod that matter here. What else there is, is not even kept.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
struct Spec {
    containers: Vec<Container>,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
struct Container {
    name: String,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Status {
    container_statuses: Vec<ContainerStatus>,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct ContainerStatus {
    name: String,
    restart_count: u32,
    #[serde(rename = "containerID")]
    container_id: String,
    state: State,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
struct State {
    terminated: Option<serde_json::Value>,
}

type Pod = Object<Spec, Status>;

/// Reads the logs of all policy-servers' containers, new and restarted ones included. Ends only
/// when nobody takes reports any more, or when it is dropped.
pub async fn follow(api: Api, pods: Pods, intake: Intake) {
    let resource = ApiResource {
        group: String::new(),
        version: "v1".to_owned(),
        api_version: "v1".to_owned(),
        kind: "Pod".to_owned(),
        plural: "pods".to_owned(),
    };
    let client = api.client().clone();
    let objects: Objects<Pod> = Objects::namespaced_with(client, &pods.namespace, &resource);
    let config = watcher::Config::default().labels(&pods.selector);
    let mut changes = watcher(objects, config).default_backoff().boxed();
    let mut logs = Logs {
        api,
        pods,
        intake,
        runs: HashMap::new(),
        listed: HashSet::new(),
        tasks: JoinSet::new(),
    };
    let mut trouble = false;
    loop {
        tokio::select! {
            change = changes.next() => match change {
                Some(Ok(change)) => {
                    if std::mem::take(&mut trouble) {
                        info!("the policy-servers' pods can be watched again");
                    }
                    logs.apply(change);
                }
                Some(Err(error)) => {
                    let error = logs.api.failed("watch", watch_error(&error));
                    tell_of_permission(&error);
                    if !std::mem::replace(&mut trouble, true) {
                        warn!(namespace = logs.pods.namespace, "the policy-servers' pods can't be watched: {error}");
                    }
                }
                None => return,
            },
            Some(ended) = logs.tasks.join_next() => match ended {
                Ok(key) => logs.ended(key),
                // Only a bug ends it this way.
                Err(failed) => error!("a log is not read any more: {failed}"),
            },
            () = logs.intake.reports.closed() => return,
        }
    }
}

/// A container, by its pod and name.
type Key = (String, String);

struct Logs {
    api: Api,
    pods: Pods,
    intake: Intake,
    /// The containers whose logs are being read.
    runs: HashMap<Key, watch::Sender<Run>>,
    /// The pods that a list has shown which has begun.
    listed: HashSet<String>,
    tasks: JoinSet<Key>,
}

impl Logs {
    fn apply(&mut self, change: watcher::Event<Pod>) {
        match change {
            watcher::Event::Init => self.listed.clear(),
            watcher::Event::InitApply(pod) => {
                self.listed.extend(pod.metadata.name.clone());
                self.appeared(&pod);
            }
            watcher::Event::InitDone => {
                self.intake.metrics.api_request("watch", "ok");
                let listed = std::mem::take(&mut self.listed);
                self.gone(|pod| !listed.contains(pod));
            }
            watcher::Event::Apply(pod) => self.appeared(&pod),
            watcher::Event::Delete(pod) => {
                let name = pod.metadata.name.unwrap_or_default();
                self.gone(|pod| pod == name);
            }
        }
    }

    /// What these pods' logs still hold is read, and no more.
    fn gone(&self, pods: impl Fn(&str) -> bool) {
        for (_, run) in self.runs.iter().filter(|((pod, _), _)| pods(pod)) {
            run.send_modify(|run| run.gone = true);
        }
    }

    /// A log has been read to its end.
    fn ended(&mut self, key: Key) {
        let run = self.runs.remove(&key).map(|run| run.borrow().clone());
        // Another pod of the same name may have come meanwhile.
        if let Some(run) = run.filter(|run| !run.gone)
            && !self.intake.reports.is_closed()
        {
            self.read(key, run);
        }
    }

    fn appeared(&mut self, pod: &Pod) {
        let Some(name) = pod.metadata.name.as_deref() else {
            return;
        };
        let statuses = pod
            .status
            .iter()
            .flat_map(|status| &status.container_statuses);
        let statuses: HashMap<&str, &ContainerStatus> = statuses
            .map(|status| (status.name.as_str(), status))
            .collect();
        for container in &pod.spec.containers {
            let status = statuses.get(container.name.as_str());
            let run = Run {
                id: status
                    .map(|status| status.container_id.clone())
                    .unwrap_or_default(),
                restarts: status.map_or(0, |status| status.restart_count),
                ended: status.is_some_and(|status| status.state.terminated.is_some()),
                gone: false,
            };
            let key = (name.to_owned(), container.name.clone());
            if let Some(known) = self.runs.get(&key) {
                known.send_if_modified(|known| {
                    let changed = *known != run;
                    *known = run;
                    changed
                });
                continue;
            }
            self.read(key, run);
        }
    }

    /// Begins to read a container's log.
    fn read(&mut self, key: Key, run: Run) {
        let (pod, container) = &key;
        let (sender, runs) = watch::channel(run);
        let source = format!("{}/{pod}/{container}", self.pods.namespace);
        let line = self.pods.positions.get(&source).copied();
        let oldest = self.intake.trust.max_age;
        let oldest = oldest.and_then(|age| Timestamp::now().checked_sub(age).ok());
        let begin = Begin {
            at: line.max(oldest),
            is_line: line.is_some() && line >= oldest,
        };
        let metrics = self.intake.metrics.source(pod, container);
        let path = format!(
            "/api/v1/namespaces/{}/pods/{pod}/log?container={container}&timestamps=true",
            self.pods.namespace
        );
        let (api, intake) = (self.api.clone(), self.intake.clone());
        let log = Log::new(api, intake, path, source, metrics, begin);
        self.runs.insert(key.clone(), sender);
        self.tasks.spawn(async move {
            log.read(runs).await;
            key
        });
    }
}
