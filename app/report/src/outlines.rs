//! How far outlines of one object by different members lie apart: each time somebody else drew an object anew, what
//! was there before beside what is there after; and the outlines that reviewers sent along with their verdicts, beside the
//! region's. Of a committee that is still voting there is none.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use agreement::shapes::{ShapeAgreement, compare};
use geo::{BoundingRect as _, Geometry};
use project::{Author, Change, Edit, History, Project, Region, RegionId, What};
use serde::Serialize;

/// How far from an outline its edge reaches, as a share of the diagonal of the object's box.
const EDGE: f64 = 0.02;
/// Pairs that are compared at most, the newest first: a report takes seconds.
const MOST: usize = 5000;
/// The pairs that differ most, which are told one by one.
const LISTED: usize = 15;

/// One object as two members drew it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OutlinePair {
    pub region: String,
    pub before: String,
    pub after: String,
    #[serde(flatten)]
    pub agreement: ShapeAgreement,
}

/// Outlines that a second member drew anew.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Outlines {
    /// Times that somebody changed another member's outline, or sent one of their own along with a verdict.
    pub pairs: usize,
    /// Of these, how many are compared.
    pub compared: usize,
    pub median_iou: Option<f64>,
    pub median_boundary_iou: Option<f64>,
    /// In the units of the project's CRS.
    pub median_hausdorff: Option<f64>,
    /// Those with the smallest IoU.
    pub worst: Vec<OutlinePair>,
}

struct Redrawn<'a> {
    region: RegionId,
    before: (&'a Author, &'a Geometry<f64>),
    after: (&'a Author, &'a Geometry<f64>),
}

/// Every pair of outlines of one object by two members, in the order in which they came to be, and how they agree; the
/// newest are compared, at most 5,000.
pub fn outline_pairs(project: &Project, history: &History) -> Vec<OutlinePair> {
    let (redrawn, _) = all(project, history);
    let first = redrawn.len().saturating_sub(MOST);
    redrawn[first..].iter().map(pair).collect()
}

/// What was drawn anew, then what reviewers sent along.
fn all<'a>(project: &'a Project, history: &'a History) -> (Vec<Redrawn<'a>>, HashMap<RegionId, &'a Author>) {
    let (mut pairs, drawn_by) = redrawn(history);
    // Nobody in particular sees nothing of a committee that is still voting.
    let nobody = Author::new("");
    let mut sent: Vec<Redrawn<'a>> = Vec::new();
    let cases: BTreeSet<RegionId> = project.votes().values().map(|vote| vote.case).collect();
    for case in cases {
        let (Some(region), Some(author)) = (project.region(case), drawn_by.get(&case).copied()) else {
            continue;
        };
        for vote in project.votes_visible_to(&nobody, case) {
            let Some(outline) = vote.shape.as_ref().filter(|_| vote.member != *author) else { continue };
            let (before, after) = ((author, &region.geometry), (&vote.member, &outline.geometry));
            sent.push(Redrawn { region: case, before, after });
        }
    }
    pairs.extend(sent);
    (pairs, drawn_by)
}

pub(crate) fn outlines(project: &Project, history: &History) -> Outlines {
    let (redrawn, _) = all(project, history);
    let compared: Vec<OutlinePair> = redrawn.iter().rev().take(MOST).map(pair).collect();
    let median = |of: fn(&ShapeAgreement) -> Option<f64>| {
        let mut values: Vec<f64> = compared.iter().filter_map(|pair| of(&pair.agreement)).collect();
        values.sort_by(f64::total_cmp);
        let (low, high) = (values.get(values.len().saturating_sub(1) / 2)?, values.get(values.len() / 2)?);
        Some(f64::midpoint(*low, *high))
    };
    let mut worst: Vec<OutlinePair> =
        compared.iter().filter(|pair| pair.agreement.iou.is_some()).cloned().collect();
    let iou = |pair: &OutlinePair| pair.agreement.iou.unwrap_or(1.0);
    worst.sort_by(|a, b| iou(a).total_cmp(&iou(b)).then(a.region.cmp(&b.region)));
    worst.truncate(LISTED);
    Outlines {
        pairs: redrawn.len(),
        compared: compared.len(),
        median_iou: median(|a| a.iou),
        median_boundary_iou: median(|a| a.boundary_iou),
        median_hausdorff: median(|a| a.hausdorff),
        worst,
    }
}

fn pair(one: &Redrawn<'_>) -> OutlinePair {
    let (before, after) = (one.before.1, one.after.1);
    let diagonal = before.bounding_rect().map_or(0.0, |rect| rect.width().hypot(rect.height()));
    OutlinePair {
        region: one.region.to_string(),
        before: one.before.0.name().to_owned(),
        after: one.after.0.name().to_owned(),
        agreement: compare(before, after, EDGE * diagonal),
    }
}

/// In the order of the journal; what was taken back did not happen.
fn redrawn(history: &History) -> (Vec<Redrawn<'_>>, HashMap<RegionId, &Author>) {
    let mut drawn_by: HashMap<RegionId, &Author> = HashMap::new();
    let mut redrawn = Vec::new();
    for line in (1..=history.last_seq()).filter_map(|seq| history.line(seq)).filter(|line| line.holds) {
        if let What::Edit(edit) = line.what {
            regions(edit, &mut |change| {
                let Some(after) = &change.after else { return };
                let earlier = drawn_by.get(&change.id).copied();
                let moved = change.before.as_ref().is_none_or(|before| before.geometry != after.geometry);
                if let (Some(author), Some(before), true) = (earlier, &change.before, moved)
                    && author != line.author
                {
                    let (before, after) = ((author, &before.geometry), (line.author, &after.geometry));
                    redrawn.push(Redrawn { region: change.id, before, after });
                }
                if moved {
                    drawn_by.insert(change.id, line.author);
                }
            });
        }
    }
    (redrawn, drawn_by)
}

fn regions<'a>(edit: &'a Edit, see: &mut dyn FnMut(&'a Change<RegionId, Arc<Region>>)) {
    match edit {
        Edit::Region(change) => see(change),
        Edit::Batch { edits, .. } => edits.iter().for_each(|edit| regions(edit, see)),
        _ => {}
    }
}
