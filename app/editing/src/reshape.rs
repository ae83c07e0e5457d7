//! Changes of the shapes of a selection, one step of undo each.

use std::collections::HashSet;
use std::sync::Arc;

use geo::{BoundingRect as _, Coord, Geometry, LineString, MapCoords as _};
use project::{Change, Edit, IdSource, Label, Project, Region, RegionId};
use spatial::WorldPoint;
use spatial::geometry::{self, GeometryError};

use crate::Selection;
use crate::edits::delete_edit;
use crate::relate::inherited;
use crate::shaping::Shaping;

/// A region as it was when it was looked at.
pub(crate) type Held = (RegionId, Arc<Region>);

/// What can be done to the shapes of a selection.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Reshape {
    /// All become one region.
    Merge,
    /// The region selected last is taken out of the others, and stays.
    Subtract,
    /// What they have in common becomes one region.
    Intersect,
    FillHoles,
    /// Each part becomes a region.
    Explode,
    Smooth,
    Square,
    Straighten,
    /// The smallest turned box around each.
    OrientedBox,
    Repair,
    /// By a tolerance in world units.
    Simplify(f64),
    /// The same, with the neighbours: what they share with the selection changes in them too.
    SimplifyTogether(f64),
    /// By a distance in world units; narrower where it is negative.
    Widen(f64),
    Move(WorldPoint),
    /// Anticlockwise about the middle of the selection.
    RotateDeg(f64),
    /// By factors across and up, about a point.
    Scale(WorldPoint, [f64; 2]),
}

/// A change made.
#[derive(Clone, Debug, PartialEq)]
pub struct Reshaped {
    pub edit: Edit,
    pub selection: Selection,
    /// Regions that stay as they were, and why the first of them does.
    pub left: Option<(usize, GeometryError)>,
}

impl Reshape {
    /// What it is called, such as “Merge 300 regions”.
    pub fn title(self, count: usize) -> String {
        let verb = match self {
            Self::Merge => return format!("Merge {count} regions"),
            Self::Subtract => return format!("Subtract a region from {}", regions(count)),
            Self::Intersect => return format!("Intersect {count} regions"),
            Self::FillHoles => return format!("Fill holes of {}", regions(count)),
            Self::Explode => return format!("Make regions of the parts of {}", regions(count)),
            Self::OrientedBox => return format!("Make boxes of {}", regions(count)),
            Self::Smooth => "Smooth",
            Self::Square => "Square",
            Self::Straighten => "Straighten",
            Self::Repair => "Mend",
            Self::Simplify(_) | Self::SimplifyTogether(_) => "Simplify",
            Self::Widen(by) if by < 0.0 => "Narrow",
            Self::Widen(_) => "Widen",
            Self::Move(_) => "Move",
            Self::RotateDeg(_) => "Rotate",
            Self::Scale(..) => "Scale",
        };
        format!("{verb} {}", regions(count))
    }
}

fn regions(count: usize) -> String {
    if count == 1 { "region".to_owned() } else { format!("{count} regions") }
}

/// Changes the shapes of regions. Where several become one, the region selected last that a person has labelled
/// lives on with its labels; where one becomes several, each has the labels that it had.
pub fn reshape_edit(
    project: &Project,
    ids: &mut IdSource,
    selected: &[RegionId],
    change: Reshape,
) -> Result<Reshaped, GeometryError> {
    let shaping = Shaping::new(project, selected, change)?;
    let Some(outcome) = shaping.work(|_, _| true) else { return Err(GeometryError::Unchanged) };
    shaping.edit(project, ids, outcome?)
}

