//! Failures that this process has counted in its metrics. See [`Seen`].

use std::collections::{HashMap, HashSet, VecDeque};

use crate::report::{Report, short_hash};

/// The most failures that are remembered.
const FAILURES: usize = 20_000;
/// The most rules of one request that are told apart; the others are summed up in one.
const RULES: usize = 32;
/// The rule of failures that are summed up.
const SUMMED_UP: &str = "*";

type Id = [u8; 6];

/// Remembers the last failures, by their hashes.
#[derive(Default)]
pub(crate) struct Seen {
    ids: HashSet<Id>,
    /// How many rules of a request failed.
    rules: HashMap<Id, usize>,
    /// Failures with their requests, the oldest first.
    order: VecDeque<(Id, Id)>,
}

impl Seen {
    /// Whether a failure is new. One rule too many of a request is summed up with others of its kind.
    pub(crate) fn insert(&mut self, report: &mut Report) -> bool {
        let request = short_hash(&[&report.namespace, &report.request]);
        let id = id(report);
        if self.ids.contains(&id) {
            return false;
        }
        let count = self.rules.entry(request).or_default();
        if *count >= RULES {
            SUMMED_UP.clone_into(&mut report.rule);
            "more rules failed for the same request".clone_into(&mut report.message);
            let summed_up = self::id(report);
            if self.ids.contains(&summed_up) {
                return false;
            }
            return self.remember(summed_up, request);
        }
        self.remember(id, request)
    }

    fn remember(&mut self, id: Id, request: Id) -> bool {
        self.ids.insert(id);
        *self.rules.entry(request).or_default() += 1;
        self.order.push_back((id, request));
        if self.order.len() > FAILURES
            && let Some((oldest, request)) = self.order.pop_front()
        {
            self.ids.remove(&oldest);
            if let Some(count) = self.rules.get_mut(&request) {
                *count -= 1;
                if *count == 0 {
                    self.rules.remove(&request);
                }
            }
        }
        true
    }
}

fn id(report: &Report) -> Id {
    let Report {
        namespace,
        request,
        rule,
        reason,
        component,
        ..
    } = report;
    short_hash(&[namespace, request, rule, reason, component])
}
