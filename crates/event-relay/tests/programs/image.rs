//! What the image holds: the program, in a root that has nothing else in it.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::CLUSTER;
use crate::container::{Container, SECRETS, text};
use crate::stage::Stage;
use crate::support::relay::Relay;
use crate::told::{once, wait_for};

/// Where `make image-test` has put the program that the image is made of.
const PROGRAM: &str = "EVENT_RELAY_IMAGE_PROGRAM";
/// The most that the image may take, in bytes.
const SIZE: u64 = 12_000_000;

/// What this machine lacks to run the image's program in a root of its own.
pub(crate) fn missing() -> Option<&'static str> {
    if env::var_os(PROGRAM).is_none() {
        return Some("`make image-test`");
    }
    let mut unshare = apart(Path::new("/"));
    let is_possible = unshare
        .arg("true")
        .status()
        .is_ok_and(|status| status.success());
    (!is_possible).then_some("a user namespace")
}

/// A root with the program and nothing else.
fn root() -> TempDir {
    let program = env::var_os(PROGRAM).unwrap_or_else(|| panic!("{PROGRAM} is not set"));
    let root = tempfile::tempdir().expect("a folder");
    fs::copy(PathBuf::from(program), root.path().join("event-relay")).expect("the program");
    root
}

/// A command that runs a program in a root, as the user that the image names.
fn apart(root: &Path) -> Command {
    let mut command = Command::new("unshare");
    command.args(["--map-user=65532", "--map-group=65532", "--root"]);
    command.arg(root);
    command
}

/// Puts the service account's token where the kubelet would mount it.
async fn mount_token(stage: &Stage, container: &Container, root: &Path) {
    let access = container.access(stage.cluster).await;
    let kubeconfig = fs::read(access.kubeconfig()).expect("a kubeconfig");
    let kubeconfig: Value = serde_json::from_slice(&kubeconfig).expect("JSON");
    let certificate = stage.cluster.serving_certificate().expect("a certificate");
    let folder = root.join(SECRETS);
    fs::create_dir_all(&folder).expect("a folder");
    for (name, content) in [
        ("token", text(&kubeconfig["users"][0]["user"]["token"])),
        ("ca.crt", &certificate.authority),
        ("namespace", &stage.home),
    ] {
        fs::write(folder.join(name), content).expect("it is written");
    }
}

pub(crate) async fn it_works_in_a_root_of_its_own() {
    let root = root();
    let program = fs::metadata(root.path().join("event-relay")).expect("the program");
    assert!(program.len() <= SIZE, "{} bytes", program.len());

    let mut stage = Stage::new(CLUSTER.get().await).await;
    let containers = stage.containers();
    let container = containers.first().expect("a replica");
    mount_token(&stage, container, root.path()).await;
    let mut command = apart(root.path());
    command.arg("/event-relay");
    container.complete(&mut command);
    let url = stage.cluster.url();
    let (_, port) = url.rsplit_once(':').expect("a port");
    command.env("KUBERNETES_SERVICE_HOST", "127.0.0.1");
    command.env("KUBERNETES_SERVICE_PORT", port);
    let relay = Relay::run(command);
    container.wait_until_ready();

    let (pod, failure) = stage.deployment("web");
    stage.report(&failure);
    wait_for(
        &stage,
        vec![once("Deployment/web"), once(format!("Pod/{pod}"))],
    );
    let (status, _) = relay.terminate();
    assert!(status.success(), "{status}");
}
