//! Tables of labels and votes against a project.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use project::assignment::Known;
use project::review::{Outline, Stage, Verdict, Vote};
use project::{Author, ClassCode, Edit, IdSource, LayerId, Project, RegionId, Schema};

use super::class::find_class;
use super::label::{Labels, Opinion};
use super::{ImportPlan, Rejected};
use crate::{DatasetError, Table};

/// What a table of votes would do. Votes are facts and not edits: recording them does it.
#[derive(Clone, Debug)]
pub struct VotePlan {
    /// In the order of the table.
    pub votes: Vec<Vote>,
    pub accepted: usize,
    pub rejected: Vec<Rejected>,
    pub warnings: Vec<String>,
}

/// Plans `region,class[,confidence,note,seconds,author,layer]`; with a layer the label is of what that shows. `region` is an id of the project, or the id that
/// the region had in the file it came from. `author` given here wins over the column.
pub fn plan_labels(
    project: &Project,
    table: &Table,
    author: Option<&Author>,
    at_ms: Option<i64>,
    ids: &mut IdSource,
) -> Result<ImportPlan, DatasetError> {
    let schema = project.schema().ok_or(DatasetError::NoSchema)?;
    let (region, class) = (table.needed("region")?, table.needed("class")?);
    let [confidence, note, seconds, writer, layer] =
        ["confidence", "note", "seconds", "author", "layer"].map(|name| table.column(name));
    let author = author.filter(|a| !a.name().is_empty());
    if author.is_none() && writer.is_none() {
        return Err(DatasetError::NoAuthor);
    }
    let cases = Cases::new(project);
    let mut labels = Labels::new(project);
    let (mut accepted, mut rejected) = (0, Vec::new());
    for row in &table.rows {
        let taken = row.cells.clone().and_then(|cells| {
            let cell = |i: Option<usize>| i.and_then(|i| cells.get(i)).map_or("", String::as_str);
            let author = author.cloned().unwrap_or_else(|| Author::new(cell(writer)));
            if author.name().is_empty() {
                return Err("it names no author".into());
            }
            let region = cases.find(cell(Some(region)))?;
            let class = class_of(schema, cell(Some(class)))?.ok_or("it names no class")?;
            let opinion = Opinion {
                class,
                author,
                confidence: confidence_of(cell(confidence))?,
                note: cell(note).to_owned(),
                seconds: seconds_of(cell(seconds))?,
                at_ms,
                view: view_of(project, cell(layer))?,
            };
            labels.take(region, opinion, ids)
        });
        match taken {
            Ok(()) => accepted += 1,
            Err(reason) => rejected.push(Rejected::line(row.line, reason)),
        }
    }
    let mut warnings = Vec::new();
    if labels.unchanged > 0 {
        warnings.push(format!("{} labels were in the project already", labels.unchanged));
    }
    let count = labels.edits.len();
    let title =
        author.map_or_else(|| format!("Label {count} regions"), |a| format!("Label {count} regions by {a}"));
    let edit = Edit::batch(title, labels.edits);
    Ok(ImportPlan { edit, accepted, rejected, warnings, regions: 0, labels: count, relations: 0 })
}

/// Plans `case,member,stage,verdict[,class,confidence,note,seconds,outline]`; an outline is a GeoJSON geometry in the
/// project's CRS. `accept` without a class accepts the
/// class that the label has now.
pub fn plan_votes(
    project: &Project,
    table: &Table,
    at_ms: Option<i64>,
    ids: &mut IdSource,
) -> Result<VotePlan, DatasetError> {
    let schema = project.schema().ok_or(DatasetError::NoSchema)?;
    let needed =
        [table.needed("case")?, table.needed("member")?, table.needed("stage")?, table.needed("verdict")?];
    let [class, confidence, note, seconds, outline] =
        ["class", "confidence", "note", "seconds", "outline"].map(|name| table.column(name));
    let cases = Cases::new(project);
    let mut seen: HashSet<(RegionId, Author, Stage)> = HashSet::new();
    let mut plan = VotePlan { votes: Vec::new(), accepted: 0, rejected: Vec::new(), warnings: Vec::new() };
    for row in &table.rows {
        let vote = row.cells.clone().and_then(|cells| {
            let cell = |i: Option<usize>| i.and_then(|i| cells.get(i)).map_or("", String::as_str);
            let [case, member, stage, verdict] = needed.map(|i| cell(Some(i)));
            let case = cases.find(case)?;
            let member = member_of(member)?;
            let (stage, verdict) = (stage_of(stage)?, verdict_of(verdict)?);
            let class = seen_class(project, case, verdict, class_of(schema, cell(class))?)?;
            let confidence = confidence_of(cell(confidence))?;
            let (note, seconds) = (cell(note).to_owned(), seconds_of(cell(seconds))?);
            let shape = outline_of(cell(outline))?;
            let id = ids.vote();
            Ok(Vote {
                id,
                case,
                member,
                stage,
                verdict,
                class,
                confidence,
                note,
                seconds,
                at_ms,
                shape,
                seal: None,
            })
        });
        let vote = vote.and_then(|vote| {
            project.check_vote(&vote).map_err(|refused| refused.to_string())?;
            project.may_cast(&vote).map_err(|refused| refused.to_string())?;
            if !seen.insert((vote.case, vote.member.clone(), vote.stage)) {
                return Err(format!("{} votes twice on this case and stage in the file", vote.member));
            }
            if already_cast(project, &vote) {
                return Err(format!("{} has cast this vote already", vote.member));
            }
            Ok(vote)
        });
        match vote {
            Ok(vote) => plan.votes.push(vote),
            Err(reason) => plan.rejected.push(Rejected::line(row.line, reason)),
        }
    }
    plan.accepted = plan.votes.len();
    Ok(plan)
}

