//! The whole way in, through a real API server that calls the policy as a webhook: what is
//! injected, and what an operator sees of what could not be. In this project's policy-host, and in
//! Kubewarden's own policy-server where it is on the path.

mod policy_server;
mod relay;
mod rules_from;
mod settings;
#[path = "../support/mod.rs"]
mod support;
mod way_in;

use std::process::ExitCode;

use libtest_mimic::Arguments;
use test_cluster::{missing, trial};

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let kubewarden = missing(&policy_server::PROGRAMS);
    let relay = (!relay::is_built()).then_some("event-relay to be built");
    let all: Vec<&str> = kubewarden.iter().copied().chain(relay).collect();
    let trials = vec![
        trial("way_in::policy_host", &[], way_in::in_policy_host),
        trial(
            "way_in::policy_server",
            &kubewarden,
            way_in::in_policy_server,
        ),
        trial("rules_from::policy_host", &[], rules_from::in_policy_host),
        trial(
            "rules_from::policy_server",
            &kubewarden,
            rules_from::in_policy_server,
        ),
        trial(
            "rules_from::a_broken_rule_is_described",
            &all,
            rules_from::a_broken_rule_is_described,
        ),
        trial(
            "settings::of_many_rules_are_served",
            &kubewarden,
            settings::of_many_rules_are_served,
        ),
        trial(
            "settings::of_many_rules_and_one_mistake_are_refused",
            &kubewarden,
            settings::of_many_rules_and_one_mistake_are_refused,
        ),
    ];
    libtest_mimic::run(&arguments, trials).exit_code()
}
