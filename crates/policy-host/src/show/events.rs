//! The Events of a policy's records, as `kubectl get events` would list them.

use jiff::Timestamp;
use serde_json::Value;

use super::{age::age, plain::plain, table::columns};
use crate::Request;

const HEADER: [&str; 5] = ["LAST SEEN", "TYPE", "REASON", "OBJECT", "MESSAGE"];

/// The table. `request` has the `generateName` of a pod without a name.
pub(crate) fn table<'a>(
    events: impl Iterator<Item = &'a Value>,
    request: &Request,
    now: Timestamp,
) -> String {
    let row = |event: &Value| {
        let text = |key: &str| plain(event[key].as_str().unwrap_or("<unset>"));
        vec![
            age(event.get("lastTimestamp"), now),
            text("type"),
            text("reason"),
            object(&event["involvedObject"], request),
            text("message"),
        ]
    };
    columns(&HEADER, events.map(row).collect(), &[])
}

fn object(involved: &Value, request: &Request) -> String {
    let kind = involved["kind"].as_str().unwrap_or("<unset>");
    let name = match involved["name"].as_str() {
        Some(name) if !name.is_empty() => name.to_owned(),
        _ if kind == request.kind.kind => request.object_name(),
        _ => "*".to_owned(),
    };
    plain(&format!("{}/{name}", kind.to_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn lists_events_as_kubectl_does() {
        let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"generateName": "web-"}});
        let request = Request::from_pod(pod, None).expect("it is a pod");
        let events = [
            json!({
                "type": "Warning", "reason": "InjectionConflict", "message": "rule \"a\":\nno",
                "involvedObject": {"kind": "Pod"}, "lastTimestamp": "2026-11-23T11:59:58Z",
            }),
            json!({
                "type": "Normal", "reason": "Injected", "message": "done",
                "involvedObject": {"kind": "ReplicaSet", "name": "web"},
            }),
            json!({}),
        ];
        let now = "2026-11-23T12:00:00Z".parse().expect("a time");
        let expected = "\
LAST SEEN   TYPE      REASON              OBJECT           MESSAGE
2s          Warning   InjectionConflict   pod/web-*        rule \"a\":\\nno
<unknown>   Normal    Injected            replicaset/web   done
<unknown>   <unset>   <unset>             <unset>/*        <unset>";
        assert_eq!(table(events.iter(), &request, now), expected);
    }
}
