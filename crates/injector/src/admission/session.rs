//! A request, from its payload to its answer. Between two steps, the caller looks up one object.
//! See [`Session::step`].
//!
//! A host interrupts a policy that takes too long, and rejects the pod. It can't interrupt a policy
//! that waits for a look-up, and the policy can't cancel the look-up: after a late look-up, the
//! policy is interrupted at the next function that it enters or the next loop. A fallback answer is
//! therefore prepared before each look-up. If the look-up is late, the caller gives this answer,
//! without a function call or a loop (see the policy's `src/guest.rs`).

use std::time::Duration;

use crate::admission::answer::{self, Outcome};
use crate::cluster::host::Host;
use crate::cluster::lookups::{self, Lookups};
use crate::cluster::object::Object;
use crate::inject::deadline::Deadline;
use crate::request::{Payload, Request};
use crate::settings::known::Known;
use crate::settings::rule_cache::{RuleCache, RuleTexts};

/// The deadline of all look-ups, from the request's start. A host's limit of two seconds can mean
/// one second, since the host's clock ticks once a second. The rest of the time is for the rules.
pub const LOOKUP_DEADLINE: Duration = Duration::from_millis(500);

/// The deadline of the rules, from the request's start. The work after it is linear in the size of
/// the pod, and takes a fraction of a second for the largest one.
const RULES_DEADLINE: Duration = Duration::from_millis(700);

/// The maximum number of records of a fallback answer.
pub const FALLBACK_RECORDS: usize = 8;

/// Keeps the texts that arrive during a session.
#[derive(Debug, Default)]
pub struct Store {
    objects: lookups::Store,
    rules: RuleTexts,
}

/// The result of a step.
#[derive(Debug)]
pub enum Step<'s> {
    /// The answer to the request.
    Answer(Vec<u8>),
    /// The caller has to look up an object.
    LookUp(LookUp<'s>),
}

/// A look-up of an object.
#[derive(Debug)]
pub struct LookUp<'s> {
    /// The payload of the host call.
    pub question: &'s [u8],
    /// The answer to the request if the look-up is late.
    pub fallback: &'s mut FallbackAnswer,
}

/// An answer that is prepared before a look-up.
#[derive(Debug, Default)]
pub struct FallbackAnswer {
    /// The answer to the request.
    pub answer: Vec<u8>,
    /// The records to be logged with the answer, and then empty ones. The length is fixed, so that the
    /// records can be logged without a loop.
    pub records: [Vec<u8>; FALLBACK_RECORDS],
}

/// A request that is being answered.
pub struct Session<'a> {
    payload: Payload<'a>,
    lookups: Lookups<'a>,
    rule_cache: RuleCache<'a>,
    /// The objects to be looked up, in reverse order.
    queue: Vec<Object>,
    question: Vec<u8>,
    fallback: FallbackAnswer,
}

impl<'a> Session<'a> {
    /// Starts with a payload. `store` keeps the texts of objects that are looked up.
    ///
    /// # Errors
    /// Returns what is wrong with the payload if it is not JSON in UTF-8.
    pub fn new(payload: &'a [u8], store: &'a Store) -> Result<Self, &'static str> {
        let text = std::str::from_utf8(payload).map_err(|_| "it is not UTF-8")?;
        let payload = Payload::parse(text).map_err(|_| answer::NOT_JSON)?;
        Ok(Self {
            payload,
            lookups: Lookups::new(&store.objects),
            rule_cache: RuleCache::new(&store.rules),
            queue: Vec::new(),
            question: Vec::new(),
            fallback: FallbackAnswer::default(),
        })
    }

    /// Goes on until there is an answer or an object has to be looked up.
    pub fn step(&mut self, host: &impl Host) -> Step<'_> {
        loop {
            while let Some(object) = self.queue.last() {
                if host.elapsed() < LOOKUP_DEADLINE {
                    self.question = object.question();
                    return Step::LookUp(LookUp {
                        question: &self.question,
                        fallback: &mut self.fallback,
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
            let has_passed = || host.elapsed() >= RULES_DEADLINE;
            let (settings, deadline) = (self.payload.settings(), Deadline::when(&has_passed));
            let known = Known {
                lookups: &self.lookups,
                rules: &self.rule_cache,
            };
            let outcome = answer::answer(request, settings, known, &deadline);
            let mut wanted = self.lookups.take_wanted();
            // The wanted objects count as late in this outcome. After the deadline they are late.
            if wanted.is_empty() || host.elapsed() >= LOOKUP_DEADLINE {
                return Step::Answer(outcome.finish(request, host));
            }
            self.fallback = FallbackAnswer::of(outcome, request, host);
            wanted.reverse();
            self.queue = wanted;
        }
    }

    /// Takes the result of the last step's look-up: the object as JSON, or the host's error
    /// message.
    pub fn learn(&mut self, answer: Result<Vec<u8>, String>) {
        if let Some(object) = self.queue.pop() {
            self.lookups.insert(object, answer);
        }
    }
}

impl FallbackAnswer {
    fn of(outcome: Outcome, request: Request<'_, '_>, host: &impl Host) -> Self {
        let made = outcome.records(request, host, FALLBACK_RECORDS);
        let answer = outcome.into_answer(request, made.len());
        let mut records: [Vec<u8>; FALLBACK_RECORDS] = Default::default();
        for (record, made) in records.iter_mut().zip(made) {
            *record = made;
        }
        Self { answer, records }
    }
}
