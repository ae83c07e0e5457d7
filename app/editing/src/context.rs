//! What a tool may look at while it answers an event.

use std::collections::BTreeSet;
use std::sync::Arc;

use project::alignment::Alignment;
use project::{Author, ClassCode, LayerId, Project, RegionId};
use spatial::{Viewport, WorldPoint};

use crate::{Answer, Composite, Selection, SnapSettings};

/// What a tool may look at. Plain references: a tool changes nothing by itself.
#[derive(Clone, Copy, Debug)]
pub struct ToolContext<'a> {
    /// As it is shown: regions may lie where a layer shows them.
    pub project: &'a Project,
    pub viewport: &'a Viewport,
    pub selection: &'a Selection,
    /// The box around it, where it is of so many regions that nobody wants to wait for that, and it is known.
    pub selection_box: Option<geo::Rect<f64>>,
    /// Whose labels new regions get.
    pub author: &'a Author,
    /// The layer that new regions are drawn on.
    pub layer: Option<LayerId>,
    /// The class that new regions are labelled with, when one is armed.
    pub class: Option<&'a ClassCode>,
    pub snap: SnapSettings,
    /// Physical pixels per point of the interface (its scale).
    pub px_per_point: f64,
    /// Unix milliseconds now; stands in the labels.
    pub at_ms: i64,
    /// The layer that footprints can be brought onto, when one is shown.
    pub align: Option<AlignContext<'a>>,
    /// The layers as they are seen, where they are all there; what the wand floods.
    pub composite: Option<&'a Arc<Composite>>,
    /// What a tool has wished for and was found last.
    pub answer: Option<&'a Answer>,
    /// The hand goes through the regions of these classes.
    pub out_of_reach: &'a OutOfReach,
}

/// Classes whose regions the hand goes through.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OutOfReach {
    /// They are not seen either.
    pub hidden: BTreeSet<ClassCode>,
    /// They are seen, and are not to be changed.
    pub locked: BTreeSet<ClassCode>,
}

impl OutOfReach {
    /// True for a class that is hidden or locked.
    pub fn holds(&self, class: &ClassCode) -> bool {
        self.hidden.contains(class) || self.locked.contains(class)
    }

    /// True when every class is within reach.
    pub fn is_empty(&self) -> bool {
        self.hidden.is_empty() && self.locked.is_empty()
    }
}

/// What the align tool may look at beside the rest.
#[derive(Clone, Copy, Debug)]
pub struct AlignContext<'a> {
    /// The project with its regions as drawn; [`ToolContext::project`] may have them where the layer shows them.
    pub drawn: &'a Project,
    /// The layer's adjustments as they are.
    pub alignment: &'a Alignment,
}

/// How near the pointer must be to take hold of something, in points.
const REACH_POINTS: f64 = 8.0;
/// How far the pointer may tremble in a click, in points.
const TREMBLE_POINTS: f64 = 4.0;

impl ToolContext<'_> {
    /// How near the pointer must be to take hold of something, in world units.
    pub(crate) fn reach(&self) -> f64 {
        REACH_POINTS * self.scale() * self.viewport.resolution
    }

    /// True when two places on the map look the same to a hand.
    pub(crate) fn is_near(&self, a: WorldPoint, b: WorldPoint) -> bool {
        distance(a, b) <= self.reach()
    }

    /// True when the pointer moved far enough for a drag.
    pub(crate) fn is_drag(&self, from: WorldPoint, to: WorldPoint) -> bool {
        distance(from, to) > TREMBLE_POINTS * self.scale() * self.viewport.resolution
    }

    /// World units of a length on the screen, in points.
    pub(crate) fn world_from_points(&self, points: f64) -> f64 {
        points * self.scale() * self.viewport.resolution
    }

    /// True when the hand may take hold of a region.
    pub(crate) fn is_in_reach(&self, region: RegionId) -> bool {
        let class = || class_of(self.project, region);
        self.out_of_reach.is_empty() || class().is_none_or(|class| !self.out_of_reach.holds(&class))
    }

    fn scale(&self) -> f64 {
        if self.px_per_point.is_finite() { self.px_per_point.clamp(0.25, 16.0) } else { 1.0 }
    }
}

/// The class that a region is shown as: what review says, else its label, else what is predicted.
pub fn class_of(project: &Project, region: RegionId) -> Option<ClassCode> {
    let said = || project.label_of(region).or_else(|| project.prediction_of(region));
    project.outcome(region).class.or_else(|| said().map(|(_, label)| label.class.clone()))
}

/// True for a place on the map; pointers may come from where there is none.
pub(crate) fn is_place(at: WorldPoint) -> bool {
    at.x.is_finite() && at.y.is_finite()
}

pub(crate) fn distance(a: WorldPoint, b: WorldPoint) -> f64 {
    (a.x - b.x).hypot(a.y - b.y)
}
