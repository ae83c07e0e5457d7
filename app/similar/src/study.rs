//! Everything that is asked of the regions of a project at once.

use std::collections::{BTreeMap, HashMap};

use project::{ClassCode, Project, RegionId};

use crate::components::Components;
use crate::error::{GoOn, SimilarError};
use crate::layout::{Layout, map_of};
use crate::nearest::{Among, Neighbours, neighbours, neighbours_among};
use crate::outliers::local_outlier_factor;
use crate::proposal::Suggestion;
use crate::table::Table;
use crate::votes::{Examined, blocks_of, examine, vote};

/// Neighbours that a place is compared with to say how far it stands out.
const COMPARED: usize = 20;
/// Blocks of ground across all regions: a region is judged by those of other blocks.
const BLOCKS: u32 = 6;

/// How the map is made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Projection {
    /// The first two principal components: distances on the map are those along these.
    Components,
    /// UMAP: what is near on the map is alike; how far apart groups lie says nothing.
    #[default]
    Umap,
}

/// What is wanted of a study.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wanted {
    pub projection: Projection,
    pub layout: Layout,
    /// Bring every number to the same spread first.
    pub standardise: bool,
    /// Labelled neighbours that vote on a region.
    pub voters: usize,
    /// The probability from which a vote counts as an answer.
    pub least: f64,
    /// Only what review has accepted counts as labelled.
    pub accepted: bool,
}

impl Default for Wanted {
    fn default() -> Self {
        Self {
            projection: Projection::Umap,
            layout: Layout::default(),
            standardise: false,
            voters: 10,
            least: 0.6,
            accepted: false,
        }
    }
}

/// What is known of places after a study: of regions, or of the cells of a grid.
#[derive(Clone, Debug)]
pub struct Study {
    /// What the features say, a row for each place.
    pub table: Table,
    /// The nearest of each row.
    pub neighbours: Neighbours,
    /// The local outlier factor of each row.
    pub outliers: Vec<f32>,
    /// Where each row lies on the map.
    pub map: Vec<[f32; 2]>,
    /// Shares of all variance along the first two principal components.
    pub shares: [f64; 2],
}

impl Study {
    /// Compares places. Progress is told in thousandths.
    pub fn of(table: Table, wanted: &Wanted, go_on: GoOn) -> Result<Self, SimilarError> {
        let table = if wanted.standardise { table.standardised().0 } else { table };
        let count = COMPARED.max(wanted.layout.neighbours.saturating_sub(1));
        let stage = |from: u64, to: u64| {
            move |done: u64, of: u64| go_on(from + (to - from) * done / of.max(1), 1_000)
        };
        let neighbours = neighbours(&table, count, &stage(0, 500))?;
        let outliers = local_outlier_factor(&neighbours);
        let components = Components::of(&table, 2)?;
        let map = match wanted.projection {
            Projection::Umap => map_of(&table, &neighbours, wanted.layout, &stage(500, 1_000))?,
            Projection::Components => {
                let (count, scores) = (components.count(), components.scores(&table));
                let place = |row: &[f32]| [row[0], row.get(1).copied().unwrap_or(0.0)];
                scores.chunks_exact(count).map(place).collect()
            }
        };
        let mut shares = components.shares().into_iter();
        let shares = [shares.next().unwrap_or(0.0), shares.next().unwrap_or(0.0)];
        Ok(Self { table, neighbours, outliers, map, shares })
    }

    /// The rows that stand out most, with their factors, the farthest out first.
    pub fn standing_out(&self, count: usize) -> Vec<(usize, f32)> {
        let mut rows: Vec<(usize, f32)> = self.outliers.iter().copied().enumerate().collect();
        rows.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        rows.truncate(count);
        rows
    }
}

/// What labelled regions say of those that nobody has labelled.
#[derive(Clone, Debug)]
pub struct Advice {
    /// The classes that are labelled, in the order of the schema.
    pub classes: Vec<ClassCode>,
    /// Rows that are labelled.
    pub labelled: usize,
    /// One for each row that is not labelled, in the order of the rows.
    pub suggestions: Vec<Suggestion>,
    /// How good such advice is, asked of the labelled rows, each judged by those of other blocks of ground.
    pub examined: Examined,
}

