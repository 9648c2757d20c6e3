//! Builds the table from the document and completes it with `by-hand.yaml`. See [`build`].

use std::collections::BTreeMap;

use crate::builder::Builder;
use crate::by_hand::ByHand;
use crate::document::Document;
use crate::problem::Problem;
use crate::table::{Field, Kind, List, Table, is_zero};

/// Builds the table.
///
/// # Errors
/// Returns all problems of the document and of `by-hand.yaml`.
pub(crate) fn build(document: &Document, by_hand: &ByHand) -> Result<Table, Vec<Problem>> {
    let mut builder = Builder {
        document,
        table: Table {
            types: BTreeMap::new(),
        },
        problems: Vec::new(),
    };
    builder.version(by_hand);
    builder.root(by_hand);
    if builder.problems.is_empty() {
        builder.complete(by_hand);
    }
    if builder.problems.is_empty() {
        Ok(builder.table)
    } else {
        Err(builder.problems)
    }
}

impl Builder<'_> {
    /// Adds what the document lacks.
    fn complete(&mut self, by_hand: &ByHand) {
        for entry in &by_hand.lists {
            self.entry("lists", &entry.source, &entry.fields, |field| {
                let Kind::List(list, _) = &mut field.kind else {
                    return false;
                };
                *list = if entry.keys.is_empty() {
                    List::Set
                } else {
                    List::Keyed(entry.keys.clone())
                };
                true
            });
        }
        for entry in &by_hand.enums {
            self.entry("enums", &entry.source, &entry.fields, |field| {
                let kind = field.kind.item();
                let string = matches!(kind, Kind::String | Kind::Enum(_));
                if *kind == Kind::String {
                    *kind = Kind::Enum(entry.values.clone());
                }
                string
            });
        }
        for (section, entries, pointer) in [
            ("pointers", &by_hand.pointers, true),
            ("values", &by_hand.values, false),
        ] {
            for entry in entries {
                self.entry(section, &entry.source, &entry.fields, |field| {
                    field.pointer = pointer;
                    field.kind.is_scalar()
                });
            }
        }
        for entry in &by_hand.defaults {
            self.entry("defaults", &entry.source, &entry.fields, |field| {
                // A default of the document has precedence.
                if field.default.as_ref().is_none_or(is_zero) {
                    field.default = Some(entry.value.clone());
                }
                true
            });
        }
        self.unions(by_hand);
        for entry in &by_hand.gates {
            self.entry("gates", &entry.source, &entry.fields, |field| {
                field.gate = Some(entry.name.clone());
                true
            });
        }
    }

    fn unions(&mut self, by_hand: &ByHand) {
        for entry in &by_hand.unions {
            let Some(fields) = self.table.types.get(&entry.name) else {
                (self.problems).push(Problem::NoType(entry.name.clone()));
                continue;
            };
            let members: Vec<String> = match (&entry.fields, &entry.except) {
                (Some(members), None) => members.clone(),
                (None, Some(except)) => {
                    for name in except.iter().filter(|name| !fields.contains_key(*name)) {
                        let path = format!("{}.{name}", entry.name);
                        self.problems.push(Problem::NoField(path));
                    }
                    (fields.keys().filter(|name| !except.contains(name)))
                        .cloned()
                        .collect()
                }
                _ => Vec::new(),
            };
            if members.len() < 2 {
                self.problems.push(Problem::NoUnion(entry.name.clone()));
            }
            let paths: Vec<String> = (members.iter())
                .map(|member| format!("{}.{member}", entry.name))
                .collect();
            self.entry("unions", &entry.source, &paths, |field| {
                field.union = true;
                true
            });
        }
    }

    /// Makes the change of one entry of `by-hand.yaml` to each of its fields. `change` returns
    /// whether the entry fits the field's kind.
    fn entry(
        &mut self,
        section: &'static str,
        source: &str,
        paths: &[String],
        change: impl Fn(&mut Field) -> bool,
    ) {
        for path in paths {
            if source.trim().is_empty() {
                self.problems.push(Problem::NoSource(path.clone(), section));
            }
            let field = path.split_once('.').and_then(|(name, key)| {
                let fields = self.table.types.get_mut(name)?;
                fields.get_mut(key)
            });
            let Some(field) = field else {
                self.problems.push(Problem::NoField(path.clone()));
                continue;
            };
            let before = field.clone();
            if !change(field) {
                (self.problems).push(Problem::WrongKind(path.clone(), section));
            } else if before.kind == field.kind
                && before.union == field.union
                && before.absent() == field.absent()
                && before.zero_is_default() == field.zero_is_default()
                && before.gate == field.gate
            {
                (self.problems).push(Problem::Redundant(path.clone(), section));
            }
        }
    }
}

#[cfg(test)]
mod tests;
