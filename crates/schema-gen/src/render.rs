//! Writes the table as Rust code. See [`render`].

use crate::table::{Absent, Field, Kind, List, Table};

const HEAD: &str = "
use super::types::Absent::{self, Default, Required, Unset, Zero};
use super::types::Kind::{
    self, Any, Bool, Enum, Int32, Int64, IntOrString, List, Map, Object, Quantity, String, Time,
};
use super::types::List::{Atomic, Keyed, Set};
use super::types::{Field, Type};

/// A field.
const fn f(name: &'static str, kind: Kind, absent: Absent) -> Field {
    Field { name, kind, absent, union: false, zero_is_default: false, gate: None }
}

/// A field that is a member of its type's union.
const fn u(name: &'static str, kind: Kind, absent: Absent) -> Field {
    Field { name, kind, absent, union: true, zero_is_default: false, gate: None }
}
";

/// The public types of the table, with their documentation.
const PUBLIC: [(&str, &str); 2] = [
    ("Container", "A container, as a rule patches it."),
    ("Pod", "A Pod, as its author writes it."),
];

/// The content of the file.
pub(crate) fn render(table: &Table, kubernetes: &str) -> String {
    let mut lines = vec![
        "// Written by `cargo run -p schema-gen -- --openapi FILE`. Do not edit.".to_owned(),
        format!("// From the OpenAPI v3 document of core/v1 of Kubernetes {kubernetes}, and from"),
        "// crates/schema-gen/by-hand.yaml.".to_owned(),
        HEAD.to_owned(),
    ];
    for (name, fields) in &table.types {
        let visible = match PUBLIC.iter().find(|(public, _)| public == name) {
            Some((_, doc)) => format!("/// {doc}\npub "),
            None => String::new(),
        };
        lines.push(format!(
            "{visible}static {}: Type = Type {{ name: {name:?}, fields: &[",
            constant(name)
        ));
        for (key, field) in fields {
            let helper = if field.union { 'u' } else { 'f' };
            let (kind, absent) = (kind(&field.kind), absent(field));
            let zero = if field.zero_is_default() {
                ".zero_is_default()"
            } else {
                ""
            };
            let gate = field.gate.as_ref();
            let gate = gate.map_or_else(String::new, |gate| format!(".gated({gate:?})"));
            lines.push(format!(
                "    {helper}({key:?}, {kind}, {absent}){zero}{gate},"
            ));
        }
        lines.push("] };\n".to_owned());
    }
    lines.join("\n")
}

/// The name of a constant: `HTTP_GET_ACTION` for `HTTPGetAction`.
fn constant(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let mut constant = String::new();
    for (index, letter) in letters.iter().enumerate() {
        let lower_before = index > 0 && letters[index - 1].is_ascii_lowercase();
        let lower_after = letters.get(index + 1).is_some_and(char::is_ascii_lowercase);
        if index > 0 && letter.is_ascii_uppercase() && (lower_before || lower_after) {
            constant.push('_');
        }
        constant.push(letter.to_ascii_uppercase());
    }
    constant
}

fn kind(of: &Kind) -> String {
    match of {
        Kind::Enum(values) => format!("Enum(&{values:?})"),
        Kind::Object(name) => format!("Object(&{})", constant(name)),
        Kind::Map(item) => format!("Map(&{})", kind(item)),
        Kind::List(list, item) => {
            let list = match list {
                List::Atomic => "Atomic".to_owned(),
                List::Set => "Set".to_owned(),
                List::Keyed(keys) => format!("Keyed(&{keys:?})"),
            };
            format!("List({list}, &{})", kind(item))
        }
        // The other kinds are written as their names.
        _ => format!("{of:?}"),
    }
}

fn absent(field: &Field) -> String {
    match field.absent() {
        Absent::Default(value) => format!("Default({:?})", value.to_string()),
        absent => format!("{absent:?}"),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::constant;

    #[rstest]
    #[case("Pod", "POD")]
    #[case("HTTPGetAction", "HTTP_GET_ACTION")]
    #[case("PodOS", "POD_OS")]
    #[case("SELinuxOptions", "SE_LINUX_OPTIONS")]
    #[case("ISCSIVolumeSource", "ISCSI_VOLUME_SOURCE")]
    fn constants_are_named_in_words(#[case] name: &str, #[case] expected: &str) {
        assert_eq!(constant(name), expected);
    }
}
