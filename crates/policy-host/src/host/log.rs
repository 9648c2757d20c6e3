//! The records that a policy writes to the host's log.

use serde::{Deserialize, Deserializer, Serialize, de::Error};
use serde_json::{Map, Value};

/// A log line's level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the variants are the levels' names")]
pub enum Level {
    Trace,
    Debug,
    Info,
    Warning,
    Error,
}

impl Level {
    /// The level's name in policies' records.
    pub fn name(self) -> &'static str {
        match self {
            Self::Trace => "trace",
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

impl<'de> Deserialize<'de> for Level {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        [
            Self::Trace,
            Self::Debug,
            Self::Info,
            Self::Warning,
            Self::Error,
        ]
        .into_iter()
        .find(|level| level.name().eq_ignore_ascii_case(&name))
        .ok_or_else(|| D::Error::custom(format!("unknown log level {name}")))
    }
}

/// The payload of a host call `kubewarden/tracing/log`. It serializes unchanged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LogRecord {
    /// The level.
    pub level: Level,
    /// The text.
    #[serde(default)]
    pub message: Option<String>,
    /// The other keys of the payload. In policy-server's log line they are the field `data`.
    #[serde(flatten)]
    pub data: Map<String, Value>,
}

impl LogRecord {
    /// The Kubernetes Event of the record.
    pub fn event(&self) -> Option<&Value> {
        self.data.get("event").filter(|event| event.is_object())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    #[rstest]
    #[case::full(json!({"level": "warning", "message": "m", "event": {"reason": "R"}}), true)]
    #[case::capitals(json!({"level": "INFO"}), true)]
    #[case::unknown_level(json!({"level": "warn", "message": "m"}), false)]
    #[case::no_level(json!({"message": "m"}), false)]
    #[case::no_object(json!("text"), false)]
    fn reads_what_the_host_reads(#[case] payload: Value, #[case] readable: bool) {
        assert_eq!(
            serde_json::from_value::<LogRecord>(payload).is_ok(),
            readable
        );
    }

    #[test]
    fn comes_out_as_it_went_in() {
        let payload = json!({"level": "warning", "message": "m", "event": {"reason": "R"}, "n": 1});
        let record: LogRecord = serde_json::from_value(payload.clone()).expect("it is a record");
        assert_eq!(record.event(), Some(&json!({"reason": "R"})));
        assert_eq!(serde_json::to_value(record).expect("it is JSON"), payload);
    }
}
