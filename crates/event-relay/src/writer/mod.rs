//! From reports to Events.
//!
//! A failure of a workload's pod is counted on the workload's Event first; that Event is the
//! record of what has been dealt with. Then, if it is one of the first, its pod gets an Event too.
//! Reports that come while an Event is being written are counted together by the next write, so
//! that a thousand failures of one workload in a second cost one request, not a thousand.
//!
//! One task owns all state. Requests are made by tasks of their own, which hand their part of the
//! state back when they are done; at most one at a time writes to one Event.

mod context;
mod describe;
mod flush;
mod slot;
mod workload;

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::panic::resume_unwind;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};
use tracing::{debug, warn};

pub use self::context::{Context, Resolver};
use self::describe::Described;
use self::flush::{Flushed, Outcome};
use self::slot::Slot;
use self::workload::{Topmost, Workload};
use crate::event::{Key, namespace_object, pod_event_name};
use crate::object::Object;
use crate::progress::HELD;
use crate::report::{Report, Standing, Subject};
use crate::stop::Stop;

/// The most Events whose memory is kept at hand while nothing happens to them.
const IDLE_SLOTS: usize = 500;
/// So long is the memory of an Event kept at hand.
const IDLE_FOR: Duration = Duration::from_mins(10);
/// So many pods of one namespace may wait for their Events. The failures of more are told on their
/// workloads' Events alone, or on the namespace's.
const PODS_AT_ONCE: usize = 200;
/// So many pods' Events are remembered as written.
const REMEMBERED: usize = 10_000;

/// What a task hands back.
enum Done {
    Workload(Box<Workload>),
    Flushed(Box<Flushed>),
    Described(String, Described),
}

/// Writes Events.
pub struct Writer {
    context: Arc<Context>,
    slots: HashMap<Key, Slot>,
    due: BTreeSet<(Instant, Key)>,
    workloads: workload::Cache,
    /// Reports that wait for their workload to be known.
    parked: HashMap<(String, Object), Vec<Report>>,
    described: Remembered,
    /// How many pods of each namespace wait for their Events.
    describing: HashMap<String, usize>,
    tasks: JoinSet<Done>,
    tidied: Instant,
}

impl Writer {
    /// A writer.
    pub fn new(context: Context) -> Self {
        Self {
            context: Arc::new(context),
            slots: HashMap::new(),
            due: BTreeSet::new(),
            workloads: workload::Cache::default(),
            parked: HashMap::new(),
            described: Remembered::default(),
            describing: HashMap::new(),
            tasks: JoinSet::new(),
            tidied: Instant::now(),
        }
    }

    /// Writes until the reports end and everything is written; or, once it is told to stop, until
    /// `grace` is over. Gives the number of reports that were not dealt with.
    pub async fn run(
        mut self,
        mut reports: mpsc::Receiver<Report>,
        stop: Stop,
        grace: Duration,
    ) -> usize {
        let mut open = true;
        let mut deadline: Option<Instant> = None;
        loop {
            self.start_due();
            if !open && self.is_idle() {
                return 0;
            }
            let next = self.due.first().map(|(at, _)| *at);
            let room = self.context.progress.in_work() < HELD;
            tokio::select! {
                report = reports.recv(), if open && room => match report {
                    Some(report) => self.accept(report),
                    None => open = false,
                },
                Some(done) = self.tasks.join_next() => match done {
                    Ok(done) => self.done(done),
                    // Only a bug ends a task this way, and there is no going on without its part of the
                    // state. (A release aborts by itself.)
                    Err(failed) => resume_unwind(failed.into_panic()),
                },
                () = sleep_until(next.unwrap_or_else(Instant::now)), if next.is_some() => {}
                () = stop.stopped(), if deadline.is_none() => {
                    reports.close();
                    self.hurry();
                    deadline = Some(Instant::now() + grace);
                }
                () = sleep_until(deadline.unwrap_or_else(Instant::now)), if deadline.is_some() => {
                    self.context.progress.freeze();
                    return self.context.progress.open().1;
                }
            }
            self.tidy();
        }
    }

    fn is_idle(&self) -> bool {
        self.due.is_empty() && self.tasks.is_empty() && self.parked.is_empty()
    }

    /// Takes a report in: to its Event, once it is known which.
    fn accept(&mut self, report: Report) {
        match &report.subject {
            Subject::Other(object) => {
                let object = object.clone();
                self.count(Topmost::alone(object), report);
            }
            Subject::Pod(pod) => match &pod.controller {
                None if report.standing == Standing::Unconfirmed => {
                    self.context.metrics.unconfirmed(false);
                }
                None => self.describe(report),
                Some(controller) => {
                    let key = (report.namespace.clone(), controller.clone());
                    if let Some(workload) = self.workloads.get(&key) {
                        self.count(workload, report);
                    } else if let Some(parked) = self.parked.get_mut(&key) {
                        parked.push(report);
                    } else {
                        self.parked.insert(key.clone(), vec![report]);
                        let context = Arc::clone(&self.context);
                        self.tasks.spawn(async move {
                            Done::Workload(Box::new(workload::find(&context, key).await))
                        });
                    }
                }
            },
        }
    }

    /// Has a report counted on an object's Event.
    fn count(&mut self, workload: Topmost, report: Report) {
        if report.standing == Standing::Unconfirmed {
            self.context.metrics.unconfirmed(workload.exists);
            if !workload.exists {
                return;
            }
        }
        let key = Key::new(&report, workload.object, workload.family);
        let slot = self.slots.entry(key.clone()).or_default();
        slot.push(report);
        self.schedule(key);
    }

