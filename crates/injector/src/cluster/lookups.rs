//! The objects of the cluster that are known so far. See [`Lookups::object`].
//!
//! Rules are evaluated as pure functions of the known objects. An object that a rule needs and that
//! is not known yet counts as unavailable, and is noted here. It is then looked up, and the rules
//! are evaluated again. So there is an answer at any time, even if the next look-up never returns
//! (see [`crate::admission::session`]).

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use lazy_json::Node;

use crate::cluster::arena::Arena;
use crate::cluster::object::Object;
use crate::cluster::unavailable::Unavailable;

/// Keeps the texts of the objects that were looked up.
#[derive(Debug, Default)]
pub struct Store {
    answers: Arena<String>,
}

/// The objects that are known so far, and those that are to be looked up.
#[derive(Debug)]
pub struct Lookups<'a> {
    store: &'a Store,
    known: RefCell<BTreeMap<Object, Result<Rc<Node<'a>>, Unavailable>>>,
    /// The objects to be looked up. Each value is the object's index in the order of the questions.
    wanted: RefCell<BTreeMap<Object, usize>>,
}

impl<'a> Lookups<'a> {
    /// Starts without any known object.
    pub fn new(store: &'a Store) -> Self {
        Self {
            store,
            known: RefCell::default(),
            wanted: RefCell::default(),
        }
    }

    /// Returns an object. An object that is not known yet is noted as wanted.
    ///
    /// # Errors
    /// Returns why the object is unavailable; `Late` if it is not known yet.
    pub fn object(&self, object: &Object) -> Result<Rc<Node<'a>>, Unavailable> {
        if let Some(known) = self.known.borrow().get(object) {
            return known.clone();
        }
        let mut wanted = self.wanted.borrow_mut();
        let place = wanted.len();
        wanted.entry(object.clone()).or_insert(place);
        Err(Unavailable::Late)
    }

    /// Takes the wanted objects, in the order in which they were asked for.
    pub fn take_wanted(&self) -> Vec<Object> {
        let mut wanted: Vec<_> = self.wanted.take().into_iter().collect();
        wanted.sort_by_key(|(_, place)| *place);
        wanted.into_iter().map(|(object, _)| object).collect()
    }

    /// Adds the result of a look-up: the object as JSON, or the host's error message.
    pub fn insert(&self, object: Object, answer: Result<Vec<u8>, String>) {
        let answer = match answer {
            Ok(json) => self.read(&object, json),
            Err(message) => Err(Unavailable::from_message(&message, object.kind)),
        };
        self.known.borrow_mut().insert(object, answer);
    }

    /// Makes an object count as late, since there is no time to look it up.
    pub fn give_up(&self, object: Object) {
        let late = Err(Unavailable::Late);
        self.known.borrow_mut().insert(object, late);
    }

    fn read(&self, object: &Object, json: Vec<u8>) -> Result<Rc<Node<'a>>, Unavailable> {
        let text = String::from_utf8(json).map_err(|_| Unavailable::WrongAnswer)?;
        let text = self.store.answers.keep(text);
        let node = Node::parse(text).map_err(|_| Unavailable::WrongAnswer)?;
        Unavailable::check(&node, object)?;
        Ok(Rc::new(node))
    }
}
