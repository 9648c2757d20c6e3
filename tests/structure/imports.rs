//! Which module of a crate imports which, read from `use` items and from paths in the code.

use std::collections::{BTreeMap, BTreeSet};

/// The modules of a crate, and the ones that each imports.
pub(crate) struct Graph(BTreeMap<String, BTreeSet<String>>);

impl Graph {
    /// Reads the imports out of modules' texts. An import of a name that a module only passes on
    /// leads to the module that has it.
    pub(crate) fn of(modules: &BTreeMap<String, String>) -> Self {
        let texts = modules.iter();
        let paths: Vec<(&String, Vec<Import>)> =
            texts.map(|(at, text)| (at, imports(text))).collect();
        let mut passed_on = BTreeMap::new();
        for (at, imports) in &paths {
            for import in imports.iter().filter(|import| import.is_public) {
                if let Some((module, [name])) = resolved(at, &import.path, modules)
                    .as_ref()
                    .map(|(module, rest)| (module.clone(), rest.as_slice()))
                {
                    passed_on.insert(((*at).clone(), name.clone()), module);
                }
            }
        }
        let mut arrows = BTreeMap::new();
        for (at, imports) in &paths {
            let imported: &mut BTreeSet<String> = arrows.entry((*at).clone()).or_default();
            for import in imports {
                let Some((mut module, rest)) = resolved(at, &import.path, modules) else {
                    continue;
                };
                while let Some(name) = rest.first()
                    && let Some(next) = passed_on.get(&(module.clone(), name.clone()))
                {
                    module.clone_from(next);
                }
                if module != **at {
                    imported.insert(module);
                }
            }
        }
        Self(arrows)
    }

    /// Each import that neither begins nor ends at the crate's root.
    pub(crate) fn arrows(&self) -> impl Iterator<Item = (&str, &str)> {
        let arrows = self.0.iter();
        let arrows = arrows.flat_map(|(from, to)| to.iter().map(|to| (from.as_str(), to.as_str())));
        arrows.filter(|(from, to)| !from.is_empty() && !to.is_empty())
    }

    /// The modules that can be reached from one, in one step or more.
    fn reached(&self, module: &str) -> BTreeSet<&str> {
        let imports = |module: &str| self.0.get(module).into_iter().flatten().map(String::as_str);
        let mut open: Vec<&str> = imports(module).collect();
        let mut reached = BTreeSet::new();
        while let Some(module) = open.pop() {
            if reached.insert(module) {
                open.extend(imports(module));
            }
        }
        reached
    }
}

/// The modules that import each other in a circle, each circle once.
pub(crate) fn circles(graph: &Graph) -> Vec<Vec<&str>> {
    let reached: BTreeMap<&str, BTreeSet<&str>> = graph
        .0
        .keys()
        .map(|module| (module.as_str(), graph.reached(module)))
        .collect();
    let circles: BTreeSet<Vec<&str>> = reached
        .iter()
        .filter(|(module, reaches)| reaches.contains(*module))
        .map(|(module, reaches)| {
            let back = |other: &&&str| reached[**other].contains(module);
            reaches.iter().filter(back).copied().collect()
        })
        .collect();
    circles.into_iter().collect()
}

/// A path in a text.
struct Import {
    path: String,
    /// Others may import it from here.
    is_public: bool,
}

