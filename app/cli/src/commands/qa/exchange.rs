//! Questions in and out of files, and out of templates.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use anyhow::Context as _;
use project::{Author, Change, Edit, QuestionId};
use questions::{Ground, MOST_BYTES, Template, plan_questions, read};
use serde_json::{Value, json};

use super::{DraftArgs, ExportArgs, ImportArgs};
use crate::failure::Failure;
use crate::output::Output;
use crate::workspace::{self, now_ms, sha256_of, write_whole};

pub(super) fn import(path: &Path, args: &ImportArgs, output: &Output) -> anyhow::Result<()> {
    let author = Author::new(&args.author);
    let mut session = workspace::edit(path, author.name())?;
    let mut told = Vec::new();
    let mut text = String::new();
    let mut all = 0;
    for file in &args.files {
        let bytes = workspace::read_bytes(file, MOST_BYTES)?;
        let content = read(&bytes, args.form, &author).with_context(|| format!("{}", file.display()))?;
        let (form, rows) = (content.form, content.rows);
        let mut ids = session.ids(now_ms()).clone();
        let plan = plan_questions(session.project(), content, now_ms(), &mut ids);
        *session.ids(now_ms()) = ids;
        all += plan.accepted + plan.known;
        if plan.accepted > 0 {
            session.edit(&author, now_ms(), plan.edit)?;
        }
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "{}: {} questions of {rows} rows ({form}), {} there already, {} left out",
            file.display(),
            plan.accepted,
            plan.known,
            plan.rejected.len()
        );
        for rejected in plan.rejected.iter().take(5) {
            let _ = writeln!(text, "  row {}: {}", rejected.index, rejected.reason);
        }
        told.push(json!({
            "path": file,
            "form": form.key(),
            "rows": rows,
            "accepted": plan.accepted,
            "known": plan.known,
            "rejected": plan.rejected,
            "missing_evidence": plan.missing,
        }));
    }
    session.close()?;
    let sum = |key: &str| told.iter().filter_map(|one| one[key].as_u64()).sum::<u64>();
    let rejected: Vec<&Value> = told.iter().filter_map(|one| one["rejected"].as_array()).flatten().collect();
    if all == 0 && !rejected.is_empty() {
        return Err(Failure::because(
            format!("None of {} rows could be taken: {}", rejected.len(), rejected[0]["reason"]),
            "the project is unchanged; --form says how the file is laid out",
        ));
    }
    let result = json!({
        "accepted": sum("accepted"),
        "known": sum("known"),
        "rejected": rejected,
        "files": told,
    });
    output.result(&result, || text)
}

pub(super) fn export(path: &Path, args: &ExportArgs, output: &Output) -> anyhow::Result<()> {
    let project = workspace::load(path)?;
    let wanted = |id: QuestionId, category: &str| {
        args.category.as_ref().is_none_or(|wanted| wanted == category)
            && (!args.accepted || project.question_outcome(id).state.is_accepted())
    };
    let ids: Vec<QuestionId> =
        project.vouched_questions().filter(|(id, q)| wanted(*id, &q.category)).map(|(id, _)| id).collect();
    if ids.is_empty() {
        return Err(Failure::because(
            "There is no question to export",
            "`orthoscope qa PROJECT list` shows what is there",
        ));
    }
    let written = questions::write(&project, &ids, args.form, args.leave_out)?;
    write_whole(&args.output, &written.bytes)?;
    let left_out: Vec<Value> =
        written.left_out.iter().map(|(id, reason)| json!({ "question": id, "reason": reason })).collect();
    let result = json!({
        "accepted": written.questions,
        "rejected": left_out,
        "written": [{
            "path": args.output,
            "items": written.questions,
            "bytes": written.bytes.len(),
            "sha256": sha256_of(&args.output)?,
        }],
    });
    output.result(&result, || {
        format!(
            "{}: {} questions ({}), {} left out",
            args.output.display(),
            written.questions,
            args.form,
            left_out.len()
        )
    })
}

pub(super) fn draft(path: &Path, args: &DraftArgs, output: &Output) -> anyhow::Result<()> {
    let author = Author::new(&args.author);
    let mut session = workspace::edit(path, author.name())?;
    let ground = Ground::of(session.project(), args.accepted);
    if ground.things().is_empty() {
        return Err(Failure::because(
            "There is no region with a class to ask about",
            "label regions first, or leave --accepted out",
        ));
    }
    let templates = if args.template.is_empty() { &Template::ALL[..] } else { &args.template };
    let drafted =
        questions::draft(session.project(), &ground, templates, args.count as usize, args.seed, &author);
    let mut by_template: BTreeMap<String, usize> = BTreeMap::new();
    let mut text = String::new();
    let mut told = Vec::new();
    let mut edits = Vec::new();
    for mut question in drafted {
        let project::question::Origin::Template { name, computation, .. } = &question.origin else {
            continue;
        };
        *by_template.entry(name.clone()).or_default() += 1;
        let answer = question.answer_text().unwrap_or_default();
        let _ = writeln!(text, "{}\n  {answer} — {computation}", question.text);
        let id = session.ids(now_ms()).question();
        told.push(json!({
            "id": id,
            "template": name,
            "text": question.text,
            "options": question.choices().collect::<Vec<_>>(),
            "answer": question.answer,
            "answer_text": answer,
            "computation": computation,
        }));
        question.at_ms = Some(now_ms());
        edits.push(Edit::Question(Change::create(id, question)));
    }
    let count = edits.len();
    if count == 0 {
        return Err(Failure::because(
            "The labels give no clear answer to any question of these templates",
            "choose other templates, or label more regions",
        ));
    }
    if !args.dry_run {
        session.edit(&author, now_ms(), Edit::batch(format!("Draft {count} questions"), edits))?;
    }
    session.close()?;
    let result =
        json!({ "accepted": count, "wanted": args.count, "by_template": by_template, "questions": told });
    output.result(&result, || {
        let verb = if args.dry_run { "would be drafted" } else { "drafted" };
        format!("{text}{count} of {} questions {verb}", args.count)
    })
}
