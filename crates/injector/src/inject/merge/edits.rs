//! One rule's merge: its parameters, its state and the edits that all kinds of values share.

use kubernetes_pod::field_path::FieldPath;
use kubernetes_pod::limits::WRITTEN_BYTES;
use kubernetes_pod::schema::Kind;
use lazy_json::Node;

use super::clean;
use super::error::{MergeError, deadline_exceeded};
use super::original::Original;
use super::removed::RemovedResource;
use crate::inject::author::{Author, Authored};
use crate::inject::deadline::Deadline;
use crate::settings::rule::{OnConflict, Prepend, RuleName};

/// The merge of one rule into one pod.
#[derive(Debug)]
pub struct Merge<'r, 'o> {
    pub(super) original: Original<'r, 'o>,
    pub(super) rules: &'r [RuleName<'r>],
    pub(super) index: usize,
    pub(super) on_conflict: OnConflict,
    pub(super) prepend: Prepend,
    deadline: &'r Deadline<'r>,
    /// How much JSON was inserted, in bytes.
    inserted: usize,
    pub(super) changed: bool,
    pub(super) took_over: bool,
    /// The first removed field that would be restored.
    pub(super) restored: Option<MergeError>,
    pub(super) removed_of_pod: Vec<RemovedResource>,
}

impl<'r, 'o> Merge<'r, 'o> {
    /// Starts the merge of a rule. `original` is the pod as it came, `rules` are the names of all
    /// rules, and `index` is the index of this rule's name.
    pub fn new(
        original: &'r Node<'o>,
        rules: &'r [RuleName<'r>],
        index: usize,
        on_conflict: OnConflict,
        prepend: Prepend,
        deadline: &'r Deadline<'r>,
    ) -> Self {
        Self {
            original: Original::new(original),
            rules,
            index,
            on_conflict,
            prepend,
            deadline,
            inserted: 0,
            changed: false,
            took_over: false,
            restored: None,
            removed_of_pod: Vec::new(),
        }
    }

    /// Whether the rule has changed the pod so far.
    pub fn changed(&self) -> bool {
        self.changed
    }

    /// Whether the rule sets a field to its default. Later rules then see the field as set.
    pub fn took_over(&self) -> bool {
        self.took_over
    }

    /// Checks that the API server will not restore the removed fields. `pod` has all of the rule's
    /// edits.
    ///
    /// # Errors
    /// Returns `Restored` with the first field that would be restored.
    pub fn check_removals(&mut self, pod: &Node<'_>) -> Result<(), MergeError> {
        let restored = self.restored.take();
        match restored.or_else(|| self.restored_of_pod(pod)) {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }

    /// Counts one step of work; see [`Deadline::step`].
    ///
    /// # Errors
    /// Returns `DeadlineExceeded` once the deadline has passed, and `TooLarge` once the rule has
    /// inserted more than `WRITTEN_BYTES`.
    pub fn step(&self, path: &FieldPath<'_>) -> Result<(), MergeError> {
        if self.inserted > WRITTEN_BYTES {
            return Err(MergeError::TooLarge {
                place: path.place(),
            });
        }
        let step = self.deadline.step();
        step.map_err(|error| deadline_exceeded(path, error))
    }

    /// Counts the work of reading a fragment; see [`Deadline::read`].
    ///
    /// # Errors
    /// Returns `DeadlineExceeded` once the deadline has passed.
    pub fn read(&self, fragment: &Node<'_>, path: &FieldPath<'_>) -> Result<(), MergeError> {
        let read = self.deadline.read(fragment.written_len());
        read.map_err(|error| deadline_exceeded(path, error))
    }

    /// Sets a key to a rule's value, without the parts of the value that only remove.
    pub(super) fn insert<'a>(
        &mut self,
        kind: &Kind,
        target: &mut Node<'a>,
        key: &str,
        patch: &Node<'a>,
    ) {
        if let Some(value) = clean::cleaned(kind, patch) {
            target.set(key, value.with_author(self.author(key)));
            self.count_inserted(&value);
        }
    }

    /// Sets a key to a part of one value, such as a member of a union.
    pub(super) fn insert_whole<'a>(&mut self, target: &mut Node<'a>, key: &str, patch: &Node<'a>) {
        if let Some(value) = clean::whole(patch) {
            target.set(key, value.with_author(self.author(key)));
            self.count_inserted(&value);
        }
    }

    /// Counts an inserted value.
    pub(super) fn count_inserted(&mut self, value: &Node<'_>) {
        self.inserted = self.inserted.saturating_add(value.written_len());
        self.changed = true;
    }

    /// Makes the rule the author of an existing value.
    pub(super) fn take_over(&mut self, target: &mut Node<'_>, key: &str) {
        if let Some(existing) = target.get_mut(key) {
            *existing = existing.with_author(self.author(key));
            self.took_over = true;
        }
    }

    /// Removes a key.
    pub(super) fn remove(&mut self, target: &mut Node<'_>, key: &str) {
        self.changed |= target.remove(key);
    }

    /// The author of what this rule adds to a field or list of this name.
    pub(super) fn author(&self, name: &str) -> Author {
        Author::Rule {
            index: self.index,
            prepended: self.prepend.list(name),
        }
    }
}
