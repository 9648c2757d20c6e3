//! event-relay as a program.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::{env, thread};

/// event-relay, which ends with its test.
pub(crate) struct Relay(Child);

impl Relay {
    /// Starts it, with a policy-server's log as its standard input.
    pub(crate) fn start(kubeconfig: &Path) -> Self {
        let mut child = Command::new(program())
            .args([
                "--stdin",
                "--policy",
                "clusterwide-pod-injector",
                "--wait-for-pod",
                "5s",
            ])
            .arg("--kubeconfig")
            .arg(kubeconfig)
            .env_remove("POD_NAMESPACE")
            .stdin(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts");
        let mut log = child.stderr.take().expect("it is piped");
        thread::spawn(move || std::io::copy(&mut log, &mut std::io::sink()));
        Self(child)
    }

    /// Hands over a part of the log.
    pub(crate) fn write(&mut self, text: &str) {
        let input = self.0.stdin.as_mut().expect("it is piped");
        input.write_all(text.as_bytes()).expect("the relay reads");
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Whether event-relay is built: it is when all is tested.
pub(crate) fn is_built() -> bool {
    program().is_file()
}

/// The program of this workspace, beside the tests.
fn program() -> PathBuf {
    let tests = env::current_exe().expect("a test is a program");
    let target = tests.parent().and_then(Path::parent);
    target
        .expect("it is in a target folder")
        .join("event-relay")
}
