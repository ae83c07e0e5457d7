//! Models are asked at an endpoint: once each, within a budget, and everything that is said is kept.

use std::path::Path;

use places::{Interview, Network, Pauses, UserKeys};
use project::{Author, Project, QuestionId};
use serde_json::json;

use super::EvaluateArgs;
use super::judge::text;
use super::whom::{Notebook, told};
use crate::failure::Failure;
use crate::output::Output;
use crate::workspace;

/// Tokens of the longest answer to a question.
const LONGEST_ANSWER: u32 = 1_024;

/// Asks a model at an endpoint.
pub(super) fn ask(path: &Path, args: &EvaluateArgs, address: &str, output: &Output) -> anyhow::Result<()> {
    let terms = args.whom.terms(address, LONGEST_ANSWER)?;
    let author = Author::new(&args.author);
    let ways = Interview::ways(&args.prompts(), &args.seed);
    let mut interview = Interview { terms, ways, questions: Vec::new(), author };
    if args.dry_run {
        let project = workspace::load(path)?;
        interview.questions = wanted(&project, args);
        let found = interview.foretell(&project, &|| true)?;
        let mut result = serde_json::to_value(found)?;
        result["budget"] = json!(args.whom.budget);
        return output.result(&result, || {
            format!(
                "{} requests would be sent, {} replies are kept; at most about {} tokens",
                found.would_send, found.kept, found.tokens_at_most
            )
        });
    }
    let mut notebook = Notebook::open(path, &interview.author)?;
    interview.questions = wanted(notebook.session.project(), args);
    let network = Network::new(Pauses::default())?;
    let tally = interview.hold(&network, &UserKeys, &mut notebook)?;
    let Notebook { session, runs, .. } = notebook;
    let evaluation = questions::evaluate(session.project(), &[]);
    session.close()?;
    let mut result = serde_json::to_value(&evaluation)?;
    result["asked"] = serde_json::to_value(&tally)?;
    result["asked"]["budget"] = json!(args.whom.budget);
    result["runs"] = json!(runs);
    let nothing = tally.sent + tally.kept == 0;
    if let Some(first) = tally.failed.first().filter(|_| nothing) {
        return Err(Failure::because(first.reason.clone(), "nothing was kept; mend that and ask again"));
    }
    output.result(&result, || format!("{}\n{}", told(&tally, &interview.terms), text(&evaluation)))
}

/// The questions that are to be asked.
fn wanted(project: &Project, args: &EvaluateArgs) -> Vec<QuestionId> {
    let of_category = |category: &String| args.category.as_ref().is_none_or(|wanted| category == wanted);
    let vouched = project.vouched_questions().filter(|(_, question)| of_category(&question.category));
    vouched.take(args.limit.unwrap_or(usize::MAX)).map(|(id, _)| id).collect()
}
