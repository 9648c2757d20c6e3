//! A folder like the root of the repository in which the examples run, with the module and the
//! program that the tests built.

use std::{
    env,
    fs::create_dir_all,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::Command,
};

use tempfile::TempDir;
use test_modules::{Package, module};

/// What the examples use of the repository.
const USED: [&str; 6] = [
    "Cargo.toml",
    "Makefile",
    "deploy",
    "e2e-tests",
    "examples",
    "release",
];

/// How often an example is run again if its look-ups were late, which happens on a busy machine.
const TRIES: usize = 20;

pub(crate) struct Place(TempDir);

impl Place {
    pub(crate) fn new(root: &Path) -> Self {
        let place = Self(tempfile::tempdir().expect("a folder"));
        for name in USED {
            place.link(&root.join(name), name);
        }
        place.link(&module(Package::PodInjector), "policy.wasm");
        create_dir_all(place.programs()).expect("the folder is writable");
        let program = Path::new(env!("CARGO_BIN_EXE_policy-host"));
        place.link(program, "target/debug/policy-host");
        place
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Runs a command as a user would type it, and returns the lines that it prints.
    pub(crate) fn run(&self, command: &str) -> Vec<String> {
        const LATE: &str = "there was no answer in time";
        let mut printed = Vec::new();
        for _ in 0..TRIES {
            printed = self.run_once(command);
            if command.contains("--lookup-delay") || !printed.iter().any(|line| line.contains(LATE))
            {
                break;
            }
        }
        printed
    }

    fn run_once(&self, command: &str) -> Vec<String> {
        // What make would build first is there already.
        let command = match command.strip_prefix("make ") {
            Some(target) => format!("make --old-file=policy.wasm --old-file=policy-host {target}"),
            None => command.to_owned(),
        };
        let path = env::var("PATH").unwrap_or_default();
        let output = Command::new("bash")
            .arg("-c")
            .arg(format!("exec 2>&1; {command}"))
            .current_dir(self.path())
            .env("PATH", format!("{}:{path}", self.programs().display()))
            .env_remove("CARGO_TARGET_DIR")
            // Of a make that runs the tests.
            .env_remove("MAKEFLAGS")
            .env_remove("MAKELEVEL")
            .output()
            .expect("bash starts");
        let printed = String::from_utf8(output.stdout).expect("it is text");
        printed
            .lines()
            .map(|line| line.trim_end().to_owned())
            .collect()
    }

    fn programs(&self) -> PathBuf {
        self.path().join("target/debug")
    }

    fn link(&self, target: &Path, name: &str) {
        symlink(target, self.path().join(name)).expect("the folder is writable");
    }
}
