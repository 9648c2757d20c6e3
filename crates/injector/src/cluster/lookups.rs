//! What is known of the cluster's objects while a request is looked at.
//!
//! Rules are evaluated as pure functions of what is known. What they ask for and is not known yet
//! is written down here, and counts as unavailable for the time being; then it is looked up, and the
//! rules are evaluated once more. So there is an answer at any time, even if the next look-up never
//! comes back (see [`crate::admission::session`]).

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use lazy_json::Node;

use crate::cluster::arena::Arena;
use crate::cluster::object::Object;
use crate::cluster::unavailable::Unavailable;
use crate::settings::rule_set::{Room, RuleSet, Texts};

/// Where the texts are kept that look-ups bring in.
#[derive(Debug, Default)]
pub struct Store {
    answers: Arena<String>,
    rules: Arena<Texts>,
}

/// Objects of the cluster.
#[derive(Debug)]
pub struct Lookups<'a> {
    store: &'a Store,
    known: RefCell<BTreeMap<Object, Known<'a>>>,
    /// What was asked for and is not known, with its place in the order in which it was.
    wanted: RefCell<BTreeMap<Object, usize>>,
    room: Cell<Room>,
}

#[derive(Debug)]
struct Known<'a> {
    answer: Result<Rc<Node<'a>>, Unavailable>,
    rules: Option<Result<Rc<RuleSet<'a>>, String>>,
}

/// Why a `ConfigMap` gives no rules at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoRules {
    /// It can't be read.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// It can't be used.
    #[error("can't be used: {0}")]
    Unusable(String),
}

impl<'a> Lookups<'a> {
    /// Nothing is known yet.
    pub fn new(store: &'a Store) -> Self {
        Self {
            store,
            known: RefCell::default(),
            wanted: RefCell::default(),
            room: Cell::default(),
        }
    }

    /// An object.
    ///
    /// # Errors
    /// It is not available, or not known yet.
    pub fn object(&self, object: &Object) -> Result<Rc<Node<'a>>, Unavailable> {
        if let Some(known) = self.known.borrow().get(object) {
            return known.answer.clone();
        }
        let mut wanted = self.wanted.borrow_mut();
        let place = wanted.len();
        wanted.entry(object.clone()).or_insert(place);
        Err(Unavailable::Late)
    }

    /// The rules of a `ConfigMap`, which are read once.
    ///
    /// # Errors
    /// It is not available, or not known yet, or not to be used.
    pub fn rules(&self, object: &Object) -> Result<Rc<RuleSet<'a>>, NoRules> {
        let config_map = self.object(object)?;
        let mut known = self.known.borrow_mut();
        let store = self.store;
        let read = || {
            let mut room = self.room.get();
            let texts = Texts::of(&config_map, &mut room);
            self.room.set(room);
            let texts = texts.map_err(|error| error.to_string())?;
            RuleSet::read(store.rules.keep(texts)).map(Rc::new)
        };
        let rules = match known.get_mut(object) {
            Some(known) => known.rules.get_or_insert_with(read).clone(),
            None => read(),
        };
        rules.map_err(NoRules::Unusable)
    }

    /// What was asked for and is not known, in the order in which it was.
    pub fn take_wanted(&self) -> Vec<Object> {
        let mut wanted: Vec<_> = self.wanted.take().into_iter().collect();
        wanted.sort_by_key(|(_, place)| *place);
        wanted.into_iter().map(|(object, _)| object).collect()
    }

    /// What a look-up brought: the object as JSON, or what the host said.
    pub fn learn(&self, object: Object, answer: Result<Vec<u8>, String>) {
        let answer = match answer {
            Ok(json) => self.read(&object, json),
            Err(words) => Err(Unavailable::from_host(&words, object.kind)),
        };
        self.insert(object, answer);
    }

    /// There is no time to look it up.
    pub fn give_up(&self, object: Object) {
        self.insert(object, Err(Unavailable::Late));
    }

    fn read(&self, object: &Object, json: Vec<u8>) -> Result<Rc<Node<'a>>, Unavailable> {
        let text = String::from_utf8(json).map_err(|_| Unavailable::WrongAnswer)?;
        let text = self.store.answers.keep(text);
        let node = Node::parse(text).map_err(|_| Unavailable::WrongAnswer)?;
        Unavailable::check(&node, object)?;
        Ok(Rc::new(node))
    }

    fn insert(&self, object: Object, answer: Result<Rc<Node<'a>>, Unavailable>) {
        let known = Known {
            answer,
            rules: None,
        };
        self.known.borrow_mut().insert(object, known);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::cluster::object::Kind;

    #[test]
    fn text_of_rules_is_bounded_over_all_config_maps() {
        let store = Store::default();
        let lookups = Lookups::new(&store);
        let mut outcomes = Vec::new();
        for name in ["a", "b", "c"] {
            let object = Object::new(Kind::ConfigMap, "n", name);
            let text = format!("# {}\n- name: r\n", "x".repeat(1_000_000));
            let answer = json!({
                "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name},
                "data": {"rules.yaml": text},
            });
            lookups.learn(object.clone(), Ok(answer.to_string().into_bytes()));
            // Twice: what was read is not read again.
            for _ in 0..2 {
                let rules = lookups.rules(&object);
                outcomes.push(rules.map(drop).map_err(|error| error.to_string()));
            }
        }
        let error = "can't be used: more than 2 MiB of rules in all ConfigMaps together";
        assert_eq!(outcomes[..4], [Ok(()), Ok(()), Ok(()), Ok(())]);
        assert_eq!(
            outcomes[4..],
            [Err(error.to_owned()), Err(error.to_owned())]
        );
    }
}
