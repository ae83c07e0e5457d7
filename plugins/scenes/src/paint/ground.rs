//! The ground: lawns, verges, pavements, kerbs and asphalt, and the storm's mud over them.

use super::{Lift, Paint, Texel, Tile, View};
use crate::colour::{Rgb, hex};
use crate::geometry::{V2, smooth};
use crate::material::Material;
use crate::noise::{cell, fractal, hash, value, vein};
use crate::town::streets::{Place, Street, VERGE_M, WALK_M};

pub(super) fn paint(view: &View, tile: &mut Tile) {
    let pixel_m = tile.pixel_m;
    let bounds = tile.bounds;
    let streets = &view.town.streets;
    tile.paint(&bounds, |p, _| {
        let place = streets.place(p);
        let texel = if place.kerb < 0.0 {
            let (row, column) = (&streets.rows[place.row], &streets.columns[place.column]);
            let on_row = place.from_row.abs() < row.half_width || place.from_column.abs() > column.half_width;
            let road = if on_row { row } else { column };
            asphalt(p, &place, road, pixel_m)
        } else {
            verge(view, p, &place, pixel_m)
        };
        Some(Paint {
            cover: 1.0,
            rgb: texel.rgb,
            lift: Lift::Set(texel.height),
            slope: texel.slope,
            material: texel.material,
        })
    });
}

fn texel(rgb: Rgb, height: f32, material: Material) -> Texel {
    Texel { rgb, height, slope: V2::default(), material, sun: 1.0 }
}

/// Road surface: stone grain, wheel tracks, patches, cracks and the tar that fills them, a gutter.
fn asphalt(p: V2, place: &Place, road: &Street, pixel_m: f32) -> Texel {
    let along_row = place.from_row.abs() < road.half_width;
    let across = if along_row { place.from_row } else { place.from_column };
    let base = hex(0xa3_a09b).mix(hex(0x73_7375), road.age);
    let grain = 0.90 + 0.2 * cell((p.x * 24.0) as i32, (p.y * 24.0) as i32, 5);
    let stain = 0.84 + 0.32 * fractal(p * 0.16, 4, road.salt);
    let lane = across.abs() / road.half_width;
    let tracks = 1.0 - 0.06 * (1.0 - ((lane - 0.5).abs() / 0.22).min(1.0));
    let oil = 1.0 - 0.05 * smooth(0.5, 0.85, fractal(p * 0.5, 3, road.salt ^ 3));
    let mut rgb = base * (grain * stain * tracks * oil);
    let (px, py) = ((p.x / 5.5).floor() as i32, (p.y / 3.1).floor() as i32);
    if hash(px, py, road.salt).is_multiple_of(23) {
        let inner = V2::new(p.x / 5.5 - px as f32 - 0.5, p.y / 3.1 - py as f32 - 0.5);
        let half = 0.2 + 0.2 * cell(px, py, road.salt ^ 1);
        if inner.x.abs() < half && inner.y.abs() < 0.32 {
            rgb = rgb * 0.72;
        }
    }
    let crack = vein(p * 0.33, 0.012 + 0.004 * pixel_m, road.salt ^ 8);
    rgb = rgb * (1.0 - 0.6 * (1.0 - road.age) * crack * smooth(0.42, 0.58, value(p * 0.06, road.salt ^ 4)));
    let gutter = -place.kerb;
    if gutter < 0.5 {
        let concrete = hex(0xaa_a49a) * (0.92 + 0.12 * value(p * 3.0, 11));
        let edge = smooth(0.5, 0.42, gutter);
        rgb = rgb.mix(concrete, edge * 0.85) * (1.0 - 0.16 * smooth(0.3, 0.0, gutter));
    }
    let material = if gutter < 0.46 { Material::Concrete } else { Material::Asphalt };
    texel(rgb, 0.0, material)
}

