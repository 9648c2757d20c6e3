//! Hostile bytes as requests and as settings, in the real module in the real waPC host: never a
//! trap, never an error, never a rejection, never a lost field.

use std::fs;
use std::path::Path;
use std::sync::LazyLock;
use std::time::Duration;

use answer_check::{Answer, Exchange, is_kept};
use fastrand::Rng;
use policy_host::Policy;
use serde_json::{Value, json};

/// The inputs are the same at each run.
const SEED: u64 = 20_261_124;

static POLICY: LazyLock<Policy> = LazyLock::new(|| {
    let module = test_modules::module(test_modules::Package::PodInjector);
    let policy = Policy::load(&module).expect("the policy's module is a policy");
    // Only what never ends is a time-out here: the machine may be busy with other tests.
    policy.with_time_out(Duration::from_mins(1))
});

/// Rules that only add, so that everything that came must still be there.
const RULES: &str = r#"{"rules":[
  {"name":"everything","onConflict":"Keep","inject":{
    "pod":{"metadata":{"labels":{"l":"1"},"annotations":{"a":"1"}},
      "spec":{"volumes":[{"name":"v","emptyDir":{}}],
        "initContainers":[{"name":"i","image":"i:1"}],
        "tolerations":[{"key":"k","operator":"Exists"}],
        "securityContext":{"supplementalGroups":[7]}}},
    "containers":[{"patch":{"env":[{"name":"E","value":"1"}],
      "volumeMounts":[{"name":"v","mountPath":"/v"}],
      "resources":{"limits":{"memory":"1Gi"}}}}]}},
  {"name":"variables","onConflict":"Keep","inject":{
    "pod":{"metadata":{"labels":{"n":"${metadata.name:-none}-${metadata.labels['app']:-none}"}}},
    "containers":[{"patch":{"env":[{"name":"V","value":"${metadata.annotations['a']:-}${spec.serviceAccountName:-}${container.image:-}"}]}},
      {"patch":{"volumeMounts":[{"name":"v","mountPath":"/v/${container.name:-none}/${request.uid}"}]}}]}},
  {"name":"no-values","inject":{"pod":{"metadata":{"annotations":{"b":"${metadata.generateName}${metadata.labels['x']}"}}}}},
  {"name":"conflict","match":{"namespaces":{"include":["*"]},
      "labelSelector":{"matchExpressions":[{"key":"x","operator":"DoesNotExist"}]}},
    "inject":{"containers":[{"patch":{"image":"another:1"}}]}}]}"#;

#[test]
fn changed_requests() {
    let mut rng = Rng::with_seed(SEED);
    let request = read("benches/requests/small.json");
    let places = pointers(&serde_json::from_str(&request).expect("the request is JSON"));
    for round in 0..7_000 {
        let request = match round % 3 {
            0 => with_another_value(&request, &places, &mut rng),
            1 => with_another_bytes(&request, &mut rng),
            _ => with_a_key_twice(&request, &mut rng),
        };
        let payload = [
            br#"{"request":"#.as_slice(),
            &request,
            br#","settings":"#,
            RULES.as_bytes(),
            b"}",
        ]
        .concat();
        check_kept(&payload);
    }
}

#[test]
fn changed_settings() {
    let mut rng = Rng::with_seed(SEED);
    let request = read("benches/requests/small.json");
    let places = pointers(&serde_json::from_str(RULES).expect("the rules are JSON"));
    for round in 0..4_000 {
        let settings = match round % 3 {
            0 => with_another_value(RULES, &places, &mut rng),
            1 => with_another_bytes(RULES, &mut rng),
            _ => with_a_key_twice(RULES, &mut rng),
        };
        check_settings(&settings);
        let payload = [
            br#"{"request":"#.as_slice(),
            request.as_bytes(),
            br#","settings":"#,
            &settings,
            b"}",
        ]
        .concat();
        answer(&payload);
    }
}

