//! Two replicas that both believe to be the one that works.

use crate::{Log, Place};

/// The one that works is stopped in its tracks, as by a machine that swaps; another one takes over.
/// Then the first goes on with what it was doing.
#[tokio::test]
async fn a_replica_that_was_asleep_goes_on() {
    let place = Place::new().await;
    let mut log = Log::new();
    place.policy_server("policy-server", log.path()).await;
    let first = place.relay(place.account.kubeconfig(), "first");
    first.wait_for_log("this replica works now");
    first.wait_for_log("reading a policy-server's log");
    let second = place.relay(place.account.kubeconfig(), "second");
    let mut requests = 0;
    let mut write = |count: usize| {
        for _ in 0..count {
            log.write(&place.failure(&format!("db-{}", requests % 5), &format!("r-{requests}")));
            requests += 1;
        }
    };
    let expected = |count: i64| -> Vec<_> {
        (0..5)
            .map(|n| (format!("StatefulSet/db-{n}"), count))
            .collect()
    };
    write(500);
    place.settles(&expected(100));
    // In the midst of a write, most likely.
    write(500);
    std::thread::sleep(std::time::Duration::from_millis(100));
    first.signal("STOP");
    write(500);
    second.wait_for_log("this replica works now");
    write(250);
    first.signal("CONT");
    write(250);
    first.wait_for_log("another replica works now");
    place.settles(&expected(400));
    write(500);
    place.settles(&expected(500));
    assert!(first.terminate().0.success());
    assert!(second.terminate().0.success());
    place.tells(&expected(500));
}
