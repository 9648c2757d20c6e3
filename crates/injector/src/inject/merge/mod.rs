//! Strategic merge of a rule's fragment into a pod, with conflicts.
//!
//! Maps merge by key, lists by what the schema says of them, a union is one value, `null` and
//! `$patch: delete` remove. What is there and differs is a conflict, unless it is what the API
//! server fills in by itself.
//!
//! Source: `kubernetes.io/docs/tasks/manage-kubernetes-objects/update-api-object-kubectl-patch`
//! (strategic merge) and `kubernetes.io/docs/reference/using-api/server-side-apply` (list types).

mod arrival;
mod clean;
mod list;
mod pod_resources;
mod resources;
#[cfg(test)]
mod tests;
mod union;

use kubernetes_pod::equality::{as_if_absent, by_default, equal, label_keys, values_equal};
use kubernetes_pod::field_path::{FieldPath, Place};
use kubernetes_pod::limits::WRITTEN_BYTES;
use kubernetes_pod::schema::{Field, Kind, List, Type};
use kubernetes_pod::validation::Cause;
use lazy_json::Node;

use self::arrival::Arrival;
use self::pod_resources::RemovedResource;
use crate::inject::author::{Author, Authored};
use crate::inject::deadline::{NoTime, Time};
use crate::settings::rule::{OnConflict, Prepend, RuleName};

/// A field of the pod that keeps a rule from being applied.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MergeError {
    /// It came with another value.
    #[error("{place} is already set to another value")]
    SetByPod {
        /// The field.
        place: Place,
    },
    /// A rule has set it to another value.
    #[error("{place} is already set to another value by rule {rule:?}")]
    SetByRule {
        /// The field.
        place: Place,
        /// The rule's name.
        rule: String,
    },
    /// The pod holds something there that the API server can't have decoded.
    #[error("{place} is not {expected}")]
    NotReadable {
        /// The field.
        place: Place,
        /// What it has to be.
        expected: &'static str,
    },
    /// The rule removes something that the API server or one of its admission plugins makes again.
    #[error("{place} would come back: {cause}")]
    Undone {
        /// The field.
        place: Place,
        /// What makes it again.
        cause: Cause,
    },
    /// The rule inserts more than any pod may hold, which ends it before what else is wrong with it.
    #[error("{place} would be invalid: {}", Cause::PodSize)]
    TooLarge {
        /// The field that it came to.
        place: Place,
    },
    /// The rule took too long.
    #[error("{error} for {place}")]
    NoTime {
        /// The field that it came to.
        place: Place,
        /// What there was too little of.
        error: NoTime,
    },
    /// The rule holds something there that its check does not let pass.
    #[error("the rule's {place} is not {expected}")]
    RuleNotReadable {
        /// The field.
        place: Place,
        /// What it has to be.
        expected: &'static str,
    },
}

impl MergeError {
    /// The field that it is about.
    pub fn place(&self) -> &Place {
        match self {
            Self::SetByPod { place }
            | Self::SetByRule { place, .. }
            | Self::NotReadable { place, .. }
            | Self::Undone { place, .. }
            | Self::TooLarge { place }
            | Self::NoTime { place, .. }
            | Self::RuleNotReadable { place, .. } => place,
        }
    }
}

/// How a rule merges, and whether it changed anything yet.
#[derive(Debug)]
pub struct Merge<'r, 'o> {
    /// The pod as it came.
    arrival: Arrival<'r, 'o>,
    rules: &'r [RuleName<'r>],
    index: usize,
    on_conflict: OnConflict,
    prepend: Prepend,
    time: &'r Time<'r>,
    /// How much was inserted, in bytes of JSON.
    inserted: usize,
    changed: bool,
    claimed: bool,
    undone: Option<MergeError>,
    removed_of_pod: Vec<RemovedResource>,
}

