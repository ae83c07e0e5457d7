//! Roofs: shingles, metal and membrane, ridges and valleys, chimneys and air handlers; and what shows
//! where the storm took the covering, the boards or the whole: plywood, rafters, tarps.

use super::{Lift, Paint, Tile};
use crate::building::{Building, RoofHit, RoofShape, Trim, TrimKind};
use crate::colour::{Rgb, hex};
use crate::damage::Damage;
use crate::geometry::{V2, box_distance, smooth};
use crate::material::Material;
use crate::noise::{cell, fractal, value, vein};

/// Noise above this covers `share` of an area.
fn threshold(share: f32) -> f32 {
    if share <= 0.0 {
        return 9.0;
    }
    let s = share.min(0.995);
    0.5 + 0.125 * ((1.0 - s) / s).ln() / 1.7
}

/// True where the storm took the whole roof off.
pub(super) fn is_gone(damage: &Damage, q: V2) -> bool {
    if damage.remains.is_some() {
        return true;
    }
    damage.cut.is_some_and(|(normal, offset)| {
        q.dot(normal) + 1.6 * (fractal(q * 0.8, 3, damage.salt) - 0.5) > offset
    })
}

pub(super) fn paint(tile: &mut Tile, building: &Building, damage: &Damage) {
    if damage.remains.is_some() {
        return;
    }
    let pixel_m = tile.pixel_m;
    let reach = building.bounds(0.3);
    let edge_of = (threshold(damage.bare), threshold(damage.open));
    tile.paint(&reach, |p, _| {
        let q = building.frame.local(p);
        let wobble = 0.07 * (value(p * 1.3, building.salt) - 0.5);
        let distance = building.wings.iter().map(|w| w.distance(q)).fold(f32::INFINITY, f32::min) + wobble;
        let cover = (0.5 - distance / pixel_m).clamp(0.0, 1.0);
        if cover <= 0.0 || is_gone(damage, q) {
            return None;
        }
        let hit = building.roof(q, 0.12 + pixel_m)?;
        let skin = skin(building, damage, q, &hit, -distance, edge_of, pixel_m);
        let slope = building.frame.turn(skin.slope);
        Some(Paint { cover, rgb: skin.rgb, lift: Lift::Set(skin.height), slope, material: skin.material })
    });
    for trim in &building.trims {
        let taken = damage.bare > 0.0
            && cell((trim.at.x * 9.0) as i32, (trim.at.y * 9.0) as i32, damage.salt) < damage.bare;
        if !taken && !is_gone(damage, trim.at) {
            paint_trim(tile, building, trim);
        }
    }
}

struct Skin {
    rgb: Rgb,
    height: f32,
    slope: V2,
    material: Material,
}

fn skin(
    building: &Building,
    damage: &Damage,
    q: V2,
    hit: &RoofHit,
    inset: f32,
    edge_of: (f32, f32),
    pixel_m: f32,
) -> Skin {
    let intact = covering(building, q, hit, inset, pixel_m);
    for tarp in &damage.tarps {
        let t = tarp.frame.local(q);
        let sag = 0.22 * (fractal(q * 0.7, 2, tarp.salt) - 0.5);
        let inside = box_distance(t, tarp.half.x, tarp.half.y) + sag;
        if inside < 0.0 {
            return tarpaulin(tarp.colour, t, inside, hit, tarp.salt);
        }
    }
    if damage.bare <= 0.0 {
        return intact;
    }
    let windward = q.dot(damage.wind) * -0.014;
    let field = torn(hit, damage.salt) + windward + 0.07 * smooth(1.4, 0.0, hit.edge.min(hit.ridge));
    if fractal(q * 0.36, 3, damage.salt ^ 5) + windward > edge_of.1 {
        return rafters(building, q, hit, damage.salt, pixel_m);
    }
    if field > edge_of.0 {
        return boards(q, hit, damage.salt, intact.slope);
    }
    let lifted = smooth(edge_of.0 - 0.05, edge_of.0, field);
    Skin { rgb: intact.rgb * (1.0 - 0.22 * lifted * value(q * 5.0, 3)), ..intact }
}

