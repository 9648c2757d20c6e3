//! Converts YAML to JSON, for rules that are read from a `ConfigMap`. See [`to_json`].
//!
//! The text is read once, event by event, and no tree is built. Aliases are copied as JSON and
//! their bytes are counted, so that a few aliases can't become gigabytes. Words and numbers are
//! read as kubectl reads them in a manifest (see [`scalar`]), so that a rule means the same in both
//! places. Safe on untrusted data.

mod scalar;

use std::collections::BTreeMap;
use std::ops::Range;

use lazy_json::write_string;
use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Tag};

/// How deep lists and maps may be nested. Rules have less than a quarter of these levels.
const DEPTH: usize = 100;

/// The maximum number of bytes that aliases may copy: as many as a `ConfigMap` holds.
pub const MAX_ALIAS_BYTES: usize = 1024 * 1024;

/// A text that can't be converted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct NotYaml {
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong.
    pub problem: String,
}

/// Converts a YAML document to JSON. An empty text becomes `null`, and empty documents are skipped.
/// The bytes that aliases copy are subtracted from `alias_bytes`.
///
/// # Errors
/// Returns the first problem: the text is not YAML, has no form in JSON, holds a second document,
/// or its aliases copy more than `alias_bytes`.
pub fn to_json(text: &str, alias_bytes: &mut usize) -> Result<String, NotYaml> {
    let mut json = read(text, (alias_bytes, MAX_ALIAS_BYTES), |_, _| {})?;
    if json.is_empty() {
        json.push_str("null");
    }
    Ok(json)
}

/// Converts YAML documents to JSON, one text each. Empty documents are skipped. Aliases may copy at
/// most `max_alias_bytes` bytes.
///
/// # Errors
/// Returns the first problem: the text is not YAML, has no form in JSON, or its aliases copy too
/// much.
pub fn documents(text: &str, max_alias_bytes: usize) -> Result<Vec<String>, NotYaml> {
    let mut documents = Vec::new();
    let mut alias_bytes = max_alias_bytes;
    read(
        text,
        (&mut alias_bytes, max_alias_bytes),
        |event, written| {
            if matches!(event, Event::DocumentEnd) && !written.is_empty() {
                documents.push(std::mem::take(written));
            }
        },
    )?;
    Ok(documents)
}

/// Reads a text. `after` gets each event and the JSON written so far. Returns the JSON at the end.
/// `alias_bytes` is how many bytes aliases may still copy; messages name `max_alias_bytes`.
fn read(
    text: &str,
    (alias_bytes, max_alias_bytes): (&mut usize, usize),
    mut after: impl FnMut(&Event<'_>, &mut String),
) -> Result<String, NotYaml> {
    let mut writer = Writer {
        json: String::new(),
        open: Vec::new(),
        anchors: BTreeMap::new(),
        alias_bytes,
        max_alias_bytes,
    };
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| unreadable(text, &error))?;
        writer.event(&event).map_err(|problem| NotYaml {
            line: span.start.line(),
            problem,
        })?;
        after(&event, &mut writer.json);
        if writer.json.is_empty() {
            // The anchors of an earlier document refer to JSON that is gone.
            writer.anchors.clear();
        }
    }
    Ok(writer.json)
}

fn unreadable(text: &str, error: &ScanError) -> NotYaml {
    // The parser places an error at the end of a text on the line after the last one.
    let last_line = text.lines().count().max(1);
    NotYaml {
        line: error.marker().line().min(last_line),
        // One of the parser's messages quotes a character of the text.
        problem: error
            .info()
            .split(": `")
            .next()
            .unwrap_or_default()
            .to_owned(),
    }
}

/// A list or a map that is not closed yet.
struct Open {
    kind: Kind,
    /// Where the JSON begins.
    start: usize,
    /// The anchor; 0 for none.
    anchor: usize,
    /// Whether it has no item or member yet.
    empty: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    List,
    /// A map whose next part is a key.
    Key,
    /// A map whose next part is a value.
    Value,
}

struct Writer<'c> {
    json: String,
    open: Vec<Open>,
    anchors: BTreeMap<usize, Range<usize>>,
    alias_bytes: &'c mut usize,
    max_alias_bytes: usize,
}

