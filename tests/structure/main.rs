//! The structure of the source: no import runs upward, and no files import each other in a circle.

mod imports;
mod sources;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use imports::{Graph, circles};

/// The layers of the policy's logic, from the top down. A module imports only modules of lower
/// layers. `docs/architecture.md` has the picture.
const LAYERS: [&[&str]; 4] = [
    &["admission"],
    &["inject"],
    &["settings"],
    &["cluster", "variables", "request"],
];

/// Imports that still run upward.
const UPWARD_LEFT: [&str; 0] = [];

fn crates() -> BTreeMap<String, Graph> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut crates = BTreeMap::from([("pod-injector".to_owned(), root.join("src"))]);
    for folder in sources::folders(&root.join("crates")) {
        let name = folder.file_name().unwrap_or_default();
        crates.insert(name.to_string_lossy().into_owned(), folder.join("src"));
    }
    crates
        .into_iter()
        .map(|(name, folder)| (name, Graph::of(&sources::modules(&folder))))
        .collect()
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    let found: Vec<String> = crates()
        .iter()
        .flat_map(|(name, graph)| circles(graph).into_iter().map(move |it| (name, it)))
        .map(|(name, circle)| format!("{name}: {}", circle.join(" -> ")))
        .collect();
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn no_more_imports_of_the_policy_run_upward() {
    let crates = crates();
    let layer = |module: &str| LAYERS.iter().position(|layer| layer.contains(&module));
    let mut modules = BTreeSet::new();
    let mut upward = Vec::new();
    for (from, to) in crates["injector"].arrows() {
        let [above, below] = [from, to].map(|module| module.split("::").next().unwrap_or(""));
        modules.extend([above, below]);
        if above != below && layer(above) >= layer(below) {
            upward.push(format!("{from} imports {to}"));
        }
    }
    assert_eq!(upward, UPWARD_LEFT);
    let known: BTreeSet<&str> = LAYERS.concat().into_iter().collect();
    assert_eq!(modules, known, "LAYERS lists every module");
}
