//! Fences, hedges, boxes, poles and wires.

use super::{Lift, Paint, Tile};
use crate::geometry::{Bounds, V2, segment_distance};
use crate::noise::{cell, fractal, value};
use crate::town::{Fixture, FixtureKind};

/// True for what passes above buildings and trees.
pub(super) fn is_overhead(fixture: &Fixture) -> bool {
    matches!(fixture.kind, FixtureKind::Pole | FixtureKind::Wire)
}

pub(super) fn paint(tile: &mut Tile, fixture: &Fixture) {
    let reach = Bounds::of(&[fixture.from, fixture.to], fixture.half_width + 0.5);
    let pixel_m = tile.pixel_m;
    tile.paint(&reach, |p, below| match fixture.kind {
        FixtureKind::Box => block(fixture, p, pixel_m),
        FixtureKind::Hedge => hedge(fixture, p, pixel_m),
        FixtureKind::Wire => {
            let (distance, t) = segment_distance(p, fixture.from, fixture.to);
            let thin = (2.0 * fixture.half_width / pixel_m).min(1.0);
            let cover = thin * (1.0 - (distance - fixture.half_width) / pixel_m).clamp(0.0, 1.0);
            (cover > 0.0).then(|| Paint {
                lift: Lift::Over(below.height + 0.0 * t),
                slope: below.slope,
                ..Paint::flat(cover * 0.9, fixture.colour, below.material)
            })
        }
        _ => line(fixture, p, pixel_m),
    });
}

/// A thin upright line; a wire fence is see-through but for its posts.
fn line(fixture: &Fixture, p: V2, pixel_m: f32) -> Option<Paint> {
    let (distance, t) = segment_distance(p, fixture.from, fixture.to);
    let along = t * (fixture.to - fixture.from).length();
    let post = (along / 2.4 - (along / 2.4).round()).abs() * 2.4 < 0.07;
    let half = if post { fixture.half_width.max(0.07) } else { fixture.half_width };
    let cover = (0.5 - (distance - half) / pixel_m).clamp(0.0, (2.0 * half / pixel_m).min(1.0));
    if cover <= 0.0 {
        return None;
    }
    let tone = 0.82 + 0.36 * cell((along / 0.15) as i32, 0, fixture.salt);
    let see_through = fixture.kind == FixtureKind::WireFence && !post;
    let cover = if see_through { cover * 0.45 } else { cover };
    let rgb = fixture.colour * tone;
    Some(Paint {
        cover,
        rgb,
        lift: Lift::Over(fixture.height_m),
        slope: V2::default(),
        material: fixture.material,
    })
}

fn hedge(fixture: &Fixture, p: V2, pixel_m: f32) -> Option<Paint> {
    let (distance, _) = segment_distance(p, fixture.from, fixture.to);
    let lumps = fractal(p * 1.4, 3, fixture.salt);
    let inside = distance - fixture.half_width * (0.6 + 0.7 * lumps);
    let cover = (0.5 - inside / pixel_m).clamp(0.0, 1.0);
    let height = fixture.height_m * (0.8 + 0.4 * lumps);
    let slope = V2::new(value(p * 3.0, 1) - 0.5, value(p * 3.0, 2) - 0.5) * 1.6;
    let rgb = fixture.colour * (0.7 + 0.6 * value(p * 6.0, fixture.salt));
    (cover > 0.0).then_some(Paint { cover, rgb, lift: Lift::Over(height), slope, material: fixture.material })
}

fn block(fixture: &Fixture, p: V2, pixel_m: f32) -> Option<Paint> {
    let middle = (fixture.from + fixture.to) * 0.5;
    let way = fixture.to - fixture.from;
    let axis = way * (1.0 / way.length().max(1e-3));
    let q = V2::new((p - middle).dot(axis), (p - middle).dot(axis.perp()));
    let distance = crate::geometry::box_distance(q, fixture.half_width, fixture.half_width);
    let cover = (0.5 - distance / pixel_m).clamp(0.0, 1.0);
    let fan = q.length() < 0.7 * fixture.half_width;
    let rgb = fixture.colour * if fan { 0.55 + 0.25 * (q.angle() * 8.0).sin().abs() } else { 1.0 };
    (cover > 0.0).then_some(Paint {
        cover,
        rgb,
        lift: Lift::Over(fixture.height_m),
        slope: V2::default(),
        material: fixture.material,
    })
}
