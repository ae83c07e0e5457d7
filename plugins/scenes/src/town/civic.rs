//! Shops with a parking lot, a school, a park and a church.

use super::{Lot, SurfaceKind, Town, greenery, lots, parking, plans};
use crate::building::Use;
use crate::dice::Dice;
use crate::geometry::{Frame, V2};

const TURN: f32 = std::f32::consts::FRAC_PI_2;

fn at(lot: &Lot, x: f32, y: f32) -> Frame {
    lot.frame.child(V2::new(x, y), 0.0)
}

/// Two rows of stalls along the local x axis, some with cars.
fn stalls(town: &mut Town, dice: &mut Dice, frame: Frame, half: V2, share: f32) {
    town.add_surface(dice, SurfaceKind::ParkingLot, frame, half);
    let count = ((half.x - 0.6) * 2.0 / 2.7) as i32;
    for i in 0..count {
        for side in [-1.0, 1.0] {
            let x = -half.x + 0.6 + 2.7 * (i as f32 + 0.5);
            let stall = V2::new(x + dice.jitter(0.15), side * (half.y - 2.75) + dice.jitter(0.25));
            let turn = if dice.chance(0.6) { side * TURN } else { -side * TURN };
            let stand = frame.child(stall, turn + dice.jitter(0.03));
            let car = parking::car(dice, stand);
            if dice.chance(share) {
                town.cars_before.push(car);
            }
            if dice.chance(share * 0.55) {
                town.cars_after.push(car);
            }
        }
    }
}

/// A strip of shops at the back, stalls in front.
pub(super) fn shops(town: &mut Town, dice: &mut Dice, lot: &Lot) {
    let w = 0.5 * lot.width;
    let deep = 6.2;
    let y = lot.depth - deep - 0.8;
    let left = w * 0.56;
    let strip = [
        (V2::new(0.0, 0.0), V2::new(left, deep), 4.6),
        (V2::new(left + 5.0, 0.4), V2::new(5.2, deep - 0.4), 5.8),
    ];
    let frame = at(lot, -w + left + 1.2, y);
    let mut block = plans::flat_block(dice, frame, &strip, Use::Commercial);
    block.address = format!("{} Main St (shops)", lot.number);
    town.buildings.push(block);
    let x = w - 0.5 * (lot.width - 2.0 * left - 14.6) - 0.6;
    let half = V2::new(((w - x) - 0.8).clamp(2.8, 6.0), deep - 1.6);
    let store = [(V2::default(), half, 4.2)];
    let mut corner = plans::flat_block(dice, at(lot, x, y + 0.8), &store, Use::Commercial);
    corner.address = format!("{} Main St (pharmacy)", lot.number + 18);
    corner.covering.colour = crate::colour::hex(0x8e_8a82);
    town.buildings.push(corner);
    let half = V2::new(w - 0.6, 0.5 * (y - deep - 1.6));
    let lot_frame = at(lot, 0.0, half.y + 0.2);
    stalls(town, dice, lot_frame, half, 0.5);
    let walk = V2::new(w - 0.8, 0.75);
    town.add_surface(dice, SurfaceKind::Concrete, at(lot, 0.0, y - deep - 0.75), walk);
    for x in [-0.55 * w, 0.35 * w] {
        let apron = V2::new(3.2, 0.5 * lot.to_kerb + 0.4);
        town.add_surface(dice, SurfaceKind::Asphalt, at(lot, x, -0.5 * lot.to_kerb + 0.3), apron);
    }
    for i in 0..3 {
        lots::put_box(town, dice, at(lot, -w + 2.0 + 6.0 * i as f32, lot.depth - 0.5), 0.5, 1.3, 0x4c_6a58);
    }
}

