//! House plans: how wings, porches, dormers and chimneys go together.

use crate::building::{Building, Covering, RoofShape, Trim, TrimKind, Use, Wing};
use crate::colour::{Rgb, hex};
use crate::dice::Dice;
use crate::geometry::{Frame, V2};
use crate::material::Material;

const SHINGLES: [u32; 14] = [
    0x6b_6460, 0x5a_5654, 0x7d_7266, 0x8a_7b69, 0x97_8874, 0x6f_5d4f, 0x83_6a58, 0x57_5d66, 0x9c_968c,
    0x74_706c, 0x5f_4f47, 0x86_5c4c, 0x66_6e62, 0xa6_9a88,
];
const METALS: [u32; 5] = [0xb9_bdbf, 0x8f_9a9e, 0x8a_4a42, 0x56_6c5c, 0xc8_c2b4];
const TRIMS: [u32; 4] = [0xd6_d2ca, 0xc4_bfb4, 0xa4_9e94, 0x80_786e];
const WALLS: [u32; 6] = [0xd9_d3c7, 0xc7_b9a3, 0xe4_e1da, 0xa9_b2b8, 0xb5_8f78, 0xc4_c3ae];

fn shaded(dice: &mut Dice, codes: &[u32]) -> Rgb {
    hex(dice.pick(codes)) * dice.range(0.88, 1.12)
}

/// A covering of shingles, or of metal with the given chance.
pub(crate) fn covering(dice: &mut Dice, metal: f32) -> Covering {
    let metal = dice.chance(metal);
    let (material, codes): (_, &[u32]) =
        if metal { (Material::RoofMetal, &METALS) } else { (Material::Shingle, &SHINGLES) };
    Covering { material, colour: shaded(dice, codes), trim: hex(dice.pick(&TRIMS)) }
}

fn gable(at: V2, half: V2, across: bool, eave_m: f32, pitch: f32) -> Wing {
    Wing { at, half, across, shape: RoofShape::Gable, eave_m, pitch, outline: true }
}

fn hip(at: V2, half: V2, across: bool, eave_m: f32, pitch: f32) -> Wing {
    Wing { shape: RoofShape::Hip, ..gable(at, half, across, eave_m, pitch) }
}

/// A low roof in front of a wing, rising towards it.
fn lean_to(at: V2, half: V2, eave_m: f32) -> Wing {
    Wing { shape: RoofShape::LeanTo, ..gable(at, half, false, eave_m, 0.14) }
}

fn blank(dice: &mut Dice, purpose: Use, frame: Frame, wings: Vec<Wing>, covering: Covering) -> Building {
    Building {
        id: dice.id(),
        address: String::new(),
        purpose,
        frame,
        wings,
        trims: Vec::new(),
        covering,
        wall: hex(dice.pick(&WALLS)),
        salt: dice.salt(),
        frailty: dice.range(0.3, 0.7),
    }
}

/// A house of about `width` × `depth` m; the street is on the side of −y.
pub(crate) fn house(dice: &mut Dice, frame: Frame, width: f32, depth: f32) -> Building {
    let (w, d) = (0.5 * width, 0.5 * depth);
    let two_storeys = dice.chance(0.22);
    let eave = if two_storeys { dice.range(5.0, 5.6) } else { dice.range(2.7, 3.1) };
    let pitch = dice.range(0.42, 0.72);
    let side = if dice.chance(0.5) { 1.0 } else { -1.0 };
    let roof = if dice.chance(0.36) { hip } else { gable };
    let origin = V2::default();
    let mut wings = match dice.below(5) {
        0 => vec![roof(origin, V2::new(w, d), false, eave, pitch)],
        1 => vec![
            roof(V2::new(0.0, 0.14 * d), V2::new(w, 0.86 * d), false, eave, pitch),
            roof(V2::new(side * 0.46 * w, -0.42 * d), V2::new(0.52 * w, 0.58 * d), true, eave, pitch),
        ],
        2 => vec![
            roof(V2::new(0.0, -0.25 * d), V2::new(w, 0.72 * d), false, eave, pitch),
            roof(V2::new(side * 0.3 * w, 0.45 * d), V2::new(0.6 * w, 0.55 * d), true, eave - 0.2, pitch),
        ],
        3 => vec![
            roof(origin, V2::new(0.78 * w, d), true, eave, pitch),
            gable(V2::new(side * 0.55 * w, 0.2 * d), V2::new(0.45 * w, 0.5 * d), false, eave - 0.3, pitch),
        ],
        _ => vec![
            roof(origin, V2::new(w, 0.8 * d), false, eave, pitch),
            gable(V2::new(-side * 0.5 * w, -0.5 * d), V2::new(0.36 * w, 0.5 * d), true, eave, pitch * 1.1),
            roof(V2::new(side * 0.42 * w, 0.5 * d), V2::new(0.5 * w, 0.46 * d), true, eave - 0.2, pitch),
        ],
    };
    if dice.chance(0.55) {
        let half = V2::new(w * dice.range(0.35, 0.8), 1.15);
        let at = V2::new(dice.jitter(0.2) * w, -d - 0.45);
        wings.push(lean_to(at, half, 2.25));
    }
    let covering = covering(dice, 0.09);
    let mut house = blank(dice, Use::House, frame, wings, covering);
    if two_storeys && dice.chance(0.6) {
        add_dormers(&mut house, dice, w);
    }
    add_house_trim(&mut house, dice);
    house
}

