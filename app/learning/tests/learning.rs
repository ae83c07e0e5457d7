//! A small network learns, is stopped and goes on, and is asked about more than fits into a tile.

use std::cell::Cell;
use std::path::Path;

use burn::module::Module;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::{BatchNorm, BatchNormConfig, PaddingConfig2d};
use burn::tensor::{Device, Tensor, activation};
use learning::*;

/// Two convolutions: enough to tell colours apart.
#[derive(Module, Debug)]
struct Little {
    first: Conv2d,
    norm: BatchNorm,
    last: Conv2d,
}

impl Network for Little {
    fn forward(&self, pixels: Tensor<4>) -> Tensor<4> {
        self.last.forward(activation::relu(self.norm.forward(self.first.forward(pixels))))
    }
}

struct LittleFamily;

impl Architecture for LittleFamily {
    type Net = Little;
    const FACTS: Facts = Facts { name: "little", about: "for tests", sizes: &["one"], multiple: 1 };

    fn build(shape: &NetShape, device: &Device) -> Result<Little, LearningError> {
        let conv = |from, to| {
            let config = Conv2dConfig::new([from, to], [3, 3]);
            config.with_padding(PaddingConfig2d::Explicit(1, 1, 1, 1)).with_bias(false).init(device)
        };
        Ok(Little {
            first: conv(shape.inputs, 8),
            norm: BatchNormConfig::new(8).init(device),
            last: conv(8, shape.classes),
        })
    }
}

/// Squares of two sorts on a ground, told apart by brightness; regions are numbered.
struct Fields {
    chips: Vec<Chip>,
    counts: Vec<Vec<u64>>,
}

impl Fields {
    const SIDE: usize = 16;

    fn new(first: usize, many: usize, kind: Kind) -> Self {
        let chips: Vec<Chip> = (first..first + many).map(|n| Self::one(n, kind)).collect();
        let count = |chip: &Chip| {
            let mut counts = vec![0; if kind == Kind::Pixels { 3 } else { 2 }];
            chip.target.iter().filter(|t| **t != IGNORED).for_each(|t| counts[usize::from(*t)] += 1);
            counts
        };
        Self { counts: chips.iter().map(count).collect(), chips }
    }

    fn one(number: usize, kind: Kind) -> Chip {
        let (side, area) = (Self::SIDE, Self::SIDE * Self::SIDE);
        let noise = pattern(number as u32, 2 * area);
        let mut chip = Chip::empty(side, 2);
        chip.valid = vec![true; area];
        chip.target = vec![if kind == Kind::Pixels { 0 } else { IGNORED }; area];
        chip.owner = vec![0; area];
        for at in 0..area {
            let (x, y) = (at % side, at / side);
            let half = usize::from(x >= side / 2);
            let inside = (3..7).contains(&(x % (side / 2))) && (5..11).contains(&y);
            let sort = (number + half) % 2;
            let light = match (inside, sort) {
                (false, _) => 40.0,
                (true, 0) => 90.0,
                (true, _) => 140.0,
            };
            chip.pixels[at] = light + 8.0 * noise[at];
            chip.pixels[area + at] = 200.0 - light + 8.0 * noise[area + at];
            if inside {
                chip.target[at] = if kind == Kind::Pixels { 1 + sort as u8 } else { sort as u8 };
                chip.owner[at] = (2 * number + half + 1) as u32;
            }
        }
        chip
    }
}

impl ChipSource for Fields {
    fn len(&self) -> usize {
        self.chips.len()
    }

    fn counts(&self, index: usize) -> &[u64] {
        &self.counts[index]
    }

    fn chip(&self, index: usize) -> Result<Chip, LearningError> {
        Ok(self.chips[index].clone())
    }
}

fn course(epochs: usize) -> Course {
    Course {
        epochs,
        batch: 4,
        chips_per_epoch: 16,
        rate: 0.02,
        decay: 1e-4,
        patience: 50,
        seed: 3,
        augment: Augment { scale: 1.1, light: 0.05, ..Augment::default() },
    }
}

