//! `policy-host serve`, as a user runs it.
#![cfg(unix)]

mod support;

use std::{
    fs,
    io::{BufRead, BufReader, Read},
    net::SocketAddr,
    path::Path,
    process::{Child, ChildStderr, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

use rstest::rstest;
use serde_json::{Value, json};
use support::{
    answering,
    http::{Certificate, call},
    request,
};
use tempfile::TempDir;

/// A folder with a policy and a certificate in it.
fn folder(certificate: &Certificate) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| {
        fs::write(folder.path().join(name), text).expect("the folder is writable");
    };
    write(
        "accepts.wat",
        &answering(&json!({"accepted": true, "valid": true})),
    );
    write(
        "picky.wat",
        &answering(&json!({"valid": false, "message": "not these"})),
    );
    write("cert.pem", &certificate.pem);
    write("key.pem", &certificate.key);
    write("other-key.pem", &Certificate::new().key);
    folder
}

fn serve(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_policy-host"));
    command
        .arg("serve")
        .args(args)
        .current_dir(folder)
        .env_remove("HOSTNAME")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// A server, which ends with the test.
struct Running {
    child: Child,
    said: BufReader<ChildStderr>,
}

impl Running {
    fn start(folder: &Path, args: &[&str]) -> Self {
        let mut child = serve(folder, args).spawn().expect("it was built");
        let said = BufReader::new(child.stderr.take().expect("it is piped"));
        Self { child, said }
    }

    /// The address in the next line that it says.
    fn address(&mut self, before: &str, after: &str) -> SocketAddr {
        let mut line = String::new();
        self.said.read_line(&mut line).expect("it is text");
        line.trim_end()
            .strip_prefix(before)
            .and_then(|line| line.strip_suffix(after)?.parse().ok())
            .unwrap_or_else(|| panic!("{line:?}"))
    }

    /// Ends it by a signal. What it wrote to standard output, and its exit code.
    fn end(mut self, signal: &str) -> (String, Option<i32>) {
        let signalled = Command::new("kill")
            .args([signal, &self.child.id().to_string()])
            .status();
        assert!(signalled.expect("there is kill").success());
        let status = end(&mut self.child);
        let mut log = String::new();
        let mut stdout = self.child.stdout.take().expect("it is piped");
        stdout.read_to_string(&mut log).expect("it is text");
        (log, status.code())
    }
}

/// Waits for the end of the program, at most a minute.
fn end(child: &mut Child) -> ExitStatus {
    let deadline = Instant::now() + Duration::from_mins(1);
    loop {
        if let Some(status) = child.try_wait().expect("it is a child") {
            return status;
        }
        assert!(Instant::now() < deadline, "the program did not end");
        thread::sleep(Duration::from_millis(20));
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[rstest]
#[case::terminated("-TERM")]
#[case::interrupted("-INT")]
fn serves_until_a_signal(#[case] signal: &str) {
    let certificate = Certificate::new();
    let folder = folder(&certificate);
    let mut args = vec!["--policy", "accepts.wat", "--port", "0", "--name", "p"];
    args.extend(["--cert-file", "cert.pem", "--key-file", "key.pem"]);
    args.extend(["--readiness-probe-port", "0", "--log-fmt", "json"]);
    let mut running = Running::start(folder.path(), &args);
    let addr = running.address("policy-host: serving https://", "/validate/p");
    let probe = running.address("policy-host: readiness probe http://", "/readiness");
    assert_eq!(call(probe, None, "GET /readiness", None, b"").status, 200);

    let review = json!({"request": request()}).to_string();
    let json = Some("application/json");
    let answer = call(
        addr,
        Some(&certificate),
        "POST /validate/p",
        json,
        review.as_bytes(),
    );
    assert_eq!(answer.json()["response"]["allowed"], true);

    let (log, code) = running.end(signal);
    assert_eq!(code, Some(0));
    let lines: Vec<Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).expect("a line is JSON"))
        .collect();
    let [started, answered] = &lines[..] else {
        panic!("{log}")
    };
    assert_eq!(started["fields"]["execution_limit_seconds"], 2);
    assert_eq!(answered["span"]["uri"], "/validate/p");
}

#[test]
fn its_log_is_policy_servers_text_unless_told_otherwise() {
    let certificate = Certificate::new();
    let folder = folder(&certificate);
    let args = ["--policy", "accepts.wat", "--port", "0"];
    let mut running = Running::start(folder.path(), &args);
    running.address(
        "policy-host: serving http://",
        "/validate/clusterwide-pod-injector",
    );
    let (log, _) = running.end("-TERM");
    let (_, line) = log.split_once("  INFO ").expect("one line");
    assert_eq!(
        line,
        "policy_server: policy timeout protection is enabled execution_limit_seconds=2\n"
    );
}

#[rstest]
#[case::refused_settings(&["--policy", "picky.wat"], "the policy refuses these settings:\nnot these")]
#[case::no_module(&["--policy", "cert.pem"], "cert.pem: not a WebAssembly module")]
#[case::no_certificate(
    &["--policy", "accepts.wat", "--cert-file", "accepts.wat", "--key-file", "key.pem"],
    "accepts.wat: no certificate"
)]
#[case::no_key(
    &["--policy", "accepts.wat", "--cert-file", "cert.pem", "--key-file", "cert.pem"],
    "cert.pem: no private key"
)]
#[case::strangers(
    &["--policy", "accepts.wat", "--cert-file", "cert.pem", "--key-file", "other-key.pem"],
    "can't be used"
)]
#[case::missing_key(&["--policy", "accepts.wat", "--cert-file", "cert.pem"], "--key-file")]
#[case::missing_file(
    &["--policy", "accepts.wat", "--cert-file", "none.pem", "--key-file", "key.pem"],
    "none.pem: No such file"
)]
#[case::slash(&["--policy", "accepts.wat", "--name", "a/b"], "has no `/`")]
#[case::level(&["--policy", "accepts.wat", "--log-level", "loud"], "expected trace, debug")]
#[case::address(&["--policy", "accepts.wat", "--addr", "192.0.2.1"], "cannot listen on 192.0.2.1")]
fn what_cannot_be_served_is_exit_code_2(#[case] args: &[&str], #[case] expected: &str) {
    let folder = folder(&Certificate::new());
    let mut command = serve(folder.path(), &[args, &["--port", "0"]].concat());
    let output = command.output().expect("it was built");
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(output.stdout, b"");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains(expected), "{said}");
}

#[test]
fn a_port_in_use_is_exit_code_2() {
    let folder = folder(&Certificate::new());
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = taken.local_addr().expect("it has one").port().to_string();
    let output = serve(folder.path(), &["--policy", "accepts.wat", "--port", &port])
        .output()
        .expect("it was built");
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        said.contains(&format!("cannot listen on 127.0.0.1:{port}")),
        "{said}"
    );
}