/// How loose the covering is, tab by tab: torn along its courses, in tongues up the slope.
fn torn(hit: &RoofHit, salt: u32) -> f32 {
    let course = (hit.up / 0.145).floor();
    let tab = (hit.along / 0.3 + 0.5 * (course as i32 & 1) as f32).floor();
    let wing = hit.wing as f32 * 31.0 + if hit.slope.x + hit.slope.y > 0.0 { 7.0 } else { 0.0 };
    let p = V2::new(tab * 0.3 * 0.34 + wing, course * 0.145 * 0.55);
    let tongue = cell((tab / 2.0).floor() as i32, (course / 5.0).floor() as i32, salt) - 0.5;
    fractal(p, 3, salt) + 0.07 * tongue + 0.05 * (cell(tab as i32, course as i32, salt ^ 3) - 0.5)
}

fn covering(building: &Building, q: V2, hit: &RoofHit, inset: f32, pixel_m: f32) -> Skin {
    let own = building.covering;
    let salt = building.salt;
    let blotch = 0.88 + 0.24 * fractal(q * 0.5, 4, salt);
    let mut slope = hit.slope;
    let mut height = hit.height;
    let mut rgb = own.colour;
    match own.material {
        Material::RoofMetal => {
            let rib = (hit.along / 0.42 - (hit.along / 0.42).round()).abs() * 0.42;
            let edge = smooth(0.05 + 0.5 * pixel_m, 0.0, rib);
            let sheet = 0.95 + 0.1 * cell((hit.along / 0.84).round() as i32, hit.wing as i32, salt);
            let rust = smooth(0.6, 0.75, fractal(q * 0.8, 3, salt ^ 2)) * 0.25;
            rgb = (rgb * (blotch * sheet * (1.0 + 0.16 * edge))).mix(hex(0x8a_5a40), rust);
        }
        Material::Membrane => return membrane(building, q, hit, inset),
        _ => {
            let course = (hit.up / 0.145).floor();
            let shift = 0.5 * (course as i32 & 1) as f32;
            let tab = cell((hit.along / 0.32 + shift).floor() as i32, course as i32, salt);
            let line = smooth(0.24, 0.0, (hit.up / 0.145).fract());
            let streak = fractal(V2::new(hit.along * 1.5, hit.up * 0.16), 3, salt ^ 7);
            let moss = smooth(0.6, 0.8, fractal(q * 0.3, 3, salt ^ 9)) * 0.16;
            let tone = blotch * (0.88 + 0.24 * tab) * (1.0 - 0.2 * line) * (0.86 + 0.28 * streak);
            rgb = (rgb * tone).mix(hex(0x5e_6248), moss);
        }
    }
    if hit.ridge < 0.16 {
        rgb = rgb * (1.1 - 0.12 * smooth(0.1, 0.16, hit.ridge));
        slope = slope * 0.4;
    }
    if hit.above_next < 0.09 {
        rgb = rgb * 0.72;
    }
    if inset < 0.1 {
        rgb = rgb.mix(own.trim, 0.5);
        height -= 0.04;
        slope = slope * 0.3;
    }
    Skin { rgb, height, slope, material: own.material }
}

fn membrane(building: &Building, q: V2, hit: &RoofHit, inset: f32) -> Skin {
    let salt = building.salt;
    let seam = (q.y / 1.9 - (q.y / 1.9).round()).abs() * 1.9;
    let lap = (q.x / 7.6 - (q.x / 7.6).round()).abs() * 7.6;
    let lines = 1.0 - 0.1 * smooth(0.09, 0.02, seam) - 0.07 * smooth(0.09, 0.02, lap);
    let strip = 0.96 + 0.07 * cell((q.y / 1.9).round() as i32, hit.wing as i32, salt);
    let dirt = smooth(0.5, 0.75, fractal(q * 0.22, 4, salt)) * 0.26;
    let ponds = smooth(0.62, 0.66, fractal(q * 0.3, 2, salt ^ 3)) * 0.12;
    let patch = cell((q.x / 2.3).floor() as i32, (q.y / 2.9).floor() as i32, salt ^ 6) > 0.965;
    let mut rgb = building.covering.colour * (lines * strip * (1.0 - dirt) * (1.0 - ponds));
    rgb = rgb * (0.96 + 0.08 * cell((q.x * 24.0) as i32, (q.y * 24.0) as i32, 3));
    if patch {
        rgb = rgb * 0.86;
    }
    let parapet = inset < 0.34 || (hit.edge < 0.34 && hit.above_next.is_finite() && hit.above_next > 0.3);
    let mut height = hit.height;
    if parapet {
        rgb = building.covering.trim * (0.92 + 0.1 * value(q * 2.0, salt));
        height += 0.55;
    }
    Skin { rgb, height, slope: V2::default(), material: Material::Membrane }
}

