//! How far each source has been dealt with: where reading must begin again after a break.
//!
//! A source is read in order, but what it reported is dealt with in any order: a pod may be waited
//! for while others are written. Reading must begin again before the first report that is not
//! dealt with.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use k8s_openapi::jiff::Timestamp;

/// At most so many reports are held at each step. The sources wait when there are more, or drop what
/// can't wait.
pub const HELD: usize = 20_000;

/// The progress of all sources.
#[derive(Debug, Clone, Default)]
pub struct Progress(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    sources: BTreeMap<String, SourceState>,
    /// Reports that nobody has dealt with yet, and when they happened.
    open: BTreeMap<Timestamp, usize>,
    open_count: usize,
    /// How many of them wait for a pod or for a record.
    waiting: usize,
    /// Counts how often work began anew. What is left of earlier work does not count any more.
    term: u64,
    frozen: bool,
}

#[derive(Debug, Default)]
struct SourceState {
    read: Option<Timestamp>,
    open: BTreeMap<Timestamp, usize>,
}

/// Held as long as a report is not dealt with.
#[derive(Debug)]
pub struct Ticket {
    progress: Progress,
    source: Option<String>,
    position: Timestamp,
    time: Timestamp,
    term: u64,
}

impl Progress {
    /// Everything up to this position of a source has been read.
    pub fn read_to(&self, source: &str, position: Timestamp) {
        let mut state = self.state();
        if let Some(source) = state.sources.get_mut(source) {
            source.read = source.read.max(Some(position));
        } else {
            let begun = SourceState {
                read: Some(position),
                ..SourceState::default()
            };
            state.sources.insert(source.to_owned(), begun);
        }
    }

    /// A report of something that happened at a time was found at this position of a source, if it
    /// was found in one.
    pub fn begin(&self, source: Option<(&str, Timestamp)>, time: Timestamp) -> Arc<Ticket> {
        let mut state = self.state();
        if let Some((source, position)) = source {
            let source = state.sources.entry(source.to_owned()).or_default();
            *source.open.entry(position).or_default() += 1;
        }
        *state.open.entry(time).or_default() += 1;
        state.open_count += 1;
        let term = state.term;
        drop(state);
        Arc::new(Ticket {
            progress: self.clone(),
            source: source.map(|(source, _)| source.to_owned()),
            position: source.map_or(time, |(_, position)| position),
            time,
            term,
        })
    }

    /// Where reading must begin again, for each source that is being read.
    pub fn positions(&self) -> BTreeMap<String, Timestamp> {
        let state = self.state();
        let sources = state.sources.iter().filter_map(|(name, source)| {
            let first_open = source.open.keys().next().copied();
            Some((name.clone(), first_open.or(source.read)?))
        });
        sources.collect()
    }

    /// Forgets a source that will not be read any more.
    pub fn forget(&self, source: &str) {
        self.state().sources.remove(source);
    }

    /// Work ends here: reports that are let go from now on have not been dealt with.
    pub fn freeze(&self) {
        self.state().frozen = true;
    }

    /// Work begins anew; another replica may have gone on since.
    pub fn begin_anew(&self) {
        let mut state = self.state();
        *state = State {
            term: state.term + 1,
            ..State::default()
        };
    }

    /// When the oldest report happened that is not dealt with, and how many there are.
    pub fn open(&self) -> (Option<Timestamp>, usize) {
        let state = self.state();
        (state.open.keys().next().copied(), state.open_count)
    }

    /// So many reports wait for a pod or for a record.
    pub fn set_waiting(&self, reports: usize) {
        self.state().waiting = reports;
    }

    /// How many reports are being written.
    pub fn in_work(&self) -> usize {
        let state = self.state();
        state.open_count.saturating_sub(state.waiting)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let mut state = self.progress.state();
        if state.frozen || state.term != self.term {
            return;
        }
        if let Some(source) = self
            .source
            .as_ref()
            .and_then(|name| state.sources.get_mut(name))
        {
            close(&mut source.open, self.position);
        }
        close(&mut state.open, self.time);
        state.open_count -= 1;
    }
}

fn close(open: &mut BTreeMap<Timestamp, usize>, at: Timestamp) {
    if let Some(count) = open.get_mut(&at) {
        *count -= 1;
        if *count == 0 {
            open.remove(&at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("it is a time")
    }

    #[test]
    fn reading_begins_again_before_the_first_open_report() {
        let progress = Progress::default();
        let place = |progress: &Progress| progress.positions().get("a").copied();
        progress.read_to("a", at(1));
        let first = progress.begin(Some(("a", at(2))), at(1));
        let second = progress.begin(Some(("a", at(3))), at(2));
        progress.read_to("a", at(9));
        assert_eq!(place(&progress), Some(at(2)));
        assert_eq!(progress.open(), (Some(at(1)), 2));
        let also_first = Arc::clone(&first);
        drop(first);
        assert_eq!(place(&progress), Some(at(2)));
        drop(also_first);
        assert_eq!(place(&progress), Some(at(3)));
        drop(second);
        assert_eq!(place(&progress), Some(at(9)));
        assert_eq!(progress.open(), (None, 0));
        progress.forget("a");
        assert_eq!(place(&progress), None);
    }

    #[test]
    fn what_is_let_go_at_the_end_is_not_dealt_with() {
        let progress = Progress::default();
        let ticket = progress.begin(Some(("a", at(2))), at(2));
        progress.read_to("a", at(9));
        progress.freeze();
        drop(ticket);
        assert_eq!(progress.positions().get("a"), Some(&at(2)));
    }

    #[test]
    fn what_is_left_of_earlier_work_does_not_count() {
        let progress = Progress::default();
        let left = progress.begin(Some(("a", at(2))), at(2));
        progress.begin_anew();
        let ticket = progress.begin(Some(("a", at(5))), at(5));
        drop(left);
        assert_eq!(progress.positions().get("a"), Some(&at(5)));
        assert_eq!(progress.open().1, 1);
        drop(ticket);
        assert_eq!(progress.open().1, 0);
    }
}
