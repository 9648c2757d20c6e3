//! Kubewarden's own policy-server, where there is one.

use std::{
    env, fs,
    io::{self, Write},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
};

use injector::cluster::object::Kind;
use policy_host::serve::LogBuffer;
use serde_json::{Value, json};
use tempfile::TempDir;
use test_cluster::ServingCertificate;

use super::{host::NAME, wait_for};

/// A running policy-server, which ends with its test.
pub(crate) struct PolicyServer {
    child: Child,
    url: String,
    log: LogBuffer,
    // Its files.
    _folder: TempDir,
}

/// The programs that it takes.
pub(crate) struct Programs {
    policy_server: PathBuf,
    /// policy-server loads no module that `kwctl` has not annotated.
    kwctl: PathBuf,
}

impl Programs {
    /// The programs, if they are on the path. If not, the test's output says that it was skipped:
    /// on standard error itself, since the output of tests that succeed is not shown.
    pub(crate) fn find(test: &str) -> Option<Self> {
        let found = on_path("policy-server").zip(on_path("kwctl"));
        if found.is_none() {
            let why = "there are no policy-server and kwctl on the path";
            writeln!(io::stderr(), "{test}: skipped, {why}").expect("it can be written to");
        }
        let (policy_server, kwctl) = found?;
        Some(Self {
            policy_server,
            kwctl,
        })
    }
}

fn on_path(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    let mut candidates = env::split_paths(&path).map(|folder| folder.join(program));
    candidates.find(|candidate| candidate.is_file())
}

impl PolicyServer {
    pub(crate) fn start(
        programs: &Programs,
        certificate: &ServingCertificate,
        kubeconfig: &Path,
        settings: &Value,
    ) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let file = |name: &str| folder.path().join(name);
        let write = |name: &str, text: &str| fs::write(file(name), text).expect("it is writable");
        let module = annotated(&programs.kwctl, folder.path());
        let policies = json!({NAME: {
            "module": format!("file://{}", module.display()),
            "allowedToMutate": true,
            "hostCapabilities": ["kubernetes/get_resource"],
            "contextAwareResources": granted(),
            "settings": settings,
        }});
        // JSON is YAML.
        write("policies.yml", &policies.to_string());
        write("cert.pem", &certificate.certificate);
        write("key.pem", &certificate.key);
        let (port, readiness) = (free_port(), free_port());
        let mut child = Command::new(&programs.policy_server)
            .args(["--addr", "127.0.0.1", "--log-fmt", "json", "--workers", "2"])
            .args(["--port", &port.to_string()])
            .args(["--readiness-probe-port", &readiness.to_string()])
            .arg("--policies")
            .arg(file("policies.yml"))
            .arg("--cert-file")
            .arg(file("cert.pem"))
            .arg("--key-file")
            .arg(file("key.pem"))
            .arg("--policies-download-dir")
            .arg(file("policies"))
            .arg("--sigstore-cache-dir")
            .arg(file("sigstore"))
            .env("KUBECONFIG", kubeconfig)
            .stdout(Stdio::piped())
            .spawn()
            .expect("policy-server starts");
        let log = LogBuffer::default();
        let mut stdout = child.stdout.take().expect("it is piped");
        let mut copy = log.clone();
        thread::spawn(move || io::copy(&mut stdout, &mut copy));
        let mut server = Self {
            child,
            url: format!("https://127.0.0.1:{port}/validate/{NAME}"),
            log,
            _folder: folder,
        };
        wait_for("policy-server to be ready", || {
            let ended = server.child.try_wait().expect("it is a child");
            assert_eq!(ended, None, "{}", server.log.text());
            std::net::TcpStream::connect(("127.0.0.1", readiness)).ok()
        });
        server
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) fn log(&self) -> &LogBuffer {
        &self.log
    }
}

impl Drop for PolicyServer {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The module with its metadata, as a registry has it.
fn annotated(kwctl: &Path, folder: &Path) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let output = folder.join("annotated-policy.wasm");
    let status = Command::new(kwctl)
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
