//! Changes to a document by its structure, and to its bytes. See [`edit`] and [`cut`].

use arbitrary::{Result, Unstructured};

use super::spelling;
use super::tree::Tree;

/// What is added to a pod that nobody knows: the key, without the number after it.
pub(crate) const UNKNOWN: &str = "zqUnknown";

/// Changes one place of a document. `donor` is another document of its kind.
pub(crate) fn edit(document: &mut Tree, donor: &Tree, from: &mut Unstructured<'_>) -> Result<()> {
    let parents = document.parents();
    if parents == 0 {
        *document = Tree::Scalar(spelling::value(from)?);
        return Ok(());
    }
    let place = from.choose_index(parents)?;
    let Some(parent) = document.parent_mut(place) else {
        return Ok(());
    };
    let index = from.choose_index(parent.len())?;
    match from.int_in_range(0..=12)? {
        0 => drop_child(parent, index),
        1 => double(parent, index),
        2 => double_with(parent, index, Tree::Scalar(spelling::value(from)?)),
        3 | 4 => take_from(parent, index, donor, from)?,
        5 | 6 => respell(parent, index, from)?,
        7 => replace(parent, index, Tree::Scalar(spelling::value(from)?)),
        8 => rename(parent, index, from)?,
        9 => swap(parent, index, from)?,
        10 => move_away(document, place, index, from)?,
        11 => add_unknown(parent, place, from)?,
        _ => many(parent, index, from)?,
    }
    Ok(())
}

fn drop_child(parent: &mut Tree, index: usize) {
    match parent {
        Tree::Scalar(_) => {}
        Tree::List(items) => drop(items.remove(index)),
        Tree::Object(members) => drop(members.remove(index)),
    }
}

fn double(parent: &mut Tree, index: usize) {
    match parent {
        Tree::Scalar(_) => {}
        Tree::List(items) => items.insert(index, items[index].clone()),
        Tree::Object(members) => members.insert(index, members[index].clone()),
    }
}

/// Repeats a key with another value, or an item's place.
fn double_with(parent: &mut Tree, index: usize, value: Tree) {
    match parent {
        Tree::Scalar(_) => {}
        Tree::List(items) => items.insert(index, value),
        Tree::Object(members) => members.push((members[index].0.clone(), value)),
    }
}

/// Puts in what another document has under the same key, or any item of one of its lists.
fn take_from(
    parent: &mut Tree,
    index: usize,
    donor: &Tree,
    from: &mut Unstructured<'_>,
) -> Result<()> {
    let mut found = Vec::new();
    match parent {
        Tree::Object(members) => donor.all_of(&members[index].0, &mut found),
        _ => {
            for key in [
                "containers",
                "initContainers",
                "env",
                "volumes",
                "volumeMounts",
                "rules",
            ] {
                let mut lists = Vec::new();
                donor.all_of(&format!("\"{key}\""), &mut lists);
                found.extend(lists.into_iter().flat_map(|list| match list {
                    Tree::List(items) => items.iter().collect(),
                    _ => Vec::new(),
                }));
            }
        }
    }
    if !found.is_empty() {
        let value = (*from.choose(&found)?).clone();
        replace(parent, index, value);
    }
    Ok(())
}

fn respell(parent: &mut Tree, index: usize, from: &mut Unstructured<'_>) -> Result<()> {
    if let Tree::Object(members) = parent
        && from.ratio(1, 3)?
    {
        members[index].0 = spelling::respelled(&members[index].0, from)?;
    } else if let Some(Tree::Scalar(text)) = parent.child_mut(index) {
        *text = spelling::respelled(text, from)?;
    }
    Ok(())
}

fn replace(parent: &mut Tree, index: usize, value: Tree) {
    if let Some(child) = parent.child_mut(index) {
        *child = value;
    }
}

fn rename(parent: &mut Tree, index: usize, from: &mut Unstructured<'_>) -> Result<()> {
    if let Tree::Object(members) = parent {
        members[index].0 = spelling::key(from)?;
    }
    Ok(())
}

fn swap(parent: &mut Tree, index: usize, from: &mut Unstructured<'_>) -> Result<()> {
    let other = from.choose_index(parent.len())?;
    match parent {
        Tree::Scalar(_) => {}
        Tree::List(items) => items.swap(index, other),
        Tree::Object(members) => {
            let value = members[index].1.clone();
            let value = std::mem::replace(&mut members[other].1, value);
            members[index].1 = value;
        }
    }
    Ok(())
}

/// Takes a value out of its place and puts it in another one.
fn move_away(
    document: &mut Tree,
    place: usize,
    index: usize,
    from: &mut Unstructured<'_>,
) -> Result<()> {
    let Some(parent) = document.parent_mut(place) else {
        return Ok(());
    };
    let Some(value) = parent.child_mut(index).map(|child| child.clone()) else {
        return Ok(());
    };
    drop_child(parent, index);
    let parents = document.parents();
    if parents > 0
        && let Some(parent) = document.parent_mut(from.choose_index(parents)?)
    {
        match parent {
            Tree::Scalar(_) => {}
            Tree::List(items) => items.push(value),
            Tree::Object(members) => members.push((spelling::key(from)?, value)),
        }
    }
    Ok(())
}

fn add_unknown(parent: &mut Tree, place: usize, from: &mut Unstructured<'_>) -> Result<()> {
    if let Tree::Object(members) = parent {
        let key = format!("\"{UNKNOWN}{place}\"");
        if members.iter().all(|(name, _)| *name != key) {
            members.push((key, Tree::Scalar(spelling::value(from)?)));
        }
    }
    Ok(())
}

/// Repeats a child many times: past the length from which keys are found by an index.
fn many(parent: &mut Tree, index: usize, from: &mut Unstructured<'_>) -> Result<()> {
    let count = from.int_in_range(30..=70)?;
    match parent {
        Tree::Scalar(_) => {}
        Tree::List(items) => {
            let item = items[index].clone();
            items.extend(std::iter::repeat_n(item, count));
        }
        Tree::Object(members) => {
            let (_, value) = members[index].clone();
            members.extend((0..count).map(|number| (format!("\"k{number}\""), value.clone())));
        }
    }
    Ok(())
}

/// Cuts off the end of a text, or changes, takes out or puts in some of its bytes.
pub(crate) fn cut(text: &mut Vec<u8>, from: &mut Unstructured<'_>) -> Result<()> {
    const BYTES: &[u8] = b"{}[]\",:\\u09eE+-.tfn \x00\x1f\x7f\x80\xc3\xff";
    for _ in 0..from.int_in_range(1..=3)? {
        if text.is_empty() {
            break;
        }
        let at = from.choose_index(text.len())?;
        match from.int_in_range(0..=3)? {
            0 => text.truncate(at),
            1 => text[at] = *from.choose(BYTES)?,
            2 => text.insert(at, *from.choose(BYTES)?),
            _ => drop(text.remove(at)),
        }
    }
    Ok(())
}
