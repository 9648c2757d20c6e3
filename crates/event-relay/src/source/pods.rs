//! The policy-servers' pods, and the logs of their containers.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

use futures_util::StreamExt;
use http_body_util::BodyExt;
use k8s_openapi::jiff::Timestamp;
use kube::api::{Api as Objects, ApiResource};
use kube::core::Object;
use kube::runtime::{WatchStreamExt, watcher};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tracing::{debug, error, info, warn};

use super::intake::{Intake, Reader};
use crate::cluster::{Api, ApiError, tell_of_permission};
use crate::metrics::OpenSource;

/// A log in which nothing happens for so long is opened anew: its connection may be dead.
const SILENCE: Duration = Duration::from_mins(5);
/// The wait before a log is opened again: doubled from the first to the longest.
const FIRST_WAIT: Duration = Duration::from_millis(200);
const LONGEST_WAIT: Duration = Duration::from_secs(10);
/// So often the log of a container's run before this one is asked for in vain.
const TRIES_OF_PREVIOUS: usize = 5;

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
}

type Pod = Object<Spec, Status>;

/// Which run of a container there is now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Run {
    id: String,
    restarts: u32,
    gone: bool,
}

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
                    let error = logs.api.failed("watch", refusal(&error));
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

/// What the API server said of a watch.
fn refusal(error: &watcher::Error) -> ApiError {
    use kube::Error::Api as Answer;
    match error {
        watcher::Error::InitialListFailed(Answer(status))
        | watcher::Error::WatchStartFailed(Answer(status))
            if status.is_forbidden() =>
        {
            ApiError::Forbidden(status.message.clone())
        }
        _ => ApiError::Unavailable(error.to_string()),
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
        let mut reader = Reader::new(self.intake.clone(), source.clone(), true);
        let begin = self.pods.positions.get(&source).copied();
        let oldest = self.intake.trust.max_age;
        let oldest = oldest.and_then(|age| Timestamp::now().checked_sub(age).ok());
        let begin = begin.max(oldest);
        reader.after(begin);
        let log = Log {
            api: self.api.clone(),
            intake: self.intake.clone(),
            path: format!(
                "/api/v1/namespaces/{}/pods/{pod}/log?container={container}&timestamps=true",
                self.pods.namespace
            ),
            source,
            reader,
            begin,
            restarts: 0,
            tries_of_previous: 0,
            open: None,
        };
        self.runs.insert(key.clone(), sender);
        self.tasks.spawn(async move {
            log.read(runs).await;
            key
        });
    }
}

/// One container's log.
struct Log {
    api: Api,
    intake: Intake,
    path: String,
    source: String,
    reader: Reader,
    begin: Option<Timestamp>,
    /// How often the container had been restarted when its log was last opened.
    restarts: u32,
    tries_of_previous: usize,
    /// Whether the log could be opened when that was last tried.
    open: Option<OpenSource>,
}

/// How a stream of a log ended.
enum End {
    /// As logs end, or by a broken connection; whether anything came.
    Over { read: bool, broken: bool },
    /// Nobody takes reports any more.
    NoReader,
}

impl Log {
    /// Reads it until the pod is gone.
    async fn read(mut self, mut runs: watch::Receiver<Run>) {
        info!(source = self.source, "reading a policy-server's log");
        let mut wait = FIRST_WAIT;
        loop {
            let run = runs.borrow_and_update().clone();
            match self.stream(&run).await {
                Ok(End::NoReader) => break,
                Ok(End::Over { read: true, .. }) => wait = FIRST_WAIT,
                Ok(End::Over { read: false, .. }) => wait = LONGEST_WAIT.min(wait * 2),
                Err(error) => {
                    self.open = None;
                    tell_of_permission(&error);
                    debug!(source = self.source, "the log can't be opened: {error}");
                    wait = LONGEST_WAIT.min(wait * 2);
                }
            }
            if run.gone {
                break;
            }
            // A container that has been started again is no reason to wait.
            let _ = timeout(wait, runs.changed()).await;
        }
        info!(source = self.source, "a policy-server's log has ended");
        self.intake.progress.forget(&self.source);
    }

    /// Opens the log where reading stopped, and reads it as long as it goes on.
    async fn stream(&mut self, run: &Run) -> Result<End, ApiError> {
        if run.restarts > self.restarts {
            // What the run before wrote last may not have been read.
            let path = format!("{}&previous=true{}", self.path, self.since());
            match self.read_stream(&path).await {
                Ok(End::NoReader) => return Ok(End::NoReader),
                Ok(End::Over { read, broken: true }) => {
                    return Ok(End::Over { read, broken: true });
                }
                // It may be gone already.
                Ok(End::Over { .. }) | Err(ApiError::Refused { .. }) => {}
                Err(error) => {
                    self.tries_of_previous += 1;
                    if self.tries_of_previous < TRIES_OF_PREVIOUS {
                        return Err(error);
                    }
                    warn!(
                        source = self.source,
                        "what the container wrote last before it was started again can't be read: {error}"
                    );
                }
            }
        }
        self.restarts = run.restarts;
        self.tries_of_previous = 0;
        let path = format!("{}&follow=true{}", self.path, self.since());
        self.read_stream(&path).await
    }

    /// Whole seconds are all that the kubelet knows here; the reader leaves out what came before.
    fn since(&self) -> String {
        let position = self.reader.position().max(self.begin);
        position.map_or(String::new(), |at| {
            let second = Timestamp::from_second(at.as_second()).unwrap_or(at);
            format!("&sinceTime={second}")
        })
    }

    async fn read_stream(&mut self, path: &str) -> Result<End, ApiError> {
        let position = self.reader.position().max(self.begin);
        self.reader.reset();
        self.reader.after(position);
        let mut body = self.api.open("log", path).await?;
        if self.open.is_none() {
            self.open = Some(self.intake.metrics.source());
        }
        let mut read = false;
        loop {
            let frame = match timeout(SILENCE, body.frame()).await {
                Ok(Some(Ok(frame))) => frame,
                Ok(Some(Err(error))) => {
                    debug!(source = self.source, "the log's stream broke: {error}");
                    return Ok(End::Over { read, broken: true });
                }
                Ok(None) | Err(_) => {
                    return Ok(End::Over {
                        read,
                        broken: false,
                    });
                }
            };
            let Some(chunk) = frame.data_ref() else {
                continue;
            };
            read = true;
            for report in self.reader.read(chunk) {
                if self.intake.reports.send(report).await.is_err() {
                    return Ok(End::NoReader);
                }
            }
            self.reader.note_position();
        }
    }
}
