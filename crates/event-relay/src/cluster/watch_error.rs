//! Errors of kube's watcher.

use kube::runtime::watcher;

use crate::api_error::ApiError;

/// What the API server said of a watch.
pub(crate) fn watch_error(error: &watcher::Error) -> ApiError {
    use kube::Error::Api as Answer;
    match error {
        watcher::Error::InitialListFailed(Answer(status))
        | watcher::Error::WatchStartFailed(Answer(status))
            if status.is_forbidden() =>
        {
            ApiError::Forbidden(status.message.clone())
        }
        _ => ApiError::Unavailable(error.to_string()),
    }
}
