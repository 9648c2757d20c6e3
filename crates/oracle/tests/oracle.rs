//! The oracle on the policy, and on policies that are broken on purpose.

use std::{
    path::PathBuf,
    sync::{Arc, LazyLock},
    time::Duration,
};

use oracle::{Breach, Court, Finding, Given, Injector, Outcome, Run};
use policy_host::{Policy, Request, input, json_patch};
use serde_json::{Value, json};
use test_cluster::{Cluster, Shared};

/// With the controller that makes the pods of `ReplicaSets`.
static CLUSTER: Shared = Shared::new(|| Cluster::builder().controllers());

/// The policy, with all the time it wants: the machine may be busy.
static POLICY: LazyLock<Policy> = LazyLock::new(|| {
    let module = test_modules::module(test_modules::Package::PodInjector);
    let policy = Policy::load(&module).expect("the policy's module is a policy");
    policy.with_time_out(Duration::from_mins(1))
});

fn policy(request: &Request, given: &Given) -> policy_host::Outcome {
    given.ask(&POLICY, request)
}

/// The policy, whose pods are broken after it.
fn tampered(tamper: impl Fn(&mut Value) + Send + Sync + 'static) -> Arc<Injector> {
    Arc::new(move |request: &Request, given: &Given| {
        let mut outcome = policy(request, given);
        if let (Some(object), Some(pod)) = (&request.object, &mut outcome.mutated_object) {
            tamper(pod);
            outcome.patch = Some(json_patch::diff(object, pod));
        }
        outcome
    })
}

fn run(pairs: u64) -> Run {
    Run {
        seed: 1,
        first: 0,
        pairs,
        tasks: 4,
        round_trip_every: 5,
        shrink: 20,
        cases: None,
    }
}

async fn judged(run: &Run, injector: Arc<Injector>) -> Outcome {
    let court = Court::open(CLUSTER.get().await, injector).await;
    let court = court.expect("the webhook is installed");
    let outcome = run.judge(&court, |_| {}).await;
    outcome.expect("the API server answers")
}

#[tokio::test(flavor = "multi_thread")]
async fn no_pod_is_lost() {
    let Outcome { summary, findings } = judged(&run(500), Arc::new(policy)).await;
    let said: Vec<String> = findings
        .iter()
        .map(|finding| format!("{finding:#?}"))
        .collect();
    assert!(findings.is_empty(), "{}", said.join("\n"));
    // Otherwise it says nothing.
    assert_eq!(summary.pairs, 500);
    assert!(summary.accepted_alone > 250, "{summary}");
    assert!(summary.applied * 3 > summary.rules, "{summary}");
    assert!(summary.round_trips.kept > 20, "{summary}");
    assert!(summary.stored > 200, "{summary}");
    assert!(summary.controlled.made > 5, "{summary}");
}

/// What the policy says that it did is not so: it answers without its edits.
#[tokio::test(flavor = "multi_thread")]
async fn a_rule_that_is_undone_is_found() {
    let forgets = |request: &Request, given: &Given| {
        let mut outcome = policy(request, given);
        outcome.mutated_object = None;
        outcome.patch = None;
        outcome
    };
    let Outcome { summary, findings } = judged(&run(40), Arc::new(forgets)).await;
    assert!(summary.broken("undone") > 5, "{summary}");
    let found = |finding: &Finding| matches!(finding.breach, Breach::Undone(_));
    let finding = findings.iter().find(|finding| found(finding));
    let finding = finding.expect("a rule was undone");
    assert!(
        finding.pair.rules().len() == 1,
        "{:#}",
        finding.pair.settings
    );
}