/// The paths in a text that may lead to modules of its own crate.
fn imports(text: &str) -> Vec<Import> {
    let mut imports = Vec::new();
    let mut code = String::new();
    for statement in text.split_inclusive(';') {
        let item = statement.rfind("use ").filter(|at| {
            let before = statement[..*at].trim_end_matches(' ');
            before.is_empty() || before.ends_with(['\n', ')']) || before.ends_with("pub")
        });
        let Some(at) = item else {
            code.push_str(statement);
            continue;
        };
        code.push_str(&statement[..at]);
        let is_public = statement[..at].trim_end().ends_with([')', 'b']);
        let mut paths = Vec::new();
        let item = without_renaming(statement[at + 4..].trim_end_matches(';'));
        expand(&item, &mut paths);
        imports.extend(paths.into_iter().map(|path| Import { path, is_public }));
    }
    for prefix in ["crate::", "super::"] {
        let starts = code.match_indices(prefix).map(|(at, _)| at);
        for at in starts.filter(|at| !code[..*at].ends_with("::")) {
            let end = code[at..].find(|c: char| !c.is_alphanumeric() && c != '_' && c != ':');
            let path = &code[at..end.map_or(code.len(), |end| at + end)];
            imports.push(Import {
                path: path.trim_end_matches(':').to_owned(),
                is_public: false,
            });
        }
    }
    imports
}

/// A `use` item without white space and without `as NAME`.
fn without_renaming(item: &str) -> String {
    let mut parts = item.split(" as ");
    let first = parts.next().unwrap_or("").to_owned();
    let item = parts.fold(first, |item, part| {
        item + part.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_')
    });
    item.chars().filter(|c| !c.is_whitespace()).collect()
}

/// The paths of a `use` item, which may have braces.
fn expand(item: &str, paths: &mut Vec<String>) {
    let Some((before, rest)) = item.split_once('{') else {
        paths.push(item.to_owned());
        return;
    };
    let inside = rest.rsplit_once('}').map_or(rest, |(inside, _)| inside);
    let (mut depth, mut start) = (0, 0);
    for (at, c) in inside.char_indices().chain([(inside.len(), ',')]) {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                if start < at {
                    expand(&format!("{before}{}", &inside[start..at]), paths);
                }
                start = at + 1;
            }
            _ => {}
        }
    }
}

/// The module that a path leads to, which is the longest part of the path that is one, and the
/// rest.
fn resolved(
    module: &str,
    path: &str,
    modules: &BTreeMap<String, String>,
) -> Option<(String, Vec<String>)> {
    let mut parts: Vec<&str> = path.split("::").collect();
    let mut at: Vec<&str> = module.split("::").filter(|part| !part.is_empty()).collect();
    match parts[0] {
        "crate" => at.clear(),
        "self" => {}
        "super" => drop(at.pop()),
        child => {
            let child = [&at[..], &[child]].concat().join("::");
            if !modules.contains_key(&child) {
                return None;
            }
            parts.insert(0, "self");
        }
    }
    let mut rest = &parts[1..];
    while let ["super", after @ ..] = rest {
        at.pop();
        rest = after;
    }
    at.extend(rest);
    let mut left = Vec::new();
    while !modules.contains_key(&at.join("::")) {
        left.insert(0, at.pop()?.to_owned());
    }
    Some((at.join("::"), left))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(modules: &[(&str, &str)]) -> Graph {
        let modules = modules.iter();
        let modules = modules.map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
        Graph::of(&modules.collect())
    }

    #[test]
    fn a_circle_is_found_however_it_is_written() {
        let graph = graph(&[
            ("", "mod a;\nmod b;\npub use b::c::Thing as Other;\n"),
            ("a", "use crate::{b::c::{Thing, other}, d};\n"),
            ("b", "pub(crate) use self::c::Thing;\n"),
            ("b::c", "fn f() { super::super::a::g(); }\n"),
            ("d", "use std::fmt;\nuse serde::de;\nuse crate::a::x;\n"),
            ("e", "use crate::b::Thing;\n"),
        ]);
        assert_eq!(circles(&graph), [["a", "b::c", "d"]]);
        let arrows: Vec<_> = graph.arrows().collect();
        let expected = [
            ("a", "b::c"),
            ("a", "d"),
            ("b", "b::c"),
            ("b::c", "a"),
            ("d", "a"),
            ("e", "b::c"),
        ];
        assert_eq!(arrows, expected);
    }
}
