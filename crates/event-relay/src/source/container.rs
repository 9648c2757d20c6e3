//! One container's log, through the API server.

use std::future::pending;
use std::pin::pin;
use std::time::Duration;

use http_body_util::BodyExt;
use k8s_openapi::jiff::Timestamp;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};
use tracing::{debug, info, warn};

use super::intake::{Intake, Reader};
use crate::api_error::ApiError;
use crate::cluster::{Api, tell_of_permission};
use crate::metrics::SourceMetrics;

/// A log in which nothing happens for so long is opened anew: its connection may be dead.
const SILENCE_TIMEOUT: Duration = Duration::from_mins(5);
/// How long a log must be unreadable before that is told: a container that is being created has none.
const TOLD_AFTER: Duration = Duration::from_secs(15);
/// The wait before a log is opened again: doubled from the first to the longest.
const FIRST_WAIT: Duration = Duration::from_millis(200);
const LONGEST_WAIT: Duration = Duration::from_secs(10);
/// How many times to try reading the previous run's log before giving up.
const TRIES_OF_PREVIOUS: usize = 5;
/// A stream ends with its container's run. One that goes on for so long after the container was
/// started again is one of the new run already.
const END: Duration = Duration::from_secs(5);
/// A stream that was opened so shortly before may be one of the new run too.
const SHORTLY: Duration = Duration::from_mins(1);

/// Which run of a container there is now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) id: String,
    pub(super) restarts: u32,
    /// The run has ended: its log grows no more.
    pub(super) ended: bool,
    pub(super) gone: bool,
}

/// Where reading begins.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Begin {
    /// The first lines' date.
    pub(super) at: Option<Timestamp>,
    /// It is the date of a line that was read before, which must be there.
    pub(super) is_line: bool,
}

/// One container's log.
pub(super) struct Log {
    api: Api,
    intake: Intake,
    path: String,
    source: String,
    reader: Reader,
    begin: Begin,
    /// When a run's stream was last opened, and where in the log.
    opened: Option<(Instant, Option<Timestamp>)>,
    /// How often the container had been restarted then.
    restarts: u32,
    /// The stream that was read last may be one of a newer run.
    late: bool,
    tries_of_previous: usize,
    metrics: SourceMetrics,
    /// Since when the log can't be read.
    failing: Option<Instant>,
    /// It was told that it can't.
    told: bool,
}

/// How a stream of a log ended.
enum End {
    /// As logs end, or by a broken connection.
    Over { broken: bool },
    /// Not yet, but the container was started again a while ago.
    Late,
    /// Nobody takes reports any more.
    NoReader,
}

impl Log {
    /// The log at a path of the API server, from `begin` on.
    pub(super) fn new(
        api: Api,
        intake: Intake,
        path: String,
        source: String,
        metrics: SourceMetrics,
        begin: Begin,
    ) -> Self {
        Self {
            reader: Reader::new(intake.clone(), source.clone(), true),
            api,
            intake,
            path,
            source,
            begin,
            opened: None,
            restarts: 0,
            late: false,
            tries_of_previous: 0,
            metrics,
            failing: None,
            told: false,
        }
    }

    /// Reads it until the pod is gone.
    pub(super) async fn read(mut self, mut runs: watch::Receiver<Run>) {
        info!(source = self.source, "reading a policy-server's log");
        let mut wait = FIRST_WAIT;
        loop {
            let run = runs.borrow_and_update().clone();
            let before = self.reader.position();
            let end = self.stream(&run, &mut runs).await;
            let has_news = self.reader.position() > before || matches!(end, Ok(End::Late));
            wait = if has_news {
                FIRST_WAIT
            } else {
                LONGEST_WAIT.min(wait * 2)
            };
            let mut complete = false;
            match end {
                Ok(End::NoReader) => break,
                Ok(end) => {
                    self.can_be_read();
                    complete = run.ended && matches!(end, End::Over { broken: false });
                }
                Err(error) => self.cannot_be_read(&error),
            }
            if run.gone {
                break;
            }
            // A container that has been started again is no reason to wait. One that has ended, and
            // whose log has been read to its end, has no more to say until then.
            let changed = if complete {
                runs.changed().await
            } else {
                timeout(wait, runs.changed()).await.unwrap_or(Ok(()))
            };
            if changed.is_err() {
                break;
            }
        }
        info!(source = self.source, "a policy-server's log has ended");
        self.intake.progress.forget(&self.source);
    }

    fn can_be_read(&mut self) {
        self.failing = None;
        if std::mem::take(&mut self.told) {
            info!(
                source = self.source,
                "a policy-server's log can be read again"
            );
        }
    }

