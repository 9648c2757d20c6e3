//! The rules of the `ConfigMap`s that were read for a request. See [`RuleCache::get`].

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use crate::cluster::arena::Arena;
use crate::cluster::lookups::Lookups;
use crate::cluster::object::Object;
use crate::cluster::unavailable::Unavailable;
use crate::settings::rule_set::{ReadBudget, RuleSet, Texts};

/// Keeps the texts of rules as JSON.
#[derive(Debug, Default)]
pub struct RuleTexts(Arena<Texts>);

/// The rules of the `ConfigMap`s that were read for a request. Each `ConfigMap` is read once,
/// however often the rules are evaluated.
#[derive(Debug)]
pub struct RuleCache<'a> {
    texts: &'a RuleTexts,
    budget: Cell<ReadBudget>,
    read: RefCell<BTreeMap<Object, Result<Rc<RuleSet<'a>>, String>>>,
}

/// Why none of a `ConfigMap`'s rules can be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoRules {
    /// The `ConfigMap` is not available.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// The `ConfigMap` holds too many rules or too much text, or the deadline has passed.
    #[error("can't be used: {0}")]
    Unusable(String),
}

impl<'a> RuleCache<'a> {
    /// Starts without any rules.
    pub fn new(texts: &'a RuleTexts) -> Self {
        Self {
            texts,
            budget: Cell::default(),
            read: RefCell::default(),
        }
    }

    /// Returns the rules of a `ConfigMap`.
    ///
    /// # Errors
    /// Returns `Unavailable` if the `ConfigMap` is not available or not known yet, and `Unusable`
    /// if it holds more than 1,000 rules or the texts of all `ConfigMap`s are longer than 2 MiB.
    pub fn get(&self, lookups: &Lookups<'a>, object: &Object) -> Result<Rc<RuleSet<'a>>, NoRules> {
        let config_map = lookups.object(object)?;
        let read = || {
            let mut budget = self.budget.get();
            let texts = Texts::of(&config_map, &mut budget);
            self.budget.set(budget);
            let texts = texts.map_err(|error| error.to_string())?;
            RuleSet::read(self.texts.0.keep(texts)).map(Rc::new)
        };
        let mut known = self.read.borrow_mut();
        let rules = known.entry(object.clone()).or_insert_with(read);
        rules.clone().map_err(NoRules::Unusable)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::cluster::lookups::Store;
    use crate::cluster::object::Kind;

    #[test]
    fn text_of_rules_is_bounded_over_all_config_maps() {
        let (objects, texts) = (Store::default(), RuleTexts::default());
        let lookups = Lookups::new(&objects);
        let cache = RuleCache::new(&texts);
        let mut outcomes = Vec::new();
        for name in ["a", "b", "c"] {
            let object = Object::new(Kind::ConfigMap, "n", name);
            let text = format!("# {}\n- name: r\n", "x".repeat(1_000_000));
            let answer = json!({
                "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name},
                "data": {"rules.yaml": text},
            });
            lookups.insert(object.clone(), Ok(answer.to_string().into_bytes()));
            // Twice: a ConfigMap is read once.
            for _ in 0..2 {
                let rules = cache.get(&lookups, &object);
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
