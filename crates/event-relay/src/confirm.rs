//! Records meet pods: the pod is the proof. See [`Confirmer::run`].
//!
//! A record of a policy that stamps pods is a claim, and waits for the pod that confirms it. A stamped
//! pod whose record does not come within some seconds is reported from its stamp. A failure is
//! reported once, whichever comes first.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::jiff::Timestamp;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use crate::cluster::stamped::Change;
use crate::index::{Answer, Found, Index};
use crate::metrics::Metrics;
use crate::progress::{HELD, Progress, Ticket};
use crate::report::{PodSubject, Report, SourceId, Standing, Subject};
use crate::seen::Seen;
use crate::stamp::{ACTION, COMPONENT, Failure, Stamped};
use crate::trust::{Refused, Trust};

/// The name of the stamped pods among the sources whose progress is kept.
pub const PODS: &str = "pods";
/// How long a stamped pod waits for its record, which names the part of the pod that failed.
const RECORD_TIMEOUT: Duration = Duration::from_secs(3);
/// How long after a failed watch records wait for pods at least: the next try may be so far away.
const WATCH_TIMEOUT: Duration = Duration::from_secs(40);
/// Pods are dated in whole seconds.
const SECOND: Duration = Duration::from_secs(1);
/// The most records of one namespace that wait for their pods.
const NAMESPACE_RECORDS: usize = 2000;
/// The most stamps whose messages are held; the others tell of a failure without one.
const MESSAGES: usize = 10_000;
/// Once the records have ended, how long to wait for a list of pods.
const LIST_TIMEOUT: Duration = Duration::from_mins(1);
/// How often old pods are forgotten.
const TIDY_EVERY: Duration = Duration::from_mins(1);

/// How records and pods meet.
pub struct Config {
    /// How long a record waits for its pod.
    pub wait_for_pod: Duration,
    /// Whether pods whose record does not come are reported.
    pub report_stamps: bool,
    /// Whether logs are read. If not, no stamp waits for a record.
    pub read_logs: bool,
    /// Stamped pods that were created before were counted in the metrics by an earlier leader.
    pub counted_before: Option<Timestamp>,
    /// How many lists of pods there are.
    pub lists: usize,
}

/// A request, by its namespace and uid.
type Request = (String, String);

/// Decides which failures are reported.
pub struct Confirmer {
    config: Config,
    trust: Trust,
    index: Index,
    metrics: Metrics,
    progress: Progress,
    seen: Seen,
    /// Records that wait for their pods.
    waiting: HashMap<Request, Vec<Report>>,
    deadlines: VecDeque<(Instant, Request)>,
    /// How many of each namespace wait.
    of_namespace: HashMap<String, usize>,
    held: usize,
    /// Stamps that wait for their records.
    stamps: VecDeque<(Instant, Stamped, Arc<Ticket>)>,
    /// Pods of lists that are not yet whole.
    listed: BTreeMap<usize, Vec<Stamped>>,
    /// Lists that were never whole.
    missing: Vec<usize>,
    /// No record is given up before this.
    not_before: Instant,
    tidied: Instant,
    /// When the records ended.
    ended: Option<Instant>,
    out: VecDeque<Report>,
}

impl Confirmer {
    /// One that has seen no pod yet.
    pub fn new(
        config: Config,
        trust: Trust,
        index: Index,
        metrics: Metrics,
        progress: Progress,
    ) -> Self {
        Self {
            missing: (0..config.lists).collect(),
            config,
            trust,
            index,
            metrics,
            progress,
            seen: Seen::default(),
            waiting: HashMap::new(),
            deadlines: VecDeque::new(),
            of_namespace: HashMap::new(),
            held: 0,
            stamps: VecDeque::new(),
            listed: BTreeMap::new(),
            not_before: Instant::now(),
            tidied: Instant::now(),
            ended: None,
            out: VecDeque::new(),
        }
    }

