//! An admission request's payload in, the answer out.

pub mod answer;
pub mod event;
pub mod response;
pub mod session;
pub mod stamp;

use self::session::{InVain, PATIENCE, Session, Step};
use crate::cluster::host::{Cluster, Host};
use crate::cluster::lookups::Store;

/// Answers an admission request.
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
        if host.elapsed() >= PATIENCE {
            return hand_over(look_up.in_vain, host);
        }
        session.learn(answer);
    }
}

fn hand_over(in_vain: &InVain, host: &impl Host) -> Vec<u8> {
    for record in &in_vain.records {
        // There is nobody left to tell.
        let _ = host.log(record);
    }
    in_vain.answer.clone()
}
