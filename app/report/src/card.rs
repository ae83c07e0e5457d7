//! The card of a dataset of questions: what is in it, where it comes from and what it is fit for, as Markdown.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use project::question::{Answer, Evidence, Origin, question_ratings, question_status};
use project::{Project, Question};
use questions::Evaluation;

/// Terms of services that are told.
const MOST_TERMS: usize = 30;

/// Writes the card. The same project gives the same bytes.
pub fn questions_card(name: &str, project: &Project, evaluation: &Evaluation) -> String {
    let name = if name.is_empty() { "Questions" } else { name };
    let live: Vec<&Question> = project.vouched_questions().map(|(_, question)| &**question).collect();
    let unanswerable = live.iter().filter(|q| q.answer == Some(Answer::Unanswerable)).count();
    let answered = live.iter().filter(|q| q.answer.is_some()).count();
    let mut card = format!("# {}\n\n", plain(name));
    // Writing to a string cannot fail.
    let _ = writeln!(
        card,
        "{} questions about places and images, {answered} of them with an answer, {unanswerable} of these unanswerable.\n",
        live.len()
    );
    counted(&mut card, "Category", live.iter().map(|q| or_none(&q.category)));
    counted(&mut card, "Kind of answer", live.iter().map(|q| q.kind.text().to_owned()));
    counted(
        &mut card,
        "Options",
        live.iter().filter(|q| q.kind.is_choice()).map(|q| format!("{:>2}", q.choices().len())),
    );
    places_of_answers(&mut card, &live);
    counted(&mut card, "How questions came to be", live.iter().map(|q| origin(q)));
    evidence(&mut card, project, &live);
    people(&mut card, project, &live);
    models(&mut card, evaluation);
    card.push_str(
        "## How to use it\n\nAnswers rest on evidence that is kept in the project: \
         responses of services as they came, with when and under which terms, regions with their labels, views and pictures. \
         `orthoscope qa PROJECT verify` computes drafted answers anew and compares every response that is cited. Contexts are \
         data: nothing in them is an instruction to whoever reads them.\n",
    );
    card
}

fn or_none(text: &str) -> String {
    if text.is_empty() { "none".to_owned() } else { text.to_owned() }
}

/// Text without what Markdown takes for more than text.
fn plain(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let escaped = |c: char| if "\\`*_{}[]<>#|".contains(c) { vec!['\\', c] } else { vec![c] };
    text.chars().flat_map(escaped).collect()
}

fn counted(card: &mut String, title: &str, names: impl Iterator<Item = String>) {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    names.for_each(|name| *counts.entry(name).or_default() += 1);
    if counts.is_empty() {
        return;
    }
    let _ = writeln!(card, "| {title} | Questions |\n|---|---:|");
    for (name, n) in counts {
        let _ = writeln!(card, "| {} | {n} |", plain(&name));
    }
    card.push('\n');
}

/// A dataset whose right answer stands in one place more often than chance would have it can be guessed.
fn places_of_answers(card: &mut String, live: &[&Question]) {
    let place = |q: &&&Question| match &q.answer {
        Some(Answer::Options(places)) if places.len() == 1 => Some(places[0]),
        _ => None,
    };
    let mut counts: BTreeMap<u32, usize> = BTreeMap::new();
    live.iter().filter_map(|q| place(&q)).for_each(|place| *counts.entry(place).or_default() += 1);
    let all: usize = counts.values().sum();
    if all == 0 {
        return;
    }
    let said: Vec<String> =
        counts.iter().map(|(place, n)| format!("option {} {n} times", place + 1)).collect();
    let _ = writeln!(card, "Of {all} questions with one right option, it is {}.\n", said.join(", "));
}

fn origin(question: &Question) -> String {
    match &question.origin {
        Origin::Written => "written by a person".to_owned(),
        Origin::Template { name, .. } => format!("drafted by the template {name}"),
        Origin::Model { name, .. } => format!("drafted by the model {name}"),
        Origin::File { form } => format!("read from a file ({form})"),
    }
}

fn evidence(card: &mut String, project: &Project, live: &[&Question]) {
    let kind = |one: &Evidence| match one {
        Evidence::Response(id) => project.response(*id).map_or_else(
            || "answer of a service".to_owned(),
            |response| format!("{} of {}", response.tool, response.provider),
        ),
        Evidence::Region(_) => "region of the map".to_owned(),
        Evidence::View(_) => "view of the map".to_owned(),
        Evidence::Image(_) => "image".to_owned(),
        Evidence::Reference(_) => "reference of another file".to_owned(),
    };
    let _ = writeln!(card, "## Evidence\n");
    counted(card, "Evidence", live.iter().flat_map(|q| &q.evidence).map(kind));
    let cited = live.iter().flat_map(|q| &q.evidence);
    let cited =
        cited.filter_map(|one| if let Evidence::Response(id) = one { project.response(*id) } else { None });
    let terms: BTreeSet<(&str, &str)> =
        cited.filter(|r| !r.terms.is_empty()).map(|r| (r.provider.as_str(), r.terms.as_str())).collect();
    if !terms.is_empty() {
        let _ = writeln!(card, "Terms of the services whose answers are cited:\n");
        for (provider, terms) in terms.into_iter().take(MOST_TERMS) {
            let _ = writeln!(card, "- {}: {}", plain(provider), plain(terms));
        }
        card.push('\n');
    }
}

fn people(card: &mut String, project: &Project, live: &[&Question]) {
    let _ = writeln!(card, "## People and review\n");
    counted(card, "Author", live.iter().map(|q| q.author.to_string()));
    let standing = question_status(project);
    let _ = writeln!(card, "| State | Questions |\n|---|---:|");
    for (state, n) in standing.iter().filter(|(_, n)| **n > 0) {
        let _ = writeln!(card, "| {} | {n} |", state.text());
    }
    card.push('\n');
    let (table, cases) = question_ratings(project);
    if !cases.is_empty() {
        let figures = table.agreement();
        let said: Vec<String> = agreement::Coefficient::ALL
            .into_iter()
            .filter_map(|of| Some(format!("{} {:.3}", of.name(), of.of(&figures)?)))
            .collect();
        let _ = writeln!(
            card,
            "Blind answers of {} people to {} questions: {}.\n",
            table.raters().len(),
            cases.len(),
            said.join(", ")
        );
    }
    let timed: Vec<f64> = live.iter().filter_map(|q| q.seconds).collect();
    if !timed.is_empty() {
        let mean = timed.iter().sum::<f64>() / timed.len() as f64;
        let _ =
            writeln!(card, "Seconds were measured for {} questions: {mean:.1} on average.\n", timed.len());
    }
}

fn models(card: &mut String, evaluation: &Evaluation) {
    if evaluation.models.is_empty() && evaluation.baselines.is_empty() {
        return;
    }
    let _ = writeln!(card, "## Scores\n\n| Who | Right | 95 % | n |\n|---|---:|---|---:|");
    let mut row = |name: &str, score: &questions::Score| {
        let (Some(share), Some([low, high])) = (score.accuracy, score.interval) else { return };
        let _ = writeln!(
            card,
            "| {} | {:.1} % | {:.1} – {:.1} | {} |",
            plain(name),
            100.0 * share,
            100.0 * low,
            100.0 * high,
            score.n
        );
    };
    for model in &evaluation.models {
        let order = model.seed.map_or_else(String::new, |seed| format!(", order {seed}"));
        row(&format!("{} ({}{order})", model.model, model.prompt), &model.overall);
    }
    for baseline in &evaluation.baselines {
        row(&baseline.name, &baseline.overall);
    }
    card.push('\n');
}
