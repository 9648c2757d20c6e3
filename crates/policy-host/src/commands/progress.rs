//! A progress bar on the terminal, for work that takes a while.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// A bar on standard error; nothing at all where that is no terminal.
pub(crate) fn bar(steps: u64, what: &'static str) -> ProgressBar {
    let bar = ProgressBar::new(steps).with_message(what);
    if let Ok(style) = ProgressStyle::with_template("{msg} {wide_bar} {percent:>3} %  {eta} left") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}
