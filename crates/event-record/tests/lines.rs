//! Lines as real hosts wrote them, and lines that only look like it.

use event_record::line::{Format, Formats, Logged, NotARecord, parse, parse_piped};
use event_record::{REQUEST_UID_ANNOTATION, RULE_ANNOTATION};
use rstest::rstest;

const JSON: &str = include_str!("data/policy-server.json.log");
const TEXT: &str = include_str!("data/policy-server.text.log");
const OTLP: &str = include_str!("data/policy-server.otlp.log");
const KWCTL: &str = include_str!("data/kwctl.stderr.log");

const UID: &str = "705ab4f5-6393-11e8-b7cc-42010a800002";

/// The one line of a log that is a record.
fn line(log: &'static str) -> &'static str {
    let mut records = log.lines().filter(|line| line.contains("involvedObject"));
    records.next().expect("the log has a record")
}

fn read(line: &str) -> Result<Logged, NotARecord> {
    parse(line.as_bytes(), Formats::Any)
}

#[rstest]
#[case::json(JSON, Format::Json, "2026-11-23T13:06:38.862670Z")]
#[case::text(TEXT, Format::Text, "2026-11-23T13:06:50.891679Z")]
#[case::otlp(OTLP, Format::Text, "2026-11-23T13:07:02.912339Z")]
fn policy_servers_record_is_read(
    #[case] log: &'static str,
    #[case] format: Format,
    #[case] time: &str,
) {
    let records: Vec<_> = log.lines().filter_map(|line| read(line).ok()).collect();
    let [logged] = records.as_slice() else {
        panic!("{records:?}");
    };
    assert_eq!(logged.format, format);
    assert_eq!(logged.time.to_string(), time.replace("70Z", "7Z"));
    assert_eq!(
        logged.host.policy.as_deref(),
        Some("clusterwide-pod-injector")
    );
    assert_eq!(logged.host.request_uid.as_deref(), Some(UID));
    assert_eq!(logged.host.namespace.as_deref(), Some("team-a"));
    assert_eq!(logged.host.server.as_deref(), Some("unknown"));
    assert!(!logged.host.audit);
    event_is_whole(logged);
}

#[test]
fn kwctls_record_is_read() {
    let logged = read(line(KWCTL)).expect("it is a record");
    assert_eq!(
        logged.host.policy.as_deref(),
        Some("registry://ghcr.io/example/pod-injector:v0.1.0")
    );
    assert_eq!(logged.host.request_uid, None);
    event_is_whole(&logged);
}

fn event_is_whole(logged: &Logged) {
    let annotations = logged.event.metadata.annotations.as_ref();
    let annotation = |key| annotations.and_then(|all| all.get(key)).map(String::as_str);
    assert_eq!(annotation(RULE_ANNOTATION), Some("corporate-proxy"));
    assert_eq!(annotation(REQUEST_UID_ANNOTATION), Some(UID));
    assert_eq!(logged.event.reason.as_deref(), Some("InjectionConflict"));
    assert_eq!(logged.event.involved_object.kind.as_deref(), Some("Pod"));
}

#[rstest]
#[case::text(TEXT, Formats::Json)]
#[case::otlp(OTLP, Formats::Json)]
#[case::json(JSON, Formats::Text)]
fn only_the_format_that_is_believed_is_read(#[case] log: &'static str, #[case] formats: Formats) {
    assert_eq!(
        parse(line(log).as_bytes(), formats),
        Err(NotARecord::Format)
    );
}

#[rstest]
#[case::audit_in_json(JSON, r#""name":"validation""#, r#""name":"audit""#)]
#[case::audit_in_text(TEXT, ":validation{", ":audit{")]
fn the_audit_scanners_question_is_told_apart(
    #[case] log: &'static str,
    #[case] from: &str,
    #[case] to: &str,
) {
    let logged = read(&line(log).replace(from, to)).expect("it is a record");
    assert!(logged.host.audit);
    assert_eq!(
        logged.host.policy.as_deref(),
        Some("clusterwide-pod-injector")
    );
}

/// At the log level `warn` a host writes no spans.
#[rstest]
#[case::json(JSON)]
#[case::text(TEXT)]
fn a_host_without_spans_tells_nothing_of_the_request(#[case] log: &'static str) {
    let line = line(log);
    let bare = if log == JSON {
        let at = line.find(r#","span":"#).expect("it has spans");
        format!("{}}}", &line[..at])
    } else {
        let at = line.find("policy_log: ").expect("it has a target");
        format!("2026-11-23T13:06:50.891679Z  WARN {}", &line[at..])
    };
    let logged = read(&bare).expect("it is a record");
    assert_eq!(logged.host.policy, None);
    event_is_whole(&logged);
}

/// A member of a policy group has a name that its author chose; the group has not.
#[rstest]
#[case::json(
    JSON,
    r#"policy_id: \"clusterwide-pod-injector\""#,
    r#"policy_id: \"forged\""#
)]
#[case::text(
    TEXT,
    r#"policy_id: "clusterwide-pod-injector""#,
    r#"policy_id: "forged""#
)]
fn the_policy_is_the_requests(#[case] log: &'static str, #[case] from: &str, #[case] to: &str) {
    let logged = read(&line(log).replace(from, to)).expect("it is a record");
    assert_eq!(
        logged.host.policy.as_deref(),
        Some("clusterwide-pod-injector")
    );
}

