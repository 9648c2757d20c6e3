//! Which series of failures there are: a bounded number, in all and of one namespace.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;

use super::families::Failure;

/// The most series in all.
const ALL: usize = 2000;
/// The most series of one namespace.
const OF_NAMESPACE: usize = 50;
/// A series in which nothing happens for so long is forgotten: the alerts look back for an hour.
const IDLE: Duration = Duration::from_hours(3);
/// The longest value of a label, in bytes.
const LABEL_BYTES: usize = 128;
/// Stands for what has no series of its own.
const OTHER: &str = "other";

/// The series, and when something last happened in each.
#[derive(Default)]
pub(super) struct Series {
    used: HashMap<Failure, Instant>,
    of_namespace: HashMap<String, usize>,
}

impl Series {
    /// The series in which a failure is counted.
    pub(super) fn of(
        &mut self,
        namespace: &str,
        rule: &str,
        reason: &str,
        now: Instant,
    ) -> Failure {
        let failure = Failure {
            namespace: label(namespace),
            rule: label(rule),
            reason: label(reason),
        };
        if let Some(used) = self.used.get_mut(&failure) {
            *used = now;
            return failure;
        }
        let other = || OTHER.to_owned();
        if self.used.len() >= ALL {
            return Failure {
                namespace: other(),
                rule: other(),
                reason: other(),
            };
        }
        let count = self
            .of_namespace
            .entry(failure.namespace.clone())
            .or_default();
        if *count >= OF_NAMESPACE {
            return Failure {
                rule: other(),
                reason: other(),
                ..failure
            };
        }
        *count += 1;
        self.used.insert(failure.clone(), now);
        failure
    }

    /// Forgets idle series, and gives them.
    pub(super) fn expire(&mut self, now: Instant) -> Vec<Failure> {
        let idle: Vec<Failure> = self
            .used
            .iter()
            .filter(|(_, used)| now.duration_since(**used) >= IDLE)
            .map(|(failure, _)| failure.clone())
            .collect();
        for failure in &idle {
            self.used.remove(failure);
            if let Some(count) = self.of_namespace.get_mut(&failure.namespace) {
                *count -= 1;
                if *count == 0 {
                    self.of_namespace.remove(&failure.namespace);
                }
            }
        }
        idle
    }
}

/// A text as a label's value: what a name may hold is kept, anything else is replaced.
fn label(text: &str) -> String {
    let kept = |c: char| c.is_ascii_alphanumeric() || " -_./:*".contains(c);
    let characters = text.chars().map(|c| if kept(c) { c } else { '_' });
    characters.take(LABEL_BYTES).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_namespace_has_a_bounded_number_of_series() {
        let (mut series, now) = (Series::default(), Instant::now());
        for n in 0..1000 {
            let _ = series.of("loud", &n.to_string(), "R", now);
        }
        assert_eq!(series.used.len(), OF_NAMESPACE);
        assert_eq!(series.of("loud", "1000", "R", now).rule, OTHER);
        assert_eq!(series.of("loud", "1000", "R", now).namespace, "loud");
        assert_eq!(series.of("loud", "3", "R", now).rule, "3");
        assert_eq!(series.of("quiet", "a", "R", now).rule, "a");
        for n in 0..10_000 {
            let _ = series.of(&n.to_string(), "a", "R", now);
        }
        assert_eq!(series.used.len(), ALL);
        assert_eq!(series.of("late", "a", "R", now).namespace, OTHER);
    }

    #[test]
    fn an_idle_series_is_forgotten() {
        let (mut series, begun) = (Series::default(), Instant::now());
        for rule in ["a", "b"] {
            let _ = series.of("team", rule, "R", begun);
        }
        let later = begun + IDLE;
        let _ = series.of("team", "b", "R", later);
        let idle = series.expire(later);
        assert_eq!(idle.len(), 1);
        assert_eq!(idle[0].rule, "a");
        assert_eq!(series.of_namespace["team"], 1);
        assert_eq!(series.expire(later + IDLE).len(), 1);
        assert!(series.of_namespace.is_empty());
    }

    #[test]
    fn free_text_is_restricted() {
        assert_eq!(label("ns/name/key: rule"), "ns/name/key: rule");
        assert_eq!(label("a\"b\\c\n{}é"), "a_b_c____");
        assert_eq!(label(&"x".repeat(500)).len(), LABEL_BYTES);
    }
}
