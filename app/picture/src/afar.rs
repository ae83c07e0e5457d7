//! Very many regions from afar: which are part of a mass, in which colours, and the mass of a whole view.

use project::Project;
use renderer::{BatchShape, ShapeScene, ShapeStyle};
use spatial::Viewport;
use spatial::coverage::{Cell, Coverage, Fading, Outlines};

use crate::region::{self, UNLABELLED};

/// With more regions than this those that are small on the screen are drawn as a mass; fewer are always drawn one by one.
pub const MANY: usize = 8_192;
/// Regions of this many points on the screen and less are wholly of the mass; from twice as many on they are drawn.
const LOW: f32 = 4.0;
const HIGH: f32 = 8.0;
/// How strongly a wholly covered pixel is coloured.
const STRENGTH: f32 = 0.9;
/// Regions without a class as a mass: between their light line and the dark one around it, so that they are seen on a
/// light ground and on a dark one.
const WITHOUT_CLASS: [u8; 3] = [0x8A, 0x8E, 0x95];

/// By what size regions give way to the mass, on a screen with so many physical pixels per point.
pub fn fading(pixels_per_point: f32) -> Fading {
    let scale = pixels_per_point.max(0.5);
    // However small and few they are, each colours a pixel.
    Fading { low_px: LOW * scale, high_px: HIGH * scale, least_px2: 1.0 }
}

/// The colour of what is covered by regions of a colour that are drawn with an opacity of 0 to 1.
pub fn color(of_class: [u8; 3], opacity: f32) -> [u8; 4] {
    let [r, g, b] = if of_class == UNLABELLED { WITHOUT_CLASS } else { of_class };
    [r, g, b, (STRENGTH * opacity.clamp(0.0, 1.0) * 255.0).round() as u8]
}

/// Shapes as outlines, of a kind by the number of their style.
pub fn outlines(shapes: &[BatchShape], kind_of_style: &[u16]) -> Outlines {
    let kind = |shape: &BatchShape| kind_of_style.get(shape.style as usize).copied().unwrap_or_default();
    Outlines::new(shapes.iter().map(|shape| (kind(shape), shape.closed, shape.rings.as_slice())))
}

/// What is drawn over the layers of a picture.
#[derive(Clone, Debug, Default)]
pub struct Over {
    pub shapes: Vec<ShapeScene>,
    /// Cells of coverage, laid under the shapes; `None` for one in which nothing lies.
    pub cells: Vec<(Cell, Option<Vec<u8>>)>,
    /// How many regions both show.
    pub regions: usize,
}

impl From<Vec<ShapeScene>> for Over {
    fn from(shapes: Vec<ShapeScene>) -> Self {
        Self { regions: shapes.len(), shapes, cells: Vec::new() }
    }
}

impl Over {
    /// Every region of the project in a view as it looks now; where they are very many, the small ones as a mass, as the
    /// window shows them.
    pub fn of_view(project: &Project, camera: &Viewport, pixels_per_point: f32) -> Self {
        let seen = project.regions_in(camera.bounds()).take(MANY + 1).count();
        let level = Cell::level_of(camera.resolution);
        let (true, Some((level, _))) = (seen > MANY, level) else {
            return region::shapes_in_view(project, camera, pixels_per_point).into();
        };
        let fading = fading(pixels_per_point);
        let mut found: Vec<_> = project.regions_in(camera.bounds()).collect();
        found.sort_by_key(|(id, _)| *id);
        let (mut shapes, mut small, mut colors) = (Vec::new(), Vec::new(), Vec::<[u8; 4]>::new());
        for (id, one) in &found {
            let look = region::look(project, *id);
            let side = one.bounds().map_or(0.0, |bounds| bounds.width().max(bounds.height()));
            let share = fading.share((side / camera.resolution) as f32);
            if share > 0.0 {
                let color = color(look.color, 1.0);
                let kind = colors.iter().position(|known| *known == color).unwrap_or_else(|| {
                    colors.push(color);
                    colors.len() - 1
                });
                small.extend(region::batch_shapes(&one.geometry, kind as u32));
            }
            if share < 1.0 {
                let style = faded(region::style(&look, pixels_per_point), 1.0 - share);
                shapes.extend(region::screen_shapes(&one.geometry, &style, camera));
            }
        }
        let kinds: Vec<u16> = (0..colors.len()).map(|kind| kind as u16).collect();
        let outlines = outlines(&small, &kinds);
        let wanted = Cell::of_view(camera, level).into_iter().chain(Cell::of_view(camera, level + 1));
        let cell = |cell| {
            let mut coverage = Coverage::new(cell, fading);
            coverage.add(&outlines);
            (cell, (!coverage.is_empty()).then(|| coverage.picture(&colors)))
        };
        Self { shapes, cells: wanted.map(cell).collect(), regions: found.len() }
    }
}

/// A style that is drawn so strongly, 0–1.
pub fn faded(style: ShapeStyle, opacity: f32) -> ShapeStyle {
    let fade = |[r, g, b, a]: [u8; 4]| [r, g, b, (f32::from(a) * opacity).round() as u8];
    ShapeStyle {
        fill: fade(style.fill),
        hatch_color: fade(style.hatch_color),
        outline: fade(style.outline),
        casing: fade(style.casing),
        ..style
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mass_without_classes_is_seen_on_light_and_dark_ground() {
        let [r, g, b, _] = color(UNLABELLED, 1.0).map(i32::from);
        // The canvas of either theme.
        for ground in [[0x11, 0x12, 0x14], [0xE7, 0xE8, 0xEA]] {
            let apart = [r, g, b].iter().zip(ground).map(|(one, other)| (one - other).abs()).min();
            assert!(apart > Some(60), "{apart:?} from {ground:?}");
        }
        assert_eq!(color([1, 2, 3], 1.0)[..3], [1, 2, 3], "classes keep their colours");
    }
}
