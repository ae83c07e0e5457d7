//! Objects by a network of the SAM family, on the command line. The network is one whose answers are known: what is bright.

use std::fs;
use std::path::Path;

use geo::{Area as _, BoundingRect as _, Contains as _, Geometry, Point};
use harness::{BRIGHT_PX, bright_network};
use raster::write::{self, NewImage, WriteOptions};
use raster::{ColorRole, SampleBuffer, SampleType};
use serde_json::Value;
use spatial::{Crs, GeoTransform};

use crate::program::{json, run};

const SIDE: usize = 512;

/// Dark ground with a bright roof from 192 to 240 and 208 to 256, half a metre a pixel, and a long bright road from 400 on.
fn bright(at: usize) -> bool {
    let (x, y) = (at % SIDE, at / SIDE);
    (192..240).contains(&x) && (208..256).contains(&y) || (400..448).contains(&x)
}

fn town(folder: &Path, sample: SampleType, bands: usize) {
    let place = GeoTransform::new([366_000.0, 0.5, 0.0, 5_800_000.0, 0.0, -0.5]).expect("a transform");
    let colors = match bands {
        1 => vec![ColorRole::Gray],
        3 => vec![ColorRole::Red, ColorRole::Green, ColorRole::Blue],
        n => vec![ColorRole::Undefined; n],
    };
    let new = NewImage::new(SIDE as u32, SIDE as u32, sample, &colors)
        .at(Some(Crs::from_epsg(32633).expect("a CRS")), Some(place));
    let all = (0..bands).flat_map(|_| 0..SIDE * SIDE);
    let samples = match sample {
        SampleType::U16 => SampleBuffer::U16(all.map(|at| if bright(at) { 5000 } else { 700 }).collect()),
        SampleType::F32 => {
            let value = |at: usize| if at % SIDE < 20 { f32::NAN } else { f32::from(u8::from(bright(at))) };
            SampleBuffer::F32(all.map(value).collect())
        }
        _ => SampleBuffer::U8(all.map(|at| if bright(at) { 220 } else { 40 }).collect()),
    };
    write::image(&folder.join("town.tif"), &new, &WriteOptions::default(), &samples).expect("the town");
    fs::write(folder.join("bright.safetensors"), bright_network()).expect("the weights");
}

fn asked(folder: &Path, arguments: &[&str]) -> Value {
    let reach = (BRIGHT_PX / 2).to_string();
    let all = ["segment", "town.tif", "--px", "--cpu", "--reach", &reach, "--model", "bright.safetensors"];
    json(folder, &[&all, arguments].concat())
}

fn polygon(value: &Value) -> Geometry<f64> {
    let geometry: geojson::Geometry = serde_json::from_value(value.clone()).expect("GeoJSON");
    Geometry::try_from(geometry).expect("a shape")
}

#[test]
fn a_click_is_answered_where_it_is_and_the_other_masks_can_be_had() {
    let folder = tempfile::tempdir().expect("folder");
    town(folder.path(), SampleType::U8, 3);
    let found = asked(folder.path(), &["--at", "216,232", "-o", "roof.geojson"]);
    assert_eq!(
        (found["method"].as_str(), found["crs"].as_str()),
        (Some("sam"), Some("EPSG:32633")),
        "{found}"
    );
    assert_eq!(found["window"], serde_json::json!([152, 168, 128, 128]));
    assert_eq!(
        (found["device"].as_str(), found["masks"].as_array().map(Vec::len)),
        (Some("processor"), Some(3))
    );
    assert!(found["score"].as_f64().is_some_and(|score| (score - 0.8).abs() < 1e-3), "{found}");
    let shape = polygon(&found["polygon"]);
    // Squares of 16 pixels from 152 and 168 on: the roof of 24 metres, and half a square around it.
    let around = shape.bounding_rect().expect("a box");
    assert!(shape.contains(&Point::new(366_000.0 + 216.0 * 0.5, 5_800_000.0 - 232.0 * 0.5)));
    let is_about = |length: f64| (23.0..36.0).contains(&length);
    assert!(is_about(around.width()) && is_about(around.height()), "{around:?}");
    let area = shape.unsigned_area();
    assert!((550.0..1200.0).contains(&area), "{area} m² for 576");
    let dark = asked(folder.path(), &["--at", "216,232", "--mask", "2", "-o", "dark.tif"]);
    let pixels = |of: &Value| of["pixels"].as_u64().expect("a number");
    assert!(pixels(&dark) > pixels(&found) && (dark["score"].as_f64().expect("a number") - 0.7).abs() < 1e-3);
    for arguments in [&["new", "p.gpkg"][..], &["add", "p.gpkg", "town.tif"]] {
        assert_eq!(run(folder.path(), arguments).code, 0);
    }
    assert_eq!(json(folder.path(), &["import", "p.gpkg", "roof.geojson"])["accepted"], 1);
}

#[test]
fn what_goes_on_beyond_what_was_looked_at_is_looked_at_as_a_whole() {
    let folder = tempfile::tempdir().expect("folder");
    town(folder.path(), SampleType::U8, 1);
    let road = asked(folder.path(), &["--at", "424,256"]);
    let around = polygon(&road["polygon"]).bounding_rect().expect("a box");
    assert!(around.height() > 250.0, "the whole road, not what lay in the first window: {around:?}");
    assert_eq!(road["window"], serde_json::json!([0, 0, 512, 512]));
}

#[test]
fn other_samples_and_bands_are_looked_at_or_refused_with_a_sentence() {
    let folder = tempfile::tempdir().expect("folder");
    for (sample, bands) in [(SampleType::U16, 1), (SampleType::U16, 5), (SampleType::F32, 2)] {
        town(folder.path(), sample, bands);
        let found = asked(folder.path(), &["--box", "184,200,248,264"]);
        assert!(found["score"].as_f64().is_some_and(|score| (score - 0.9).abs() < 1e-3), "{found}");
        let area = polygon(&found["polygon"]).unsigned_area();
        assert!((300.0..1100.0).contains(&area), "{sample:?} of {bands} bands: {area}");
    }
    let model = ["segment", "town.tif", "--px", "--cpu", "--model", "bright.safetensors"];
    let refused = |arguments: &[&str]| run(folder.path(), &[&model, arguments].concat()).refusal().to_owned();
    assert!(refused(&["--at", "9,9", "--bands", "1,2"]).contains("one band or at three, not at 2"));
    assert!(refused(&["--at", "9,9", "--reach", "4"]).contains("no imagery"), "all of it is NaN");
    assert!(refused(&["--at", "216,232", "--mask", "4"]).contains("There are 3 masks"));
    assert!(refused(&[]).contains("Nothing says what is meant"));
    fs::write(folder.path().join("bright.safetensors"), b"no weights").expect("written");
    assert!(refused(&["--at", "216,232"]).contains("cannot be read"));
    fs::write(folder.path().join("bright.safetensors"), &bright_network()[..9000]).expect("written");
    assert!(refused(&["--at", "216,232"]).contains("cannot be read"));
    fs::remove_file(folder.path().join("bright.safetensors")).expect("removed");
    assert!(refused(&["--at", "216,232"]).contains("bright.safetensors"));
    let both =
        run(folder.path(), &["segment", "town.tif", "--at", "9,9", "--model", "x.pt", "--method", "walker"]);
    assert_eq!(both.code, 2, "a network or a method, not both");
}
