//! Which parts of a text are going to be read: they are looked into while the text is gone over,
//! and not gone over a second time.

use std::cell::OnceCell;
use std::rc::Rc;

use super::scan::{NotJson, Scanner};
use super::{Author, Key, Member, Members, Node, Value};

/// What of a value is going to be read.
#[derive(Debug)]
pub enum Shape {
    /// Nothing, as far as is known.
    Unread,
    /// All its items or members, and so much of each.
    All(&'static Shape),
    /// Its members, and so much of those with these keys.
    Keys(&'static [(&'static str, Shape)]),
}

impl Shape {
    fn of_item(&self) -> &Self {
        match self {
            Self::All(shape) => shape,
            _ => &Self::Unread,
        }
    }

    /// `key` with its quotes.
    fn of_member(&self, key: &str) -> &Self {
        match self {
            Self::All(shape) => shape,
            Self::Keys(keys) => keys
                .iter()
                .find(|(name, _)| key.get(1..key.len() - 1) == Some(name))
                .map_or(&Self::Unread, |(_, shape)| shape),
            Self::Unread => &Self::Unread,
        }
    }
}

pub(super) fn read<'a>(
    scanner: &mut Scanner<'a>,
    shape: &Shape,
    author: Author,
) -> Result<Node<'a>, NotJson> {
    let read = !matches!(shape, Shape::Unread);
    if read && scanner.is_next(b'{') {
        object(scanner, shape, author)
    } else if read && scanner.is_next(b'[') {
        array(scanner, shape, author)
    } else {
        scanner.value().map(|text| Node::raw(text, author))
    }
}

fn object<'a>(
    scanner: &mut Scanner<'a>,
    shape: &Shape,
    author: Author,
) -> Result<Node<'a>, NotJson> {
    let start = scanner.position();
    scanner.expect(b'{')?;
    let mut members = Vec::new();
    let mut more = scanner.begins(b'}');
    while more {
        let (key, has_escapes) = scanner.key()?;
        let value = read(scanner, shape.of_member(key), author.of_member())?;
        let key = Key::from_text(key, has_escapes);
        members.push(Member { key, value });
        more = scanner.goes_on(b'}')?;
    }
    // Most have one member or two, and room for four.
    members.shrink_to_fit();
    let value = Value::Object(Rc::new(Members::new(members)));
    Ok(looked_into(scanner.since(start), value, author))
}

fn array<'a>(
    scanner: &mut Scanner<'a>,
    shape: &Shape,
    author: Author,
) -> Result<Node<'a>, NotJson> {
    let start = scanner.position();
    scanner.expect(b'[')?;
    let mut items = Vec::new();
    let mut more = scanner.begins(b']');
    while more {
        items.push(read(scanner, shape.of_item(), author)?);
        more = scanner.goes_on(b']')?;
    }
    items.shrink_to_fit();
    let value = Value::Array(Rc::new(items));
    Ok(looked_into(scanner.since(start), value, author))
}

fn looked_into<'a>(text: &'a str, value: Value<'a>, author: Author) -> Node<'a> {
    Node {
        text: Some(text),
        value: OnceCell::from(value),
        author,
    }
}
