//! What the image holds: the program, in a root that has nothing else in it.

use std::env;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::container::{Container, SECRETS, text};
use crate::stage::Stage;
use crate::support::relay::Relay;
use crate::{CLUSTER, once, wait_for};

/// Where `make image-test` has put the program that the image is made of.
const PROGRAM: &str = "EVENT_RELAY_IMAGE_PROGRAM";
/// The most that the image may take, in bytes.
const SIZE: u64 = 12_000_000;

/// The program in its root, if there is one and this machine can give a process a root of its own.
fn root() -> Option<TempDir> {
    let skipped = |why: &str| {
        // Not by a macro, whose output would be kept from whoever reads it.
        let _ = writeln!(io::stderr(), "the image's test is skipped: {why}");
        None
    };
    let Some(program) = env::var_os(PROGRAM) else {
        return skipped("`make image-test` runs it");
    };
    let root = tempfile::tempdir().expect("a folder");
    if !apart(Path::new("/"))
        .arg("true")
        .status()
        .is_ok_and(|status| status.success())
    {
        return skipped("unshare can't make a user namespace here");
    }
    fs::copy(PathBuf::from(program), root.path().join("event-relay")).expect("the program");
    Some(root)
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

#[tokio::test]
async fn it_works_in_a_root_of_its_own() {
    let Some(root) = root() else { return };
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
