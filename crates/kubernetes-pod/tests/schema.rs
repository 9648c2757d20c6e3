//! The schema table against k8s-openapi's Pod, and against itself.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::schemars::SchemaGenerator;
use kubernetes_pod::schema::{Absent, Field, Kind, List, POD, Type};
use serde_json::Value;

/// The types that can be reached from the Pod, by name.
fn types() -> BTreeMap<&'static str, &'static Type> {
    let mut types = BTreeMap::new();
    let mut open = vec![&POD];
    while let Some(next) = open.pop() {
        if types.insert(next.name, next).is_none() {
            open.extend(next.fields.iter().filter_map(|field| object(&field.kind)));
        }
    }
    types
}

/// The struct that a field holds, or holds several of.
fn object(kind: &'static Kind) -> Option<&'static Type> {
    match kind {
        Kind::Object(of) => Some(of),
        Kind::Map(item) | Kind::List(_, item) => object(item),
        _ => None,
    }
}

/// Every field of every type, with its path such as `Container.image`.
fn fields() -> impl Iterator<Item = (String, &'static Field)> {
    types().into_values().flat_map(|of| {
        of.fields
            .iter()
            .map(move |field| (format!("{}.{}", of.name, field.name), field))
    })
}

/// What each field holds by the table, in words that k8s-openapi's schema can be put in too.
fn table() -> BTreeMap<String, String> {
    fn words(kind: &Kind) -> String {
        match kind {
            Kind::String | Kind::Enum(_) => "string".to_owned(),
            Kind::Bool => "boolean".to_owned(),
            Kind::Int32 => "int32".to_owned(),
            Kind::Int64 => "int64".to_owned(),
            Kind::IntOrString => "IntOrString".to_owned(),
            Kind::Quantity => "Quantity".to_owned(),
            Kind::Time => "Time".to_owned(),
            Kind::Any => "FieldsV1".to_owned(),
            Kind::Object(of) => of.name.to_owned(),
            Kind::Map(item) => format!("map of {}", words(item)),
            Kind::List(_, item) => format!("list of {}", words(item)),
        }
    }
    fields()
        .map(|(path, field)| (path, words(&field.kind)))
        .collect()
}

/// The same of k8s-openapi's Pod.
fn k8s_openapi() -> BTreeMap<String, String> {
    fn words(schema: &Value) -> String {
        if let Some(reference) = schema["$ref"].as_str() {
            return short_name(reference).to_owned();
        }
        match schema["type"].as_str() {
            Some("integer") => schema["format"].as_str().unwrap_or("integer").to_owned(),
            Some("array") => format!("list of {}", words(&schema["items"])),
            Some("object") => format!("map of {}", words(&schema["additionalProperties"])),
            other => other.unwrap_or("nothing").to_owned(),
        }
    }
    let root = SchemaGenerator::default()
        .into_root_schema_for::<Pod>()
        .to_value();
    let mut fields = BTreeMap::new();
    let mut seen = BTreeSet::new();
    let mut open = vec![("Pod", &root)];
    while let Some((name, schema)) = open.pop() {
        let Some(properties) = schema["properties"].as_object() else {
            continue;
        };
        for (key, property) in properties {
            if name == "Pod" && ["apiVersion", "kind", "status"].contains(&key.as_str()) {
                continue;
            }
            fields.insert(format!("{name}.{key}"), words(property));

            let holds = [
                property,
                &property["items"],
                &property["additionalProperties"],
            ];
            for reference in holds.iter().filter_map(|schema| schema["$ref"].as_str()) {
                if seen.insert(reference) {
                    let pointer = reference.trim_start_matches('#');
                    let definition = root.pointer(pointer).expect("a reference leads somewhere");
                    open.push((short_name(reference), definition));
                }
            }
        }
    }
    fields
}

fn short_name(reference: &str) -> &str {
    reference.rsplit('.').next().unwrap_or(reference)
}

#[test]
fn is_what_k8s_openapi_knows() {
    let (ours, theirs) = (table(), k8s_openapi());
    let paths: BTreeSet<&String> = ours.keys().chain(theirs.keys()).collect();
    let differences: Vec<String> = paths
        .into_iter()
        .filter(|path| ours.get(*path) != theirs.get(*path))
        .map(|path| {
            let side = |side: &BTreeMap<String, String>| {
                side.get(path).map_or("missing", String::as_str).to_owned()
            };
            let (ours, theirs) = (side(&ours), side(&theirs));
            format!("{path}: here {ours}, in k8s-openapi {theirs}")
        })
        .collect();
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    assert!(ours.len() > 500, "only {} fields", ours.len());
}

#[test]
fn types_have_one_name_each() {
    for field_of in types().values() {
        for held in field_of.fields.iter().filter_map(|f| object(&f.kind)) {
            assert!(
                std::ptr::eq(types()[held.name], held),
                "two types are called {}",
                held.name
            );
        }
    }
}

#[test]
fn every_field_is_found_by_its_name() {
    for of in types().values() {
        assert!(
            of.fields.is_sorted_by(|a, b| a.name < b.name),
            "{}: not sorted",
            of.name
        );
        for field in of.fields {
            let found = of.field(field.name).expect("a field of the type");
            assert!(std::ptr::eq(found, field), "{}.{}", of.name, field.name);
        }
        assert!(of.field("").is_none());
        assert!(of.field("unheardOf").is_none());
    }
}

#[test]
fn unions_have_members_to_choose_from() {
    for of in types().values() {
        let members = of.fields.iter().filter(|field| field.union).count();
        assert_ne!(members, 1, "{}: a union of one", of.name);
        assert_eq!(of.has_union(), members > 0, "{}", of.name);
    }
}

#[test]
fn merge_keys_are_scalars_of_the_item() {
    for (path, field) in fields() {
        let Kind::List(List::Keyed(keys), item) = field.kind else {
            continue;
        };
        let item = object(item).expect("a keyed list has structs");
        assert!(!keys.is_empty(), "{path}: no keys");
        for key in keys {
            let key = item
                .field(key)
                .unwrap_or_else(|| panic!("{path}: no {key} in {}", item.name));
            assert!(
                matches!(key.kind, Kind::String | Kind::Enum(_) | Kind::Int32),
                "{path}: {} is no scalar",
                key.name
            );
        }
    }
}

#[test]
fn defaults_fit_their_fields() {
    for (path, field) in fields() {
        if let Absent::Default(text) = field.absent {
            let value: Value = serde_json::from_str(text)
                .unwrap_or_else(|error| panic!("{path}: {text}: {error}"));
            assert!(fits(&field.kind, &value), "{path}: {text}");
        }
    }
}

fn fits(kind: &Kind, value: &Value) -> bool {
    match kind {
        Kind::String | Kind::Time => value.is_string(),
        Kind::Enum(values) => value.as_str().is_some_and(|text| values.contains(&text)),
        Kind::Bool => value.is_boolean(),
        Kind::Int32 => value.as_i64().is_some_and(|n| i32::try_from(n).is_ok()),
        Kind::Int64 => value.is_i64(),
        Kind::IntOrString | Kind::Quantity => value.is_string() || value.is_number(),
        Kind::Any => true,
        Kind::Object(of) => value.as_object().is_some_and(|object| {
            (object.iter())
                .all(|(key, value)| of.field(key).is_some_and(|field| fits(&field.kind, value)))
        }),
        Kind::Map(item) => {
            (value.as_object()).is_some_and(|map| map.values().all(|value| fits(item, value)))
        }
        Kind::List(_, item) => {
            (value.as_array()).is_some_and(|list| list.iter().all(|value| fits(item, value)))
        }
    }
}

#[test]
fn enums_name_each_value_once() {
    for (path, field) in fields() {
        let kind = match &field.kind {
            Kind::List(_, item) | Kind::Map(item) => item,
            kind => kind,
        };
        if let Kind::Enum(values) = kind {
            let distinct: BTreeSet<_> = values.iter().collect();
            assert!(!values.is_empty(), "{path}");
            assert_eq!(distinct.len(), values.len(), "{path}");
        }
    }
}
