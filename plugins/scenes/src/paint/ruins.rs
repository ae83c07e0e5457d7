//! What is left where a roof is gone: rooms between walls, heaps, bare slabs.

use super::roofs::is_gone;
use super::{Lift, Paint, Tile};
use crate::building::Building;
use crate::colour::{Rgb, hex};
use crate::damage::{Damage, Remains, Room};
use crate::geometry::{V2, smooth};
use crate::material::Material;
use crate::noise::{cell, fractal, value};

const WALL_M: f32 = 0.1;

pub(super) fn paint(tile: &mut Tile, building: &Building, damage: &Damage) {
    if damage.remains.is_none() && damage.cut.is_none() {
        return;
    }
    let pixel_m = tile.pixel_m;
    let reach = building.bounds(2.2);
    tile.paint(&reach, |p, below| {
        let q = building.frame.local(p);
        if !is_gone(damage, q) {
            return None;
        }
        let distance = building.distance(q) + 0.3;
        if damage.remains == Some(Remains::Heap) {
            return heap(damage, building, p, q, distance, below.height);
        }
        let cover = (0.5 - distance / pixel_m).clamp(0.0, 1.0);
        if cover <= 0.0 {
            return None;
        }
        Some(Paint { cover, ..room(damage, building, q, distance) })
    });
}

fn room(damage: &Damage, building: &Building, q: V2, distance: f32) -> Paint {
    let standing = damage.remains != Some(Remains::Slab);
    let inside = |r: &&Room| q.x >= r.min.x && q.x < r.max.x && q.y >= r.min.y && q.y < r.max.y;
    let found = damage.rooms.iter().find(inside);
    let wall =
        found.map_or(0.0, |r| (q.x - r.min.x).min(r.max.x - q.x).min(q.y - r.min.y).min(r.max.y - q.y));
    let stands = smooth(0.36, 0.52, fractal(q * 0.34, 2, damage.salt ^ 0x1f));
    let outer = distance > -0.16;
    if standing && (wall < WALL_M || outer) && stands > 0.25 {
        let rgb =
            if outer { building.wall } else { hex(0xe4_ddd0) } * (0.85 + 0.2 * value(q * 3.0, damage.salt));
        let height = 0.5 + 2.0 * stands;
        return Paint {
            cover: 1.0,
            rgb,
            lift: Lift::Set(height),
            slope: V2::default(),
            material: Material::Plaster,
        };
    }
    let (floor, material) = found.map_or((hex(0xb4_ad9f), Material::Concrete), |r| (r.floor, r.material));
    let plank =
        if material == Material::Wood { 0.9 + 0.2 * cell((q.y / 0.12) as i32, 0, damage.salt) } else { 1.0 };
    let dirt = fractal(q * 0.8, 4, damage.salt ^ 0x20);
    let mut rgb = floor * (plank * (0.72 + 0.5 * dirt));
    let litter = smooth(0.5, 0.6, fractal(q * 1.5, 3, damage.salt ^ 0x21));
    rgb = rgb.mix(chaos(q, damage.salt), litter * if standing { 0.8 } else { 0.35 });
    let height = 0.25 + 0.35 * litter * value(q * 4.0, damage.salt);
    let slope = V2::new(value(q * 3.0, 1) - 0.5, value(q * 3.0, 2) - 0.5) * (0.8 * litter);
    let material = if litter > 0.5 { Material::Rubble } else { material };
    Paint { cover: 1.0, rgb, lift: Lift::Set(height), slope, material }
}

/// Colours of things thrown together.
fn chaos(q: V2, salt: u32) -> Rgb {
    const STUFF: [u32; 10] = [
        0xc2_a67c, 0x8c_7a62, 0xd8_d2c6, 0x6a_6058, 0xa8_8e6c, 0xb8_b0a4, 0xd2_a49c, 0x5a_5450, 0xe4_e0d8,
        0x9c_8264,
    ];
    let warped = q + V2::new(value(q * 1.7, salt), value(q * 1.7, salt ^ 1)) * 0.6;
    let (x, y) = ((warped.x * 3.4).floor() as i32, (warped.y * 5.2).floor() as i32);
    let pick = (cell(x, y, salt) * 9.99) as usize;
    hex(STUFF[pick]) * (0.75 + 0.4 * cell(y, x, salt ^ 2))
}

/// A mound of everything, highest in the middle and ragged at the edge.
fn heap(damage: &Damage, building: &Building, p: V2, q: V2, distance: f32, ground: f32) -> Option<Paint> {
    let ragged = 2.4 * (fractal(q * 0.5, 3, damage.salt ^ 0x29) - 0.42);
    let edge = distance - ragged - 0.5 * q.dot(damage.wind).max(0.0) * 0.12;
    let cover = smooth(0.25, -0.15, edge);
    if cover <= 0.0 {
        return None;
    }
    let mound = smooth(0.2, -2.8, edge);
    let lumps = fractal(q * 0.9, 4, damage.salt ^ 0x2a);
    let height = ground.min(0.2) + mound * (0.35 + 1.5 * lumps);
    let wind = building.frame.turn(damage.wind);
    let flow = V2::new(p.dot(wind) * 0.5, p.dot(wind.perp()) * 1.5);
    let rgb = chaos(flow, damage.salt)
        .mix(building.covering.colour, 0.55 * smooth(0.55, 0.62, fractal(q * 0.45, 2, 9)));
    let dust = hex(0xb4_a48c);
    let slope = V2::new(value(q * 1.8, 3) - 0.5, value(q * 1.8, 4) - 0.5) * 1.8;
    Some(Paint {
        cover,
        rgb: rgb.mix(dust, 0.3),
        lift: Lift::Set(height),
        slope: building.frame.turn(slope),
        material: Material::Rubble,
    })
}
