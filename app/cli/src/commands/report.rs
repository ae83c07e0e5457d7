//! `report`: what is known of a review, as one HTML file, as PDF or as JSON.

use std::io::Write as _;
use std::path::Path;

use report::{Form, Options, Report, html, pdf};
use serde_json::json;
use store::{OpenMode, Store};

use crate::args::ReportArgs;
use crate::failure::Failure;
use crate::output::Output;

pub(crate) fn run(args: &ReportArgs, output: &Output) -> anyhow::Result<()> {
    let form = form_of(&args.output)?;
    let (_, loaded) = Store::open(&args.project, OpenMode::ReadOnly)?;
    let options = Options { resamples: args.bootstrap, seed: args.seed };
    let mut report = Report::of(&loaded.project, Some(&loaded.history), options);
    if report.project.is_empty() {
        report.project =
            args.project.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
    }
    let page = match form {
        Form::Html => html(&report).into_bytes(),
        Form::Pdf => pdf(&report, &desktop::fonts::FOR_PICTURES)?,
    };
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

/// What the end of the file name asks for.
pub(crate) fn form_of(path: &Path) -> anyhow::Result<Form> {
    Form::of(path).ok_or_else(|| {
        Failure::because(
            format!("{} ends in neither .html nor .pdf", path.display()),
            "a report is one HTML file or one PDF: end its name in one of these",
        )
    })
}

/// The file is there whole or not at all.
fn write(path: &Path, page: &[u8]) -> anyhow::Result<()> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(page)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}
