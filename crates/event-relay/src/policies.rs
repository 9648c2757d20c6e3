//! Which policies are believed, and how far. See [`Policies::standing`].

use std::collections::BTreeMap;
use std::str::FromStr;

use crate::report::Standing;

/// The name that stands for every policy.
const EVERY: &str = "*";

/// How far a policy's word goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word {
    /// Not by itself: a pod has to confirm it.
    Confirmed,
    /// It is enough.
    Believed,
}

/// A policy on the allow list, as the command line has it: `NAME`, or `NAME=believed`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    name: String,
    word: Word,
}

/// Text that is not a policy of the allow list.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// No name.
    #[error("a policy has a name; write for example clusterwide-pod-injector")]
    NoName,
    /// Neither of the two.
    #[error("{0:?} is neither confirmed nor believed")]
    Word(String),
}

impl FromStr for Policy {
    type Err = PolicyError;

    fn from_str(text: &str) -> Result<Self, PolicyError> {
        let (name, word) = text.split_once('=').unwrap_or((text, "confirmed"));
        if name.is_empty() {
            return Err(PolicyError::NoName);
        }
        let word = match word {
            "confirmed" => Word::Confirmed,
            "believed" => Word::Believed,
            other => return Err(PolicyError::Word(other.to_owned())),
        };
        Ok(Self {
            name: name.to_owned(),
            word,
        })
    }
}

/// The allow list.
#[derive(Debug, Clone, Default)]
pub struct Policies(BTreeMap<String, Word>);

impl Policies {
    /// The policies of this list; every policy, with this word, if the list is empty.
    pub fn new(list: &[Policy], otherwise: Word) -> Self {
        if list.is_empty() {
            return Self(BTreeMap::from([(EVERY.to_owned(), otherwise)]));
        }
        let list = list.iter();
        Self(list.map(|it| (it.name.clone(), it.word)).collect())
    }

    /// The same policies, each of whose word is enough.
    #[must_use]
    pub fn believed(self) -> Self {
        let names = self.0.into_keys();
        Self(names.map(|name| (name, Word::Believed)).collect())
    }

    /// Where a record of a policy stands before any pod has confirmed it. `None` if the policy is not
    /// on the list.
    pub fn standing(&self, policy: Option<&str>) -> Option<Standing> {
        let named = policy.and_then(|name| self.0.get(name));
        let word = named.or_else(|| self.0.get(EVERY))?;
        Some(match word {
            Word::Confirmed => Standing::Unconfirmed,
            Word::Believed => Standing::Believed,
        })
    }

    /// Whether some policy's records have to be confirmed.
    pub fn some_are_confirmed(&self) -> bool {
        self.0.values().any(|word| *word == Word::Confirmed)
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::alone("clusterwide-a", Some(Word::Confirmed))]
    #[case::confirmed("clusterwide-a=confirmed", Some(Word::Confirmed))]
    #[case::believed("clusterwide-a=believed", Some(Word::Believed))]
    #[case::nonsense("clusterwide-a=maybe", None)]
    #[case::no_name("=believed", None)]
    fn a_policy_is_read(#[case] text: &str, #[case] expected: Option<Word>) {
        let policy: Option<Policy> = text.parse().ok();
        assert_eq!(policy.map(|policy| policy.word), expected);
    }

    #[rstest]
    #[case::on_the_list(&["a", "b=believed"], Some("a"), Some(Standing::Unconfirmed))]
    #[case::believed(&["a", "b=believed"], Some("b"), Some(Standing::Believed))]
    #[case::another(&["a", "b=believed"], Some("c"), None)]
    #[case::unnamed(&["a", "b=believed"], None, None)]
    #[case::every(&["*=believed"], None, Some(Standing::Believed))]
    #[case::more_exact(&["*=believed", "a"], Some("a"), Some(Standing::Unconfirmed))]
    #[case::no_list(&[], Some("a"), Some(Standing::Unconfirmed))]
    fn a_record_stands_where_its_policy_does(
        #[case] list: &[&str],
        #[case] policy: Option<&str>,
        #[case] expected: Option<Standing>,
    ) {
        let list: Result<Vec<Policy>, _> = list.iter().map(|text| text.parse()).collect();
        let policies = Policies::new(&list.expect("a list"), Word::Confirmed);
        assert_eq!(policies.standing(policy), expected);
    }
}
