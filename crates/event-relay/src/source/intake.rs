//! From a source's bytes to reports.

use k8s_openapi::jiff::Timestamp;
use tokio::sync::mpsc;
use tracing::{debug, warn};

use super::continuity::Continuity;
use super::finder::{Finder, Found};
use super::line::{HEAD, date, is_undated};
use crate::metrics::Metrics;
use crate::progress::Progress;
use crate::report::{Report, SourceId};
use crate::text::clamped;
use crate::trust::{Refused, Trust};
use event_record::line::{Format, NotARecord, parse, parse_piped};
use std::sync::atomic::{AtomicBool, Ordering};

/// What every source needs.
#[derive(Clone)]
pub struct Intake {
    /// What is believed.
    pub trust: Trust,
    /// What happened.
    pub metrics: Metrics,
    /// How far the sources are.
    pub progress: Progress,
    /// Where reports go.
    pub reports: mpsc::Sender<Report>,
}

/// Reads one source.
pub struct Reader {
    intake: Intake,
    /// The source's name.
    name: String,
    /// The kubelet writes a time before each line.
    dated: bool,
    finder: Finder,
    /// Where reading began: earlier lines have been dealt with.
    after: Option<Timestamp>,
    /// The date of the last whole line that had one.
    position: Option<Timestamp>,
    continuity: Continuity,
    told_of_gap: bool,
}

impl Reader {
    /// A reader of the source of this name, whose lines each begin with the time at which they were
    /// written, if `dated`.
    pub fn new(intake: Intake, name: String, dated: bool) -> Self {
        Self {
            intake,
            name,
            dated,
            finder: Finder::default(),
            after: None,
            position: None,
            continuity: Continuity::default(),
            told_of_gap: false,
        }
    }

    /// Lines that are dated before this have been dealt with.
    pub fn after(&mut self, position: Option<Timestamp>) {
        self.after = position;
    }

    /// The line of this date was the last to be read. If it does not come back, lines are missing.
    pub fn expect(&mut self, line: Option<Timestamp>) {
        self.continuity.expect(line);
    }

    /// Reads a chunk. The reports in it are to be sent on.
    pub fn read(&mut self, chunk: &[u8]) -> Vec<Report> {
        self.intake.metrics.bytes_read(chunk.len());
        if self.continuity.is_broken_by(chunk) {
            self.tell_of_gap();
        }
        let mut reports = Vec::new();
        let mut finder = std::mem::take(&mut self.finder);
        finder.feed(chunk, |found| reports.extend(self.look(&found)));
        self.finder = finder;
        let position = date(self.finder.last_head()).map(|(time, _)| time);
        self.position = position.or(self.position);
        reports
    }

    fn tell_of_gap(&mut self) {
        self.intake.metrics.gap();
        if !std::mem::replace(&mut self.told_of_gap, true) {
            warn!(
                source = self.name,
                "a log does not go on where reading stopped: it was rotated, and records may be lost"
            );
        }
    }

    /// The source has ended.
    pub fn finish(&mut self) -> Vec<Report> {
        let mut reports = Vec::new();
        let mut finder = std::mem::take(&mut self.finder);
        finder.finish(|found| reports.extend(self.look(&found)));
        reports
    }

    /// What follows does not go on where the last chunk ended.
    pub fn reset(&mut self) {
        self.finder.reset();
        self.continuity.reset();
    }

    /// The date of the last whole line. Everything up to it has been read.
    pub fn position(&self) -> Option<Timestamp> {
        self.position
    }

    /// The last line, if it has no date: an error text of the kubelet, which is no part of the log.
    pub fn error_text(&self) -> Option<String> {
        let newest = self.finder.newest_head();
        let undated = self.dated && is_undated(newest);
        undated.then(|| clamped(&String::from_utf8_lossy(newest), HEAD))
    }

    /// Tells how far the source has been read, once its reports are on their way.
    pub fn note_position(&self) {
        if let Some(position) = self.position().filter(|_| self.dated) {
            self.intake.progress.read_to(&self.name, position);
        }
    }

    fn look(&self, found: &Found<'_>) -> Option<Report> {
        let line = match found {
            Found::TooLong => {
                self.refused(Refused::TooLong);
                return None;
            }
            Found::Line(line) => *line,
        };
        let (position, line) = if self.dated {
            let Some((time, line)) = date(line) else {
                self.refused(NotARecord::Damaged.into());
                return None;
            };
            (Some(time), line)
        } else {
            (None, line)
        };
        if position.is_some_and(|position| Some(position) < self.after) {
            return None;
        }
        match self.judge(line, position) {
            Ok(mut report) => {
                self.intake.metrics.read();
                let place = position.map(|position| (self.name.as_str(), position));
                report.ticket = Some(self.intake.progress.begin(place, report.time));
                Some(report)
            }
            Err(cause) => {
                self.refused(cause);
                None
            }
        }
    }

    fn judge(&self, line: &[u8], position: Option<Timestamp>) -> Result<Report, Refused> {
        let formats = self.intake.trust.formats;
        let logged = if self.dated {
            parse(line, formats)
        } else {
            parse_piped(line, formats)
        }?;
        if logged.format == Format::Text {
            warn_of_text();
        }
        let source = SourceId::of(&self.name, logged.host.server.as_deref());
        self.intake.trust.judge(logged, position, source)
    }

    fn refused(&self, cause: Refused) {
        self.intake.metrics.refused(cause.label());
        debug!(source = self.name, "a line is not believed: {cause}");
    }
}

/// Says once what it means to believe text.
fn warn_of_text() {
    static SAID: AtomicBool = AtomicBool::new(false);
    if !SAID.swap(true, Ordering::Relaxed) {
        warn!(
            "a policy-server logs text: a policy that logs a newline can forge another policy's \
             record there. With its log format set to json, and --log-format json here, none can."
        );
    }
}
