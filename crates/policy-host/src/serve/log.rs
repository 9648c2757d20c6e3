//! The server's log, in policy-server's formats.

use std::{
    fmt,
    io::{self, Write},
    str::FromStr,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use tracing::Dispatch;
use tracing_subscriber::{
    Layer, Registry,
    filter::{LevelFilter, Targets},
    fmt as lines,
    layer::SubscriberExt,
};

/// How policy-server writes a line of its log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// A JSON object: its `--log-fmt json`.
    Json,
    /// Text: its `--log-fmt text`, and its default.
    #[default]
    Text,
    /// Text with colours, as it writes with `--log-fmt otlp`.
    ColoredText,
}

/// The least important lines that are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogLevel(LevelFilter);

impl Default for LogLevel {
    fn default() -> Self {
        Self(LevelFilter::INFO)
    }
}

impl FromStr for LogLevel {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        ["trace", "debug", "info", "warn", "error"]
            .contains(&name)
            .then(|| name.parse().ok().map(Self))
            .flatten()
            .ok_or_else(|| "expected trace, debug, info, warn or error".to_owned())
    }
}

/// Where the log goes, and in which format.
pub struct Log {
    format: LogFormat,
    level: LogLevel,
    to: Box<dyn Write + Send>,
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Log")
            .field("format", &self.format)
            .field("level", &self.level)
            .finish_non_exhaustive()
    }
}

impl Log {
    /// A log from level `info` on. A line is written at once, by a single call.
    pub fn new(format: LogFormat, to: impl Write + Send + 'static) -> Self {
        Self {
            format,
            level: LogLevel::default(),
            to: Box::new(to),
        }
    }

    /// The same log from another level on.
    #[must_use]
    pub fn with_level(mut self, level: LogLevel) -> Self {
        self.level = level;
        self
    }

    /// What writes the log. Not the process' one: servers in one process have logs of their own.
    pub(super) fn dispatch(self) -> Dispatch {
        // As in policy-server, what the libraries below have to say is left out.
        let filter = ["h2", "hyper", "cranelift_codegen", "wasmtime_cranelift"]
            .into_iter()
            .fold(Targets::new(), |filter, library| {
                filter.with_target(library, LevelFilter::OFF)
            })
            .with_default(self.level.0);
        let layer = lines::layer()
            .with_writer(Mutex::new(self.to))
            // Not to write to standard error when `to` can't be written to any more.
            .log_internal_errors(false);
        match self.format {
            LogFormat::Json => {
                Dispatch::new(Registry::default().with(layer.json().with_filter(filter)))
            }
            LogFormat::Text => {
                Dispatch::new(Registry::default().with(layer.with_ansi(false).with_filter(filter)))
            }
            LogFormat::ColoredText => {
                Dispatch::new(Registry::default().with(layer.with_ansi(true).with_filter(filter)))
            }
        }
    }
}

/// A log that is kept in memory. Clones share it.
#[derive(Clone, Default)]
pub struct LogBuffer(Arc<(Mutex<Vec<u8>>, Condvar)>);

impl LogBuffer {
    /// Everything that was written so far.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes()).into_owned()
    }

    /// Waits until a line has come that `wanted` wants, and gives back the first such line. None
    /// when none has come in time.
    pub fn wait_for(&self, time_out: Duration, wanted: impl Fn(&str) -> bool) -> Option<String> {
        let deadline = Instant::now() + time_out;
        let mut bytes = self.bytes();
        loop {
            let text = String::from_utf8_lossy(&bytes);
            let complete = text
                .split_inclusive('\n')
                .filter_map(|line| line.strip_suffix('\n'));
            if let Some(line) = complete.into_iter().find(|line| wanted(line)) {
                return Some(line.to_owned());
            }
            drop(text);
            let left = deadline.checked_duration_since(Instant::now())?;
            let (woken, _) = self
                .0
                .1
                .wait_timeout(bytes, left)
                .unwrap_or_else(PoisonError::into_inner);
            bytes = woken;
        }
    }

    fn bytes(&self) -> MutexGuard<'_, Vec<u8>> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Write for LogBuffer {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.bytes().extend_from_slice(buf);
        self.0.1.notify_all();
        Ok(buf.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
