//! What is known of the questions of a project and of the models that answered them, as one page.

use std::collections::BTreeMap;

use paper::{Block, Document, PaperError, Section};
use project::Project;
use project::question::{QuestionKind, question_ratings, question_status};
use questions::{Evaluation, ModelScore, Part, Score};

use crate::draw::{Grid, ON_PAPER, grid, number, percent};
use crate::html;
use crate::sections::{paragraph, section, table, term, told};

/// Writes the page. The same project gives the same bytes.
pub fn questions_html(name: &str, project: &Project, evaluation: &Evaluation) -> String {
    html::page(&document(name, project, evaluation))
}

/// Writes the same on pages of A4, as PDF; fonts in TrueType or OpenType, the first is for words, the last for headings.
pub fn questions_pdf(
    name: &str,
    project: &Project,
    evaluation: &Evaluation,
    fonts: &[&'static [u8]],
) -> Result<Vec<u8>, PaperError> {
    paper::pdf(&document(name, project, evaluation), fonts)
}

fn document(name: &str, project: &Project, evaluation: &Evaluation) -> Document {
    let name = if name.is_empty() { "Questions" } else { name };
    let live = project.vouched_questions().count();
    let lead = format!(
        "{live} questions, {} of them with an answer and {} of these unanswerable; {} ways of asking {} \
         models.",
        evaluation.questions,
        evaluation.unanswerable,
        evaluation.models.len(),
        names(evaluation).len(),
    );
    let sections = vec![
        kinds(project),
        standing(project),
        agreement(project),
        models(evaluation),
        categories(evaluation),
        parts(evaluation, "By kind of answer", |model| &model.by_kind),
        parts(evaluation, "By number of options", |model| &model.by_options),
        spreads(evaluation),
        baselines(evaluation),
        speed(project),
        methods(),
    ];
    Document { title: format!("Questions of {name}"), lead, style: ON_PAPER, sections }
}

fn names(evaluation: &Evaluation) -> std::collections::BTreeSet<&str> {
    evaluation.models.iter().map(|model| model.model.as_str()).collect()
}

/// A model with the way in which it was asked.
fn way(model: &ModelScore) -> String {
    match model.seed {
        Some(seed) => format!("{} · {} · order {seed}", model.model, model.prompt),
        None => format!("{} · {}", model.model, model.prompt),
    }
}

fn share(score: &Score) -> String {
    match (score.accuracy, score.interval) {
        (Some(share), Some([low, high])) => {
            format!("{} ({} – {})", percent(share), number(100.0 * low, 1), number(100.0 * high, 1))
        }
        _ => "–".to_owned(),
    }
}

fn kinds(project: &Project) -> Section {
    let mut counts: BTreeMap<(&str, QuestionKind), usize> = BTreeMap::new();
    for (_, question) in project.vouched_questions() {
        *counts.entry((question.category.as_str(), question.kind)).or_default() += 1;
    }
    let mut categories: Vec<&str> = counts.keys().map(|(category, _)| *category).collect();
    categories.dedup();
    let used: Vec<QuestionKind> =
        QuestionKind::ALL.into_iter().filter(|kind| counts.keys().any(|(_, k)| k == kind)).collect();
    let row = |category: &&str| {
        let cell =
            |kind: &QuestionKind| counts.get(&(*category, *kind)).map_or(String::new(), ToString::to_string);
        let name = if category.is_empty() { "none" } else { category };
        std::iter::once(name.to_owned()).chain(used.iter().map(cell)).collect()
    };
    let rows: Vec<Vec<String>> = categories.iter().map(row).collect();
    let head: Vec<&str> = std::iter::once("Category").chain(used.iter().map(|kind| kind.text())).collect();
    section("What is asked", table(&head, rows).into_iter().collect())
}

fn standing(project: &Project) -> Section {
    let rows: Vec<Vec<String>> = question_status(project)
        .iter()
        .filter(|(_, n)| **n > 0)
        .map(|(state, n)| vec![state.text().to_owned(), n.to_string()])
        .collect();
    section("Where the questions stand", table(&["State", "Questions"], rows).into_iter().collect())
}

fn agreement(project: &Project) -> Section {
    let (ratings, cases) = question_ratings(project);
    if cases.is_empty() {
        return section("Agreement", Vec::new());
    }
    let figures = ratings.agreement();
    let of = agreement::Coefficient::ALL.into_iter().filter_map(|of| {
        let value = of.of(&figures)?;
        let is_percent = of == agreement::Coefficient::Percent;
        Some(vec![of.name().to_owned(), if is_percent { percent(value / 100.0) } else { number(value, 3) }])
    });
    let rows: Vec<Vec<String>> = of.collect();
    let words = format!(
        "Blind answers of {} people to {} questions for one of several options or of yes or no; categories are the \
         places of options, “unanswerable” and “ambiguous”.",
        ratings.raters().len(),
        cases.len()
    );
    let blocks = table(&["", "Value"], rows).into_iter().chain([paragraph(&words)]);
    section("Agreement", blocks.collect())
}

fn models(evaluation: &Evaluation) -> Section {
    if evaluation.models.is_empty() {
        return section("Models", vec![paragraph("No model has answered yet.")]);
    }
    let row = |model: &ModelScore| {
        vec![
            way(model),
            model.overall.n.to_string(),
            share(&model.overall),
            share(&model.answerable),
            share(&model.unanswerable),
            model.overall.invalid.to_string(),
            model.stale.to_string(),
            model.missing.to_string(),
            if model.tokens > 0 { model.tokens.to_string() } else { "–".to_owned() },
        ]
    };
    let rows: Vec<Vec<String>> = evaluation.models.iter().map(row).collect();
    let head =
        ["Model", "n", "Right", "Answerable", "Unanswerable", "Not readable", "Stale", "No reply", "Tokens"];
    let words = "Replies that are not readable count as wrong. Stale ones are to a question that was changed since; they \
                 and missing ones are in no number.";
    section("Models", told(&head, rows, words))
}

fn categories(evaluation: &Evaluation) -> Section {
    let columns: std::collections::BTreeSet<&str> =
        evaluation.models.iter().flat_map(|m| m.by_category.iter().map(|part| part.name.as_str())).collect();
    if columns.is_empty() {
        return section("Models by category", Vec::new());
    }
    let cell = |model: &ModelScore, column: &str| {
        let part = model.by_category.iter().find(|part| part.name == column)?;
        Some((part.score.accuracy?, part.score.n))
    };
    let cells =
        evaluation.models.iter().flat_map(|model| columns.iter().map(move |column| cell(model, column)));
    let map = Grid {
        title: "Share of right answers by model and category",
        rows: evaluation.models.iter().map(way).collect(),
        columns: columns.iter().map(|column| (*column).to_owned()).collect(),
        cells: cells.collect(),
    };
    section("Models by category", vec![Block::Drawing(grid(&map))])
}

fn parts(evaluation: &Evaluation, title: &str, of: impl Fn(&ModelScore) -> &[Part]) -> Section {
    let columns: std::collections::BTreeSet<&str> =
        evaluation.models.iter().flat_map(|model| of(model).iter().map(|part| part.name.as_str())).collect();
    if columns.len() < 2 {
        return section(title, Vec::new());
    }
    let cell = |model: &ModelScore, column: &str| {
        let part = of(model).iter().find(|part| part.name == column);
        part.map_or_else(|| "–".to_owned(), |part| format!("{}, n {}", share(&part.score), part.score.n))
    };
    let row = |model: &ModelScore| {
        std::iter::once(way(model)).chain(columns.iter().map(|column| cell(model, column))).collect()
    };
    let rows: Vec<Vec<String>> = evaluation.models.iter().map(row).collect();
    let head: Vec<&str> = std::iter::once("Model").chain(columns.iter().copied()).collect();
    section(title, table(&head, rows).into_iter().collect())
}

fn spreads(evaluation: &Evaluation) -> Section {
    let rows: Vec<Vec<String>> = evaluation
        .spreads
        .iter()
        .map(|spread| {
            vec![
                spread.model.clone(),
                spread.ways.to_string(),
                spread.n.to_string(),
                format!("{} – {}", percent(spread.lowest), percent(spread.highest)),
                percent(spread.mean),
                number(100.0 * spread.deviation, 2),
                percent(spread.turned),
            ]
        })
        .collect();
    let head = ["Model", "Ways", "Questions", "Range", "Mean", "Deviation (points)", "Turned"];
    let words =
        "Over the questions that were asked in every way. Turned: right in one way and not in another.";
    section("How much the way of asking matters", told(&head, rows, words))
}

fn baselines(evaluation: &Evaluation) -> Section {
    let rows: Vec<Vec<String>> = evaluation
        .baselines
        .iter()
        .map(|one| {
            let of = |score: &Score| format!("{} of {}, {}", score.right, score.n, share(score));
            vec![one.name.clone(), of(&one.overall), of(&one.answerable)]
        })
        .collect();
    section("Without reading", table(&["Answer", "All", "Answerable"], rows).into_iter().collect())
}

fn speed(project: &Project) -> Section {
    let pace = questions::pace(project);
    let row = |name: &str, seconds: Option<questions::Seconds>| {
        let of = seconds?;
        Some(vec![name.to_owned(), of.n.to_string(), number(of.mean, 1), number(of.median, 1)])
    };
    let rows: Vec<Vec<String>> = [row("By hand", pace.by_hand), row("With the program", pace.with_tool)]
        .into_iter()
        .flatten()
        .collect();
    let words = match (pace.ratio, pace.interval) {
        (Some(ratio), Some([low, high])) => format!(
            "By hand takes {} times as long ({} – {}, 95 % by resampling).",
            number(ratio, 2),
            number(low, 2),
            number(high, 2)
        ),
        (Some(ratio), None) => {
            format!("By hand takes {} times as long; of so few, no interval can be given.", number(ratio, 2))
        }
        _ => "Questions were timed one way only, so that nothing can be compared.".to_owned(),
    };
    let head = ["How", "Questions", "Seconds on average", "Median"];
    section("How long questions take", told(&head, rows, &words))
}

fn methods() -> Section {
    let terms = METHODS.into_iter().map(|(name, about)| term(name, about, None)).collect();
    section("Methods", vec![Block::Terms(terms)])
}

const METHODS: [(&str, &str); 3] = [
    ("Intervals", "95 %, Wilson’s score interval without continuity correction."),
    (
        "Reading replies",
        "The last JSON object with an answer; else what follows “answer is” or stands in a box; else the number or letter \
         at the beginning; else the words of the one option that stands in the reply. What could be two answers is none.",
    ),
    (
        "Right",
        "The same options; a number within the question’s tolerance; a place within its tolerance in metres; the same \
         words whatever their case.",
    ),
];
