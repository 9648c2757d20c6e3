//! A folder in which the tests run the command.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use serde_json::json;
use tempfile::TempDir;

use crate::support::{answering, pod};

/// A folder with a pod, settings and a policy.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        let folder = Self(tempfile::tempdir().expect("a folder"));
        folder.write("pod.yaml", pod().to_string());
        folder.write("settings.yaml", "rules: []\n");
        folder.write(
            "accepts.wat",
            answering(&json!({"accepted": true, "valid": true})),
        );
        folder
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join(name);
        fs::write(&path, content).expect("the folder is writable");
        path
    }

    /// Runs the command in the folder.
    pub(crate) fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().expect("the program was built")
    }

    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_policy-host"));
        command
            .args(args)
            .current_dir(self.path())
            .env_remove("NO_COLOR");
        command
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }
}

pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("it is text")
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("it is text")
}
