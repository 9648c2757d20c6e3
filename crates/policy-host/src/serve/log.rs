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

/// The format of a line of policy-server's log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// A JSON object, as with `--log-fmt json`.
    Json,
    /// Text, as with `--log-fmt text`, the default.
    #[default]
    Text,
    /// Text with colours, as with `--log-fmt otlp`.
    ColoredText,
}

/// The lowest level that is written.
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

/// The destination, format and level of a log.
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
    /// A log of level `info` and above. Each line is written by a single call.
    pub fn new(format: LogFormat, to: impl Write + Send + 'static) -> Self {
        Self {
            format,
            level: LogLevel::default(),
            to: Box::new(to),
        }
    }

    /// The same log with another level.
    #[must_use]
    pub fn with_level(mut self, level: LogLevel) -> Self {
        self.level = level;
        self
    }

    /// The log's subscriber. It is not the process's global one: each server in a process has its
    /// own log.
    pub(super) fn dispatch(self) -> Dispatch {
        // As in policy-server, the records of libraries are left out.
        let filter = ["h2", "hyper", "cranelift_codegen", "wasmtime_cranelift"]
            .into_iter()
            .fold(Targets::new(), |filter, library| {
                filter.with_target(library, LevelFilter::OFF)
            })
            .with_default(self.level.0);
        let layer = lines::layer()
            .with_writer(Mutex::new(self.to))
            // Do not write to standard error if `to` fails.
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

/// A log in memory. Clones share it.
#[derive(Clone, Default)]
pub struct LogBuffer(Arc<(Mutex<Vec<u8>>, Condvar)>);

impl LogBuffer {
    /// Everything that was written so far.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes()).into_owned()
    }

    /// Waits for a line for which `wanted` is true, and returns the first one. `None` if there is
    /// none in time.
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
