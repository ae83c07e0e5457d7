//! Which regions are alike, as the window shows it: a map of them, which stand out, and which classes that suggests.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::sync::Arc;

use egui_plot::PlotPoint;
use jobs::JobId;
use project::{ClassCode, Project, RegionId, Seq};
use similar::{Advice, Layout, Projection, Study, Wanted};

/// Points that are drawn; of more, some are left out evenly.
pub const DRAWN: usize = 20_000;
/// Regions that are listed as standing out.
pub const OUTLIERS: usize = 200;

/// How regions are compared, as somebody fills it in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Form {
    pub projection: Projection,
    /// How many regions hold together on the map.
    pub neighbours: u32,
    /// Labelled regions that vote on each.
    pub voters: u32,
    /// Nothing less probable is suggested.
    pub least_percent: u32,
    /// Only what review has accepted votes.
    pub accepted: bool,
}

impl Default for Form {
    fn default() -> Self {
        Self { projection: Projection::Umap, neighbours: 15, voters: 10, least_percent: 60, accepted: false }
    }
}

impl Form {
    pub fn least(&self) -> f64 {
        f64::from(self.least_percent) / 100.0
    }

    pub fn wanted(&self) -> Wanted {
        Wanted {
            projection: self.projection,
            layout: Layout { neighbours: self.neighbours as usize, ..Layout::default() },
            voters: self.voters as usize,
            least: self.least(),
            accepted: self.accepted,
            ..Wanted::default()
        }
    }
}

/// What stands below the map.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tab {
    #[default]
    Outliers,
    Suggestions,
}

/// Points of one class; `None`: not labelled.
#[derive(Clone, Debug)]
pub struct Series {
    pub class: Option<ClassCode>,
    pub points: Vec<PlotPoint>,
}

/// What would be suggested.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Preview {
    pub by_class: BTreeMap<ClassCode, usize>,
    pub abstained: usize,
}

/// What came of a comparison.
#[derive(Clone, Debug)]
pub struct Compared {
    pub form: Form,
    /// The region of each row.
    pub regions: Vec<RegionId>,
    rows: HashMap<RegionId, u32>,
    pub study: Study,
    /// Or why nothing can be suggested, and what would help.
    pub advice: Result<Arc<Advice>, (String, String)>,
    /// Regions that no layer shows.
    pub left_out: usize,
    /// The state of the project that was compared.
    pub seq: Seq,
    /// The farthest out first.
    pub outliers: Vec<(RegionId, f32)>,
    pub series: Vec<Series>,
    pub preview: Preview,
    /// Of which state of the project, and which least probability, series and preview are.
    pub(crate) shown_of: Option<(Seq, u32)>,
}

impl Compared {
    pub fn new(
        form: Form,
        regions: Vec<RegionId>,
        study: Study,
        advice: Result<Arc<Advice>, (String, String)>,
        (left_out, seq): (usize, Seq),
    ) -> Self {
        let rows = regions.iter().zip(0..).map(|(id, row)| (*id, row)).collect();
        let outliers = study.standing_out(OUTLIERS);
        let outliers = outliers.into_iter().filter_map(|(row, f)| Some((*regions.get(row)?, f))).collect();
        let (series, preview, shown_of) = (Vec::new(), Preview::default(), None);
        Self { form, regions, rows, study, advice, left_out, seq, outliers, series, preview, shown_of }
    }

    /// Where a region lies on the map.
    pub fn point(&self, region: RegionId) -> Option<PlotPoint> {
        let [x, y] = *self.study.map.get(*self.rows.get(&region)? as usize)?;
        Some(PlotPoint::new(x, y))
    }

    /// The regions most like one, nearest first.
    pub fn nearest(&self, region: RegionId) -> impl Iterator<Item = RegionId> {
        let row = self.rows.get(&region).copied();
        let near = row.into_iter().flat_map(move |row| self.study.neighbours.of(row as usize));
        near.filter_map(move |(row, _)| self.regions.get(row).copied())
    }

    /// The regions within a loop that was drawn on the map.
    pub fn within(&self, path: &[[f64; 2]]) -> Vec<RegionId> {
        let rows = self.study.map.iter().zip(&self.regions);
        rows.filter(|([x, y], _)| is_within(path, [f64::from(*x), f64::from(*y)]))
            .map(|(_, id)| *id)
            .collect()
    }

    /// Takes over what became of labels and of the least probability since.
    pub(crate) fn follow(&mut self, project: &Project, (seq, form): (Seq, Form)) {
        if self.shown_of == Some((seq, form.least_percent)) {
            return;
        }
        self.shown_of = Some((seq, form.least_percent));
        let step = self.regions.len().div_ceil(DRAWN).max(1);
        let mut series: BTreeMap<Option<ClassCode>, Vec<PlotPoint>> = BTreeMap::new();
        for (id, [x, y]) in self.regions.iter().zip(&self.study.map).step_by(step) {
            if project.region(*id).is_some() {
                let class = project.label_of(*id).map(|(_, label)| label.class.clone());
                series.entry(class).or_default().push(PlotPoint::new(*x, *y));
            }
        }
        self.series = series.into_iter().map(|(class, points)| Series { class, points }).collect();
        self.preview = Preview::default();
        let Ok(advice) = &self.advice else { return };
        let open = |region: RegionId| project.region(region).is_some() && project.label_of(region).is_none();
        for suggestion in advice.suggestions.iter().filter(|s| open(s.region)) {
            let (class, probability) = suggestion.best();
            match advice.classes.get(class).filter(|_| probability >= form.least()) {
                Some(class) => *self.preview.by_class.entry(class.clone()).or_insert(0) += 1,
                None => self.preview.abstained += 1,
            }
        }
    }
}

/// By the even-odd rule.
fn is_within(path: &[[f64; 2]], [x, y]: [f64; 2]) -> bool {
    let mut inside = false;
    for (at, [ax, ay]) in path.iter().enumerate() {
        let [bx, by] = path[(at + 1) % path.len()];
        if (*ay > y) != (by > y) && x < (bx - ax) * (y - ay) / (by - ay) + ax {
            inside = !inside;
        }
    }
    inside
}

/// The panel of similar regions.
#[derive(Debug, Default)]
pub struct Desk {
    pub form: Form,
    pub tab: Tab,
    pub compared: Option<Box<Compared>>,
    pub under_way: Option<JobId>,
    /// Rows of the list of outliers that are on the screen.
    pub looked: Range<usize>,
}

/// What the panel asks for.
#[derive(Clone, Debug)]
pub enum AlikeAsk {
    Form(Form),
    Tab(Tab),
    Compare,
    /// Select a region and show it, or take it in or out of the selection.
    Pick {
        region: RegionId,
        toggle: bool,
    },
    /// Select what a loop on the map holds, beside what is selected or instead of it.
    Lasso {
        path: Vec<[f64; 2]>,
        add: bool,
    },
    Suggest,
    Looked(Range<usize>),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loop_holds_what_lies_within_it_and_not_what_lies_in_its_bay() {
        let horseshoe =
            [[0.0, 0.0], [9.0, 0.0], [9.0, 9.0], [6.0, 9.0], [6.0, 3.0], [3.0, 3.0], [3.0, 9.0], [0.0, 9.0]];
        for (at, inside) in
            [([1.0, 5.0], true), ([4.5, 5.0], false), ([4.5, 1.0], true), ([12.0, 1.0], false)]
        {
            assert_eq!(is_within(&horseshoe, at), inside, "{at:?}");
        }
        assert!(!is_within(&[], [0.0, 0.0]));
    }
}
