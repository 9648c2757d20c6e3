//! A request, from its payload to its answer, in steps between which objects are looked up.
//!
//! A host interrupts a policy that takes too long, and rejects the pod. It can't do so while the
//! policy waits for it, and no policy can end a call to its host: one that waits for too long is
//! interrupted at the next step that it takes by itself. So an answer is made ready before each
//! look-up, and if that takes too long, then all that is left to do is to hand the answer over,
//! which takes no step (see the module's `guest.rs`).

use std::mem::ManuallyDrop;
use std::time::Duration;

use crate::admission::answer::{self, Attempt};
use crate::admission::event;
use crate::cluster::host::Host;
use crate::cluster::lookups::{Lookups, Store};
use crate::cluster::object::Object;
use crate::inject::deadline::Time;
use crate::request::{Payload, Request};

/// The time from the request's start in which look-ups have to be done. A host's limit of two
/// seconds is anything from one second to two, since its clock ticks once a second. What is left is
/// for the rules.
pub const PATIENCE: Duration = Duration::from_millis(500);

/// The time from the request's start that rules have. What comes after it is in proportion to the pod,
/// and a fraction of a second for the longest.
const RULES_PATIENCE: Duration = Duration::from_millis(700);

/// The most records that are made ready with an answer.
pub const RECORDS: usize = 8;

/// What comes next.
#[derive(Debug)]
pub enum Step<'s> {
    /// This is the answer.
    Answer(Vec<u8>),
    /// An object is to be looked up.
    LookUp(LookUp<'s>),
}

/// A look-up.
#[derive(Debug, Clone, Copy)]
pub struct LookUp<'s> {
    /// The payload of the host call.
    pub question: &'s [u8],
    /// The answer to the request where the call takes too long.
    pub in_vain: &'s InVain,
}

/// An answer that is made ready before it is known whether it is needed.
#[derive(Debug, Default)]
pub struct InVain {
    /// The answer to the request.
    pub answer: Vec<u8>,
    /// What has to be logged with it.
    pub records: Vec<Vec<u8>>,
}

/// A request that is being answered.
pub struct Session<'a> {
    // An instance answers once, and its memory goes with it as a whole.
    payload: ManuallyDrop<Payload<'a>>,
    lookups: Lookups<'a>,
    queue: Vec<Object>,
    question: Vec<u8>,
    in_vain: InVain,
}

impl<'a> Session<'a> {
    /// Starts with a payload.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn new(payload: &'a [u8], store: &'a Store) -> Result<Self, &'static str> {
        let text = std::str::from_utf8(payload).map_err(|_| "it is not UTF-8")?;
        let payload = Payload::parse(text).map_err(|_| answer::NOT_JSON)?;
        Ok(Self {
            payload: ManuallyDrop::new(payload),
            lookups: Lookups::new(store),
            queue: Vec::new(),
            question: Vec::new(),
            in_vain: InVain::default(),
        })
    }

    /// Goes on until something has to be looked up.
    pub fn step(&mut self, host: &impl Host) -> Step<'_> {
        loop {
            while let Some(object) = self.queue.last() {
                if host.elapsed() < PATIENCE {
                    self.question = object.question();
                    return Step::LookUp(LookUp {
                        question: &self.question,
                        in_vain: &self.in_vain,
                    });
                }
                self.queue
                    .drain(..)
                    .for_each(|object| self.lookups.give_up(object));
            }
            let request = self.payload.request();
            let Some(request) = request.filter(|request| request.creates_pod()) else {
                return Step::Answer(answer::untouched());
            };
            let is_up = || host.elapsed() >= RULES_PATIENCE;
            let (settings, time) = (self.payload.settings(), Time::until(&is_up));
            let attempt = answer::attempt(request, settings, &self.lookups, &time);
            let mut wanted = self.lookups.take_wanted();
            // What is not known counts as late: where it is late, that is the answer.
            if wanted.is_empty() || host.elapsed() >= PATIENCE {
                return Step::Answer(attempt.finish(request, host));
            }
            self.in_vain = InVain::of(attempt, request, host);
            wanted.reverse();
            self.queue = wanted;
        }
    }

    /// Takes what the look-up of the last step has brought.
    pub fn learn(&mut self, answer: Result<Vec<u8>, String>) {
        if let Some(object) = self.queue.pop() {
            self.lookups.learn(object, answer);
        }
    }
}

impl InVain {
    fn of(attempt: Attempt, request: Request<'_, '_>, host: &impl Host) -> Self {
        let Attempt {
            mut response,
            failures,
        } = attempt;
        if request.dry_run() {
            return Self {
                answer: response.into_json(),
                records: Vec::new(),
            };
        }
        let now = host.now();
        let records = failures.iter().take(RECORDS);
        let records = records.map(|failure| event::payload(failure, request, now));
        let records: Vec<_> = records.collect();
        answer::warn_of_lost(
            failures.len() - records.len(),
            failures.len(),
            &mut response,
        );
        Self {
            answer: response.into_json(),
            records,
        }
    }
}
