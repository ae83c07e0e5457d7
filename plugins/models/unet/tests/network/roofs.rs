//! A made-up orthomosaic of textured roofs, four kinds of damage in every colour: what is learnt from one part of it
//! must hold on the other.

use learning::renderer::{Gpu, GpuPreference};
use learning::{
    Augment, Chip, ChipSource, Course, Engine, Family as _, IGNORED, Kind, LearningError, Lesson, NetShape,
    News, Normal, Taught, Watch, pattern,
};
use unet::UNetFamily;

/// Pixels a side of a chip, with four roofs in it.
const SIDE: usize = 64;
const PLOT: usize = SIDE / 2;
const SHEET: [f32; 3] = [50.0, 90.0, 190.0];

/// Chips of the orthomosaic; those of two ranges of numbers have nothing in common.
struct Roofs(Vec<(Chip, Vec<u64>)>);

/// Numbers in 0..1.
struct Chance(std::vec::IntoIter<f32>);

impl Chance {
    fn new(seed: usize) -> Self {
        // Seeds that follow each other must not give patterns that do.
        Self(pattern(seed as u32 * 7919 + 17, 64 * 1024).into_iter())
    }

    fn next(&mut self) -> f32 {
        self.0.next().map_or(0.5, |p| f32::midpoint(p, 1.0))
    }
}

/// A roof of one of four kinds: whole, with blue sheets over a part of it, with holes that show the dark, and rubble.
fn paint(chip: &mut Chip, corner: (usize, usize), kind: u8, owner: u32, chance: &mut Chance) {
    let (width, height) = (16 + (chance.next() * 11.0) as usize, 16 + (chance.next() * 11.0) as usize);
    let (left, top) = (corner.0 + 3, corner.1 + 3);
    let colour: [f32; 3] = std::array::from_fn(|_| 90.0 + 110.0 * chance.next());
    let phase = chance.next();
    let mut spots = vec![false; 64];
    for spot in &mut spots {
        *spot = chance.next() < 0.3;
    }
    for y in 0..height {
        for x in 0..width {
            let side = if 2 * y < height { 1.1 } else { 0.9 };
            let course_of_tiles = 6.0 * ((x as f32 / 3.0 + phase) * std::f32::consts::TAU).sin();
            let spot = spots[(x / 4 + 8 * (y / 4)) % 64];
            let at = (top + y) * SIDE + left + x;
            for (band, own) in colour.iter().enumerate() {
                let whole = own * side + course_of_tiles;
                let noise = chance.next() - 0.5;
                chip.pixels[band * SIDE * SIDE + at] = match (kind, spot) {
                    (1, true) => SHEET[band] + 12.0 * noise,
                    (2, true) => 30.0 + 12.0 * noise,
                    (3, _) => own + 150.0 * noise,
                    _ => whole + 12.0 * noise,
                };
            }
            chip.target[at] = kind;
            chip.owner[at] = owner;
        }
    }
}

impl Roofs {
    fn new(first: usize, many: usize) -> Self {
        Self((first..first + many).map(Self::one).collect())
    }

    fn one(number: usize) -> (Chip, Vec<u64>) {
        let mut chance = Chance::new(number);
        let area = SIDE * SIDE;
        let mut chip = Chip::empty(SIDE, 3);
        chip.valid = vec![true; area];
        chip.target = vec![IGNORED; area];
        chip.owner = vec![0; area];
        let ground = 60.0 + 80.0 * chance.next();
        for value in &mut chip.pixels {
            *value = ground + 30.0 * (chance.next() - 0.5);
        }
        for place in 0..4 {
            let corner = (place % 2 * PLOT, place / 2 * PLOT);
            // Each chip has each kind once, in an order of its own.
            let kind = ((place + number) % 4) as u8;
            paint(&mut chip, corner, kind, (number * 4 + place + 1) as u32, &mut chance);
        }
        let counts = (0..4).map(|k| chip.target.iter().map(|t| u64::from(*t == k)).sum()).collect();
        (chip, counts)
    }
}

impl ChipSource for Roofs {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn counts(&self, index: usize) -> &[u64] {
        &self.0[index].1
    }

    fn chip(&self, index: usize) -> Result<Chip, LearningError> {
        Ok(self.0[index].0.clone())
    }
}

fn taught(engine: &Engine, epochs: usize) -> Result<Taught, LearningError> {
    let (chips, held_out) = (Roofs::new(0, 64), Roofs::new(1000, 25));
    let normal = Normal::of(&chips, 3, 64)?;
    let shape = NetShape { size: "tiny".into(), inputs: 4, classes: 4 };
    let course = Course {
        epochs,
        batch: 8,
        chips_per_epoch: 64,
        rate: 0.01,
        decay: 1e-4,
        patience: epochs,
        seed: 5,
        augment: Augment { rotations: false, scale: 1.0, ..Augment::default() },
    };
    let lesson = Lesson {
        shape: &shape,
        kind: Kind::Regions,
        normal: &normal,
        chips: &chips,
        held_out: &held_out,
        class_weights: &[1.0; 4],
        course: &course,
        start: None,
        checkpoint: None,
    };
    let mut tell = |_: News<'_>| {};
    UNetFamily.teach(&lesson, engine, &mut Watch { stop: &|| false, tell: &mut tell })
}

fn learns_damage(engine: &Engine) {
    let taught = taught(engine, EPOCHS).expect("it learns");
    let f1 = taught.confusion.macro_f1();
    assert_eq!(taught.confusion.total(), 100, "every held-out roof is judged once");
    assert!(f1 > 0.9, "macro-F1 {f1:.3} on {}: {:?}", engine.name(), taught.confusion);
}

const EPOCHS: usize = 6;

#[test]
fn four_kinds_of_damage_are_learnt_on_the_processor() {
    learns_damage(&Engine::processor());
}

/// A software adapter takes minutes for it, so it is asked only where somebody has the time (`make nightly`).
#[test]
fn four_kinds_of_damage_are_learnt_on_the_graphics_device() {
    let Ok(gpu) = Gpu::headless(&GpuPreference::default()) else {
        eprintln!("SKIPPED: no graphics adapter");
        return;
    };
    if gpu.describe().software && std::env::var_os("ORTHOSCOPE_SLOW").is_none() {
        eprintln!("SKIPPED: learning on a software adapter; set ORTHOSCOPE_SLOW");
        return;
    }
    learns_damage(&Engine::on(&gpu).expect("it learns rightly"));
}
