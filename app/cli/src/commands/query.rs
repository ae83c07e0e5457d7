//! `query`: which regions a condition holds for, what they are, and what they sum up to.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use picture::likeness;
use project::{Author, Project, RegionId, keep_list_edit};
use query::{
    Asker, Cell, Column, Condition, Facts, Needs, Order, Query, Row, Sums, Vocabulary, edited_at, sums,
};
use serde_json::{Map, Value, json};
use store::{OpenMode, Store};

use crate::args::QueryArgs;
use crate::failure::Failure;
use crate::output::{Output, note};
use crate::workspace;

/// What is told of each region where nobody names columns.
const USUAL: [Column; 6] =
    [Column::Id, Column::Class, Column::Area, Column::Author, Column::Confidence, Column::State];

/// Regions that a condition holds for.
pub(crate) struct Found {
    pub(crate) facts: Facts,
    /// Places among the facts.
    pub(crate) rows: Vec<u32>,
    /// The condition in the one way to write it.
    pub(crate) text: String,
}

impl Found {
    pub(crate) fn regions(&self) -> impl Iterator<Item = RegionId> {
        self.rows.iter().map(|at| self.facts.rows()[*at as usize].id)
    }
}

pub(crate) fn run(args: &QueryArgs, output: &Output) -> anyhow::Result<()> {
    let words = words(args)?;
    if args.relations {
        return relations(args, &words, output);
    }
    let columns: Vec<Column> = if args.columns.is_empty() {
        USUAL.to_vec()
    } else {
        args.columns.iter().map(|c| Column::of(c)).collect()
    };
    let order =
        args.sort.as_deref().map(|column| Order { column: Column::of(column), descending: args.descending });
    let shown = columns.iter().chain(order.iter().map(|order| &order.column));
    let measures = shown.into_iter().any(|c| matches!(c, Column::Area | Column::Perimeter));
    let edits = columns.iter().chain(order.iter().map(|o| &o.column)).any(|c| *c == Column::Edited);
    let mut found = find(&args.project, &words, args.author.as_deref(), Needs { measures, edits })?;
    if let Some(order) = order {
        order.sort(&found.facts, &mut found.rows, |at| at);
    }
    if let Some(id) = &args.like {
        by_likeness(args, id, &mut found)?;
    }
    if let Some(name) = &args.keep {
        // In a list, `me` stays whoever looks at it.
        keep(args, name, &Query::parse(&words)?.to_string())?;
    }
    let all = found.rows.len();
    let sums = sums(&found.facts, &found.rows);
    found.rows.truncate(args.limit.unwrap_or(usize::MAX));
    output.result(&value(&found, &columns, all, &sums, measures), || {
        if args.csv {
            return csv(&found, &columns);
        }
        let of = found.facts.rows().len();
        format!("{}{all} of {of} regions", csv_if_any(&found, &columns))
    })
}

/// The words that were given, or those of a list that the project keeps.
fn words(args: &QueryArgs) -> anyhow::Result<String> {
    match (&args.words, &args.list) {
        (Some(words), None) => Ok(words.clone()),
        (None, Some(name)) => list(&workspace::load(&args.project)?, name),
        (None, None) if args.relations => Ok("related".to_owned()),
        // Every region has some.
        (None, None) if args.like.is_some() => Ok("corners >= 0".to_owned()),
        _ => Err(Failure::because(
            "There is nothing to look for",
            "give a condition such as 'class = destroyed', or --list NAME",
        )),
    }
}

fn list(project: &Project, name: &str) -> anyhow::Result<String> {
    let lists = &project.settings().lists;
    let found = lists.iter().find(|list| list.name == name).map(|list| list.query.clone());
    found.ok_or_else(|| {
        let names: Vec<&str> = lists.iter().map(|list| list.name.as_str()).collect();
        let hint = match &names[..] {
            [] => "the project keeps none; --keep NAME keeps one".to_owned(),
            names => format!("it keeps {}", names.join(", ")),
        };
        Failure::because(format!("The project keeps no list `{name}`"), hint)
    })
}

/// Which regions of a project a condition holds for; what is wrong with it is shown under its characters.
pub(crate) fn find(path: &Path, words: &str, author: Option<&str>, needs: Needs) -> anyhow::Result<Found> {
    let (_, loaded) = Store::open(path, OpenMode::ReadOnly)?;
    let asker = Asker::new(&Author::new(author.unwrap_or_default()));
    let explain = |error: query::QueryError| {
        let what = format!("{}\n{}", error.message, error.pointed(words));
        let hint =
            if error.hint.is_empty() { "docs/table.md says what can be asked".into() } else { error.hint };
        Failure::because(what, hint)
    };
    let query = Query::parse(words).map_err(explain)?;
    let vocabulary = Vocabulary::of(&loaded.project);
    let condition = Condition::new(&query, &vocabulary, &asker).map_err(explain)?;
    let needs = needs.and(condition.needs());
    let mut facts = Facts::of(&loaded.project, needs);
    if needs.edits {
        facts = facts.with_edits(Arc::new(edited_at(&loaded.history)));
    }
    let rows = condition.rows(&facts);
    Ok(Found { facts, rows, text: query.naming(&asker).to_string() })
}

