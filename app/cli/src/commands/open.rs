//! `open`: the window.

use std::path::PathBuf;

use desktop::LaunchOptions;

use crate::commands::doctor;
use crate::failure::Failure;

pub(crate) fn run(files: &[PathBuf], author: Option<&str>) -> anyhow::Result<()> {
    if let Some(missing) = files.iter().find(|f| !raster::is_address(f) && !f.exists()) {
        let what = format!("There is no file or command `{}`", missing.display());
        return Err(Failure::because(what, "check the path; `orthoscope --help` lists the commands"));
    }
    if doctor::display().is_none() {
        let hint = "log in to a desktop; `orthoscope --help` lists what can be done without a window";
        return Err(Failure::because("There is no display to open a window on", hint));
    }
    desktop::run(LaunchOptions {
        files: files.to_vec(),
        author: author.map(str::to_owned),
        ..LaunchOptions::default()
    })
}
