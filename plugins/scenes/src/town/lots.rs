//! Blocks cut into lots, and what families do with them: a house, a drive, a garage, a garden.

use super::streets::MARGIN_M;
use super::{Body, Car, Fixture, FixtureKind, Habit, Lot, SurfaceKind, Town, Tree, civic, parking, plans};
use crate::building::{Building, Use};
use crate::colour::hex;
use crate::dice::Dice;
use crate::geometry::{Bounds, Frame, V2};
use crate::material::Material;

const LOT_WIDTH_M: f32 = 13.4;
const STREET_NAMES: [&str; 8] =
    ["Walnut St", "Main St", "Cedar St", "Joplin Ave", "Maple St", "Pearl St", "Elm St", "Grand Ave"];

/// One side of a block: lots in a row with their fronts on one street.
struct Side {
    low: f32,
    high: f32,
    front_v: f32,
    depth: f32,
    /// Lots lie towards +v of their street.
    south: bool,
    row: usize,
}

/// Cuts every block and builds on every lot.
pub(super) fn fill(town: &mut Town, seed: u64) {
    let area = Bounds { min: V2::default(), max: town.size }.grown(super::BEYOND_M);
    let streets = town.streets.clone();
    for column in 0..streets.columns.len() - 1 {
        for row in 0..streets.rows.len() - 1 {
            let (left, right) = (streets.columns[column], streets.columns[column + 1]);
            let (upper, lower) = (streets.rows[row], streets.rows[row + 1]);
            let low = left.at + left.half_width + MARGIN_M;
            let high = right.at - right.half_width - MARGIN_M;
            let top = upper.at + upper.half_width + MARGIN_M;
            let foot = lower.at - lower.half_width - MARGIN_M;
            let depth = 0.5 * (foot - top);
            let sides = [
                Side { low, high, front_v: top, depth, south: true, row },
                Side { low, high, front_v: foot, depth, south: false, row: row + 1 },
            ];
            for side in sides {
                let mut dice = Dice::new(seed, &format!("block {column} {row} {}", side.south));
                fill_side(town, &mut dice, &side, (column, row), &area);
            }
        }
    }
}

fn lot(town: &Town, side: &Side, low: f32, high: f32, number: u32) -> Lot {
    let middle = 0.5 * (low + high);
    let angle = town.streets.row_angle(middle) + if side.south { 0.0 } else { std::f32::consts::PI };
    let frame = Frame::new(town.streets.point(V2::new(middle, side.front_v)), angle);
    Lot { frame, width: high - low, depth: side.depth, to_kerb: MARGIN_M, number, street: side.row }
}

fn fill_side(town: &mut Town, dice: &mut Dice, side: &Side, block: (usize, usize), area: &Bounds) {
    let centre_column = town.streets.columns.iter().position(|c| c.main).unwrap_or(1);
    let main = town.streets.main_row;
    let use_of = (block.0 + 1 == centre_column, block.0 == centre_column, side.row, side.south);
    let touches = |l: &Lot| {
        let middle = l.frame.child(V2::new(0.0, 0.5 * l.depth), 0.0);
        middle.reach(0.5 * l.width, 0.5 * l.depth, 0.0).meets(area)
    };
    let whole = lot(town, side, side.low, side.high, 100);
    match use_of {
        (true, _, r, true) if r == main => return civic::shops(town, dice, &whole),
        (_, true, r, false) if r + 1 == main => return civic::school(town, dice, &whole),
        (false, false, r, false) if r + 1 == main && block.0 + 2 == centre_column => {
            return civic::park(town, dice, &whole);
        }
        _ => {}
    }
    let (mut low, mut high) = (side.low, side.high);
    if use_of.1 && side.row == main && side.south {
        let split = low + 27.0;
        civic::church_yard(town, dice, &lot(town, side, low, split, 200));
        low = split + 0.4;
    }
    if high - low < 10.0 {
        high = low + 10.0;
    }
    let count = ((high - low) / LOT_WIDTH_M).round().max(1.0) as u32;
    let width = (high - low) / count as f32;
    for i in 0..count {
        let from = low + width * i as f32;
        let number = 100 * (block.0 as u32 + 1) + 2 * i + u32::from(side.south);
        let lot = lot(town, side, from, from + width, number);
        if touches(&lot) && !dice.chance(0.03) {
            settle(town, dice, &lot);
        }
    }
}

