//! The nodes of the tree. See [`Node`].

use std::borrow::Cow;
use std::cell::OnceCell;
use std::rc::Rc;

use crate::check;
use crate::key::Key;
use crate::mark::Mark;
use crate::members::{Member, Members};
use crate::scan::{NotJson, Scanner};
use crate::shape::Shape;
use crate::string::unescape;

/// A JSON value: its text, its tree, or both.
#[derive(Debug, Clone)]
pub struct Node<'a> {
    text: Option<&'a str>,
    value: OnceCell<Value<'a>>,
    mark: Mark,
}

/// The value of a [`Node`], one level deep.
#[derive(Debug, Clone)]
pub enum Value<'a> {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number, with its original digits.
    Number(&'a str),
    /// A string, unescaped.
    String(Cow<'a, str>),
    /// A string that is not valid Unicode (a lone surrogate). It is kept but can't be read.
    Opaque,
    /// An array.
    Array(Rc<Vec<Node<'a>>>),
    /// An object, with its order and its duplicate keys.
    Object(Rc<Members<'a, Node<'a>>>),
}

impl<'a> Node<'a> {
    /// Checks a whole text and keeps it unparsed. Time is linear in the text. Safe on untrusted
    /// data.
    ///
    /// # Errors
    /// Returns `NotJson` if the text is not one JSON value.
    pub fn parse(text: &'a str) -> Result<Self, NotJson> {
        check::check(text)?;
        Ok(Self::raw(text.trim_ascii(), Mark::default()))
    }

    /// Parses the parts of a text that are in `shape`, and skips the rest. Skipped parts must be
    /// [checked](Self::check) before they are used.
    ///
    /// # Errors
    /// Returns `NotJson` if the parsed parts are not JSON.
    pub fn parse_shaped(text: &'a str, shape: &Shape) -> Result<Self, NotJson> {
        let mut scanner = Scanner::new(text);
        let node = read_shaped(&mut scanner, shape, Mark::default())?;
        scanner.end()?;
        Ok(node)
    }

    /// A string.
    pub fn string(text: impl Into<Cow<'a, str>>) -> Self {
        Self::from(Value::String(text.into()))
    }

    /// An object of these members.
    pub fn object(members: Vec<Member<'a, Node<'a>>>) -> Self {
        Self::from(Value::Object(Rc::new(Members::new(members))))
    }

    /// An array of these items.
    pub fn array(items: Vec<Self>) -> Self {
        Self::from(Value::Array(Rc::new(items)))
    }

    /// A member with this key and value, as JSON texts. They are not checked.
    pub fn unchecked_member(key: &'a str, value: &'a str) -> Member<'a, Self> {
        Member {
            key: Key::from_text(key, key.contains('\\')),
            value: Self::raw(value, Mark::default()),
        }
    }

    /// Checks the node's whole text. A changed node has no text, and is not checked.
    ///
    /// # Errors
    /// Returns `NotJson` if the text is not JSON.
    pub fn check(&self) -> Result<(), NotJson> {
        self.text.map_or(Ok(()), check::check)
    }

    fn raw(text: &'a str, mark: Mark) -> Self {
        Self {
            text: Some(text),
            value: OnceCell::new(),
            mark,
        }
    }

    /// The node's mark.
    pub fn mark(&self) -> Mark {
        self.mark
    }

    /// A copy with this mark. Items of an array get the whole mark; members of an object get the
    /// inherited part.
    #[must_use]
    pub fn with_mark(&self, mark: Mark) -> Self {
        if let Some(text) = self.text {
            return Self::raw(text, mark);
        }
        let value = match self.value() {
            Value::Array(items) => Value::Array(Rc::new(
                items.iter().map(|item| item.with_mark(mark)).collect(),
            )),
            Value::Object(members) => {
                let members = members.iter().map(|member| Member {
                    key: member.key.clone(),
                    value: member.value.with_mark(mark.inherited()),
                });
                Value::Object(Rc::new(Members::new(members.collect())))
            }
            scalar => scalar.clone(),
        };
        Self {
            mark,
            ..Self::from(value)
        }
    }

    /// The value, one level deep. The first call parses it.
    pub fn value(&self) -> &Value<'a> {
        self.value
            .get_or_init(|| self.text.map_or(Value::Null, |text| read(text, self.mark)))
    }

    /// The original JSON text. `None` if the node was changed.
    pub fn text(&self) -> Option<&'a str> {
        self.text
    }

    /// Whether two nodes are known to be equal: one is an unmodified clone of the other. Nodes that
    /// are not the same may still be equal.
    pub fn is_same(&self, other: &Self) -> bool {
        let identity = self.identity();
        identity.is_some() && identity == other.identity()
    }

    /// Pointer identity: equal for unmodified clones, `None` for scalars without source text.
    pub fn identity(&self) -> Option<*const ()> {
        match (self.text, self.value.get()) {
            (Some(text), _) => Some(text.as_ptr().cast()),
            (None, Some(Value::Array(items))) => Some(Rc::as_ptr(items).cast()),
            (None, Some(Value::Object(members))) => Some(Rc::as_ptr(members).cast()),
            _ => None,
        }
    }

    /// Whether the value is `null`.
    pub fn is_null(&self) -> bool {
        matches!(self.value(), Value::Null)
    }

    /// The string. `None` for other values.
    pub fn as_str(&self) -> Option<&str> {
        match self.value() {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// The boolean. `None` for other values.
    pub fn as_bool(&self) -> Option<bool> {
        match self.value() {
            Value::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// The number. `None` unless it is a whole number of 64 bits.
    pub fn as_i64(&self) -> Option<i64> {
        match self.value() {
            Value::Number(digits) => digits.parse().ok(),
            _ => None,
        }
    }

    /// The items of an array. `None` for other values.
    pub fn items(&self) -> Option<&[Self]> {
        match self.value() {
            Value::Array(items) => Some(items),
            _ => None,
        }
    }

    /// The members of an object. `None` for other values.
    pub fn members(&self) -> Option<&[Member<'a, Node<'a>>]> {
        match self.value() {
            Value::Object(members) => Some(members),
            _ => None,
        }
    }

    /// The value of a key. The last duplicate counts, as in the JSON decoders of Kubernetes. `None`
    /// if the key is absent or its value is `null`, which is the same to Kubernetes.
    pub fn get(&self, key: &str) -> Option<&Self> {
        let Value::Object(members) = self.value() else {
            return None;
        };
        let value = &members.find(key)?.value;
        (!value.is_null()).then_some(value)
    }

    /// The items of an array, for changes.
    pub fn items_mut(&mut self) -> Option<&mut Vec<Self>> {
        self.value();
        match self.value.get_mut() {
            Some(Value::Array(items)) => {
                self.text = None;
                Some(Rc::make_mut(items))
            }
            _ => None,
        }
    }

    /// The members of an object, for changes.
    pub fn members_mut(&mut self) -> Option<&mut Vec<Member<'a, Node<'a>>>> {
        self.value();
        match self.value.get_mut() {
            Some(Value::Object(members)) => {
                self.text = None;
                Some(Rc::make_mut(members).list_mut())
            }
            _ => None,
        }
    }

    /// The value of a key, for changes.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Self> {
        self.get(key)?;
        self.members_mut()?
            .iter_mut()
            .rev()
            .find(|member| member.key.is(key))
            .map(|member| &mut member.value)
    }

    /// Sets a key: in its place if it is there, at the end otherwise. Does nothing if this is not
    /// an object.
    pub fn set(&mut self, key: &str, value: Self) {
        let Some(members) = self.members_mut() else {
            return;
        };
        match members.iter_mut().rev().find(|member| member.key.is(key)) {
            Some(member) => member.value = value,
            None => members.push(Member {
                key: Key::new(key),
                value,
            }),
        }
    }

    /// Removes all members with a key. Returns whether there was one.
    pub fn remove(&mut self, key: &str) -> bool {
        let there = self
            .members()
            .is_some_and(|members| members.iter().any(|member| member.key.is(key)));
        if there && let Some(members) = self.members_mut() {
            members.retain(|member| !member.key.is(key));
        }
        there
    }
}

impl<'a> From<Value<'a>> for Node<'a> {
    fn from(value: Value<'a>) -> Self {
        Self {
            text: None,
            value: OnceCell::from(value),
            mark: Mark::default(),
        }
    }
}

/// Parses a text one level deep. Returns `null` if it is not JSON.
fn read(text: &str, mark: Mark) -> Value<'_> {
    match text.as_bytes().first() {
        Some(b't') => Value::Bool(true),
        Some(b'f') => Value::Bool(false),
        Some(b'"') => unescape(text).map_or(Value::Opaque, Value::String),
        Some(b'[' | b'{') => {
            let one_level = Shape::All(&Shape::Unread);
            read_shaped(&mut Scanner::new(text), &one_level, mark)
                .ok()
                .and_then(|node| node.value.into_inner())
                .unwrap_or(Value::Null)
        }
        Some(b'-' | b'0'..=b'9') => Value::Number(text),
        _ => Value::Null,
    }
}

