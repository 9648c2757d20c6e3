//! The steps of a release: the workflow calls what there is, and the release's text is CHANGELOG's.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn notes(version: &str) -> Output {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("release/notes");
    let output = Command::new(script).arg(version).output();
    output.expect("the script starts")
}

#[test]
fn the_text_of_a_release_is_its_section_of_the_changelog() {
    let output = notes("Unreleased");
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).expect("it is text");
    let changelog = read("CHANGELOG.md");
    assert!(text.starts_with("### "), "{text}");
    assert!(changelog.contains(text.trim()), "{text}");
    assert!(!text.contains("\n## "), "one section only: {text}");
}

#[test]
fn a_version_without_a_section_is_no_release() {
    let output = notes("999.0.0");
    assert!(!output.status.success());
    let problem = String::from_utf8_lossy(&output.stderr);
    assert!(problem.contains("no section \"## [999.0.0]\""), "{problem}");
}

#[test]
fn the_workflows_call_targets_that_exist() {
    let makefiles = read("Makefile") + &read("release/release.mk");
    let targets: Vec<&str> = makefiles
        .lines()
        .filter(|line| !line.starts_with(['\t', '.', '#', ' ']))
        .filter_map(|line| line.split_once(':').map(|(target, _)| target))
        .collect();
    let workflows = read(".github/workflows/ci.yml") + &read(".github/workflows/release.yml");
    let called: Vec<&str> = workflows
        .lines()
        .filter(|line| !line.trim_start().starts_with('#'))
        .filter_map(|line| line.split_once("make "))
        .filter_map(|(_, words)| words.split(' ').find(|word| !word.starts_with('-')))
        .collect();
    assert!(called.len() >= 8, "{called:?}");
    for target in called {
        assert!(targets.contains(&target), "make {target}");
    }
}
