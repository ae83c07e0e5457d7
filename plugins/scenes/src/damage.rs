//! What the storm did to each building: how badly, and which parts of it are gone.

use serde::{Deserialize, Serialize};

use crate::building::{Building, RoofShape, Use};
use crate::colour::{Rgb, hex};
use crate::dice::Dice;
use crate::geometry::{Frame, V2};
use crate::material::Material;
use crate::tornado::Tornado;

/// A class of the Joint Damage Scale.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum DamageClass {
    #[serde(rename = "un-classified")]
    UnClassified,
    #[serde(rename = "obscured")]
    Obscured,
    #[serde(rename = "no damage")]
    NoDamage,
    #[serde(rename = "minor damage")]
    MinorDamage,
    #[serde(rename = "major damage")]
    MajorDamage,
    #[serde(rename = "destroyed")]
    Destroyed,
}

impl DamageClass {
    /// All six, in the order of the scale.
    pub const ALL: [Self; 6] = [
        Self::UnClassified,
        Self::Obscured,
        Self::NoDamage,
        Self::MinorDamage,
        Self::MajorDamage,
        Self::Destroyed,
    ];

    /// The code as it stands in files.
    pub fn code(self) -> &'static str {
        match self {
            Self::UnClassified => "un-classified",
            Self::Obscured => "obscured",
            Self::NoDamage => "no damage",
            Self::MinorDamage => "minor damage",
            Self::MajorDamage => "major damage",
            Self::Destroyed => "destroyed",
        }
    }

    pub(crate) fn index(self) -> usize {
        Self::ALL.iter().position(|c| *c == self).unwrap_or(0)
    }
}

/// A sheet of blue plastic over a roof, in the building's frame.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tarp {
    pub frame: Frame,
    pub half: V2,
    pub colour: Rgb,
    pub salt: u32,
}

/// A room of a house without its roof, in the building's frame.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Room {
    pub min: V2,
    pub max: V2,
    pub floor: Rgb,
    pub material: Material,
}

/// How much of a destroyed building is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Remains {
    Walls,
    Heap,
    Slab,
}

/// The state of one building after the storm.
#[derive(Clone, Debug)]
pub(crate) struct Damage {
    pub class: DamageClass,
    /// Share of the roof without its covering, and without its boards.
    pub bare: f32,
    pub open: f32,
    /// Beyond this line (normal and offset in the building's frame) the roof is gone.
    pub cut: Option<(V2, f32)>,
    pub tarps: Vec<Tarp>,
    pub remains: Option<Remains>,
    pub rooms: Vec<Room>,
    pub wind: V2,
    pub salt: u32,
}

impl Damage {
    /// The state of a building that nothing happened to.
    pub(crate) fn none() -> Self {
        Self {
            class: DamageClass::NoDamage,
            bare: 0.0,
            open: 0.0,
            cut: None,
            tarps: Vec::new(),
            remains: None,
            rooms: Vec::new(),
            wind: V2::new(1.0, 0.0),
            salt: 0,
        }
    }

    /// What the storm does to `building`.
    pub(crate) fn by(storm: &Tornado, building: &Building, dice: &mut Dice) -> Self {
        let at = building.frame.origin;
        let strength = storm.strength(at);
        let score = strength + 0.065 * dice.normal() + 0.16 * (building.frailty - 0.5);
        let class = match score {
            s if s > 0.68 => DamageClass::Destroyed,
            s if s > 0.39 => DamageClass::MajorDamage,
            s if s > 0.17 => DamageClass::MinorDamage,
            _ => DamageClass::NoDamage,
        };
        let wind = building.frame.local(at + storm.wind(at));
        let mut made = Self { class, wind, salt: dice.salt(), ..Self::none() };
        match class {
            DamageClass::MinorDamage => made.minor(building, dice),
            DamageClass::MajorDamage => made.major(building, dice),
            DamageClass::Destroyed => made.destroyed(building, score, dice),
            _ => {}
        }
        made
    }

