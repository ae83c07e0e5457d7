//! Paint on the roads: centre lines, stop lines and crossings, and manholes.

use super::{Paint, Tile, View};
use crate::colour::{Rgb, hex};
use crate::geometry::V2;
use crate::material::Material;
use crate::noise::{fractal, hash};
use crate::town::streets::Street;

pub(super) fn paint(view: &View, tile: &mut Tile) {
    let bounds = tile.bounds;
    let streets = &view.town.streets;
    let pixel_m = tile.pixel_m;
    tile.paint(&bounds, |p, below| {
        if !matches!(below.material, Material::Asphalt | Material::Concrete) {
            return None;
        }
        let place = streets.place(p);
        if place.kerb > -0.4 {
            return None;
        }
        let (row, column) = (&streets.rows[place.row], &streets.columns[place.column]);
        // Traffic keeps to the right: on a row that is −v for those who come from the right.
        let a = stripes(-place.from_row, place.from_column, place.uv.x, row, column, pixel_m);
        let b = stripes(place.from_column, place.from_row, place.uv.y, column, row, pixel_m);
        let (cover, rgb) = if a.0 >= b.0 { a } else { b };
        let (cover, rgb, material) = match manhole(place.uv, place.from_row, pixel_m) {
            0.0 => (cover, rgb, Material::RoadPaint),
            lid => (lid, hex(0x4e_4c4a), Material::Metal),
        };
        if cover <= 0.0 {
            return None;
        }
        let worn = 0.5 + 0.5 * smooth_wear(p);
        Some(Paint::flat(cover * worn, rgb, material))
    });
}

fn smooth_wear(p: V2) -> f32 {
    crate::geometry::smooth(0.28, 0.5, fractal(p * 2.2, 3, 91))
}

/// Cover of a band of `half` metres around zero.
fn band(distance: f32, half: f32, pixel_m: f32) -> f32 {
    (0.5 - (distance.abs() - half) / pixel_m).clamp(0.0, (2.0 * half / pixel_m).min(1.0))
}

/// Marks of the street whose centre line is `across` away, `to_cross` from the crossing street's.
fn stripes(across: f32, to_cross: f32, along: f32, own: &Street, cross: &Street, pixel_m: f32) -> (f32, Rgb) {
    let (yellow, white) = (hex(0xd8_b048), hex(0xe8_e6e0));
    if across.abs() > own.half_width {
        return (0.0, white);
    }
    let before = to_cross.abs() - cross.half_width;
    if before < 0.0 {
        return (0.0, white);
    }
    let busy = own.main || cross.main;
    if busy && (2.2..4.8).contains(&before) && across.abs() < own.half_width - 0.5 {
        let bar = (across / 1.2 - (across / 1.2).round()) * 1.2;
        return (band(bar, 0.3, pixel_m) * f32::from(u8::from(across.abs() < own.half_width - 0.7)), white);
    }
    let coming = across * to_cross > 0.0;
    if (5.6..6.1).contains(&before) && coming && (busy || hash(0, 0, own.salt ^ cross.salt) % 3 < 2) {
        return (band(before - 5.85, 0.22, pixel_m), white);
    }
    if own.main && before > 6.1 {
        let centre = band(across.abs() - 0.16, 0.055, pixel_m);
        if own.half_width > 5.0 {
            let edge = band(across.abs() - (own.half_width - 2.3), 0.05, pixel_m);
            let tick = (along / 6.4 - (along / 6.4).round()) * 6.4;
            let stall = if across.abs() > own.half_width - 2.3 { band(tick, 0.05, pixel_m) } else { 0.0 };
            let side = edge.max(stall);
            return if side > centre { (side * 0.85, white) } else { (centre, yellow) };
        }
        return (centre, yellow);
    }
    (0.0, white)
}

fn manhole(uv: V2, from_row: f32, pixel_m: f32) -> f32 {
    let step = (uv.x / 38.0).round();
    let distance = (uv.x - step * 38.0 - 6.0).hypot(from_row - 1.4) - 0.36;
    (0.5 - distance / pixel_m).clamp(0.0, 1.0)
}
