//! `open`: the window.

use std::path::PathBuf;

use desktop::LaunchOptions;

pub(crate) fn run(files: &[PathBuf], author: Option<&str>) -> anyhow::Result<()> {
    desktop::run(LaunchOptions {
        files: files.to_vec(),
        author: author.map(str::to_owned),
        ..LaunchOptions::default()
    })
}
