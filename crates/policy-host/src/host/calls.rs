//! The calls that a policy makes to its host.

use std::{
    error::Error,
    mem,
    sync::{Arc, Mutex, PoisonError},
};

use super::log::LogRecord;
use crate::cluster::{Cluster, Exchange, capability_denied};

/// A host call that the host logs.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Heard<'a> {
    /// The policy wrote to the log.
    Log(&'a LogRecord),
    /// The policy wrote a log record that the host can't read.
    UnreadableLog {
        payload: &'a [u8],
        error: &'a serde_json::Error,
    },
    /// The policy made a call that it was not granted.
    Denied {
        namespace: &'a str,
        operation: &'a str,
    },
    /// The binding has no such operation.
    UnknownOperation {
        namespace: &'a str,
        operation: &'a str,
    },
    /// There is no such binding.
    UnknownBinding(&'a str),
    /// The call failed.
    Failed { operation: &'a str, error: &'a str },
}

/// Is notified of host calls while the policy runs, on its thread.
pub(crate) trait Listener: Send + Sync {
    /// Notes a call.
    fn hear(&self, call: Heard<'_>);
}

/// The results of a policy's host calls.
#[derive(Debug, Default)]
pub(crate) struct Traces {
    /// The log records that could be read.
    pub(crate) logs: Vec<LogRecord>,
    /// The errors in the host's log.
    pub(crate) host_errors: Vec<String>,
    /// The objects that were looked up.
    pub(crate) lookups: Vec<Exchange>,
}

/// Collects the host calls of one instance.
#[derive(Clone, Default)]
pub(crate) struct Collector {
    traces: Arc<Mutex<Traces>>,
    listener: Option<Arc<dyn Listener>>,
    cluster: Option<Arc<Cluster>>,
}

type Reply = Result<Vec<u8>, Box<dyn Error + Send + Sync>>;

impl Collector {
    /// A collector that also notifies `listener` of each call.
    pub(crate) fn with_listener(listener: Arc<dyn Listener>) -> Self {
        Self {
            listener: Some(listener),
            ..Self::default()
        }
    }

    /// The same collector with a cluster for look-ups.
    pub(crate) fn with_cluster(mut self, cluster: Option<Arc<Cluster>>) -> Self {
        self.cluster = cluster;
        self
    }

    /// Answers a host call as policy-server does: logging is always allowed, objects are looked up
    /// if there is a cluster, and every other call is denied.
    pub(crate) fn answer(
        &self,
        binding: &str,
        namespace: &str,
        operation: &str,
        payload: &[u8],
    ) -> Reply {
        match (binding, namespace, operation) {
            ("kubewarden", "tracing", "log") => {
                self.log(payload);
                Ok(Vec::new())
            }
            ("kubewarden", "tracing", _) => self.deny(
                Heard::UnknownOperation {
                    namespace,
                    operation,
                },
                format!("unknown operation: {operation}"),
            ),
            ("kubewarden", "kubernetes", "get_resource") if self.cluster.is_some() => {
                self.look_up(payload)
            }
            ("kubewarden", ..) => self.deny(
                Heard::Denied {
                    namespace,
                    operation,
                },
                capability_denied(&format!("{namespace}/{operation}")),
            ),
            _ => self.deny(
                Heard::UnknownBinding(binding),
                format!("unknown binding: {binding}"),
            ),
        }
    }

    /// Takes the collected results.
    pub(crate) fn take(&self) -> Traces {
        self.with(mem::take)
    }

    fn look_up(&self, payload: &[u8]) -> Reply {
        let Some(cluster) = &self.cluster else {
            return Err(capability_denied("kubernetes/get_resource").into());
        };
        let (reply, exchange) = cluster.get(payload);
        let was_denied = exchange.is_none();
        self.with(|traces| traces.lookups.extend(exchange));
        match reply {
            Ok(object) => Ok(object),
            Err(words) if was_denied => self.deny(
                Heard::Denied {
                    namespace: "kubernetes",
                    operation: "get_resource",
                },
                words,
            ),
            Err(words) => {
                self.tell(Heard::Failed {
                    operation: "get_resource",
                    error: &words,
                });
                self.with(|traces| traces.host_errors.push(words.clone()));
                Err(words.into())
            }
        }
    }

    fn log(&self, payload: &[u8]) {
        match serde_json::from_slice(payload) {
            Ok(record) => {
                self.tell(Heard::Log(&record));
                self.with(|traces| traces.logs.push(record));
            }
            Err(error) => {
                self.tell(Heard::UnreadableLog {
                    payload,
                    error: &error,
                });
                let payload = String::from_utf8_lossy(payload);
                let message = format!("cannot log {payload}: {error}");
                self.with(|traces| traces.host_errors.push(message));
            }
        }
    }

    fn deny(&self, call: Heard<'_>, message: String) -> Reply {
        self.tell(call);
        self.with(|traces| traces.host_errors.push(message.clone()));
        Err(message.into())
    }

    fn tell(&self, call: Heard<'_>) {
        if let Some(listener) = &self.listener {
            listener.hear(call);
        }
    }

    fn with<T>(&self, change: impl FnOnce(&mut Traces) -> T) -> T {
        change(&mut self.traces.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[test]
    fn logs_are_collected() {
        let collector = Collector::default();
        let reply = collector.answer(
            "kubewarden",
            "tracing",
            "log",
            br#"{"level":"info","message":"m"}"#,
        );
        assert!(reply.is_ok_and(|bytes| bytes.is_empty()));
        assert_eq!(collector.take().logs.len(), 1);
        assert!(collector.take().logs.is_empty());
    }

    #[test]
    fn an_unreadable_log_is_no_error_for_the_policy() {
        let collector = Collector::default();
        assert!(
            collector
                .answer("kubewarden", "tracing", "log", b"\xff{")
                .is_ok()
        );
        assert_eq!(collector.take().host_errors.len(), 1);
    }

    #[rstest]
    #[case::cluster(
        "kubewarden",
        "kubernetes",
        "get_resource",
        "'kubernetes/get_resource'"
    )]
    #[case::unknown_namespace("kubewarden", "nothing", "here", "'nothing/here'")]
    #[case::unknown_operation("kubewarden", "tracing", "shout", "unknown operation: shout")]
    #[case::unknown_binding("other", "tracing", "log", "unknown binding: other")]
    fn everything_else_is_denied(
        #[case] binding: &str,
        #[case] namespace: &str,
        #[case] operation: &str,
        #[case] expected: &str,
    ) {
        let collector = Collector::default();
        let error = collector
            .answer(binding, namespace, operation, b"{}")
            .expect_err("nothing is granted")
            .to_string();
        assert!(error.contains(expected), "{error}");
        assert_eq!(collector.take().host_errors, [error]);
    }
}
