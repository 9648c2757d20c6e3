//! Runs kubectl with an administrator's rights.

use std::error::Error;
use std::io::{self, Write};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use test_cluster::Cluster;

/// The time limit of a step. On an idle machine each step takes seconds.
const STEP_TIMEOUT: Duration = Duration::from_mins(2);

/// kubectl with the cluster's administrator's rights.
#[derive(Clone, Copy)]
pub(crate) struct Kubectl<'c>(&'c Cluster);

impl<'c> Kubectl<'c> {
    /// kubectl of this cluster.
    pub(crate) fn new(cluster: &'c Cluster) -> Self {
        Self(cluster)
    }

    /// Runs kubectl and returns its output.
    pub(crate) fn run(self, arguments: &[&str]) -> Result<String, Box<dyn Error>> {
        said(self.0.kubectl()?.args(arguments))
    }

    /// Runs kubectl and prints the command and its output.
    pub(crate) fn show(self, arguments: &[&str]) -> Result<(), Box<dyn Error>> {
        let text = self.run(arguments)?;
        let mut out = io::stdout();
        writeln!(out, "\n$ kubectl {}\n{text}", arguments.join(" "))?;
        Ok(())
    }

    /// Creates an object.
    pub(crate) fn create(self, object: &Value) -> Result<(), Box<dyn Error>> {
        let mut command = self.0.kubectl()?;
        let mut child = command
            .args(["create", "-f", "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(object.to_string().as_bytes())?;
        }
        let status = child.wait()?;
        if status.success() {
            Ok(())
        } else {
            Err(format!("kubectl create: {status}").into())
        }
    }

    /// Creates a namespace and waits until pods can be created in it.
    pub(crate) fn create_namespace(self, name: &str) -> Result<(), Box<dyn Error>> {
        self.run(&["create", "namespace", name])?;
        let account = ["get", "serviceaccount", "default", "-n", name];
        wait_for("a namespace's service account", || {
            Ok(self.run(&account).ok().map(drop))
        })
    }
}

/// Runs a command that must succeed, and returns its output.
pub(crate) fn said(command: &mut Command) -> Result<String, Box<dyn Error>> {
    let output = command.output()?;
    if !output.status.success() {
        let program = command.get_program().display().to_string();
        let error = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{program}: {}: {error}", output.status).into());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Repeats a question until there is an answer.
pub(crate) fn wait_for<T>(
    what: &str,
    mut ask: impl FnMut() -> Result<Option<T>, Box<dyn Error>>,
) -> Result<T, Box<dyn Error>> {
    let deadline = Instant::now() + STEP_TIMEOUT;
    loop {
        if let Some(answer) = ask()? {
            return Ok(answer);
        }
        if Instant::now() > deadline {
            return Err(format!("timed out waiting for {what}").into());
        }
        thread::sleep(Duration::from_millis(100));
    }
}
