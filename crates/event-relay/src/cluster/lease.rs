//! Which of the replicas works: the one that holds a Lease.
//!
//! As in client-go's leader election a Lease is taken over when it has not changed for as long as
//! it is valid, **as seen by the clock of whoever waits**: what time the holder believes it to be
//! does not matter. (The crates that there are compare the holder's time with the own clock.)
//!
//! Two replicas may believe for a moment that they hold it, for instance when one was suspended.
//! Nothing depends on that they don't: Events are written on conditions that only one of them can
//! meet. So a holder gives up when it sees that another has it, and not when it can't reach the API
//! server, where it could not write either.
//!
//! The Lease also holds, in an annotation, how far the logs have been dealt with.

use std::collections::BTreeMap;
use std::time::Duration;

use k8s_openapi::api::coordination::v1::{Lease, LeaseSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{MicroTime, ObjectMeta};
use k8s_openapi::jiff::Timestamp;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};
use tracing::{debug, info, warn};

use super::Api;
use crate::api_error::ApiError;
use crate::metrics::Metrics;
use crate::progress::Progress;
use crate::serve::Ready;
use crate::stop::Stop;

/// A Lease that has not changed for so long may be taken over.
const VALID: Duration = Duration::from_secs(9);
/// How often the holder renews it.
const RENEW: Duration = Duration::from_secs(3);
/// How often the others look.
const LOOK: Duration = Duration::from_millis(1500);
/// How long a request may take.
const PATIENCE: Duration = Duration::from_secs(3);
/// The annotation that tells how far the logs have been dealt with.
const POSITIONS_ANNOTATION: &str = "pod-injector.kubewarden.io/positions";
/// For so long it tells of a log that is not there any more.
const KEPT_FOR: Duration = Duration::from_hours(24);
/// The most logs that it tells of.
const POSITIONS: usize = 500;

/// Where reading begins, by source.
pub type Positions = BTreeMap<String, Timestamp>;

/// Whether this replica works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Role {
    /// Another one does, or it is not known yet.
    Standby,
    /// This one does, and begins where the last one stopped.
    Leader(Positions),
}

/// The election, from one replica's side.
pub struct Election {
    /// The API server.
    pub api: Api,
    /// The Lease's namespace.
    pub namespace: String,
    /// The Lease's name.
    pub name: String,
    /// What this replica is called. No other one may be called the same.
    pub identity: String,
    /// How far the logs have been dealt with.
    pub progress: Progress,
    /// Says who leads.
    pub metrics: Metrics,
    /// Hears that the Lease could be read: a replica that waits for its turn is ready too.
    pub ready: Ready,
}

/// The Lease as it was when it last changed.
struct Seen {
    version: Option<String>,
    since: Instant,
}

impl Election {
    /// Takes part until it is told to stop.
    pub async fn run(&self, role: &watch::Sender<Role>, stop: &Stop) {
        let mut seen = Seen {
            version: None,
            since: Instant::now(),
        };
        let mut trouble = false;
        loop {
            let leads = *role.borrow() != Role::Standby;
            let step = timeout(PATIENCE, self.step(&mut seen, leads)).await;
            let step = step.unwrap_or_else(|_| Err(ApiError::Unavailable("no answer".to_owned())));
            if step.is_ok() {
                self.ready.set(true);
            }
            match step {
                Ok(Some(positions)) => {
                    if !leads {
                        info!(lease = self.name, "this replica works now");
                        self.metrics.leads(true);
                        role.send_replace(Role::Leader(positions));
                    }
                    trouble = false;
                }
                Ok(None) => {
                    if leads {
                        warn!(lease = self.name, "another replica works now");
                        self.metrics.leads(false);
                        role.send_replace(Role::Standby);
                    }
                    trouble = false;
                }
                Err(ApiError::Conflict | ApiError::AlreadyExists) => {}
                Err(error) => {
                    if !std::mem::replace(&mut trouble, true) {
                        warn!(
                            lease = self.name,
                            "the Lease can't be read or written: {error}"
                        );
                    }
                    debug!("{error}");
                }
            }
            let leads = *role.borrow() != Role::Standby;
            tokio::select! {
                () = sleep(if leads { RENEW } else { LOOK }) => {}
                () = stop.stopped() => break,
            }
        }
    }