fn taught(
    kind: Kind,
    course: &Course,
    checkpoint: Option<&Path>,
    stop_after: Option<usize>,
) -> Result<(Taught, Normal), LearningError> {
    let (chips, held_out) = (Fields::new(0, 12, kind), Fields::new(100, 6, kind));
    let normal = Normal::of(&chips, 2, 100)?;
    let (inputs, classes) = if kind == Kind::Pixels { (2, 3) } else { (3, 2) };
    let shape = NetShape { size: "one".into(), inputs, classes };
    let weights = vec![1.0; classes];
    let lesson = Lesson {
        shape: &shape,
        kind,
        normal: &normal,
        chips: &chips,
        held_out: &held_out,
        class_weights: &weights,
        course,
        start: None,
        checkpoint,
    };
    let done = Cell::new(0);
    let mut tell = |news: News<'_>| {
        if let News::Epoch(epoch) = news {
            done.set(epoch.number);
        }
    };
    let stop = || stop_after.is_some_and(|n| done.get() >= n);
    let taught =
        LittleFamily.teach(&lesson, &Engine::processor(), &mut Watch { stop: &stop, tell: &mut tell })?;
    Ok((taught, normal))
}

#[test]
fn a_network_learns_classes_of_pixels_and_of_regions() {
    for kind in [Kind::Pixels, Kind::Regions] {
        let (taught, _) = taught(kind, &course(24), None, None).expect("it learns");
        assert!(taught.confusion.macro_f1() > 0.9, "{kind:?}: {:?}", taught.confusion);
        assert!(taught.epochs[taught.best - 1].loss < taught.epochs[0].loss);
        assert!(taught.calibration.nll[1] <= taught.calibration.nll[0]);
        let cases = if kind == Kind::Pixels { 6 * 256 } else { 12 };
        assert_eq!(taught.confusion.total(), cases, "{kind:?}");
    }
}

#[test]
fn the_same_seed_gives_the_same_weights_also_when_it_was_stopped_in_between() {
    let (once, _) = taught(Kind::Pixels, &course(4), None, None).expect("learns");
    let (again, _) = taught(Kind::Pixels, &course(4), None, None).expect("learns");
    assert_eq!(sha256(&once.weights), sha256(&again.weights));
    let folder = tempfile::tempdir().expect("a folder");
    let place = folder.path().join("checkpoint");
    let stopped = taught(Kind::Pixels, &course(4), Some(&place), Some(2)).map(|_| ());
    assert!(matches!(stopped, Err(LearningError::Stopped)));
    let (went_on, _) = taught(Kind::Pixels, &course(4), Some(&place), None).expect("goes on");
    assert_eq!(went_on.epochs.len(), 4);
    assert_eq!(sha256(&once.weights), sha256(&went_on.weights), "as if it had not been stopped");
    let (other, _) = taught(Kind::Pixels, &Course { seed: 4, ..course(4) }, None, None).expect("learns");
    assert_ne!(sha256(&once.weights), sha256(&other.weights));
    let refused = taught(Kind::Pixels, &Course { seed: 4, ..course(4) }, Some(&place), None).map(|_| ());
    assert!(refused.is_err_and(|e| e.to_string().contains("another training")));
    std::fs::write(place.join("moments.bin"), [0; 11]).expect("written");
    let damaged = taught(Kind::Pixels, &course(4), Some(&place), None).map(|_| ());
    assert!(damaged.is_err_and(|e| e.to_string().contains("damaged")));
}

