//! Reads the types of the document into a table. See [`Builder::root`].

use std::collections::BTreeMap;

use crate::by_hand::ByHand;
use crate::document::{Document, Schema, short_name};
use crate::problem::Problem;
use crate::table::{Field, Kind, List, Table};

/// A table under construction.
pub(crate) struct Builder<'a> {
    pub(crate) document: &'a Document,
    pub(crate) table: Table,
    pub(crate) problems: Vec<Problem>,
}

impl Builder<'_> {
    /// Checks the document's version.
    pub(crate) fn version(&mut self, by_hand: &ByHand) {
        let document = &self.document.info.version;
        let of_minor = document
            .strip_prefix('v')
            .and_then(|version| version.strip_prefix(&by_hand.kubernetes))
            .is_some_and(|rest| rest.starts_with('.'));
        if document != "unversioned" && !of_minor {
            self.problems.push(Problem::Version {
                document: document.clone(),
                by_hand: by_hand.kubernetes.clone(),
            });
        }
    }

    /// Adds the root type and all types that it refers to.
    pub(crate) fn root(&mut self, by_hand: &ByHand) {
        let root = &by_hand.root;
        match self.document.find(&root.name) {
            Some(name) => self.walk(&name, &root.without),
            None => self.problems.push(Problem::NoType(root.name.clone())),
        }
    }

    /// Adds a type and the types of its fields.
    fn walk(&mut self, full_name: &str, without: &[String]) {
        let name = short_name(full_name);
        if self.table.types.contains_key(name) {
            return;
        }
        if self.document.find(name).is_none() {
            return self.problems.push(Problem::NoType(name.to_owned()));
        }
        let mut schema = match self.document.schema(full_name) {
            Some(Ok(schema)) => schema,
            Some(Err(error)) => {
                let problem = Problem::Unreadable(name.to_owned(), error.to_string());
                return self.problems.push(problem);
            }
            None => return self.problems.push(Problem::NoType(name.to_owned())),
        };
        for field in without {
            if schema.properties.remove(field).is_none() {
                (self.problems).push(Problem::NoField(format!("{name}.{field}")));
            }
        }

        // Added before its fields, which may refer to the type itself.
        self.table.types.insert(name.to_owned(), BTreeMap::new());
        let mut fields = BTreeMap::new();
        for (key, property) in schema.properties {
            let Some(kind) = self.kind(&format!("{name}.{key}"), &property) else {
                continue;
            };
            let field = Field {
                union: false,
                gate: None,
                required: schema.required.contains(&key),
                pointer: kind.usually_pointer(),
                kind,
                default: property.default,
            };
            fields.insert(key, field);
        }
        for union in &schema.unions {
            let members: Vec<&str> = union.members().collect();
            if members.len() > 1 {
                for member in members {
                    if let Some(field) = fields.get_mut(member) {
                        field.union = true;
                    }
                }
            }
        }
        self.table.types.insert(name.to_owned(), fields);
    }

    fn kind(&mut self, path: &str, schema: &Schema) -> Option<Kind> {
        if let Some(full_name) = schema.refers_to() {
            return Some(match short_name(full_name) {
                "FieldsV1" => Kind::Any,
                "IntOrString" => Kind::IntOrString,
                "Quantity" => Kind::Quantity,
                "Time" => Kind::Time,
                name => {
                    self.walk(full_name, &[]);
                    Kind::Object(name.to_owned())
                }
            });
        }
        let kind = match (schema.kind.as_deref(), schema.format.as_deref()) {
            (Some("string"), None) => match &schema.values {
                Some(values) => Kind::Enum(values.clone()),
                None => Kind::String,
            },
            (Some("boolean"), None) => Kind::Bool,
            (Some("integer"), Some("int32")) => Kind::Int32,
            (Some("integer"), Some("int64")) => Kind::Int64,
            (Some("object"), None) if schema.map_of.is_some() => {
                let item = self.kind(path, schema.map_of.as_ref()?)?;
                Kind::Map(Box::new(item))
            }
            (Some("array"), None) if schema.items.is_some() => {
                let item = self.kind(path, schema.items.as_ref()?)?;
                let list = match schema.list_type.as_deref() {
                    Some("map") => List::Keyed(schema.list_map_keys.clone()),
                    Some("set") => List::Set,
                    _ => List::Atomic,
                };
                Kind::List(list, Box::new(item))
            }
            kind => {
                let problem = Problem::UnknownKind(path.to_owned(), format!("{kind:?}"));
                self.problems.push(problem);
                return None;
            }
        };
        Some(kind)
    }
}
