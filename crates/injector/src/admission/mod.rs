//! From an admission request's payload to the answer. See [`session::Session`].

pub mod answer;
pub mod event;
pub mod response;
pub mod session;
pub mod stamp;

use self::session::{FallbackAnswer, LOOKUP_DEADLINE, Session, Step, Store};
use crate::cluster::host::{Cluster, Host};

/// Answers an admission request, with a host that looks up objects in the call itself.
pub fn validate(payload: &[u8], host: &impl Cluster) -> Vec<u8> {
    let store = Store::default();
    let mut session = match Session::new(payload, &store) {
        Ok(session) => session,
        Err(problem) => return answer::unreadable(payload, problem, host),
    };
    loop {
        let look_up = match session.step(host) {
            Step::Answer(answer) => return answer,
            Step::LookUp(look_up) => look_up,
        };
        let answer = host.get_resource(look_up.question);
        if host.elapsed() >= LOOKUP_DEADLINE {
            return give(look_up.fallback, host);
        }
        session.learn(answer);
    }
}

/// Gives the answer that was prepared before a look-up.
fn give(fallback: &mut FallbackAnswer, host: &impl Host) -> Vec<u8> {
    for record in fallback.records.iter().filter(|record| !record.is_empty()) {
        // The answer is written already, so that it can't tell of a refused record.
        let _ = host.log(record);
    }
    std::mem::take(&mut fallback.answer)
}
