//! What is learnt from lies where the layer shows it, no pixel is on both sides, and nothing of a person's is touched.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use geo::{Coord, Geometry, Rect};
use learning::{ChipSource as _, Ground as _, IGNORED, Kind, Manifest, Normal, Scores, Training, Verdict};
use project::{
    Author, Change, ClassCode, Edit, GeometrySource, IdSource, Label, Layer, LayerId, LayerRole, Project,
    Region, RegionId, Schema, add_layer_edit,
};
use raster::write::{NewImage, WriteOptions, image};
use raster::{SampleBuffer, Source};
use teaching::{
    Asked, Field, Grid, Material, Outlook, Sides, Syllabus, Task, View, Wanted, author_of, proposed_regions,
    proposed_verdicts,
};

const SIDE: u32 = 128;

/// A pixel tells its column in the first band and its row in the second; the left eighth holds nothing.
fn source(folder: &Path) -> Source {
    let path = folder.join("ground.tif");
    let new = NewImage { no_data: Some(255.0), ..NewImage::rgb(SIDE, SIDE) };
    let side = SIDE as usize;
    let value = |band: usize, x: usize, y: usize| match (band, x < side / 8) {
        (_, true) => 255,
        (0, _) => x as u8,
        (1, _) => y as u8,
        _ => 7,
    };
    let values = (0..3 * side * side).map(|i| value(i / (side * side), i % side, i / side % side)).collect();
    image(&path, &new, &WriteOptions::default(), &SampleBuffer::U8(values)).expect("written");
    Source::open(&path).expect("opens")
}

struct Town {
    project: Project,
    ids: IdSource,
    layer: LayerId,
    regions: Vec<RegionId>,
}

fn square(x: f64, y: f64, side: f64) -> Geometry<f64> {
    // Pixel space: y = −row.
    Rect::new(Coord { x, y: -y - side }, Coord { x: x + side, y: -y }).to_polygon().into()
}

/// A project in pixel space with a layer and 36 squares of two classes in turn, labelled by Ana.
fn town() -> Town {
    let (mut project, mut ids) = (Project::new(), IdSource::new(1, 1));
    let schema = Edit::Schema(Change::create((), Arc::new(Schema::joint_damage_scale())));
    project.apply(&schema).expect("a schema");
    let layer = ids.layer();
    let described = Layer {
        name: "ground".into(),
        path: "ground.tif".into(),
        role: LayerRole::After,
        crs: None,
        transform: None,
        warp: None,
        width: SIDE,
        height: SIDE,
        bands: 3,
        order: 0,
        alignment: spatial::align::Method::default(),
        sha256: None,
    };
    let edit = add_layer_edit(&project, layer, described).expect("a layer");
    project.apply(&edit).expect("added");
    let mut regions = Vec::new();
    for n in 0..36_u32 {
        let (x, y) = (f64::from(n % 6) * 20.0 + 6.0, f64::from(n / 6) * 20.0 + 6.0);
        let id = ids.region();
        let region = Region {
            geometry: square(x, y, 8.0),
            layer: Some(layer),
            source: GeometrySource::custom(),
            source_id: None,
            attributes: BTreeMap::new(),
        };
        project.apply(&Edit::Region(Change::create(id, Arc::new(region)))).expect("a region");
        let class = if (n + n / 6) % 2 == 0 { "no damage" } else { "destroyed" };
        let label = label(id, class, "Ana");
        project.apply(&Edit::Label(Change::create(ids.label(), label))).expect("a label");
        regions.push(id);
    }
    Town { project, ids, layer, regions }
}

fn label(region: RegionId, class: &str, author: &str) -> Label {
    Label {
        region,
        class: ClassCode::new(class),
        author: Author::new(author),
        confidence: None,
        note: String::new(),
        seconds: None,
        at_ms: None,
        replies_to: Vec::new(),
        layer: None,
        schema_version: None,
    }
}

fn field(town: &Town, folder: &Path, scale: f64, syllabus: &Syllabus) -> Field {
    let field = Field::new(source(folder), View { bands: vec![0, 1], scale });
    let field =
        field.with_regions(&town.project, town.layer, &|_| true, &|id| syllabus.regions.get(&id).copied());
    match syllabus.background() {
        Some(class) => field.unclaimed_is(class),
        None => field,
    }
}

