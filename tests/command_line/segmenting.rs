//! Objects by a few places, and classes of all pixels by examples, on the command line.

use std::fs;
use std::path::Path;

use geo::{Area as _, Geometry};
use raster::write::{self, NewImage, WriteOptions};
use raster::{ColorRole, SampleBuffer, SampleType, Source};
use serde_json::{Value, json as value};
use spatial::{Crs, GeoTransform};

use crate::program::{json, run};

const WIDTH: usize = 300;
const HEIGHT: usize = 220;

/// Where the roof lies.
fn is_roof(x: usize, y: usize) -> bool {
    (120..180).contains(&x) && (80..120).contains(&y)
}

/// Half a metre a pixel: a bright roof, grass on the left, stripes of the same mean on the right; with so many bands.
fn town(folder: &Path, bands: usize) {
    let place = GeoTransform::new([366_000.0, 0.5, 0.0, 5_800_000.0, 0.0, -0.5]).expect("a transform");
    let colors = match bands {
        3 => vec![ColorRole::Red, ColorRole::Green, ColorRole::Blue],
        _ => vec![ColorRole::Undefined; bands],
    };
    let mut image = NewImage::new(WIDTH as u32, HEIGHT as u32, SampleType::U16, &colors)
        .at(Some(Crs::from_epsg(32633).expect("a CRS")), Some(place));
    image.no_data = Some(0.0);
    let mut values = Vec::new();
    for band in 0..bands {
        for i in 0..WIDTH * HEIGHT {
            let (x, y) = (i % WIDTH, i / WIDTH);
            let noise = ((i * 7919 + band * 104_729) % 23) as u16;
            values.push(match (x, y) {
                (0..4, 0..4) => 0,
                _ if is_roof(x, y) => 700 + noise + 10 * band as u16,
                (150.., _) if (x + y) / 3 % 2 == 0 => 200 + noise,
                (150.., _) => 400 + noise,
                _ => 300 + noise,
            });
        }
    }
    let options = WriteOptions { tile_px: Some(64), ..WriteOptions::default() };
    write::image(&folder.join("town.tif"), &image, &options, &SampleBuffer::U16(values)).expect("the town");
}

fn polygon(value: &Value) -> Geometry<f64> {
    let geometry: geojson::Geometry = serde_json::from_value(value.clone()).expect("GeoJSON");
    Geometry::try_from(geometry).expect("a shape")
}

#[test]
fn a_place_on_a_roof_gives_its_outline_in_map_units_by_every_method() {
    let folder = tempfile::tempdir().expect("folder");
    town(folder.path(), 3);
    // The middle of the roof, in map units and in pixels.
    let (map, pixels) = ("366075,5799950", "150,100");
    for method in ["walker", "grabcut", "watershed", "flood"] {
        let found = json(
            folder.path(),
            &["segment", "town.tif", "--at", map, "--method", method, "--tolerance", "0.25"],
        );
        assert_eq!((found["method"].as_str(), found["crs"].as_str()), (Some(method), Some("EPSG:32633")));
        let area = polygon(&found["polygon"]).unsigned_area();
        assert!((area / (60.0 * 40.0 * 0.25) - 1.0).abs() < 0.05, "{method}: {area} m²");
        assert!(found["score"].as_f64().is_some_and(|s| (0.3..=1.0).contains(&s)), "{found}");
        assert!(found["milliseconds"].as_f64().is_some_and(|ms| ms > 0.0));
    }
    let by_pixel = json(folder.path(), &["segment", "town.tif", "--px", "--at", pixels, "-o", "mask.tif"]);
    let mask = Source::open(&folder.path().join("mask.tif")).expect("a mask");
    let image = mask.image();
    let all = mask.read_window(0, 0, 0, image.width, image.height, &[0]).expect("samples");
    let inside = (0..image.height).flat_map(|y| (0..image.width).map(move |x| (x, y)));
    let inside = inside.filter(|(x, y)| all.value(0, *x, *y) == Some(1.0)).count();
    assert_eq!(Some(inside as u64), by_pixel["pixels"].as_u64(), "what is said is what is written");
    assert_eq!(image.crs.as_ref().and_then(Crs::epsg), Some(32633));
}

#[test]
fn a_box_and_what_is_not_meant_and_an_outline_that_can_be_imported() {
    let folder = tempfile::tempdir().expect("folder");
    town(folder.path(), 5);
    let found = json(
        folder.path(),
        &["segment", "town.tif", "--px", "--box", "112,72,190,128", "--not", "115,75", "-o", "roof.geojson"],
    );
    let area = polygon(&found["polygon"]).unsigned_area();
    assert!((area / 600.0 - 1.0).abs() < 0.08, "{area} m²");
    for arguments in [&["new", "p.gpkg"][..], &["add", "p.gpkg", "town.tif"]] {
        assert_eq!(run(folder.path(), arguments).code, 0);
    }
    let imported = json(folder.path(), &["import", "p.gpkg", "roof.geojson"]);
    assert_eq!(imported["accepted"], 1, "{imported}");
    let of_layer = json(
        folder.path(),
        &["segment", "p.gpkg", "--layer", "1", "--px", "--at", "150,100", "--method", "watershed"],
    );
    assert!(polygon(&of_layer["polygon"]).unsigned_area() > 500.0);
}

