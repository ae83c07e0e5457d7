//! What a scene promises: the same seed gives the same files, the truth is one truth everywhere, and
//! images, footprints and cube lie on the same ground.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use scenes::{DamageClass, Material, Scene, SceneFiles, SceneOptions, write_scene};
use serde_json::Value;
use spatial::{Crs, Transformer};

fn small() -> SceneOptions {
    SceneOptions { cube_gsd_m: 1.4, ..SceneOptions::sized(256, 192, 0.7) }
}

fn scene(seed: u64) -> Scene {
    Scene::generate(seed, &small(), &|_| {}).expect("a scene")
}

fn json(path: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).expect("a file")).expect("JSON")
}

fn written(seed: u64) -> (tempfile::TempDir, SceneFiles) {
    let dir = tempfile::tempdir().expect("a folder");
    let files = write_scene(dir.path(), seed, &small(), &|_| {}).expect("files");
    (dir, files)
}

/// Mean of a ring's corners, weighted by area as a centroid is.
fn centroid(ring: &[[f64; 2]]) -> [f64; 2] {
    let (mut area, mut cx, mut cy) = (0.0, 0.0, 0.0);
    let o = ring[0];
    for pair in ring.windows(2) {
        let (a, b) = ([pair[0][0] - o[0], pair[0][1] - o[1]], [pair[1][0] - o[0], pair[1][1] - o[1]]);
        let cross = a[0] * b[1] - b[0] * a[1];
        area += cross;
        cx += (a[0] + b[0]) * cross;
        cy += (a[1] + b[1]) * cross;
    }
    [o[0] + cx / (3.0 * area), o[1] + cy / (3.0 * area)]
}

#[test]
fn the_same_seed_writes_the_same_bytes_and_another_seed_does_not() {
    let (_a, first) = written(11);
    let (_b, second) = written(11);
    let (_c, other) = written(12);
    let bytes = |p: &Path| std::fs::read(p).expect("a file");
    for ((one, two), three) in first.all().into_iter().zip(second.all()).zip(other.all()) {
        assert!(bytes(one) == bytes(two), "{} differs between two runs", one.display());
        assert!(bytes(one) != bytes(three), "{} does not depend on the seed", one.display());
    }
}

#[test]
fn every_footprint_has_one_true_class_and_scene_json_counts_them() {
    let (_dir, files) = written(5);
    let text = std::fs::read_to_string(&files.truth).expect("truth.csv");
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("region,class,confidence,note,seconds"));
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    let mut truth: BTreeMap<String, String> = BTreeMap::new();
    for line in lines {
        let fields: Vec<&str> = line.split(',').collect();
        *counts.entry(fields[1].to_owned()).or_default() += 1;
        assert!(truth.insert(fields[0].to_owned(), fields[1].to_owned()).is_none(), "{line} stands twice");
    }
    let said = json(&files.description);
    assert_eq!(said["buildings"], truth.len());
    for class in DamageClass::ALL {
        let found = counts.get(class.code()).copied().unwrap_or(0);
        assert_eq!(said["truth"][class.code()], found, "{}", class.code());
    }
    let ids = |features: &Value, key: &str| -> BTreeSet<String> {
        features
            .as_array()
            .into_iter()
            .flatten()
            .map(|f| f[key].as_str().unwrap_or_default().to_owned())
            .collect()
    };
    let all: BTreeSet<String> = truth.keys().cloned().collect();
    for path in [&files.footprints, &files.footprints_aligned] {
        assert_eq!(ids(&json(path)["features"], "id"), all);
    }
    let annotations = json(&files.annotations);
    assert_eq!(ids(&annotations, "id"), all);
    for a in annotations.as_array().expect("an array") {
        let id = a["id"].as_str().expect("an id");
        assert_eq!(Some(&truth[id]), a["label"].as_str().map(str::to_owned).as_ref());
        assert_eq!(id.len(), 32);
        let ring = a["pixels"].as_array().expect("a ring");
        assert_eq!(ring.first(), ring.last(), "the ring is closed");
    }
}

