//! `review threads`, `say`, `resolve`, `read`, `send-back`: what members say to each other, and what came back.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use project::remark::{Pin, Remark, RemarkKind, Thread, reading};
use project::review::reply_edit;
use project::{Author, Project, RegionId, RemarkId};
use serde_json::{Value, json};

use crate::args::{CaseArgs, ResolveArgs, SayArgs, SendBackArgs};
use crate::failure::Failure;
use crate::output::Output;
use crate::workspace::{self, now_ms};

/// A case by its own id, or that of the file it came from.
pub(crate) fn case_of(project: &Project, text: &str) -> anyhow::Result<RegionId> {
    if let Some(id) = text.parse().ok().filter(|id| project.region(*id).is_some()) {
        return Ok(id);
    }
    let named = |region: &Arc<project::Region>| region.source_id.as_deref() == Some(text);
    let found: Vec<RegionId> =
        project.regions().iter().filter(|(_, region)| named(region)).map(|(id, _)| *id).collect();
    match found[..] {
        [one] => Ok(one),
        [] => Err(Failure::because(
            format!("There is no case `{text}`"),
            "`orthoscope review PROJECT queue` lists what waits, with its ids",
        )),
        _ => Err(Failure::because(
            format!("`{text}` is the id of {} cases in the files they came from", found.len()),
            "use the id that the project gave the one that is meant",
        )),
    }
}

fn thread_of(project: &Project, member: &Author, text: &str) -> anyhow::Result<RemarkId> {
    let id = text.parse().ok().filter(|id| project.thread(*id, member).is_some());
    id.ok_or_else(|| {
        let hint = "`orthoscope review PROJECT threads --all` lists them, with their ids";
        Failure::because(format!("There is no thread `{text}` that {member} may see"), hint)
    })
}

fn place_of(text: &str) -> anyhow::Result<[f64; 2]> {
    let read = text.split_once(',').and_then(|(x, y)| Some([x.trim().parse().ok()?, y.trim().parse().ok()?]));
    read.ok_or_else(|| Failure::because(format!("`{text}` is no place"), "write X,Y in the project's CRS"))
}

fn value(thread: &Thread<'_>) -> Value {
    let on = match thread.on {
        Pin::Region(case) => json!({ "case": case }),
        Pin::Place(place) => json!({ "place": place }),
    };
    let said = |one: &&Arc<Remark>| json!({ "id": one.id, "member": one.member, "text": one.text(), "at_ms": one.at_ms });
    let remarks: Vec<Value> = thread.remarks.iter().map(said).collect();
    json!({ "thread": thread.id, "on": on, "resolved": thread.resolved, "remarks": remarks })
}

/// What a member may see; with `all`, what is resolved too.
pub(crate) fn threads(project: &Project, member: &Author, all: bool) -> (Value, String) {
    let found: Vec<Thread<'_>> =
        project.threads(member).into_iter().filter(|thread| all || !thread.resolved).collect();
    let unheard: Vec<RemarkId> = project.unheard(member).iter().map(|remark| remark.id).collect();
    let values: Vec<Value> = found.iter().map(value).collect();
    let mut text = String::new();
    for thread in &found {
        let on = match thread.on {
            Pin::Region(case) => case.to_string(),
            Pin::Place([x, y]) => format!("{x},{y}"),
        };
        let state = if thread.resolved { ", resolved" } else { "" };
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{} on {on}{state}", thread.id);
        for one in &thread.remarks {
            let mark = if unheard.contains(&one.id) { "*" } else { " " };
            let _ = writeln!(text, " {mark} {}: {}", one.member, one.text().unwrap_or_default());
        }
    }
    if found.is_empty() {
        text.push_str("No thread is open");
    }
    (json!({ "threads": values, "mentions": unheard }), text)
}

