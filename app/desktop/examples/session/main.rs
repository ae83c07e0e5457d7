//! Sessions by scripted mouse and keyboard, counted or filmed.
//!
//! ```sh
//! session label PROJECT.gpkg TRUTH.csv       # a class for every footprint that has none
//! session draw PROJECT.gpkg [COUNT]          # outlines of that many footprints, drawn anew with each tool
//! session film PROJECT.gpkg OUT.png TRUTH.csv EAST NORTH # labelling, splitting, and aligning by so many metres
//! ```
//!
//! Everything goes through the events that a window receives: pointer, button, key. Clicks, drags and keys are
//! counted as they are sent, and what became of them is compared with what was wanted.

mod draw;
mod film;
mod hand;
mod label;
mod tour;

use std::path::Path;

use anyhow::{Context as _, bail};
use desktop::frame::Setting;
use desktop::offscreen::{Look, Offscreen};
use editing::{Command, ViewCommand, Workspace};

use hand::Hand;

fn main() -> anyhow::Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args[..] {
        ["label", project, truth] => label::run(Path::new(project), Path::new(truth)),
        ["draw", project] => draw::run(Path::new(project), 25),
        ["draw", project, count] => draw::run(Path::new(project), count.parse()?),
        ["film", project, out, truth, east, north] => {
            let shift = (east.parse()?, north.parse()?);
            tour::run(Path::new(project), Path::new(out), Path::new(truth), shift)
        }
        _ => {
            bail!(
                "session label PROJECT TRUTH.csv | draw PROJECT [COUNT] | film PROJECT OUT.png TRUTH.csv EAST NORTH"
            )
        }
    }
}

/// A copy of the project in a window that nobody sees, in Annotate. The copy lies beside the project, so that images
/// are found by the paths in it, and goes with what is given back beside the hand.
fn open(project: &Path, look: Look, film: Option<film::Film>) -> anyhow::Result<(Hand, tempfile::TempPath)> {
    let beside = project.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let copy = tempfile::Builder::new().suffix(".gpkg").tempfile_in(beside)?.into_temp_path();
    std::fs::copy(project, &copy).with_context(|| format!("{} cannot be read", project.display()))?;
    let setting = Setting { author: Some("Hand".into()), ..Setting::default() };
    let mut window = Offscreen::new(look, setting)?;
    window.program().open(vec![copy.to_path_buf()]);
    window.settle()?;
    anyhow::ensure!(window.program().state.project.is_some(), "{} did not open", project.display());
    window.program().run(Command::View(ViewCommand::Show(Workspace::Annotate)));
    window.settle()?;
    Ok((Hand::new(window, film), copy))
}