/// Regions by what a table calls them.
pub(super) struct Cases<'a> {
    project: &'a Project,
    by_source_id: HashMap<&'a str, Vec<RegionId>>,
}

impl<'a> Cases<'a> {
    pub(super) fn new(project: &'a Project) -> Self {
        let mut by_source_id: HashMap<&str, Vec<RegionId>> = HashMap::new();
        for (id, region) in project.regions() {
            if let Some(source_id) = &region.source_id {
                by_source_id.entry(source_id).or_default().push(*id);
            }
        }
        Self { project, by_source_id }
    }

    pub(super) fn find(&self, text: &str) -> Result<RegionId, String> {
        if text.is_empty() {
            return Err("it names no region".into());
        }
        // CRASAR's ids have the form of a UUID too, so only one that exists counts as ours.
        if let Some(id) = text.parse().ok().filter(|id| self.project.region(*id).is_some()) {
            return Ok(id);
        }
        let short: String = text.chars().take(60).collect();
        match self.by_source_id.get(text).map(Vec::as_slice) {
            Some([one]) => Ok(*one),
            Some(many) => {
                Err(format!("`{short}` is the id of {} regions; use the project's own id", many.len()))
            }
            None => Err(format!("`{short}` is not a region of the project")),
        }
    }
}

fn view_of(project: &Project, text: &str) -> Result<Option<LayerId>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let named = project.layers().iter().filter(|(id, layer)| layer.name == text || id.to_string() == text);
    match &named.map(|(id, _)| *id).collect::<Vec<_>>()[..] {
        [one] => Ok(Some(*one)),
        [] => Err(format!("`{}` is no layer of the project", text.chars().take(60).collect::<String>())),
        many => Err(format!("{} layers are called so; use the id of one", many.len())),
    }
}

fn class_of(schema: &Schema, text: &str) -> Result<Option<ClassCode>, String> {
    if text.is_empty() { Ok(None) } else { find_class(schema, &BTreeMap::new(), text).map(Some) }
}

fn confidence_of(text: &str) -> Result<Option<f64>, String> {
    number(text)?.map_or(Ok(None), |c| {
        if (0.0..=1.0).contains(&c) {
            Ok(Some(c))
        } else {
            Err(format!("its confidence {text} is not between 0 and 1"))
        }
    })
}

fn outline_of(text: &str) -> Result<Option<Arc<Outline>>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let read: ::geojson::Geometry =
        serde_json::from_str(text).map_err(|e| format!("its outline is no GeoJSON geometry: {e}"))?;
    let geometry = geo::Geometry::try_from(read).map_err(|e| format!("its outline cannot be used: {e}"))?;
    Ok(Some(Arc::new(Outline { geometry })))
}

/// Known answers: `case,class`. What cannot be read is named; a case twice counts the last time.
pub fn plan_known(project: &Project, table: &Table) -> Result<(Known, Vec<Rejected>), DatasetError> {
    let schema = project.schema().ok_or(DatasetError::NoSchema)?;
    let needed = [table.needed("case")?, table.needed("class")?];
    let cases = Cases::new(project);
    let (mut known, mut rejected) = (Known::new(), Vec::new());
    for row in &table.rows {
        let read = row.cells.clone().and_then(|cells| {
            let [case, class] = needed.map(|i| cells.get(i).map_or("", String::as_str));
            let class = class_of(schema, class)?.ok_or("it names no class")?;
            Ok((cases.find(case)?, class))
        });
        match read {
            Ok((case, class)) => drop(known.insert(case, class)),
            Err(reason) => rejected.push(Rejected::line(row.line, reason)),
        }
    }
    Ok((known, rejected))
}