impl Writer<'_> {
    fn event(&mut self, event: &Event<'_>) -> Result<(), String> {
        match event {
            Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(_)
            | Event::DocumentEnd => Ok(()),
            Event::Alias(anchor) => self.alias(*anchor),
            Event::Scalar(text, style, anchor, tag) => {
                let tagged = is_string(tag.as_deref())?;
                let quoted = *style != ScalarStyle::Plain || tagged;
                self.scalar(text, quoted, *anchor)
            }
            Event::SequenceStart(anchor, tag) => {
                no_tag(tag.as_deref())?;
                self.opened(Kind::List, *anchor)
            }
            Event::MappingStart(anchor, tag) => {
                no_tag(tag.as_deref())?;
                self.opened(Kind::Key, *anchor)
            }
            Event::SequenceEnd | Event::MappingEnd => {
                self.closed();
                Ok(())
            }
        }
    }

    fn scalar(&mut self, text: &str, quoted: bool, anchor: usize) -> Result<(), String> {
        if self.open.is_empty() && !quoted && scalar::is_null(text) {
            return match anchor {
                0 => Ok(()),
                _ => Err("an anchor on an empty document".to_owned()),
            };
        }
        let start = self.next()?;
        if self.wants_key() {
            if !quoted && text == "<<" {
                return Err("merge keys (<<) are not supported".to_owned());
            }
            if quoted {
                write_string(text, &mut self.json);
            } else {
                scalar::write_key(text, &mut self.json)?;
            }
        } else if quoted {
            write_string(text, &mut self.json);
        } else {
            scalar::write(text, &mut self.json)?;
        }
        self.written(start, anchor);
        Ok(())
    }

    fn alias(&mut self, anchor: usize) -> Result<(), String> {
        if self.wants_key() {
            return Err("an alias can't be a key".to_owned());
        }
        let range = self.anchors.get(&anchor).cloned();
        let range = range.ok_or("an alias inside its own anchor")?;
        let Some(left) = self.alias_bytes.checked_sub(range.len()) else {
            *self.alias_bytes = 0;
            return Err(format!(
                "aliases make more than {} bytes",
                self.max_alias_bytes
            ));
        };
        *self.alias_bytes = left;
        let start = self.next()?;
        self.json.extend_from_within(range);
        self.written(start, 0);
        Ok(())
    }

    fn opened(&mut self, kind: Kind, anchor: usize) -> Result<(), String> {
        if self.wants_key() {
            return Err("a list or a map can't be a key".to_owned());
        }
        if self.open.len() >= DEPTH {
            return Err(format!("nested more than {DEPTH} levels deep"));
        }
        let start = self.next()?;
        self.json.push(if kind == Kind::List { '[' } else { '{' });
        self.open.push(Open {
            kind,
            start,
            anchor,
            empty: true,
        });
        Ok(())
    }

    fn closed(&mut self) {
        if let Some(open) = self.open.pop() {
            self.json
                .push(if open.kind == Kind::List { ']' } else { '}' });
            self.written(open.start, open.anchor);
        }
    }

    fn wants_key(&self) -> bool {
        self.open.last().is_some_and(|open| open.kind == Kind::Key)
    }

    /// Writes the separator before the next part. Returns where the part begins.
    fn next(&mut self) -> Result<usize, String> {
        match self.open.last_mut() {
            None if !self.json.is_empty() => return Err("a second document: give one".to_owned()),
            Some(open) if open.kind != Kind::Value => {
                if !open.empty {
                    self.json.push(',');
                }
                open.empty = false;
            }
            _ => {}
        }
        Ok(self.json.len())
    }

    /// Notes the anchor of a written part, and what comes next.
    fn written(&mut self, start: usize, anchor: usize) {
        if anchor != 0 {
            self.anchors.insert(anchor, start..self.json.len());
        }
        if let Some(open) = self.open.last_mut() {
            match open.kind {
                Kind::List => {}
                Kind::Key => {
                    self.json.push(':');
                    open.kind = Kind::Value;
                }
                Kind::Value => open.kind = Kind::Key,
            }
        }
    }
}

/// Whether a tag says that a scalar is a string.
fn is_string(tag: Option<&Tag>) -> Result<bool, String> {
    match tag {
        Some(tag) if tag.is_yaml_core_schema() && tag.suffix == "str" => Ok(true),
        tag => no_tag(tag).map(|()| false),
    }
}