    fn minor(&mut self, building: &Building, dice: &mut Dice) {
        self.bare = dice.range(0.05, 0.2);
        if building.purpose == Use::House && dice.chance(0.5) {
            self.add_tarp(building, dice, 0.85);
        }
    }

    fn major(&mut self, building: &Building, dice: &mut Dice) {
        self.bare = dice.range(0.28, 0.6);
        self.open = dice.range(0.1, 0.32);
        let half = building.half();
        if dice.chance(0.5) {
            let upwind = V2::turned(self.wind.angle() + dice.jitter(0.6)) * -1.0;
            let reach = (half.x * upwind.x.abs() + half.y * upwind.y.abs()) * dice.range(0.05, 0.45);
            self.cut = Some((upwind, reach));
        } else if building.purpose == Use::House && dice.chance(0.75) {
            self.add_tarp(building, dice, 1.0);
            if dice.chance(0.4) {
                self.add_tarp(building, dice, 0.7);
            }
        }
        self.rooms = rooms(building, dice);
    }

    fn destroyed(&mut self, building: &Building, score: f32, dice: &mut Dice) {
        self.bare = 1.0;
        self.open = 1.0;
        let lightly = building.frailty < 0.6 && score < 0.86;
        self.remains = Some(match dice.unit() + if lightly { 0.0 } else { 0.35 } {
            r if r < 0.42 => Remains::Walls,
            r if r < 0.98 => Remains::Heap,
            _ => Remains::Slab,
        });
        self.rooms = rooms(building, dice);
    }

    fn add_tarp(&mut self, building: &Building, dice: &mut Dice, share: f32) {
        let main = building.wings[dice.below(building.wings.len().min(2))];
        if main.shape == RoofShape::Flat {
            return;
        }
        let half = V2::new(main.half.x * dice.range(0.4, 0.9), main.half.y * dice.range(0.4, 0.75)) * share;
        let room = V2::new(main.half.x - half.x, main.half.y - half.y);
        let at = main.at + V2::new(dice.jitter(0.85) * room.x, dice.jitter(0.85) * room.y);
        let colour = hex(dice.pick(&[0x2c_5c9c, 0x26_5698, 0x34_68a8, 0x3c_70b0])) * dice.range(0.9, 1.12);
        let frame = Frame::new(at, dice.jitter(0.05));
        self.tarps.push(Tarp { frame, half, colour, salt: dice.salt() });
    }
}

const FLOORS: [(u32, Material); 7] = [
    (0xa8_8a66, Material::Wood),
    (0x94_7452, Material::Wood),
    (0xb9_ae9c, Material::Plaster),
    (0xc6_bfb2, Material::Concrete),
    (0x8c_857c, Material::Concrete),
    (0x9a_8f80, Material::Plaster),
    (0x7a_6a5a, Material::Wood),
];

/// Cuts each wing into rooms.
fn rooms(building: &Building, dice: &mut Dice) -> Vec<Room> {
    let mut rooms = Vec::new();
    for wing in building.wings.iter().filter(|w| w.outline) {
        let inset = V2::new((wing.half.x - 0.35).max(0.3), (wing.half.y - 0.35).max(0.3));
        let mut open = vec![(wing.at - inset, wing.at + inset)];
        while let Some((min, max)) = open.pop() {
            let (w, h) = (max.x - min.x, max.y - min.y);
            let largest = if building.purpose == Use::House { 4.6 } else { 8.0 };
            let t = dice.range(0.36, 0.64);
            if w > largest && w >= h {
                let x = min.x + w * t;
                open.push((min, V2::new(x, max.y)));
                open.push((V2::new(x, min.y), max));
            } else if h > largest {
                let y = min.y + h * t;
                open.push((min, V2::new(max.x, y)));
                open.push((V2::new(min.x, y), max));
            } else {
                let (code, material) = dice.pick(&FLOORS);
                rooms.push(Room { min, max, floor: hex(code) * dice.range(0.85, 1.1), material });
            }
        }
    }
    rooms
}
