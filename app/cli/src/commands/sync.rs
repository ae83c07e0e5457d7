//! `sync`: sends what is new in a project to its server, and fetches what is new there.

use std::path::Path;

use desktop::preferences::Preferences;
use serde_json::json;
use server::{Address, Desk, Synced};

use crate::args::SyncArgs;
use crate::failure::Failure;
use crate::output::Output;
use crate::progress;
use crate::workspace::{self, now_ms};

/// Name and version of this program.
const PROGRAM: &str = concat!("Orthoscope ", env!("CARGO_PKG_VERSION"));

pub(crate) fn run(args: &SyncArgs, output: &Output) -> anyhow::Result<()> {
    if !workspace::is_project(&args.project) {
        let what = format!("{} does not end in .gpkg", args.project.display());
        return Err(Failure::because(what, "a project is a GeoPackage: name it like town.gpkg"));
    }
    let address: Option<Address> = args.address.as_deref().map(str::parse).transpose()?;
    let spinner = progress::spinner("Talking to the server");
    let synced =
        with_desk(&args.project, |desk| Ok(desk.sync(address.as_ref(), &mut |n| spinner.set_position(n))?));
    spinner.finish_and_clear();
    let synced = synced?;
    let value = json!({
        "project": args.project,
        "you": synced.about.author,
        "sent": synced.sent.entries,
        "fetched": synced.fetched,
        "opened": synced.opened,
        "conflicts": synced.report.as_ref().map_or(0, |report| report.conflicts.len()),
        "doubts": synced.report.as_ref().map(|report| report.doubts.clone()).unwrap_or_default(),
        "set_aside": synced.aside,
        "made": synced.is_new,
    });
    output.result(&value, || text(&args.project, &synced))
}

/// Does something as whoever uses this program.
pub(crate) fn with_desk<T>(
    path: &Path,
    work: impl FnOnce(&Desk<'_>) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let Some(folder) = Preferences::folder() else {
        return Err(Failure::because(
            "There is no place for settings on this computer",
            "set HOME or XDG_CONFIG_HOME to a folder that can be written",
        ));
    };
    let signer = workspace::signer()?.map(|(signer, _)| signer);
    let signer = signer.as_ref();
    work(&Desk { path, folder: &folder, signer, program: PROGRAM, at_ms: now_ms() })
}

fn text(path: &Path, synced: &Synced) -> String {
    let aside = store::SetAside::sentences(&synced.aside);
    let mut lines: Vec<String> = aside.iter().map(|one| format!("Not taken: {one}")).collect();
    if let Some(report) = &synced.report {
        lines.extend(report.doubts.iter().map(|doubt| format!("Doubtful: {doubt}")));
        if !report.conflicts.is_empty() {
            let count = report.conflicts.len();
            lines.push(format!("{count} new conflicts: orthoscope conflicts {}", path.display()));
        }
    }
    if synced.opened > 0 {
        lines.push(format!("{} sealed votes opened: their rounds are over", synced.opened));
    }
    let made = if synced.is_new { "made, " } else { "" };
    lines.push(format!(
        "{}: {made}{} entries sent, {} fetched, as {}",
        path.display(),
        synced.sent.entries,
        synced.fetched,
        synced.about.author
    ));
    lines.join("\n")
}