/// Blue plastic: creases, battens along its edges, a pale seam.
fn tarpaulin(colour: Rgb, t: V2, inside: f32, hit: &RoofHit, salt: u32) -> Skin {
    let crease = vein(t * 0.5, 0.045, salt) * 0.5 + vein(t * 1.1, 0.05, salt ^ 1) * 0.3;
    let billow = fractal(t * 0.9, 3, salt ^ 2);
    let batten = (-0.2..-0.13).contains(&inside) && value(t * 0.7, salt ^ 8) > 0.3;
    let seam = (t.y / 1.8 - (t.y / 1.8).round()).abs() * 1.8 < 0.03;
    let rgb = if batten {
        hex(0x96_8a74)
    } else {
        colour * (0.7 + 0.5 * billow + 0.35 * crease) * if seam { 1.1 } else { 1.0 }
    };
    let ripple = V2::new(value(t * 1.3, salt ^ 3) - 0.5, value(t * 1.3, salt ^ 4) - 0.5) * 0.9;
    let material = if batten { Material::Wood } else { Material::Tarp };
    Skin { rgb, height: hit.height + 0.05 + 0.08 * billow, slope: hit.slope + ripple, material }
}

/// Roof boards: plywood sheets with joints and scraps of felt.
fn boards(q: V2, hit: &RoofHit, salt: u32, slope: V2) -> Skin {
    let (across, up) = (hit.along / 2.44, hit.up / 1.22);
    let row = up.floor();
    let shifted = across + 0.5 * (row as i32 & 1) as f32;
    let sheet = cell(shifted.floor() as i32, row as i32, salt);
    let gap = ((shifted - shifted.round()).abs() * 2.44).min((up - up.round()).abs() * 1.22);
    let tone = 0.82 + 0.26 * sheet + 0.12 * value(V2::new(q.x * 9.0, q.y * 2.0), salt);
    let wood = hex(0xd2_b384).mix(hex(0xa8_8c66), cell(row as i32, shifted.floor() as i32, salt ^ 4) * 0.7);
    let (roll, course) = ((hit.along / 3.1 + 0.4 * row).floor() as i32, (hit.up / 0.92).floor() as i32);
    let ragged = 0.35 * (value(q * 2.2, salt) - 0.5);
    let felt = smooth(0.0, 0.04, cell(roll, course, salt ^ 0xb) + ragged - 0.62);
    let rgb = (wood * (tone * (1.0 - 0.42 * smooth(0.05, 0.01, gap)))).mix(hex(0x4a_4846), 0.85 * felt);
    Skin { rgb, height: hit.height - 0.03, slope, material: Material::Wood }
}

/// Open roof: rafters over a dark attic with insulation between the joists.
fn rafters(building: &Building, q: V2, hit: &RoofHit, salt: u32, pixel_m: f32) -> Skin {
    let flat = building.wings[hit.wing].shape == RoofShape::Flat;
    let step = if flat { 1.4 } else { 0.61 };
    let offset = (hit.along / step - (hit.along / step).round()).abs() * step;
    let beam = smooth(0.055 + 0.5 * pixel_m, 0.045, offset);
    let broken = value(q * 0.9, salt ^ 0x15) < 0.3;
    let fluff = smooth(0.45, 0.6, fractal(q * 0.9, 3, salt ^ 0x16));
    let attic = hex(0x4c_4238).mix(hex(0xc2_9a8c), 0.75 * fluff) * (0.7 + 0.5 * value(q * 4.0, salt));
    if beam > 0.5 && !broken {
        let rgb = hex(0xc4_a678) * (0.8 + 0.3 * value(q * 3.0, salt));
        return Skin { rgb, height: hit.height - 0.05, slope: V2::default(), material: Material::Wood };
    }
    let floor = (hit.height - 1.3).max(2.0).min(hit.height - 0.3);
    let material = if fluff > 0.5 { Material::Insulation } else { Material::Wood };
    Skin { rgb: attic, height: floor, slope: V2::default(), material }
}