fn syllabus(town: &Town, task: Task) -> Syllabus {
    Syllabus::of(&town.project, task, &|_| true, (false, true, 2)).expect("two classes")
}

#[test]
fn pixels_and_regions_lie_where_the_layer_shows_them_at_any_scale() {
    let folder = tempfile::tempdir().expect("a folder");
    let town = town();
    let syllabus = syllabus(&town, Task::Segmentation);
    assert_eq!(syllabus.classes, ["", "no damage", "destroyed"], "in the order of the schema");
    let fine = field(&town, folder.path(), 1.0, &syllabus);
    let chip = fine.chip(20, 40, 16).expect("read");
    let at = |x: usize, y: usize| (y * 16 + x, 256 + y * 16 + x);
    let (first, second) = at(3, 5);
    assert_eq!((chip.pixels[first], chip.pixels[second]), (23.0, 45.0));
    // The square that begins at 26, 46 is the fourteenth: one right of the third row's first.
    let inside = at(26 - 20, 46 - 40).0;
    assert_eq!((chip.target[inside], chip.owner[inside] > 0), (2, true));
    assert_eq!((chip.target[at(5, 5).0], chip.owner[at(5, 5).0]), (0, 0));
    let edge = fine.chip(-8, 120, 32).expect("read");
    assert!(edge.valid.iter().enumerate().all(|(i, v)| !*v || (i % 32 >= 24 && i / 32 < 8)));
    assert!(
        edge.target.iter().zip(&edge.valid).all(|(t, v)| *v || *t == IGNORED),
        "nothing is learnt from nothing"
    );
    let coarse = field(&town, folder.path(), 4.0, &syllabus);
    assert_eq!(coarse.size(), (32, 32));
    let chip = coarse.chip(5, 10, 8).expect("read");
    // The mean of columns 20 to 23 and of rows 40 to 43.
    assert_eq!((chip.pixels[0], chip.pixels[64]), (21.5, 41.5));
    let between = field(&town, folder.path(), 0.5, &syllabus);
    let chip = between.chip(60, 80, 8).expect("read");
    assert_eq!((chip.pixels[0], chip.pixels[1], chip.pixels[2]), (30.0, 30.0, 31.0));
}

#[test]
fn no_pixel_and_no_region_is_on_both_sides() {
    let folder = tempfile::tempdir().expect("a folder");
    let town = town();
    for task in [Task::Segmentation, Task::Damage] {
        let syllabus = syllabus(&town, task);
        let fields = [field(&town, folder.path(), 1.0, &syllabus)];
        let classes = syllabus.classes.len();
        let sides = Sides::of_blocks(&fields, classes, (0.25, Some(20)), 32, 1);
        assert_eq!(sides, Sides::of_blocks(&fields, classes, (0.25, Some(20)), 32, 1), "the seed decides");
        let material = Material::new(&fields, &sides, task.kind(), classes, 32);
        let mut told: BTreeMap<(bool, usize), u8> = BTreeMap::new();
        for (held, chips) in [(false, &material.chips), (true, &material.held_out)] {
            assert!(!chips.is_empty());
            for index in 0..chips.len() {
                let chip = chips.chip(index).expect("read");
                let counted: u64 = chips.counts(index).iter().sum();
                let learnt = chip.target.iter().filter(|t| **t != IGNORED).count() as u64;
                assert!(learnt <= counted, "what the imagery lacks is not learnt from");
                for (at, class) in chip.target.iter().enumerate().filter(|(_, t)| **t != IGNORED) {
                    // The pixels say where they are.
                    let place = chip.pixels[at] as usize * 256 + chip.pixels[1024 + at] as usize;
                    let before = told.insert((held, place), *class);
                    assert!(before.is_none_or(|b| b == *class));
                    assert!(!told.contains_key(&(!held, place)), "{task:?}: a pixel is on both sides");
                }
            }
        }
        let (learnt, held) = (material.chips.regions(), material.held_out.regions());
        assert_eq!(learnt + held, 36);
        assert!((6..=12).contains(&held), "{held} of 36 are held out");
        let weights = material.chips.class_weights(classes);
        assert!(weights.iter().all(|w| *w > 0.0));
    }
}

