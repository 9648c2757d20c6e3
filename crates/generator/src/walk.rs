//! Objects made from the schema table, field by field: a new field of the table is drawn in the next
//! run. See [`Walk::object`].

use kubernetes_pod::schema::required::is_required;
use kubernetes_pod::schema::{Absent, Field, Kind, List, Type};
use serde_json::{Map, Value, json};

use super::draw::Draw;
use super::{settle, vocabulary};

/// Which document an object belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// A pod, as its author writes it.
    Pod,
    /// A rule's fragment, which is merged into the pod.
    Rule,
}

/// Makes objects of the schema's types.
#[derive(Debug)]
pub(crate) struct Walk<'d> {
    pub(crate) draw: &'d mut Draw,
    pub(crate) part: Part,
    /// The percentage of odd values, and of objects whose fields are not made to fit together.
    pub(crate) careless: u32,
}

impl Walk<'_> {
    /// An object with some of its type's fields. They fit together, except in careless objects.
    pub(crate) fn object(&mut self, ty: &'static Type) -> Map<String, Value> {
        let union = self.union(ty);
        let mut object = Map::new();
        for field in ty.fields {
            if !may_set(self.part, ty, field) {
                continue;
            }
            let wanted = if field.union {
                union.contains(&field.name)
            } else {
                let likelihood = likelihood(self.part, ty, field);
                self.draw.chance(likelihood)
            };
            if wanted {
                let value = self.field(ty, field);
                object.insert(field.name.to_owned(), value);
            }
        }
        if !self.draw.chance(self.careless) {
            settle::object(ty, &mut object, self.draw);
        }
        object
    }

    /// A value of a field.
    pub(crate) fn field(&mut self, ty: &'static Type, field: &'static Field) -> Value {
        self.value(ty, field, &field.kind, "")
    }

    /// The members of a type's union that are set: one, or a pair that belongs together.
    fn union(&mut self, ty: &'static Type) -> Vec<&'static str> {
        let members: Vec<&Field> = ty.fields.iter().filter(|field| field.union).collect();
        if members.iter().any(|field| field.absent == Absent::Required) {
            return members.iter().map(|field| field.name).collect();
        }
        let weighted: Vec<(u32, &'static str)> = members
            .iter()
            .map(|field| (weight(ty, field.name), field.name))
            .collect();
        if weighted.is_empty() || self.draw.chance(none(ty)) {
            return Vec::new();
        }
        let mut chosen = vec![self.draw.weighted(&weighted)];
        if self.draw.chance(self.careless) {
            chosen.push(self.draw.weighted(&weighted));
        }
        chosen
    }

    fn value(
        &mut self,
        ty: &'static Type,
        field: &'static Field,
        kind: &'static Kind,
        key: &str,
    ) -> Value {
        match kind {
            Kind::String => self.word(vocabulary::words(ty, field)).into(),
            Kind::Enum(words) => self.word(words).into(),
            Kind::Bool => self.draw.bool().into(),
            Kind::Int32 | Kind::Int64 => self.whole(ty, field).into(),
            Kind::IntOrString => {
                if self.draw.bool() {
                    self.whole(ty, field).into()
                } else {
                    self.word(vocabulary::words(ty, field)).into()
                }
            }
            Kind::Quantity => self.word(vocabulary::quantities(ty, field, key)).into(),
            Kind::Time => json!("2026-01-01T00:00:00Z"),
            Kind::Any => json!({}),
            Kind::Object(ty) => self.object(ty).into(),
            Kind::Map(kind) => self.map(ty, field, kind),
            Kind::List(list, kind) => self.list(ty, field, *list, kind),
        }
    }

    fn map(&mut self, ty: &'static Type, field: &'static Field, kind: &'static Kind) -> Value {
        let mut map = Map::new();
        for _ in 0..self.draw.number(1..=3) {
            let key = self.word(vocabulary::keys(ty, field));
            map.insert(key.to_owned(), self.value(ty, field, kind, key));
        }
        map.into()
    }

    fn list(
        &mut self,
        ty: &'static Type,
        field: &'static Field,
        list: List,
        kind: &'static Kind,
    ) -> Value {
        let most = if field.name == "containers" { 4 } else { 3 };
        let mut items: Vec<Value> = Vec::new();
        for _ in 0..self.draw.number(1..=most) {
            let item = self.value(ty, field, kind, "");
            let twice = items
                .iter()
                .any(|other| same_item(list, kind, other, &item));
            if !twice || self.draw.chance(self.careless) {
                items.push(item);
            }
        }
        items.into()
    }

    /// One of these words. Careless walks draw an odd one now and then.
    fn word(&mut self, words: &[&'static str]) -> &'static str {
        if self.draw.chance(self.careless) {
            self.draw.one_of(&vocabulary::ODD_WORDS)
        } else {
            self.draw.one_of(words)
        }
    }

    fn whole(&mut self, ty: &Type, field: &Field) -> i64 {
        if self.draw.chance(self.careless) {
            self.draw.one_of(&[-1, 0, 70_000, i64::from(i32::MAX)])
        } else {
            self.draw.one_of(vocabulary::numbers(ty, field))
        }
    }
}

/// Whether two items of a list have the same merge keys, or are equal in a set.
fn same_item(list: List, kind: &Kind, one: &Value, other: &Value) -> bool {
    let List::Keyed(keys) = list else {
        return list == List::Set && one == other;
    };
    let Kind::Object(item) = kind else {
        return one == other;
    };
    let key = |value: &Value, name: &str| {
        let given = value.get(name).cloned();
        let default = item.field(name).and_then(|field| match field.absent {
            Absent::Default(text) => serde_json::from_str(text).ok(),
            _ => None,
        });
        given.or(default)
    };
    keys.iter().all(|name| key(one, name) == key(other, name))
}

/// The percentage of unions without any member.
fn none(ty: &Type) -> u32 {
    match ty.name {
        "EnvVar" | "Volume" => 5,
        _ => 0,
    }
}

/// How often a member of a union is drawn: common ones more often.
fn weight(ty: &Type, member: &str) -> u32 {
    match (ty.name, member) {
        ("EnvVar", "value") => 3,
        (
            "Volume",
            "configMap"
            | "downwardAPI"
            | "emptyDir"
            | "ephemeral"
            | "persistentVolumeClaim"
            | "projected"
            | "secret",
        ) => 20,
        ("Volume", "csi" | "hostPath" | "image") => 8,
        ("Volume", _) => 5,
        _ => 1,
    }
}

/// Whether an author, or a rule, may set a field.
#[expect(clippy::match_same_arms, reason = "a table, by type")]
pub fn may_set(part: Part, ty: &Type, field: &Field) -> bool {
    match (ty.name, field.name) {
        ("ObjectMeta", "labels" | "annotations") => true,
        ("ObjectMeta", "finalizers" | "ownerReferences") => part == Part::Pod,
        ("ObjectMeta", _) | ("PodSpec", "ephemeralContainers" | "serviceAccount") => false,
        (
            "PodSpec",
            "nodeName" | "overhead" | "preemptionPolicy" | "priority" | "priorityClassName"
            | "runtimeClassName" | "serviceAccountName",
        ) => part == Part::Pod,
        _ => true,
    }
}

/// The percentage of objects that have a field.
#[expect(clippy::match_same_arms, reason = "a table, by type")]
fn likelihood(part: Part, ty: &Type, field: &Field) -> u32 {
    if part == Part::Rule {
        return likelihood_in_rule(ty, field);
    }
    match (ty.name, field.name) {
        _ if is_required(ty, field) => 100,
        ("Pod", _) | ("Container", "image") => 100,
        ("Container", "env" | "volumeMounts") => 50,
        ("Container", "resources") => 40,
        ("Container", "ports" | "securityContext") => 30,
        ("Container", _) => 15,
        ("ObjectMeta", "labels") => 80,
        ("ObjectMeta", "annotations") => 50,
        ("ObjectMeta", _) => 3,
        ("PodSpec", "volumes") => 80,
        ("PodSpec", "initContainers") => 50,
        ("PodSpec", "securityContext" | "tolerations") => 25,
        ("PodSpec", "overhead") => 50,
        ("PodSpec", "nodeName" | "runtimeClassName") => 8,
        ("PodSpec", "priority" | "priorityClassName") => 3,
        ("PodSpec", _) => 10,
        _ => 35,
    }
}

fn likelihood_in_rule(ty: &Type, field: &Field) -> u32 {
    let required = is_required(ty, field);
    match (ty.name, field.name) {
        // Merge keys, and fields that a new item needs.
        (_, "name" | "mountPath" | "devicePath" | "containerPort" | "key") if required => 100,
        ("Container", "image") => 90,
        ("Container", "env" | "volumeMounts") => 35,
        ("Container", _) => 12,
        _ if required => 95,
        // Each source is drawn seldom, so most of its fields are set.
        _ if ty.name.ends_with("VolumeSource") => 60,
        _ => 35,
    }
}
