//! The source files of a crate, without their tests and comments.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The folders in a folder, sorted.
pub(crate) fn folders(folder: &Path) -> Vec<PathBuf> {
    let mut folders = entries(folder);
    folders.retain(|path| path.is_dir());
    folders
}

/// The text of each module by its path, such as `settings::rule`; the crate's root is empty.
pub(crate) fn modules(source: &Path) -> BTreeMap<String, String> {
    let mut modules = BTreeMap::new();
    add(source, "", &mut modules);
    modules
}

fn add(folder: &Path, above: &str, modules: &mut BTreeMap<String, String>) {
    for path in entries(folder) {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        let name = match &*stem {
            "lib" | "main" | "mod" => above.to_owned(),
            stem if above.is_empty() => stem.to_owned(),
            stem => format!("{above}::{stem}"),
        };
        if path.is_dir() {
            if stem != "tests" {
                add(&path, &name, modules);
            }
        } else if path.extension().is_some_and(|extension| extension == "rs")
            && !stem.ends_with("tests")
        {
            let text = fs::read_to_string(&path).expect("a source file is text");
            modules.entry(name).or_default().push_str(&shipped(&text));
        }
    }
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("the folder can be read");
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.expect("the folder can be read").path())
        .collect();
    paths.sort();
    paths
}

/// A file without comments, and without the tests at its end.
fn shipped(text: &str) -> String {
    let end = text.find("#[cfg(test)]\nmod tests {");
    text[..end.unwrap_or(text.len())]
        .lines()
        .map(|line| line.split("//").next().unwrap_or(""))
        .collect::<Vec<_>>()
        .join("\n")
}
