//! A policy's change as a unified diff of YAML. See [`hunks`].

use serde_json::Value;
use similar::{Algorithm, DiffOp, TextDiff};

use super::{yaml::to_yaml, yaml_path::holder};

const CONTEXT: usize = 2;

/// A group of changes that are close together.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Hunk {
    /// The path of the first change: `spec.containers[app].env`.
    pub(crate) path: String,
    /// The lines, with unchanged ones around the changes.
    pub(crate) lines: Vec<Line>,
}

/// A line of a hunk.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Line {
    /// An unchanged line.
    Same(String),
    /// An added line.
    Added(String),
    /// A removed line.
    Removed(String),
}

/// The hunks between two objects.
pub(crate) fn hunks(before: &Value, after: &Value) -> Vec<Hunk> {
    let (before, after) = (to_yaml(before), to_yaml(after));
    let diff = TextDiff::configure()
        .algorithm(Algorithm::Patience)
        .diff_lines(&before, &after);
    let old: Vec<_> = before.lines().collect();
    let new: Vec<_> = after.lines().collect();

    let mut hunks: Vec<Hunk> = Vec::new();
    let mut gap: &[&str] = &[];
    for op in diff.ops() {
        let (removed, added) = (&old[op.old_range()], &new[op.new_range()]);
        if let DiffOp::Equal { .. } = op {
            gap = removed;
            end_hunk(&mut hunks, gap);
            continue;
        }
        let path = if added.is_empty() {
            holder(&old, op.old_range().start)
        } else {
            holder(&new, op.new_range().start)
        };
        let hunk = match hunks.pop_if(|last| last.path == path && gap.len() <= 2 * CONTEXT) {
            Some(mut last) => {
                last.lines.extend(same(&gap[gap.len().min(CONTEXT)..]));
                last
            }
            None => begin_hunk(path, gap, hunks.is_empty()),
        };
        hunks.push(hunk);
        if let Some(hunk) = hunks.last_mut() {
            let removed = removed.iter().map(|line| Line::Removed((*line).to_owned()));
            let added = added.iter().map(|line| Line::Added((*line).to_owned()));
            hunk.lines.extend(removed.chain(added));
        }
    }
    hunks
}

/// The start of a hunk: the lines before its change that are not in the hunk before.
fn begin_hunk(path: String, gap: &[&str], first: bool) -> Hunk {
    let taken = if first { 0 } else { gap.len().min(CONTEXT) };
    let from = gap.len().saturating_sub(CONTEXT).max(taken);
    Hunk {
        path,
        lines: same(&gap[from..]).collect(),
    }
}

fn end_hunk(hunks: &mut [Hunk], gap: &[&str]) {
    if let Some(last) = hunks.last_mut() {
        last.lines.extend(same(&gap[..gap.len().min(CONTEXT)]));
    }
}

fn same(lines: &[&str]) -> impl Iterator<Item = Line> {
    lines.iter().map(|line| Line::Same((*line).to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn shown(hunks: &[Hunk]) -> String {
        let line = |line: &Line| match line {
            Line::Same(text) => format!("  {text}\n"),
            Line::Added(text) => format!("+ {text}\n"),
            Line::Removed(text) => format!("- {text}\n"),
        };
        let hunk = |hunk: &Hunk| {
            let lines: String = hunk.lines.iter().map(line).collect();
            format!("@@ {} @@\n{lines}", hunk.path)
        };
        hunks.iter().map(hunk).collect()
    }

    #[test]
    fn each_place_has_its_hunk_and_no_line_is_shown_twice() {
        let before = json!({
            "metadata": {"labels": {"app": "web"}, "uid": "u"},
            "spec": {"containers": [{"name": "app", "env": [{"name": "A", "value": "a"}], "image": "i"}]},
        });
        let after = json!({
            "metadata": {"labels": {"app": "web", "z": "z"}, "uid": "u"},
            "spec": {"containers": [{
                "name": "app",
                "env": [{"name": "0", "value": "0"}, {"name": "A", "value": "a"}, {"name": "B"}],
                "image": "i", "tty": true,
            }]},
        });
        let expected = "\
@@ metadata.labels @@
    labels:
      app: web
+     z: z
    uid: u
  spec:
@@ spec.containers[app].env @@
    - name: app
      env:
+     - name: '0'
+       value: '0'
      - name: A
        value: a
+     - name: B
      image: i
@@ spec.containers[app] @@
+     tty: true
";
        assert_eq!(shown(&hunks(&before, &after)), expected);
    }

    #[test]
    fn a_removal_is_found_where_it_was() {
        let before = json!({"a": {"b": 1, "c": 2}});
        let hunks = hunks(&before, &json!({"a": {"b": 1}}));
        assert_eq!(hunks.len(), 1);
        assert_eq!(hunks[0].path, "a");
        assert!(hunks[0].lines.contains(&Line::Removed("  c: 2".to_owned())));
    }

    #[test]
    fn no_change_no_hunk() {
        assert_eq!(hunks(&json!({"a": 1}), &json!({"a": 1})), []);
    }
}