fn seconds_of(text: &str) -> Result<Option<f64>, String> {
    number(text)?.map_or(Ok(None), |s| {
        if s >= 0.0 { Ok(Some(s)) } else { Err(format!("its seconds {text} are negative")) }
    })
}

fn number(text: &str) -> Result<Option<f64>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let number = text.parse().ok().filter(|n: &f64| n.is_finite());
    number.map(Some).ok_or_else(|| format!("`{}` is not a number", text.chars().take(40).collect::<String>()))
}

fn member_of(text: &str) -> Result<Author, String> {
    let member = Author::new(text);
    if member.name().is_empty() || member.is_model() {
        return Err("a vote is cast by a named member".into());
    }
    Ok(member)
}

fn stage_of(text: &str) -> Result<Stage, String> {
    match text.to_lowercase().as_str() {
        "1" | "one" | "stage_one" => Ok(Stage::One),
        "2" | "two" | "stage_two" => Ok(Stage::Two),
        "lead" => Ok(Stage::Lead),
        _ => {
            Err(format!("`{}` is not a stage; write 1, 2 or lead", text.chars().take(40).collect::<String>()))
        }
    }
}

fn verdict_of(text: &str) -> Result<Verdict, String> {
    let word = text.to_lowercase().replace([' ', '-'], "_");
    Verdict::ALL.into_iter().find(|verdict| verdict.key() == word).ok_or_else(|| {
        format!(
            "`{}` is not a verdict; write {}",
            text.chars().take(40).collect::<String>(),
            Verdict::ALL.map(Verdict::key).join(", ")
        )
    })
}

fn seen_class(
    project: &Project,
    case: RegionId,
    verdict: Verdict,
    stated: Option<ClassCode>,
) -> Result<Option<ClassCode>, String> {
    let current = || project.label_of(case).map(|(_, label)| label.class.clone());
    match verdict {
        Verdict::Accept => match stated.or_else(current) {
            Some(class) => Ok(Some(class)),
            None => Err("there is no label to accept".into()),
        },
        Verdict::Edit if stated.is_none() => Err("an edit needs the class that is right".into()),
        Verdict::Edit | Verdict::Reject => Ok(stated),
        Verdict::Abstain | Verdict::Undetermined | Verdict::BadImagery => Ok(None),
    }
}