#[test]
fn it_ends_early_when_it_gets_no_better_and_refuses_what_cannot_be_learnt() {
    let hasty = Course { patience: 2, rate: 1e-9, ..course(30) };
    let (taught_early, _) = taught(Kind::Pixels, &hasty, None, None).expect("ends");
    assert!(taught_early.epochs.len() < 30, "{} epochs", taught_early.epochs.len());
    let chips = Fields::new(0, 4, Kind::Pixels);
    let none = Fields::new(0, 0, Kind::Pixels);
    let normal = Normal::of(&chips, 2, 4).expect("norms");
    let shape = NetShape { size: "one".into(), inputs: 2, classes: 3 };
    let course = course(1);
    let lesson = Lesson {
        shape: &shape,
        kind: Kind::Pixels,
        normal: &normal,
        chips: &none,
        held_out: &chips,
        class_weights: &[1.0; 3],
        course: &course,
        start: None,
        checkpoint: None,
    };
    let mut tell = |_: News<'_>| {};
    let mut watch = Watch { stop: &|| false, tell: &mut tell };
    let refused = LittleFamily.teach(&lesson, &Engine::processor(), &mut watch).map(|_| ());
    assert!(refused.is_err_and(|e| e.to_string().contains("two classes")));
    let lesson = Lesson { chips: &chips, held_out: &none, ..lesson };
    let refused = LittleFamily.teach(&lesson, &Engine::processor(), &mut watch).map(|_| ());
    assert!(refused.is_err_and(|e| e.to_string().contains("held out")));
}

#[test]
fn it_can_begin_with_weights_that_were_learnt_before() {
    let (before, normal) = taught(Kind::Pixels, &course(24), None, None).expect("learns");
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("weights.safetensors");
    std::fs::write(&file, &before.weights).expect("written");
    let shape = NetShape { size: "one".into(), inputs: 2, classes: 3 };
    let adopted = LittleFamily.adopt(&shape, &file).expect("fits");
    let (chips, held_out) = (Fields::new(0, 12, Kind::Pixels), Fields::new(100, 6, Kind::Pixels));
    let course = Course { rate: 1e-9, ..course(1) };
    let lesson = Lesson {
        shape: &shape,
        kind: Kind::Pixels,
        normal: &normal,
        chips: &chips,
        held_out: &held_out,
        class_weights: &[1.0; 3],
        course: &course,
        start: Some(&adopted),
        checkpoint: None,
    };
    let mut tell = |_: News<'_>| {};
    let mut watch = Watch { stop: &|| false, tell: &mut tell };
    let after = LittleFamily.teach(&lesson, &Engine::processor(), &mut watch).expect("learns");
    let (a, b) = (before.confusion.macro_f1(), after.confusion.macro_f1());
    assert!((a - b).abs() < 0.05, "{a} before and {b} after a step of nothing");
    let other = NetShape { classes: 5, ..shape.clone() };
    let refused = LittleFamily.adopt(&other, &file).expect_err("five classes");
    assert!(refused.to_string().contains("last.weight"), "{refused}");
}

#[test]
fn files_that_are_no_weights_are_refused_and_nothing_in_them_is_run() {
    let folder = tempfile::tempdir().expect("a folder");
    let shape = NetShape { size: "one".into(), inputs: 2, classes: 3 };
    let touched = folder.path().join("touched");
    // What a pickle would run were it given to Python.
    let pickle = format!("cos\nsystem\n(S'touch {}'\ntR.", touched.display());
    let hostile: [(&str, Vec<u8>); 6] = [
        ("run.pth", pickle.clone().into_bytes()),
        ("run.pt", [b"PK\x03\x04".as_slice(), pickle.as_bytes()].concat()),
        ("empty.pth", Vec::new()),
        ("long.safetensors", [u64::MAX.to_le_bytes().as_slice(), b"{}"].concat()),
        ("lies.safetensors", {
            let head = br#"{"last.weight":{"dtype":"F32","shape":[99999999,99999999],"data_offsets":[0,4]}}"#;
            [(head.len() as u64).to_le_bytes().as_slice(), head, &[0; 4]].concat()
        }),
        ("text.safetensors", b"not at all".to_vec()),
    ];
    for (name, bytes) in hostile {
        let file = folder.path().join(name);
        std::fs::write(&file, bytes).expect("written");
        let refused = LittleFamily.adopt(&shape, &file).expect_err(name);
        assert!(!refused.to_string().is_empty() && !refused.hint().is_empty(), "{name}");
    }
    assert!(!touched.exists(), "a pickle was run");
    assert!(LittleFamily.adopt(&shape, &folder.path().join("none.pth")).is_err());
}

