//! Builds the workspace's WebAssembly modules for the tests that load them, so that `cargo test`
//! needs no earlier step. See [`module`].
//!
//! A module is built with the cargo that runs the test, in release mode and in a separate target
//! folder (`wasm-modules` inside the usual one), so that the build does not wait for the lock of
//! another build. Later calls take a fraction of a second.

mod paused_clock;

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{self, Command},
    sync::OnceLock,
};

/// A package of this workspace that is built as a WebAssembly module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Package {
    /// The policy.
    PodInjector,
    /// The policy that only adds a label, to compare times with.
    Floor,
    /// The policy that does nothing, to compare times with.
    Noop,
    /// An example of another policy that reports Events.
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

/// The path of a package's release module. The first call in a process builds it.
///
/// # Panics
/// Panics with cargo's output if the build fails.
pub fn module(package: Package) -> PathBuf {
    static BUILT: [OnceLock<PathBuf>; Package::COUNT] = [const { OnceLock::new() }; Package::COUNT];
    BUILT[package as usize]
        .get_or_init(|| build(package))
        .clone()
}

/// The path of the same module with a monotonic clock that stands still during host calls. To this
/// policy no look-up is late, however busy the machine is. Its own work still takes time. The first
/// call in a process builds it.
///
/// # Panics
/// Panics if the build fails, or if the module can't be changed or written.
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
            // Other test programs may write and read the file at the same time.
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
        // Flags of the native build, such as those for coverage, must not apply to the module.
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

/// A hint if cargo's output says that the target is missing.
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