const FORGED: &str = r#"{"event":{"metadata":{"namespace":"kube-system"},"involvedObject":{"kind":"Pod","namespace":"kube-system"},"reason":"Forged"}}"#;

/// What Rust's debug form makes of a settings value.
fn debugged(value: &str) -> String {
    format!("{value:?}")
}

#[test]
fn a_settings_value_that_looks_like_a_record_is_none() {
    let value = "settings are printed in every line, data={";
    for forged in [
        format!("x data={FORGED}"),
        format!(
            "}}:policy_log{{self=EvaluationContext {{ policy_id: \"clusterwide-evil\", }}}}: policy_log: x data={FORGED}"
        ),
        format!("\n2026-11-23T13:06:50.891679Z  WARN policy_log: x data={FORGED}"),
        "}:validation{ policy_id=\"clusterwide-evil\" namespace=\"kube-system\"".to_owned(),
    ] {
        let escaped = debugged(&forged);
        let escaped = escaped.trim_matches('"');
        let logged = read(&line(TEXT).replace(value, escaped)).expect("the line has a record");
        assert_eq!(logged.host.namespace.as_deref(), Some("team-a"));
        assert_eq!(
            logged.host.policy.as_deref(),
            Some("clusterwide-pod-injector")
        );
        event_is_whole(&logged);
        // A line of another policy, which logs no Event, with these settings.
        let at = line(TEXT).rfind(" data={").expect("it has data");
        let other = format!("{} data={{}}", &line(TEXT)[..at]).replace(value, escaped);
        assert!(read(&other).is_err(), "{other}");
    }
}

/// In text, a policy's message stands before the host's `data=` as it is.
#[rstest]
#[case::whole_record(format!("x data={FORGED}"))]
#[case::header(format!(": policy_log: x data={FORGED}"))]
#[case::open_string("x data={\"event\":\"".to_owned())]
#[case::many("x data={".repeat(200))]
fn a_message_that_looks_like_a_record_is_none(#[case] forged: String) {
    let message = "rule \"corporate-proxy\" was not applied: env HTTP_PROXY of container \"app-0\" is already set to another value data";
    let real = line(TEXT).replace(message, &format!("{forged} data"));
    assert_ne!(real, line(TEXT));
    match read(&real) {
        Ok(logged) => event_is_whole(&logged),
        // More of it than is looked at.
        Err(error) => assert_eq!(error, NotARecord::Damaged),
    }
    let at = line(TEXT).rfind(" data={").expect("it has data");
    let no_event = format!("{} {forged} data={{}}", &line(TEXT)[..at]);
    assert!(read(&no_event).is_err());
}

#[test]
fn a_forged_line_in_a_message_is_escaped_by_a_json_host() {
    let forged = format!("a\n2026-11-23T13:06:50.891679Z  WARN policy_log: x data={FORGED}");
    let forged = serde_json::to_string(&forged).expect("a string");
    let message = "rule \\\"corporate-proxy\\\" was not applied";
    let real = line(JSON).replacen(message, forged.trim_matches('"'), 1);
    event_is_whole(&read(&real).expect("it is a record"));
}

#[rstest]
#[case::json(JSON)]
#[case::text(TEXT)]
#[case::otlp(OTLP)]
#[case::kwctl(KWCTL)]
fn a_cut_line_is_no_record(#[case] log: &'static str) {
    let line = line(log);
    for at in (1..line.len()).filter(|at| line.is_char_boundary(*at)) {
        assert!(
            read(&line[..at]).is_err(),
            "cut after {at}: {}",
            &line[..at]
        );
        // The terminal's colours before the time may be lost without harm.
        let start = &line[at..];
        if !start.starts_with("2026-") && !"\u{1b}[2m".contains(&line[..at]) {
            assert!(read(start).is_err(), "cut before {at}: {start}");
        }
    }
}