fn paint_trim(tile: &mut Tile, building: &Building, trim: &Trim) {
    let Some(base) = building.roof(trim.at, 0.0) else { return };
    let frame = building.frame.child(trim.at, 0.0);
    let reach = frame.reach(trim.half.x, trim.half.y, 0.15);
    let pixel_m = tile.pixel_m;
    let salt = building.salt;
    let material = Material::RoofFixture;
    tile.paint(&reach, |p, below| {
        let q = frame.local(p);
        let round = trim.kind == TrimKind::Vent;
        let distance =
            if round { q.length() - trim.half.x } else { box_distance(q, trim.half.x, trim.half.y) };
        let cover = (0.5 - distance / pixel_m).clamp(0.0, 1.0);
        if cover <= 0.0 || below.material == Material::Tarp {
            return None;
        }
        let (rgb, slope) = trim_colour(trim, q, distance, salt);
        let roof = building.roof(building.frame.local(p), 0.3).map_or(base, |h| h);
        let (height, slope) = match trim.kind {
            TrimKind::SolarPanels | TrimKind::Skylight => (roof.height + trim.rise_m, roof.slope),
            _ => (base.height + trim.rise_m, slope),
        };
        let slope = building.frame.turn(slope);
        Some(Paint { cover, rgb, lift: Lift::Over(height), slope, material })
    });
}

fn trim_colour(trim: &Trim, q: V2, distance: f32, salt: u32) -> (Rgb, V2) {
    let none = V2::default();
    match trim.kind {
        TrimKind::Chimney => {
            let flue = box_distance(q, 0.16, 0.18) < 0.0;
            let cap = distance > -0.1;
            let brick = hex(0x96_6450) * (0.8 + 0.4 * cell((q.x * 9.0) as i32, (q.y * 13.0) as i32, salt));
            (
                if flue {
                    hex(0x22_2020)
                } else if cap {
                    brick
                } else {
                    hex(0xa8_a196)
                },
                none,
            )
        }
        TrimKind::Vent => (hex(0xb4_b4b2) * (1.0 - 0.5 * f32::from(u8::from(q.length() < 0.05))), none),
        TrimKind::Skylight => (
            if distance > -0.08 {
                hex(0xd0_d0cc)
            } else {
                hex(0x54_6470).mix(hex(0xc2_d0d8), 0.3 + 0.3 * q.x)
            },
            none,
        ),
        TrimKind::SolarPanels => {
            let line = |v: f32, step: f32| (v / step - (v / step).round()).abs() * step;
            let frame = line(q.x, 1.05) < 0.03 || line(q.y, 1.7) < 0.03;
            let grid = line(q.x, 0.17) < 0.012 || line(q.y, 0.17) < 0.012;
            let glass = hex(0x1d_2a48).mix(hex(0x3a_5078), value(q * 0.3, salt));
            (if frame { hex(0xb0_b4b8) } else { glass * if grid { 1.25 } else { 1.0 } }, none)
        }
        TrimKind::AirHandler => {
            let small = trim.half.x.min(trim.half.y);
            let fans = if trim.half.x > 1.0 { V2::new(q.x.abs() - 0.5 * trim.half.x, q.y) } else { q };
            let reach = fans.length() / (0.62 * small);
            let blades = 0.5 + 0.5 * (fans.angle() * 5.0).sin();
            let body = hex(0xbe_c0be) * (0.9 + 0.14 * value(q * 1.5, salt));
            (if reach < 1.0 { hex(0x4a_4c4e) * (0.7 + 0.5 * blades) } else { body }, none)
        }
        TrimKind::Duct => (hex(0xa8_acae) * (0.85 + 0.2 * (q.x * 9.0).sin()), V2::new(0.0, -q.y * 2.0)),
    }
}
