//! `report`: what is known of a review, as one HTML file or as JSON.

use std::io::Write as _;

use report::{Options, Report, html};
use serde_json::json;
use store::{OpenMode, Store};

use crate::args::ReportArgs;
use crate::failure::Failure;
use crate::output::Output;

pub(crate) fn run(args: &ReportArgs, output: &Output) -> anyhow::Result<()> {
    let ending = args.output.extension().and_then(|e| e.to_str()).unwrap_or_default().to_lowercase();
    if !matches!(ending.as_str(), "html" | "htm") {
        return Err(Failure::because(
            format!("{} does not end in .html", args.output.display()),
            "a report is one HTML file, which every browser prints as PDF",
        ));
    }
    let (_, loaded) = Store::open(&args.project, OpenMode::ReadOnly)?;
    let options = Options { resamples: args.bootstrap, seed: args.seed };
    let mut report = Report::of(&loaded.project, Some(&loaded.history), options);
    if report.project.is_empty() {
        report.project =
            args.project.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
    }
    let page = html(&report);
    write(&args.output, &page)?;
    let mut value = serde_json::to_value(&report)?;
    value["written"] = json!([{ "path": args.output, "bytes": page.len() }]);
    let committee = &report.committee.agreement;
    output.result(&value, || {
        format!(
            "{}: {} cases and {} votes of the committee, {} members",
            args.output.display(),
            committee.cases,
            committee.votes,
            report.members.len()
        )
    })
}

/// The file is there whole or not at all.
fn write(path: &std::path::Path, page: &str) -> anyhow::Result<()> {
    let folder =
        path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or_else(|| std::path::Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(page.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}
