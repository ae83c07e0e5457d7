//! `review assign`, `board`, `work`, `release`: who works on which cases, and how far they are.

use std::path::Path;

use dataset::{Limits, parse_table, plan_known};
use project::assignment::{Assignment, Choice, Deal, Known, Plan, board, choose, deal, scores};
use project::review::{Stage, queue, work};
use project::{AssignmentId, Author, Change, Edit, Project, RegionId};
use query::Needs;
use serde_json::{Value, json};
use store::Session;

use crate::args::{AssignArgs, BoardArgs, NamedArgs, ReleaseArgs};
use crate::commands::label::refuse_nothing;
use crate::commands::query::find;
use crate::failure::Failure;
use crate::output::{Output, note, table};
use crate::workspace::{self, now_ms};

const HOUR_MS: f64 = 3_600_000.0;

/// A time so many hours from now.
fn in_hours(hours: f64) -> anyhow::Result<i64> {
    // A thousand years are more than anybody waits.
    if !(0.0..=8_766_000.0).contains(&hours) {
        return Err(Failure::because("That is no time to wait", "give hours, 0 or more"));
    }
    Ok(now_ms() + (hours * HOUR_MS) as i64)
}

/// Refuses whoever does not run the review.
pub(crate) fn lead_only(project: &Project, author: &Author) -> anyhow::Result<()> {
    if project.may_manage(author) {
        return Ok(());
    }
    Err(Failure::because(
        format!("{author} does not lead this project"),
        "ask its lead; `orthoscope member PROJECT` says who that is",
    ))
}

fn known_of(session: &Session, path: &Path) -> anyhow::Result<Known> {
    let bytes = workspace::read_bytes(path, Limits::default().file_bytes)?;
    let read = parse_table(&bytes, &Limits::default())?;
    let (known, rejected) = plan_known(session.project(), &read)?;
    refuse_nothing(known.len(), &rejected, path)?;
    for line in &rejected {
        note(&format!("{}: {line:?}", path.display()));
    }
    Ok(known)
}

/// The condition of a list that the project keeps.
pub(crate) fn listed(project: &Project, name: &str) -> anyhow::Result<String> {
    let list = project.settings().lists.iter().find(|list| list.name == name);
    list.map(|list| list.query.clone()).ok_or_else(|| {
        Failure::because(
            format!("The project keeps no list `{name}`"),
            "`orthoscope query --keep NAME` keeps one",
        )
    })
}

/// The cases that are meant, and in which words.
fn meant(project: &Project, path: &Path, args: &AssignArgs) -> anyhow::Result<(Vec<RegionId>, String)> {
    let stage = args.stage.stage();
    let words = match (&args.query, &args.list) {
        (Some(words), _) => Some(words.clone()),
        (None, Some(name)) => Some(listed(project, name)?),
        (None, None) => None,
    };
    Ok(match words {
        Some(words) => {
            let found = find(path, &words, args.author.as_deref(), Needs::default())?;
            (found.regions().collect(), found.text.clone())
        }
        None if args.all => (project.regions().keys().copied().collect(), "every case".to_owned()),
        None => {
            let waiting = queue(project, None, stage).into_iter().map(|item| item.case).collect();
            (waiting, "what waits".to_owned())
        }
    })
}

pub(crate) fn assign(path: &Path, args: &AssignArgs, output: &Output) -> anyhow::Result<()> {
    let author = workspace::author_or(args.author.as_deref())?;
    let mut session = if args.dry_run {
        workspace::signed(Session::open(path, store::OpenMode::ReadOnly)?)?
    } else {
        workspace::edit(path, author.name())?
    };
    lead_only(session.project(), &author)?;
    let known = args.known.as_deref().map(|file| known_of(&session, file)).transpose()?;
    let project = session.project().clone();
    let (cases, mut chosen) = meant(&project, path, args)?;
    let (choice, words) = match (args.random, args.stratified, args.uncertain) {
        (Some(n), ..) => (Choice::Random(n), format!("{n} by chance of ")),
        (_, Some(n), _) => (Choice::Stratified(n), format!("{n} by class of ")),
        (.., Some(n)) => (Choice::Uncertain(n), format!("the {n} least certain of ")),
        _ => (Choice::All, String::new()),
    };
    chosen.insert_str(0, &words);
    let mut picked = choose(&project, &cases, choice, args.seed);
    // Whose answer is known is among the others like any other.
    picked.extend(known.iter().flatten().map(|(case, _)| *case));
    picked.sort_unstable();
    picked.dedup();
    let plan = Plan {
        name: args.name.clone(),
        stage: args.stage.stage(),
        chosen,
        members: args.to.iter().map(|name| Author::new(name.trim())).collect(),
        times: args.times,
        deal: args.areas.map_or(Deal::Cases, |side| Deal::Areas { side }),
        release_ms: args.release.map(in_hours).transpose()?,
        seed: args.seed,
    };
    let assignment = deal(&project, &picked, &plan)
        .map_err(|why| Failure::because(why.to_string(), "--to, --times and the condition change it"))?;
    let size = project.settings().rule.committee_size.max(1) as usize;
    if plan.stage == Stage::Two && plan.times < size {
        note(&format!(
            "a committee has {size} votes, and each case goes to {} members: see `orthoscope rules`",
            plan.times
        ));
    }
    let value = json!({ "dry_run": args.dry_run, "assignment": board(&project, &assignment, now_ms()) });
    let text = told(&value["assignment"]);
    if !args.dry_run {
        if let Some(known) = &known {
            let mut kept = session.known()?;
            kept.extend(known.iter().map(|(case, class)| (*case, class.clone())));
            session.keep_known(&kept)?;
        }
        let id = session.ids(now_ms()).assignment();
        session.edit(&author, now_ms(), Edit::Assignment(Change::create(id, assignment)))?;
    }
    session.close()?;
    output.result(&value, || text)
}

