//! What the documentation points to: links, the files and names that the pages about the code
//! mention, and the messages that are quoted.

use std::fs;
use std::path::{Path, PathBuf};

/// What a path of this repository begins with, where a page mentions one.
const FOLDERS: [&str; 12] = [
    ".ci/",
    ".github/",
    "benches/",
    "crates/",
    "deploy/",
    "docs/",
    "e2e-tests/",
    "examples/",
    "fuzz/",
    "release/",
    "src/",
    "tests/",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(page: &str) -> String {
    fs::read_to_string(root().join(page)).unwrap_or_else(|error| panic!("{page}: {error}"))
}

/// Every page of Markdown that people read.
fn pages() -> Vec<String> {
    let docs = fs::read_dir(root().join("docs")).expect("there is a folder of pages");
    let docs = docs.map(|entry| entry.expect("it can be read").file_name());
    let docs = docs.map(|name| format!("docs/{}", name.to_string_lossy()));
    let others = [
        "README.md",
        "CHANGELOG.md",
        "CODE_OF_CONDUCT.md",
        "CONTRIBUTING.md",
        "SECURITY.md",
        "deploy/event-relay/README.md",
        "e2e-tests/README.md",
        "e2e-tests/cluster/README.md",
    ];
    docs.chain(others.map(str::to_owned)).collect()
}

/// The targets of the links of a page.
fn links(text: &str) -> impl Iterator<Item = &str> {
    let ends = text.split("](").skip(1);
    ends.filter_map(|rest| rest.split_once(')').map(|(target, _)| target))
}

/// What stands between backquotes in a line.
fn code(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2)
}

/// The anchors of a page's headings, as GitHub makes them.
fn anchors(text: &str) -> Vec<String> {
    let headings = text.lines().filter(|line| line.starts_with('#'));
    let anchor = |heading: &str| -> String {
        let heading = heading.trim_start_matches('#').trim().to_lowercase();
        let kept = heading
            .chars()
            .filter(|c| c.is_alphanumeric() || " -_".contains(*c));
        kept.map(|c| if c == ' ' { '-' } else { c }).collect()
    };
    headings.map(anchor).collect()
}

#[test]
fn every_link_leads_somewhere() {
    let mut broken = Vec::new();
    for page in pages() {
        let text = read(&page);
        for link in links(&text).filter(|link| !link.contains("://")) {
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = match file {
                "" => root().join(&page),
                file => root().join(&page).parent().expect("a folder").join(file),
            };
            let has_anchor = || {
                let text = fs::read_to_string(&target).unwrap_or_default();
                anchors(&text).iter().any(|other| other == anchor)
            };
            if !target.exists() || (!anchor.is_empty() && !has_anchor()) {
                broken.push(format!("{page}: {link}"));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn every_file_that_is_mentioned_exists() {
    let mut missing = Vec::new();
    for page in [
        "README.md",
        "CONTRIBUTING.md",
        "docs/architecture.md",
        "docs/developing.md",
        "docs/operating.md",
        "docs/security.md",
    ] {
        let text = read(page);
        let paths = text.lines().flat_map(code).filter(|code| is_path(code));
        let absent = paths.filter(|path| !root().join(path).exists());
        missing.extend(absent.map(|path| format!("{page}: {path}")));
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

fn is_path(code: &str) -> bool {
    FOLDERS.iter().any(|folder| code.starts_with(folder)) && !code.contains(' ')
}

/// A row of the table that says where something is decided names files, and a name in one of them.
#[test]
fn what_the_architecture_names_is_in_the_file_beside_it() {
    let text = read("docs/architecture.md");
    let (_, table) = text.split_once("## Where is").expect("there is the table");
    let rows = table.lines().skip_while(|line| !line.starts_with('|'));
    let rows: Vec<_> = rows
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .collect();
    assert!(rows.len() >= 5, "{rows:?}");
    for row in rows {
        let (_, answer) = row.rsplit_once(" | ").expect("two columns");
        let (paths, names): (Vec<_>, Vec<_>) = code(answer).partition(|code| is_path(code));
        let texts = paths.iter().map(|path| root().join(path));
        let texts: Vec<String> = texts
            .filter_map(|path| fs::read_to_string(path).ok())
            .collect();
        for name in names {
            let name = name.rsplit("::").next().unwrap_or(name);
            let is_there = texts.iter().any(|text| text.contains(name));
            assert!(is_there, "none of {paths:?} has {name}");
        }
    }
}

/// Each message that the page of failures quotes is one that the policy gives in an example of
/// another page, or in an end-to-end case.
#[test]
fn the_messages_that_are_quoted_are_given() {
    let others = pages()
        .into_iter()
        .filter(|page| page != "docs/failures.md");
    let mut given: String = others.map(|page| read(&page)).collect();
    expectations(&root().join("e2e-tests/cases"), &mut given);
    let text = read("docs/failures.md");
    let quotes: Vec<_> = text
        .lines()
        .filter_map(|line| line.strip_prefix("> "))
        .collect();
    assert!(quotes.len() >= 5, "{quotes:?}");
    for quote in quotes {
        let in_json = quote.replace('"', "\\\"");
        assert!(given.contains(quote) || given.contains(&in_json), "{quote}");
    }
}

/// What the cases in a folder expect.
fn expectations(folder: &Path, found: &mut String) {
    for entry in fs::read_dir(folder).expect("the folder can be read") {
        let path = entry.expect("the folder can be read").path();
        if path.is_dir() {
            expectations(&path, found);
        } else if path.ends_with("expected.json") {
            *found += &fs::read_to_string(&path).expect("it is text");
        }
    }
}

#[test]
fn the_first_page_is_short() {
    let lines = read("README.md").lines().count();
    assert!(lines <= 150, "README.md has {lines} lines");
}

/// Every page can be found from the first one.
#[test]
fn the_first_page_links_every_page() {
    let text = read("README.md");
    let linked: Vec<PathBuf> = links(&text).map(PathBuf::from).collect();
    for page in pages() {
        // What kwctl shows, and the pages of folders that have one of their own.
        let is_elsewhere = page == "docs/usage.md" || page == "README.md";
        let is_of_a_part = !page.starts_with("docs/") && page != "CHANGELOG.md";
        if !is_elsewhere && !is_of_a_part {
            let is_linked = linked.iter().any(|link| link == Path::new(&page));
            assert!(is_linked, "README.md does not link {page}");
        }
    }
}
