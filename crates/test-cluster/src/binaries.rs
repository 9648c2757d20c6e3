//! Finds the control plane's programs.

use std::{
    env,
    path::{Path, PathBuf},
};

use crate::Error;

/// The path of a program: in the folder of `KUBEBUILDER_ASSETS` (as in other projects), or in the
/// folder to which `make control-plane` builds the missing programs.
pub(crate) fn find(program: &'static str) -> Result<PathBuf, Error> {
    let folder = built();
    env::var_os("KUBEBUILDER_ASSETS")
        .map(PathBuf::from)
        .into_iter()
        .chain([folder.clone()])
        .map(|folder| folder.join(program))
        .find(|path| path.is_file())
        .ok_or(Error::Missing { program, folder })
}

/// The Makefile's `CONTROL_PLANE`.
fn built() -> PathBuf {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .and_then(Path::parent)
        .expect("this crate is two folders below the workspace's");
    let target = env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
    workspace.join(target).join("control-plane/bin")
}