fn add_dormers(house: &mut Building, dice: &mut Dice, w: f32) {
    let main = house.wings[0];
    if main.across || main.shape != RoofShape::Gable {
        return;
    }
    let count = 1 + dice.below(3);
    for i in 0..count {
        let x = w * 1.1 * ((i as f32 + 0.5) / count as f32 - 0.5);
        let eave_m = main.eave_m + 0.36 * main.pitch * main.half.y;
        let half = V2::new(0.85, 0.36 * main.half.y);
        let dormer = gable(V2::new(x, main.at.y - 0.5 * main.half.y), half, true, eave_m, 0.55);
        house.wings.push(Wing { outline: false, ..dormer });
    }
}

fn add_house_trim(house: &mut Building, dice: &mut Dice) {
    let main = house.wings[0];
    let mut put = |dice: &mut Dice, kind, half: V2, rise_m, near_ridge: f32| {
        let span = V2::new(main.half.x - half.x - 0.8, main.half.y - half.y - 0.8);
        let mut at = V2::new(dice.jitter(0.8) * span.x, dice.jitter(near_ridge) * span.y);
        if main.across {
            at = V2::new(dice.jitter(near_ridge) * span.x, dice.jitter(0.8) * span.y);
        }
        house.trims.push(Trim { kind, at: main.at + at, half, rise_m });
    };
    if dice.chance(0.5) {
        put(dice, TrimKind::Chimney, V2::new(0.38, 0.48), 1.1, 0.3);
    }
    for _ in 0..2 + dice.below(4) {
        put(dice, TrimKind::Vent, V2::new(0.13, 0.13), 0.3, 0.8);
    }
    if dice.chance(0.14) {
        put(dice, TrimKind::Skylight, V2::new(0.4, 0.6), 0.1, 0.6);
    }
    if dice.chance(0.1) && main.shape == RoofShape::Gable && !main.across {
        let at = main.at + V2::new(dice.jitter(0.2) * main.half.x, 0.5 * main.half.y);
        let half = V2::new(main.half.x * 0.55, main.half.y * 0.32);
        house.trims.push(Trim { kind: TrimKind::SolarPanels, at, half, rise_m: 0.12 });
    }
}

/// A garage or a shed with a plain roof.
pub(crate) fn outbuilding(
    dice: &mut Dice,
    frame: Frame,
    half: V2,
    purpose: Use,
    like: &Building,
) -> Building {
    let pitch = dice.range(0.35, 0.55);
    let eave = if purpose == Use::Shed { 2.0 } else { 2.5 };
    let wing = if dice.chance(0.25) {
        hip(V2::default(), half, half.y > half.x, eave, pitch)
    } else {
        gable(V2::default(), half, half.y > half.x, eave, pitch)
    };
    let own = covering(dice, if purpose == Use::Shed { 0.4 } else { 0.15 });
    let covering = if dice.chance(0.55) && purpose == Use::Garage { like.covering } else { own };
    let mut made = blank(dice, purpose, frame, vec![wing], covering);
    made.frailty = dice.range(0.6, 1.0);
    made
}

/// A flat-roofed building with parapets, seams and air handlers.
pub(crate) fn flat_block(dice: &mut Dice, frame: Frame, blocks: &[(V2, V2, f32)], purpose: Use) -> Building {
    let wings = blocks
        .iter()
        .map(|&(at, half, eave_m)| Wing {
            at,
            half,
            across: false,
            shape: RoofShape::Flat,
            eave_m,
            pitch: 0.0,
            outline: true,
        })
        .collect();
    let colour = shaded(dice, &[0xb8_b6af, 0xac_a89f, 0x9a_968e, 0xc0_beb8]);
    let covering = Covering { material: Material::Membrane, colour, trim: hex(0xcf_c8bb) };
    let mut made = blank(dice, purpose, frame, wings, covering);
    made.frailty = dice.range(0.1, 0.4);
    for &(at, half, _) in blocks {
        for _ in 0..=(half.x * half.y / 22.0) as usize {
            let unit = V2::new(dice.range(0.6, 1.5), dice.range(0.6, 1.1));
            let spot = at + V2::new(dice.jitter(half.x - 2.4), dice.jitter(half.y - 2.0));
            made.trims.push(Trim { kind: TrimKind::AirHandler, at: spot, half: unit, rise_m: 1.1 });
            if dice.chance(0.4) {
                let run = V2::new(dice.range(1.0, 2.2), 0.25);
                let beside = spot + V2::new(unit.x + run.x, 0.0);
                if (beside.x - at.x).abs() + run.x < half.x - 0.8 {
                    made.trims.push(Trim { kind: TrimKind::Duct, at: beside, half: run, rise_m: 0.5 });
                }
            }
        }
        for _ in 0..(half.x * half.y / 12.0) as usize {
            let spot = at + V2::new(dice.jitter(half.x - 1.0), dice.jitter(half.y - 1.0));
            let kind = if dice.chance(0.25) { TrimKind::Skylight } else { TrimKind::Vent };
            let half = if kind == TrimKind::Vent { V2::new(0.16, 0.16) } else { V2::new(0.6, 0.6) };
            made.trims.push(Trim { kind, at: spot, half, rise_m: 0.3 });
        }
    }
    made
}

/// A church: a steep nave, a crossing hall and a tower.
pub(crate) fn church(dice: &mut Dice, frame: Frame) -> Building {
    let origin = V2::default();
    let wings = vec![
        gable(origin, V2::new(5.4, 10.5), true, 5.0, 0.95),
        gable(V2::new(0.0, 5.2), V2::new(8.6, 3.2), false, 4.2, 0.8),
        hip(V2::new(0.0, -11.4), V2::new(1.9, 1.9), false, 10.5, 1.6),
    ];
    let covering = Covering { material: Material::Shingle, colour: hex(0x5e_5c60), trim: hex(0xe0_dcd2) };
    let mut made = blank(dice, Use::Church, frame, wings, covering);
    made.frailty = 0.35;
    made
}