#[test]
fn a_whole_layer_can_be_held_out_and_a_grid_fits_what_is_judged() {
    let folder = tempfile::tempdir().expect("a folder");
    let town = town();
    let syllabus = syllabus(&town, Task::Damage);
    let fields = [field(&town, folder.path(), 1.0, &syllabus), field(&town, folder.path(), 1.0, &syllabus)];
    let sides = Sides::of_fields([1]);
    let material = Material::new(&fields, &sides, Kind::Regions, 2, 32);
    assert_eq!((material.chips.regions(), material.held_out.regions()), (36, 36));
    let owners = |chips: &teaching::LayerChips<'_>| {
        let chip = chips.chip(chips.len() - 1).expect("read");
        chip.owner.iter().copied().max().unwrap_or(0)
    };
    assert!(
        owners(&material.chips) <= 36 && owners(&material.held_out) > 36,
        "regions of layers are told apart"
    );
    let grid = Grid::fitting(&town.project, &[town.layer], &syllabus, None);
    assert_eq!(
        (grid.metres_per_px, grid.scale(&town.project, town.layer)),
        (None, 1.0),
        "pixel space has no scale"
    );
    let none = Syllabus::of(&town.project, Task::Damage, &|_| false, (false, true, 2));
    assert!(none.is_err_and(|e| e.to_string() == "There are no labels to learn from"));
    let accepted = Syllabus::of(&town.project, Task::Damage, &|_| true, (true, true, 2));
    assert!(accepted.is_err_and(|e| e.to_string().contains("Review has accepted nothing")));
    let wanted = Wanted::new(Task::Damage);
    let outlook = Outlook::of(&town.project, &wanted).expect("two classes");
    assert_eq!(outlook.classes, [("no damage".to_owned(), 18), ("destroyed".to_owned(), 18)]);
    let chosen = |class: &str| {
        let is = |id: &RegionId| {
            town.project.label_of(*id).is_some_and(|(_, label)| label.class.as_str() == class)
        };
        Some(town.regions.iter().copied().filter(is).collect())
    };
    let one = Wanted { regions: chosen("destroyed"), ..wanted.clone() };
    let refused = Outlook::of(&town.project, &one).expect_err("one class");
    assert!(refused.to_string().contains("one class only") && !refused.hint().is_empty());
    let rare = Wanted { least: 19, ..wanted };
    let refused = Outlook::of(&town.project, &rare).expect_err("none of 19");
    assert!(refused.to_string().contains("Of 2 classes only 0 have 19 labels or more"), "{refused}");
}

fn manifest(kind: Kind) -> Manifest {
    let classes = if kind == Kind::Pixels {
        ["", "no damage", "destroyed"].as_slice()
    } else {
        &["no damage", "destroyed"]
    };
    Manifest {
        version: 1,
        id: "unet-test".into(),
        family: "unet".into(),
        size: "tiny".into(),
        kind,
        bands: vec![0, 1],
        metres_per_px: None,
        chip_px: 32,
        classes: classes.iter().map(|c| (*c).to_owned()).collect(),
        sha256: String::new(),
        normal: Normal { mean: vec![0.0; 2], spread: vec![1.0; 2] },
        training: Training::default(),
        scores: Scores::default(),
    }
}

#[test]
fn scales_that_do_not_fit_are_warned_about_with_the_factor() {
    let (mut project, mut ids) = (Project::new(), IdSource::new(1, 1));
    let layer = ids.layer();
    let half_a_metre = Layer {
        name: "drone.tif".into(),
        path: "drone.tif".into(),
        role: LayerRole::After,
        crs: Some(spatial::Crs::from_epsg(26915).expect("UTM 15N")),
        transform: spatial::GeoTransform::new([366_000.0, 0.5, 0.0, 4_104_000.0, 0.0, -0.5]),
        warp: None,
        width: SIDE,
        height: SIDE,
        bands: 3,
        order: 0,
        alignment: spatial::align::Method::default(),
        sha256: None,
    };
    let edit = add_layer_edit(&project, layer, half_a_metre).expect("a layer");
    project.apply(&edit).expect("added");
    let warned = |metres_per_px| {
        let manifest = Manifest { metres_per_px, ..manifest(Kind::Pixels) };
        teaching::Visit::warnings(&project, &manifest, layer)
    };
    for fits in [0.5, 0.4, 2.0] {
        assert_eq!(warned(Some(fits)), Vec::<String>::new(), "{fits} m");
    }
    let coarse = warned(Some(0.1));
    assert!(coarse[0].contains("drone.tif is 5.0 times as coarse"), "{coarse:?}");
    let fine = warned(Some(5.0));
    assert!(fine[0].contains("drone.tif is 10.0 times as fine"), "{fine:?}");
    assert!(warned(None)[0].contains("do not both have a scale"));
}

