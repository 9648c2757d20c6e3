//! Kubewarden's own policy-server.

use std::{
    fs::{self, File},
    io,
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
};

use injector::cluster::object::Kind;
use policy_host::serve::LogBuffer;
use serde_json::{Value, json};
use tempfile::TempDir;
use test_cluster::ServingCertificate;

use crate::support::{Host, host::NAME, wait_for};

/// What it takes: policy-server loads no module that kwctl has not annotated.
pub(crate) const PROGRAMS: [&str; 2] = ["policy-server", "kwctl"];

/// A running policy-server, which ends with its test.
struct PolicyServer {
    child: Child,
    // Its files.
    _folder: TempDir,
}

/// Starts policy-server with these settings, and waits until it is ready.
pub(crate) fn start(certificate: &ServingCertificate, kubeconfig: &Path, settings: &Value) -> Host {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str| folder.path().join(name);
    fs::write(file("cert.pem"), &certificate.certificate).expect("it is writable");
    fs::write(file("key.pem"), &certificate.key).expect("it is writable");
    let (port, readiness) = (free_port(), free_port());
    let mut command = command(folder.path(), settings, [port, readiness]);
    command
        .arg("--cert-file")
        .arg(file("cert.pem"))
        .arg("--key-file")
        .arg(file("key.pem"))
        .env("KUBECONFIG", kubeconfig)
        .stdout(Stdio::piped());
    let mut server = PolicyServer {
        child: command.spawn().expect("policy-server starts"),
        _folder: folder,
    };
    let log = LogBuffer::default();
    let mut stdout = server.child.stdout.take().expect("it is piped");
    let mut copy = log.clone();
    thread::spawn(move || io::copy(&mut stdout, &mut copy));
    wait_for("policy-server to be ready", || {
        let ended = server.child.try_wait().expect("it is a child");
        assert_eq!(ended, None, "{}", log.text());
        TcpStream::connect(("127.0.0.1", readiness)).ok()
    });
    let url = format!("https://127.0.0.1:{port}/validate/{NAME}");
    Host::new(url, log, server)
}

/// What policy-server says when it ends because of these settings. `None` where it serves them.
pub(crate) fn refusal(settings: &Value) -> Option<String> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("log");
    let log = || File::options().create(true).append(true).open(&path);
    let ports = [free_port(), free_port()];
    let mut command = command(folder.path(), settings, ports);
    command
        .arg("--ignore-kubernetes-connection-failure")
        .env("KUBECONFIG", folder.path().join("none"))
        .stdout(log().expect("it is writable"))
        .stderr(log().expect("it is writable"));
    let mut server = PolicyServer {
        child: command.spawn().expect("policy-server starts"),
        _folder: folder,
    };
    let has_ended = wait_for("policy-server to be ready or to end", || {
        let ended = server.child.try_wait().expect("it is a child");
        let connection = TcpStream::connect(("127.0.0.1", ports[1])).ok();
        ended.map(|_| true).or(connection.map(|_| false))
    });
    has_ended.then(|| fs::read_to_string(&path).expect("it is text"))
}

/// policy-server with one policy, on these ports: one for requests, one for its readiness.
fn command(folder: &Path, settings: &Value, [port, readiness]: [u16; 2]) -> Command {
    let module = annotated(folder);
    let policies = json!({NAME: {
        "module": format!("file://{}", module.display()),
        "allowedToMutate": true,
        "hostCapabilities": ["kubernetes/get_resource"],
        "contextAwareResources": granted(),
        "settings": settings,
    }});
    let file = |name: &str| folder.join(name);
    // JSON is YAML.
    fs::write(file("policies.yml"), policies.to_string()).expect("it is writable");
    let mut command = Command::new("policy-server");
    command
        .args(["--addr", "127.0.0.1", "--log-fmt", "json", "--workers", "2"])
        .args(["--port", &port.to_string()])
        .args(["--readiness-probe-port", &readiness.to_string()])
        .arg("--policies")
        .arg(file("policies.yml"))
        .arg("--policies-download-dir")
        .arg(file("policies"))
        .arg("--sigstore-cache-dir")
        .arg(file("sigstore"));
    command
}

impl Drop for PolicyServer {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The module with its metadata, as a registry has it.
fn annotated(folder: &Path) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let output = folder.join("annotated-policy.wasm");
    let status = Command::new("kwctl")
        .arg("annotate")
        .arg("--metadata-path")
        .arg(root.join("metadata.yml"))
        .arg("--usage-path")
        .arg(root.join("docs/usage.md"))
        .arg("--output-path")
        .arg(&output)
        .arg(test_modules::module(test_modules::Package::PodInjector))
        .status()
        .expect("kwctl starts");
    assert!(status.success(), "kwctl annotate: {status}");
    output
}

/// All that the policy may look up.
fn granted() -> Value {
    let granted = |kind: Kind| json!({"apiVersion": kind.api_version(), "kind": kind.name()});
    Kind::ALL.map(granted).to_vec().into()
}

/// A port that was free a moment ago: policy-server can't choose one itself.
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    listener.local_addr().expect("it has an address").port()
}