fn already_cast(project: &Project, vote: &Vote) -> bool {
    let same = |old: &&Vote| old.member == vote.member && old.stage == vote.stage;
    project.votes_on(vote.case).filter(same).last().is_some_and(|old| {
        (old.verdict, &old.class, old.confidence, &old.note, &old.shape)
            == (vote.verdict, &vote.class, vote.confidence, &vote.note, &vote.shape)
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use project::{Change, GeometrySource, Region};

    use super::*;
    use crate::testing::{ids, layer, project};
    use crate::{Limits, parse_table};

    /// Regions with the source ids `a`, `b`, `twin`, `twin`; `a` is labelled `destroyed` by ann.
    fn regions() -> (Project, RegionId) {
        let (mut project, _) = project(&layer());
        let mut ids = ids();
        let mut first = None;
        for (i, source_id) in ["a", "b", "twin", "twin"].iter().enumerate() {
            let id = ids.region();
            first.get_or_insert(id);
            let region = Region {
                geometry: geo::Point::new(i as f64, 0.0).into(),
                layer: None,
                source: GeometrySource::custom(),
                source_id: Some((*source_id).to_owned()),
                attributes: BTreeMap::new(),
            };
            project.apply(&Edit::Region(Change::create(id, Arc::new(region)))).expect("applies");
        }
        let plan = labels(&project, "region,class\na,destroyed\n");
        project.apply(&plan.edit).expect("applies");
        (project, first.expect("some"))
    }

    fn table(text: &str) -> Table {
        parse_table(text.as_bytes(), &Limits::default()).expect("a table")
    }

    fn labels(project: &Project, text: &str) -> ImportPlan {
        plan_labels(project, &table(text), Some(&Author::new("ann")), Some(5), &mut ids()).expect("plans")
    }

    fn votes(project: &Project, text: &str) -> VotePlan {
        plan_votes(project, &table(text), Some(5), &mut ids()).expect("plans")
    }

    fn lines(rejected: &[Rejected]) -> Vec<String> {
        rejected.iter().map(|r| format!("{:?} {}", r.at, r.reason)).collect()
    }

    #[test]
    fn a_table_of_labels_changes_labels_and_says_which_lines_it_cannot_use() {
        let (mut project, a) = regions();
        let text = format!(
            "region,class,confidence,note,seconds\n{a},no-damage,0.5,hm,3\nb,obscured,,,\nzz,destroyed,,,\n\
             b,destroyed,,,\ntwin,destroyed,,,\nb,,,,\nb,melted,,,\n{a},destroyed,7,,\n,destroyed,,,\n{a},destroyed,x,,\n"
        );
        let plan = labels(&project, &text);
        assert_eq!((plan.accepted, plan.labels), (2, 2));
        assert_eq!(
            lines(&plan.rejected),
            [
                "Line(4) `zz` is not a region of the project",
                "Line(5) ann labels this region twice in the file",
                "Line(6) `twin` is the id of 2 regions; use the project's own id",
                "Line(7) it names no class",
                "Line(8) `melted` is not a class of Joint Damage Scale",
                "Line(9) its confidence 7 is not between 0 and 1",
                "Line(10) it names no region",
                "Line(11) `x` is not a number",
            ]
        );
        project.apply(&plan.edit).expect("applies");
        let (_, label) = project.label_of(a).expect("labelled");
        assert_eq!(
            (label.class.as_str(), label.confidence, label.seconds),
            ("no damage", Some(0.5), Some(3.0))
        );
        assert_eq!(project.labels().len(), 2, "a changed label is one label");
        assert!(labels(&project, "region,class\nb,obscured\n").is_empty());
    }

    #[test]
    fn a_table_of_votes_is_checked_line_by_line() {
        let (mut project, a) = regions();
        let plan = votes(
            &project,
            "case,member,stage,verdict,class,confidence,note\na,bob,1,accept,,,\na,bob,1,reject,,,\na,cy,two,edit,minor damage,0.9,roof\n\
             b,bob,1,accept,,,\na,dee,1,edit,,,\na,dee,3,accept,,,\na,dee,1,maybe,,,\na,,1,accept,,,\na,model:x,1,accept,,,\na,dee,2,abstain,,,\n",
        );
        let kept: Vec<_> = plan
            .votes
            .iter()
            .map(|v| (v.case, v.member.name(), v.stage, v.verdict, v.class.as_ref().map(ClassCode::as_str)))
            .collect();
        assert_eq!(
            kept,
            [
                (a, "bob", Stage::One, Verdict::Accept, Some("destroyed")),
                (a, "cy", Stage::Two, Verdict::Edit, Some("minor damage")),
                (a, "dee", Stage::Two, Verdict::Abstain, None),
            ]
        );
        assert_eq!(
            lines(&plan.rejected),
            [
                "Line(3) bob votes twice on this case and stage in the file",
                "Line(5) there is no label to accept",
                "Line(6) an edit needs the class that is right",
                "Line(7) `3` is not a stage; write 1, 2 or lead",
                "Line(8) `maybe` is not a verdict; write accept, edit, reject, abstain, undetermined, bad_imagery",
                "Line(9) a vote is cast by a named member",
                "Line(10) a vote is cast by a named member",
            ]
        );
        for vote in &plan.votes {
            project.record_vote(vote.clone()).expect("recorded");
        }
        let again = votes(&project, "case,member,stage,verdict\na,bob,1,accept\na,bob,2,accept\n");
        assert_eq!((again.accepted, again.rejected.len()), (1, 1));
    }

    #[test]
    fn a_table_without_its_columns_or_author_is_refused() {
        let (project, _) = regions();
        let error =
            plan_votes(&project, &table("case,member,class\n"), None, &mut ids()).expect_err("refused");
        assert!(error.to_string().contains("`stage`") && error.hint().is_some(), "{error}");
        let error =
            plan_labels(&project, &table("region,class\n"), None, None, &mut ids()).expect_err("refused");
        assert!(matches!(error, DatasetError::NoAuthor));
        let plan =
            plan_labels(&project, &table("region,class,author\nb,destroyed,eve\n"), None, None, &mut ids());
        assert_eq!(plan.expect("plans").labels, 1);
    }
}
