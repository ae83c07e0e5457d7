//! `relate`: how regions stand to each other, from a table.

use dataset::{Limits, parse_table, plan_relations};
use project::Author;
use serde_json::json;

use crate::args::RelateArgs;
use crate::commands::label::refuse_nothing;
use crate::output::Output;
use crate::workspace::{self, now_ms};

pub(crate) fn run(args: &RelateArgs, output: &Output) -> anyhow::Result<()> {
    let author = Author::new(&args.author);
    let mut session = workspace::edit(&args.project, author.name())?;
    let bytes = workspace::read_bytes(&args.from, Limits::default().file_bytes)?;
    let table = parse_table(&bytes, &Limits::default())?;
    let mut ids = session.ids(now_ms()).clone();
    let plan =
        plan_relations(session.project(), &table, Some(&author), Some(now_ms()), args.remove, &mut ids)?;
    *session.ids(now_ms()) = ids;
    if !plan.is_empty() {
        session.edit(&author, now_ms(), plan.edit.clone())?;
    }
    session.close()?;
    refuse_nothing(plan.accepted, &plan.rejected, &args.from)?;
    let (accepted, left_out) = (plan.accepted, plan.rejected.len());
    output.result(&json!({ "accepted": accepted, "rejected": plan.rejected }), || {
        let done = if args.remove { "taken away".to_owned() } else { format!("by {author}") };
        format!("{accepted} relations {done}, {left_out} lines left out")
    })
}
