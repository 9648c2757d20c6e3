//! The relay dies, between any two of its steps.

use crate::support::proxy::{Proxy, Step};
use crate::support::{events, told, wait};
use crate::{Log, Place};

/// Kills a relay at each of these steps, once before the API server hears of it and once before
/// the relay hears that it is done. A new one, called the same as in a restarted container, goes
/// on.
async fn killed_at(steps: &[Step]) {
    let place = Place::new().await;
    let proxy = Proxy::start(&place.account);
    let mut log = Log::new();
    place.policy_server("policy-server", log.path()).await;
    let points: Vec<(Step, bool)> = steps
        .iter()
        .flat_map(|step| [(*step, false), (*step, true)])
        .collect();
    let names: Vec<String> = (0..points.len()).map(|n| format!("web{n}x")).collect();
    let pods = place.deployments(&names);
    let mut expected = Vec::new();
    for (((step, answered), name), (pod, controller)) in points.into_iter().zip(&names).zip(pods) {
        let failure = |request: String| {
            let failure = crate::Failure::new(&place.team, &request);
            failure.of(controller.each_ref().map(String::as_str))
        };
        // Where a request says whom it is about, it must be of this failure.
        let word = match step {
            Step::FindOwner | Step::FirstEvent | Step::PodEvent => name.as_str(),
            _ => "",
        };
        proxy.hold(step, answered, word);
        let relay = place.relay(proxy.kubeconfig(), "relay");
        log.write(&failure(format!("request-{name}")));
        if step == Step::CountEvent {
            wait("the first failure", || {
                let told = told(&events(place.cluster, &place.team));
                told.contains(&(format!("Deployment/{name}"), 1))
                    .then_some(())
            });
            log.write(&failure(format!("{name}-later")));
        }
        assert_eq!(proxy.wait_held(), step);
        relay.kill();
        proxy.pass();
        let relay = place.relay(proxy.kubeconfig(), "relay");
        if step != Step::CountEvent {
            log.write(&failure(format!("{name}-later")));
        }
        expected.push((format!("Deployment/{name}"), 2));
        expected.push((format!("Pod/{pod}"), 1));
        place.settles(&expected);
        relay.kill();
    }
    // All of it is read again, by one that knows nothing.
    let arguments = ["delete", "lease", "event-relay", "-n", &place.servers];
    crate::kubectl(place.cluster, &arguments);
    let relay = place.relay(proxy.kubeconfig(), "relay");
    let records = 2 * names.len();
    wait("all records", || {
        #[expect(clippy::cast_precision_loss, reason = "they are few")]
        let known = relay.metric("event_relay_records_known_total") >= records as f64;
        known.then_some(())
    });
    assert!(relay.terminate().0.success());
    place.tells(&expected);
}

#[tokio::test]
async fn killed_while_it_begins() {
    killed_at(&[
        Step::GetLease,
        Step::WriteLease,
        Step::ListServers,
        Step::WatchServers,
        Step::Log,
        Step::Stamps,
    ])
    .await;
}

#[tokio::test]
async fn killed_while_it_writes() {
    killed_at(&[
        Step::FindOwner,
        Step::ReadEvent,
        Step::FirstEvent,
        Step::CountEvent,
        Step::PodEvent,
    ])
    .await;
}
