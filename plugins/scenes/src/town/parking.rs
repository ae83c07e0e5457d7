//! Cars: their colours, and where they stand in the street.

use super::{Body, Car, Town};
use crate::colour::hex;
use crate::dice::Dice;
use crate::geometry::{Bounds, Frame, V2};

const PAINTS: [u32; 16] = [
    0xe8_e8e6, 0xe2_e2e0, 0xf0_efec, 0xb8_bbbe, 0xa4_a8ac, 0x8a_8d90, 0x4c_4f52, 0x2c_2d30, 0x26_2628,
    0x34_3638, 0x8e_2a26, 0xa3_3a30, 0x2e_4668, 0x44_6486, 0x8c_7e66, 0x3e_5042,
];

/// A car of any make.
pub(super) fn car(dice: &mut Dice, frame: Frame) -> Car {
    let body = match dice.below(10) {
        0..4 => Body::Saloon,
        4..7 => Body::Wagon,
        7..9 => Body::Pickup,
        _ => Body::Van,
    };
    Car { frame, body, colour: hex(dice.pick(&PAINTS)), overturned: false, salt: dice.salt() }
}

/// Cars along the kerbs and a few on the move.
pub(super) fn street_cars(town: &mut Town, seed: u64) {
    let near = Bounds { min: V2::default(), max: town.size }.grown(8.0);
    let streets = town.streets.clone();
    let reach = 0.5 * town.size.length() + 20.0;
    for (day, share) in [("before", 0.16), ("after", 0.13)] {
        let mut dice = Dice::new(seed, &format!("street cars {day}"));
        let mut cars = Vec::new();
        for row in &streets.rows {
            let mut u = -reach;
            while u < reach {
                u += dice.range(5.6, 7.2);
                for side in [-1.0, 1.0] {
                    let clear = streets.columns.iter().all(|c| (u - c.at).abs() > c.half_width + 8.0);
                    let driving = dice.chance(0.03);
                    if !clear || !dice.chance(share) {
                        continue;
                    }
                    let inset = if driving { 0.45 * row.half_width } else { row.half_width - 1.15 };
                    let angle = streets.row_angle(u) + if side > 0.0 { 0.0 } else { std::f32::consts::PI };
                    let v = row.at + side * inset + dice.jitter(0.12);
                    let frame = Frame::new(streets.point(V2::new(u, v)), angle + dice.jitter(0.03));
                    cars.push(car(&mut dice, frame));
                }
            }
        }
        cars.retain(|c| near.holds(c.frame.origin));
        if day == "after" { town.cars_after.extend(cars) } else { town.cars_before.extend(cars) }
    }
}
