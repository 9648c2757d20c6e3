//! The path of a line of a YAML text.

/// The path of the parent of line `at`: `spec.containers[app].env`. A list item has its name in the
/// path, or its index if its first key is not `name`.
///
/// The text must have the layout of [`super::yaml::to_yaml`]: two spaces a level, and lists not
/// indented below their key.
pub(crate) fn holder(lines: &[&str], at: usize) -> String {
    let Some(mut depth) = lines
        .get(at)
        .and_then(|line| parts(line).first().map(|part| part.depth))
    else {
        return String::new();
    };
    let mut labels = Vec::new();
    for index in (0..at).rev() {
        for part in parts(lines[index]).into_iter().rev() {
            if part.depth < depth {
                depth = part.depth;
                labels.push(match part.label {
                    Some(label) => label.to_owned(),
                    None => format!("[{}]", item_label(lines, index, depth)),
                });
            }
        }
    }
    labels.reverse();
    labels.join(".").replace(".[", "[")
}

/// A key or an item's dash.
struct Part<'a> {
    /// Twice the indentation. An item is half a level deeper than the list's key.
    depth: usize,
    /// The key; `None` for an item.
    label: Option<&'a str>,
}

/// The keys and items that a line opens, the outermost first: `- name: x` opens an item and a key.
fn parts(line: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut rest = line.trim_start_matches(' ');
    while let Some(item) = rest.strip_prefix("- ") {
        let depth = 2 * (line.len() - rest.len()) + 1;
        parts.push(Part { depth, label: None });
        rest = item;
    }
    if !rest.is_empty() {
        let key = rest.split_once(": ").map_or(rest, |(key, _)| key);
        parts.push(Part {
            depth: 2 * (line.len() - rest.len()),
            label: Some(key.trim_end_matches(':')),
        });
    }
    parts
}

fn item_label(lines: &[&str], item: usize, depth: usize) -> String {
    if let Some((_, name)) = lines[item].split_once("- name: ") {
        return name.to_owned();
    }
    let before = lines[..item].iter().rev().map(|line| parts(line));
    let index = before
        .filter_map(|parts| parts.first().map(|part| part.depth))
        .take_while(|other| *other >= depth)
        .filter(|other| *other == depth)
        .count();
    index.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    const POD: &str = "\
metadata:
  annotations:
    note: |
      - a: 1

      b:
    other: x
spec:
  containers:
  - name: app
    args:
    - --x
    - --y
    env:
    - name: A
      value: a
    image: i
  - image: j
  - image: k
    ports:
    - containerPort: 1
  dnsPolicy: None";

    #[rstest]
    #[case::top("metadata:", "")]
    #[case::key("    other: x", "metadata.annotations")]
    #[case::item("    - name: A", "spec.containers[app].env")]
    #[case::in_an_item("      value: a", "spec.containers[app].env[A]")]
    #[case::after_a_list("    image: i", "spec.containers[app]")]
    #[case::scalar_item("    - --y", "spec.containers[app].args")]
    #[case::next_item("  - image: j", "spec.containers")]
    #[case::item_without_name("    - containerPort: 1", "spec.containers[2].ports")]
    #[case::after_all_lists("  dnsPolicy: None", "spec")]
    fn tells_the_path(#[case] line: &str, #[case] expected: &str) {
        let lines: Vec<_> = POD.lines().collect();
        let at = lines
            .iter()
            .position(|other| *other == line)
            .expect("it is there");
        assert_eq!(holder(&lines, at), expected);
    }
}