/// The class of each region that has one: of a person's newest label; where `accepted`, of what review has accepted.
pub fn labels_of(project: &Project, regions: &[RegionId], accepted: bool) -> HashMap<RegionId, ClassCode> {
    let class = |id: &RegionId| {
        if accepted {
            let outcome = project.outcome(*id);
            return outcome.class.filter(|_| outcome.state.is_accepted());
        }
        project.label_of(*id).map(|(_, label)| label.class.clone())
    };
    regions.iter().filter_map(|id| Some((*id, class(id)?))).collect()
}

/// Has labelled regions vote on the others. `regions` are those of the table's rows. A region that a person has labelled
/// gets no suggestion, even where only accepted labels vote.
pub fn advise(
    project: &Project,
    table: &Table,
    regions: &[RegionId],
    wanted: &Wanted,
    go_on: GoOn,
) -> Result<Advice, SimilarError> {
    if regions.len() != table.rows() {
        return Err(SimilarError::Shape { given: regions.len(), columns: table.rows() });
    }
    let labels = labels_of(project, regions, wanted.accepted);
    let classes = classes_of(project, &labels);
    let class_at = |row: usize| {
        let code = regions.get(row).and_then(|id| labels.get(id))?;
        classes.iter().position(|class| class == code)
    };
    let labelled: Vec<(u32, usize)> =
        (0..regions.len()).filter_map(|row| Some((row as u32, class_at(row)?))).collect();
    match classes.len() {
        0 => return Err(SimilarError::NoLabels { accepted: wanted.accepted }),
        1 => return Err(SimilarError::OneClass),
        _ => {}
    }
    let mut common = vec![0.0; classes.len()];
    for (_, class) in &labelled {
        common[*class] += 1.0 / labelled.len() as f64;
    }
    let middle = |id: &RegionId| {
        let bounds = project.region(*id).and_then(|region| region.bounds());
        bounds.map_or([0.0; 2], |bounds| [bounds.center().x, bounds.center().y])
    };
    let middles: Vec<[f64; 2]> = regions.iter().map(middle).collect();
    let blocks = blocks_of(&middles, BLOCKS);
    let halves = |from: u64| move |done: u64, of: u64| go_on(from + 500 * done / of.max(1), 1_000);
    let asked = (wanted.voters, wanted.least, &common[..]);
    let examined = examine(table, &labelled, Some(&blocks), asked, &halves(0))?;
    let open: Vec<u32> = (0..regions.len() as u32)
        .filter(|row| class_at(*row as usize).is_none() && project.label_of(regions[*row as usize]).is_none())
        .collect();
    let voters: Vec<u32> = labelled.iter().map(|(row, _)| *row).collect();
    let among = Among { of: &open, among: &voters, groups: None };
    let near = neighbours_among(table, among, wanted.voters, &halves(500))?;
    let class_of = |row: usize| class_at(row).unwrap_or(0);
    let suggestions = open.iter().enumerate().filter_map(|(at, row)| {
        let shares = vote(&near, at, &class_of, &common)?;
        Some(Suggestion { region: regions[*row as usize], shares })
    });
    let suggestions = suggestions.collect();
    Ok(Advice { classes, labelled: labelled.len(), suggestions, examined })
}

/// The classes that occur, in the order of the schema, then by their codes.
fn classes_of(project: &Project, labels: &HashMap<RegionId, ClassCode>) -> Vec<ClassCode> {
    let schema = project.schema().map(|schema| schema.classes.as_slice()).unwrap_or_default();
    let order = |code: &ClassCode| {
        let at = schema.iter().position(|class| class.code == *code).unwrap_or(usize::MAX);
        (at, code.as_str().to_owned())
    };
    let classes: BTreeMap<(usize, String), ClassCode> =
        labels.values().map(|code| (order(code), code.clone())).collect();
    classes.into_values().collect()
}
