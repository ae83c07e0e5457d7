//! Scraps and broken wood.

use super::{Lift, Paint, Tile};
use crate::geometry::{Bounds, V2, box_distance, segment_distance};
use crate::material::Material;
use crate::noise::{cell, value};
use crate::season::Season;
use crate::wreckage::{Piece, Stroke};

pub(super) fn scrap(tile: &mut Tile, piece: &Piece) {
    let reach = piece.frame.reach(piece.half.x, piece.half.y, 0.1);
    let pixel_m = tile.pixel_m;
    let soft = matches!(piece.material, Material::Insulation | Material::Soil | Material::Rubble);
    tile.paint(&reach, |p, _| {
        let q = piece.frame.local(p);
        let mut distance = box_distance(q, piece.half.x, piece.half.y);
        if soft {
            distance += 0.5 * piece.half.y * value(p * 5.0, 3);
        }
        let thin = (2.0 * piece.half.y.min(piece.half.x) / pixel_m).min(1.0);
        let cover = (0.5 - distance / pixel_m).clamp(0.0, 1.0) * thin;
        if cover <= 0.0 {
            return None;
        }
        let grain = 0.86 + 0.28 * cell((q.x * 5.0) as i32, (q.y * 14.0) as i32, 7);
        let height = piece.lift_m * (1.0 + piece.tilt.x * q.x);
        let slope = piece.frame.turn(piece.tilt);
        let rgb = piece.colour * grain;
        Some(Paint { cover, rgb, lift: Lift::Raise(height.max(0.01)), slope, material: piece.material })
    });
}

pub(super) fn stroke(tile: &mut Tile, stroke: &Stroke) {
    let widest = stroke.half_width[0].max(stroke.half_width[1]);
    let reach = Bounds::of(&[stroke.from, stroke.to], widest + 0.1);
    let pixel_m = tile.pixel_m;
    let way = stroke.to - stroke.from;
    let across = way.perp() * (1.0 / way.length().max(1e-3));
    tile.paint(&reach, |p, below| {
        let (distance, t) = segment_distance(p, stroke.from, stroke.to);
        let mix = |ends: [f32; 2]| ends[0] + (ends[1] - ends[0]) * t;
        let half = mix(stroke.half_width);
        let cover = (0.5 - (distance - half) / pixel_m).clamp(0.0, (2.0 * half / pixel_m).min(1.0));
        if cover <= 0.0 {
            return None;
        }
        let lies = mix(stroke.height_m);
        // A branch in the air throws a thin shadow of its own instead of a wall's.
        let lift = if lies < 1.0 { Lift::Over(below.height.min(4.0) * 0.6 + lies) } else { Lift::Raise(0.0) };
        let side = (p - stroke.from).dot(across) / half.max(0.01);
        let slope = across * (-1.2 * side.clamp(-1.0, 1.0));
        let rgb = stroke.colour * (0.8 + 0.4 * value(V2::new(t * way.length() * 4.0, side), 5));
        Some(Paint { cover, rgb, lift, slope, material: stroke.material })
    });
}

/// The shadow of a branch in the air, where it falls on flat ground.
pub(super) fn stroke_shadow(tile: &mut Tile, stroke: &Stroke, season: &Season) {
    if stroke.height_m[1] < 1.0 {
        return;
    }
    let (sun, rise) = season.sun();
    let fall = |p: V2, height: f32| p - sun * (height / rise);
    let (from, to) = (fall(stroke.from, stroke.height_m[0]), fall(stroke.to, stroke.height_m[1]));
    let widest = stroke.half_width[0].max(stroke.half_width[1]);
    let reach = Bounds::of(&[from, to], widest + 0.15);
    let pixel_m = tile.pixel_m.max(0.06);
    tile.shade(&reach, |p| {
        let (distance, t) = segment_distance(p, from, to);
        let half = stroke.half_width[0] + (stroke.half_width[1] - stroke.half_width[0]) * t;
        (0.5 - (distance - half) / pixel_m).clamp(0.0, (2.0 * half / pixel_m).min(1.0)) * 0.9
    });
}
