//! What the storm strewed about: boards, sheets, shingles, insulation, branches and fallen trunks.

use crate::building::Building;
use crate::colour::{Rgb, hex};
use crate::damage::{Damage, DamageClass};
use crate::dice::Dice;
use crate::geometry::{Bounds, Frame, V2};
use crate::material::Material;
use crate::tornado::Tornado;
use crate::town::streets::Streets;
use crate::town::{Car, Fixture, FixtureKind, Habit, Town, Tree};

/// A flat scrap lying on whatever is below.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Piece {
    pub frame: Frame,
    pub half: V2,
    pub lift_m: f32,
    /// How it leans: rise per metre.
    pub tilt: V2,
    pub colour: Rgb,
    pub material: Material,
}

/// A tapering trunk or branch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stroke {
    pub from: V2,
    pub to: V2,
    pub half_width: [f32; 2],
    pub height_m: [f32; 2],
    pub colour: Rgb,
    pub material: Material,
}

/// Everything that lies about after the storm.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wreckage {
    /// Scraps on the open ground, drawn before buildings.
    pub strewn: Vec<Piece>,
    /// Scraps in and on what is left of buildings.
    pub heaped: Vec<Piece>,
    pub strokes: Vec<Stroke>,
    pub trees: Vec<Tree>,
    pub cars: Vec<Car>,
    pub fixtures: Vec<Fixture>,
}

const BOARDS: [u32; 8] =
    [0xb4_a284, 0xa0_8e72, 0xc4_b496, 0x92_8068, 0x84_7868, 0xc6_c2b6, 0x90_8a82, 0x68_5e50];
const PALE: [u32; 6] = [0xe4_e2dc, 0xd2_cec6, 0xc4_c4c4, 0xc6_c0b2, 0xb6_bec6, 0xd2_ccb8];
const FLUFF: [u32; 4] = [0xcc_a0a0, 0xcc_b884, 0xc0_9090, 0xd0_c49c];
const SCRAP_METAL: [u32; 4] = [0xc9_ced2, 0xa9_b0b4, 0xdd_dfe0, 0x9a_8a7a];
const BRIGHT: [u32; 5] = [0x8c_4a44, 0x48_6486, 0x58_7460, 0xb0_9850, 0x66_5266];
const BARK: u32 = 0x6e_5e4c;

fn scrap(dice: &mut Dice, at: V2, wind: V2, spread: f32, roof: Rgb) -> Piece {
    let angle = wind.angle() + spread * dice.normal();
    let (half, colour, material) = match dice.unit() {
        t if t < 0.40 => {
            let half = V2::new(dice.range(0.2, 1.5), dice.range(0.03, 0.075));
            (half, hex(dice.pick(&BOARDS)), Material::Wood)
        }
        t if t < 0.47 => {
            let half = V2::new(dice.range(0.35, 1.15), dice.range(0.25, 0.6));
            (half, hex(dice.pick(&BOARDS[..5])), Material::Wood)
        }
        t if t < 0.66 => (V2::new(dice.range(0.08, 0.5), dice.range(0.06, 0.3)), roof, Material::Shingle),
        t if t < 0.74 => {
            let half = V2::new(dice.range(0.1, 0.4), dice.range(0.08, 0.28));
            (half, hex(dice.pick(&FLUFF)), Material::Insulation)
        }
        t if t < 0.91 => {
            let half = V2::new(dice.range(0.04, 0.38), dice.range(0.03, 0.2));
            (half, hex(dice.pick(&PALE)), Material::Plaster)
        }
        t if t < 0.96 => {
            let half = V2::new(dice.range(0.15, 0.9), dice.range(0.08, 0.4));
            (half, hex(dice.pick(&SCRAP_METAL)), Material::Metal)
        }
        _ => {
            (V2::new(dice.range(0.05, 0.3), dice.range(0.05, 0.2)), hex(dice.pick(&BRIGHT)), Material::Rubble)
        }
    };
    Piece {
        frame: Frame::new(at, angle),
        half,
        lift_m: dice.range(0.03, 0.12) + 0.1 * half.y,
        tilt: V2::new(dice.jitter(0.35), dice.jitter(0.35)),
        colour: colour * dice.range(0.75, 1.12),
        material,
    }
}