#[test]
fn verdicts_become_predictions_with_all_probabilities_and_replace_earlier_ones() {
    let mut town = town();
    let manifest = manifest(Kind::Regions);
    let verdict = |p: f64| Verdict { probabilities: vec![1.0 - p, p], pixels: 64 };
    let author = author_of(&manifest);
    for (p, class) in [(0.75, "destroyed"), (0.1, "no damage")] {
        let verdicts = [(town.regions[3], verdict(p))].into_iter().collect();
        let proposal = proposed_verdicts(&town.project, &manifest, &verdicts, &mut town.ids, 5);
        town.project.apply(&proposal.edit.expect("an edit")).expect("applies");
        assert!(project::violations(&town.project).is_empty());
        let (_, said) = town.project.label_by(town.regions[3], &author).expect("a prediction");
        assert_eq!(said.class.as_str(), class);
        assert_eq!(said.confidence, Some(p.max(1.0 - p)));
        assert_eq!(town.project.labels_of(town.regions[3]).count(), 2, "Ana's and the model's");
    }
    let (_, said) = town.project.prediction_of(town.regions[3]).expect("a prediction");
    assert_eq!(said.note, "no damage 0.90, destroyed 0.10");
    let (_, counts) = town.project.label_of(town.regions[3]).expect("a label");
    assert_eq!(counts.author.name(), "Ana", "a person's label counts");
}

#[test]
fn outlines_become_regions_and_go_again_unless_somebody_touched_them() {
    use learning::outlines::Outliner;
    let mut town = town();
    let manifest = manifest(Kind::Pixels);
    let propose = |town: &mut Town, columns: std::ops::Range<usize>| {
        let mut class = vec![0; 64];
        for column in columns {
            (2..5).for_each(|row| class[row * 8 + column] = 2);
        }
        let mut outliner = Outliner::new((0..8, 0..8), Some(0), 0);
        outliner.take(learning::Block { x: 0, y: 0, width: 8, height: 8, sure: vec![255; 64], class });
        let patches = outliner.finish(0.0);
        let asked = Asked { layer: town.layer, scale: 2.0, columns: 0..8, rows: 0..8 };
        let proposal = proposed_regions(&town.project, &manifest, &asked, patches, &mut town.ids, 9);
        town.project.apply(&proposal.edit.expect("an edit")).expect("applies");
        assert!(project::violations(&town.project).is_empty());
        proposal.by_class
    };
    assert_eq!(propose(&mut town, 1..3), [("destroyed".to_owned(), 1)].into_iter().collect());
    let ours = |town: &Town| -> Vec<RegionId> {
        let by_model = |r: &Region| r.source.0.starts_with("model:");
        town.project.regions().iter().filter(|(_, r)| by_model(r)).map(|(id, _)| *id).collect()
    };
    let first = ours(&town);
    let bounds = town.project.region(first[0]).and_then(|r| r.bounds()).expect("a shape");
    // Columns 1 to 3 and rows 2 to 5 of a grid of two pixels; y = −row.
    assert_eq!((bounds.min(), bounds.max()), (Coord { x: 2.0, y: -10.0 }, Coord { x: 6.0, y: -4.0 }));
    propose(&mut town, 4..6);
    let second = ours(&town);
    assert!(second.len() == 1 && second != first, "the first one went");
    let by_ana = label(second[0], "destroyed", "Ana");
    town.project.apply(&Edit::Label(Change::create(town.ids.label(), by_ana))).expect("a label");
    propose(&mut town, 1..2);
    let third = ours(&town);
    assert!(third.len() == 2 && third.contains(&second[0]), "what Ana labelled stays");
    assert_eq!(town.project.regions().len(), 38);
    // Elsewhere, it takes nothing back.
    let elsewhere = Asked { layer: town.layer, scale: 2.0, columns: 20..30, rows: 0..8 };
    let proposal = proposed_regions(&town.project, &manifest, &elsewhere, Vec::new(), &mut town.ids, 9);
    assert!(proposal.edit.is_none());
}