    fn schedule(&mut self, key: Key) {
        let Some(slot) = self.slots.get_mut(&key) else {
            return;
        };
        if let Some(at) = slot.schedule() {
            self.due.insert((at, key));
        }
    }

    /// Lets every write begin at once. Those that fail still wait before the next try.
    fn hurry(&mut self) {
        let now = Instant::now();
        let due = std::mem::take(&mut self.due);
        self.due = due.into_iter().map(|(_, key)| (now, key)).collect();
    }

    /// Starts the writes whose time has come.
    fn start_due(&mut self) {
        let now = Instant::now();
        while self.due.first().is_some_and(|(at, _)| *at <= now) {
            let Some((_, key)) = self.due.pop_first() else {
                return;
            };
            if let Some((cached, reports)) = self.slots.get_mut(&key).and_then(Slot::start) {
                let context = Arc::clone(&self.context);
                self.tasks.spawn(async move {
                    let flushed = flush::flush(&context, key, cached, reports).await;
                    Done::Flushed(Box::new(flushed))
                });
            }
        }
    }

    /// Gives a report's pod its own Event.
    fn describe(&mut self, report: Report) {
        let namespace = report.namespace.clone();
        if self.describing.get(&namespace).copied().unwrap_or_default() >= PODS_AT_ONCE {
            self.context.metrics.summed_up();
            if !has_controller(&report) {
                self.count(Topmost::alone(namespace_object(&namespace)), report);
            }
            return;
        }
        let name = (report.namespace.clone(), pod_event_name(&report));
        if !self.described.insert(name) {
            // One with a controller was counted with its workload's Event.
            if !has_controller(&report) {
                self.context.metrics.known();
            }
            return;
        }
        *self.describing.entry(namespace.clone()).or_default() += 1;
        let context = Arc::clone(&self.context);
        self.tasks.spawn(async move {
            let described = describe::describe(&context, report).await;
            Done::Described(namespace, described)
        });
    }

    fn done(&mut self, done: Done) {
        match done {
            Done::Workload(workload) => {
                let Workload { key, topmost } = *workload;
                let parked = self.parked.remove(&key).unwrap_or_default();
                self.workloads.insert(key, topmost.clone());
                for report in parked {
                    self.count(topmost.clone(), report);
                }
            }
            Done::Flushed(flushed) => self.flushed(*flushed),
            Done::Described(namespace, described) => {
                if let Some(count) = self.describing.get_mut(&namespace) {
                    *count -= 1;
                    if *count == 0 {
                        self.describing.remove(&namespace);
                    }
                }
                let Described::NoPod(report) = described else {
                    return;
                };
                self.context.metrics.unresolved();
                if !has_controller(&report) {
                    let namespace = namespace_object(&report.namespace);
                    self.count(Topmost::alone(namespace), *report);
                }
            }
        }
    }

    fn flushed(&mut self, flushed: Flushed) {
        let Flushed {
            key,
            cached,
            outcome,
        } = flushed;
        let Some(slot) = self.slots.get_mut(&key) else {
            return;
        };
        let metrics = &self.context.metrics;
        match outcome {
            Outcome::Written(describe) => {
                slot.written(cached);
                let confirmed = |report: &Report| report.standing != Standing::Unconfirmed;
                for report in describe.into_iter().filter(confirmed) {
                    // Where the pod is the report's own affair, it was looked for already.
                    if has_controller(&report) {
                        self.describe(report);
                    }
                }
            }
            Outcome::Again { reports, error } => {
                metrics.retried(error.label());
                let (trust, now) = (&self.context.trust, k8s_openapi::jiff::Timestamp::now());
                let (old, reports): (Vec<_>, Vec<_>) = reports
                    .into_iter()
                    .partition(|report| trust.is_old(report.time, now));
                if !old.is_empty() {
                    metrics.dropped("expired", old.len());
                    warn!(
                        records = old.len(),
                        namespace = key.namespace,
                        "records dropped: {error}"
                    );
                }
                debug!(
                    namespace = key.namespace,
                    "an Event will be written later: {error}"
                );
                slot.failed(cached, reports);
            }
            Outcome::Drop { reports, error } => {
                metrics.dropped(error.label(), reports.len());
                warn!(
                    records = reports.len(),
                    namespace = key.namespace,
                    object = format!("{}/{}", key.object.kind, key.object.name),
                    reason = key.reason,
                    "records dropped: {error}"
                );
                slot.written(None);
            }
        }
        self.schedule(key);
    }

    /// Forgets what can be read again when it is needed.
    fn tidy(&mut self) {
        let crowded = self.slots.len() > 2 * IDLE_SLOTS;
        if self.tidied.elapsed() < Duration::from_mins(1) && !crowded {
            return;
        }
        self.tidied = Instant::now();
        self.workloads.tidy();
        let idle_for = if crowded { Duration::ZERO } else { IDLE_FOR };
        self.slots.retain(|_, slot| !slot.is_idle(idle_for));
    }
}

fn has_controller(report: &Report) -> bool {
    matches!(&report.subject, Subject::Pod(pod) if pod.controller.is_some())
}

/// The names of the last Events that were written on pods.
#[derive(Default)]
struct Remembered {
    names: HashSet<(String, String)>,
    order: VecDeque<(String, String)>,
}

impl Remembered {
    /// Whether it is a new name.
    fn insert(&mut self, name: (String, String)) -> bool {
        if !self.names.insert(name.clone()) {
            return false;
        }
        self.order.push_back(name);
        if self.order.len() > REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.names.remove(&oldest);
        }
        true
    }
}
