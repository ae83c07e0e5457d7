//! What models propose, in the order in which looking at it pays.

use geo::BoundingRect as _;
use project::{Author, ClassCode, Project, RegionId};
use rayon::prelude::*;

use crate::facts::{Facts, NONE, Row};

/// What comes first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ProposalOrder {
    /// Unlabelled regions, the most undecided prediction first.
    #[default]
    Uncertainty,
    /// Labelled regions whose prediction says another class, the surest first.
    Disagreement,
    /// Unlabelled regions, each as unlike as can be to those that are labelled and to those before it.
    Diversity,
}

impl ProposalOrder {
    pub const ALL: [Self; 3] = [Self::Uncertainty, Self::Disagreement, Self::Diversity];
}

/// One prediction that somebody should look at.
#[derive(Clone, Debug, PartialEq)]
pub struct Proposed {
    pub region: RegionId,
    pub class: ClassCode,
    /// Of which model.
    pub author: Author,
    /// How sure the model is of the class.
    pub confidence: Option<f64>,
    /// Probabilities of all classes, the likeliest first; empty where the model told none.
    pub shares: Vec<(ClassCode, f64)>,
    /// How undecided the model is; `None` where it does not say how sure it is.
    pub entropy_bits: Option<f64>,
    /// What people say, where they say another class.
    pub said: Option<ClassCode>,
    /// How surely the model says otherwise: 1 sure of another class, 0 sure of the same.
    pub doubt: f64,
}

impl Proposed {
    /// What is proposed for a row; `None` where nothing is, or people say the same.
    pub fn of(facts: &Facts, row: &Row) -> Option<Self> {
        let prediction = row.prediction.as_ref()?;
        let said = match facts.class(row) {
            Some(class) if *class == prediction.class => return None,
            class => class.cloned(),
        };
        let sure = prediction.confidence.unwrap_or(0.0);
        Some(Self {
            region: row.id,
            class: prediction.class.clone(),
            author: prediction.author.clone(),
            confidence: prediction.confidence,
            shares: prediction.shares(),
            entropy_bits: prediction.entropy_bits(),
            doubt: if said.is_some() { f64::midpoint(1.0, sure) } else { 0.0 },
            said,
        })
    }
}

/// True where a prediction for a region is one that an order shows: it is there, and people say nothing, or something else.
pub fn waits(project: &Project, region: RegionId, order: ProposalOrder) -> bool {
    let Some((_, prediction)) = project.prediction_of(region) else { return false };
    match project.outcome(region).class {
        Some(class) => order == ProposalOrder::Disagreement && class != prediction.class,
        None => order != ProposalOrder::Disagreement,
    }
}

/// Regions that are compared with every other at once: of more, those that come later are told apart less.
const CENTRES: usize = 512;
/// Labelled regions that what is chosen should be unlike to; of more, some from among them.
const KNOWN: usize = 256;

/// What is proposed for the regions of some rows, in an order.
pub fn proposals(facts: &Facts, rows: &[u32], order: ProposalOrder) -> Vec<Proposed> {
    let disputed = order == ProposalOrder::Disagreement;
    let one = |at: &u32| {
        let row = &facts.rows()[*at as usize];
        Some((*at, Proposed::of(facts, row).filter(|one| one.said.is_some() == disputed)?))
    };
    let mut found: Vec<(u32, Proposed)> = rows.par_iter().filter_map(one).collect();
    match order {
        // What does not say how sure it is comes first: nothing speaks for it.
        ProposalOrder::Uncertainty => {
            let bits = |one: &Proposed| one.entropy_bits.unwrap_or(f64::INFINITY);
            found.sort_by(|a, b| bits(&b.1).total_cmp(&bits(&a.1)).then(a.0.cmp(&b.0)));
        }
        ProposalOrder::Disagreement => {
            found.sort_by(|a, b| b.1.doubt.total_cmp(&a.1.doubt).then(a.0.cmp(&b.0)));
        }
        ProposalOrder::Diversity => found = spread(facts, found),
    }
    found.into_iter().map(|(_, one)| one).collect()
}

