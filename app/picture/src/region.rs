//! The shapes and styles of regions.

use geo::{Geometry, LineString, Polygon};
use project::review::ReviewState;
use project::{Hatch, Project, RegionId};
use renderer::{BatchShape, ShapeScene, ShapeStyle};
use spatial::Viewport;

/// The colour of a region that nobody has labelled.
pub const UNLABELLED: [u8; 3] = [0xE7, 0xE8, 0xEA];

/// What a region's outline is drawn from: its class, and whether that is a prediction or disputed.
#[derive(Clone, Debug, PartialEq)]
pub struct Look {
    pub color: [u8; 3],
    pub hatch: Hatch,
    /// Nothing but a model has spoken.
    pub predicted: bool,
    /// Stage one did not agree, or the committee is at work.
    pub disputed: bool,
}

/// How a region looks now.
pub fn look(project: &Project, id: RegionId) -> Look {
    let label = project.label_of(id);
    let predicted = label.is_none();
    let outcome = project.outcome(id);
    let spoken = label.or_else(|| project.prediction_of(id)).map(|(_, l)| &l.class);
    let class = outcome.class.as_ref().or(spoken);
    let class = class.and_then(|code| project.schema().and_then(|schema| schema.class(code)));
    Look {
        color: class.map_or(UNLABELLED, project::Class::rgb),
        hatch: class.map_or(Hatch::None, |c| c.hatch),
        predicted: predicted && class.is_some(),
        disputed: matches!(
            outcome.state,
            ReviewState::Disputed | ReviewState::StageTwo | ReviewState::Tied | ReviewState::Returned
        ),
    }
}

/// What a region counts as: what the review came to, else what a person said, else what a model proposes.
pub fn class_of(project: &Project, id: RegionId) -> Option<&project::Class> {
    let outcome = project.outcome(id).class;
    let said = || project.label_of(id).or_else(|| project.prediction_of(id)).map(|(_, l)| l.class.clone());
    let code = outcome.or_else(said)?;
    project.schema()?.class(&code)
}

/// The style of a look on a screen with so many physical pixels per point.
pub fn style(look: &Look, pixels_per_point: f32) -> ShapeStyle {
    let hatch = match look.hatch {
        Hatch::None => renderer::Hatch::None,
        Hatch::Horizontal => renderer::Hatch::Horizontal,
        Hatch::Vertical => renderer::Hatch::Vertical,
        Hatch::Diagonal => renderer::Hatch::Diagonal,
        Hatch::BackDiagonal => renderer::Hatch::BackDiagonal,
        Hatch::Cross | Hatch::DiagonalCross => renderer::Hatch::Cross,
        Hatch::Dots => renderer::Hatch::Dots,
    };
    ShapeStyle { dashed: look.predicted, ..ShapeStyle::of_class(look.color, hatch, pixels_per_point) }
}

/// The rings of each part of a geometry, first the outer one; `closed` is false for lines.
pub fn parts(geometry: &Geometry<f64>) -> Vec<(Vec<&LineString<f64>>, bool)> {
    fn polygon(p: &Polygon<f64>) -> (Vec<&LineString<f64>>, bool) {
        (std::iter::once(p.exterior()).chain(p.interiors()).collect(), true)
    }
    match geometry {
        Geometry::Polygon(p) => vec![polygon(p)],
        Geometry::MultiPolygon(m) => m.iter().map(polygon).collect(),
        Geometry::LineString(l) => vec![(vec![l], false)],
        Geometry::MultiLineString(m) => m.iter().map(|l| (vec![l], false)).collect(),
        _ => Vec::new(),
    }
}

/// A region's shapes for a batch that stays on the GPU, in world units.
pub fn batch_shapes(geometry: &Geometry<f64>, style: u32) -> Vec<BatchShape> {
    let ring = |line: &&LineString<f64>| line.coords().map(|c| [c.x, c.y]).collect();
    let shape = |(rings, closed): (Vec<_>, bool)| BatchShape {
        rings: rings.iter().map(ring).collect(),
        closed,
        style,
    };
    parts(geometry).into_iter().map(shape).collect()
}

/// A geometry as a camera sees it, in screen pixels.
pub fn screen_shapes(geometry: &Geometry<f64>, style: &ShapeStyle, camera: &Viewport) -> Vec<ShapeScene> {
    let point = |c: &geo::Coord<f64>| {
        let p = camera.screen_from_world(*c);
        [p.x as f32, p.y as f32]
    };
    let ring = |line: &&LineString<f64>| line.coords().map(point).collect();
    let shape = |(rings, closed): (Vec<_>, bool)| ShapeScene {
        rings: rings.iter().map(ring).collect(),
        closed,
        style: *style,
    };
    parts(geometry).into_iter().map(shape).collect()
}

/// Every region of the project in a view, as it looks now.
pub fn shapes_in_view(project: &Project, camera: &Viewport, pixels_per_point: f32) -> Vec<ShapeScene> {
    let mut found: Vec<_> = project.regions_in(camera.bounds()).collect();
    found.sort_by_key(|(id, _)| *id);
    found
        .into_iter()
        .flat_map(|(id, region)| {
            screen_shapes(&region.geometry, &style(&look(project, id), pixels_per_point), camera)
        })
        .collect()
}