/// A wide strip of ground made of the fields, with a hole in which there is nothing.
struct Plain {
    width: usize,
    height: usize,
    most: Cell<usize>,
}

// The cell only counts, and the tests ask from one thread.
#[expect(unsafe_code, reason = "a counter in a test that has one thread")]
unsafe impl Sync for Plain {}

impl Ground for Plain {
    fn size(&self) -> (usize, usize) {
        (self.width, self.height)
    }

    fn chip(&self, x: i64, y: i64, side: usize) -> Result<Chip, LearningError> {
        self.most.set(self.most.get().max(side));
        let mut chip = Chip::empty(side, 2);
        chip.owner = vec![0; side * side];
        for at in 0..side * side {
            let (px, py) = (x + (at % side) as i64, y + (at / side) as i64);
            let outside = px < 0 || py < 0 || px >= self.width as i64 || py >= self.height as i64;
            if outside || ((20..30).contains(&px) && (20..30).contains(&py)) {
                continue;
            }
            let (cx, cy) = (px as usize / 16, py as usize / 16);
            let one = Fields::one(cy * 64 + cx, Kind::Pixels);
            let inner = (py as usize % 16) * 16 + px as usize % 16;
            chip.valid[at] = true;
            for band in 0..2 {
                chip.pixels[band * side * side + at] = one.pixels[band * 256 + inner];
            }
            chip.owner[at] = one.owner[inner];
        }
        Ok(chip)
    }
}

fn manifest(kind: Kind, normal: Normal, taught: &Taught) -> Manifest {
    let classes = if kind == Kind::Pixels { ["", "a", "b"].as_slice() } else { ["a", "b"].as_slice() };
    Manifest {
        version: 1,
        id: Manifest::name_of("little", kind, &sha256(&taught.weights)),
        family: "little".into(),
        size: "one".into(),
        kind,
        bands: vec![0, 1],
        metres_per_px: Some(0.5),
        chip_px: 16,
        classes: classes.iter().map(|c| (*c).to_owned()).collect(),
        sha256: sha256(&taught.weights),
        normal,
        training: Training::default(),
        scores: Scores::of(taught),
    }
}

#[test]
fn a_model_is_kept_and_asked_about_any_size_without_seams() {
    let (taught, normal) = taught(Kind::Pixels, &course(24), None, None).expect("learns");
    let folder = tempfile::tempdir().expect("a folder");
    let place = folder.path().join("model");
    let model = Model { manifest: manifest(Kind::Pixels, normal, &taught), weights: taught.weights.clone() };
    model.write(&place).expect("written");
    let model = Model::read(&place).expect("read");
    let families: [&dyn Family; 1] = [&LittleFamily];
    let net = model.open(&families, &Engine::processor()).expect("opens");
    let oracle = Oracle { predictor: net.as_ref(), manifest: &model.manifest };
    let ground = Plain { width: 100, height: 70, most: Cell::new(0) };
    let ask = |area: (std::ops::Range<usize>, std::ops::Range<usize>), tile: usize| {
        let asking = Asking::new(tile, 1, 3);
        let mut mask = vec![77; 100 * 70];
        let mut take = |block: Block| {
            for (row, line) in block.class.chunks_exact(block.width).enumerate() {
                mask[(block.y + row) * 100 + block.x..][..block.width].copy_from_slice(line);
            }
            Ok(())
        };
        let mut progress = |_, _| {};
        let mut following = Following { stop: &|| false, progress: &mut progress };
        predict_pixels(&oracle, &ground, area, &asking, &mut following, &mut take).expect("asked");
        mask
    };
    let tiled = ask((0..100, 0..70), 24);
    assert!(ground.most.get() <= 24, "never more than a tile is read");
    let whole = ask((0..100, 0..70), 128);
    assert!(tiled.iter().all(|c| *c != 77), "every pixel is told something");
    let nothing: u32 = tiled.iter().map(|c| u32::from(*c == NOTHING)).sum();
    assert_eq!(nothing, 100, "where nothing is, nothing is said");
    let differ = tiled.iter().zip(&whole).filter(|(a, b)| a != b).count();
    assert!(differ < 30, "{differ} pixels of 7,000 hang on where tiles lie");
    let part = ask((31..64, 13..50), 24);
    for y in 13..50 {
        assert_eq!(part[y * 100 + 31..y * 100 + 64], tiled[y * 100 + 31..y * 100 + 64], "row {y}");
    }
    // Stopped in the middle, it says so.
    let mut progress = |_, _| {};
    let mut following = Following { stop: &|| true, progress: &mut progress };
    let asking = Asking::new(24, 1, 3);
    let stopped = predict_pixels(&oracle, &ground, (0..100, 0..70), &asking, &mut following, &mut |_| Ok(()));
    assert!(matches!(stopped, Err(LearningError::Stopped)));
}

