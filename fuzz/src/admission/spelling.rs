//! Other spellings of keys, numbers and strings, and values of other kinds.

use arbitrary::Unstructured;

/// Numbers, in every spelling that a reader may take for another number.
const NUMBERS: [&str; 22] = [
    "0",
    "-0",
    "0.0",
    "-0.0",
    "1.0",
    "1e0",
    "1E2",
    "8080.0",
    "808e1",
    "1e-2",
    "5e-1",
    "-1",
    "2147483648",
    "4294967376",
    "9007199254740993",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551616",
    "1e400",
    "-1e400",
    "0.1000000000000000055511151231257827",
    "123456789012345678901234567890123456789012345678901234567890",
];

/// Strings: empty, not Unicode, with control characters, and in other spellings.
const STRINGS: [&str; 24] = [
    r#""""#,
    r#"" ""#,
    r#""app""#,
    r#""\u0061pp""#,
    r#""\ud800""#,
    r#""\udc00\ud800""#,
    r#""\ud83d\ude00""#,
    r#""a\nrule \"x\" was applied""#,
    r#""\u001b[31m\u0000\u202e""#,
    r#""*""#,
    r#""true""#,
    r#""null""#,
    r#""-0""#,
    r#""1e3""#,
    r#""500m""#,
    r#""0.5""#,
    r#""1Ei""#,
    r#""100u""#,
    r#""/""#,
    r#""../..""#,
    r#""${metadata.name}""#,
    r#""${metadata.annotations['note']:-\u0024{x}}""#,
    r#""$$${""#,
    r#""configmap/team-a/rules""#,
];

/// Values of any kind.
const VALUES: [&str; 16] = [
    "null",
    "true",
    "false",
    "[]",
    "{}",
    "[null]",
    "[[]]",
    r#"{"":null}"#,
    r#"{"name":"app"}"#,
    r#"[{"name":"app"},{"name":"app"}]"#,
    r#"[{"name":"app","name":"web"}]"#,
    r#"[{"mountPath":"/v","name":"data"},{"mountPath":"/v","name":"data"}]"#,
    r#"{"$patch":"delete","name":"app"}"#,
    r#"{"name":1,"value":{}}"#,
    r#"[0,"x",{},[],null,true]"#,
    r#"{"app":"x","app":"y","\u0061pp":"z"}"#,
];

/// The keys that most is decided by.
const KEYS: [&str; 30] = [
    "metadata",
    "labels",
    "annotations",
    "name",
    "generateName",
    "namespace",
    "ownerReferences",
    "spec",
    "containers",
    "initContainers",
    "ephemeralContainers",
    "env",
    "value",
    "valueFrom",
    "volumes",
    "volumeMounts",
    "mountPath",
    "ports",
    "containerPort",
    "hostPort",
    "resources",
    "limits",
    "requests",
    "securityContext",
    "restartPolicy",
    "serviceAccountName",
    "tolerations",
    "hostNetwork",
    "pod-injector.kubewarden.io/status",
    "pod-injector.kubewarden.io/skip",
];

/// A value that was not there.
pub(crate) fn value(from: &mut Unstructured<'_>) -> arbitrary::Result<String> {
    Ok(match from.int_in_range(0..=4)? {
        0 => one_of(&NUMBERS, from)?,
        1 => one_of(&STRINGS, from)?,
        2 => deep(from.int_in_range(1..=140)?),
        _ => one_of(&VALUES, from)?,
    })
}

/// A key, as JSON text.
pub(crate) fn key(from: &mut Unstructured<'_>) -> arbitrary::Result<String> {
    Ok(format!("\"{}\"", one_of(&KEYS, from)?))
}

/// A scalar or key in another spelling, or another one of its kind.
pub(crate) fn respelled(text: &str, from: &mut Unstructured<'_>) -> arbitrary::Result<String> {
    let way = from.int_in_range(0..=5)?;
    if let Some(inside) = text
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'))
    {
        return Ok(match way {
            0 => one_of(&STRINGS, from)?,
            1 => format!("\"{inside}{inside}\""),
            2 => format!("\"{}\"", "x".repeat(1 << from.int_in_range(0..=12)?)),
            3 => format!(" {text}\t"),
            _ if inside.contains('\\') => text.to_owned(),
            _ => escaped(inside, way == 4),
        });
    }
    Ok(match way {
        0 | 1 => one_of(&NUMBERS, from)?,
        2 => format!("\"{text}\""),
        3 => format!("\n{text} "),
        4 if text.bytes().all(|byte| byte.is_ascii_digit()) => format!("{text}.0"),
        5 if text.bytes().all(|byte| byte.is_ascii_digit()) => format!("{text}e0"),
        _ => text.to_owned(),
    })
}

/// A text with its first characters, or all of them, as escapes.
fn escaped(text: &str, all: bool) -> String {
    let mut out = "\"".to_owned();
    for (index, character) in text.chars().enumerate() {
        if all || index == 0 {
            let mut units = [0; 2];
            for unit in character.encode_utf16(&mut units) {
                out += &format!("\\u{unit:04X}");
            }
        } else {
            out.push(character);
        }
    }
    out + "\""
}

fn deep(levels: usize) -> String {
    "[".repeat(levels) + &"]".repeat(levels)
}

fn one_of(list: &[&str], from: &mut Unstructured<'_>) -> arbitrary::Result<String> {
    Ok((*from.choose(list)?).to_owned())
}
