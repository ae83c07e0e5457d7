//! Exports as other programs meet them. What those programs make of them is in `tests/peers`.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use geo::{Area as _, Geometry, MapCoords as _, wkt};
use project::review::{Stage, Verdict, Vote};
use project::{
    Author, Change, ClassCode, Edit, GeometrySource, Label, Layer, LayerId, Project, Region, RegionId,
};
use raster::write::{NewImage, WriteOptions};
use raster::{SampleBuffer, Source};
use serde_json::Value;
use spatial::overlay;
use tempfile::TempDir;

use super::*;
use crate::testing::{ids, layer, project};
use crate::{ImportAs, ImportOptions, Limits, plan_import, read_features};

mod oriented;
mod related;

/// A project on an image of its own, and a folder for exports.
struct Bench {
    folder: TempDir,
    project: Project,
    layer: LayerId,
    regions: Vec<RegionId>,
}

impl Bench {
    /// Regions are given in pixels of the image (y down), with their classes.
    fn new(layer: &Layer, regions: &[(Geometry<f64>, Option<&str>)]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let new = NewImage::rgb(layer.width, layer.height).at(layer.crs.clone(), layer.transform);
        let plane = (layer.width * layer.height) as usize;
        let bytes = (0..plane * 3).map(|i| (i % plane % 251) as u8).collect();
        let path = folder.path().join(&layer.path);
        raster::write::image(&path, &new, &WriteOptions::default(), &SampleBuffer::U8(bytes))
            .expect("an image");
        let (mut project, id) = project(layer);
        let transform = layer.transform_or_pixels();
        let mut ids = ids();
        let mut made = Vec::new();
        for (n, (pixels, class)) in regions.iter().enumerate() {
            let region = ids.region();
            let shape = Region {
                geometry: pixels.map_coords(|c| transform.world_from_image(c)),
                layer: None,
                source: GeometrySource("OSM".into()),
                source_id: Some(format!("b{n}")),
                attributes: BTreeMap::new(),
            };
            project.apply(&Edit::Region(Change::create(region, Arc::new(shape)))).expect("applies");
            if let Some(class) = class {
                let label = Label {
                    region,
                    class: ClassCode::new(class),
                    author: Author::new("ann"),
                    confidence: Some(0.75),
                    note: String::new(),
                    seconds: None,
                    at_ms: Some(1),
                    replies_to: Vec::new(),
                    layer: None,
                    schema_version: None,
                };
                project.apply(&Edit::Label(Change::create(ids.label(), label))).expect("applies");
            }
            made.push(region);
        }
        Self { folder, project, layer: id, regions: made }
    }

