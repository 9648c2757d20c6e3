//! kubectl, and what it said.

use std::{
    fmt,
    io::Write,
    process::{Command, Stdio},
    thread,
};

use serde_json::Value;
use test_cluster::{Access, Cluster};

/// What came of a command.
#[derive(Clone, Debug)]
pub(crate) struct Said {
    pub(crate) success: bool,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = if self.success { "success" } else { "failure" };
        write!(f, "{verdict}\n{}{}", self.stdout, self.stderr)
    }
}

impl Said {
    #[track_caller]
    pub(crate) fn expect_success(self) -> Self {
        assert!(self.success, "{self}");
        self
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self}"))
    }

    /// The warnings that the API server sent along.
    pub(crate) fn warnings(&self) -> Vec<&str> {
        let lines = self.stderr.lines();
        lines
            .filter_map(|line| line.strip_prefix("Warning: "))
            .collect()
    }

    /// What it said besides warnings.
    pub(crate) fn complaint(&self) -> String {
        let lines = self.stderr.lines();
        let lines = lines.filter(|line| !line.starts_with("Warning: "));
        lines.collect::<Vec<_>>().join("\n")
    }
}

/// Runs kubectl as somebody who may do everything.
pub(crate) fn kubectl(cluster: &Cluster, args: &[&str], stdin: &str) -> Said {
    run(cluster.kubectl().expect("there is kubectl"), args, stdin)
}

/// Runs kubectl as somebody else.
pub(crate) fn kubectl_as(access: &Access, args: &[&str], stdin: &str) -> Said {
    run(access.kubectl().expect("there is kubectl"), args, stdin)
}

fn run(mut kubectl: Command, args: &[&str], stdin: &str) -> Said {
    kubectl
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = kubectl.spawn().expect("kubectl starts");
    let mut pipe = child.stdin.take().expect("it is piped");
    let stdin = stdin.to_owned();
    // A command that reads nothing may end before everything is written.
    let writing = thread::spawn(move || drop(pipe.write_all(stdin.as_bytes())));
    let output = child.wait_with_output().expect("kubectl ends");
    writing.join().expect("it does not panic");
    Said {
        success: output.status.success(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}