impl Wreckage {
    /// What the storm makes of a town whose buildings it has already judged.
    pub(crate) fn of(town: &Town, storm: &Tornado, damages: &[Damage], seed: u64) -> Self {
        let mut made = Self::default();
        made.strew(town, storm, &mut Dice::new(seed, "strewn"));
        for (building, damage) in town.buildings.iter().zip(damages) {
            let mut dice = Dice::new(seed, &building.id);
            made.shed_scraps(building, damage, &town.streets, storm, &mut dice);
        }
        made.fell(town, storm, &mut Dice::new(seed, "felled"));
        made.move_cars(town, storm, &mut Dice::new(seed, "moved cars"));
        made.break_fixtures(town, storm, &mut Dice::new(seed, "fixtures"));
        made
    }

    /// Scraps everywhere in the swath, fewer on the cleared middle of streets.
    fn strew(&mut self, town: &Town, storm: &Tornado, dice: &mut Dice) {
        let area = Bounds { min: V2::default(), max: town.size }.grown(2.0);
        let span = area.max - area.min;
        for _ in 0..(span.x * span.y * 3.0) as usize {
            let at = area.min + V2::new(dice.unit() * span.x, dice.unit() * span.y);
            let strength = storm.strength(at);
            let clumps = crate::noise::fractal(at * 0.16, 3, town.salt ^ 0x4d);
            let mut share =
                (strength * strength * 1.5 + 0.03 * strength) * (0.1 + 3.2 * clumps * clumps * clumps);
            let kerb = town.streets.place(at).kerb;
            if kerb < -1.4 {
                share *= 0.13;
            } else if kerb < -0.1 {
                share *= 1.5;
            }
            if dice.unit() > share {
                continue;
            }
            let roof = town.buildings[dice.below(town.buildings.len())].covering.colour;
            let mut piece = scrap(dice, at, storm.wind(at), 0.55, roof);
            let small = 0.3 + 0.85 * dice.unit() * dice.unit();
            piece.half = V2::new(piece.half.x * small, piece.half.y * (0.5 + 0.5 * small));
            self.strewn.push(piece);
        }
    }

    /// Scraps that each damaged building drops and sends downwind.
    fn shed_scraps(
        &mut self,
        b: &Building,
        damage: &Damage,
        streets: &Streets,
        storm: &Tornado,
        dice: &mut Dice,
    ) {
        let half = b.half();
        let area = half.x * half.y;
        let (inside, plume, reach) = match damage.class {
            DamageClass::Destroyed => (5.6, 4.2, 15.0),
            DamageClass::MajorDamage => (0.0, 1.5, 9.0),
            DamageClass::MinorDamage => (0.0, 0.22, 6.0),
            _ => return,
        };
        for _ in 0..(inside * area) as usize {
            let q = V2::new(dice.normal() * 0.52 * half.x, dice.normal() * 0.52 * half.y);
            let at = b.frame.world(q);
            let mut piece = scrap(dice, at, storm.wind(at), 0.8, b.covering.colour);
            piece.lift_m += dice.range(0.0, 0.25);
            self.heaped.push(piece);
        }
        for _ in 0..(plume * area) as usize {
            let along = half.x.min(half.y) + reach * dice.unit() * dice.unit();
            let across = dice.normal() * 0.45 * (half.x.max(half.y) + 0.3 * along);
            let wind = storm.wind(b.frame.origin);
            let at = b.frame.origin + wind * along + wind.perp() * across;
            if streets.place(at).kerb < -1.2 && dice.chance(0.85) {
                continue;
            }
            self.strewn.push(scrap(dice, at, storm.wind(at), 0.5, b.covering.colour));
        }
    }