impl<'r, 'o> Merge<'r, 'o> {
    /// The merge of one rule. `original` is the pod as it came, `rules` are the names of all rules,
    /// `index` is this one's place among them.
    pub fn new(
        original: &'r Node<'o>,
        rules: &'r [RuleName<'r>],
        index: usize,
        on_conflict: OnConflict,
        prepend: Prepend,
        time: &'r Time<'r>,
    ) -> Self {
        Self {
            arrival: Arrival::new(original),
            rules,
            index,
            on_conflict,
            prepend,
            time,
            inserted: 0,
            changed: false,
            claimed: false,
            undone: None,
            removed_of_pod: Vec::new(),
        }
    }

    /// Whether anything was changed so far.
    pub fn changed(&self) -> bool {
        self.changed
    }

    /// Whether the rule wants a value that was there only by default: for later rules it is set.
    pub fn claimed(&self) -> bool {
        self.claimed
    }

    /// Checks that what the rule has removed stays away from `pod`, the pod with all of the rule's
    /// edits.
    ///
    /// # Errors
    /// Returns `Undone` with the first thing that would come back.
    pub fn check_removals(&mut self, pod: &Node<'_>) -> Result<(), MergeError> {
        let undone = self.undone.take();
        match undone.or_else(|| self.undone_of_pod(pod)) {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }

    /// Makes a step, for which there has to be time and room in a pod; see [`Time::step`].
    ///
    /// # Errors
    /// There is none.
    pub fn step(&self, path: &FieldPath<'_>) -> Result<(), MergeError> {
        if self.inserted > WRITTEN_BYTES {
            return Err(MergeError::TooLarge {
                place: path.place(),
            });
        }
        self.time.step().map_err(|error| no_time(path, error))
    }

    /// Goes through a fragment, for which there has to be time.
    ///
    /// # Errors
    /// There is none.
    pub fn read(&self, fragment: &Node<'_>, path: &FieldPath<'_>) -> Result<(), MergeError> {
        let time = self.time.read(fragment.written_len());
        time.map_err(|error| no_time(path, error))
    }

    /// Merges a fragment of an object of this type.
    ///
    /// # Errors
    /// The first field that can't be merged. The target may then be changed in part: work on a
    /// clone.
    pub fn object<'a>(
        &mut self,
        ty: &'static Type,
        target: &mut Node<'a>,
        patch: &Node<'a>,
        path: &FieldPath<'_>,
    ) -> Result<(), MergeError> {
        let Some(members) = patch.members() else {
            return Err(rule_not_readable(path, "an object"));
        };
        if target.members().is_none() {
            return Err(not_readable(path, "an object"));
        }
        let has_union = ty.has_union();
        let mut union_merged = false;
        for member in members {
            self.step(path)?;
            let name = member.key.name();
            let field_path = path.field(&name);
            match ty.field(&name) {
                Some(field)
                    if field.name == "labelSelector"
                        && label_keys::has_selector(ty)
                        && label_keys::selectors_equal(ty, target, patch) => {}
                Some(field) if !field.union => {
                    self.field(ty, field, target, &member.value, &field_path)?;
                }
                None if !has_union => {
                    self.unknown_field(target, &name, &member.value, &field_path)?;
                }
                _ if !union_merged => {
                    self.union(ty, target, patch, path)?;
                    union_merged = true;
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn field<'a>(
        &mut self,
        ty: &'static Type,
        field: &'static Field,
        target: &mut Node<'a>,
        patch: &Node<'a>,
        path: &FieldPath<'_>,
    ) -> Result<(), MergeError> {
        if patch.is_null() {
            if let (Kind::Object(ty), Some(existing)) = (&field.kind, target.get(field.name))
                && ty.name == resources::TYPE
            {
                self.removes_resources(existing, path);
            }
            self.remove(target, field.name);
            return Ok(());
        }
        let Some(existing) = target.get(field.name) else {
            if !as_if_absent(field, patch) {
                self.insert(&field.kind, target, field.name, patch);
            } else if !matches!(field.kind, Kind::Object(_) | Kind::Map(_) | Kind::List(..)) {
                let index = self.index;
                target.set(field.name, patch.with_author(Author::Absence { index }));
                self.claimed = true;
            }
            return Ok(());
        };
        if as_if_absent(field, patch) && self.arrival.is_host_port(ty, field, target, existing) {
            return Ok(());
        }
        match &field.kind {
            Kind::Object(_) | Kind::Map(_) | Kind::List(List::Set | List::Keyed(_), _) => {
                let Some(existing) = target.get_mut(field.name) else {
                    return Ok(());
                };
                match &field.kind {
                    Kind::Object(ty) if ty.name == resources::TYPE => {
                        self.resources(ty, existing, patch, path)
                    }
                    Kind::Object(ty) => self.object(ty, existing, patch, path),
                    Kind::Map(kind) => self.map(kind, existing, patch, path),
                    Kind::List(list, kind) => {
                        self.list(*list, kind, field.name, existing, patch, path)
                    }
                    _ => Ok(()),
                }
            }
            kind => {
                let author = existing.author();
                let by_default =
                    author == Author::Pod && self.is_filled_in(ty, field, target, existing, path);
                if values_equal(field, existing, patch) {
                    if by_default {
                        self.claim(target, field.name);
                    }
                } else if by_default || self.may_replace(author, path)? {
                    self.insert(kind, target, field.name, patch);
                }
                Ok(())
            }
        }
    }

    /// Whether the API server has filled in a value of an object that came with the pod.
    fn is_filled_in(
        &self,
        ty: &Type,
        field: &Field,
        object: &Node<'_>,
        value: &Node<'_>,
        path: &FieldPath<'_>,
    ) -> bool {
        match self.arrival.is_default_pull_policy(ty, field, value, path) {
            Some(is_default) => is_default,
            None => {
                by_default(ty, field, object, value)
                    || self.arrival.is_host_port(ty, field, object, value)
            }
        }
    }

    fn map<'a>(
        &mut self,
        kind: &'static Kind,
        target: &mut Node<'a>,
        patch: &Node<'a>,
        path: &FieldPath<'_>,
    ) -> Result<(), MergeError> {
        let Some(members) = patch.members() else {
            return Err(rule_not_readable(path, "a map"));
        };
        if target.members().is_none() {
            return Err(not_readable(path, "a map"));
        }
        for member in members {
            self.step(path)?;
            let key = member.key.name();
            if member.value.is_null() {
                self.remove(target, &key);
                continue;
            }
            let replace = match target.get(&key) {
                Some(existing) if equal(kind, existing, &member.value) => false,
                Some(existing) => self.may_replace(existing.author(), &path.key(&key))?,
                None => true,
            };
            if replace {
                self.insert(kind, target, &key, &member.value);
            }
        }
        Ok(())
    }

    /// A field that this build does not know is one value.
    fn unknown_field<'a>(
        &mut self,
        target: &mut Node<'a>,
        name: &str,
        patch: &Node<'a>,
        path: &FieldPath<'_>,
    ) -> Result<(), MergeError> {
        if patch.is_null() {
            self.remove(target, name);
            return Ok(());
        }
        let replace = match target.get(name) {
            Some(existing) if equal(&Kind::Any, existing, patch) => false,
            Some(existing) => self.may_replace(existing.author(), path)?,
            None => true,
        };
        if replace {
            self.insert(&Kind::Any, target, name, patch);
        }
        Ok(())
    }

    /// Decides a conflict: whether the rule's value takes the place of what is there.
    fn may_replace(&self, author: Author, path: &FieldPath<'_>) -> Result<bool, MergeError> {
        match self.on_conflict {
            OnConflict::Keep => Ok(false),
            OnConflict::Replace => Ok(true),
            OnConflict::Report => Err(match author {
                Author::Pod => MergeError::SetByPod {
                    place: path.place(),
                },
                Author::Rule { index, .. } | Author::Absence { index } => MergeError::SetByRule {
                    place: path.place(),
                    rule: self
                        .rules
                        .get(index)
                        .map_or_else(|| "*".to_owned(), ToString::to_string),
                },
            }),
        }
    }

    /// Sets a key to a rule's value, less what the rule only wants removed.
    fn insert<'a>(&mut self, kind: &Kind, target: &mut Node<'a>, key: &str, patch: &Node<'a>) {
        if let Some(value) = clean::cleaned(kind, patch) {
            target.set(key, value.with_author(self.author(key)));
            self.has_inserted(&value);
        }
    }

    /// The same for a part of one value.
    fn insert_whole<'a>(&mut self, target: &mut Node<'a>, key: &str, patch: &Node<'a>) {
        if let Some(value) = clean::whole(patch) {
            target.set(key, value.with_author(self.author(key)));
            self.has_inserted(&value);
        }
    }

    fn has_inserted(&mut self, value: &Node<'_>) {
        self.inserted = self.inserted.saturating_add(value.written_len());
        self.changed = true;
    }

    fn claim(&mut self, target: &mut Node<'_>, key: &str) {
        if let Some(existing) = target.get_mut(key) {
            *existing = existing.with_author(self.author(key));
            self.claimed = true;
        }
    }

    fn remove(&mut self, target: &mut Node<'_>, key: &str) {
        self.changed |= target.remove(key);
    }

    /// The author of what this rule adds to a field or list of this name.
    fn author(&self, name: &str) -> Author {
        Author::Rule {
            index: self.index,
            prepended: self.prepend.list(name),
        }
    }
}

fn no_time(path: &FieldPath<'_>, error: NoTime) -> MergeError {
    MergeError::NoTime {
        place: path.place(),
        error,
    }
}

fn not_readable(path: &FieldPath<'_>, expected: &'static str) -> MergeError {
    MergeError::NotReadable {
        place: path.place(),
        expected,
    }
}

fn rule_not_readable(path: &FieldPath<'_>, expected: &'static str) -> MergeError {
    MergeError::RuleNotReadable {
        place: path.place(),
        expected,
    }
}