/// What the API server makes of the policy's pod is another one: a value that nobody wrote.
#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_is_undone_is_found() {
    let limit = |pod: &mut Value| {
        let containers = pod["spec"]["containers"].as_array_mut();
        for container in containers.into_iter().flatten() {
            container["terminationMessagePath"] = json!("");
        }
    };
    let Outcome { summary, findings } = judged(&run(20), tampered(limit)).await;
    assert!(summary.broken("undone") > 5, "{summary}");
    let found = |finding: &Finding| {
        matches!(&finding.breach, Breach::Undone(message)
        if message.contains("terminationMessagePath"))
    };
    assert!(findings.iter().any(found), "{findings:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pod_that_its_controller_disowns_is_found() {
    let relabel = |pod: &mut Value| {
        let labels = &mut pod["metadata"]["labels"];
        if labels["pod-template-hash"].is_string() {
            labels["pod-template-hash"] = json!("another");
        }
    };
    let Outcome { summary, findings } = judged(&run(60), tampered(relabel)).await;
    assert!(summary.broken("disowned") > 0, "{summary}");
    let found = |finding: &Finding| matches!(finding.breach, Breach::Disowned(_));
    assert!(findings.iter().any(found), "{findings:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_pod_is_found_and_made_small() {
    let folder = tempfile::tempdir().expect("there is a folder for temporary files");
    let run = Run {
        cases: Some(folder.path().to_owned()),
        ..run(8)
    };
    let twice = |pod: &mut Value| {
        if let Some(volumes) = pod["spec"]["volumes"].as_array_mut() {
            volumes.extend(volumes.first().cloned());
        }
    };
    let Outcome { summary, findings } = judged(&run, tampered(twice)).await;
    assert!(summary.broken("lost") > 0, "{summary}");
    let finding = findings.first().expect("a pod was lost");
    let Breach::Lost(message) = &finding.breach else {
        panic!("{finding:#?}");
    };
    assert!(message.contains("Duplicate value"), "{message}");
    assert!(
        finding.pair.pod.to_string().len() < 200,
        "{:#}",
        finding.pair.pod
    );
    let case = case_of(finding);
    let settings = input::read_settings(&case.join("settings.yaml")).expect("it is YAML");
    let request = input::read_request(&case.join("request.json"), None).expect("it is a request");
    let outcome = policy(&request, &Given::from(settings));
    assert!(outcome.patch.is_some(), "the case shows the rule at work");
}

fn case_of(finding: &Finding) -> PathBuf {
    finding.folder.clone().expect("it was written as a case")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_that_rejects_is_found() {
    let rejects = |request: &Request, given: &Given| {
        let mut outcome = policy(request, given);
        outcome.allowed = outcome.audit_annotations.is_empty();
        outcome
    };
    let outcome = judged(&run(4), Arc::new(rejects)).await;
    assert!(
        outcome.summary.broken("misbehaved") > 0,
        "{}",
        outcome.summary
    );
    let found = |finding: &Finding| matches!(finding.breach, Breach::Misbehaved(_));
    assert!(outcome.findings.iter().all(found));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_that_never_ends_is_found() {
    // The same for the same pod, and one more for a pod that has been here.
    let more = |pod: &mut Value| {
        let annotations = &mut pod["metadata"]["annotations"];
        let names = (0..).map(|number| format!("example.com/once-more-{number}"));
        let new = names.into_iter().find(|name| annotations[name].is_null());
        annotations[new.expect("there is always a next number")] = json!("");
    };
    let more = move |request: &Request, given: &Given| {
        let mut outcome = policy(request, given);
        if let Some(object) = &request.object {
            let mut pod = outcome.mutated_object.take().unwrap_or(object.clone());
            more(&mut pod);
            outcome.patch = Some(json_patch::diff(object, &pod));
            outcome.mutated_object = Some(pod);
        }
        outcome
    };
    let run = Run {
        round_trip_every: 1,
        ..run(40)
    };
    let Outcome { findings, .. } = judged(&run, Arc::new(more)).await;
    let found = |finding: &Finding| matches!(finding.breach, Breach::Changed(_));
    assert!(findings.iter().any(found), "{findings:#?}");
}