#[test]
fn verdicts_on_regions_are_pooled_over_tiles_that_cut_them() {
    let (taught, normal) = taught(Kind::Regions, &course(12), None, None).expect("learns");
    let engine = Engine::processor();
    let manifest = manifest(Kind::Regions, normal, &taught);
    let net = LittleFamily.open(&manifest.shape(), taught.weights, &engine).expect("opens");
    let oracle = Oracle { predictor: net.as_ref(), manifest: &manifest };
    let ground = Plain { width: 64, height: 48, most: Cell::new(0) };
    let mut progress = |_, _| {};
    let mut following = Following { stop: &|| false, progress: &mut progress };
    // Tiles of 12 pixels cut most fields.
    let asking = Asking::new(12, 1, 5);
    let verdicts =
        predict_regions(&oracle, &ground, &|_, _, _| true, &asking, &mut following).expect("asked");
    assert_eq!(verdicts.len(), 24);
    let right = verdicts.iter().filter(|(owner, verdict)| {
        let sum: f64 = verdict.probabilities.iter().sum();
        assert!((sum - 1.0).abs() < 1e-9 && verdict.pixels > 0);
        let (number, half) = ((**owner as usize - 1) / 2, (**owner as usize - 1) % 2);
        (verdict.probabilities[1] > 0.5) == ((number + half) % 2 == 1)
    });
    assert!(right.count() >= 22, "{verdicts:?}");
}

#[test]
fn hostile_models_are_refused() {
    let (taught, normal) = taught(Kind::Pixels, &course(1), None, None).expect("learns");
    let folder = tempfile::tempdir().expect("a folder");
    let model = Model { manifest: manifest(Kind::Pixels, normal, &taught), weights: taught.weights };
    let refused = |change: &dyn Fn(&mut Model), says: &str| {
        let mut bad = model.clone();
        change(&mut bad);
        bad.write(folder.path()).expect("written");
        let error = Model::read(folder.path()).map(|_| ()).expect_err(says);
        assert!(error.to_string().contains(says), "{error}");
    };
    refused(&|m| m.weights.truncate(100), "not those");
    refused(&|m| m.manifest.version = 9, "newer");
    refused(&|m| m.manifest.normal.spread[0] = 0.0, "no numbers");
    refused(&|m| m.manifest.bands = (0..5000).collect(), "bands");
    refused(&|m| m.manifest.classes.truncate(1), "classes");
    refused(&|m| m.manifest.metres_per_px = Some(-1.0), "scale");
    refused(&|m| m.manifest.chip_px = usize::MAX / 2, "chips");
    std::fs::write(folder.path().join("manifest.toml"), "version = ").expect("written");
    assert!(Model::read(folder.path()).is_err_and(|e| e.to_string().contains("not a model's manifest")));
    assert!(Model::read(&folder.path().join("none")).is_err());
    let other = Model { manifest: Manifest { family: "grand".into(), ..model.manifest.clone() }, ..model };
    let families: [&dyn Family; 1] = [&LittleFamily];
    let error = other.open(&families, &Engine::processor()).map(|_| ()).expect_err("no such family");
    assert!(error.hint().contains("little"), "{}", error.hint());
}