/// What a change makes of one shape by itself; `middle` is that of the selection.
pub(crate) fn alone(
    shape: &Geometry<f64>,
    change: Reshape,
    middle: WorldPoint,
) -> Result<Geometry<f64>, GeometryError> {
    let mapped = |f: &dyn Fn(Coord<f64>) -> Coord<f64>| {
        let made = shape.map_coords(f);
        let finite = geo::CoordsIter::coords_iter(&made).all(|c| c.x.is_finite() && c.y.is_finite());
        if finite { Ok(made) } else { Err(GeometryError::NotANumber) }
    };
    match change {
        Reshape::FillHoles => geometry::fill_holes(shape),
        Reshape::Smooth => geometry::smooth(shape),
        Reshape::Square => geometry::square(shape),
        Reshape::Straighten => geometry::straighten(shape),
        Reshape::OrientedBox => geometry::oriented_box(shape),
        Reshape::Repair => geometry::repair(shape),
        Reshape::Simplify(tolerance) | Reshape::SimplifyTogether(tolerance) => {
            geometry::simplify(shape, tolerance)
        }
        Reshape::Widen(distance) => geometry::widen(shape, distance),
        Reshape::Move(by) => mapped(&|c| c + by),
        Reshape::RotateDeg(degrees) => {
            let (sin, cos) = degrees.to_radians().sin_cos();
            mapped(&|c| {
                let d = c - middle;
                middle + Coord { x: d.x * cos - d.y * sin, y: d.x * sin + d.y * cos }
            })
        }
        Reshape::Scale(about, [across, up]) => {
            if across == 0.0 || up == 0.0 {
                return Err(GeometryError::NotAnAmount);
            }
            mapped(&|c| Coord { x: about.x + (c.x - about.x) * across, y: about.y + (c.y - about.y) * up })
        }
        Reshape::Merge | Reshape::Subtract | Reshape::Intersect | Reshape::Explode => {
            Err(GeometryError::Unchanged)
        }
    }
}

/// The middle of the box around shapes.
pub(crate) fn middle_of(all: &[Held]) -> Option<WorldPoint> {
    let boxes = all.iter().filter_map(|(_, r)| r.bounds());
    let union = |a: geo::Rect<f64>, b: geo::Rect<f64>| {
        geo::GeometryCollection::new_from(vec![a.into(), b.into()]).bounding_rect().unwrap_or(a)
    };
    boxes.reduce(union).map(geo::Rect::center)
}

/// Regions that stay as they were, and why the first of them does.
#[derive(Default)]
struct Left(Option<(usize, GeometryError)>);

impl Left {
    fn stays(&mut self, why: GeometryError) {
        self.0 = Some(self.0.map_or((1, why), |(count, first)| (count + 1, first)));
    }

    fn why(&self) -> GeometryError {
        self.0.map_or(GeometryError::Unchanged, |(_, why)| why)
    }
}

/// Each region has another shape of its own.
pub(crate) fn each(
    all: &[Held],
    title: impl Fn(usize) -> String,
    shapes: Vec<Result<Geometry<f64>, GeometryError>>,
) -> Result<Reshaped, GeometryError> {
    let mut edits = Vec::new();
    let mut left = Left::default();
    for ((id, before), made) in all.iter().zip(shapes) {
        match made {
            Ok(geometry) if geometry == before.geometry => left.stays(GeometryError::Unchanged),
            Ok(geometry) => edits.push(replaced(*id, before, geometry)),
            Err(why) => left.stays(why),
        }
    }
    if edits.is_empty() {
        return Err(left.why());
    }
    let edit = Edit::batch(title(edits.len()), edits);
    Ok(Reshaped { edit, selection: all.iter().map(|(id, _)| *id).collect(), left: left.0 })
}

/// All regions become one.
pub(crate) fn one_of(
    project: &Project,
    all: &[Held],
    change: Reshape,
    geometry: Geometry<f64>,
) -> Result<Reshaped, GeometryError> {
    let labelled = all.iter().rfind(|(id, _)| project.label_of(*id).is_some());
    let (lives, before) = labelled.or(all.last()).ok_or(GeometryError::Unchanged)?;
    let others: Vec<RegionId> = all.iter().map(|(id, _)| *id).filter(|id| id != lives).collect();
    let (mut edits, kept) = inherited(project, &others, *lives);
    if let Some(Edit::Batch { edits: gone, .. }) = delete_edit(project, &others) {
        let goes = |edit: &Edit| !matches!(edit, Edit::Relation(change) if kept.contains(&change.id));
        edits.extend(gone.into_iter().filter(goes));
    }
    edits.push(replaced(*lives, before, geometry));
    let edit = Edit::batch(change.title(all.len()), edits);
    Ok(Reshaped { edit, selection: Selection::one(*lives), left: None })
}

