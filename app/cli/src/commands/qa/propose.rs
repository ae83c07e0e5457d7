//! A model drafts questions, as proposals, and a member takes them over or not.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use places::{Card, Commission, Layout, Network, Pauses, UserKeys, context, read_again};
use project::question::{Context, Evidence, View};
use project::{Author, Change, Edit, Project, QuestionId, RegionId, ResponseId};
use questions::{Ground, Wish, decide, stands_in_context};
use serde_json::json;

use super::whom::{Notebook, told};
use super::{AcceptArgs, DraftArgs};
use crate::commands::ask::registry;
use crate::failure::Failure;
use crate::output::Output;
use crate::workspace::{self, now_ms};

/// Tokens of the longest reply that holds questions.
const LONGEST_DRAFT: u32 = 4_096;

/// Has a model draft questions from evidence.
pub(super) fn draft(path: &Path, args: &DraftArgs, address: &str, output: &Output) -> anyhow::Result<()> {
    let author = Author::new(&args.author);
    let project = workspace::load(path)?;
    let (context, evidence) = given(&project, args)?;
    let wish = Wish {
        count: args.count.min(questions::MOST_PROPOSALS),
        kinds: args.kind.clone(),
        category: args.category.clone().unwrap_or_default(),
        words: args.wish.clone(),
    };
    let commission = Commission { terms: args.whom.terms(address, LONGEST_DRAFT)?, wish, context, evidence };
    if args.dry_run {
        let found = commission.foretell(&project)?;
        let [rules, said] = commission.wish.request(&commission.context.text);
        let result = json!({ "asked": found, "messages": [rules, said] });
        return output.result(&result, || {
            format!("{rules}\n\n{said}\n\nat most about {} tokens", found.tokens_at_most)
        });
    }
    let mut notebook = Notebook::open(path, &author)?;
    let network = Network::new(Pauses::default())?;
    let proposed = commission.give(&network, &UserKeys, &mut notebook)?;
    let read = proposed.read.map_err(|why| {
        let hint = "the reply, if any, is kept; ask another model, or with other words in --wish";
        Failure::because(format!("No questions were drafted: {why}"), hint)
    })?;
    let mut session = notebook.session;
    let (mut edits, mut rows, mut text) = (Vec::new(), Vec::new(), String::new());
    for mut question in read.questions {
        let id = session.ids(now_ms()).question();
        let stands = stands_in_context(&question);
        let answer = question.answer_text().unwrap_or_default();
        let doubt =
            if stands == Some(false) { " (does not stand in the evidence word for word)" } else { "" };
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{id}  {}\n  {answer}{doubt}", question.text);
        rows.push(json!({
            "id": id,
            "text": question.text,
            "kind": question.kind.key(),
            "options": question.choices().collect::<Vec<_>>(),
            "answer": question.answer,
            "answer_text": answer,
            "stands_in_context": stands,
        }));
        question.at_ms = Some(now_ms());
        edits.push(Edit::Question(Change::create(id, question)));
    }
    let count = edits.len();
    if count > 0 {
        session.edit(&author, now_ms(), Edit::batch(format!("Propose {count} questions"), edits))?;
    }
    session.close()?;
    let result = json!({
        "proposed": rows,
        "refused": read.refused,
        "response": proposed.response,
        "asked": proposed.tally,
    });
    output.result(&result, || {
        for refused in read.refused.iter().take(5) {
            let _ = writeln!(text, "left out: {}", refused.reason);
        }
        let told = told(&proposed.tally, &commission.terms);
        format!(
            "{text}{told}\n{count} questions proposed, {} left out; take them over with qa accept",
            read.refused.len()
        )
    })
}

