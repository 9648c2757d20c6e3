//! Shows the way from a Deployment to the Event that `kubectl describe` shows, in a temporary
//! cluster: a real control plane, the real policy as its webhook, and event-relay with the chart's
//! rights. Only the node is simulated, so that the two programs run beside the cluster.

mod cli;
mod kubectl;
mod kubelet_log;
mod stage;

use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use test_cluster::Cluster;

use cli::{Cli, say};
use kubectl::{Kubectl, wait_for};
use stage::Stage;

fn main() -> ExitCode {
    match run(&Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "demo: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: &Cli) -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    say("a cluster starts: etcd, kube-apiserver, controllers, a scheduler, one simulated node")?;
    let cluster = runtime.block_on(Cluster::builder().workloads().start())?;
    let kubectl = Kubectl::new(&cluster);
    let _stage = Stage::set(&cluster, &runtime, cli)?;

    let namespace = "shop";
    kubectl.create_namespace(namespace)?;
    let deployment = cli.deployment.display().to_string();
    kubectl.show(&["apply", "-n", namespace, "-f", &deployment])?;
    let applied = Instant::now();
    let events = ["get", "events", "-n", namespace, "-o", "name"];
    let about = ["--field-selector=reason=InjectionConflict"];
    wait_for("the Events", || {
        let names = kubectl.run(&[&events[..], &about].concat())?;
        Ok((names.lines().count() >= 2).then_some(()))
    })?;
    say(&format!(
        "the Events are there {:.1} s after the Deployment was applied",
        applied.elapsed().as_secs_f64()
    ))?;
    kubectl.show(&["describe", "pod", "-n", namespace])?;
    kubectl.show(&["describe", "deployment", "-n", namespace])?;
    Ok(())
}
