//! What rules say of a pod together: their fragments merged into one expectation, in the order in
//! which the rules are applied. See [`Told::merge`] and [`Told::broken`].
//!
//! Later fragments replace what earlier ones say of the same place. What can't be told from the
//! rules alone (a value with variables, a rule that yields to what is there) is left open.

use std::collections::BTreeMap;

use kubernetes_pod::schema::{Field, Kind, List, Type};
use serde_json::Value;

use super::kept::{join, label, short};
use super::same::{field_keeps, is_default, is_filled_in, is_on_host_network, is_zero, keeps, key};

/// What is expected of a value.
#[derive(Debug, Default, Clone)]
pub(crate) enum Told {
    /// Nothing.
    #[default]
    Open,
    /// The value is not there, or is the default.
    Gone,
    /// It has at least what this value has.
    Is(Value),
    /// An object's or a map's members, by key.
    Members(BTreeMap<String, Told>),
    /// A keyed list's items, by their merge keys.
    Items(Vec<(Vec<Value>, Told)>),
}

/// How a fragment speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// What it sets is expected.
    Claim,
    /// It sets only what is not there.
    Yield,
    /// It may set or remove what it names, or do nothing.
    Open,
}

/// A merge key with variables: what a rule says can't be told.
#[derive(Debug)]
pub(crate) struct Unclear;

impl Told {
    /// Adds what a fragment of an object says.
    ///
    /// # Errors
    /// Returns [`Unclear`] when an item's merge key has variables.
    pub(crate) fn merge(
        &mut self,
        ty: &'static Type,
        fragment: &Value,
        mode: Mode,
    ) -> Result<(), Unclear> {
        let Some(fragment) = fragment.as_object() else {
            return Ok(());
        };
        let sets_union = fragment
            .iter()
            .any(|(name, value)| !value.is_null() && ty.field(name).is_none_or(|f| f.union));
        let members = self.members();
        if sets_union && ty.has_union() {
            // A union is one value: what was said of its other members holds no longer.
            members.retain(|name, _| ty.field(name).is_some_and(|field| !field.union));
        }
        if ty.name == "ResourceRequirements" {
            Self::follow_limits(members, fragment.get("limits"));
        }
        for (name, value) in fragment {
            let Some(field) = ty.field(name) else {
                continue;
            };
            let told = members.entry(name.clone()).or_default();
            told.field(field, value, mode)?;
        }
        Ok(())
    }

    /// A limit sets the request that an earlier fragment removed: the API server copies it.
    fn follow_limits(resources: &mut BTreeMap<String, Self>, limits: Option<&Value>) {
        let limits = limits.and_then(Value::as_object).into_iter().flatten();
        let Some(requests) = resources.get_mut("requests") else {
            return;
        };
        for (resource, _) in limits.filter(|(_, limit)| !limit.is_null()) {
            match requests {
                Self::Gone => *requests = Self::Open,
                Self::Members(requests) => {
                    if let Some(request) = requests.get_mut(resource)
                        && matches!(request, Self::Gone)
                    {
                        *request = Self::Open;
                    }
                }
                _ => {}
            }
        }
    }

    fn field(&mut self, field: &'static Field, value: &Value, mode: Mode) -> Result<(), Unclear> {
        if value.is_null() {
            *self = if mode == Mode::Open {
                Self::Open
            } else {
                Self::Gone
            };
            return Ok(());
        }
        match &field.kind {
            _ if field.union => self.set(value, mode),
            Kind::Object(ty) => return self.merge(ty, value, mode),
            Kind::Map(_) => {
                let members = self.members();
                for (key, value) in value.as_object().into_iter().flatten() {
                    let told = members.entry(key.clone()).or_default();
                    match value {
                        Value::Null if mode != Mode::Open => *told = Self::Gone,
                        value => told.set(value, mode),
                    }
                }
            }
            Kind::List(List::Keyed(keys), Kind::Object(ty)) => {
                return self.items(ty, keys, value, mode);
            }
            Kind::List(List::Set, _) => self.add(value, mode),
            _ => self.set(value, mode),
        }
        Ok(())
    }

    fn items(
        &mut self,
        ty: &'static Type,
        keys: &'static [&'static str],
        value: &Value,
        mode: Mode,
    ) -> Result<(), Unclear> {
        for item in value.as_array().into_iter().flatten() {
            let key = key(ty, keys, item);
            if key.iter().any(has_variables) {
                return Err(Unclear);
            }
            let told = self.item(key);
            if mode == Mode::Open && matches!(told, Self::Open) {
                // The fragment may do nothing, and nobody else expects the item.
                continue;
            }
            if item["$patch"] == "delete" {
                *told = if mode == Mode::Open {
                    Self::Open
                } else {
                    Self::Gone
                };
                continue;
            }
            if mode != Mode::Claim && matches!(told, Self::Gone) {
                *told = Self::Open;
            }
            told.merge(ty, item, mode)?;
        }
        Ok(())
    }

    /// Items that are added to a list unless they are there.
    fn add(&mut self, value: &Value, mode: Mode) {
        match (mode, &mut *self, value) {
            (Mode::Claim, Self::Is(Value::Array(items)), Value::Array(more))
                if !has_variables(value) =>
            {
                items.extend(more.iter().cloned());
                // They may meet in any order, so each is expected alone.
                items.dedup();
            }
            _ => self.set(value, mode),
        }
    }

    fn set(&mut self, value: &Value, mode: Mode) {
        match mode {
            Mode::Claim if !has_variables(value) => *self = Self::Is(without_nulls(value)),
            Mode::Yield if matches!(self, Self::Is(_)) => {}
            _ => *self = Self::Open,
        }
    }

    fn members(&mut self) -> &mut BTreeMap<String, Self> {
        if !matches!(self, Self::Members(_)) {
            *self = Self::Members(BTreeMap::new());
        }
        match self {
            Self::Members(members) => members,
            _ => unreachable!("it was just made one"),
        }
    }

    /// The item of a list with this key.
    pub(crate) fn item(&mut self, key: Vec<Value>) -> &mut Self {
        if !matches!(self, Self::Items(_)) {
            *self = Self::Items(Vec::new());
        }
        let Self::Items(items) = self else {
            unreachable!("it was just made one");
        };
        let place = items.iter().position(|(other, _)| *other == key);
        let place = place.unwrap_or_else(|| {
            items.push((key, Self::Open));
            items.len() - 1
        });
        &mut items[place].1
    }

    /// The member of this name.
    pub(crate) fn member(&mut self, name: &str) -> &mut Self {
        self.members().entry(name.to_owned()).or_default()
    }

    /// What is expected of a member of this name.
    pub(crate) fn get(&self, name: &str) -> &Self {
        const OPEN: &Told = &Told::Open;
        match self {
            Self::Members(members) => members.get(name).unwrap_or(OPEN),
            _ => OPEN,
        }
    }

    /// The first expectation that a stored object does not meet.
    pub(crate) fn broken(&self, ty: &'static Type, stored: &Value) -> Option<String> {
        let judge = Judge {
            host_network: is_on_host_network(stored),
        };
        judge.object(self, ty, stored, "")
    }
}

