//! Lines of policy-server's `json` format.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};

use super::{Data, Format, Host, Logged, NotARecord, TARGET};

#[derive(Deserialize)]
struct Line<'a> {
    #[serde(borrow)]
    timestamp: Cow<'a, str>,
    #[serde(borrow)]
    target: Cow<'a, str>,
    fields: Fields<'a>,
    #[serde(default)]
    spans: Vec<Span>,
}

#[derive(Deserialize)]
struct Fields<'a> {
    #[serde(borrow)]
    data: Option<Cow<'a, str>>,
}

/// A span of a line.
#[derive(Default)]
struct Span {
    name: String,
    policy_id: Option<String>,
    request_uid: Option<String>,
    namespace: Option<String>,
    host: Option<String>,
}

pub(super) fn parse(line: &str) -> Result<Logged, NotARecord> {
    let line: Line<'_> = serde_json::from_str(line).map_err(|_| NotARecord::Damaged)?;
    if line.target != TARGET {
        return Err(NotARecord::NotPolicyLog);
    }
    let data = line.fields.data.ok_or(NotARecord::Damaged)?;
    let Data { event } = serde_json::from_str(&data).map_err(|_| NotARecord::Damaged)?;
    Ok(Logged {
        format: Format::Json,
        time: line.timestamp.parse().map_err(|_| NotARecord::Damaged)?,
        host: host(line.spans),
        event,
    })
}

/// The span of the request. The span of the call names a policy too, but a member of a policy group
/// only by its name in the group, which the group's author chose.
fn host(spans: Vec<Span>) -> Host {
    let mut requests = spans
        .into_iter()
        .filter(|span| matches!(span.name.as_str(), "validation" | "audit"));
    requests.next().map_or_else(Host::default, |span| Host {
        audit: span.name == "audit",
        policy: span.policy_id,
        request_uid: span.request_uid,
        namespace: span.namespace,
        server: span.host,
    })
}

/// Written by hand, since a span with a field `name` has this key twice. The last one is the span's
/// name.
impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct SpanVisitor;

        impl<'de> Visitor<'de> for SpanVisitor {
            type Value = Span;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a span")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Span, M::Error> {
                let mut span = Span::default();
                while let Some(key) = map.next_key::<Cow<'de, str>>()? {
                    match &*key {
                        "name" => span.name = map.next_value()?,
                        "policy_id" => span.policy_id = map.next_value()?,
                        "request_uid" => span.request_uid = map.next_value()?,
                        "namespace" => span.namespace = map.next_value()?,
                        "host" => span.host = map.next_value()?,
                        _ => {
                            map.next_value::<IgnoredAny>()?;
                        }
                    }
                }
                Ok(span)
            }
        }

        deserializer.deserialize_map(SpanVisitor)
    }
}
