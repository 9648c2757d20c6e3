//! The sources of rules that the settings name in `rulesFrom`, read for one pod. See
//! [`Sources::all`].

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::rc::Rc;

use kubernetes_pod::text::escaped;
use lazy_json::Node;

use crate::cluster::object::Object;
use crate::cluster::unavailable::Unavailable;
use crate::inject::context::Context;
use crate::inject::deadline::{Deadline, DeadlineExceeded};
use crate::inject::opt_out::OptOut;
use crate::settings::rule::{Origin, Rule};
use crate::settings::rule_cache::NoRules;
use crate::settings::rule_set::{RuleList, RuleSet};
use crate::settings::rules_from::Source;

/// The sources of a request. They are read once, when they are first needed.
pub(super) struct Sources<'s, 'c, 'a> {
    context: &'s Context<'c, 'a>,
    read: OnceCell<Vec<ReadSource<'c, 'a>>>,
}

/// A source and its rules.
pub(super) struct ReadSource<'n, 'a> {
    pub(super) source: Source<'n>,
    pub(super) object: Object,
    pub(super) rules: Result<Rc<RuleSet<'a>>, NoRules>,
}

impl<'s, 'c, 'a> Sources<'s, 'c, 'a> {
    /// The sources of the settings; none of them is read yet.
    pub(super) fn new(context: &'s Context<'c, 'a>) -> Self {
        Self {
            context,
            read: OnceCell::new(),
        }
    }

    /// The sources, with their rules, in the order in which they are applied.
    pub(super) fn all(&self) -> &[ReadSource<'c, 'a>] {
        self.read.get_or_init(|| read(self.context))
    }
}

/// Reads the sources in their order, except that sources in the pod's own namespace come last: a
/// team can't take the name of a rule that is meant for its pods. Leaves out a source whose
/// `ConfigMap` an earlier source has read, and all sources if the pod opts out of every rule.
fn read<'c, 'a>(context: &Context<'c, 'a>) -> Vec<ReadSource<'c, 'a>> {
    let mut read: Vec<ReadSource<'c, 'a>> = Vec::new();
    if *context.opt_out == OptOut::Everything {
        return read;
    }
    let which = |own: bool| {
        let sources = context.settings.sources.iter();
        sources.filter(move |source| source.is_the_pods_own() == own)
    };
    for source in which(false).chain(which(true)) {
        let object = source.object(context.request.namespace());
        if read.iter().any(|other| other.object == object) {
            continue;
        }
        let rules = if context.deadline.has_passed() {
            Err(NoRules::Unusable(DeadlineExceeded.to_string()))
        } else {
            context.known.rules.get(context.known.lookups, &object)
        };
        if source.optional && rules.as_ref().err() == Some(&NoRules::from(Unavailable::Absent)) {
            continue;
        }
        read.push(ReadSource {
            source: *source,
            object,
            rules,
        });
    }
    read
}

impl<'a> ReadSource<'_, 'a> {
    /// The namespace of the `ConfigMap`: the pod's own if the source has none.
    pub(super) fn namespace(&self) -> &str {
        self.object.namespace.as_deref().unwrap_or_default()
    }

    /// The name of a list of rules in messages: `NAMESPACE/NAME/KEY`.
    pub(super) fn place(&self, list: &RuleList<'a>) -> String {
        let parts = [self.namespace(), self.source.name, list.key];
        parts.map(escaped).join("/")
    }

    /// All rules, checked or not: the index of each rule's key, its index under the key, and the
    /// rule.
    pub(super) fn rules(&self) -> impl Iterator<Item = (usize, usize, Rule<'_, 'a>)> {
        let set = self.rules.as_deref().ok();
        let lists = set.map_or(&[][..], |set| &set.lists).iter().enumerate();
        lists.flat_map(move |(key, list)| {
            let rules = list.rules().iter().enumerate();
            rules.map(move |(index, node)| (key, index, self.rule(list, index, node)))
        })
    }

    /// A rule of a list.
    pub(super) fn rule<'n>(
        &'n self,
        list: &'n RuleList<'a>,
        index: usize,
        node: &'n Node<'a>,
    ) -> Rule<'n, 'a> {
        let origin = Origin {
            namespace: self.namespace(),
            config_map: self.source.name,
            key: list.key,
            index,
        };
        Rule::in_config_map(node, origin)
    }
}

/// The names of all rules of the sources, whether or not they match. `None` if one of the rules
/// can't be read, or the deadline has passed.
pub(super) fn names<'s>(
    sources: &'s [ReadSource<'_, '_>],
    deadline: &Deadline<'_>,
) -> Option<BTreeSet<&'s str>> {
    let mut names = BTreeSet::new();
    for source in sources {
        for list in &source.rules.as_ref().ok()?.lists {
            if list.rules.is_err() || deadline.has_passed() {
                return None;
            }
            let rules = list.rules().iter();
            names.extend(rules.filter_map(|rule| rule.str_at("name")));
        }
    }
    Some(names)
}
