//! What is there, where it stands, and whether it still holds.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use project::question::{Evidence, question_ratings, question_status};
use project::{Project, QuestionId, ResponseId};
use questions::{Answered, Card, Check, Filter, Index, drift, plan_question_votes};
use serde_json::{Value, json};

use super::ListArgs;
use crate::failure::Failure;
use crate::output::{Output, table};
use crate::workspace::{self, now_ms};

pub(super) fn list(path: &Path, args: &ListArgs, output: &Output) -> anyhow::Result<()> {
    let project = workspace::load(path)?;
    let mut index = Index::default();
    index.renew(&project);
    let filter = Filter {
        words: args.words.clone(),
        category: args.category.clone(),
        kind: args.kind,
        answer: args.proposed.then_some(Answered::Proposed),
        deleted: args.deleted,
    };
    let found = index.find(&filter);
    let shown = &found[..found.len().min(args.limit.unwrap_or(usize::MAX))];
    let rows: Vec<Value> = shown.iter().map(|id| row(&project, *id)).collect();
    let result = json!({ "questions": rows, "found": found.len(), "all": index.len() });
    output.result(&result, || {
        let mut text = String::new();
        for row in &rows {
            let word = |key: &str| row[key].as_str().unwrap_or_default().to_owned();
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{}  {}  {}", word("id"), word("state"), word("text").replace('\n', " "));
        }
        format!("{text}{} of {} questions", found.len(), index.len())
    })
}

fn row(project: &Project, id: QuestionId) -> Value {
    let question = &project.questions()[&id];
    json!({
        "id": id,
        "text": question.text,
        "kind": question.kind.key(),
        "options": question.choices().collect::<Vec<_>>(),
        "answer": question.answer,
        "answer_text": question.answer_text(),
        "category": question.category,
        "state": project.question_outcome(id).state.key(),
        "author": question.author,
        "origin": question.origin.key(),
        "evidence": question.evidence.len(),
        "source_id": question.source_id,
    })
}

/// Every kept answer of a service that a question cites, read; what cannot be read is left out, and `drift` names it.
fn cited(project: &Project) -> BTreeMap<ResponseId, (places::plugin_api::Query, places::plugin_api::Answer)> {
    let registry = super::super::ask::registry();
    let live = project.live_questions();
    let ids: BTreeSet<ResponseId> = live
        .flat_map(|(_, question)| &question.evidence)
        .filter_map(|one| if let Evidence::Response(id) = one { Some(*id) } else { None })
        .collect();
    let read = |id| Some((id, places::read_again(&registry, project.response(id)?).ok()?));
    ids.into_iter().filter_map(read).collect()
}

pub(super) fn verify(path: &Path, strict: bool, output: &Output) -> anyhow::Result<()> {
    let project = workspace::load(path)?;
    let cited = cited(&project);
    let (checks, found) = drift(&project, &|id| cited.get(&id).map(|(query, answer)| Card { query, answer }));
    let count = checks.len();
    let sort = |finding: fn(&Check) -> bool| checks.iter().filter(|(_, check)| finding(check)).count();
    let agrees = sort(|check| matches!(check, Check::Agrees { .. }));
    let contradicts = sort(|check| matches!(check, Check::Contradicts { .. }));
    let unchecked = count - agrees - contradicts;
    let rows: Vec<Value> =
        checks.iter().map(|(id, check)| json!({ "question": id, "check": check })).collect();
    let result = json!({
        "questions": count,
        "agrees": agrees,
        "contradicts": contradicts,
        "unchecked": unchecked,
        "checks": rows,
        "drift": found,
    });
    output.result(&result, || {
        let mut text = String::new();
        for one in &found {
            let words = &project.questions()[&one.question].text;
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{}\n  {}", project::question::short(words), one.says);
        }
        format!(
            "{text}{count} questions: the evidence gives the answer of {agrees}, another to {contradicts}, {unchecked} cannot \
             be checked by rule; {} things are otherwise",
            found.len()
        )
    })?;
    if strict && !found.is_empty() {
        return Err(Failure::because(
            format!("{} things that questions rest on are otherwise now", found.len()),
            "change the questions, or draft them again",
        ));
    }
    Ok(())
}

pub(super) fn vote(path: &Path, from: &Path, output: &Output) -> anyhow::Result<()> {
    let mut session = workspace::edit(path, "command line")?;
    let bytes = workspace::read_bytes(from, questions::MOST_BYTES)?;
    let mut ids = session.ids(now_ms()).clone();
    let planned = plan_question_votes(session.project(), &bytes, now_ms(), &mut ids);
    let (votes, rejected) = planned.map_err(|why| {
        Failure::because(why, "the first line names the columns question,member,stage,answer")
    })?;
    *session.ids(now_ms()) = ids;
    let accepted = votes.len();
    session.question_votes(now_ms(), votes)?;
    session.close()?;
    output.result(&json!({ "accepted": accepted, "rejected": rejected }), || {
        format!("{accepted} votes, {} lines left out", rejected.len())
    })
}

pub(super) fn review(path: &Path, output: &Output) -> anyhow::Result<()> {
    let project = workspace::load(path)?;
    let status = question_status(&project);
    let (ratings, cases) = question_ratings(&project);
    let agreement = ratings.agreement();
    let by_state: serde_json::Map<String, Value> =
        status.iter().map(|(state, n)| (state.key().to_owned(), json!(n))).collect();
    let ambiguous = project.live_questions().filter(|(id, _)| {
        let outcome = project.question_outcome(*id);
        outcome.state.is_accepted() && outcome.class.is_some_and(|class| class.as_str() == "ambiguous")
    });
    let result = json!({
        "by_state": by_state,
        "ambiguous": ambiguous.count(),
        "votes": project.question_votes().count(),
        "rated": cases.len(),
        "agreement": agreement,
        "pace": questions::pace(&project),
    });
    output.result(&result, || {
        let mut rows: Vec<(&str, String)> =
            status.iter().filter(|(_, n)| **n > 0).map(|(state, n)| (state.text(), n.to_string())).collect();
        for of in agreement::Coefficient::ALL {
            if let Some(value) = of.of(&agreement) {
                rows.push((of.name(), format!("{value:.3}")));
            }
        }
        table(&rows)
    })
}
