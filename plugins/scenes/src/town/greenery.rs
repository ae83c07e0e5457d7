//! Street trees, park trees and the power line.

use super::streets::VERGE_M;
use super::{Fixture, FixtureKind, Habit, Town, Tree};
use crate::colour::hex;
use crate::dice::Dice;
use crate::geometry::V2;
use crate::material::Material;

/// Trees on the verges.
pub(super) fn street_trees(town: &mut Town, seed: u64) {
    let mut dice = Dice::new(seed, "street trees");
    let reach = 0.5 * town.size.length() + 20.0;
    let streets = town.streets.clone();
    for row in &streets.rows {
        let share = if row.main { 0.36 } else { 0.6 };
        let mut u = -reach;
        while u < reach {
            u += dice.range(7.0, 11.0);
            for side in [-1.0, 1.0] {
                let radius = dice.range(1.6, 4.3);
                let at = streets.point(V2::new(u, row.at + side * (row.half_width + 0.5 * VERGE_M)));
                let corner = streets.columns.iter().any(|c| (u - c.at).abs() < c.half_width + 7.0);
                if dice.chance(share) && !corner {
                    grow(town, &mut dice, at, radius);
                }
            }
        }
    }
    for column in &streets.columns {
        let mut v = -reach;
        while v < reach {
            v += dice.range(9.0, 14.0);
            for side in [-1.0, 1.0] {
                let radius = dice.range(1.6, 3.9);
                let at = streets.point(V2::new(column.at + side * (column.half_width + 0.5 * VERGE_M), v));
                let corner = streets.rows.iter().any(|r| (v - r.at).abs() < r.half_width + 7.0);
                if dice.chance(0.42) && !corner {
                    grow(town, &mut dice, at, radius);
                }
            }
        }
    }
}

/// A broad tree if there is room.
pub(super) fn grow(town: &mut Town, dice: &mut Dice, at: V2, radius: f32) {
    let crowded = town.trees.iter().any(|t| (t.at - at).length() < 0.6 * (t.radius + radius));
    let on_drive = town.surfaces.iter().any(|s| {
        let q = s.frame.local(at);
        q.x.abs() < s.half.x + 0.5 && q.y.abs() < s.half.y + 0.5
    });
    if crowded || on_drive || !town.is_free(at, 0.5 * radius) {
        return;
    }
    let height_m = dice.range(1.8, 2.4) * radius;
    town.trees.push(Tree { at, radius, height_m, habit: Habit::Broad, tone: dice.unit(), salt: dice.salt() });
}

/// Poles and wires along the back of one verge of the main street and one column.
pub(super) fn power_line(town: &mut Town, seed: u64) {
    let mut dice = Dice::new(seed, "power line");
    let reach = 0.5 * town.size.length() + 20.0;
    let streets = town.streets.clone();
    let main = streets.rows[streets.main_row];
    let offset = main.half_width + 0.55;
    let mut last: Option<V2> = None;
    let mut u = -reach;
    while u < reach {
        let at = streets.point(V2::new(u, main.at - offset));
        pole(town, &mut dice, at);
        if let Some(before) = last {
            for side in [-0.55, 0.0, 0.55] {
                let across = V2::turned(streets.row_angle(u)).perp() * side;
                wire(town, &mut dice, before + across, at + across);
            }
        }
        last = Some(at);
        u += dice.range(30.0, 36.0);
    }
}

fn pole(town: &mut Town, dice: &mut Dice, at: V2) {
    let arm = V2::turned(town.streets.row_angle(town.streets.grid(at).x)).perp() * 0.9;
    let upright = (FixtureKind::Pole, at, at + V2::new(0.01, 0.0), 0.13);
    // The arm hangs in the air and throws no shadow worth having, like the wires.
    for (kind, from, to, half_width) in [upright, (FixtureKind::Wire, at - arm, at + arm, 0.06)] {
        let height_m = 9.5;
        town.fixtures.push(Fixture {
            kind,
            from,
            to,
            half_width,
            height_m,
            colour: hex(0x7a_6a58),
            material: Material::Wood,
            salt: dice.salt(),
        });
    }
}

fn wire(town: &mut Town, dice: &mut Dice, from: V2, to: V2) {
    town.fixtures.push(Fixture {
        kind: FixtureKind::Wire,
        from,
        to,
        half_width: 0.012,
        height_m: 8.9,
        colour: hex(0x30_3030),
        material: Material::Metal,
        salt: dice.salt(),
    });
}
