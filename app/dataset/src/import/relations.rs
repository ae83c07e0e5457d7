//! Relations of imported shapes: a shape says how it stands to others, by the ids that they have in the file.

use std::collections::{BTreeMap, HashMap, HashSet};

use project::{
    AttributeValue, Author, Change, Edit, IdSource, PredicateCode, Project, RegionId, Relation, RelationId,
};
use serde_json::Value;

use super::table::Cases;
use super::{ImportPlan, Rejected};
use crate::{DatasetError, Table};

/// The property that holds them.
const PROPERTY: &str = "relations";

/// How a shape stands to another, as its file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Said {
    predicate: String,
    to: String,
    author: Option<String>,
}

/// Takes what a shape says of others out of its properties; leaves a property of that name which is something else.
pub(super) fn take(properties: &mut BTreeMap<String, AttributeValue>) -> Vec<Said> {
    let Some(AttributeValue::Json(Value::Array(list))) = properties.get(PROPERTY) else { return Vec::new() };
    let said = |one: &Value| {
        let text = |key: &str| one.get(key).and_then(Value::as_str).map(str::to_owned);
        Some(Said { predicate: text("predicate")?, to: text("to")?, author: text("author") })
    };
    let all: Option<Vec<Said>> = list.iter().map(said).collect();
    let Some(all) = all else { return Vec::new() };
    properties.remove(PROPERTY);
    all
}

/// Collects the relations of an import: both ends are known only when every shape was taken.
#[derive(Default)]
pub(super) struct Relations {
    by_file_id: HashMap<String, RegionId>,
    said: Vec<(RegionId, Said)>,
}

/// What became of them.
#[derive(Default)]
pub(super) struct Related {
    pub(super) edits: Vec<Edit>,
    pub(super) warnings: Vec<String>,
}

impl Relations {
    /// Which region a shape of the file became, and what it says of others.
    pub(super) fn note(&mut self, file_id: Option<String>, region: RegionId, said: Vec<Said>) {
        if let Some(id) = file_id {
            self.by_file_id.insert(id, region);
        }
        self.said.extend(said.into_iter().map(|one| (region, one)));
    }

    /// The edits that say the same of the regions.
    pub(super) fn finish(
        self,
        project: &Project,
        author: Option<&Author>,
        at_ms: Option<i64>,
        ids: &mut IdSource,
    ) -> Related {
        let mut related = Related::default();
        let (mut nowhere, mut nobody, mut models, mut held) = (0_usize, 0_usize, 0_usize, 0_usize);
        let mut unknown: BTreeMap<String, usize> = BTreeMap::new();
        let mut seen: HashSet<(RegionId, RegionId, PredicateCode)> = HashSet::new();
        for (from, said) in &self.said {
            let own = || said.to.parse::<RegionId>().ok().filter(|id| project.region(*id).is_some());
            let Some(to) = self.by_file_id.get(&said.to).copied().or_else(own).filter(|to| to != from) else {
                nowhere += 1;
                continue;
            };
            let Some(known) = project.schema().and_then(|schema| schema.find_predicate(&said.predicate))
            else {
                *unknown.entry(said.predicate.clone()).or_default() += 1;
                continue;
            };
            let named = said.author.as_deref().map(Author::new).or_else(|| author.cloned());
            let author = match named {
                Some(author) if author.is_model() => {
                    models += 1;
                    continue;
                }
                Some(author) if !author.name().is_empty() => author,
                _ => {
                    nobody += 1;
                    continue;
                }
            };
            let relation = Relation { from: *from, to, predicate: known.code.clone(), author, at_ms };
            let is_new = seen.insert((*from, to, known.code.clone()));
            if !is_new || project.relations_of(*from).any(|(_, other)| other.says_the_same(&relation)) {
                held += 1;
                continue;
            }
            let id: RelationId = ids.relation();
            related.edits.push(Edit::Relation(Change::create(id, relation)));
        }
        let mut warn = |count: usize, what: &str| {
            if count > 0 {
                related.warnings.push(format!("{count} relations {what}"));
            }
        };
        warn(nowhere, "lead to a shape that was not taken and were left out");
        warn(nobody, "have no author and were left out");
        warn(models, "are a model's and were left out: a relation is said by a person");
        warn(held, "were there already");
        for (word, count) in unknown.iter().take(20) {
            warn(
                *count,
                &format!("are `{word}`, which the classes of the project do not have, and were left out"),
            );
        }
        related
    }
}

/// Plans `from,predicate,to[,author]`: relations that are made, or with `remove` taken away. Regions go by an id of the
/// project, or the id that they had in the file they came from. `author` given here wins over the column.
pub fn plan_relations(
    project: &Project,
    table: &Table,
    author: Option<&Author>,
    at_ms: Option<i64>,
    remove: bool,
    ids: &mut IdSource,
) -> Result<ImportPlan, DatasetError> {
    let schema = project.schema().ok_or(DatasetError::NoSchema)?;
    let needed = [table.needed("from")?, table.needed("predicate")?, table.needed("to")?];
    let writer = table.column("author");
    let author = author.filter(|a| !a.name().is_empty());
    if author.is_none() && writer.is_none() && !remove {
        return Err(DatasetError::NoAuthor);
    }
    let cases = Cases::new(project);
    let mut seen: HashSet<(RegionId, RegionId, PredicateCode)> = HashSet::new();
    let (mut edits, mut rejected) = (Vec::new(), Vec::new());
    for row in &table.rows {
        let edit = row.cells.clone().and_then(|cells| {
            let cell = |i: Option<usize>| i.and_then(|i| cells.get(i)).map_or("", String::as_str);
            let [from, predicate, to] = needed.map(|i| cell(Some(i)));
            let (from, to) = (cases.find(from)?, cases.find(to)?);
            let known = schema.find_predicate(predicate);
            let short: String = predicate.chars().take(60).collect();
            let known = known.ok_or_else(|| {
                format!("`{short}` is not a relation of {}; `orthoscope schema --to` adds it", schema.name)
            })?;
            let author = author.cloned().unwrap_or_else(|| Author::new(cell(writer)));
            let predicate = known.code.clone();
            if !seen.insert((from, to, predicate.clone())) {
                return Err("the file says so twice".to_owned());
            }
            let relation = Relation { from, to, predicate, author, at_ms };
            let held = project.relations_of(from).find(|(_, other)| other.says_the_same(&relation));
            match (held, remove) {
                (Some((id, held)), true) => Ok(Edit::Relation(Change::delete(id, held.clone()))),
                (None, true) => Err("nobody has said so".to_owned()),
                (Some(_), false) => Err("the project says so already".to_owned()),
                (None, false) => {
                    let edit = Edit::Relation(Change::create(ids.relation(), relation));
                    project.trial(&edit).map_err(|refused| refused.to_string())?;
                    Ok(edit)
                }
            }
        });
        match edit {
            Ok(edit) => edits.push(edit),
            Err(reason) => rejected.push(Rejected::line(row.line, reason)),
        }
    }
    let count = edits.len();
    let title =
        if remove { format!("Remove {count} relations") } else { format!("Relate {count} pairs of regions") };
    let (regions, labels, warnings) = (0, 0, Vec::new());
    let edit = Edit::batch(title, edits);
    Ok(ImportPlan { edit, accepted: count, rejected, warnings, regions, labels, relations: count })
}