#[test]
fn the_middle_of_an_aligned_footprint_was_roof_before_the_storm() {
    let scene = scene(7);
    let to_pre = Transformer::new(&scene.post.crs, &scene.pre.crs).expect("a way");
    let mut seen = 0;
    for f in &scene.footprints {
        let [x, y] = centroid(&f.aligned_px);
        let world = scene.post.transform.world_from_image((x, y).into());
        let before = scene.pre.material_at(to_pre.convert(world).expect("a point"));
        if matches!(f.class, DamageClass::Obscured | DamageClass::UnClassified) || before == Material::Canopy
        {
            continue;
        }
        assert!(before.is_roof(), "{} at {x:.0},{y:.0} was {before:?}", f.address);
        seen += 1;
    }
    assert!(seen > 20, "{seen} footprints looked at");
}

#[test]
fn undamaged_roofs_lie_at_the_same_world_point_in_both_images() {
    let scene = scene(7);
    let to_pre = Transformer::new(&scene.post.crs, &scene.pre.crs).expect("a way");
    let mut same = 0;
    for f in scene.footprints.iter().filter(|f| f.class == DamageClass::NoDamage) {
        let [x, y] = centroid(&f.aligned_px);
        let world = scene.post.transform.world_from_image((x, y).into());
        let after = scene.post.material_at(world);
        let before = scene.pre.material_at(to_pre.convert(world).expect("a point"));
        // A vent may fall between two pixels of the coarser image.
        let seen = |m| !matches!(m, Material::Canopy | Material::Nothing | Material::RoofFixture);
        if seen(after) && seen(before) {
            assert_eq!(after, before, "{}", f.address);
            same += 1;
        }
    }
    assert!(same > 8, "{same} undamaged buildings");
}

#[test]
fn footprints_are_off_by_different_amounts_in_different_places() {
    let scene = scene(7);
    let gsd = scene.options.gsd_m;
    let lengths: Vec<f64> =
        scene.footprints.iter().map(|f| f.displacement_px[0].hypot(f.displacement_px[1]) * gsd).collect();
    let mean = lengths.iter().sum::<f64>() / lengths.len() as f64;
    let spread = (lengths.iter().map(|l| (l - mean).powi(2)).sum::<f64>() / lengths.len() as f64).sqrt();
    assert!(lengths.iter().all(|l| *l < 2.2), "{lengths:?}");
    assert!(mean > 0.3 && spread / mean > 0.1, "mean {mean} m, spread {spread} m");
}

#[test]
fn the_nearest_arrow_brings_a_drawn_footprint_onto_the_image() {
    let (_dir, files) = written(9);
    let arrows = json(&files.adjustments);
    let annotations = json(&files.annotations);
    let aligned = Scene::generate(9, &small(), &|_| {}).expect("a scene").footprints;
    let number = |v: &Value| v.as_f64().expect("a number");
    for (a, truth) in annotations.as_array().expect("an array").iter().zip(&aligned) {
        let ring: Vec<[f64; 2]> = a["pixels"]
            .as_array()
            .expect("a ring")
            .iter()
            .map(|p| [number(&p["x"]), number(&p["y"])])
            .collect();
        let distance = |arrow: &Value| {
            ring.iter()
                .map(|p| (p[0] - number(&arrow[0][0])).hypot(p[1] - number(&arrow[0][1])))
                .fold(f64::INFINITY, f64::min)
        };
        let nearest = arrows
            .as_array()
            .expect("arrows")
            .iter()
            .min_by(|a, b| distance(a).total_cmp(&distance(b)))
            .expect("one arrow");
        let step = [0, 1].map(|i| number(&nearest[1][i]) - number(&nearest[0][i]));
        for (drawn, shown) in ring.iter().zip(&truth.aligned_px) {
            let off = (drawn[0] + step[0] - shown[0]).hypot(drawn[1] + step[1] - shown[1]);
            assert!(off < 0.01, "{} is off by {off} px", truth.address);
        }
    }
}

