//! Models are asked, and judged by what they answer.

use std::fmt::Write as _;
use std::path::Path;

use project::{Author, Change, Edit, Project};
use questions::{Evaluation, RepliesPlan, order_of, plan_replies};
use report::{Form, questions_card, questions_html, questions_pdf};
use serde_json::json;

use super::EvaluateArgs;
use crate::commands::report::form_of;
use crate::failure::Failure;
use crate::output::Output;
use crate::workspace::{self, now_ms, write_whole};

pub(super) fn evaluate(path: &Path, args: &EvaluateArgs, output: &Output) -> anyhow::Result<()> {
    if let Some(prompts) = &args.prompts {
        return write_prompts(path, args, prompts, output);
    }
    if let Some(address) = &args.whom.endpoint {
        return super::model::ask(path, args, address, output);
    }
    let Some(answers) = &args.answers else {
        let evaluation = questions::evaluate(&workspace::load(path)?, &[]);
        return output.result(&evaluation, || text(&evaluation));
    };
    let (prompt, seed) = args.one_way()?;
    let author = Author::new(&args.author);
    let mut session = workspace::edit(path, author.name())?;
    let bytes = workspace::read_bytes(answers, questions::MOST_BYTES)?;
    let model = args.whom.model.as_deref().unwrap_or_default();
    let run = RepliesPlan::begin(model, prompt.key(), seed, author.clone(), now_ms());
    let plan = plan_replies(session.project(), &bytes, run).map_err(|why| {
        let hint = "each reply names its question and has a text: {\"question\": \"34\", \"reply\": \"2\"}";
        Failure::because(format!("{}: {why}", answers.display()), hint)
    })?;
    if plan.accepted == 0 {
        let why = plan.rejected.first().map_or("it holds no reply", |rejected| &rejected.reason);
        return Err(Failure::because(
            format!("Nothing in {} could be taken: {why}", answers.display()),
            "a question is named by its identity, by that of the file it came from, or by its place as #1",
        ));
    }
    let id = session.ids(now_ms()).run();
    session.edit(&author, now_ms(), Edit::Run(Change::create(id, plan.run)))?;
    let evaluation = questions::evaluate(session.project(), &[]);
    session.close()?;
    let mut result = serde_json::to_value(&evaluation)?;
    result["accepted"] = json!(plan.accepted);
    result["rejected"] = json!(plan.rejected);
    result["run"] = json!(id);
    output.result(&result, || {
        let left_out = plan.rejected.len();
        format!("{} replies of {model}, {left_out} left out\n{}", plan.accepted, text(&evaluation))
    })
}

pub(super) fn text(evaluation: &Evaluation) -> String {
    let mut text = format!(
        "{} questions with an answer, {} of them unanswerable\n",
        evaluation.questions, evaluation.unanswerable
    );
    for model in &evaluation.models {
        let order = model.seed.map_or_else(String::new, |seed| format!(", order {seed}"));
        // Writing to a string cannot fail.
        let _ = write!(text, "{} ({}{order}): ", model.model, model.prompt);
        match (model.overall.accuracy, model.overall.interval) {
            (Some(share), Some([low, high])) => {
                let _ = write!(
                    text,
                    "{:.2} % right of {} ({:.1} – {:.1})",
                    100.0 * share,
                    model.overall.n,
                    100.0 * low,
                    100.0 * high
                );
            }
            _ => text.push_str("nothing to score"),
        }
        let _ = writeln!(
            text,
            ", {} not readable, {} stale, {} without a reply",
            model.overall.invalid, model.stale, model.missing
        );
    }
    for baseline in &evaluation.baselines {
        if let Some(share) = baseline.overall.accuracy {
            let _ = writeln!(
                text,
                "{}: {} of {} ({:.2} %)",
                baseline.name,
                baseline.overall.right,
                baseline.overall.n,
                100.0 * share
            );
        }
    }
    text
}

/// A line for each question: what is to be sent, and how its options were put.
fn write_prompts(path: &Path, args: &EvaluateArgs, to: &Path, output: &Output) -> anyhow::Result<()> {
    let (prompt, seed) = args.one_way()?;
    let project = workspace::load(path)?;
    let mut lines = String::new();
    let (mut count, mut missed) = (0, 0);
    for (id, question) in project.vouched_questions() {
        // What stands in an image only cannot be asked in words.
        if prompt.misses(question) {
            missed += 1;
            continue;
        }
        if prompt.sum_up(question).is_some() {
            return Err(Failure::because(
                "What a model is to sum up first cannot be written down beforehand",
                "ask it with --endpoint, or choose another --prompt",
            ));
        }
        let order = seed.map(|seed| order_of(question, seed)).unwrap_or_default();
        let [system, user] = prompt.ask(question, &order);
        let messages = json!([{ "role": "system", "content": system }, { "role": "user", "content": user }]);
        let line = json!({ "question": id, "prompt": prompt.key(), "seed": seed, "messages": messages });
        let _ = writeln!(lines, "{line}");
        count += 1;
    }
    write_whole(to, lines.as_bytes())?;
    let result = json!({ "written": [{ "path": to, "items": count }], "only_in_images": missed });
    output.result(&result, || {
        format!("{}: {count} prompts, {missed} questions are about images only", to.display())
    })
}

pub(super) fn report(path: &Path, page: &Path, output: &Output) -> anyhow::Result<()> {
    let form = form_of(page)?;
    let project = workspace::load(path)?;
    let evaluation = questions::evaluate(&project, &[]);
    let name = name_of(path, &project);
    let bytes = match form {
        Form::Html => questions_html(&name, &project, &evaluation).into_bytes(),
        Form::Pdf => questions_pdf(&name, &project, &evaluation, &desktop::fonts::FOR_PICTURES)?,
    };
    write_whole(page, &bytes)?;
    let mut result = serde_json::to_value(&evaluation)?;
    result["written"] = json!([{ "path": page, "bytes": bytes.len() }]);
    output.result(&result, || {
        format!("{}: {} questions, {} models", page.display(), evaluation.questions, evaluation.models.len())
    })
}

fn name_of(path: &Path, project: &Project) -> String {
    match project.settings().name.as_str() {
        "" => path.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default(),
        name => name.to_owned(),
    }
}

pub(super) fn card(path: &Path, page: &Path, output: &Output) -> anyhow::Result<()> {
    let project = workspace::load(path)?;
    let evaluation = questions::evaluate(&project, &[]);
    let card = questions_card(&name_of(path, &project), &project, &evaluation);
    write_whole(page, card.as_bytes())?;
    let count = project.live_questions().count();
    let result = json!({ "written": [{ "path": page, "bytes": card.len(), "items": count }] });
    output.result(&result, || format!("{}: the card of {count} questions", page.display()))
}
