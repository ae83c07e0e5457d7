//! Progress on standard error when it is a terminal; silence otherwise.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// A bar for work whose size is known. Hidden by itself when standard error is not a terminal.
pub(crate) fn bar(title: &str, total: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg:<28} {bar:32} {percent:>3} %  {eta} left")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    let bar = ProgressBar::new(total).with_style(style);
    bar.set_message(title.to_owned());
    bar
}

/// A sign of life for work whose size is not known.
pub(crate) fn spinner(title: &str) -> ProgressBar {
    let spinner = ProgressBar::new_spinner();
    spinner.set_message(title.to_owned());
    spinner.enable_steady_tick(Duration::from_millis(120));
    spinner
}