/// From the kerb inwards: kerb stone, tree lawn, pavement, then the lots.
fn verge(view: &View, p: V2, place: &Place, pixel_m: f32) -> Texel {
    let d = place.kerb;
    let soft = pixel_m.max(0.03);
    let lawn = grass(view, p, place);
    let stone = hex(0xb6_b0a4) * (0.9 + 0.16 * value(p * 2.5, 21));
    if d < 0.16 + soft {
        let t = smooth(0.16 - 0.3 * soft, 0.16 + soft, d);
        return texel(stone.mix(lawn.rgb, t), 0.14, Material::Concrete);
    }
    let walk_edge = (d - (VERGE_M + 0.5 * WALK_M)).abs() - 0.5 * WALK_M;
    if walk_edge < soft {
        let slab = pavement(p, place);
        let t = smooth(-0.3 * soft, soft, walk_edge + 0.05 * (fractal(p * 2.0, 2, 31) - 0.4));
        let material = if t < 0.5 { Material::Concrete } else { lawn.material };
        return texel(slab.mix(lawn.rgb, t), 0.14, material);
    }
    lawn
}

/// Concrete slabs of 1.5 m with joints and their own greys.
fn pavement(p: V2, place: &Place) -> Rgb {
    let along = if place.from_row.abs() < place.from_column.abs() { place.uv.x } else { place.uv.y };
    let step = along / 1.52;
    let slab = step.floor();
    let joint = (step - slab - 0.5).abs();
    let own = 0.88 + 0.18 * cell(slab as i32, (place.row * 7 + place.column) as i32, 41);
    let wear = 0.9 + 0.2 * fractal(p * 0.9, 3, 43);
    let line = 1.0 - 0.28 * smooth(0.475, 0.495, joint);
    hex(0xb3_ac9e) * (own * wear * line)
}

/// Lawn of one lot: its own green, mown stripes, dry and bare spots, blades.
fn grass(view: &View, p: V2, place: &Place) -> Texel {
    let season = view.season;
    let south = place.from_row > 0.0;
    let lot = (place.uv.x / 13.4).floor() as i32;
    let side = (place.row * 2) as i32 + i32::from(south);
    let own = cell(lot, side, 51);
    let salt = hash(lot, side, 52);
    let broad = fractal(p * 0.11, 3, 53);
    let middle = fractal(p * 0.75, 3, 54);
    let blades = value(p * 9.0, 55) * 0.6 + cell((p.x * 26.0) as i32, (p.y * 26.0) as i32, 56) * 0.4;
    let lush = smooth(0.25, 0.8, 0.5 * own + 0.35 * broad + 0.3 * middle);
    let dry = smooth(0.52, 0.78, 0.42 * broad + 0.4 * middle + 0.3 * cell(lot, side, 57));
    let mut rgb = season.grass[0].mix(season.grass[1], 1.0 - lush).mix(season.grass[2], dry * 0.62);
    if salt % 5 < 2 {
        let across = if salt.is_multiple_of(2) { place.uv.x } else { place.uv.y };
        rgb = rgb * (1.0 + 0.055 * (across * std::f32::consts::TAU / 1.1).sin().clamp(-0.6, 0.6));
    }
    let bare = smooth(0.64, 0.74, fractal(p * 0.35, 4, 58)) * smooth(0.35, 0.8, own);
    let soil = hex(0xa8_9070) * (0.85 + 0.3 * middle);
    rgb = rgb.mix(soil, bare * 0.75) * (0.78 + 0.2 * middle + 0.24 * blades);
    let material = match (bare > 0.6, dry > 0.55) {
        (true, _) => Material::Soil,
        (_, true) => Material::DryGrass,
        _ => Material::Grass,
    };
    let rough = V2::new(value(p * 7.0, 59) - 0.5, value(p * 7.0, 60) - 0.5) * 0.22;
    Texel { rgb, height: 0.14, slope: rough, material, sun: 1.0 }
}