    /// Gives the Lease back, so that another replica need not wait.
    ///
    /// # Errors
    ///
    /// See [`ApiError`]. The others wait, then.
    pub async fn release(&self) -> Result<(), ApiError> {
        let lease: Lease = self.api.get(&self.path()).await?;
        if holder(&lease) != self.identity {
            return Ok(());
        }
        let mut lease = self.renewed(lease);
        if let Some(spec) = &mut lease.spec {
            spec.holder_identity = None;
        }
        let _: Lease = self.api.update(&self.path(), &lease).await?;
        Ok(())
    }

    /// Takes, renews or watches the Lease. Where reading begins, if this replica has it.
    async fn step(&self, seen: &mut Seen, leads: bool) -> Result<Option<Positions>, ApiError> {
        let lease: Lease = match self.api.get(&self.path()).await {
            Ok(lease) => lease,
            Err(ApiError::NotFound(_)) => {
                let lease = self.renewed(Lease::default());
                let created: Lease = self.api.create(&self.collection(), &lease).await?;
                return Ok(Some(positions(&created)));
            }
            Err(error) => return Err(error),
        };
        if seen.version != lease.metadata.resource_version {
            seen.version.clone_from(&lease.metadata.resource_version);
            seen.since = Instant::now();
        }
        let holder = holder(&lease);
        let mine = holder == self.identity;
        let free = holder.is_empty() || seen.since.elapsed() >= valid(&lease);
        if !mine && !free {
            return Ok(None);
        }
        let positions = positions(&lease);
        // Whoever begins goes on where the one before stopped.
        let lease = if leads {
            self.renewed(lease)
        } else {
            self.held(lease)
        };
        let updated: Lease = self.api.update(&self.path(), &lease).await?;
        seen.version = updated.metadata.resource_version;
        seen.since = Instant::now();
        Ok(Some(positions))
    }

    /// The Lease in this replica's name.
    fn held(&self, mut lease: Lease) -> Lease {
        let spec = lease.spec.get_or_insert_default();
        if spec.holder_identity.as_ref() != Some(&self.identity) {
            spec.holder_identity = Some(self.identity.clone());
            spec.acquire_time = Some(MicroTime(Timestamp::now()));
            spec.lease_transitions = Some(spec.lease_transitions.unwrap_or(0).saturating_add(1));
        }
        spec.renew_time = Some(MicroTime(Timestamp::now()));
        spec.lease_duration_seconds = i32::try_from(VALID.as_secs()).ok();
        lease
    }

    /// The Lease renewed, with how far the logs have been dealt with.
    fn renewed(&self, mut lease: Lease) -> Lease {
        let mut all = positions(&lease);
        let long_ago = Timestamp::now()
            .checked_sub(KEPT_FOR)
            .unwrap_or(Timestamp::MIN);
        all.retain(|_, at| *at > long_ago);
        all.extend(self.progress.positions());
        while all.len() > POSITIONS {
            let oldest = all
                .iter()
                .min_by_key(|(_, at)| **at)
                .map(|(source, _)| source.clone());
            all.remove(&oldest.unwrap_or_default());
        }
        lease.metadata.name = Some(self.name.clone());
        lease.metadata.namespace = Some(self.namespace.clone());
        let text = serde_json::to_string(&all).unwrap_or_default();
        let annotations = lease.metadata.annotations.get_or_insert_default();
        annotations.insert(POSITIONS_ANNOTATION.to_owned(), text);
        self.held(lease)
    }

    fn collection(&self) -> String {
        format!(
            "/apis/coordination.k8s.io/v1/namespaces/{}/leases",
            self.namespace
        )
    }

    fn path(&self) -> String {
        format!("{}/{}", self.collection(), self.name)
    }
}

fn holder(lease: &Lease) -> &str {
    let spec = lease.spec.as_ref();
    spec.and_then(|spec| spec.holder_identity.as_deref())
        .unwrap_or_default()
}

fn valid(lease: &Lease) -> Duration {
    let spec: Option<&LeaseSpec> = lease.spec.as_ref();
    let seconds = spec.and_then(|spec| spec.lease_duration_seconds);
    seconds
        .and_then(|seconds| u64::try_from(seconds).ok())
        .map_or(VALID, Duration::from_secs)
}

fn positions(lease: &Lease) -> Positions {
    let metadata: &ObjectMeta = &lease.metadata;
    let text = metadata
        .annotations
        .as_ref()
        .and_then(|all| all.get(POSITIONS_ANNOTATION));
    text.and_then(|text| serde_json::from_str(text).ok())
        .unwrap_or_default()
}