fn read_shaped<'a>(
    scanner: &mut Scanner<'a>,
    shape: &Shape,
    mark: Mark,
) -> Result<Node<'a>, NotJson> {
    let read = !matches!(shape, Shape::Unread);
    if read && scanner.is_next(b'{') {
        object(scanner, shape, mark)
    } else if read && scanner.is_next(b'[') {
        array(scanner, shape, mark)
    } else {
        scanner.value().map(|text| Node::raw(text, mark))
    }
}

fn object<'a>(scanner: &mut Scanner<'a>, shape: &Shape, mark: Mark) -> Result<Node<'a>, NotJson> {
    let start = scanner.position();
    scanner.expect(b'{')?;
    let mut members = Vec::new();
    let mut more = scanner.begins(b'}');
    while more {
        let (key, has_escapes) = scanner.key()?;
        let value = read_shaped(scanner, shape.of_member(key), mark.inherited())?;
        let key = Key::from_text(key, has_escapes);
        members.push(Member { key, value });
        more = scanner.goes_on(b'}')?;
    }
    // Most objects have one or two members, and the list has room for four.
    members.shrink_to_fit();
    let value = Value::Object(Rc::new(Members::new(members)));
    Ok(looked_into(scanner.since(start), value, mark))
}

fn array<'a>(scanner: &mut Scanner<'a>, shape: &Shape, mark: Mark) -> Result<Node<'a>, NotJson> {
    let start = scanner.position();
    scanner.expect(b'[')?;
    let mut items = Vec::new();
    let mut more = scanner.begins(b']');
    while more {
        items.push(read_shaped(scanner, shape.of_item(), mark)?);
        more = scanner.goes_on(b']')?;
    }
    items.shrink_to_fit();
    let value = Value::Array(Rc::new(items));
    Ok(looked_into(scanner.since(start), value, mark))
}

fn looked_into<'a>(text: &'a str, value: Value<'a>, mark: Mark) -> Node<'a> {
    Node {
        text: Some(text),
        value: OnceCell::from(value),
        mark,
    }
}