pub(crate) fn say(path: &Path, args: &SayArgs, output: &Output) -> anyhow::Result<()> {
    let author = workspace::author_or(args.author.as_deref())?;
    let mut session = workspace::edit(path, author.name())?;
    let project = session.project();
    let text = args.text.trim().to_owned();
    let (kind, on) = match (&args.on, &args.at, &args.thread) {
        (Some(case), ..) => {
            let on = Pin::Region(case_of(project, case)?);
            (RemarkKind::Open { on, text }, on)
        }
        (_, Some(at), _) => {
            let on = Pin::Place(place_of(at)?);
            (RemarkKind::Open { on, text }, on)
        }
        (.., thread) => {
            let thread = thread_of(project, &author, thread.as_deref().unwrap_or_default())?;
            let on = project.thread(thread, &author).map_or(Pin::Place([0.0; 2]), |thread| thread.on);
            (RemarkKind::Reply { thread, text }, on)
        }
    };
    let blind = project.is_blind(&on);
    let id = session.ids(now_ms()).remark();
    let remark = Remark { id, member: author, at_ms: Some(now_ms()), kind, blind };
    let thread = remark.thread();
    session.remark(now_ms(), remark)?;
    session.close()?;
    output.result(&json!({ "remark": id, "thread": thread, "blind": blind }), || {
        let later = if blind { "; others see it when the committee is complete" } else { "" };
        format!("Said{later}. Thread {}", thread.map_or_else(String::new, |id| id.to_string()))
    })
}

pub(crate) fn resolve(path: &Path, args: &ResolveArgs, output: &Output) -> anyhow::Result<()> {
    let author = workspace::author_or(args.author.as_deref())?;
    let mut session = workspace::edit(path, author.name())?;
    let thread = thread_of(session.project(), &author, &args.thread)?;
    let id = session.ids(now_ms()).remark();
    let kind = RemarkKind::Resolve { thread, resolved: !args.open };
    session.remark(now_ms(), Remark { id, member: author, at_ms: Some(now_ms()), kind, blind: false })?;
    session.close()?;
    let state = if args.open { "open again" } else { "resolved" };
    output.result(&json!({ "thread": thread, "resolved": !args.open }), || format!("The thread is {state}"))
}

pub(crate) fn read(path: &Path, args: &CaseArgs, output: &Output) -> anyhow::Result<()> {
    let author = workspace::author_or(args.author.as_deref())?;
    let mut session = workspace::edit(path, author.name())?;
    let case = case_of(session.project(), &args.case)?;
    let id = session.ids(now_ms()).remark();
    let read = reading(session.project(), id, &author, case, now_ms());
    let (_, why) = super::review::returned_view(session.project(), Some(author.name()), Some(case));
    let new = read.is_some();
    if let Some(remark) = read {
        session.remark(now_ms(), remark)?;
    }
    session.close()?;
    output.result(&json!({ "case": case, "read": new, "why": why.trim_end() }), || {
        match (new, why.is_empty()) {
            (_, false) => why.clone(),
            (true, true) => "Read".to_owned(),
            (false, true) => {
                format!("Nothing came back to {author} with this case, and nobody mentions them")
            }
        }
    })
}

pub(crate) fn send_back(path: &Path, args: &SendBackArgs, output: &Output) -> anyhow::Result<()> {
    let author = workspace::author_or(args.of.author.as_deref())?;
    let mut session = workspace::edit(path, author.name())?;
    let project = session.project();
    let case = case_of(project, &args.of.case)?;
    project.may_send_back(&author, case).map_err(|why| {
        let hint =
            "`orthoscope review PROJECT read CASE` shows it; `… returned --member NAME` lists what came back";
        Failure::because(why.to_string(), hint)
    })?;
    let held = project.label_of(case).map(|(_, label)| label.class.clone());
    let class = match &args.class {
        None => held,
        Some(text) => {
            let class = project.schema().and_then(|schema| schema.find(text)).map(|class| class.code.clone());
            let missing = || {
                Failure::because(format!("`{text}` is not a class of the project"), "see `orthoscope schema`")
            };
            Some(class.ok_or_else(missing)?)
        }
    };
    let class = class.context("a label")?;
    let mut ids = session.ids(now_ms()).clone();
    let edit = reply_edit(session.project(), &mut ids, case, &class, &author, now_ms(), None);
    *session.ids(now_ms()) = ids;
    session.edit(&author, now_ms(), edit.context("a case that came back")?)?;
    let state = session.project().outcome(case).state;
    session.close()?;
    output.result(&json!({ "case": case, "class": class, "state": state }), || {
        format!("Sent back as “{class}”: {}", state.text())
    })
}