    fn out(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn spec(&self, format: ExportFormat) -> ExportSpec {
        ExportSpec {
            format,
            layer: Some(self.layer),
            chip_px: 64,
            stride_px: 64,
            program_version: "1".into(),
            journal_seq: 9,
            ..ExportSpec::default()
        }
    }

    fn export(&self, spec: &ExportSpec, name: &str) -> Result<ExportReport, ExportError> {
        export(&self.project, &FolderSource(self.folder.path().to_owned()), spec, &self.out(name))
    }

    fn vote(&mut self, region: usize, verdict: Verdict, class: &str) {
        let vote = Vote {
            seal: None,
            shape: None,
            id: ids().vote(),
            case: self.regions[region],
            member: Author::new("bob"),
            stage: Stage::One,
            verdict,
            class: Some(ClassCode::new(class)),
            confidence: None,
            note: String::new(),
            seconds: None,
            at_ms: None,
        };
        self.project.record_vote(vote).expect("recorded");
    }
}

fn shapes() -> Vec<(Geometry<f64>, Option<&'static str>)> {
    let square: Geometry<f64> = wkt!(POLYGON((5.2 5.3, 20.1 5.3, 20.1 18.7, 5.2 18.7, 5.2 5.3))).into();
    let holed: Geometry<f64> =
        wkt!(POLYGON((50. 40., 90. 40., 90. 80., 50. 80., 50. 40.), (70. 50., 80. 50., 80. 60., 70. 60., 70. 50.)))
            .into();
    let parts: Geometry<f64> = wkt!(MULTIPOLYGON(
        ((110. 10., 120. 10., 120. 20., 110. 20., 110. 10.)), ((125. 10., 135. 12., 131. 20., 125. 10.))
    ))
    .into();
    let under: Geometry<f64> = wkt!(POLYGON((100. 50., 140. 50., 140. 70., 100. 70., 100. 50.))).into();
    let over: Geometry<f64> = wkt!(POLYGON((120. 55., 160. 55., 160. 65., 120. 65., 120. 55.))).into();
    vec![
        (square, Some("destroyed")),
        (holed, Some("minor damage")),
        (parts, Some("no damage")),
        (over, Some("no damage")),
        (under, Some("major damage")),
    ]
}

fn json(path: PathBuf) -> Value {
    serde_json::from_slice(&fs::read(path).expect("readable")).expect("JSON")
}

fn bytes_of(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let manifest = Manifest::read(folder).expect("a manifest");
    let names = manifest.files.iter().map(|f| f.path.clone()).chain(["manifest.json".into()]);
    names.map(|n| (n.clone(), fs::read(folder.join(n)).expect("readable"))).collect()
}

#[test]
fn every_format_written_twice_is_the_same_to_the_byte() {
    let bench = Bench::new(&layer(), &shapes());
    for format in ExportFormat::ALL {
        let spec = ExportSpec { boxes_around: format.holds_boxes(), ..bench.spec(format) };
        let report = bench.export(&spec, &format!("{}1", format.key())).expect("exports");
        assert_eq!((report.regions_in, report.regions_out), (5, 5), "{format:?}");
        assert_eq!(report.by_class["no damage"], 2);
        bench.export(&spec, &format!("{}2", format.key())).expect("exports");
        let [one, two] = ["1", "2"].map(|n| bytes_of(&bench.out(&format!("{}{n}", format.key()))));
        assert_eq!(one, two, "{format:?}");
        assert!(one.len() > 1);
    }
}

#[test]
fn geojson_comes_back_as_the_same_regions_labels_and_attributes() {
    let mut bench = Bench::new(&layer(), &shapes());
    bench.vote(0, Verdict::Accept, "destroyed");
    let report = bench.export(&bench.spec(ExportFormat::GeoJson), "g").expect("exports");
    let names: Vec<_> = report.written.iter().map(|w| (w.path.as_str(), w.items)).collect();
    assert_eq!(names, [("regions.32615.geojson", 5), ("regions.4326.geojson", 5)]);
    let text = json(bench.out("g/regions.32615.geojson"));
    let first = &text["features"][0]["properties"];
    assert_eq!(
        (first["stage"].as_str(), first["author"].as_str(), first["class"].as_str()),
        (Some("agreed"), Some("ann"), Some("destroyed"))
    );
    assert!(json(bench.out("g/regions.4326.geojson")).get("crs").is_none(), "RFC 7946 has no crs member");
    for name in ["g/regions.4326.geojson", "g/regions.32615.geojson"] {
        let file = read_features(&bench.out(name), &Limits::default()).expect("read");
        let (mut empty, _) = project(&layer());
        let options = ImportOptions { kind: ImportAs::Labels, ..ImportOptions::default() };
        let plan = plan_import(&empty, file.features, &options, &mut ids()).expect("plans");
        assert_eq!((plan.regions, plan.labels, plan.rejected.len()), (5, 5, 0), "{:?}", plan.rejected);
        empty.apply(&plan.edit).expect("applies");
        for (old, new) in bench.project.regions().values().zip(empty.regions().values()) {
            assert_eq!(
                (&old.source, &old.source_id, &old.attributes),
                (&new.source, &new.source_id, &new.attributes)
            );
            let (a, b) = (multi(&old.geometry), multi(&new.geometry));
            assert!(
                overlay::symmetric_difference(&a, &b).unsigned_area() < a.unsigned_area() * 1e-6,
                "{name}"
            );
        }
        assert!(empty.labels().values().all(|l| l.author.name() == "ann" && l.confidence == Some(0.75)));
    }
}

fn multi(geometry: &Geometry<f64>) -> geo::MultiPolygon<f64> {
    match geometry {
        Geometry::Polygon(p) => p.clone().into(),
        Geometry::MultiPolygon(m) => m.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn only_accepted_regions_go_out_when_that_is_asked_for() {
    let mut bench = Bench::new(&layer(), &shapes());
    let spec = ExportSpec { only_accepted: true, ..bench.spec(ExportFormat::Coco) };
    let error = bench.export(&spec, "none").expect_err("nothing is accepted");
    assert!(error.to_string().contains("accepted") && error.hint().is_some() && !bench.out("none").exists());
    bench.vote(0, Verdict::Accept, "destroyed");
    bench.vote(1, Verdict::Edit, "destroyed");
    let report = bench.export(&spec, "one").expect("exports");
    assert_eq!((report.regions_in, report.regions_out), (1, 1));
}

#[test]
fn coco_accounts_for_every_region_in_every_chip() {
    let bench = Bench::new(&layer(), &shapes());
    bench.export(&bench.spec(ExportFormat::Coco), "c").expect("exports");
    let coco = json(bench.out("c/annotations.json"));
    let annotations = coco["annotations"].as_array().expect("a list");
    let mut visible: BTreeMap<&str, f64> = BTreeMap::new();
    for a in annotations {
        *visible.entry(a["region_id"].as_str().expect("id")).or_insert(0.0) +=
            a["visible"].as_f64().expect("share");
    }
    assert_eq!(visible.len(), 5);
    // The right and lower chips overlap their neighbours, so nothing is seen less than once.
    assert!(visible.values().all(|v| *v > 0.999), "{visible:?}");
    let holed = annotations.iter().filter(|a| a["source_id"] == "b1").collect::<Vec<_>>();
    assert!(holed.iter().any(|a| a["segmentation"]["counts"].is_string()), "holes are run lengths");
    assert!(annotations.iter().filter(|a| a["source_id"] == "b0").all(|a| a["segmentation"].is_array()));
    let chips: Vec<&str> = coco["images"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|i| i["file_name"].as_str().expect("name"))
        .collect();
    assert!(
        chips.contains(&"images/post_x0_y0.png") && chips.iter().all(|c| bench.out("c").join(c).is_file())
    );
    let picture = ::image::open(bench.out("c/images/post_x64_y0.png")).expect("a picture").into_rgb8();
    assert_eq!(picture.dimensions(), (64, 64));
    let value = |x: u32, y: u32| ((y * 200 + x) % 251) as u8;
    assert_eq!(picture.get_pixel(10, 3).0, [value(74, 3); 3]);
}

#[test]
fn masks_lie_on_the_image_and_the_higher_priority_wins() {
    let bench = Bench::new(&layer(), &shapes());
    bench.export(&bench.spec(ExportFormat::Masks), "m").expect("exports");
    let mask = Source::open(&bench.out("m/mask.tif")).expect("opens");
    let at = |x: u32, y: u32| mask.read_window(0, x, y, 1, 1, &[3]).expect("reads").value(0, 0, 0);
    assert_eq!(at(10, 10), Some(4.0));
    assert_eq!(at(75, 55), Some(0.0), "a hole");
    assert_eq!(at(55, 45), Some(2.0));
    assert_eq!((at(130, 60), at(150, 60)), (Some(3.0), Some(1.0)), "major damage over no damage");
    assert_eq!(mask.image().transform, layer().transform);
    let legend = json(bench.out("m/classes.json"));
    let destroyed = legend["classes"].as_array().expect("a list").iter().find(|c| c["code"] == "destroyed");
    assert_eq!(destroyed.map(|c| c["pixels"].as_u64()), Some(Some(15 * 14)));
}

#[test]
fn crasar_keeps_pixels_coordinates_ids_and_parts() {
    let bench = Bench::new(&layer(), &shapes());
    let report = bench.export(&bench.spec(ExportFormat::Crasar), "r").expect("exports");
    assert_eq!(report.written[0].path, "post.tif.json");
    assert_eq!(report.written[0].items, 6, "a region of two parts is two items");
    let items = json(bench.out("r/post.tif.json"));
    let ids: Vec<_> =
        items.as_array().expect("a list").iter().map(|i| i["id"].as_str().expect("id")).collect();
    assert_eq!(ids, ["b0", "b1", "b2-1", "b2-2", "b3", "b4"]);
    assert_eq!((items[0]["label"].as_str(), items[0]["source"].as_str()), (Some("destroyed"), Some("OSM")));
    let x = items[0]["pixels"][0]["x"].as_f64().expect("number");
    assert!((x - 5.2).abs() < 1e-6 && items[0]["EPSG:4326"][0]["lat"].is_f64());
    let file = read_features(&bench.out("r/post.tif.json"), &Limits::default()).expect("read");
    let (empty, _) = project(&layer());
    let options = ImportOptions {
        kind: ImportAs::Labels,
        author: Some(Author::new("eve")),
        ..ImportOptions::default()
    };
    let plan = plan_import(&empty, file.features, &options, &mut crate::testing::ids()).expect("plans");
    assert_eq!((plan.regions, plan.rejected.len(), plan.warnings.len()), (6, 0, 1), "{:?}", plan.warnings);
}

#[test]
fn what_a_format_cannot_hold_stops_the_export_by_name_unless_allowed() {
    let mut regions = shapes();
    regions.push((wkt!(POLYGON((900. 5., 920. 5., 920. 18., 900. 5.))).into(), Some("destroyed")));
    regions.push((geo::Point::new(3.0, 3.0).into(), Some("destroyed")));
    regions.push((wkt!(POLYGON((30.1 30.1, 30.3 30.1, 30.3 30.3, 30.1 30.1))).into(), Some("destroyed")));
    let bench = Bench::new(&layer(), &regions);
    for (format, missing) in [(ExportFormat::Coco, 2), (ExportFormat::Masks, 3), (ExportFormat::Crasar, 2)] {
        let error = bench.export(&bench.spec(format), "x").expect_err("refused");
        assert!(
            matches!(error, ExportError::LeftOut { missing: m, asked: 8, .. } if m == missing),
            "{error}"
        );
        assert!(error.to_string().contains("b5 lies outside the image"), "{error}");
        assert!(error.hint().is_some() && !bench.out("x").exists());
        let spec = ExportSpec { allow_left_out: true, ..bench.spec(format) };
        let name = format!("allowed-{}", format.key());
        let report = bench.export(&spec, &name).expect("exports");
        assert_eq!((report.regions_out, report.left_out.len()), (8 - missing, missing));
        let manifest = check_export(&bench.out(&name)).expect("sound");
        assert_eq!((manifest.regions.asked, manifest.regions.left_out.len()), (8, missing));
    }
    assert_eq!(bench.export(&bench.spec(ExportFormat::GeoJson), "g").expect("exports").regions_out, 8);
    let left: Vec<_> =
        fs::read_dir(bench.folder.path()).expect("readable").map(|e| e.expect("entry").file_name()).collect();
    assert!(left.iter().all(|n| !n.to_string_lossy().starts_with('.')), "nothing half-written: {left:?}");
}

#[test]
fn tampering_is_found_by_the_check() {
    let bench = Bench::new(&layer(), &shapes());
    bench.export(&bench.spec(ExportFormat::Coco), "c").expect("exports");
    let folder = bench.out("c");
    let chip = folder.join("images/post_x0_y0.png");
    let whole = fs::read(&chip).expect("readable");
    let complaint = || check_export(&folder).expect_err("found").to_string();
    let mut bent = whole.clone();
    bent[60] ^= 1;
    fs::write(&chip, bent).expect("written");
    assert!(complaint().contains("images/post_x0_y0.png was changed"));
    fs::remove_file(&chip).expect("removed");
    assert!(complaint().contains("is missing"));
    fs::write(&chip, whole).expect("written");
    assert!(check_export(&folder).is_ok());
    fs::write(folder.join("extra.txt"), "x").expect("written");
    assert!(complaint().contains("extra.txt is not in the manifest"));
    fs::remove_file(folder.join("extra.txt")).expect("removed");
    let manifest = fs::read_to_string(folder.join("manifest.json")).expect("readable");
    fs::write(folder.join("manifest.json"), manifest.replace("\"destroyed\": 1", "\"destroyed\": 2"))
        .expect("written");
    assert!(complaint().contains("5 regions in"));
}

#[test]
fn a_folder_that_is_not_an_export_is_never_replaced() {
    let bench = Bench::new(&layer(), &shapes());
    let spec = ExportSpec { replace: true, ..bench.spec(ExportFormat::GeoJson) };
    fs::create_dir(bench.out("photos")).expect("made");
    fs::write(bench.out("photos/a.jpg"), "x").expect("written");
    assert!(matches!(bench.export(&spec, "photos"), Err(ExportError::NotEmpty(_))));
    assert!(bench.out("photos/a.jpg").exists());
    fs::create_dir(bench.out("g")).expect("made");
    bench.export(&spec, "g").expect("an empty folder is taken");
    assert!(matches!(bench.export(&bench.spec(ExportFormat::GeoJson), "g"), Err(ExportError::NotEmpty(_))));
    bench.export(&spec, "g").expect("an earlier export is replaced");
    assert!(bench.out("g/manifest.json").exists());
}

#[test]
fn an_export_that_is_stopped_leaves_nothing() {
    let bench = Bench::new(&layer(), &shapes());
    let sources = FolderSource(bench.folder.path().to_owned());
    for format in ExportFormat::ALL {
        let mut stop = |_, _| ControlFlow::Break(());
        let outcome = export_with(&bench.project, &sources, &bench.spec(format), &bench.out("s"), &mut stop);
        assert!(matches!(outcome, Err(ExportError::Stopped)));
        assert_eq!(fs::read_dir(bench.folder.path()).expect("readable").count(), 1, "only the image");
    }
}

#[test]
fn splits_do_not_leak_and_say_what_lies_in_the_gap() {
    let large = Layer { width: 1000, height: 800, ..layer() };
    let at = |i: u32| (f64::from(i % 25) * 40.0 + 4.0, f64::from(i / 25) * 40.0 + 4.0);
    let square = |(x, y): (f64, f64)| -> Geometry<f64> {
        geo::Rect::new((x, y), (x + 15.0, y + 15.0)).to_polygon().into()
    };
    let regions: Vec<_> = (0..500).map(|i| (square(at(i)), Some("destroyed"))).collect();
    let bench = Bench::new(&large, &regions);
    let block = Block { train: 60, val: 20, test: 20, gap_m: 15.0, block_px: Some(128) };
    for format in [ExportFormat::Coco, ExportFormat::GeoJson] {
        let spec = ExportSpec { split: Some(block), ..bench.spec(format) };
        let report = bench.export(&spec, format.key()).expect("exports");
        assert_eq!(report.regions_in, report.regions_out + report.left_out.len());
        assert!(
            report.left_out.iter().all(|l| l.reason == "lies within 15 m of another split"),
            "{:?}",
            report.left_out
        );
        assert_eq!(report.by_split.values().sum::<usize>(), report.regions_out);
        assert!(report.by_split.len() == 3 && report.regions_out > 100, "{:?}", report.by_split);
        let other = ExportSpec { seed: 1, ..spec };
        bench.export(&other, &format!("{}-other", format.key())).expect("exports");
        assert_ne!(
            bytes_of(&bench.out(format.key())),
            bytes_of(&bench.out(&format!("{}-other", format.key())))
        );
    }
    let mut rects: Vec<(String, geo::Rect<f64>)> = Vec::new();
    for split in ["train", "val", "test"] {
        let coco = json(bench.out("coco").join(format!("annotations_{split}.json")));
        for image in coco["images"].as_array().expect("a list") {
            let [x, y] = ["x_px", "y_px"].map(|k| image[k].as_f64().expect("number"));
            rects.push((split.into(), geo::Rect::new((x, y), (x + 64.0, y + 64.0))));
        }
    }
    for (a, first) in &rects {
        for (b, second) in &rects {
            assert!(a == b || split::distance(first, second) >= 30.0, "{a} and {b}");
        }
    }
    let masks = ExportSpec { split: Some(block), ..bench.spec(ExportFormat::Masks) };
    assert!(matches!(bench.export(&masks, "m"), Err(ExportError::BadSpec(_))));
}

#[test]
fn pixel_space_exports_pixels() {
    let flat = Layer { crs: None, transform: None, ..layer() };
    let bench = Bench::new(&flat, &shapes());
    for format in ExportFormat::ALL {
        let spec = ExportSpec { boxes_around: format.holds_boxes(), ..bench.spec(format) };
        bench.export(&spec, format.key()).expect("exports");
    }
    let text = json(bench.out("geojson/regions.pixels.geojson"));
    let ring = text["features"][0]["geometry"]["coordinates"][0].as_array().expect("a ring");
    assert!(ring.iter().any(|c| c[0] == 5.2 && c[1] == 5.3), "{ring:?}");
    let file = read_features(&bench.out("crasar/post.tif.json"), &Limits::default()).expect("read");
    let (empty, _) = project(&flat);
    let plan = plan_import(&empty, file.features, &ImportOptions::default(), &mut ids()).expect("plans");
    assert_eq!(plan.regions, 6);
}

#[test]
fn an_image_that_changed_since_it_was_added_is_refused() {
    let bench = Bench::new(&layer(), &shapes());
    let new = NewImage::rgb(10, 10);
    raster::write::image(&bench.out("post.tif"), &new, &WriteOptions::default(), &new.zeros())
        .expect("an image");
    let error = bench.export(&bench.spec(ExportFormat::Coco), "c").expect_err("refused");
    assert!(error.to_string().contains("200×100") && error.to_string().contains("10×10"), "{error}");
    fs::write(bench.out("post.tif"), "no image").expect("written");
    assert!(matches!(bench.export(&bench.spec(ExportFormat::Coco), "c"), Err(ExportError::Open(_))));
    assert!(!bench.out("c").exists());
}

/// Arrows that move everything nearest to their starts, in pixels.
fn adjusted(bench: &mut Bench, arrows: &[([f64; 2], [f64; 2])]) {
    let mut ids = ids();
    for (start, end) in arrows {
        let adjustment = project::Adjustment {
            layer: bench.layer,
            source: None,
            start: *start,
            end: *end,
            author: Author::new("ann"),
            at_ms: None,
        };
        let edit = Edit::Adjustment(Change::create(ids.adjustment(), adjustment));
        bench.project.apply(&edit).expect("applies");
    }
}

#[test]
fn shapes_go_out_where_the_layer_shows_them_and_the_manifest_says_so() {
    let mut bench = Bench::new(&layer(), &shapes());
    adjusted(&mut bench, &[([5.0, 5.0], [15.0, 8.0]), ([500.0, 500.0], [500.0, 500.0])]);
    let corner = |folder: &str| {
        let read = read_features(&bench.out(folder).join("regions.32615.geojson"), &Limits::default());
        let shape = read.expect("read").features.swap_remove(0).geometry.expect("a shape");
        let first = geo::CoordsIter::coords_iter(&shape)
            .fold((f64::INFINITY, f64::NEG_INFINITY), |m, c| (m.0.min(c.x), m.1.max(c.y)));
        ((first.0 - 500_000.0) * 2.0, (4_100_000.0 - first.1) * 2.0)
    };
    let near = |found: (f64, f64), wanted: (f64, f64)| {
        assert!((found.0 - wanted.0).hypot(found.1 - wanted.1) < 1e-6, "{found:?} is not {wanted:?}");
    };
    bench.export(&bench.spec(ExportFormat::GeoJson), "moved").expect("exported");
    near(corner("moved"), (15.2, 8.3));
    let said = Manifest::read(&bench.out("moved")).expect("a manifest").alignment.expect("said");
    let want = AlignmentEntry { method: "nearest".into(), adjustments: 2, applied: true, moved: 5 };
    assert_eq!(said, want);
    let drawn = ExportSpec { as_drawn: true, ..bench.spec(ExportFormat::GeoJson) };
    bench.export(&drawn, "drawn").expect("exported");
    near(corner("drawn"), (5.2, 5.3));
    let said = Manifest::read(&bench.out("drawn")).expect("a manifest").alignment.expect("said");
    assert_eq!((said.applied, said.moved), (false, 0));
    bench.export(&bench.spec(ExportFormat::Masks), "mask").expect("exported");
    bench.export(&bench.spec(ExportFormat::Crasar), "crasar").expect("exported");
    let file = bench.out("crasar").join("building_alignment_adjustments/post.tif.json");
    let arrows = crate::read_adjustments(&file).expect("read").arrows;
    assert_eq!(arrows, bench.project.adjustments_of(bench.layer).map(|(_, a)| a.arrow()).collect::<Vec<_>>());
    let first = &json(bench.out("crasar").join("post.tif.json"))[0]["pixels"][0];
    assert!(
        (first["x"].as_f64().expect("a number") - 5.2).abs() < 1e-6,
        "CRASAR keeps shapes as drawn: {first}"
    );
    let without = Bench::new(&layer(), &shapes());
    without.export(&without.spec(ExportFormat::GeoJson), "none").expect("exported");
    assert_eq!(Manifest::read(&without.out("none")).expect("a manifest").alignment, None);
}
