//! A page of the documentation: its examples, and where they stand.

use std::{fs, path::Path};

/// The language of a block of commands and what they print.
const CONSOLE: &str = "console";

/// The language of a block that shows what the command before it prints, in colours.
const DIFF: &str = "diff";

/// A page in Markdown.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    /// Its path from the root of the repository.
    pub(crate) name: String,
    lines: Vec<String>,
}

/// A command, and what a page says that it prints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Example {
    pub(crate) command: String,
    pub(crate) prints: Vec<String>,
    /// The line of the command; the first one of a page is 1.
    pub(crate) line: usize,
    /// The indexes of the lines that show what is printed.
    at: std::ops::Range<usize>,
    indent: usize,
}

/// Fenced lines of a page.
struct Block {
    language: String,
    indent: usize,
    /// The indexes of the lines between the fences.
    at: std::ops::Range<usize>,
}

impl Page {
    pub(crate) fn read(root: &Path, name: &str) -> Self {
        let text = fs::read_to_string(root.join(name)).expect("the page can be read");
        Self::new(name, &text)
    }

    pub(crate) fn new(name: &str, text: &str) -> Self {
        Self {
            name: name.to_owned(),
            lines: text.lines().map(str::to_owned).collect(),
        }
    }

    pub(crate) fn text(&self) -> String {
        self.lines.join("\n") + "\n"
    }

    /// The commands of its console blocks. A block whose only command prints nothing there is
    /// continued by a diff block that follows it.
    pub(crate) fn examples(&self) -> Vec<Example> {
        let blocks = self.blocks();
        let mut examples = Vec::new();
        for (index, block) in blocks.iter().enumerate() {
            if block.language != CONSOLE {
                continue;
            }
            let mut of_block = self.commands(block);
            let continued = blocks.get(index + 1).filter(|next| {
                next.language == DIFF && self.is_blank(block.at.end + 1..next.at.start - 1)
            });
            if let ([only], Some(next)) = (of_block.as_mut_slice(), continued)
                && only.at.is_empty()
            {
                only.at = next.at.clone();
                only.prints = self.content(next, next.at.clone());
            }
            examples.append(&mut of_block);
        }
        examples
    }

    /// The contents of the YAML blocks that begin with one of these keys, and their first lines.
    pub(crate) fn yaml(&self, keys: &[&str]) -> Vec<(usize, String)> {
        let blocks = self.blocks();
        let yaml = blocks.iter().filter(|block| block.language == "yaml");
        yaml.map(|block| {
            let content = self.content(block, block.at.clone());
            (block.at.start + 1, content.join("\n") + "\n")
        })
        .filter(|(_, content)| keys.iter().any(|key| content.starts_with(key)))
        .collect()
    }

    /// Shows that an example prints something else.
    pub(crate) fn replace(&mut self, example: &Example, printed: &[String]) {
        let indent = " ".repeat(example.indent);
        let lines = printed.iter().map(|line| {
            if line.is_empty() {
                String::new()
            } else {
                format!("{indent}{line}")
            }
        });
        let lines: Vec<_> = lines.collect();
        self.lines.splice(example.at.clone(), lines);
    }

    fn blocks(&self) -> Vec<Block> {
        let mut blocks = Vec::new();
        let mut open: Option<Block> = None;
        for (index, line) in self.lines.iter().enumerate() {
            let Some(language) = line.trim_start().strip_prefix("```") else {
                continue;
            };
            match open.take() {
                None => {
                    open = Some(Block {
                        language: language.trim().to_owned(),
                        indent: line.len() - line.trim_start().len(),
                        at: index + 1..index + 1,
                    });
                }
                Some(mut block) => {
                    block.at.end = index;
                    blocks.push(block);
                }
            }
        }
        blocks
    }

    fn commands(&self, block: &Block) -> Vec<Example> {
        let mut commands: Vec<Example> = Vec::new();
        for index in block.at.clone() {
            let line = self.line(block, index);
            if let Some(command) = line.strip_prefix("$ ") {
                commands.push(Example {
                    command: command.to_owned(),
                    prints: Vec::new(),
                    line: index + 1,
                    at: index + 1..index + 1,
                    indent: block.indent,
                });
            } else if let Some(command) = commands.last_mut() {
                command.prints.push(line.to_owned());
                command.at.end = index + 1;
            }
        }
        commands
    }

    fn content(&self, block: &Block, at: std::ops::Range<usize>) -> Vec<String> {
        at.map(|index| self.line(block, index).to_owned()).collect()
    }

    fn line(&self, block: &Block, index: usize) -> &str {
        self.lines[index].get(block.indent..).unwrap_or_default()
    }

    fn is_blank(&self, mut at: std::ops::Range<usize>) -> bool {
        at.all(|index| self.lines[index].trim().is_empty())
    }
}