    /// Trees stand, lose their leaves, snap or fall.
    fn fell(&mut self, town: &Town, storm: &Tornado, dice: &mut Dice) {
        for tree in &town.trees {
            let strength = storm.strength(tree.at) + 0.08 * dice.normal();
            let wind = storm.wind(tree.at);
            if tree.habit == Habit::Shrub {
                if strength < 0.6 {
                    self.trees.push(*tree);
                }
                continue;
            }
            if strength < 0.3 || (strength < 0.42 && dice.chance(0.5)) {
                let mut kept = *tree;
                kept.radius *= 1.0 - 0.25 * strength.max(0.0);
                self.trees.push(kept);
            } else if dice.chance(1.25 - strength) {
                self.stripped(tree, dice);
            } else {
                self.fallen(tree, wind, dice);
            }
        }
    }

    /// A bare trunk with broken branches, as seen from above.
    fn stripped(&mut self, tree: &Tree, dice: &mut Dice) {
        let colour = hex(BARK) * dice.range(0.8, 1.35);
        let count = 5 + dice.below(4);
        let trunk = [0.0, tree.height_m * 0.4];
        let (from, half_width, material) = (tree.at, [0.26, 0.18], Material::Bark);
        let to = tree.at + V2::new(0.02, 0.02);
        self.strokes.push(Stroke { from, to, half_width, height_m: trunk, colour, material });
        for i in 0..count {
            let angle = std::f32::consts::TAU * (i as f32 + dice.jitter(0.35)) / count as f32;
            let length = tree.radius * dice.range(0.45, 0.9);
            let tip = tree.at + V2::turned(angle) * length;
            let height_m = [tree.height_m * 0.35, tree.height_m * dice.range(0.6, 0.9)];
            let (from, half_width, material) = (tree.at, [0.15, 0.045], Material::Bark);
            self.branch(Stroke { from, to: tip, half_width, height_m, colour, material }, 2, dice);
        }
    }

    /// A branch and its side branches, `depth` times.
    fn branch(&mut self, branch: Stroke, depth: u32, dice: &mut Dice) {
        self.strokes.push(branch);
        if depth == 0 {
            return;
        }
        let way = branch.to - branch.from;
        let [low, high] = branch.height_m;
        for _ in 0..2 + dice.below(2) {
            let t = dice.range(0.35, 0.95);
            let from = branch.from + way * t;
            let angle = way.angle() + dice.range(0.4, 0.95) * if dice.chance(0.5) { 1.0 } else { -1.0 };
            let to = from + V2::turned(angle) * (way.length() * dice.range(0.3, 0.5));
            let [thick, thin] = branch.half_width;
            let width = (thick + (thin - thick) * t) * 0.65;
            let height = low + (high - low) * t;
            let height_m = [height, height + (high - low) * 0.3];
            self.branch(
                Stroke { from, to, half_width: [width, width * 0.45], height_m, ..branch },
                depth - 1,
                dice,
            );
        }
    }

    /// A tree on its side: root plate, trunk, broken crown with some leaves.
    fn fallen(&mut self, tree: &Tree, wind: V2, dice: &mut Dice) {
        let lie = V2::turned(wind.angle() + 0.25 * dice.normal());
        let length = tree.height_m * dice.range(0.65, 0.95);
        let top = tree.at + lie * length;
        let colour = hex(0x86_7560) * dice.range(0.8, 1.25);
        let trunk = 0.09 + 0.045 * tree.radius;
        let (from, half_width, height_m) = (tree.at, [trunk, 0.08], [0.5, 0.35]);
        let stem = Stroke { from, to: top, half_width, height_m, colour, material: Material::Bark };
        self.strokes.push(stem);
        for _ in 0..7 + dice.below(5) {
            let t = dice.range(0.4, 1.0);
            let start = tree.at + lie * (length * t);
            let angle = lie.angle() + dice.range(0.35, 0.9) * if dice.chance(0.5) { 1.0 } else { -1.0 };
            let tip = start + V2::turned(angle) * (tree.radius * dice.range(0.5, 1.1));
            let (half_width, height_m) = ([0.07, 0.03], [0.5, 0.7]);
            self.branch(Stroke { from: start, to: tip, half_width, height_m, ..stem }, 1, dice);
            if dice.chance(0.45) {
                let radius = dice.range(0.35, 0.8);
                self.trees.push(Tree {
                    at: start + (tip - start) * 0.7,
                    radius,
                    height_m: 1.0 * radius,
                    habit: Habit::Shrub,
                    tone: tree.tone,
                    salt: dice.salt(),
                });
            }
        }
        for _ in 0..18 {
            let at = tree.at - lie * 0.25 + V2::turned(dice.range(0.0, 6.3)) * (0.75 * dice.unit());
            let mut clod = scrap(dice, at, lie.perp(), 0.4, hex(0x5a_4836));
            clod.half = V2::new(dice.range(0.1, 0.34), dice.range(0.08, 0.22));
            clod.colour = hex(0x66_4e38) * dice.range(0.6, 1.3);
            clod.material = Material::Soil;
            clod.lift_m = dice.range(0.2, 0.6);
            self.heaped.push(clod);
        }
    }

