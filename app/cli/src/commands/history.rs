//! `history`: the journal, and one entry of it taken back.

use project::{Author, ClassCode, Line, Project, Refusal, What};
use serde_json::{Value, json};
use store::{OpenMode, Store};

use crate::args::HistoryArgs;
use crate::failure::Failure;
use crate::output::{Output, table};
use crate::workspace::{self, now_ms};

pub(crate) fn run(args: &HistoryArgs, output: &Output) -> anyhow::Result<()> {
    if let Some(seq) = args.undo {
        return undo(args, seq, output);
    }
    let (_, loaded) = Store::open(&args.project, OpenMode::ReadOnly)?;
    let (project, history) = (&loaded.project, &loaded.history);
    let member = Author::new(args.member.as_deref().unwrap_or_default());
    let last = history.last_seq();
    let mut entries: Vec<Value> = Vec::new();
    let mut rows = Vec::new();
    for line in (last.saturating_sub(args.last as u64) + 1..=last).filter_map(|seq| history.line(seq)) {
        let at =
            jiff::Timestamp::from_millisecond(line.at_ms).map_or_else(|_| String::new(), |t| t.to_string());
        let deed = line.deed(project, &member);
        let what = deed.sentence(|id| project.region_name(id), |class| class_name(project, class));
        let author = deed.author.map_or("sealed", Author::name);
        let mark = if line.holds { "" } else { "  (taken back)" };
        rows.push((line.seq.to_string(), format!("{at}  {author}  {what}{mark}")));
        entries.push(json!({
            "seq": line.seq,
            "at": at,
            "author": deed.author,
            "kind": kind(&line),
            "what": what,
            "holds": line.holds,
        }));
    }
    output.result(&json!({ "journal_seq": last, "entries": entries }), || table(&rows))
}

fn undo(args: &HistoryArgs, seq: u64, output: &Output) -> anyhow::Result<()> {
    let author = Author::new(&args.author);
    let mut session = workspace::edit(&args.project, author.name())?;
    if let Some(refusal) = session.history().refusal(session.project(), &author, seq) {
        let hint = match &refusal {
            Refusal::Conflict { since: Some(since), .. } => {
                format!("take back entry {since} first, or make a new change")
            }
            Refusal::TakenBack { by } => format!("`--undo {by}` brings it back"),
            _ => "`history` without --undo lists the entries".to_owned(),
        };
        return Err(Failure::because(format!("entry {seq} cannot be taken back: {refusal}"), hint));
    }
    session.revert(&author, now_ms(), seq)?;
    let last = session.history().last_seq();
    session.close()?;
    output.result(&json!({ "undone": seq, "journal_seq": last }), || {
        format!("Entry {seq} is taken back by entry {last}")
    })
}

fn kind(line: &Line<'_>) -> &'static str {
    match line.what {
        What::Edit(_) => "edit",
        What::Revert { .. } => "revert",
        What::Vote(_) => "vote",
        What::QuestionVote(_) => "question_vote",
        What::Visit { .. } => "visit",
        What::Response(_) => "response",
        What::Opening(_) => "opening",
        What::Remark(_) => "remark",
        What::Member(_) => "member",
        What::Merge(_) => "merge",
    }
}

/// By the identity it had in the file it came from, else by its own.
fn class_name(project: &Project, code: &ClassCode) -> String {
    let class = project.schema().and_then(|schema| schema.class(code));
    class.map_or_else(|| code.to_string(), |class| class.name.clone())
}
