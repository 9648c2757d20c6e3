//! The word to stop, for whoever must hear it.

use tokio::sync::watch;

/// Says stop, once. Dropping it says so too.
#[derive(Debug)]
pub struct Stopper(watch::Sender<bool>);

/// Hears it.
#[derive(Debug, Clone)]
pub struct Stop(watch::Receiver<bool>);

/// A pair of them.
pub fn stop() -> (Stopper, Stop) {
    let (sender, receiver) = watch::channel(false);
    (Stopper(sender), Stop(receiver))
}

impl Stopper {
    /// Says it.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }
}

impl Stop {
    /// Ends when it has been said.
    pub async fn stopped(&self) {
        // An error says that nobody is left to say it.
        let _ = self.0.clone().wait_for(|stopped| *stopped).await;
    }

    /// Whether it has been said.
    pub fn is_stopped(&self) -> bool {
        *self.0.borrow() || self.0.has_changed().is_err()
    }
}