fn no_tag(tag: Option<&Tag>) -> Result<(), String> {
    match tag {
        None => Ok(()),
        Some(_) => Err("tags other than !!str are not supported".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn json(text: &str) -> Result<String, NotYaml> {
        let mut alias_bytes = MAX_ALIAS_BYTES;
        to_json(text, &mut alias_bytes)
    }

    #[rstest]
    #[case::empty("", "null")]
    #[case::comment("# nothing\n", "null")]
    #[case::marked("---\n- a\n...\n", r#"["a"]"#)]
    #[case::marked_as_nothing("--- \t# nothing", "null")]
    #[case::word_for_nothing("--- NULL\n...\n# nothing", "null")]
    #[case::byte_order_mark("\u{feff}", "null")]
    #[case::directive("%YAML 1.2\n---\n", "null")]
    #[case::nothing_before("---\n# nothing\n---\n- a\n", r#"["a"]"#)]
    #[case::nothing_after("[]\n---\n", "[]")]
    #[case::list(
        "- a\n- b: c\n  d: [e, {f: g}]\n-\n",
        r#"["a",{"b":"c","d":["e",{"f":"g"}]},null]"#
    )]
    #[case::empty_ones("a: []\nb: {}\n", r#"{"a":[],"b":{}}"#)]
    #[case::json(r#"[{"a": "b\n\u00e4", "c": 1}]"#, "[{\"a\":\"b\\nä\",\"c\":1}]")]
    #[case::quoted("- 'no'\n- \"1\"\n- !!str 1\n", r#"["no","1","1"]"#)]
    #[case::tagged_and_quoted("- !!str 'no'\n", r#"["no"]"#)]
    #[case::blocks("- |\n  a\n   b\n- >-\n  a\n  b\n", r#"["a\n b\n","a b"]"#)]
    #[case::keys("1: a\ntrue: b\n'x y': c\n", r#"{"1":"a","true":"b","x y":"c"}"#)]
    #[case::keys_of_yaml_1_1("on: a\n0644: b\n'on': c\n", r#"{"true":"a","420":"b","on":"c"}"#)]
    #[case::aliases(
        "a: &x [1, &y b]\nc: *x\nd: *y\n",
        r#"{"a":[1,"b"],"c":[1,"b"],"d":"b"}"#
    )]
    #[case::control_character("\"\\x01\"", "\"\\u0001\"")]
    fn yaml_is_written_as_json(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(json(text).as_deref(), Ok(expected));
    }

    #[rstest]
    #[case::unclosed("a: [", 1, "")]
    #[case::unclosed_with_line_ends("a:\n  - [b,\n", 2, "")]
    #[case::tab("a:\n\t- b\n", 2, "")]
    #[case::two_documents("a\n---\nb\n", 3, "a second document: give one")]
    #[case::tag("a: !x b", 1, "tags other than !!str are not supported")]
    #[case::binary("a: !!binary aGVsbG8=", 1, "tags other than !!str are not supported")]
    #[case::binary_in_quotes("a: !!binary \"aGk=\"", 1, "tags other than !!str are not supported")]
    #[case::number_in_quotes("a: !!int '80'", 1, "tags other than !!str are not supported")]
    #[case::tag_on_a_block("a: !x |\n  b\n", 1, "tags other than !!str are not supported")]
    #[case::tag_on_a_key("!!int \"1\": b", 1, "tags other than !!str are not supported")]
    #[case::merge_key("a: &x {b: c}\nd:\n  <<: *x\n", 3, "merge keys (<<) are not supported")]
    #[case::null_as_key("~: b\n", 1, "null can't be a key: write it in quotes")]
    #[case::float_as_key(
        "1.10: b\n",
        1,
        "a number with a point can't be a key: write it in quotes"
    )]
    #[case::list_as_key("? [a]\n: b\n", 1, "a list or a map can't be a key")]
    #[case::alias_as_key("- &a b\n- *a : c\n", 2, "an alias can't be a key")]
    #[case::alias_of_itself("&a [*a]", 1, "an alias inside its own anchor")]
    #[case::unknown_alias("- *a\n", 1, "")]
    #[case::anchor_of_nothing("&rules", 1, "an anchor on an empty document")]
    #[case::not_a_number("a: .nan\n", 1, "a number that JSON does not have")]
    fn what_json_cannot_say_is_refused(
        #[case] text: &str,
        #[case] line: usize,
        #[case] problem: &str,
    ) {
        let error = json(text).expect_err("it can't be read");
        assert_eq!(error.line, line, "{error}");
        assert!(error.problem.contains(problem), "{error}");
    }

    #[test]
    fn documents_are_told_apart() {
        let text = "a: &x 1\nb: *x\n---\n# nothing\n---\n- yes\n";
        let documents = documents(text, MAX_ALIAS_BYTES);
        assert_eq!(
            documents,
            Ok([r#"{"a":1,"b":1}"#, "[true]"].map(str::to_owned).to_vec())
        );
    }

    #[test]
    fn aliases_do_not_explode() {
        let mut text = "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n".to_owned();
        for level in 1..20 {
            let aliases = vec![format!("*a{}", level - 1); 9].join(", ");
            text.extend([format!("a{level}: &a{level} [{aliases}]\n")]);
        }
        let error = json(&text).expect_err("it would be 10^18 bytes");
        assert!(error.problem.contains("aliases make more than"), "{error}");
    }

    #[rstest]
    #[case::flow(&"[".repeat(100_000))]
    #[case::block(&"- ".repeat(100_000))]
    #[case::keys(&"? ".repeat(100_000))]
    #[case::maps(&(0..1000).map(|level| " ".repeat(level) + "a:\n").collect::<String>())]
    fn deep_nesting_is_refused(#[case] text: &str) {
        assert!(json(text).is_err());
    }
}
