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
    rgb = rgb.mix(chaos(q, damage.salt).0, litter * if standing { 0.8 } else { 0.35 });
    let height = 0.25 + 0.35 * litter * value(q * 4.0, damage.salt);
    let slope = V2::new(value(q * 3.0, 1) - 0.5, value(q * 3.0, 2) - 0.5) * (0.8 * litter);
    let material = if litter > 0.5 { Material::Rubble } else { material };
    Paint { cover: 1.0, rgb, lift: Lift::Set(height), slope, material }
}

/// Colour and lean of things thrown together.
fn chaos(q: V2, salt: u32) -> (Rgb, V2) {
    const STUFF: [u32; 10] = [
        0xb0_9a78, 0x84_7460, 0xc8_c2b6, 0x66_5c54, 0x9c_8668, 0xa8_a298, 0xb8_9a90, 0x56_504c, 0xd0_ccc4,
        0x90_7c62,
    ];
    let bend = V2::new(value(q * 0.8, salt), value(q * 0.8, salt ^ 1)) * 0.45;
    let patch = ((q.x * 0.75 + bend.x).floor() as i32, (q.y * 0.75 + bend.y).floor() as i32);
    let lie = V2::turned(std::f32::consts::PI * cell(patch.0, patch.1, salt));
    let along = V2::new(q.dot(lie), q.dot(lie.perp()));
    let wide = 3.0 + 4.0 * cell(patch.0, patch.1, salt ^ 2);
    let y = (along.y * wide).floor();
    let shift = cell(y as i32, 0, salt ^ 3);
    let x = (along.x * 0.9 + shift).floor();
    let (i, j) = (x as i32, y as i32);
    let gap = (along.y * wide - y - 0.5).abs().max((along.x * 0.9 + shift - x - 0.5).abs() * 0.98);
    let pick = (cell(i, j, salt) * 9.99) as usize;
    let sunk = if cell(j, i, salt ^ 4) < 0.22 { 0.45 } else { 1.0 };
    let rgb =
        hex(STUFF[pick]) * ((0.7 + 0.4 * cell(j, i, salt ^ 2)) * sunk * (1.0 - 0.5 * smooth(0.36, 0.5, gap)));
    let lean = V2::new(cell(i, j, salt ^ 6) - 0.5, cell(i, j, salt ^ 7) - 0.5);
    (rgb, lean)
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
    let (stuff, lean) = chaos(p, damage.salt);
    let roofing = smooth(0.55, 0.62, fractal(q * 0.45, 2, 9));
    let rgb = stuff.mix(
        building.covering.colour * (0.8 + 0.4 * cell((q.x * 3.0) as i32, (q.y * 7.0) as i32, 8)),
        0.55 * roofing,
    );
    let dust = hex(0x9c_9080);
    let slope = lean * 1.1 + V2::new(value(q * 0.9, 3) - 0.5, value(q * 0.9, 4) - 0.5) * 0.6;
    Some(Paint {
        cover,
        rgb: rgb.mix(dust, 0.22),
        lift: Lift::Set(height),
        slope: building.frame.turn(slope),
        material: Material::Rubble,
    })
}