    /// Takes records and changes of pods. Gives reports until the records end and none waits, or until
    /// nobody takes reports any more.
    pub async fn run(
        mut self,
        mut records: mpsc::Receiver<Report>,
        mut changes: mpsc::Receiver<Change>,
        reports: mpsc::Sender<Report>,
    ) {
        loop {
            self.advance(Instant::now());
            self.progress.set_waiting(self.held + self.stamps.len());
            while let Some(report) = self.out.pop_front() {
                if reports.send(report).await.is_err() {
                    return;
                }
            }
            if self.ended.is_some() && self.held == 0 && self.stamps.is_empty() {
                break;
            }
            let next = self.next();
            tokio::select! {
                record = records.recv(), if self.ended.is_none() && self.held < HELD => match record {
                    Some(record) => self.record(record, Instant::now()),
                    None => self.ended = Some(Instant::now()),
                },
                Some(change) = changes.recv() => self.change(change, Instant::now()),
                () = sleep_until(next.unwrap_or_else(Instant::now)), if next.is_some() => {}
                () = reports.closed() => return,
            }
        }
        // Nothing more is reported. But pods may still be looked for.
        drop(reports);
        while let Some(change) = changes.recv().await {
            self.change(change, Instant::now());
        }
    }

    /// When something is due next.
    fn next(&self) -> Option<Instant> {
        let record = self.deadlines.front().map(|(at, _)| *at);
        let record = record.zip(self.listed_at()).map(|(at, then)| at.max(then));
        let stamp = self.stamps.front().map(|(at, _, _)| *at);
        [record, stamp].into_iter().flatten().min()
    }

    /// No record is given up before this: until then its pod may be missing from the lists.
    fn listed_at(&self) -> Option<Instant> {
        if self.missing.is_empty() {
            Some(self.not_before)
        } else {
            self.ended.map(|ended| ended + LIST_TIMEOUT)
        }
    }

    fn record(&mut self, report: Report, now: Instant) {
        if report.standing == Standing::Believed {
            self.report(report);
            return;
        }
        let Some(report) = self.ask(report) else {
            return;
        };
        let of_namespace = self
            .of_namespace
            .entry(report.namespace.clone())
            .or_default();
        if *of_namespace >= NAMESPACE_RECORDS {
            // A pod that confirms the failure reports it too.
            self.metrics.dropped("namespace_full", 1);
            return;
        }
        *of_namespace += 1;
        self.held += 1;
        let request = (report.namespace.clone(), report.request.clone());
        let waiting = self.waiting.entry(request.clone()).or_default();
        if waiting.is_empty() {
            let deadline = now + self.config.wait_for_pod;
            self.deadlines.push_back((deadline, request));
        }
        waiting.push(report);
    }

    /// Asks the pod of a record. Gives the record back if there is none.
    fn ask(&mut self, mut report: Report) -> Option<Report> {
        let Report {
            namespace,
            request,
            rule,
            reason,
            ..
        } = &report;
        match self.index.confirm(namespace, request, rule, reason) {
            Answer::NoPod => return Some(report),
            Answer::No => self.metrics.refused(Refused::Stamp.label()),
            Answer::Again => self.metrics.known(),
            Answer::Yes(found) => {
                report.ticket = Some(self.ticket(found.created));
                self.report(confirmed(report, *found));
            }
        }
        None
    }

    fn change(&mut self, change: Change, now: Instant) {
        match change {
            Change::Listing(list) => drop(self.listed.insert(list, Vec::new())),
            Change::Listed(list, pod) => self.listed.entry(list).or_default().push(*pod),
            Change::Whole(list) => {
                let mut pods = self.listed.remove(&list).unwrap_or_default();
                // The Events' counts rely on this order.
                pods.sort_by_key(|pod| pod.created);
                for pod in pods {
                    self.pod(pod, now);
                }
                if self.missing.contains(&list) {
                    self.missing.retain(|missing| *missing != list);
                    if self.missing.is_empty() {
                        self.index.set_whole();
                    }
                    self.not_before = now + self.config.wait_for_pod;
                }
            }
            Change::Created(pod) => self.pod(*pod, now),
            Change::Broken => self.not_before = now + WATCH_TIMEOUT,
        }
    }

    fn pod(&mut self, mut pod: Stamped, now: Instant) {
        if !self.index.insert(&pod) {
            return;
        }
        let request = (pod.namespace.clone(), pod.request.clone());
        for record in self.take_waiting(&request) {
            // The pod is there.
            drop(self.ask(record));
        }
        if !self.config.report_stamps || pod.failures.is_empty() {
            return;
        }
        if self.stamps.len() >= MESSAGES {
            for failure in &mut pod.failures {
                "a rule was not applied: see the pod's annotations"
                    .clone_into(&mut failure.message);
            }
        }
        let ticket = self.ticket(pod.created);
        let wait = if self.config.read_logs {
            RECORD_TIMEOUT
        } else {
            Duration::ZERO
        };
        self.stamps.push_back((now + wait, pod, ticket));
    }

