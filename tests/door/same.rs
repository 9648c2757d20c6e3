//! Every way to build the policy makes the same module.

use std::env;
use std::fs;
use std::process::Command;

use super::host::MODULE;

/// Runs a command in the root, and returns what it prints.
fn run(command: &mut Command) -> String {
    let output = command
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        // Flags for the native build (coverage, say) are none for the module.
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        // Those of a make that runs this test.
        .env_remove("MAKEFLAGS")
        .env_remove("MAKELEVEL")
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {said}");
    String::from_utf8(output.stdout).expect("text")
}

/// The builds have one target folder: cargo builds again what would be another module, and nothing
/// else.
#[test]
fn every_build_makes_the_same_module() {
    let path = test_modules::module(test_modules::Package::PodInjector);
    let assert_same = |way: &str| {
        let module = fs::read(&path).expect("a module that was just built can be read");
        let lengths = (module.len(), MODULE.len());
        assert!(module == *MODULE, "{way} makes another module: {lengths:?}");
    };
    assert_same("a test");

    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let target_dir = path.ancestors().nth(3).expect("the target folder");
    let target = ["--release", "--target", "wasm32-wasip1", "--target-dir"];
    run(Command::new(cargo)
        .arg("build")
        .args(target)
        .arg(target_dir));
    assert_same("a plain `cargo build`");

    let modules = format!("MODULES={}", target_dir.display());
    let recipe = ["--no-print-directory", "--dry-run", "policy.wasm"];
    let recipe = run(Command::new("make").args(recipe).arg(modules));
    let cargo = |line: &&str| line.starts_with("cargo build ");
    let build = recipe.lines().find(cargo).expect("make calls cargo");
    run(Command::new("sh").args(["-c", build]));
    assert_same("`make policy.wasm`");
}
