//! Writes nodes as JSON. Unchanged nodes are written byte for byte.

use crate::node::{Node, Value};
use crate::string::write_string;

impl Node<'_> {
    /// The length of the node as JSON, in bytes.
    pub fn written_len(&self) -> usize {
        if let Some(text) = self.text() {
            return text.len();
        }
        match self.value() {
            Value::Array(items) => {
                2 + items.len().saturating_sub(1)
                    + items.iter().map(Self::written_len).sum::<usize>()
            }
            Value::Object(members) => members
                .iter()
                .filter(|member| !member.value.mark().is_hidden)
                .fold(2, |length, member| {
                    let comma = usize::from(length > 2);
                    length + comma + member.key.text().len() + 1 + member.value.written_len()
                }),
            _ => {
                let mut scalar = String::new();
                self.write(&mut scalar);
                scalar.len()
            }
        }
    }

    /// Writes the node as JSON. Unchanged parts are written byte for byte.
    pub fn write(&self, out: &mut String) {
        if let Some(text) = self.text() {
            out.push_str(text);
            return;
        }
        match self.value() {
            Value::Null | Value::Opaque => out.push_str("null"),
            Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Value::Number(digits) => out.push_str(digits),
            Value::String(text) => write_string(text, out),
            Value::Array(items) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    item.write(out);
                }
                out.push(']');
            }
            Value::Object(members) => {
                out.push('{');
                let written = members
                    .iter()
                    .filter(|member| !member.value.mark().is_hidden);
                for (index, member) in written.enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    out.push_str(member.key.text());
                    out.push(':');
                    member.value.write(out);
                }
                out.push('}');
            }
        }
    }
}
