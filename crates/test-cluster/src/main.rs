//! Starts a cluster for manual tests, and runs until it is interrupted.

use std::{
    convert::Infallible,
    error::Error,
    io::{self, Write},
    process::ExitCode,
    thread,
};

use test_cluster::Cluster;

fn main() -> ExitCode {
    let Err(error) = run();
    let _ = writeln!(io::stderr(), "test-cluster: {error}");
    ExitCode::FAILURE
}

/// Returns only with an error.
fn run() -> Result<Infallible, Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let cluster = runtime.block_on(Cluster::builder().workloads().start())?;
    writeln!(
        io::stdout(),
        "The cluster runs until Ctrl-C. In another shell:\n  export KUBECONFIG={}\n  {} get nodes",
        cluster.kubeconfig().display(),
        cluster.kubectl()?.get_program().display(),
    )?;
    loop {
        thread::park();
    }
}