    /// Whatever is due.
    fn advance(&mut self, now: Instant) {
        while self.stamps.front().is_some_and(|(at, _, _)| *at <= now) {
            if let Some((_, pod, ticket)) = self.stamps.pop_front() {
                self.stamp(&pod, &ticket);
                // Those of the same second came with it.
                self.progress.read_to(PODS, pod.created + SECOND);
            }
        }
        while self.listed_at().is_some_and(|at| at <= now)
            && self.deadlines.front().is_some_and(|(at, _)| *at <= now)
        {
            if let Some((_, request)) = self.deadlines.pop_front() {
                for report in self.take_waiting(&request) {
                    self.give_up(report);
                }
            }
        }
        if now.duration_since(self.tidied) >= TIDY_EVERY {
            self.tidied = now;
            if let Some(oldest) = self.trust.oldest(Timestamp::now()) {
                self.index.forget_before(oldest);
            }
        }
    }

    /// Reports what no record has told of.
    fn stamp(&mut self, pod: &Stamped, ticket: &Arc<Ticket>) {
        for failure in &pod.failures {
            let Failure { rule, reason, .. } = failure;
            let answer = self
                .index
                .confirm(&pod.namespace, &pod.request, rule, reason);
            if let Answer::Yes(found) = answer {
                self.metrics.stamp();
                let report = of_stamp(pod, failure, Some(Arc::clone(ticket)));
                self.report(confirmed(report, *found));
            }
        }
    }

    /// No pod has come.
    fn give_up(&mut self, report: Report) {
        if self.trust.is_old(report.time, Timestamp::now()) {
            self.metrics.dropped("expired", 1);
        } else {
            self.out.push_back(report);
        }
    }

    /// Hands a failure on, and counts it where it is new.
    fn report(&mut self, mut report: Report) {
        let replayed = report.standing == Standing::Confirmed
            && self
                .config
                .counted_before
                .is_some_and(|then| report.time < then);
        if self.seen.insert(&mut report) && !replayed {
            self.metrics.failure(&report);
        }
        self.out.push_back(report);
    }

    fn ticket(&self, created: Timestamp) -> Arc<Ticket> {
        self.progress.begin(Some((PODS, created)), created)
    }

    fn take_waiting(&mut self, request: &Request) -> Vec<Report> {
        let reports = self.waiting.remove(request).unwrap_or_default();
        self.held -= reports.len();
        if let Some(count) = self.of_namespace.get_mut(&request.0) {
            *count -= reports.len();
            if *count == 0 {
                self.of_namespace.remove(&request.0);
            }
        }
        reports
    }
}

/// The report, with what the API server says of the pod in place of what the record says.
fn confirmed(report: Report, found: Found) -> Report {
    let field_path = match report.subject {
        Subject::Pod(pod) => pod.field_path,
        Subject::Other(_) => None,
    };
    let Found {
        pod,
        controller,
        created,
    } = found;
    Report {
        subject: Subject::Pod(PodSubject {
            name: Some(pod.name.clone()),
            controller,
            field_path,
            found: Some(pod),
        }),
        time: created,
        logged: created,
        source: SourceId::PODS,
        standing: Standing::Confirmed,
        ..report
    }
}

/// What a stamp tells by itself.
fn of_stamp(pod: &Stamped, failure: &Failure, ticket: Option<Arc<Ticket>>) -> Report {
    Report {
        namespace: pod.namespace.clone(),
        subject: Subject::Pod(PodSubject::default()),
        rule: failure.rule.clone(),
        reason: failure.reason.clone(),
        action: ACTION.to_owned(),
        message: failure.message.clone(),
        warning: true,
        component: COMPONENT.to_owned(),
        request: pod.request.clone(),
        time: pod.created,
        logged: pod.created,
        source: SourceId::PODS,
        standing: Standing::Confirmed,
        sent: false,
        ticket,
    }
}
