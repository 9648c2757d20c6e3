//! The calls that a policy makes to its host.

use std::{
    error::Error,
    mem,
    sync::{Arc, Mutex, PoisonError},
};

use super::log::LogRecord;

/// What a policy's host calls left behind.
#[derive(Debug, Default)]
pub(crate) struct Traces {
    /// The log records that could be read.
    pub(crate) logs: Vec<LogRecord>,
    /// What the host would complain about in its own log.
    pub(crate) host_errors: Vec<String>,
}

/// Collects the host calls of one instance.
#[derive(Clone, Default)]
pub(crate) struct Collector(Arc<Mutex<Traces>>);

type Reply = Result<Vec<u8>, Box<dyn Error + Send + Sync>>;

impl Collector {
    /// Answers a host call as policy-server does for a policy that was granted nothing: logging
    /// is always there, everything else is denied.
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
            ("kubewarden", "tracing", _) => self.deny(format!("unknown operation: {operation}")),
            ("kubewarden", ..) => self.deny(format!(
                "Policy has not been granted access to the '{namespace}/{operation}' host capability. The violation has been reported."
            )),
            _ => self.deny(format!("unknown binding: {binding}")),
        }
    }

    /// Takes out what was collected so far.
    pub(crate) fn take(&self) -> Traces {
        self.with(mem::take)
    }

    fn log(&self, payload: &[u8]) {
        let record = serde_json::from_slice(payload);
        self.with(|traces| match record {
            Ok(record) => traces.logs.push(record),
            Err(error) => traces.host_errors.push(format!(
                "cannot log {}: {error}",
                String::from_utf8_lossy(payload)
            )),
        });
    }

    fn deny(&self, message: String) -> Reply {
        self.with(|traces| traces.host_errors.push(message.clone()));
        Err(message.into())
    }

    fn with<T>(&self, change: impl FnOnce(&mut Traces) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
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
