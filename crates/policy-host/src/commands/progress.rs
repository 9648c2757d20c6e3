//! A progress bar for long work.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// A bar on standard error. Nothing is shown if that is not a terminal.
pub(crate) fn bar(steps: u64, what: &'static str) -> ProgressBar {
    let bar = ProgressBar::new(steps).with_message(what);
    if let Ok(style) = ProgressStyle::with_template("{msg} {wide_bar} {percent:>3} %  {eta} left") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}
