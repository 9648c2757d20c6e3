//! Messages that leave the policy quote nothing of a rule.

use kubernetes_pod::field_path::FieldPath;
use kubernetes_pod::schema::{self, Kind, List, Type};
use lazy_json::Node;
use serde_json::{Value, json};

use super::*;

type CheckFragment = fn(&Node<'_>, UnknownFields, &FieldPath<'_>, &mut Problems);

/// A text that no message may show, as a word, as something wrong, and as a variable.
const TEXTS: [&str; 7] = [
    "hunter2",
    "-Hunter2:/ ",
    "hunter2\n",
    "../hunter2",
    "${hunter2}",
    "${metadata.labelz['hunter2']}",
    "${metadata.name}${container.hunter2}",
];

/// Values for a field of this kind: each with the text in every place of one kind, lists with the same
/// item twice.
fn values(kind: &Kind, depth: usize) -> Vec<Value> {
    let twice = |value: Value| json!([value.clone(), value]);
    match kind {
        Kind::Object(ty) => objects(ty, depth),
        Kind::Map(kind) => {
            let values = values(kind, depth).into_iter();
            values.map(|value| json!({"key": value})).collect()
        }
        Kind::List(list, kind) => {
            let values = values(kind, depth).into_iter();
            let keyed = |value: Value| match (list, kind) {
                (List::Keyed(keys), Kind::Object(ty)) => with_keys(ty, keys, value),
                _ => value,
            };
            values.map(keyed).map(twice).collect()
        }
        _ => {
            let texts = TEXTS.iter().map(|text| json!(text));
            texts.chain([json!(27_182_818_284_u64)]).collect()
        }
    }
}

fn with_keys(ty: &Type, keys: &[&str], mut item: Value) -> Value {
    for key in keys {
        let field = ty.field(key).expect("a merge key is a field");
        if item.get(key).is_none() && matches!(field.kind, Kind::String) {
            item[*key] = json!("hunter2");
        }
    }
    item
}

/// Objects of this type, each with one of its fields, in every way.
fn objects(ty: &Type, depth: usize) -> Vec<Value> {
    const DEPTH: usize = 9;
    if depth == DEPTH {
        return Vec::new();
    }
    let fields = ty.fields.iter().flat_map(|field| {
        let values = values(&field.kind, depth + 1).into_iter();
        values.map(|value| json!({field.name: value}))
    });
    let unknown = ["hunte", "$hunte"].map(|name| json!({name: "hunter2"}));
    fields.chain(unknown).collect()
}

#[test]
fn no_message_quotes_a_text_of_a_rule() {
    let mut told = 0;
    let checks: [(&Type, CheckFragment); 2] =
        [(&schema::POD, check_pod), (&schema::CONTAINER, check_patch)];
    for (ty, check) in checks {
        for fragment in objects(ty, 0) {
            let text = fragment.to_string();
            let node = Node::parse(&text).expect("it is JSON");
            let mut problems = Problems::all().without_quotes();
            check(
                &node,
                UnknownFields::Refuse,
                &FieldPath::ROOT,
                &mut problems,
            );
            for problem in problems.found() {
                told += 1;
                let message = problem.message.to_lowercase();
                let quotes = ["hunter2", "27182818284"]
                    .iter()
                    .any(|text| message.contains(text));
                assert!(!quotes, "{problem} in {text}");
            }
        }
    }
    assert!(told > 10_000, "{told} messages");
}