    fn move_cars(&mut self, town: &Town, storm: &Tornado, dice: &mut Dice) {
        for car in &town.cars_after {
            let mut car = *car;
            let strength = storm.strength(car.frame.origin);
            if strength > 0.55 && dice.chance(0.75) {
                let wind = storm.wind(car.frame.origin);
                let way = wind * dice.range(0.5, 4.0) + V2::new(dice.jitter(1.2), dice.jitter(1.2));
                let angle = car.frame.axis.angle() + dice.jitter(1.6);
                car.frame = Frame::new(car.frame.origin + way, angle);
                car.overturned = strength > 0.68 && dice.chance(0.45);
                if !town.is_free(car.frame.origin, 1.2) {
                    continue;
                }
            }
            self.cars.push(car);
        }
    }

    /// Fences go panel by panel; poles and wires with the wind.
    fn break_fixtures(&mut self, town: &Town, storm: &Tornado, dice: &mut Dice) {
        for fixture in &town.fixtures {
            let middle = (fixture.from + fixture.to) * 0.5;
            let strength = storm.strength(middle);
            match fixture.kind {
                FixtureKind::BoardFence | FixtureKind::WireFence | FixtureKind::Hedge => {
                    self.break_fence(fixture, storm, dice);
                }
                FixtureKind::Wire if strength > 0.3 => {}
                FixtureKind::Pole if strength > 0.5 => {
                    if fixture.half_width > 0.1 {
                        let wind = storm.wind(middle);
                        let to = middle + V2::turned(wind.angle() + dice.jitter(0.4)) * 8.0;
                        let height_m = [0.5, 0.3];
                        let half_width = [0.15, 0.1];
                        let material = Material::Wood;
                        let colour = fixture.colour;
                        self.strokes.push(Stroke {
                            from: middle,
                            to,
                            half_width,
                            height_m,
                            colour,
                            material,
                        });
                    }
                }
                FixtureKind::Box if strength > 0.7 => {}
                _ => self.fixtures.push(*fixture),
            }
        }
    }

    fn break_fence(&mut self, fence: &Fixture, storm: &Tornado, dice: &mut Dice) {
        let way = fence.to - fence.from;
        let count = (way.length() / 2.4).ceil().max(1.0);
        for i in 0..count as usize {
            let from = fence.from + way * (i as f32 / count);
            let to = fence.from + way * ((i + 1) as f32 / count);
            let middle = (from + to) * 0.5;
            if !dice.chance((storm.strength(middle) - 0.22) * 2.6) {
                self.fixtures.push(Fixture { from, to, ..*fence });
            } else if fence.kind == FixtureKind::BoardFence && dice.chance(0.6) {
                let at = middle + storm.wind(middle) * dice.range(0.8, 3.0);
                self.strewn.push(Piece {
                    frame: Frame::new(at, way.angle() + dice.jitter(0.7)),
                    half: V2::new(1.15, 0.8),
                    lift_m: 0.12,
                    tilt: V2::default(),
                    colour: fence.colour,
                    material: Material::Wood,
                });
            }
        }
    }
}
