//! Tests of the chart that need programs which a machine may lack: promtool (Debian's package
//! prometheus), and event-relay as `make image-test` builds it.

mod alerts;
#[path = "../chart/container.rs"]
#[allow(dead_code, reason = "each test binary uses a part of it")]
mod container;
mod image;
#[path = "../chart/stage.rs"]
#[allow(dead_code, reason = "each test binary uses a part of it")]
mod stage;
#[path = "../support/mod.rs"]
mod support;
#[path = "../chart/told.rs"]
mod told;

use std::process::ExitCode;

use libtest_mimic::Arguments;
use test_cluster::{Cluster, Shared, missing, trial};

static CLUSTER: Shared = Shared::new(|| Cluster::builder().workloads().audit_log());

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let image = image::missing();
    let trials = vec![
        trial(
            "alerts::they_fire_when_they_should",
            &missing(&["promtool"]),
            alerts::they_fire_when_they_should,
        ),
        trial(
            "image::it_works_in_a_root_of_its_own",
            image.as_slice(),
            image::it_works_in_a_root_of_its_own,
        ),
    ];
    libtest_mimic::run(&arguments, trials).exit_code()
}