/// Puts what was found into the order of how much it looks like one region; what no layer shows comes last.
fn by_likeness(args: &QueryArgs, id: &str, found: &mut Found) -> anyhow::Result<()> {
    let of: Option<RegionId> = id.parse().ok();
    let rows = found.facts.rows();
    let one = of.and_then(|of| rows.iter().find(|row| row.id == of)).ok_or_else(|| {
        Failure::because(format!("There is no region `{id}`"), "`orthoscope query` lists the id of each")
    })?;
    let (_, mut layers) = workspace::open_with_layers(&args.project)?;
    layers.reverse();
    let appearance = |row: &Row| anyhow::Ok(likeness::appearance(&layers, &row.region.geometry)?);
    let to = appearance(one)?.ok_or_else(|| {
        Failure::because("No layer shows this region", "add the imagery that it lies on: orthoscope add")
    })?;
    let mut order = Vec::with_capacity(found.rows.len());
    for at in &found.rows {
        let row = &rows[*at as usize];
        let distance = appearance(row)?.map_or(u32::MAX, |other| to.distance(&other));
        order.push((row.id != one.id, distance, *at));
    }
    order.sort_unstable();
    found.rows = order.into_iter().map(|(_, _, at)| at).collect();
    Ok(())
}

fn keep(args: &QueryArgs, name: &str, text: &str) -> anyhow::Result<()> {
    let Some(author) = &args.author else {
        return Err(Failure::because("Nobody keeps this list", "say who you are with --author NAME"));
    };
    let mut session = workspace::edit(&args.project, author)?;
    match keep_list_edit(session.project(), name, text) {
        Some(edit) => {
            session.edit(&Author::new(author), workspace::now_ms(), edit)?;
        }
        None => note(&format!("the list `{name}` is kept so already")),
    }
    Ok(session.close()?)
}

fn value(found: &Found, columns: &[Column], all: usize, sums: &Sums, measured: bool) -> Value {
    let regions: Vec<Value> = rows(found).map(|row| Value::Object(object(found, row, columns))).collect();
    let by_class: Vec<Value> = sums
        .classes
        .iter()
        .map(|sum| {
            let area = measured.then_some(sum.area_m2);
            json!({ "class": sum.class, "regions": sum.regions, "area_m2": area, "confidence": sum.confidence })
        })
        .collect();
    json!({
        "query": found.text,
        "found": all,
        "of": found.facts.rows().len(),
        "area_m2": measured.then_some(sums.area_m2),
        "by_class": by_class,
        "view_disagreement": sums.view_disagreement,
        "regions": regions,
    })
}

fn rows(found: &Found) -> impl Iterator<Item = &Row> {
    found.rows.iter().map(|at| &found.facts.rows()[*at as usize])
}

fn object(found: &Found, row: &Row, columns: &[Column]) -> Map<String, Value> {
    let cell = |column: &Column| match column.cell(&found.facts, row) {
        Cell::Nothing => Value::Null,
        Cell::Text(text) => json!(text),
        Cell::Number(n) => json!(n),
        Cell::Time(ms) => json!(ms),
        Cell::Flag(yes) => json!(yes),
    };
    columns.iter().map(|column| (column.key().to_owned(), cell(column))).collect()
}

fn csv_if_any(found: &Found, columns: &[Column]) -> String {
    if found.rows.is_empty() { String::new() } else { csv(found, columns) }
}

fn csv(found: &Found, columns: &[Column]) -> String {
    let mut text = query::csv_line(columns.iter().map(|c| Cell::Text(c.key().to_owned())));
    for row in rows(found) {
        // Writing to a string cannot fail.
        let _ = write!(text, "{}", query::csv_line(columns.iter().map(|c| c.cell(&found.facts, row))));
    }
    text
}

/// The relations at one of whose ends a found region is, in the order in which they were made.
fn relations(args: &QueryArgs, words: &str, output: &Output) -> anyhow::Result<()> {
    let found = find(&args.project, words, args.author.as_deref(), Needs::default())?;
    let regions: std::collections::HashSet<RegionId> = found.regions().collect();
    let project = found.facts.project();
    let all = project.relations().values();
    let meant: Vec<_> = all.filter(|r| regions.contains(&r.from) || regions.contains(&r.to)).collect();
    let shown = &meant[..meant.len().min(args.limit.unwrap_or(usize::MAX))];
    let class =
        |id: RegionId| found.facts.place(id).and_then(|at| found.facts.class(&found.facts.rows()[at]));
    let value = |r: &&std::sync::Arc<project::Relation>| {
        json!({
            "from": r.from, "from_class": class(r.from), "predicate": r.predicate, "to": r.to,
            "to_class": class(r.to), "author": r.author, "misfit": project.is_misfit(r),
        })
    };
    let mut by_predicate: std::collections::BTreeMap<&str, usize> = std::collections::BTreeMap::new();
    for relation in &meant {
        *by_predicate.entry(relation.predicate.as_str()).or_default() += 1;
    }
    let result = json!({
        "query": found.text, "found": meant.len(), "by_predicate": by_predicate,
        "relations": shown.iter().map(value).collect::<Vec<_>>(),
    });
    output.result(&result, || {
        let head = ["from", "from_class", "predicate", "to", "to_class", "author"];
        let cell = |text: &str| Cell::Text(text.to_owned());
        let mut text = query::csv_line(head.into_iter().map(cell));
        for r in shown {
            let of = |id: RegionId| class(id).map_or(Cell::Nothing, |code| cell(code.as_str()));
            let cells = [
                Cell::Text(r.from.to_string()),
                of(r.from),
                cell(r.predicate.as_str()),
                Cell::Text(r.to.to_string()),
                of(r.to),
                cell(r.author.name()),
            ];
            text.push_str(&query::csv_line(cells.into_iter()));
        }
        if args.csv { text } else { format!("{text}{} relations", meant.len()) }
    })
}
