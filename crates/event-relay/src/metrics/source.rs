//! Metrics of one log.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use super::families::{Families, SourceLabels};

/// Held as long as a log is to be read.
pub struct SourceMetrics {
    families: Arc<Families>,
    labels: SourceLabels,
    is_open: bool,
}

impl SourceMetrics {
    pub(super) fn new(families: Arc<Families>, pod: &str, container: &str) -> Self {
        families.sources_wanted.inc();
        Self {
            families,
            labels: SourceLabels {
                pod: pod.to_owned(),
                container: container.to_owned(),
            },
            is_open: false,
        }
    }

    /// Whether the log could be read when that was last tried.
    pub fn opened(&mut self, is_open: bool) {
        match (self.is_open, is_open) {
            (false, true) => {
                self.families.sources.inc();
            }
            (true, false) => {
                self.families.sources.dec();
            }
            _ => {}
        }
        self.is_open = is_open;
    }

    /// Bytes of the log were read now.
    pub fn read(&self) {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let seconds = now.unwrap_or_default().as_secs_f64();
        let read = &self.families.source_read;
        read.get_or_create(&self.labels).set(seconds);
    }
}

impl Drop for SourceMetrics {
    fn drop(&mut self) {
        self.opened(false);
        self.families.sources_wanted.dec();
        self.families.source_read.remove(&self.labels);
    }
}
