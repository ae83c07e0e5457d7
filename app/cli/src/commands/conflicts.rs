//! `conflicts`: what copies of a project say against each other, and which of it holds.

use project::{ConflictId, Project};
use serde_json::{Value, json};

use crate::args::ConflictsArgs;
use crate::failure::Failure;
use crate::output::{Output, table};
use crate::workspace::{self, now_ms};

pub(crate) fn run(args: &ConflictsArgs, output: &Output) -> anyhow::Result<()> {
    let (wanted, take) = match (&args.keep, &args.take) {
        (Some(wanted), _) => (wanted, false),
        (None, Some(wanted)) => (wanted, true),
        (None, None) => return list(&workspace::load(&args.project)?, 0, output),
    };
    let author = workspace::author_or(args.author.as_deref())?;
    let mut session = workspace::edit(&args.project, author.name())?;
    let all = session.project().conflicts().keys().copied();
    let chosen: Vec<ConflictId> = all.filter(|id| wanted == "all" || id.to_string() == *wanted).collect();
    if chosen.is_empty() && wanted != "all" {
        return Err(Failure::because(
            format!("there is no open conflict {wanted}"),
            "`conflicts PROJECT` lists them",
        ));
    }
    for id in &chosen {
        let project = session.project();
        let edit = if take { project.take_edit(*id) } else { project.keep_edit(*id) };
        let edit = edit.ok_or_else(|| {
            Failure::because(
                format!("the version of conflict {id} does not fit what stands now"),
                "keep what stands with --keep, or change it by hand first",
            )
        })?;
        session.edit(&author, now_ms(), edit)?;
    }
    let project = session.project().clone();
    session.close()?;
    list(&project, chosen.len(), output)
}

fn list(project: &Project, decided: usize, output: &Output) -> anyhow::Result<()> {
    let name = |region| project.region_name(region);
    let (mut rows, mut values): (Vec<(String, String)>, Vec<Value>) = (Vec::new(), Vec::new());
    for (id, conflict) in project.conflicts() {
        let what = conflict.sentence(name);
        rows.push((id.to_string(), format!("{what} by {} ({})", conflict.author, conflict.reason)));
        values.push(json!({
            "id": id,
            "regions": conflict.regions(),
            "author": conflict.author,
            "what": what,
            "reason": conflict.reason,
        }));
    }
    output.result(&json!({ "decided": decided, "conflicts": values }), || {
        format!("{}{decided} decided, {} open", table(&rows), rows.len())
    })
}