/// What the model is given, and what that rests on.
fn given(project: &Project, args: &DraftArgs) -> anyhow::Result<(Context, Vec<Evidence>)> {
    let mut evidence = Vec::new();
    let mut context = Context::default();
    if let Some(id) = args.from {
        let question = project.questions().get(&id);
        let question = question
            .ok_or_else(|| Failure::because(format!("There is no question {id}"), "qa list shows them"))?;
        context = question.context.clone();
        evidence.clone_from(&question.evidence);
    }
    for id in &args.evidence {
        evidence.push(named(project, id)?);
    }
    if let Some(view) = &args.view {
        let bounds = <[f64; 4]>::try_from(&view[..]).map_err(|_| {
            Failure::because("A view has four numbers", "--view LEFT,BOTTOM,RIGHT,TOP in the project's CRS")
        })?;
        let layers = project.layers_in_order().into_iter().map(|(id, _)| id).collect();
        evidence.push(Evidence::View(View { bounds, layers }));
    }
    let told = told_of(project, &evidence, args.layout)?;
    if !told.is_empty() {
        context.text = if context.text.is_empty() { told } else { format!("{}\n\n{told}", context.text) };
    }
    if context.text.trim().is_empty() {
        return Err(Failure::because(
            "There is no evidence to draft questions from",
            "name kept answers and regions with --evidence, a part of the map with --view, or a question with --from",
        ));
    }
    Ok((context, evidence))
}

/// A kept answer or a region, by its identity or by the beginning of its key.
fn named(project: &Project, id: &str) -> anyhow::Result<Evidence> {
    if let Some(response) = id.parse::<ResponseId>().ok().filter(|id| project.response(*id).is_some()) {
        return Ok(Evidence::Response(response));
    }
    if let Some(region) = id.parse::<RegionId>().ok().filter(|id| project.region(*id).is_some()) {
        return Ok(Evidence::Region(region));
    }
    let mut by_key = project.responses().values().filter(|held| held.key().to_string().starts_with(id));
    match by_key.next_back().filter(|_| id.len() >= 8) {
        Some(response) => Ok(Evidence::Response(response.id)),
        None => Err(Failure::because(
            format!("`{id}` is no kept answer and no region"),
            "`orthoscope ask --json` says the identity of an answer",
        )),
    }
}

/// What pieces of evidence say, in words.
fn told_of(project: &Project, evidence: &[Evidence], layout: Layout) -> anyhow::Result<String> {
    let registry = registry();
    let (mut cards, mut views, mut regions) = (Vec::new(), Vec::new(), BTreeSet::new());
    for one in evidence {
        match one {
            Evidence::Response(id) => {
                let Some(response) = project.response(*id) else { continue };
                let (query, answer) = read_again(&registry, response)?;
                cards.push(Card { title: String::new(), query, answer });
            }
            Evidence::View(view) => views.push(view.bounds),
            Evidence::Region(id) => drop(regions.insert(*id)),
            Evidence::Image(_) | Evidence::Reference(_) => {}
        }
    }
    let mut parts = Vec::new();
    if !cards.is_empty() {
        parts.push(context(&cards, layout));
    }
    if !views.is_empty() || !regions.is_empty() {
        let ground = Ground::of(project, false);
        parts.extend(views.into_iter().map(|view| ground.describe(view)));
        let things = ground.things().iter().filter(|thing| regions.contains(&thing.id));
        let told = ground.tell(things);
        if !told.is_empty() {
            parts.push(told.trim_start().to_owned());
        }
    }
    Ok(parts.join("\n\n"))
}

/// Takes proposals over, or deletes them.
pub(super) fn accept(path: &Path, args: &AcceptArgs, output: &Output) -> anyhow::Result<()> {
    let author = Author::new(&args.author);
    if author.is_model() || author.name().is_empty() {
        return Err(Failure::because("A proposal is taken over by a person", "say who with --author"));
    }
    let mut session = workspace::edit(path, author.name())?;
    let project = session.project();
    let of_all = || project.live_questions().filter(|(_, q)| q.is_proposal()).map(|(id, _)| id).collect();
    let ids: Vec<QuestionId> = if args.all { of_all() } else { args.ids.clone() };
    let edits = decide(project, &ids, &author, !args.reject, now_ms());
    let count = edits.len();
    if count == 0 {
        return Err(Failure::because(
            "None of these is a proposal",
            "`orthoscope qa PROJECT list --proposed` shows them",
        ));
    }
    let verb = if args.reject { "Reject" } else { "Take over" };
    session.edit(&author, now_ms(), Edit::batch(format!("{verb} {count} proposals"), edits))?;
    session.close()?;
    let result = json!({ "accepted": if args.reject { 0 } else { count }, "rejected": if args.reject { count } else { 0 } });
    output.result(&result, || {
        format!("{count} proposals {}", if args.reject { "rejected" } else { "taken over" })
    })
}
