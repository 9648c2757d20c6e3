//! The log lines about a policy's host calls, with policy-server's fields, spans and targets.

use std::fmt;

use serde_json::{Map, Value};
use tracing::{Level, Span, error, event, info, info_span};

use crate::{
    Failure, LogRecord,
    host::{
        calls::{Heard, Listener},
        log,
    },
};

/// Writes the log lines about a policy's host calls.
pub(super) struct PolicyLog {
    /// The policy's name in the log.
    policy_id: String,
}

impl PolicyLog {
    pub(super) fn new(policy_id: String) -> Self {
        Self { policy_id }
    }

    fn log(&self, record: &LogRecord) {
        macro_rules! write_line {
            ($level:path, $message:expr, $data:expr) => {
                event!(target: "policy_log", $level, data = %$data, "{}", $message)
            };
        }
        let _entered =
            info_span!(target: "policy_evaluator::policy_tracing", "policy_log", "self" = ?self)
                .entered();
        let message = record.message.as_deref().unwrap_or_default();
        let data = Value::Object(record.data.clone());
        match record.level {
            log::Level::Trace => write_line!(Level::TRACE, message, data),
            log::Level::Debug => write_line!(Level::DEBUG, message, data),
            log::Level::Info => write_line!(Level::INFO, message, data),
            log::Level::Warning => write_line!(Level::WARN, message, data),
            log::Level::Error => write_line!(Level::ERROR, message, data),
        }
    }
}

impl Listener for PolicyLog {
    fn hear(&self, call: Heard<'_>) {
        // The target is the module in policy-server's source.
        macro_rules! complain {
            ($($fields:tt)+) => {
                error!(target: "policy_evaluator::runtimes::callback", $($fields)+)
            };
        }
        match call {
            Heard::Log(record) => self.log(record),
            Heard::UnreadableLog { payload, error } => complain!(
                payload = &*String::from_utf8_lossy(payload),
                error = error.to_string(),
                "Cannot log event"
            ),
            Heard::Denied {
                namespace,
                operation,
            } => complain!(
                policy = self.policy_id,
                capability = format!("{namespace}/{operation}"),
                allowed_capabilities = "[]",
                "Policy tried to use a host capability it doesn't have access to"
            ),
            Heard::UnknownOperation {
                namespace,
                operation,
            } => complain!(namespace, operation, "unknown operation"),
            Heard::UnknownBinding(binding) => complain!(binding, "unknown binding"),
            Heard::Failed { operation, error } => complain!(
                policy_id = self.policy_id,
                binding = "kubewarden",
                operation,
                error,
                "callback evaluation failed"
            ),
        }
    }
}

/// policy-server's text for a policy's permissions.
impl fmt::Debug for PolicyLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            r#"EvaluationContext {{ policy_id: "{}", callback_channel: Some(...), allowed_kubernetes_resources: {{}}, host_capabilities: [] }}"#,
            self.policy_id
        )
    }
}

/// The span of a policy's run. Every line in it contains the settings.
pub(super) fn run_span(settings: &Map<String, Value>) -> Span {
    #[derive(Debug)]
    struct PolicyEvaluator {
        #[expect(dead_code, reason = "the log prints it")]
        runtime: &'static str,
    }
    #[derive(Debug)]
    #[expect(dead_code, reason = "the log prints them")]
    struct PolicySettings<'a>(&'a Map<String, Value>);

    info_span!(
        target: "policy_evaluator::policy_evaluator::evaluator",
        "validate",
        "self" = ?PolicyEvaluator { runtime: "wapc" },
        settings = ?PolicySettings(settings),
    )
}

/// Logs why there is no usable answer.
pub(super) fn complain(failure: &Failure) {
    macro_rules! complain {
        ($message:literal) => {
            error!(target: "policy_evaluator::runtimes::wapc::runtime", error = %failure, $message)
        };
    }
    match failure {
        Failure::TimedOut => {
            complain!("policy execution time exceeded");
            info!(
                target: "policy_evaluator::runtimes::wapc::runtime",
                "wapc_host reset performed after timeout protection was triggered"
            );
        }
        Failure::Guest(_) => complain!("waPC communication error"),
        Failure::UnreadableAnswer(_) => {
            complain!("cannot build validation response from policy result");
        }
        // The server logs this failure itself, since its answer differs.
        Failure::Instantiation(_) => {}
    }
}
