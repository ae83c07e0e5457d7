//! `history`: the journal, and one entry of it taken back.

use project::{Author, EntryBody};
use serde_json::{Value, json};
use store::{OpenMode, Store};

use crate::args::HistoryArgs;
use crate::output::{Output, table};
use crate::workspace::{self, now_ms};

pub(crate) fn run(args: &HistoryArgs, output: &Output) -> anyhow::Result<()> {
    if let Some(seq) = args.undo {
        let author = Author::new(&args.author);
        let mut session = workspace::edit(&args.project, author.name())?;
        session.revert(&author, now_ms(), seq)?;
        let last = session.history().last_seq();
        session.close()?;
        return output.result(&json!({ "undone": seq, "journal_seq": last }), || {
            format!("Entry {seq} is taken back by entry {last}")
        });
    }
    let (store, loaded) = Store::open(&args.project, OpenMode::ReadOnly)?;
    let first = store.last_seq().saturating_sub(args.last as u64);
    let mut entries: Vec<Value> = Vec::new();
    let mut rows = Vec::new();
    for entry in store.journal()? {
        let entry = entry?;
        if entry.seq <= first {
            continue;
        }
        let at =
            jiff::Timestamp::from_millisecond(entry.at_ms).map_or_else(|_| String::new(), |t| t.to_string());
        let (kind, what) = match &entry.body {
            EntryBody::Edit(edit) => ("edit", edit.title()),
            EntryBody::Revert(target) => {
                let title = loaded.history.effect(*target).map(project::Edit::title).unwrap_or_default();
                ("revert", format!("Take back entry {target}: {title}"))
            }
            EntryBody::Vote(vote) => ("vote", format!("Vote on {}", vote.case)),
        };
        rows.push((entry.seq.to_string(), format!("{at}  {}  {what}", entry.author)));
        entries
            .push(json!({ "seq": entry.seq, "at": at, "author": entry.author, "kind": kind, "what": what }));
    }
    output.result(&json!({ "journal_seq": store.last_seq(), "entries": entries }), || table(&rows))
}
