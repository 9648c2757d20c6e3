//! The chart: installed by real helm into a real control plane, and its relay run as its pods say
//! and with the rights that they have. What needs more programs is in `tests/programs`.

#[path = "../support/mod.rs"]
mod support;

mod alerts;
mod container;
mod rights;
mod stage;
mod told;

use std::path::Path;

use rstest::rstest;
use support::kubectl;
use support::relay::Relay;
use test_cluster::{Cluster, Shared};

use container::Container;
use stage::{Stage, chart, output};
use told::{once, wait_for};

static CLUSTER: Shared = Shared::new(|| Cluster::builder().workloads().audit_log());

/// Runs a container of the release with its token.
async fn run(stage: &Stage, container: &Container) -> Relay {
    let access = container.access(stage.cluster).await;
    let mut command = container.command(Path::new(env!("CARGO_BIN_EXE_event-relay")));
    command.env("KUBECONFIG", access.kubeconfig());
    let relay = Relay::run(command);
    container.wait_until_ready();
    relay
}

#[tokio::test]
async fn installed_by_helm_it_reports_with_the_rights_that_it_has() {
    let mut stage = Stage::new(CLUSTER.get().await).await;
    let notes = &stage.notes;
    assert!(notes.contains("clusterwide-pod-injector"), "{notes}");
    let containers = stage.containers();
    let [first, second] = containers.as_slice() else {
        panic!("two replicas, not {}", containers.len());
    };

    let relay = run(&stage, first).await;
    relay.wait_for_log("reading a policy-server's log");
    let (web, failure_of_web) = stage.deployment("web");
    let (db, failure_of_db) = stage.stateful_set("db");
    let (nightly, failure_of_nightly) = stage.cron_job("nightly");
    for failure in [&failure_of_web, &failure_of_db, &failure_of_nightly] {
        stage.report(failure);
    }
    let mut expected = vec![
        once("Deployment/web"),
        once("StatefulSet/db"),
        once("CronJob/nightly"),
        once(format!("Pod/{web}")),
        once(format!("Pod/{db}")),
        once(format!("Pod/{nightly}")),
    ];
    for event in wait_for(&stage, expected.clone()) {
        assert_eq!(event["reportingInstance"], first.pod(), "{event}");
    }
    for object in [format!("pod/{web}"), "deployment/web".to_owned()] {
        let describe = ["describe", "-n", &stage.team, &object];
        let described = kubectl(stage.cluster, &describe);
        let (_, table) = described.split_once("Events:").expect("it has Events");
        assert!(table.contains("InjectionConflict"), "{described}");
    }
    alerts::know(stage.cluster, &first.metrics());

    // The other replica goes on where this one stops.
    let (status, took) = relay.terminate();
    assert!(status.success(), "{status}");
    assert!(took.as_secs() < 10, "the pod's grace period: {took:?}");
    let _relay = run(&stage, second).await;
    let (shop, failure_of_shop) = stage.deployment("shop");
    stage.report(&failure_of_shop);
    expected.extend([once("Deployment/shop"), once(format!("Pod/{shop}"))]);
    wait_for(&stage, expected);

    // No right is missing, and each is needed.
    let (used, refused) = rights::used(&stage);
    assert!(refused.is_empty(), "refused: {refused:?}");
    let given = rights::given(&stage);
    let idle: Vec<_> = given.difference(&used).collect();
    assert!(idle.is_empty(), "given and not used: {idle:?} of {used:?}");
}

#[rstest]
#[case::as_it_comes(&[])]
#[case::with_everything(&[
    "trust.policies={clusterwide-one,namespaced-shop-two}",
    "trust.believed={clusterwide-three}",
    "policyServers.readLogs=false",
    "watchNamespaces={default,kube-public}",
    "extraArgs={--context=other}",
    "image.digest=sha256:0123456789012345678901234567890123456789012345678901234567890123",
    "imagePullSecrets[0].name=registry",
    "serviceAccount.annotations.example\\.com/a=b",
    "podLabels.team=platform",
    "podAnnotations.example\\.com/a=b",
    "priorityClassName=system-cluster-critical",
    "nodeSelector.disk=ssd",
    "tolerations[0].operator=Exists",
    "affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution=null",
    "topologySpreadConstraints[0].topologyKey=zone",
    "topologySpreadConstraints[0].maxSkew=1",
    "topologySpreadConstraints[0].whenUnsatisfiable=ScheduleAnyway",
    "http.address=[::]",
])]
#[case::of_others(&["rbac.create=false", "serviceAccount.create=false", "podDisruptionBudget.enabled=false"])]
#[tokio::test]
async fn the_api_server_takes_what_is_rendered(#[case] values: &[&str]) {
    let cluster = CLUSTER.get().await;
    let home = cluster.namespace("render").await.expect("a namespace");
    let with = |command: &str| {
        let mut helm = cluster.helm().expect("helm");
        helm.arg(command);
        if command == "template" {
            helm.arg("event-relay");
        }
        helm.arg(chart()).args(["--namespace", &home]);
        let servers = format!("policyServers.namespace={home}");
        helm.args(["--set", &servers]);
        for value in values {
            helm.args(["--set", value]);
        }
        helm
    };
    output(with("lint").args(["--strict", "--set", "serviceMonitor.enabled=true"]));
    let rendered = output(&mut with("template"));
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), &rendered).expect("it is written");
    let mut apply = cluster.kubectl().expect("kubectl");
    apply.args(["apply", "--dry-run=server", "--validate=strict", "-f"]);
    let applied = output(apply.arg(file.path()));
    assert!(applied.contains("deployment.apps/event-relay"), "{applied}");
}

#[rstest]
#[case::unknown("replica=3", "replica")]
#[case::another_type("replicas=two", "replicas")]
#[case::another_word("trust.logFormat=xml", "logFormat")]
#[case::no_policy("trust.policies={Clusterwide}", "policies")]
#[case::no_alert("prometheusRule.disabled={Typo}", "disabled")]
#[tokio::test]
async fn values_that_cannot_be_meant_are_refused(#[case] value: &str, #[case] named: &str) {
    let mut helm = CLUSTER.get().await.helm().expect("helm");
    let helm = helm.args(["template", "event-relay"]).arg(chart());
    let output = helm.args(["--set", value]).output().expect("helm starts");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    assert!(error.contains(named), "{error}");
}