/// What a region is like, for telling like from unlike: what the model says of it, how large and how long it is, where
/// it lies. A whole town apart is half as much as another class.
fn features(facts: &Facts, at: u32, [west, south, span]: [f64; 3]) -> Vec<f32> {
    const CLASSES: usize = 32;
    let row = &facts.rows()[at as usize];
    let mut all = vec![0.0_f32; CLASSES];
    if let Some(prediction) = &row.prediction {
        let shares = prediction.shares();
        let place = |class: &ClassCode| facts.names.classes.iter().position(|known| known == class);
        for (class, p) in &shares {
            // Roots, so that distances are Hellinger's.
            all[place(class).map_or(0, |at| at + 1) % CLASSES] += (*p as f32).sqrt();
        }
        if shares.is_empty() && row.predicted != NONE {
            all[(row.predicted as usize + 1) % CLASSES] = prediction.confidence.unwrap_or(1.0) as f32;
        }
    }
    if let Some(bounds) = row.region.geometry.bounding_rect() {
        let (w, h) = (bounds.width().max(1e-6), bounds.height().max(1e-6));
        let middle = bounds.center();
        let place = |c: f64, start: f64| ((c - start) / span) as f32 / 2.0;
        all.extend([
            (w * h).ln() as f32 / 4.0,
            (w / h).ln().abs() as f32 / 2.0,
            place(middle.x, west),
            place(middle.y, south),
        ]);
    } else {
        all.extend([0.0; 4]);
    }
    all
}

fn apart(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum()
}