fn told(board: &Value) -> String {
    let number = |value: &Value| value.as_u64().unwrap_or(0);
    let mut rows = vec![
        ("Assignment".to_owned(), board["name"].as_str().unwrap_or_default().to_owned()),
        ("Chosen".to_owned(), board["chosen"].as_str().unwrap_or_default().to_owned()),
        ("Cases".to_owned(), format!("{} of {} finished", board["finished"], board["cases"])),
        ("Votes".to_owned(), format!("{} of {}", board["done"], board["wanted"])),
    ];
    if board["released"] == true {
        rows.push(("Released".to_owned(), "what is not done is free for the other members".to_owned()));
    }
    for one in board["members"].as_array().into_iter().flatten() {
        let seconds = one["seconds"].as_f64().map_or(String::new(), |s| format!(", {s:.1} s each"));
        let over = number(&one["taken_over"]);
        let over = if over > 0 { format!(", and {over} of others") } else { String::new() };
        let name = format!("  {}", one["member"].as_str().unwrap_or_default());
        rows.push((name, format!("{} of {}{over}{seconds}", one["done"], one["given"])));
    }
    for area in board["areas"].as_array().into_iter().flatten() {
        let name = format!("  area {}", area["area"].as_str().unwrap_or_default());
        rows.push((name, format!("{} of {} votes on {} cases", area["done"], area["wanted"], area["cases"])));
    }
    table(&rows)
}

pub(crate) fn show_board(path: &Path, args: &BoardArgs, output: &Output) -> anyhow::Result<()> {
    let author = workspace::author_or(args.author.as_deref())?;
    // Only what is kept beside the key is read or written: the project stays as it is.
    let session = workspace::signed(Session::open(path, store::OpenMode::ReadOnly)?)?;
    let project = session.project();
    let leads = project.may_manage(&author);
    let mut known = session.known()?;
    if let Some(file) = &args.known {
        lead_only(project, &author)?;
        known.extend(known_of(&session, file)?);
        session.keep_known(&known)?;
    }
    let boards: Vec<Value> =
        project.assignments().values().map(|one| json!(board(project, one, now_ms()))).collect();
    let scored = if leads { scores(project, &known) } else { Vec::new() };
    let mut value = json!({ "assignments": boards });
    if leads {
        value["known_cases"] = json!(known.len());
        value["scores"] = json!(scored);
    }
    output.result(&value, || {
        let mut text: Vec<String> = boards.iter().map(told).collect();
        if boards.is_empty() {
            text.push("Nothing is handed out; see `orthoscope review PROJECT assign --help`".to_owned());
        }
        if !scored.is_empty() {
            let row = |one: &project::assignment::Score| {
                let share = 100.0 * one.right as f64 / one.said.max(1) as f64;
                (
                    format!("  {}", one.member),
                    format!("{} of {} known cases right ({share:.0} %)", one.right, one.said),
                )
            };
            text.push(table(&scored.iter().map(row).collect::<Vec<_>>()));
        }
        text.join("\n")
    })
}

pub(crate) fn show_work(project: &Project, member: &Author) -> (Value, String) {
    let mut items = work(project, member, Stage::One, now_ms());
    items.extend(work(project, member, Stage::Two, now_ms()));
    let row = |item: &project::review::QueueItem| (item.case.to_string(), item.state.key().to_owned());
    let text = if items.is_empty() {
        format!("Nothing that was handed to {member} is left to do")
    } else {
        table(&items.iter().map(row).collect::<Vec<_>>())
    };
    (json!(items), text)
}

fn named(project: &Project, name: &str) -> anyhow::Result<(AssignmentId, std::sync::Arc<Assignment>)> {
    let all = project.assignments();
    // Of one name, the newest.
    let found = all.iter().rev().find(|(id, one)| one.name == name || id.to_string() == name);
    found.map(|(id, one)| (*id, one.clone())).ok_or_else(|| {
        let names: Vec<&str> = all.values().map(|one| one.name.as_str()).collect();
        let hint = match &names[..] {
            [] => "nothing is handed out".to_owned(),
            names => format!("there are {}", names.join(", ")),
        };
        Failure::because(format!("There is no assignment `{name}`"), hint)
    })
}

pub(crate) fn release(path: &Path, args: &ReleaseArgs, output: &Output) -> anyhow::Result<()> {
    let at = in_hours(args.after)?;
    change(path, &args.of, output, |before| Some(Assignment { release_ms: Some(at), ..before.clone() }))
}

pub(crate) fn unassign(path: &Path, args: &NamedArgs, output: &Output) -> anyhow::Result<()> {
    change(path, args, output, |_| None)
}

fn change(
    path: &Path,
    args: &NamedArgs,
    output: &Output,
    to: impl FnOnce(&Assignment) -> Option<Assignment>,
) -> anyhow::Result<()> {
    let author = workspace::author_or(args.author.as_deref())?;
    let mut session = workspace::edit(path, author.name())?;
    lead_only(session.project(), &author)?;
    let (id, before) = named(session.project(), &args.name)?;
    let after = to(&before).map(std::sync::Arc::new);
    let edit = Edit::Assignment(Change { id, before: Some(before), after });
    let title = edit.title();
    session.edit(&author, now_ms(), edit)?;
    session.close()?;
    output.result(&json!({ "assignment": id, "done": title }), || title.clone())
}
