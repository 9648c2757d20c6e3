//! Rules as the text of a `ConfigMap`, with numbers and words in the spellings that JSON and YAML
//! allow. See [`text`].

use serde_json::Value;

use super::draw::Draw;

/// How a rule's text is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Spelling {
    /// In YAML, otherwise in JSON.
    pub yaml: bool,
    /// What spellings are drawn from. `None` leaves the plain ones.
    pub odd: Option<u64>,
}

/// The text of rules, and what is special about it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Spelled {
    /// JSON or YAML.
    pub text: String,
    /// The spellings that were drawn, by the name that the summary lists.
    pub marks: Vec<&'static str>,
    /// The rules, by index, with a tag that makes another value of what it is put on: they must
    /// not be read as if the tag were not there.
    pub misleading: Vec<usize>,
}

/// What stands for a value until the text is made.
const MARK: &str = "zqspelling";

/// All marks of spellings.
pub(crate) const MARKS: [&str; 7] = [
    "number spelled -0",
    "number spelled with an exponent",
    "number spelled with a fraction",
    "number beyond 64 bits",
    "number in another base or with a sign",
    "tagged number",
    "tagged text",
];

/// Writes rules as text.
pub(crate) fn text(rules: &[Value], spelling: Spelling) -> Spelled {
    let mut speller = Speller {
        draw: spelling.odd.map(|seed| Draw::new(seed, 0)),
        yaml: spelling.yaml,
        spelled: Vec::new(),
        rule: 0,
        result: Spelled::default(),
    };
    let rules: Vec<Value> = rules
        .iter()
        .enumerate()
        .map(|(index, rule)| {
            let mut rule = rule.clone();
            speller.rule = index;
            speller.visit(&mut rule["inject"]);
            rule
        })
        .collect();
    let mut text = if spelling.yaml {
        yaml_serde::to_string(&rules).unwrap_or_default()
    } else {
        Value::from(rules).to_string()
    };
    // From the last to the first, so that no mark is the beginning of another one.
    for (index, spelled) in speller.spelled.iter().enumerate().rev() {
        let mark = format!("{MARK}{index}");
        text = text.replace(&format!("\"{mark}\""), spelled);
        text = text.replace(&mark, spelled);
    }
    Spelled {
        text,
        ..speller.result
    }
}

struct Speller {
    draw: Option<Draw>,
    yaml: bool,
    spelled: Vec<String>,
    /// The index of the rule that is visited.
    rule: usize,
    result: Spelled,
}

impl Speller {
    fn visit(&mut self, value: &mut Value) {
        let Some(draw) = &mut self.draw else {
            return;
        };
        match value {
            Value::Number(number) if draw.chance(40) => {
                let Some(number) = number.as_i64() else {
                    return;
                };
                let (mark, text) = spell(number, self.yaml, draw);
                self.replace(value, mark, text);
            }
            Value::String(word) if self.yaml && draw.chance(8) && is_plain(word) => {
                let text = match draw.number(0..=2) {
                    0 => format!("!!binary \"{word}\""),
                    1 => format!("!!int \"{word}\""),
                    _ => format!("!!bool \"{word}\""),
                };
                self.replace(value, MARKS[6], text);
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.visit(item)),
            Value::Object(members) => members.values_mut().for_each(|value| self.visit(value)),
            _ => {}
        }
    }

    fn replace(&mut self, value: &mut Value, mark: &'static str, text: String) {
        *value = format!("{MARK}{}", self.spelled.len()).into();
        self.spelled.push(text);
        self.result.marks.push(mark);
        if MARKS[5..].contains(&mark) {
            self.result.misleading.push(self.rule);
        }
    }
}

/// Base64 of something, as a tag may want it, and neither a number nor a boolean.
fn is_plain(word: &str) -> bool {
    word.len() >= 4
        && word.len().is_multiple_of(4)
        && word.bytes().all(|letter| letter.is_ascii_lowercase())
        && word != "true"
}

/// A spelling of a whole number, and its mark.
fn spell(number: i64, yaml: bool, draw: &mut Draw) -> (&'static str, String) {
    if number == 0 && draw.chance(60) {
        return (
            MARKS[0],
            draw.one_of(&["-0", "-0.0", "-0e0", "-0"]).to_owned(),
        );
    }
    match draw.number(0..=if yaml { 5 } else { 3 }) {
        0 => {
            let text = match draw.number(0..=2) {
                0 => format!("{number}e0"),
                1 if number % 100 == 0 => format!("{}E2", number / 100),
                1 => format!("{number}E+0"),
                _ => format!("{number}0e-1"),
            };
            (MARKS[1], text)
        }
        1 => (MARKS[2], format!("{number}.0")),
        2 => (
            MARKS[3],
            draw.one_of(&[
                "18446744073709551616",
                "9223372036854775808",
                "1e400",
                "-9223372036854775809",
            ])
            .to_owned(),
        ),
        3 if !yaml => (MARKS[2], format!("{number}.00")),
        3 | 4 => {
            let text = match draw.number(0..=2) {
                0 => format!("0x{number:x}"),
                1 => format!("0o{number:o}"),
                _ => format!("+{number}"),
            };
            (MARKS[4], text)
        }
        _ => (MARKS[5], format!("!!str {number}")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn plain_text_is_what_it_was() {
        let rules = [json!({"name": "r", "inject": {"a": 80, "b": "word"}})];
        for yaml in [false, true] {
            let spelled = text(&rules, Spelling { yaml, odd: None });
            let read: Value = yaml_serde::from_str(&spelled.text).expect("it is YAML");
            assert_eq!(read, json!(rules));
        }
    }

    #[test]
    fn odd_text_has_every_spelling() {
        let numbers: Vec<i64> = vec![0, 80, 100, 0, 1000];
        let rules = [json!({"name": "r", "inject": {"n": numbers, "w": ["word", "abcdefgh"]}})];
        let mut marks = std::collections::BTreeSet::new();
        for seed in 0..400 {
            for yaml in [false, true] {
                let spelled = text(
                    &rules,
                    Spelling {
                        yaml,
                        odd: Some(seed),
                    },
                );
                assert!(!spelled.text.contains(MARK), "{}", spelled.text);
                marks.extend(spelled.marks);
            }
        }
        assert_eq!(marks.into_iter().collect::<Vec<_>>().len(), MARKS.len());
    }
}