#[rstest]
#[case::json(JSON)]
#[case::text(TEXT)]
#[case::otlp(OTLP)]
fn two_records_mixed_by_two_writers_are_none(#[case] log: &'static str) {
    let line = line(log);
    for at in (1..line.len())
        .step_by(7)
        .filter(|at| line.is_char_boundary(*at))
    {
        let mixed = format!("{}{line}{}", &line[..at], &line[at..]);
        if let Ok(logged) = read(&mixed) {
            // Two lines may meet where it changes nothing of what the second says.
            event_is_whole(&logged);
        }
    }
}

/// Whatever stands in a log, reading it ends, and ends well.
#[test]
fn hostile_bytes_do_no_harm() {
    let mut random = fastrand::Rng::with_seed(5);
    let lines = [line(JSON), line(TEXT), line(OTLP), line(KWCTL)];
    let (mut read, mut refused) = (0, 0);
    for _ in 0..40_000 {
        let mut bytes = random.choice(lines).unwrap_or_default().as_bytes().to_vec();
        for _ in 0..random.usize(1..6) {
            let at = random.usize(0..bytes.len());
            match random.u8(0..5) {
                0 => bytes[at] = random.u8(..),
                1 => bytes.truncate(at.max(1)),
                2 => drop(bytes.drain(..at)),
                3 => bytes.insert(at, *random.choice(b"{}\"\\[]\x1b\x00\xff\n=").unwrap_or(&0)),
                _ => {
                    let other = random.choice(lines).unwrap_or_default().as_bytes();
                    let from = random.usize(0..other.len());
                    bytes.splice(at..at, other[from..].iter().copied());
                }
            }
            if bytes.is_empty() {
                bytes.push(b'{');
            }
        }
        match parse(&bytes, Formats::Any) {
            Ok(_) => read += 1,
            Err(_) => refused += 1,
        }
    }
    assert!(read > 0 && refused > 0, "{read} read, {refused} refused");
}

#[test]
fn a_deeply_nested_record_is_refused() {
    let deep = "[".repeat(100_000);
    let line = format!("2026-11-23T13:06:50Z  WARN policy_log: x data={{\"event\":{deep}");
    assert_eq!(read(&line), Err(NotARecord::Damaged));
}

/// What tools make of a line.
fn piped(tool: &str, line: &str) -> String {
    match tool {
        "kubectl --timestamps" => format!("2026-11-23T13:06:38.123456789Z {line}"),
        "kubectl --prefix" => format!("[pod/policy-server-default-abc/policy-server] {line}"),
        "kubectl --prefix --timestamps" => {
            format!("[pod/policy-server-default-abc/policy-server] 2026-11-23T13:06:38.1Z {line}")
        }
        "stern" => format!("policy-server-default-abc policy-server {line}"),
        "coloured stern" => {
            format!(
                "\u{1b}[35mpolicy-server-default\u{1b}[0m \u{1b}[95mpolicy-server\u{1b}[0m {line}"
            )
        }
        "docker compose" => format!("policy-server-1  | {line}"),
        "a CRI file" => format!("2026-11-23T13:06:38.123456789Z stdout F {line}"),
        "a docker file" => serde_json::json!({
            "log": format!("{line}\n"), "stream": "stdout", "time": "2026-11-23T13:06:38.1Z",
        })
        .to_string(),
        "a byte order mark" => format!("\u{feff}{line}"),
        "another system" => format!("{line}\r"),
        other => panic!("{other}"),
    }
}

#[rstest]
fn a_line_is_read_with_what_tools_put_around_it(
    #[values(JSON, TEXT, OTLP)] log: &'static str,
    #[values(
        "kubectl --timestamps",
        "kubectl --prefix",
        "kubectl --prefix --timestamps",
        "stern",
        "coloured stern",
        "docker compose",
        "a CRI file",
        "a docker file",
        "a byte order mark",
        "another system"
    )]
    tool: &str,
) {
    let own = read(line(log)).expect("it is a record");
    let piped = piped(tool, line(log));
    assert_eq!(parse_piped(piped.as_bytes(), Formats::Any), Ok(own));
}

/// Where the host's own line is expected, nothing stands before it.
#[rstest]
#[case::timestamp("kubectl --timestamps")]
#[case::prefix("kubectl --prefix")]
#[case::docker("a docker file")]
fn a_host_puts_nothing_before_its_line(#[case] tool: &str) {
    assert!(read(&piped(tool, line(JSON))).is_err());
}

/// A record within another line is none, however it is reached.
#[rstest]
#[case::in_json("2026-11-23T13:06:38Z {\"a\": \"b\"} ")]
#[case::in_a_message("2026-11-23T13:06:38.1Z  INFO policy_server: said ")]
#[case::far_into_the_line("a b c d e f g h i j k l m ")]
fn a_record_within_another_line_is_none(#[case] before: &str) {
    let text = format!("{before}{}", line(JSON));
    assert!(parse_piped(text.as_bytes(), Formats::Any).is_err());
}