#[test]
fn extremes() {
    let deep_arrays = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    let deep_objects = format!("{}1{}", r#"{"a":"#.repeat(10_000), "}".repeat(10_000));
    let large = format!("\"{}\"", "x".repeat(10 << 20));
    let many_keys: Vec<String> = (0..100_000)
        .map(|key| format!(r#""k{key}":{key}"#))
        .collect();
    let many_keys = format!("{{{}}}", many_keys.join(","));
    let many_items = format!("[{}1]", "1,".repeat(1_000_000));
    let values = [
        "null",
        "\"\\ud800\"",
        "{\"\\udfff\":1}",
        "1e999999999",
        "-0.00000000000000000000001e-9999",
        "123456789012345678901234567890123456789012345678901234567890",
        &deep_arrays,
        &deep_objects,
        &large,
        &many_keys,
        &many_items,
    ];
    for value in values {
        let pods = [
            value.to_owned(),
            format!(r#"{{"metadata":{value},"spec":{{"containers":[]}}}}"#),
            format!(r#"{{"metadata":{{"labels":{value},"annotations":{value}}}}}"#),
            format!(r#"{{"spec":{value}}}"#),
            format!(
                r#"{{"spec":{{"unknown":{value},"containers":[{{"name":"c","unknown":{value}}}]}}}}"#
            ),
            format!(
                r#"{{"spec":{{"containers":[{{"name":{value},"env":{value}}}],"volumes":[{value}]}}}}"#
            ),
            format!(r#"{{"spec":{{"containers":{value}}}}}"#),
        ];
        for pod in pods {
            check_kept(create(&pod, RULES).as_bytes());
        }
        let rules = [
            value.to_owned(),
            format!(r#"{{"rules":{value}}}"#),
            format!(r#"{{"rules":[{value}]}}"#),
            format!(r#"{{"rules":[{{"name":{value},"match":{value},"inject":{value}}}]}}"#),
            format!(
                r#"{{"unknownFields":"Allow","rules":[{{"name":"r","inject":{{"pod":{{"spec":{{"unknown":{value}}}}},"containers":[{{"patch":{{"unknown":{value}}}}}]}}}}]}}"#
            ),
        ];
        let pod = format!(
            r#"{{"spec":{{"unknown":{value},"containers":[{{"name":"c","unknown":{value}}}]}}}}"#
        );
        for rules in rules {
            check_settings(rules.as_bytes());
            answer(create(&pod, &rules).as_bytes());
        }
        answer(value.as_bytes());
    }
    for payload in [b"".as_slice(), b"\xff\xfe", b"{", b"{\"request\":", b"\0"] {
        answer(payload);
        check_settings(payload);
    }
}

#[test]
fn what_no_unicode_can_spell_comes_back_as_it_was() {
    let unknown = r#"{"\udc00":"\ud800","n":1e3,"m":9007199254740993,"e":"\u0061"}"#;
    let pod = format!(
        r#"{{"metadata":{{"name":"p"}},"spec":{{"unknown":{unknown},"containers":[{{"name":"c"}}]}}}}"#
    );
    let answer = answer(create(&pod, RULES).as_bytes());
    let mutated = answer.mutated_object.expect("rules are applied");
    assert!(mutated.contains(unknown), "{mutated}");
}

fn create(pod: &str, settings: &str) -> String {
    format!(
        r#"{{"request":{{"uid":"u","namespace":"n","operation":"CREATE","kind":{{"group":"","version":"v1","kind":"Pod"}},"resource":{{"group":"","version":"v1","resource":"pods"}},"object":{pod}}},"settings":{settings}}}"#
    )
}

/// The policy's answer to a payload, which keeps every promise.
fn answer(payload: &[u8]) -> Answer {
    let call = POLICY.call("validate", payload);
    let shown = || String::from_utf8_lossy(&payload[..payload.len().min(4_000)]).into_owned();
    // A changed rule may want a label that the pod's controller selects by, which is looked up.
    // There is no cluster here.
    let mut host_errors = call.host_errors.iter();
    assert!(
        host_errors.all(|error| error.contains("'kubernetes/get_resource' host capability")),
        "{:?} on {}",
        call.host_errors,
        shown()
    );
    let answer = call
        .answer
        .unwrap_or_else(|error| panic!("{error} on {}", shown()));
    let records = call.logs.iter().map(|record| json!(record));
    let records: Vec<Value> = records.collect();
    let checked = answer_check::check(&Exchange {
        payload,
        answer: &answer,
        records: &records,
        may_reject: false,
        secrets: &[],
    });
    checked.unwrap_or_else(|broken| {
        let answer = String::from_utf8_lossy(&answer);
        panic!("{broken} in {answer} on {}", shown())
    })
}

/// Checks the answer to a payload of rules that only add.
fn check_kept(payload: &[u8]) {
    let mutated = answer(payload).mutated_object;
    let mutated = mutated.and_then(|mutated| serde_json::from_str(&mutated).ok());
    if let (Ok(payload), Some(mutated)) = (serde_json::from_slice::<Value>(payload), mutated) {
        let object = &payload["request"]["object"];
        assert!(is_kept(object, &mutated), "{mutated} of {payload}");
    }
}

fn check_settings(settings: &[u8]) {
    let call = POLICY.call("validate_settings", settings);
    let shown = || String::from_utf8_lossy(&settings[..settings.len().min(4_000)]).into_owned();
    let answer = call
        .answer
        .unwrap_or_else(|error| panic!("{error} on {}", shown()));
    let answer: Value =
        serde_json::from_slice(&answer).unwrap_or_else(|error| panic!("{error} on {}", shown()));
    if answer["valid"] == json!(false) {
        let message = answer["message"].as_str().unwrap_or_default();
        assert!(!message.is_empty(), "no message on {}", shown());
    } else {
        assert_eq!(answer["valid"], json!(true), "{answer} on {}", shown());
    }
}

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// JSON pointers to every value of a document.
fn pointers(value: &Value) -> Vec<String> {
    fn collect(value: &Value, at: &str, all: &mut Vec<String>) {
        all.push(at.to_owned());
        match value {
            Value::Object(members) => {
                for (key, value) in members {
                    let key = key.replace('~', "~0").replace('/', "~1");
                    collect(value, &format!("{at}/{key}"), all);
                }
            }
            Value::Array(items) => {
                for (index, value) in items.iter().enumerate() {
                    collect(value, &format!("{at}/{index}"), all);
                }
            }
            _ => {}
        }
    }
    let mut all = Vec::new();
    collect(value, "", &mut all);
    all
}

/// A value of another kind in one place or two.
fn with_another_value(document: &str, places: &[String], rng: &mut Rng) -> Vec<u8> {
    let others = [
        json!(null),
        json!(true),
        json!(0),
        json!(-1.5e300),
        json!(""),
        json!("a\nb\u{202e}"),
        json!("*"),
        json!([]),
        json!([null, 1, "x", {}, []]),
        json!({}),
        json!({"name": 1, "": {"a": []}}),
        json!([{"name": "E"}, {"name": "E"}, {"mountPath": "/v"}]),
    ];
    let mut document: Value = serde_json::from_str(document).expect("the document is JSON");
    for _ in 0..=rng.usize(..2) {
        let place = &places[rng.usize(..places.len())];
        if let Some(value) = document.pointer_mut(place) {
            *value = others[rng.usize(..others.len())].clone();
        }
    }
    document.to_string().into_bytes()
}

/// Some bytes changed, left out or put in, or the end cut off.
fn with_another_bytes(document: &str, rng: &mut Rng) -> Vec<u8> {
    let alphabet = b"{}[]\",:\\u09eE+-.tfn \x00\x1f\x7f\x80\xc3\xff";
    let mut bytes = document.as_bytes().to_vec();
    if rng.usize(..4) == 0 {
        bytes.truncate(rng.usize(..bytes.len()));
        return bytes;
    }
    for _ in 0..=rng.usize(..3) {
        let at = rng.usize(..bytes.len());
        let byte = alphabet[rng.usize(..alphabet.len())];
        match rng.usize(..3) {
            0 => bytes[at] = byte,
            1 => bytes.insert(at, byte),
            _ => drop(bytes.remove(at)),
        }
    }
    bytes
}

/// A member of some object repeated with another value.
fn with_a_key_twice(document: &str, rng: &mut Rng) -> Vec<u8> {
    const KEYS: [&str; 12] = [
        "metadata",
        "spec",
        "containers",
        "name",
        "env",
        "namespace",
        "labels",
        "annotations",
        "rules",
        "inject",
        "match",
        "pod",
    ];
    const VALUES: [&str; 6] = ["null", "1", "\"x\"", "[]", "{}", "[{\"name\":\"E\"}]"];
    let opens: Vec<usize> = document.match_indices('{').map(|(at, _)| at).collect();
    let at = opens[rng.usize(..opens.len())] + 1;
    let (head, tail) = document.split_at(at);
    let key = KEYS[rng.usize(..KEYS.len())];
    let value = VALUES[rng.usize(..VALUES.len())];
    let comma = if tail.trim_start().starts_with('}') {
        ""
    } else {
        ","
    };
    format!("{head}\"{key}\":{value}{comma}{tail}").into_bytes()
}
