//! What a rule injects and how. See [`Injection`].

use kubernetes_pod::field_path::FieldPath;
use lazy_json::Node;

use crate::settings::name_globs::NameGlobs;
use crate::settings::problem::Problems;
use crate::settings::reader;

/// What a rule injects and how.
#[derive(Debug, Clone)]
pub struct Injection<'n, 'a> {
    /// The partial Pod.
    pub pod: Option<&'n Node<'a>>,
    /// Patches of containers that the pod already has.
    pub containers: Vec<ContainerPatch<'n, 'a>>,
    /// The lists in which the rule's new items go before the pod's own.
    pub prepend: Prepend,
    /// What happens on a conflict.
    pub on_conflict: OnConflict,
    /// Whether the objects that the rule's fragments refer to must exist.
    pub check_references: bool,
    /// Whether the injected pod must stay within its namespace's Pod Security level.
    pub check_pod_security: bool,
}

/// A partial Container and the containers that it is merged into.
#[derive(Debug, Clone)]
pub struct ContainerPatch<'n, 'a> {
    names: NameGlobs<'n, 'a>,
    kinds: Option<Vec<ContainerKind>>,
    /// The partial Container.
    pub patch: &'n Node<'a>,
}

/// The kinds of containers that a pod has when it is created.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContainerKind {
    /// One of `containers`.
    Container,
    /// One of `initContainers` that runs to completion.
    InitContainer,
    /// One of `initContainers` with `restartPolicy: Always`: a native sidecar.
    Sidecar,
}

/// What a rule does on a conflict: if the pod has another value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnConflict {
    /// The rule fails.
    #[default]
    Report,
    /// The pod keeps its value.
    Keep,
    /// The rule's value replaces the pod's.
    Replace,
}

/// What happens to a pod if a rule fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnFailure {
    /// The pod is admitted, and the failure is reported.
    #[default]
    Report,
    /// The pod is rejected.
    Reject,
}

/// The lists in which a rule's new items go before the pod's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Prepend([bool; Prepend::LISTS.len()]);

const KINDS: [(&str, ContainerKind); 3] = [
    ("Container", ContainerKind::Container),
    ("InitContainer", ContainerKind::InitContainer),
    ("Sidecar", ContainerKind::Sidecar),
];

const ON_CONFLICT: [(&str, OnConflict); 3] = [
    ("Report", OnConflict::Report),
    ("Keep", OnConflict::Keep),
    ("Replace", OnConflict::Replace),
];

pub(super) const ON_FAILURE: [(&str, OnFailure); 2] =
    [("Report", OnFailure::Report), ("Reject", OnFailure::Reject)];

impl<'n, 'a> Injection<'n, 'a> {
    /// Reads the injection of a rule.
    pub(crate) fn read(rule: &'n Node<'a>, path: &FieldPath<'_>, problems: &mut Problems) -> Self {
        let mut injection = Self {
            pod: None,
            containers: Vec::new(),
            prepend: Prepend::default(),
            on_conflict: OnConflict::default(),
            check_references: reader::boolean(rule, "checkReferences", false, path, problems),
            check_pod_security: reader::boolean(rule, "checkPodSecurity", false, path, problems),
        };
        if let Some(lists) = rule.get("prepend") {
            injection.prepend = Prepend::read(lists, &path.field("prepend"), problems);
        }
        if let Some(word) = rule.get("onConflict") {
            let path = path.field("onConflict");
            let choice = reader::choice(word, &ON_CONFLICT, &path, problems);
            injection.on_conflict = choice.unwrap_or_default();
        }
        if let Some(word) = rule.get("onFailure") {
            let path = path.field("onFailure");
            reader::choice(word, &ON_FAILURE, &path, problems);
        }
        if let Some(inject) = reader::required(rule, "inject", path, problems) {
            injection.read_inject(inject, &path.field("inject"), problems);
        }
        injection
    }

    fn read_inject(&mut self, node: &'n Node<'a>, path: &FieldPath<'_>, problems: &mut Problems) {
        if !reader::object(node, &["pod", "containers"], path, problems) {
            return;
        }
        if let Some(pod) = node.get("pod") {
            self.pod = reader::fragment(pod, &path.field("pod"), problems);
        }
        if let Some(entries) = node.get("containers") {
            let path = path.field("containers");
            let entries = reader::items(entries, &path, problems).iter().enumerate();
            self.containers = entries
                .filter_map(|(index, entry)| {
                    ContainerPatch::read(entry, &path.index(index), problems)
                })
                .collect();
        }
        if node.get("pod").is_none() && node.get("containers").is_none() {
            problems.add(path, "must not be empty");
        }
    }
}

impl<'n, 'a> ContainerPatch<'n, 'a> {
    /// Whether a container is selected.
    pub fn selects(&self, name: &str, kind: ContainerKind) -> bool {
        self.kinds
            .as_ref()
            .is_none_or(|kinds| kinds.contains(&kind))
            && self.names.match_name(name)
    }

    fn read(node: &'n Node<'a>, path: &FieldPath<'_>, problems: &mut Problems) -> Option<Self> {
        const KEYS: [&str; 4] = ["include", "exclude", "kinds", "patch"];
        if !reader::object(node, &KEYS, path, problems) {
            return None;
        }
        let names = NameGlobs::read(node, path, problems);
        let kinds = node.get("kinds").map(|kinds| {
            let path = path.field("kinds");
            let kinds = reader::items(kinds, &path, problems).iter().enumerate();
            kinds
                .filter_map(|(index, kind)| {
                    reader::choice(kind, &KINDS, &path.index(index), problems)
                })
                .collect()
        });
        let fragment = reader::required(node, "patch", path, problems)?;
        Some(Self {
            names,
            kinds,
            patch: reader::fragment(fragment, &path.field("patch"), problems)?,
        })
    }
}

impl Prepend {
    const LISTS: [&'static str; 4] = ["containers", "env", "envFrom", "initContainers"];

    /// Whether new items of the list of this name go before the pod's own.
    pub fn list(self, name: &str) -> bool {
        Self::LISTS
            .iter()
            .zip(self.0)
            .any(|(list, prepended)| prepended && *list == name)
    }

    fn read(node: &Node<'_>, path: &FieldPath<'_>, problems: &mut Problems) -> Self {
        const CHOICES: [(&str, usize); 4] = [
            (Prepend::LISTS[0], 0),
            (Prepend::LISTS[1], 1),
            (Prepend::LISTS[2], 2),
            (Prepend::LISTS[3], 3),
        ];
        let mut prepend = Self::default();
        let items = reader::list(node, path, problems);
        for (index, item) in items.iter().enumerate() {
            if let Some(list) = reader::choice(item, &CHOICES, &path.index(index), problems) {
                prepend.0[list] = true;
            }
        }
        prepend
    }
}