/// Builds one family's lot.
fn settle(town: &mut Town, dice: &mut Dice, lot: &Lot) {
    let drive_side = if dice.chance(0.5) { 1.0 } else { -1.0 };
    let drive = 2.9;
    let width = (lot.width - drive - 1.5).min(dice.range(8.2, 10.2));
    let depth = dice.range(8.6, 11.6);
    let setback = dice.range(3.6, 5.4);
    let shift = -drive_side * (0.5 * (lot.width - width) - 0.7);
    let at = V2::new(shift, setback + 0.5 * depth);
    let frame = lot.frame.child(at, dice.jitter(0.012));
    let mut house = plans::house(dice, frame, width, depth);
    house.address = format!("{} {}", lot.number, STREET_NAMES[lot.street % STREET_NAMES.len()]);
    let drive_x = drive_side * (0.5 * lot.width - 0.35 - 0.5 * drive);
    front_walk(town, dice, lot, shift, setback);
    let garage = driveway(town, dice, lot, drive_x, &house);
    back_yard(town, dice, lot, &house, garage);
    front_yard(town, dice, lot, shift, setback);
    fences(town, dice, lot, setback + depth);
    let ac = house.frame.child(V2::new(-drive_side * (0.5 * width + 0.75), dice.range(0.0, 3.0)), 0.0);
    put_box(town, dice, ac, 0.42, 0.9, 0xc4_c6c2);
    town.buildings.push(house);
}

fn front_walk(town: &mut Town, dice: &mut Dice, lot: &Lot, x: f32, setback: f32) {
    let length = setback + lot.to_kerb - 0.6;
    let at = V2::new(x + dice.jitter(1.0), 0.5 * length - lot.to_kerb + 0.3);
    town.add_surface(dice, SurfaceKind::Concrete, lot.frame.child(at, 0.0), V2::new(0.55, 0.5 * length));
}

/// Returns whether there is a garage at the end.
fn driveway(town: &mut Town, dice: &mut Dice, lot: &Lot, x: f32, house: &Building) -> bool {
    let garage = dice.chance(0.46);
    let length = if garage { lot.depth - 9.0 } else { dice.range(9.0, 14.0) };
    let kind = match dice.below(10) {
        0..6 => SurfaceKind::Concrete,
        6..8 => SurfaceKind::Gravel,
        _ => SurfaceKind::Asphalt,
    };
    let total = length + lot.to_kerb;
    let middle = V2::new(x, 0.5 * length - 0.5 * lot.to_kerb);
    town.add_surface(dice, kind, lot.frame.child(middle, 0.0), V2::new(1.45, 0.5 * total));
    let apron = V2::new(x, -lot.to_kerb + 0.95);
    town.add_surface(dice, SurfaceKind::Concrete, lot.frame.child(apron, 0.0), V2::new(1.95, 0.95));
    if garage {
        let half = V2::new(dice.range(2.1, 3.0), dice.range(2.9, 3.3));
        let inward = x - x.signum() * (half.x - 1.7).max(0.0);
        let frame = lot.frame.child(V2::new(inward, length + half.y - 0.4), 0.0);
        let mut made = plans::outbuilding(dice, frame, half, Use::Garage, house);
        made.address = format!("{} (garage)", house.address);
        town.buildings.push(made);
    }
    for after in [false, true] {
        if dice.chance(0.62) {
            let y = dice.range(1.2, length - 3.5);
            let turn = if dice.chance(0.5) { 0.5 } else { -0.5 } * std::f32::consts::PI + dice.jitter(0.05);
            let stand = lot.frame.child(V2::new(x + dice.jitter(0.15), y), turn);
            let car = parking::car(dice, stand);
            if after { town.cars_after.push(car) } else { town.cars_before.push(car) }
        }
    }
    garage
}

fn back_yard(town: &mut Town, dice: &mut Dice, lot: &Lot, house: &Building, garage: bool) {
    let back = house.half().y;
    let half_width = 0.5 * lot.width;
    let yard_from = lot.frame.local(house.frame.origin).y + back;
    let yard = lot.depth - yard_from;
    let patio = V2::new(dice.jitter(1.5), back + 1.4);
    let kind = if dice.chance(0.45) { SurfaceKind::Deck } else { SurfaceKind::Concrete };
    if dice.chance(0.7) {
        let half = V2::new(dice.range(1.4, 2.6), 1.7);
        town.add_surface(dice, kind, house.frame.child(patio, 0.0), half);
    }
    let side = -lot.frame.local(house.frame.origin).x.signum();
    let far = V2::new(if garage { -side } else { side } * (half_width - 3.0), lot.depth - 3.2);
    match dice.below(10) {
        0 if yard > 7.5 => {
            let frame = lot.frame.child(far, dice.jitter(0.05));
            let half = V2::new(dice.range(2.5, 3.5), 1.6);
            town.add_surface(dice, SurfaceKind::Pool, frame, half);
        }
        1 => town.add_surface(dice, SurfaceKind::RoundPool, lot.frame.child(far, 0.0), V2::new(2.1, 2.1)),
        2 => town.add_surface(dice, SurfaceKind::Trampoline, lot.frame.child(far, 0.0), V2::new(1.8, 1.8)),
        3 | 4 => {
            let half = V2::new(dice.range(1.3, 2.4), dice.range(1.0, 1.8));
            town.add_surface(dice, SurfaceKind::VegetableBed, lot.frame.child(far, 0.0), half);
        }
        5..9 => {
            let half = V2::new(dice.range(1.1, 1.7), dice.range(1.2, 2.1));
            let frame = lot.frame.child(far, dice.jitter(0.1));
            let mut shed = plans::outbuilding(dice, frame, half, Use::Shed, house);
            shed.address = format!("{} (shed)", house.address);
            if dice.chance(0.22) {
                overgrow(town, dice, &frame);
            }
            town.buildings.push(shed);
        }
        _ => {}
    }
    for _ in 0..2 + dice.below(3) {
        let q = V2::new(dice.jitter(half_width - 1.5), dice.range(yard_from + 1.5, lot.depth - 1.0));
        plant(town, dice, lot.frame.world(q), 1.8, 4.8);
    }
    if dice.chance(0.5) {
        let q = V2::new(dice.jitter(half_width - 2.0), dice.range(yard_from, lot.depth - 2.0));
        let half = V2::new(dice.range(0.8, 2.0), dice.range(0.6, 1.4));
        let frame = lot.frame.child(q, dice.jitter(1.0));
        town.add_surface(dice, SurfaceKind::WornGrass, frame, half);
    }
}