/// Mud, torn turf and dust where the storm passed, drawn out along the wind.
pub(super) fn scour(view: &View, tile: &mut Tile) {
    let Some(storm) = view.storm else { return };
    let bounds = tile.bounds;
    tile.paint(&bounds, |p, below| {
        let strength = storm.strength(p);
        if strength < 0.1 {
            return None;
        }
        let wind = storm.wind(p);
        let flow = V2::new(p.dot(wind) * 0.16, p.dot(wind.perp()) * 1.1);
        let streaks = fractal(flow, 4, 71);
        let blotch = fractal(p * 0.14, 4, 72);
        let soft = matches!(below.material, Material::Grass | Material::DryGrass | Material::Soil);
        let reach = strength * 1.25 + 0.42 * (blotch - 0.5) + 0.34 * (streaks - 0.5);
        let most = if soft { 0.86 } else { 0.42 };
        let torn = smooth(0.3, 1.0, reach) * most;
        let fine = 0.72
            + 0.34 * value(p * 5.0, 73)
            + 0.3 * (cell((p.x * 21.0) as i32, (p.y * 21.0) as i32, 74) - 0.5);
        let mud = hex(0x7a_6c5a).mix(hex(0xa0_9484), fractal(p * 0.4, 3, 75)) * fine;
        let paved = if below.material == Material::Asphalt { 0.4 } else { 1.0 };
        let thrown = smooth(0.16, 0.75, strength + 0.3 * (blotch - 0.5)) * paved;
        let wet = below.material == Material::Water;
        let shreds = shreds(p, wind, if wet { 0.0 } else { thrown });
        let material = if torn > 0.5 && soft { Material::Soil } else { below.material };
        let mixed = below.rgb.mix(mud, torn.min(0.95)).mix(shreds.1, shreds.0);
        let rough = V2::new(value(p * 4.0, 77) - 0.5, value(p * 4.0, 78) - 0.5) * (1.1 * torn);
        Some(Paint { cover: 1.0, rgb: mixed, lift: Lift::Raise(0.0), slope: below.slope + rough, material })
    });
}

/// Litter too small to be a thing of its own: chips, splinters, leaves. Its cover and its colour.
fn shreds(p: V2, wind: V2, amount: f32) -> (f32, Rgb) {
    const BITS: [u32; 8] =
        [0xb8_ae9a, 0x98_8870, 0x66_5a4c, 0xcc_c8c0, 0x86_7e74, 0xa8_967c, 0x5c_6444, 0xa6_a29c];
    let lie = wind.angle() + 1.6 * (value(p * 0.6, 0x50) - 0.5);
    let axis = V2::turned(lie);
    let q = V2::new(p.dot(axis), p.dot(axis.perp()));
    let clump = smooth(0.42, 0.72, fractal(p * 0.55, 3, 0x55));
    let mut found = (0.0, Rgb::default());
    for (scale, share, salt) in [(1.0, 0.55, 0x52_u32), (1.9, 0.8, 0x62)] {
        let (x, y) = ((q.x * 3.6 * scale).floor(), (q.y * 8.0 * scale).floor());
        let (i, j) = (x as i32, y as i32);
        if cell(i, j, salt) > amount * share * (0.25 + clump) {
            continue;
        }
        // A chip fills a part of its cell, off its middle.
        let (u, v) = (q.x * 3.6 * scale - x, q.y * 8.0 * scale - y);
        let (cu, cv) = (0.3 + 0.4 * cell(i, j, salt ^ 1), 0.3 + 0.4 * cell(i, j, salt ^ 2));
        let (hu, hv) = (0.1 + 0.32 * cell(i, j, salt ^ 3), 0.14 + 0.26 * cell(i, j, salt ^ 4));
        if (u - cu).abs() < hu && (v - cv).abs() < hv {
            let bit = hex(BITS[(cell(j, i, salt ^ 5) * 7.99) as usize]);
            found = (0.58, bit * (0.6 + 0.5 * cell(i, j, salt ^ 6)));
        }
    }
    found
}
