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
use crate::cluster::{Api, ApiError, tell_of_permission};
use crate::metrics::OpenSource;

/// A log in which nothing happens for so long is opened anew: its connection may be dead.
const SILENCE: Duration = Duration::from_mins(5);
/// The wait before a log is opened again: doubled from the first to the longest.
const FIRST_WAIT: Duration = Duration::from_millis(200);
const LONGEST_WAIT: Duration = Duration::from_secs(10);
/// So often the log of a container's run before this one is asked for in vain.
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
    pub(super) gone: bool,
}

/// One container's log.
pub(super) struct Log {
    api: Api,
    intake: Intake,
    path: String,
    source: String,
    reader: Reader,
    begin: Option<Timestamp>,
    /// When a run's stream was last opened, and where in the log.
    opened: Option<(Instant, Option<Timestamp>)>,
    /// How often the container had been restarted then.
    restarts: u32,
    /// The stream that was read last may be one of a newer run.
    late: bool,
    tries_of_previous: usize,
    /// Whether the log could be opened when that was last tried.
    open: Option<OpenSource>,
}

/// How a stream of a log ended.
enum End {
    /// As logs end, or by a broken connection; whether anything came.
    Over { read: bool, broken: bool },
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
        begin: Option<Timestamp>,
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
            open: None,
        }
    }

    /// Reads it until the pod is gone.
    pub(super) async fn read(mut self, mut runs: watch::Receiver<Run>) {
        info!(source = self.source, "reading a policy-server's log");
        let mut wait = FIRST_WAIT;
        loop {
            let run = runs.borrow_and_update().clone();
            match self.stream(&run, &mut runs).await {
                Ok(End::NoReader) => break,
                Ok(End::Over { read: true, .. } | End::Late) => wait = FIRST_WAIT,
                Ok(End::Over { read: false, .. }) => wait = LONGEST_WAIT.min(wait * 2),
                Err(error) => {
                    self.open = None;
                    tell_of_permission(&error);
                    debug!(source = self.source, "the log can't be opened: {error}");
                    wait = LONGEST_WAIT.min(wait * 2);
                }
            }
            if run.gone {
                break;
            }
            // A container that has been started again is no reason to wait.
            let _ = timeout(wait, runs.changed()).await;
        }
        info!(source = self.source, "a policy-server's log has ended");
        self.intake.progress.forget(&self.source);
    }

    /// Opens the log where reading stopped, and reads it as long as it goes on.
    async fn stream(
        &mut self,
        run: &Run,
        runs: &mut watch::Receiver<Run>,
    ) -> Result<End, ApiError> {
        if run.restarts > self.restarts {
            match self.previous().await {
                Ok(End::NoReader) => return Ok(End::NoReader),
                Ok(End::Over { read, broken: true }) => {
                    return Ok(End::Over { read, broken: true });
                }
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
        let from = self.reader.position().max(self.begin);
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
            _ => self.reader.position().max(self.begin),
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
        if self.open.is_none() {
            self.open = Some(self.intake.metrics.source());
        }
        let mut read = false;
        loop {
            let frame = tokio::select! {
                frame = timeout(SILENCE, body.frame()) => frame,
                () = &mut late => return Ok(End::Late),
            };
            let frame = match frame {
                Ok(Some(Ok(frame))) => frame,
                Ok(Some(Err(error))) => {
                    debug!(source = self.source, "the log's stream broke: {error}");
                    return Ok(End::Over { read, broken: true });
                }
                Ok(None) | Err(_) => {
                    return Ok(End::Over {
                        read,
                        broken: false,
                    });
                }
            };
            let Some(chunk) = frame.data_ref() else {
                continue;
            };
            read = true;
            for report in self.reader.read(chunk) {
                if self.intake.reports.send(report).await.is_err() {
                    return Ok(End::NoReader);
                }
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
