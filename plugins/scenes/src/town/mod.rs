//! The town before the storm: streets, lots with houses and gardens, a few larger places, trees, cars.

mod civic;
mod greenery;
mod lots;
mod parking;
mod plans;
pub(crate) mod streets;

use crate::building::Building;
use crate::colour::Rgb;
use crate::dice::Dice;
use crate::geometry::{Bounds, Frame, V2};
use crate::material::Material;
use streets::Streets;

/// How far the town goes on beyond the picture.
pub(crate) const BEYOND_M: f32 = 14.0;

/// Flat things on the ground.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SurfaceKind {
    /// Slabs with joints.
    Concrete,
    Asphalt,
    Gravel,
    /// Stalls on both sides of the local y axis.
    ParkingLot,
    Deck,
    Pool,
    RoundPool,
    Mulch,
    VegetableBed,
    Trampoline,
    BasketballCourt,
    Playground,
    BallField,
    WornGrass,
}

/// One of them: a box in its frame.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Surface {
    pub kind: SurfaceKind,
    pub frame: Frame,
    pub half: V2,
    pub salt: u32,
}

/// Upright things that are not buildings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FixtureKind {
    BoardFence,
    WireFence,
    Hedge,
    /// A box: air conditioner, bin, tank.
    Box,
    Pole,
    Wire,
}

/// One of them, along a line.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fixture {
    pub kind: FixtureKind,
    pub from: V2,
    pub to: V2,
    pub half_width: f32,
    pub height_m: f32,
    pub colour: Rgb,
    pub material: Material,
    pub salt: u32,
}

/// Body of a car.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Body {
    Saloon,
    Wagon,
    Pickup,
    Van,
}

/// A car where it was parked or driven, or where the storm left it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Car {
    pub frame: Frame,
    pub body: Body,
    pub colour: Rgb,
    pub overturned: bool,
    pub salt: u32,
}

/// A tree's habit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Habit {
    Broad,
    Conifer,
    Shrub,
}

/// A standing tree.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tree {
    pub at: V2,
    pub radius: f32,
    pub height_m: f32,
    pub habit: Habit,
    /// Which of the season's leaf colours, 0 to 1.
    pub tone: f32,
    pub salt: u32,
}

/// Everything that stands in the town.
#[derive(Clone, Debug)]
pub(crate) struct Town {
    pub size: V2,
    pub streets: Streets,
    pub buildings: Vec<Building>,
    pub surfaces: Vec<Surface>,
    pub fixtures: Vec<Fixture>,
    pub trees: Vec<Tree>,
    /// Cars of the day before, and of the day after.
    pub cars_before: Vec<Car>,
    pub cars_after: Vec<Car>,
    pub salt: u32,
}

/// A rectangle of land with its front on a street: local x along the street, y into the land.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lot {
    pub frame: Frame,
    pub width: f32,
    pub depth: f32,
    /// Metres from the front line to the kerb.
    pub to_kerb: f32,
    pub number: u32,
    pub street: usize,
}

impl Town {
    pub(crate) fn new(seed: u64, size: V2) -> Self {
        let streets = Streets::new(seed, size);
        let mut town = Self {
            size,
            streets,
            buildings: Vec::new(),
            surfaces: Vec::new(),
            fixtures: Vec::new(),
            trees: Vec::new(),
            cars_before: Vec::new(),
            cars_after: Vec::new(),
            salt: Dice::new(seed, "ground").salt(),
        };
        lots::fill(&mut town, seed);
        parking::street_cars(&mut town, seed);
        greenery::street_trees(&mut town, seed);
        greenery::power_line(&mut town, seed);
        let near = Bounds { min: V2::default(), max: size }.grown(BEYOND_M + 12.0);
        town.trees.retain(|t| near.holds(t.at));
        town
    }

    /// True where nothing is built within `gap` metres.
    pub(crate) fn is_free(&self, p: V2, gap: f32) -> bool {
        self.buildings.iter().all(|b| {
            let q = b.frame.local(p);
            b.distance(q) > gap
        })
    }

    pub(crate) fn add_surface(&mut self, dice: &mut Dice, kind: SurfaceKind, frame: Frame, half: V2) {
        self.surfaces.push(Surface { kind, frame, half, salt: dice.salt() });
    }
}