/// Trees that hide a shed from above.
fn overgrow(town: &mut Town, dice: &mut Dice, frame: &Frame) {
    for offset in [V2::new(0.3, 0.2), V2::new(-0.9, -0.6)] {
        let radius = dice.range(3.2, 4.4);
        town.trees.push(Tree {
            at: frame.world(offset),
            radius,
            height_m: radius * 2.1,
            habit: Habit::Broad,
            tone: dice.unit(),
            salt: dice.salt(),
        });
    }
}

fn plant(town: &mut Town, dice: &mut Dice, at: V2, smallest: f32, largest: f32) {
    let radius = dice.range(smallest, largest);
    if !town.is_free(at, 0.45 * radius) || town.trees.iter().any(|t| (t.at - at).length() < 0.7 * t.radius) {
        return;
    }
    let habit = if dice.chance(0.13) { Habit::Conifer } else { Habit::Broad };
    let radius = if habit == Habit::Conifer { radius.min(2.9) } else { radius };
    let height_m = if habit == Habit::Conifer { 3.4 } else { dice.range(1.7, 2.2) } * radius;
    town.trees.push(Tree { at, radius, height_m, habit, tone: dice.unit(), salt: dice.salt() });
}

fn front_yard(town: &mut Town, dice: &mut Dice, lot: &Lot, shift: f32, setback: f32) {
    if dice.chance(0.5) {
        let q = V2::new(dice.jitter(0.4 * lot.width), dice.range(0.6, 2.4));
        plant(town, dice, lot.frame.world(q), 1.3, 3.3);
    }
    if dice.chance(0.6) {
        let half = V2::new(dice.range(1.2, 3.0), 0.45);
        let at = V2::new(shift + dice.jitter(1.5), setback - 0.7);
        town.add_surface(dice, SurfaceKind::Mulch, lot.frame.child(at, 0.0), half);
        for _ in 0..3 + dice.below(4) {
            let q = at + V2::new(dice.jitter(half.x), dice.jitter(0.25));
            let radius = dice.range(0.3, 0.62);
            town.trees.push(Tree {
                at: lot.frame.world(q),
                radius,
                height_m: 1.6 * radius,
                habit: Habit::Shrub,
                tone: dice.unit(),
                salt: dice.salt(),
            });
        }
    }
}

fn fences(town: &mut Town, dice: &mut Dice, lot: &Lot, from: f32) {
    let style = dice.below(10);
    if style > 6 {
        return;
    }
    let half = 0.5 * lot.width - 0.12;
    let corners =
        [V2::new(-half, from), V2::new(-half, lot.depth), V2::new(half, lot.depth), V2::new(half, from)];
    let (kind, half_width, height_m, colour, material) = match style {
        0..4 => (FixtureKind::BoardFence, 0.06, 1.75, 0xa8_9880, Material::Wood),
        4 => (FixtureKind::Hedge, 0.5, 1.3, 0x4c_6130, Material::Canopy),
        _ => (FixtureKind::WireFence, 0.035, 1.1, 0xa6_a8a6, Material::Metal),
    };
    let colour = hex(colour) * dice.range(0.75, 1.15);
    for pair in corners.windows(2) {
        let (from, to) = (lot.frame.world(pair[0]), lot.frame.world(pair[1]));
        let salt = dice.salt();
        town.fixtures.push(Fixture { kind, from, to, half_width, height_m, colour, material, salt });
    }
}

/// A small box on the ground.
pub(super) fn put_box(town: &mut Town, dice: &mut Dice, at: Frame, half: f32, height_m: f32, colour: u32) {
    town.fixtures.push(Fixture {
        kind: FixtureKind::Box,
        from: at.world(V2::new(-half, 0.0)),
        to: at.world(V2::new(half, 0.0)),
        half_width: half,
        height_m,
        colour: hex(colour),
        material: Material::Metal,
        salt: dice.salt(),
    });
}

impl Car {
    /// Half length and half width.
    pub(crate) fn half(&self) -> V2 {
        match self.body {
            Body::Saloon => V2::new(2.3, 0.9),
            Body::Wagon => V2::new(2.35, 0.95),
            Body::Pickup => V2::new(2.8, 0.98),
            Body::Van => V2::new(2.5, 0.98),
        }
    }
}