#[test]
fn grass_in_the_cube_has_a_red_edge_and_roofs_have_none() {
    let scene = scene(7);
    let cube = &scene.cube;
    let plane = cube.columns * cube.rows;
    assert_eq!(cube.samples.len(), plane * cube.wavelengths_nm.len());
    let band = |nm: f32| {
        let off = |i: &usize| ((cube.wavelengths_nm[*i] - nm).abs() * 100.0) as i64;
        (0..cube.wavelengths_nm.len()).min_by_key(off).expect("a band")
    };
    let ndvi = |i: usize| {
        let red = f64::from(cube.samples[band(670.0) * plane + i]);
        let near = f64::from(cube.samples[band(820.0) * plane + i]);
        (near - red) / (near + red)
    };
    let valid: Vec<f64> = (0..plane).filter(|i| cube.samples[*i] > 0).map(ndvi).collect();
    let green = valid.iter().filter(|v| **v > 0.5).count();
    let grey = valid.iter().filter(|v| **v < 0.25).count();
    assert!(
        green * 20 > valid.len() && grey * 20 > valid.len(),
        "{green} green, {grey} grey of {}",
        valid.len()
    );
}

#[test]
fn votes_follow_the_two_stages() {
    let scene = scene(7);
    let mut disputed = BTreeSet::new();
    for vote in scene.votes.iter().filter(|v| v.stage == 1) {
        let label = scene.labels.iter().find(|l| l.region == vote.case).expect("a label");
        assert_eq!(vote.verdict == "accept", vote.class == Some(label.class), "{}", vote.case);
        if vote.verdict != "accept" {
            disputed.insert(vote.case.clone());
        }
    }
    let stage_two: BTreeSet<String> =
        scene.votes.iter().filter(|v| v.stage == 2).map(|v| v.case.clone()).collect();
    assert_eq!(stage_two, disputed);
    assert!(!disputed.is_empty());
    assert_eq!(scene.votes.iter().filter(|v| v.stage == 2).count(), 3 * disputed.len());
}

#[test]
fn impossible_sizes_are_refused_with_a_hint() {
    for options in [
        SceneOptions::sized(0, 10, 0.05),
        SceneOptions::sized(1 << 20, 1 << 20, 0.05),
        SceneOptions::sized(512, 512, f64::NAN),
        SceneOptions::sized(8000, 8000, 0.9),
    ] {
        let error = Scene::generate(1, &options, &|_| {}).expect_err("refused");
        assert!(!error.hint().is_empty(), "{error}");
    }
}

#[test]
fn the_files_say_where_they_lie_what_they_hold_and_where_they_hold_nothing() {
    let (_dir, files) = written(3);
    let open = |path: &Path| raster::Source::open(path).expect("an image").image().clone();
    let (post, pre, cube) = (open(&files.post), open(&files.pre), open(&files.cube));
    assert_eq!(post.crs.as_ref().and_then(Crs::epsg), Some(32615));
    assert_eq!(pre.crs.as_ref().and_then(Crs::epsg), Some(4326));
    assert_eq!(cube.crs.as_ref().and_then(Crs::epsg), Some(32615));
    let scene = scene(3);
    assert_eq!(post.transform, Some(scene.post.transform));
    assert_eq!(pre.transform, Some(scene.pre.transform));
    assert!(post.has_alpha && post.bands.len() == 4);
    assert_eq!(pre.bands.iter().map(|b| b.no_data).collect::<Vec<_>>(), [Some(0.0); 3]);
    let wavelengths: Vec<f64> = cube.bands.iter().filter_map(|b| b.wavelength_nm).collect();
    assert_eq!(wavelengths.len(), 96);
    assert!((wavelengths[0] - 400.0).abs() < 0.01 && (wavelengths[95] - 2400.0).abs() < 0.01);
    assert!(scene.post.rgba.chunks_exact(4).any(|p| p[3] == 0), "the mosaic has a ragged edge");
    assert!(scene.cube.samples.contains(&0), "the cube has it too");
}

#[test]
fn the_default_scene_is_a_town_of_sixty_to_a_hundred_and_twenty_buildings_with_every_class() {
    let mut options = SceneOptions::default();
    let factor = 12.0;
    options.size_px = options.size_px.map(|n| n / 12);
    options.gsd_m *= factor;
    options.cube_gsd_m = 3.0;
    for seed in 1..=6 {
        let scene = Scene::generate(seed, &options, &|_| {}).expect("a scene");
        let count = scene.footprints.len();
        assert!((60..=120).contains(&count), "seed {seed}: {count} buildings");
        let classes: BTreeSet<DamageClass> = scene.footprints.iter().map(|f| f.class).collect();
        assert!(classes.len() >= 5, "seed {seed}: {classes:?}");
    }
}