/// Each region becomes several: the first piece is the region itself.
pub(crate) fn several(
    project: &Project,
    ids: &mut IdSource,
    all: &[Held],
    title: &str,
    shapes: Vec<Result<Vec<Geometry<f64>>, GeometryError>>,
) -> Result<Reshaped, GeometryError> {
    let mut edits = Vec::new();
    let mut made: Vec<RegionId> = Vec::new();
    let mut left = Left::default();
    for ((id, before), pieces) in all.iter().zip(shapes) {
        let pieces = match pieces {
            Ok(pieces) => pieces,
            Err(why) => {
                left.stays(why);
                continue;
            }
        };
        for (i, geometry) in pieces.into_iter().enumerate() {
            if i == 0 {
                edits.push(replaced(*id, before, geometry));
                made.push(*id);
            } else {
                let piece = ids.region();
                let region = Region { geometry, source_id: None, ..(**before).clone() };
                edits.push(Edit::Region(Change::create(piece, Arc::new(region))));
                edits.extend(project.all_labels_of(*id).map(|(_, label)| {
                    let label = Label { region: piece, replies_to: Vec::new(), ..(**label).clone() };
                    Edit::Label(Change::create(ids.label(), label))
                }));
                made.push(piece);
            }
        }
    }
    if edits.is_empty() {
        return Err(left.why());
    }
    Ok(Reshaped { edit: Edit::batch(title, edits), selection: made.into_iter().collect(), left: left.0 })
}

/// Cuts regions along a line; each piece has the labels of the region that it was cut from.
pub fn split_edit(
    project: &Project,
    ids: &mut IdSource,
    targets: &[RegionId],
    line: &LineString<f64>,
) -> Result<Reshaped, GeometryError> {
    let all = held(project, targets);
    let pieces = all.iter().map(|(_, region)| geometry::split(&region.geometry, line)).collect();
    several(project, ids, &all, "Split", pieces)
}

/// Takes an area out of regions: a hole, or a bite at the border.
pub fn cut_out_edit(
    project: &Project,
    targets: &[RegionId],
    ring: &LineString<f64>,
) -> Result<Reshaped, GeometryError> {
    let all = held(project, targets);
    let shapes = all.iter().map(|(_, region)| geometry::cut_out(&region.geometry, ring)).collect();
    each(&all, |count| format!("Cut out of {}", regions(count)), shapes)
}

/// Regions as they are, each once.
pub(crate) fn held(project: &Project, regions: &[RegionId]) -> Vec<Held> {
    let mut seen = HashSet::new();
    let once = regions.iter().filter(|id| seen.insert(**id));
    once.filter_map(|id| Some((*id, Arc::clone(project.region(*id)?)))).collect()
}

pub(crate) fn replaced(id: RegionId, before: &Arc<Region>, geometry: Geometry<f64>) -> Edit {
    let after = Region { geometry, ..(**before).clone() };
    Edit::Region(Change::replace(id, Arc::clone(before), Arc::new(after)))
}

/// What the shapes of a selection are, as far as commands depend on it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SelectedShapes {
    /// Regions with an area.
    pub areas: usize,
    /// Regions with edges: areas and lines.
    pub edged: usize,
    pub has_hole: bool,
    pub has_parts: bool,
}

/// Regions of a selection that are looked at before a command is offered.
const LOOKED_AT: usize = 500;

impl SelectedShapes {
    /// Looks at the first few hundred: the answer stands beside a menu item, many times a second.
    pub fn of(project: &Project, selection: &Selection) -> Self {
        let mut found = Self::default();
        for region in selection.regions().iter().take(LOOKED_AT).filter_map(|id| project.region(*id)) {
            let shape = &region.geometry;
            let (area, line) = match shape {
                Geometry::Polygon(_) | Geometry::MultiPolygon(_) => (true, false),
                Geometry::LineString(_) | Geometry::MultiLineString(_) => (false, true),
                _ => (false, false),
            };
            found.areas += usize::from(area);
            found.edged += usize::from(area || line);
            found.has_hole |= geometry::hole_count(shape) > 0;
            found.has_parts |= match shape {
                Geometry::MultiPolygon(m) => m.0.len() > 1,
                Geometry::MultiLineString(m) => m.0.len() > 1,
                Geometry::MultiPoint(m) => m.0.len() > 1,
                _ => false,
            };
        }
        found
    }
}
