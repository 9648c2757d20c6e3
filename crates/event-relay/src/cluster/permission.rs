//! Permissions that the API server says are missing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use tracing::warn;

use crate::api_error::ApiError;

/// At most so many missing permissions are told of: there is one for each namespace.
const PERMISSIONS: usize = 100;

/// Tells of a permission that is missing, of each once.
pub fn tell_of_permission(error: &ApiError) {
    static TOLD: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    let ApiError::Forbidden(message) = error else {
        return;
    };
    let mut told = TOLD.lock().unwrap_or_else(PoisonError::into_inner);
    if told.len() < PERMISSIONS && told.insert(permission(message).to_owned()) {
        warn!("a permission is missing: {message}");
    }
}

/// What a permission is for, without the object's name: `cannot get resource "pods/log" ...`.
fn permission(message: &str) -> &str {
    message.find("cannot").map_or(message, |at| &message[at..])
}

/// A permission that is missing for so long is missing.
const BELIEVED_AFTER: Duration = Duration::from_secs(15);
/// One that was not missed for so long may have been given.
const FORGOTTEN_AFTER: Duration = Duration::from_mins(10);

/// Which permissions were missed since when, and last when.
#[derive(Debug, Default)]
pub(super) struct Refusals(BTreeMap<String, (Instant, Instant)>);

impl Refusals {
    /// Does not believe a refusal at once.
    pub(super) fn judge(&mut self, error: ApiError, now: Instant) -> ApiError {
        match error {
            ApiError::Forbidden(message) => {
                if self.is_new(&message, now) {
                    ApiError::NotYetAllowed(message)
                } else {
                    ApiError::Forbidden(message)
                }
            }
            ApiError::Unavailable(_) => {
                // It may be started anew, and then is to be given time again.
                self.0.clear();
                error
            }
            _ => error,
        }
    }

    fn is_new(&mut self, message: &str, now: Instant) -> bool {
        self.0
            .retain(|_, (_, last)| now.duration_since(*last) < FORGOTTEN_AFTER);
        if self.0.len() >= PERMISSIONS {
            return false;
        }
        let permission = permission(message).to_owned();
        let (first, last) = self.0.entry(permission).or_insert((now, now));
        *last = now;
        now.duration_since(*first) < BELIEVED_AFTER
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_believed_when_it_lasts() {
        let mut refusals = Refusals::default();
        let begun = Instant::now();
        let mut judge = |message: &str, seconds: u64| {
            let error = ApiError::Forbidden(message.to_owned());
            let now = begun + Duration::from_secs(seconds);
            refusals.judge(error, now).label()
        };
        assert_eq!(judge("pods \"a\": cannot get pods", 0), "not_yet_allowed");
        assert_eq!(judge("pods \"b\": cannot get pods", 14), "not_yet_allowed");
        assert_eq!(judge("jobs \"c\": cannot get jobs", 16), "not_yet_allowed");
        assert_eq!(judge("pods \"d\": cannot get pods", 16), "forbidden");
        assert_eq!(judge("pods \"e\": cannot get pods", 615), "forbidden");
        assert_eq!(
            judge("pods \"f\": cannot get pods", 1300),
            "not_yet_allowed"
        );
        let gone = ApiError::Unavailable("it is started anew".to_owned());
        refusals.judge(gone, begun + Duration::from_mins(22));
        let error = ApiError::Forbidden("pods \"g\": cannot get pods".to_owned());
        let error = refusals.judge(error, begun + Duration::from_secs(1330));
        assert_eq!(error.label(), "not_yet_allowed");
    }
}