/// A school with three flat blocks, a court and a field.
pub(super) fn school(town: &mut Town, dice: &mut Dice, lot: &Lot) {
    let w = 0.5 * lot.width;
    let y = 0.5 * lot.depth + 1.4;
    let blocks = [
        (V2::new(0.0, 0.0), V2::new(13.0, 6.0), 4.4),
        (V2::new(-8.6, -5.5), V2::new(4.4, 4.4), 4.2),
        (V2::new(10.4, 3.0), V2::new(6.2, 7.6), 7.2),
    ];
    let frame = at(lot, -w + 15.5, y);
    let mut school = plans::flat_block(dice, frame, &blocks, Use::School);
    school.address = format!("{} School", lot.number);
    school.covering.colour = crate::colour::hex(0xb2_aea4);
    town.buildings.push(school);
    let right = (w - 0.5 * (lot.width - 34.0)).max(6.0);
    let room = 0.5 * (lot.width - 35.0);
    if room > 5.0 {
        let centre = w - room;
        let court = V2::new(room.min(8.0) - 0.8, 4.6);
        town.add_surface(dice, SurfaceKind::BasketballCourt, at(lot, centre, 6.5), court);
        let play = V2::new(room.min(7.0) - 0.6, 4.0);
        town.add_surface(dice, SurfaceKind::Playground, at(lot, centre, lot.depth - 5.6), play);
    }
    let drive = V2::new(1.6, 0.5 * (lot.to_kerb + 8.0));
    town.add_surface(dice, SurfaceKind::Concrete, at(lot, -w + 15.5, 0.5 * (8.0 - lot.to_kerb)), drive);
    let half = V2::new(6.2, 2.9);
    town.add_surface(dice, SurfaceKind::Asphalt, at(lot, -right.min(w - 7.0) * 0.1 + 2.0, 3.2), half);
    for x in [-0.9 * w, -0.35 * w, 0.25 * w, 0.92 * w] {
        let spot = lot.frame.world(V2::new(x, dice.range(0.6, 2.4)));
        let radius = dice.range(2.0, 3.4);
        greenery::grow(town, dice, spot, radius);
    }
}

/// Lawns, paths, a ball field's corner, a shelter and many trees.
pub(super) fn park(town: &mut Town, dice: &mut Dice, lot: &Lot) {
    let w = 0.5 * lot.width;
    town.add_surface(dice, SurfaceKind::BallField, at(lot, 0.45 * w, 0.5 * lot.depth), V2::new(11.0, 11.0));
    town.add_surface(
        dice,
        SurfaceKind::Concrete,
        at(lot, -0.1 * w, 0.45 * lot.depth),
        V2::new(0.8, 0.5 * lot.depth),
    );
    town.add_surface(dice, SurfaceKind::Playground, at(lot, -0.45 * w, 0.4 * lot.depth), V2::new(5.0, 3.6));
    let shelter_frame = at(lot, -0.78 * w, 0.66 * lot.depth);
    let like = plans::house(dice, shelter_frame, 8.0, 8.0);
    let mut shelter = plans::outbuilding(dice, shelter_frame, V2::new(4.2, 3.0), Use::Shed, &like);
    shelter.address = format!("{} Park (shelter)", lot.number);
    town.buildings.push(shelter);
    for _ in 0..26 {
        let q = V2::new(dice.jitter(w - 1.5), dice.range(1.0, lot.depth - 1.0));
        let radius = dice.range(2.0, 4.6);
        greenery::grow(town, dice, lot.frame.world(q), radius);
    }
}

/// A church with a few stalls.
pub(super) fn church_yard(town: &mut Town, dice: &mut Dice, lot: &Lot) {
    let w = 0.5 * lot.width;
    let mut church = plans::church(dice, at(lot, -w + 9.4, 0.5 * lot.depth + 1.2));
    church.address = format!("{} Main St (church)", lot.number);
    town.buildings.push(church);
    let half = V2::new(4.0, 0.5 * lot.depth - 1.4);
    let frame = lot.frame.child(V2::new(w - 4.4, 0.5 * lot.depth), 0.0);
    town.add_surface(dice, SurfaceKind::Asphalt, frame, half);
    for i in 0..6 {
        let q = V2::new(-1.0, -half.y + 2.0 + 2.9 * i as f32);
        let stand = frame.child(q, dice.jitter(0.04));
        let car = parking::car(dice, stand);
        match dice.below(5) {
            0 | 1 => town.cars_before.push(car),
            2 => town.cars_after.push(car),
            _ => {}
        }
    }
    let walk = V2::new(0.9, 0.5 * (lot.to_kerb + 3.0));
    town.add_surface(dice, SurfaceKind::Concrete, at(lot, -w + 9.4, 0.5 * (3.0 - lot.to_kerb)), walk);
}