    /// Tells of it, once it has lasted.
    fn cannot_be_read(&mut self, error: &ApiError) {
        self.metrics.opened(false);
        tell_of_permission(error);
        debug!(source = self.source, "the log can't be read: {error}");
        let since = *self.failing.get_or_insert_with(Instant::now);
        if since.elapsed() >= TOLD_AFTER && !std::mem::replace(&mut self.told, true) {
            warn!(
                source = self.source,
                "a policy-server's log can't be read: {error}"
            );
        }
    }

    /// The date from which to read on, and that of the line which must come back, if one must.
    fn position(&self) -> (Option<Timestamp>, Option<Timestamp>) {
        match self.reader.position() {
            Some(line) => (Some(line), Some(line)),
            None => (self.begin.at, self.begin.at.filter(|_| self.begin.is_line)),
        }
    }

    /// Opens the log where reading stopped, and reads it as long as it goes on.
    async fn stream(
        &mut self,
        run: &Run,
        runs: &mut watch::Receiver<Run>,
    ) -> Result<End, ApiError> {
        let (_, line) = self.position();
        self.reader.expect(line);
        if run.restarts > self.restarts {
            match self.previous().await {
                Ok(End::NoReader) => return Ok(End::NoReader),
                Ok(End::Over { broken: true }) => return Ok(End::Over { broken: true }),
                // It may be gone already.
                Ok(_) | Err(ApiError::Refused { .. }) => {}
                Err(error) => {
                    self.tries_of_previous += 1;
                    if self.tries_of_previous < TRIES_OF_PREVIOUS {
                        return Err(error);
                    }
                    warn!(
                        source = self.source,
                        "what the container wrote before it was started again can't be read: {error}"
                    );
                }
            }
        }
        self.restarts = run.restarts;
        self.tries_of_previous = 0;
        let (from, _) = self.position();
        self.opened = Some((Instant::now(), from));
        let restarts = run.restarts;
        let replaced = async {
            if runs.wait_for(|run| run.restarts > restarts).await.is_err() {
                std::future::pending::<()>().await;
            }
            sleep(END).await;
        };
        let end = self.read_stream("&follow=true", from, replaced).await;
        self.late = matches!(end, Ok(End::Late));
        end
    }

    /// Reads what the run before this one wrote last.
    async fn previous(&mut self) -> Result<End, ApiError> {
        let from = match self.opened {
            Some((at, from)) if self.late || at.elapsed() < SHORTLY => from,
            _ => self.position().0,
        };
        self.read_stream("&previous=true", from, pending()).await
    }

    /// Reads a stream, without the lines before a time, until it ends or is another run's than was
    /// thought.
    async fn read_stream(
        &mut self,
        which: &str,
        from: Option<Timestamp>,
        late: impl Future<Output = ()>,
    ) -> Result<End, ApiError> {
        let mut late = pin!(late);
        self.reader.reset();
        self.reader.after(from);
        let mut body = self.api.open("log", &self.path(which, from)).await?;
        self.metrics.opened(true);
        loop {
            let frame = tokio::select! {
                frame = timeout(SILENCE_TIMEOUT, body.frame()) => frame,
                () = &mut late => return Ok(End::Late),
            };
            let frame = match frame {
                Ok(Some(Ok(frame))) => frame,
                Ok(Some(Err(error))) => {
                    debug!(source = self.source, "the log's stream broke: {error}");
                    return Ok(End::Over { broken: true });
                }
                Ok(None) => {
                    return match self.reader.error_text() {
                        Some(text) => Err(ApiError::NoLog(text)),
                        None => Ok(End::Over { broken: false }),
                    };
                }
                Err(_) => return Ok(End::Over { broken: true }),
            };
            let Some(chunk) = frame.data_ref() else {
                continue;
            };
            self.metrics.read();
            for report in self.reader.read(chunk) {
                if self.intake.reports.send(report).await.is_err() {
                    return Ok(End::NoReader);
                }
            }
            if self.told && self.reader.error_text().is_none() {
                self.can_be_read();
            }
            self.reader.note_position();
        }
    }

    /// Whole seconds are all that the kubelet knows here; the reader leaves out what came before.
    fn path(&self, which: &str, from: Option<Timestamp>) -> String {
        let since = from.map_or(String::new(), |at| {
            let second = Timestamp::from_second(at.as_second()).unwrap_or(at);
            format!("&sinceTime={second}")
        });
        format!("{}{which}{since}", self.path)
    }
}
