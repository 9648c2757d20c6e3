//! JSON as it can be written and no reader keeps it: repeated keys, odd spellings. See [`Tree`].

use serde_json::Value;

/// A JSON value. Scalars and keys are JSON text.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Tree {
    Scalar(String),
    List(Vec<Tree>),
    Object(Vec<(String, Tree)>),
}

impl Tree {
    /// The same value, spelled plainly.
    pub(crate) fn of(value: &Value) -> Self {
        match value {
            Value::Array(items) => Self::List(items.iter().map(Self::of).collect()),
            Value::Object(members) => {
                let members = members.iter();
                Self::Object(
                    members
                        .map(|(key, value)| (quoted(key), Self::of(value)))
                        .collect(),
                )
            }
            scalar => Self::Scalar(scalar.to_string()),
        }
    }

    /// The value of this key, if the key is spelled plainly.
    pub(crate) fn get_mut(&mut self, key: &str) -> Option<&mut Self> {
        let Self::Object(members) = self else {
            return None;
        };
        let key = quoted(key);
        let mut members = members.iter_mut();
        members
            .find(|(name, _)| *name == key)
            .map(|(_, value)| value)
    }

    pub(crate) fn write(&self, out: &mut String) {
        match self {
            Self::Scalar(text) => out.push_str(text),
            Self::List(items) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    item.write(out);
                }
                out.push(']');
            }
            Self::Object(members) => {
                out.push('{');
                for (index, (key, value)) in members.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    out.push_str(key);
                    out.push(':');
                    value.write(out);
                }
                out.push('}');
            }
        }
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Scalar(_) => 0,
            Self::List(items) => items.len(),
            Self::Object(members) => members.len(),
        }
    }

    /// The item or member value at an index.
    pub(crate) fn child_mut(&mut self, index: usize) -> Option<&mut Self> {
        match self {
            Self::Scalar(_) => None,
            Self::List(items) => items.get_mut(index),
            Self::Object(members) => members.get_mut(index).map(|(_, value)| value),
        }
    }

    /// How many lists and objects with something in them there are, this one included.
    pub(crate) fn parents(&self) -> usize {
        let children: usize = match self {
            Self::Scalar(_) => return 0,
            Self::List(items) => items.iter().map(Self::parents).sum(),
            Self::Object(members) => members.iter().map(|(_, value)| value.parents()).sum(),
        };
        children + usize::from(self.len() > 0)
    }

    /// The list or object at a place in the order in which they are written.
    pub(crate) fn parent_mut(&mut self, place: usize) -> Option<&mut Self> {
        let mut left = place;
        find(self, &mut left)
    }

    /// The values of a key that is spelled plainly, wherever it is.
    pub(crate) fn all_of<'t>(&'t self, key: &str, found: &mut Vec<&'t Self>) {
        match self {
            Self::Scalar(_) => {}
            Self::List(items) => items.iter().for_each(|item| item.all_of(key, found)),
            Self::Object(members) => {
                for (name, value) in members {
                    if name == key {
                        found.push(value);
                    }
                    value.all_of(key, found);
                }
            }
        }
    }
}

fn find<'t>(tree: &'t mut Tree, left: &mut usize) -> Option<&'t mut Tree> {
    if tree.len() == 0 {
        return None;
    }
    if *left == 0 {
        return Some(tree);
    }
    *left -= 1;
    let children: Vec<&mut Tree> = match tree {
        Tree::Scalar(_) => Vec::new(),
        Tree::List(items) => items.iter_mut().collect(),
        Tree::Object(members) => members.iter_mut().map(|(_, value)| value).collect(),
    };
    for child in children {
        let parents = child.parents();
        if *left < parents {
            return find(child, left);
        }
        *left -= parents;
    }
    None
}

/// A text as JSON.
pub(crate) fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}
