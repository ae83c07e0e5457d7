//! `merge`: copies of a project that were worked on apart, as one project again.

use project::Project;
use serde_json::{Value, json};
use store::{MergePlan, MergeReport};

use crate::args::MergeArgs;
use crate::output::{Output, table};
use crate::workspace::{self, now_ms};

/// Conflicts that are named one by one in text.
const NAMED: usize = 20;

pub(crate) fn run(args: &MergeArgs, output: &Output) -> anyhow::Result<()> {
    let author = workspace::author_or(args.author.as_deref())?;
    let plan = MergePlan::of(&args.project, &args.copies)?;
    let project = plan.project().clone();
    let report = if args.dry_run {
        plan.report().clone()
    } else {
        let signer = workspace::signer()?.map(|(signer, _)| signer);
        let report = plan.carry_out(&author, signer.as_ref(), now_ms())?;
        open_due(args)?;
        report
    };
    let value = to_json(&report, &project, args.dry_run);
    output.result(&value, || to_text(&report, &project, args.dry_run))
}

/// What was sealed here and waited for the votes that came.
fn open_due(args: &MergeArgs) -> anyhow::Result<()> {
    let mut session = workspace::edit(&args.project, "command line")?;
    session.open_due(now_ms())?;
    Ok(session.close()?)
}

fn to_json(report: &MergeReport, project: &Project, dry_run: bool) -> Value {
    let conflicts: Vec<Value> = report
        .conflicts
        .iter()
        .map(|(id, conflict)| {
            json!({
                "id": id,
                "regions": conflict.regions(),
                "author": conflict.author,
                "what": conflict.sentence(|region| project.region_name(region)),
                "reason": conflict.reason,
            })
        })
        .collect();
    json!({
        "dry_run": dry_run,
        "taken": report.taken(),
        "copies": report.copies,
        "members": report.members,
        "conflicts": conflicts,
        "settled": report.settled,
        "open_conflicts": project.conflicts().len(),
        "regions_changed": report.regions_changed,
        "doubts": report.doubts,
    })
}

fn to_text(report: &MergeReport, project: &Project, dry_run: bool) -> String {
    let mut rows: Vec<(String, String)> = Vec::new();
    for copy in &report.copies {
        rows.push((
            copy.path.display().to_string(),
            format!("{} of {} entries are new", copy.new, copy.entries),
        ));
    }
    for member in &report.members {
        let counts = [
            (member.edits, "changes"),
            (member.votes, "votes"),
            (member.visits, "visits"),
            (member.other, "others"),
        ];
        let said: Vec<String> =
            counts.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}")).collect();
        rows.push((member.member.clone(), said.join(", ")));
    }
    let mut lines = vec![table(&rows).trim_end().to_owned()];
    lines.extend(report.doubts.iter().map(|doubt| format!("Doubtful: {doubt}")));
    for (_, conflict) in report.conflicts.iter().take(NAMED) {
        let what = conflict.sentence(|region| project.region_name(region));
        lines.push(format!("Conflict: {what} by {} ({})", conflict.author, conflict.reason));
    }
    if report.conflicts.len() > NAMED {
        lines.push(format!("… and {} more conflicts", report.conflicts.len() - NAMED));
    }
    let verb = if dry_run { "would be taken over" } else { "taken over" };
    lines.push(format!(
        "{} entries {verb}, {} new conflicts, {} open in all",
        report.taken(),
        report.conflicts.len(),
        project.conflicts().len()
    ));
    lines.join("\n")
}