/// Compares expectations with a stored pod.
struct Judge {
    host_network: bool,
}

impl Judge {
    fn object(&self, told: &Told, ty: &'static Type, stored: &Value, path: &str) -> Option<String> {
        let Told::Members(members) = told else {
            return None;
        };
        members.iter().find_map(|(name, told)| {
            let field = ty.field(name)?;
            let removes = match told {
                Told::Gone => true,
                Told::Is(value) => is_zero(value),
                _ => false,
            };
            if removes && is_filled_in(ty, field, self.host_network) {
                return None;
            }
            self.field(told, field, stored.get(name), &join(path, name))
        })
    }

    fn field(
        &self,
        told: &Told,
        field: &'static Field,
        stored: Option<&Value>,
        path: &str,
    ) -> Option<String> {
        const NOTHING: &Value = &Value::Null;
        match (told, &field.kind) {
            (Told::Gone, _) => stored
                .filter(|stored| !is_default(field, stored))
                .map(|stored| gone(path, stored)),
            (Told::Is(wanted), Kind::List(List::Set, _)) => {
                let items = wanted.as_array().into_iter().flatten();
                let wanted = |item: &Value| Value::Array(vec![item.clone()]);
                items
                    .map(wanted)
                    .find(|wanted| !field_keeps(field, wanted, stored))
                    .map(|wanted| is(path, &wanted, stored))
            }
            (Told::Is(wanted), _) => {
                (!field_keeps(field, wanted, stored)).then(|| is(path, wanted, stored))
            }
            (Told::Members(members), Kind::Map(kind)) => members.iter().find_map(|(key, told)| {
                let stored = stored.and_then(|map| map.get(key));
                value(told, kind, stored, &format!("{path}['{key}']"))
            }),
            (Told::Members(_), Kind::Object(ty)) => {
                self.object(told, ty, stored.unwrap_or(NOTHING), path)
            }
            (Told::Items(items), Kind::List(List::Keyed(keys), Kind::Object(ty))) => {
                let stored: Vec<&Value> = super::kept::items(stored).collect();
                items.iter().find_map(|(wanted, told)| {
                    let path = format!("{path}[{}]", label(wanted));
                    let stored = stored.iter().rfind(|item| key(ty, keys, item) == *wanted);
                    match (told, stored) {
                        (Told::Gone, Some(stored)) => Some(gone(&path, stored)),
                        (Told::Members(_), None) => {
                            Some(format!("rules set {path}, and it is not stored"))
                        }
                        (told, Some(stored)) => self.object(told, ty, stored, &path),
                        _ => None,
                    }
                })
            }
            _ => None,
        }
    }
}

/// A value of a map.
fn value(told: &Told, kind: &Kind, stored: Option<&Value>, path: &str) -> Option<String> {
    match (told, stored) {
        (Told::Gone, Some(stored)) => Some(gone(path, stored)),
        (Told::Is(wanted), stored) => {
            let kept = stored.is_some_and(|stored| keeps(kind, wanted, stored));
            (!kept).then(|| is(path, wanted, stored))
        }
        _ => None,
    }
}

/// Whether a value has variables, or text that is added to what is there.
fn has_variables(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains("${"),
        Value::Array(items) => items.iter().any(has_variables),
        Value::Object(members) => members
            .iter()
            .any(|(key, value)| key.starts_with('$') || has_variables(value)),
        _ => false,
    }
}

/// In a value that is set as a whole, `null` says that there is nothing.
fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Array(items) => {
            let kept = items.iter().filter(|item| !item.is_null());
            kept.map(without_nulls).collect()
        }
        Value::Object(members) => members
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(key, value)| (key.clone(), without_nulls(value)))
            .collect(),
        value => value.clone(),
    }
}

fn is(path: &str, wanted: &Value, stored: Option<&Value>) -> String {
    let stored = stored.map_or_else(|| "nothing".to_owned(), short);
    format!(
        "rules set {path} to {}, and {stored} is stored",
        short(wanted)
    )
}

fn gone(path: &str, stored: &Value) -> String {
    format!("rules removed {path}, and {} is stored", short(stored))
}
