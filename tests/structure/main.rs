//! The structure of the source: no import runs upward, and no files import each other in a circle.

mod imports;
mod sources;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use imports::{Graph, circles};

/// The rooms of the policy's logic, from the top down. A room imports only rooms below it; those on
/// one floor do not know each other. `docs/architecture.md` has the picture.
const FLOORS: [&[&str]; 4] = [
    &["admission"],
    &["inject"],
    &["settings"],
    &["cluster", "variables", "request"],
];

/// Circles that are still to be cut. A new one fails the test, and so does one of these that is gone.
const CIRCLES_LEFT: [&str; 9] = [
    "event-relay: writer -> writer::describe -> writer::flush -> writer::workload",
    "injector: inject -> inject::config_maps -> inject::owners",
    "injector: inject::merge -> inject::merge::pod_resources",
    "injector: inject::references -> inject::references::controller",
    "injector: inject::references::account -> inject::references::mountable",
    "kubernetes-pod: quantity -> quantity::stored",
    "oracle: coverage::fields -> coverage::reasons",
    "policy-host: cli -> commands -> commands::bench -> commands::run -> commands::serve -> commands::settings",
    "policy-host: host::outcome -> host::policy",
];

/// Imports that still run upward.
const UPWARD_LEFT: [&str; 1] = ["cluster::lookups imports settings::rule_set"];

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
fn no_more_files_import_each_other_in_a_circle() {
    let found: Vec<String> = crates()
        .iter()
        .flat_map(|(name, graph)| circles(graph).into_iter().map(move |it| (name, it)))
        .map(|(name, circle)| format!("{name}: {}", circle.join(" -> ")))
        .collect();
    assert_eq!(found, CIRCLES_LEFT);
}

#[test]
fn no_more_imports_of_the_policy_run_upward() {
    let crates = crates();
    let floor = |room: &str| FLOORS.iter().position(|floor| floor.contains(&room));
    let mut rooms = BTreeSet::new();
    let mut upward = Vec::new();
    for (from, to) in crates["injector"].arrows() {
        let [above, below] = [from, to].map(|module| module.split("::").next().unwrap_or(""));
        rooms.extend([above, below]);
        if above != below && floor(above) >= floor(below) {
            upward.push(format!("{from} imports {to}"));
        }
    }
    assert_eq!(upward, UPWARD_LEFT);
    let known: BTreeSet<&str> = FLOORS.concat().into_iter().collect();
    assert_eq!(rooms, known, "each room stands in FLOORS");
}