/// The core-set (k-centre greedy; Sener and Savarese 2018): each next one is the farthest from all that are known.
fn spread(facts: &Facts, found: Vec<(u32, Proposed)>) -> Vec<(u32, Proposed)> {
    if found.is_empty() {
        return found;
    }
    let extent = facts.project().bounds().map_or([0.0, 0.0, 1.0], |b| {
        [b.min().x, b.min().y, (b.max().x - b.min().x).max(b.max().y - b.min().y).max(1e-6)]
    });
    let like: Vec<Vec<f32>> = found.par_iter().map(|(at, _)| features(facts, *at, extent)).collect();
    let mut known: Vec<u32> = (0..facts.rows().len() as u32)
        .filter(|at| {
            let row = &facts.rows()[*at as usize];
            row.label.is_some() && row.prediction.is_some()
        })
        .collect();
    let step = known.len().div_ceil(KNOWN).max(1);
    known = known.into_iter().step_by(step).collect();
    let known: Vec<Vec<f32>> = known.iter().map(|at| features(facts, *at, extent)).collect();
    let nearest = |own: &Vec<f32>| known.iter().map(|k| apart(own, k)).fold(f32::INFINITY, f32::min);
    let mut distance: Vec<f32> = like.par_iter().map(nearest).collect();
    let mut order: Vec<usize> = Vec::with_capacity(found.len());
    let mut taken = vec![false; found.len()];
    for _ in 0..CENTRES.min(found.len()) {
        let farthest = (0..found.len()).filter(|i| !taken[*i]);
        let farthest = farthest.max_by(|a, b| distance[*a].total_cmp(&distance[*b]).then(b.cmp(a)));
        let Some(next) = farthest else { break };
        taken[next] = true;
        order.push(next);
        let centre = &like[next];
        distance.par_iter_mut().zip(&like).for_each(|(d, own)| *d = d.min(apart(own, centre)));
    }
    let mut rest: Vec<usize> = (0..found.len()).filter(|i| !taken[*i]).collect();
    rest.sort_by(|a, b| distance[*b].total_cmp(&distance[*a]).then(a.cmp(b)));
    order.extend(rest);
    let mut found: Vec<Option<(u32, Proposed)>> = found.into_iter().map(Some).collect();
    order.into_iter().filter_map(|i| found[i].take()).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use project::{Change, Edit, GeometrySource, IdSource, Label, Region, Schema, shares_in_words};

    use super::*;
    use crate::Needs;

    struct Town {
        project: Project,
        ids: IdSource,
        regions: Vec<RegionId>,
    }

    impl Town {
        /// Squares in a row, each predicted as said: probabilities of `destroyed` and `no damage`.
        fn new(sure: &[f64]) -> Self {
            let (mut project, mut ids) = (Project::new(), IdSource::new(1, 1));
            project.apply(&Edit::Schema(Change::create((), Schema::joint_damage_scale()))).expect("sound");
            let mut regions = Vec::new();
            for i in 0..sure.len() {
                let id = ids.region();
                let x = 20.0 * i as f64;
                let region = Region {
                    geometry: geo::Rect::new((x, 0.0), (x + 10.0, 10.0)).to_polygon().into(),
                    layer: None,
                    source: GeometrySource::custom(),
                    source_id: None,
                    attributes: BTreeMap::new(),
                };
                project.apply(&Edit::Region(Change::create(id, Arc::new(region)))).expect("sound");
                regions.push(id);
            }
            let mut town = Self { project, ids, regions };
            for (at, p) in sure.iter().enumerate() {
                let class = if *p >= 0.5 { "destroyed" } else { "no damage" };
                let note = shares_in_words([("destroyed", *p), ("no damage", 1.0 - p)]);
                town.label(at, class, "model:a", Some(p.max(1.0 - p)), &note);
            }
            town
        }

        fn label(&mut self, at: usize, class: &str, author: &str, confidence: Option<f64>, note: &str) {
            let label = Label {
                region: self.regions[at],
                class: ClassCode::new(class),
                author: Author::new(author),
                confidence,
                note: note.to_owned(),
                seconds: None,
                at_ms: None,
                replies_to: Vec::new(),
                layer: None,
                schema_version: None,
            };
            let edit = Edit::Label(Change::create(self.ids.label(), Arc::new(label)));
            self.project.apply(&edit).expect("sound");
        }

        fn queue(&self, order: ProposalOrder) -> Vec<usize> {
            let facts = Facts::of(&self.project, Needs::default());
            let rows: Vec<u32> = (0..facts.rows().len() as u32).collect();
            let place = |one: &Proposed| self.regions.iter().position(|id| *id == one.region).expect("there");
            proposals(&facts, &rows, order).iter().map(place).collect()
        }
    }

    #[test]
    fn the_most_undecided_comes_first_and_what_is_labelled_not_at_all() {
        let mut town = Town::new(&[0.99, 0.5, 0.2, 0.7, 0.45]);
        assert_eq!(town.queue(ProposalOrder::Uncertainty), [1, 4, 3, 2, 0]);
        town.label(4, "destroyed", "Ana", None, "");
        assert_eq!(town.queue(ProposalOrder::Uncertainty), [1, 3, 2, 0]);
        assert_eq!(town.queue(ProposalOrder::Disagreement), [4]);
    }

    #[test]
    fn where_people_and_models_differ_the_surest_model_comes_first() {
        let mut town = Town::new(&[0.99, 0.6, 0.8, 0.9, 0.7]);
        for (at, class) in [(0, "destroyed"), (1, "no damage"), (2, "minor damage"), (3, "no damage")] {
            town.label(at, class, "Ana", None, "");
        }
        assert_eq!(
            town.queue(ProposalOrder::Disagreement),
            [3, 2, 1],
            "0 is agreed on, 4 nobody has labelled"
        );
        for order in ProposalOrder::ALL {
            let shown = town.queue(order);
            let alone = |at: &usize| waits(&town.project, town.regions[*at], order);
            assert_eq!((0..5).filter(alone).count(), shown.len(), "{order:?}");
            assert!(shown.iter().all(alone));
        }
        let facts = Facts::of(&town.project, Needs::default());
        let rows: Vec<u32> = (0..facts.rows().len() as u32).collect();
        let first = &proposals(&facts, &rows, ProposalOrder::Disagreement)[0];
        assert_eq!(first.said, Some(ClassCode::new("no damage")));
        assert!((first.doubt - 0.95).abs() < 1e-12 && first.shares.len() == 2);
    }

    #[test]
    fn the_diverse_order_takes_one_of_each_kind_before_a_second_of_any() {
        // Ten alike at the left, and three unlike ones among as many.
        let mut town = Town::new(&[0.99, 0.98, 0.99, 0.98, 0.99, 0.98, 0.99, 0.5, 0.02, 0.98]);
        let order = town.queue(ProposalOrder::Diversity);
        let place = |region: usize| order.iter().position(|at| *at == region).expect("there");
        assert!(place(7) < 4 && place(8) < 4, "{order:?}");
        assert_eq!(order.len(), 10, "everything is in it once");
        town.label(8, "no damage", "Ana", None, "");
        town.label(0, "destroyed", "Ana", None, "");
        let order = town.queue(ProposalOrder::Diversity);
        assert_eq!((order[0], order.len()), (7, 8), "{order:?}");
        let neighbour = order.iter().position(|at| *at == 1).expect("there");
        assert!(neighbour >= 5, "what is like something labelled can wait: {order:?}");
    }

    #[test]
    fn of_more_than_are_compared_with_all_nothing_is_lost() {
        let sure: Vec<f64> = (0..3_000).map(|i| f64::from(i * 37 % 1000) / 1000.0).collect();
        let town = Town::new(&sure);
        let mut order = town.queue(ProposalOrder::Diversity);
        order.sort_unstable();
        assert_eq!(order, (0..3_000).collect::<Vec<_>>());
        assert!(town.queue(ProposalOrder::Disagreement).is_empty());
    }
}
