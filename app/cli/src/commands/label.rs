//! `label`: classes for regions from a table.

use std::io::BufRead as _;
use std::path::Path;

use dataset::{Limits, Rejected, parse_table, plan_labels};
use project::Author;
use serde_json::json;
use store::Session;

use crate::args::LabelArgs;
use crate::failure::Failure;
use crate::output::{Output, acknowledge};
use crate::workspace::{self, now_ms};

pub(crate) fn run(args: &LabelArgs, output: &Output) -> anyhow::Result<()> {
    let author = Author::new(&args.author);
    let mut session = workspace::edit(&args.project, author.name())?;
    if args.each {
        each(&mut session, &args.from, &author)?;
        return Ok(session.close()?);
    }
    let bytes = workspace::read_bytes(&args.from, Limits::default().file_bytes)?;
    let (accepted, rejected) = take(&mut session, &bytes, &author)?;
    session.close()?;
    refuse_nothing(accepted, &rejected, &args.from)?;
    let left_out = rejected.len();
    output.result(&json!({ "accepted": accepted, "rejected": rejected }), || {
        format!("{accepted} labels by {author}, {left_out} lines left out")
    })
}

/// Takes a whole table as one entry.
pub(crate) fn take(
    session: &mut Session,
    bytes: &[u8],
    author: &Author,
) -> anyhow::Result<(usize, Vec<Rejected>)> {
    let table = parse_table(bytes, &Limits::default())?;
    let mut ids = session.ids(now_ms()).clone();
    let plan = plan_labels(session.project(), &table, Some(author), Some(now_ms()), &mut ids)?;
    *session.ids(now_ms()) = ids;
    if !plan.is_empty() {
        session.edit(author, now_ms(), plan.edit)?;
    }
    Ok((plan.accepted, plan.rejected))
}

/// Line by line: each label is an entry of its own, acknowledged when it is on disk.
fn each(session: &mut Session, from: &Path, author: &Author) -> anyhow::Result<()> {
    let reader: Box<dyn std::io::BufRead> = if from == Path::new("-") {
        Box::new(std::io::stdin().lock())
    } else {
        Box::new(std::io::BufReader::new(std::fs::File::open(from)?))
    };
    let mut lines = reader.lines();
    let Some(header) = lines.next().transpose()? else { return Ok(()) };
    for line in lines {
        let line = line?;
        let (accepted, rejected) = take(session, format!("{header}\n{line}\n").as_bytes(), author)?;
        if accepted > 0 {
            acknowledge(&format!("saved {} {line}", session.acked()))?;
        }
        for refused in rejected {
            acknowledge(&format!("refused {line}: {}", refused.reason))?;
        }
    }
    Ok(())
}

/// A table of which nothing could be taken is an error.
pub(crate) fn refuse_nothing(accepted: usize, rejected: &[Rejected], from: &Path) -> anyhow::Result<()> {
    match rejected.first() {
        Some(first) if accepted == 0 => Err(Failure::because(
            format!("Nothing in {} could be taken: {}", from.display(), first.reason),
            "the project is unchanged; the first line names the columns, each further line is one of what they name",
        )),
        _ => Ok(()),
    }
}
