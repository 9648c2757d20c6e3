//! Refused lines, summed up by cause in the relay's own log. See [`Summary`].

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::sleep;
use tracing::{info, warn};

use crate::metrics::Metrics;

/// How often refused lines are summed up.
const EVERY: Duration = Duration::from_mins(1);
/// Causes that are no reason to worry: the lines are what they should be, and of no use here.
const USUAL: [&str; 2] = ["audit", "old"];

type Counts = BTreeMap<&'static str, u64>;

/// Tells of refused lines, of each once.
pub struct Summary {
    metrics: Metrics,
    told: Counts,
}

impl Summary {
    /// A summary of what is refused from the program's start on.
    pub fn new(metrics: Metrics) -> Self {
        Self {
            metrics,
            told: Counts::new(),
        }
    }

    /// Tells each minute.
    pub async fn run(mut self) {
        loop {
            sleep(EVERY).await;
            self.tell();
        }
    }

    /// Tells of what was refused since the last time.
    pub fn tell(&mut self) {
        let now = self.metrics.refused_until_now();
        let Some((text, usual)) = text(&self.told, &now) else {
            return;
        };
        self.told = now;
        if usual {
            info!("{text}");
        } else {
            warn!("{text}; --log-level debug tells of each line");
        }
    }
}

/// The summary, and whether all of it is usual.
fn text(before: &Counts, now: &Counts) -> Option<(String, bool)> {
    let new = now.iter().filter_map(|(cause, count)| {
        let new = count - before.get(cause).unwrap_or(&0);
        (new > 0).then_some((*cause, new))
    });
    let new: Vec<(&str, u64)> = new.collect();
    let lines: u64 = new.iter().map(|(_, count)| count).sum();
    if lines == 0 {
        return None;
    }
    let causes: Vec<String> = new
        .iter()
        .map(|(cause, count)| format!("{cause} {count}"))
        .collect();
    let usual = new.iter().all(|(cause, _)| USUAL.contains(cause));
    Some((format!("lines refused: {}", causes.join(", ")), usual))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_news_are_told() {
        let before = Counts::from([("damaged", 2), ("old", 5), ("policy", 1)]);
        assert_eq!(text(&before, &before), None);
        let later = Counts::from([("damaged", 2), ("old", 9), ("policy", 1)]);
        assert_eq!(
            text(&before, &later),
            Some(("lines refused: old 4".to_owned(), true))
        );
        let later = Counts::from([("damaged", 5), ("old", 9), ("policy", 1)]);
        assert_eq!(
            text(&before, &later),
            Some(("lines refused: damaged 3, old 4".to_owned(), false))
        );
    }
}
