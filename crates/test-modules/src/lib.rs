//! Builds the workspace's WebAssembly modules for the tests that load them, so that a plain
//! `cargo test` needs no step before it.
//!
//! A module is built with the cargo that runs the test, in release mode and in a target folder
//! of its own (`wasm-modules` inside the usual one), so that it never waits for the lock of a
//! build that is under way. Built once, it costs later runs a fraction of a second.

mod paused_clock;

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{self, Command},
    sync::OnceLock,
};

/// A package of this workspace that becomes a WebAssembly module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Package {
    /// The policy.
    PodInjector,
    /// The yardstick that adds one label.
    Floor,
    /// The yardstick that does nothing.
    Noop,
    /// The example of a policy that has nothing to do with pod-injector, and reports Events.
    AnyPolicy,
}

impl Package {
    const COUNT: usize = 4;

    /// The package's name in the workspace.
    pub fn name(self) -> &'static str {
        match self {
            Self::PodInjector => "pod-injector",
            Self::Floor => "bench-floor",
            Self::Noop => "bench-noop",
            Self::AnyPolicy => "example-any-policy",
        }
    }
}

const TARGET: &str = "wasm32-wasip1";

/// The path of a package's release module, built at the first call in a process.
///
/// # Panics
/// When the build fails. The message holds what cargo said.
pub fn module(package: Package) -> PathBuf {
    static BUILT: [OnceLock<PathBuf>; Package::COUNT] = [const { OnceLock::new() }; Package::COUNT];
    BUILT[package as usize]
        .get_or_init(|| build(package))
        .clone()
}

/// The path of the same module with a monotonic clock that stands still during host calls. Such a
/// policy finds every look-up quick, however busy the machine is. Its own work takes the time that
/// it takes. Made at the first call in a process.
///
/// # Panics
/// When the build fails, or the module can't be changed or written.
pub fn module_with_paused_clock(package: Package) -> PathBuf {
    static MADE: [OnceLock<PathBuf>; Package::COUNT] = [const { OnceLock::new() }; Package::COUNT];
    MADE[package as usize]
        .get_or_init(|| {
            let module = module(package);
            let bytes = fs::read(&module).expect("a module that was just built can be read");
            let bytes = paused_clock::paused_clock(&bytes)
                .unwrap_or_else(|error| panic!("{}: {error}", module.display()))
                .unwrap_or_else(|| panic!("{} has no clock", module.display()));
            let path = module.with_extension("paused-clock.wasm");
            // Other test programs may make and read it at the same time.
            let unfinished = module.with_extension(format!("paused-clock.{}", process::id()));
            fs::write(&unfinished, bytes)
                .and_then(|()| fs::rename(&unfinished, &path))
                .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            path
        })
        .clone()
}

fn build(package: Package) -> PathBuf {
    let target_dir = target_dir();
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(&cargo)
        .args([
            "build",
            "--release",
            "--target",
            TARGET,
            "--package",
            package.name(),
        ])
        .arg("--target-dir")
        .arg(&target_dir)
        .current_dir(workspace())
        // Flags for the native build (coverage, say) are none for the module.
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .output()
        .unwrap_or_else(|error| panic!("cannot start {}: {error}", cargo.display()));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "building {} for {TARGET} failed ({}){}\n{said}",
        package.name(),
        output.status,
        hint(&said),
    );
    let file = format!("{}.wasm", package.name().replace('-', "_"));
    let path = target_dir.join(TARGET).join("release").join(file);
    assert!(path.is_file(), "cargo built no {}", path.display());
    path
}

/// What to do, where cargo's words show that the target is missing.
fn hint(said: &str) -> String {
    let missing =
        said.contains("target may not be installed") || said.contains("can't find crate for `std`");
    if missing {
        format!(": the target is missing, install it with `rustup target add {TARGET}`")
    } else {
        String::new()
    }
}

fn workspace() -> &'static Path {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent();
    crates
        .and_then(Path::parent)
        .expect("this crate is two folders below the workspace's")
}

fn target_dir() -> PathBuf {
    let usual = env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
    workspace().join(usual).join("wasm-modules")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_how_to_install_the_target() {
        let said = "error[E0463]: can't find crate for `core`\n  = note: the `wasm32-wasip1` target may not be installed";
        assert!(hint(said).contains("rustup target add wasm32-wasip1"));
        assert_eq!(hint("error: expected `;`"), "");
    }
}