#[test]
fn what_cannot_be_selected_is_refused_and_leaves_nothing_behind() {
    let folder = tempfile::tempdir().expect("folder");
    town(folder.path(), 3);
    let asked =
        |arguments: &[&str]| run(folder.path(), &[&["segment", "town.tif", "--px"], arguments].concat());
    assert!(asked(&[]).refusal().contains("Nothing says what is meant"));
    assert!(asked(&["--at", "900,10"]).refusal().contains("outside the image"));
    assert!(
        asked(&["--at", "150,100", "-o", "mask.bmp"]).refusal().contains("neither a mask nor an outline")
    );
    assert!(asked(&["--box", "1,2,3"]).refusal().contains("four numbers"));
    assert!(asked(&["--at", "150,100", "--layer", "1"]).refusal().contains("no layers"));
    let left: Vec<_> = fs::read_dir(folder.path()).expect("the folder").collect();
    assert_eq!(left.len(), 1, "{left:?}");
}

/// Squares of pixels as GeoJSON in degrees.
fn training(folder: &Path) {
    let to_degrees = spatial::Transformer::new(
        &Crs::from_epsg(32633).expect("a CRS"),
        &Crs::from_epsg(4326).expect("a CRS"),
    )
    .expect("a way");
    let square = |class: &str, left: f64, top: f64, side: f64| {
        let corner = |x: f64, y: f64| {
            let map = geo::Coord { x: 366_000.0 + x * 0.5, y: 5_800_000.0 - y * 0.5 };
            let at = to_degrees.convert(map).expect("there");
            value!([at.x, at.y])
        };
        let (right, bottom) = (left + side, top + side);
        let ring = [
            corner(left, top),
            corner(right, top),
            corner(right, bottom),
            corner(left, bottom),
            corner(left, top),
        ];
        value!({"type": "Feature", "properties": {"class": class},
            "geometry": {"type": "Polygon", "coordinates": [ring]}})
    };
    let shapes = [
        square("roof", 125.0, 85.0, 12.0),
        square("roof", 150.0, 95.0, 12.0),
        square("grass", 20.0, 20.0, 14.0),
        square("grass", 60.0, 150.0, 14.0),
        square("stripes", 220.0, 30.0, 14.0),
        square("stripes", 240.0, 170.0, 14.0),
        square("far", 9000.0, 0.0, 5.0),
    ];
    let whole = value!({"type": "FeatureCollection", "features": shapes});
    fs::write(folder.join("training.geojson"), whole.to_string()).expect("written");
}

#[test]
fn a_few_shapes_classify_every_pixel_of_an_image_with_any_number_of_bands() {
    for (bands, learner) in [(3, "forest"), (5, "logistic"), (4, "perceptron")] {
        let folder = tempfile::tempdir().expect("folder");
        town(folder.path(), bands);
        training(folder.path());
        let made = json(
            folder.path(),
            &[
                "classify",
                "town.tif",
                "--from",
                "training.geojson",
                "-o",
                "classes.tif",
                "--probabilities",
                "shares.tif",
                "--learner",
                learner,
                "--trees",
                "30",
                "--scales",
                "0.7,1.6,3.5",
            ],
        );
        let names: Vec<&str> =
            made["classes"].as_array().expect("classes").iter().filter_map(|c| c["name"].as_str()).collect();
        assert_eq!(names, ["grass", "roof", "stripes"], "{made}");
        assert_eq!(made["left_out"].as_array().map(Vec::len), Some(1), "the shape beyond the image: {made}");
        assert!(made["held_out"]["accuracy"].as_f64().is_some_and(|a| a > 0.9), "{made}");
        let classes = Source::open(&folder.path().join("classes.tif")).expect("classes");
        let shares = Source::open(&folder.path().join("shares.tif")).expect("shares");
        assert_eq!(shares.image().bands.len(), 3);
        let (w, h) = (WIDTH as u32, HEIGHT as u32);
        let found = classes.read_window(0, 0, 0, w, h, &[0]).expect("samples");
        let likely = shares.read_window(0, 0, 0, w, h, &[0, 1, 2]).expect("samples");
        assert!(!found.is_valid(1, 1) && !likely.is_valid(1, 1), "where there is nothing there is no class");
        let mut right = 0;
        for (x, y) in (0..HEIGHT).flat_map(|y| (0..WIDTH).map(move |x| (x, y))) {
            let truth = if is_roof(x, y) {
                2.0
            } else if x >= 150 {
                3.0
            } else {
                1.0
            };
            let own = found.value(0, x as u32, y as u32);
            right += usize::from(own == Some(truth));
            if found.is_valid(x as u32, y as u32) {
                let sum: f64 = (0..3).filter_map(|b| likely.value(b, x as u32, y as u32)).sum();
                assert!((sum - 1.0).abs() < 1e-3, "{sum}");
            }
        }
        assert!(right > WIDTH * HEIGHT * 93 / 100, "{learner}: {right} of {}", WIDTH * HEIGHT);
    }
}

#[test]
fn examples_of_one_class_are_refused_and_leave_nothing_behind() {
    let folder = tempfile::tempdir().expect("folder");
    town(folder.path(), 3);
    training(folder.path());
    let text = fs::read_to_string(folder.path().join("training.geojson")).expect("there");
    let one = text.replace("grass", "roof").replace("stripes", "roof");
    fs::write(folder.path().join("one.geojson"), one).expect("written");
    let asked = |from: &str, more: &[&str]| {
        let all = [&["classify", "town.tif", "--from", from, "-o", "classes.tif"], more].concat();
        run(folder.path(), &all)
    };
    assert!(asked("one.geojson", &[]).refusal().contains("of the two classes"));
    assert!(asked("training.geojson", &["--attribute", "colour"]).refusal().contains("no `colour`"));
    assert!(asked("training.geojson", &["--scales", "90", "--bands", "9"]).refusal().contains("no band 9"));
    fs::write(folder.path().join("cut.geojson"), &text[..text.len() / 2]).expect("written");
    asked("cut.geojson", &[]).refusal();
    assert!(!folder.path().join("classes.tif").exists());
}
