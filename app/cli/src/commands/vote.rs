//! `vote`: verdicts from a table.

use dataset::{Limits, parse_table, plan_votes};
use serde_json::json;
use store::Session;

use crate::args::VoteArgs;
use crate::commands::label::refuse_nothing;
use crate::output::Output;
use crate::workspace::{self, now_ms};

pub(crate) fn run(args: &VoteArgs, output: &Output) -> anyhow::Result<()> {
    let mut session = workspace::edit(&args.project, "command line")?;
    let Some(from) = &args.from else { return open(session, output) };
    let bytes = workspace::read_bytes(from, Limits::default().file_bytes)?;
    let plan = take(&mut session, &bytes)?;
    session.close()?;
    refuse_nothing(plan.accepted, &plan.rejected, from)?;
    let (accepted, left_out) = (plan.accepted, plan.rejected.len());
    let result = json!({ "accepted": accepted, "rejected": plan.rejected, "warnings": plan.warnings });
    output.result(&result, || format!("{accepted} votes, {left_out} lines left out"))
}

/// Opens what is due.
fn open(mut session: Session, output: &Output) -> anyhow::Result<()> {
    let sealed = |session: &Session| session.project().votes().values().filter(|v| v.is_sealed()).count();
    let before = sealed(&session);
    session.open_due(now_ms())?;
    let left = sealed(&session);
    session.close()?;
    let opened = before - left;
    output.result(&json!({ "opened": opened, "sealed": left }), || {
        format!("{opened} votes opened, {left} still sealed")
    })
}

/// Takes a whole table of votes in one transaction.
pub(crate) fn take(session: &mut Session, bytes: &[u8]) -> anyhow::Result<dataset::VotePlan> {
    let table = parse_table(bytes, &Limits::default())?;
    let mut ids = session.ids(now_ms()).clone();
    let plan = plan_votes(session.project(), &table, Some(now_ms()), &mut ids)?;
    *session.ids(now_ms()) = ids;
    session.votes(now_ms(), plan.votes.iter().cloned())?;
    Ok(plan)
}
