//! Formulas over the bands of an image, on the command line.

use std::path::Path;

use raster::write::{self, NewImage, WriteOptions};
use raster::{ColorRole, SampleBuffer, SampleType};

use crate::program::{json, run};

/// Side of the image.
const SIDE: u32 = 300;

/// A green, a red and a near-infrared band of 16-bit samples that go through many values; 0 is no-data.
pub(crate) fn scene(path: &Path) -> [Vec<u16>; 3] {
    let mut image = NewImage::new(SIDE, SIDE, SampleType::U16, &[ColorRole::Undefined; 3]);
    image.no_data = Some(0.0);
    for (band, nm) in image.bands.iter_mut().zip([560.0, 665.0, 842.0]) {
        band.wavelength_nm = Some(nm);
    }
    let sample = |i: u32, band: u32| (i.wrapping_mul(2_654_435_761).rotate_left(7 * band) >> 20) as u16;
    let bands = [0, 1, 2].map(|band| (0..SIDE * SIDE).map(|i| sample(i, band)).collect::<Vec<u16>>());
    let options = WriteOptions { tile_px: Some(128), ..WriteOptions::default() };
    write::image(path, &image, &options, &SampleBuffer::U16(bands.concat())).expect("the scene");
    bands
}

#[test]
fn an_expression_an_index_and_arithmetic_by_hand_agree() {
    let folder = tempfile::tempdir().expect("folder");
    let [_, red, nir] = scene(&folder.path().join("scene.tif"));
    let value = |(r, n): (&u16, &u16)| (f64::from(*n) - f64::from(*r)) / (f64::from(*n) + f64::from(*r));
    let there = red.iter().zip(&nir).filter(|(r, n)| **r != 0 && **n != 0);
    let by_hand: Vec<f64> = there.map(value).collect();
    let mean = by_hand.iter().sum::<f64>() / by_hand.len() as f64;
    let least = by_hand.iter().copied().fold(f64::INFINITY, f64::min);
    for asked in [["--expression", "(nir - red) / (nir + red)"], ["--index", "ndvi"]] {
        let found = json(folder.path(), &[&["stats", "scene.tif"], &asked[..]].concat());
        let found = &found["expressions"][0];
        assert_eq!(found["valid"], by_hand.len(), "{found}");
        assert_eq!(found["of_bands"], serde_json::json!([3, 2]));
        assert!((found["mean"].as_f64().expect("a mean") - mean).abs() < 1e-6, "{found}");
        assert!((found["min"].as_f64().expect("a least") - least).abs() < 1e-6, "{found}");
    }
    let soil = json(folder.path(), &["stats", "scene.tif", "--index", "SAVI:L=0"]);
    assert!((soil["expressions"][0]["mean"].as_f64().expect("a mean") - mean).abs() < 1e-6, "{soil}");
    let text = run(folder.path(), &["stats", "scene.tif", "--expression", "b3 > 1000 ? b3 : nan"]);
    assert!(text.out.contains("b3 > 1000 ? b3 : nan") && text.out.contains("1001 … "), "{}", text.out);
}

/// The pixels of a PNG as red, green, blue, alpha.
fn pixels(path: &Path) -> Vec<[u8; 4]> {
    let image = image::open(path).expect("a picture").to_rgba8();
    image.pixels().map(|pixel| pixel.0).collect()
}

#[test]
fn a_picture_of_an_expression_shows_its_values() {
    let folder = tempfile::tempdir().expect("folder");
    let [_, red, nir] = scene(&folder.path().join("scene.tif"));
    let size = format!("{SIDE}x{SIDE}");
    let draw = |name: &str, looks: &[&str]| {
        let asked = ["render", "scene.tif", "-o", name, "--size", &size, "--index", "NDVI"];
        json(folder.path(), &[&asked, looks].concat());
        pixels(&folder.path().join(name))
    };
    let grey = draw("grey.png", &["--stretch", "-1,1"]);
    let inverted = draw("inverted.png", &["--stretch", "-1,1", "--invert"]);
    let centred = draw("centred.png", &["--stretch", "-0.2,1", "--centre", "0"]);
    assert_eq!(grey, centred);
    for (i, (r, n)) in red.iter().zip(&nir).enumerate() {
        let (r, n) = (f64::from(*r), f64::from(*n));
        if r == 0.0 || n == 0.0 {
            assert_eq!(grey[i][3], 0, "pixel {i} has no value");
            continue;
        }
        let expected = f64::midpoint((n - r) / (n + r), 1.0) * 255.0;
        assert!((f64::from(grey[i][0]) - expected).abs() <= 0.51, "pixel {i}: {} for {expected}", grey[i][0]);
        assert!(grey[i][0].abs_diff(255 - inverted[i][0]) <= 1, "pixel {i} is not inverted");
    }
    let asked =
        ["render", "scene.tif", "-o", "classes.png", "--size", &size, "--classes", "1=#ff0000,3=#00ff00"];
    json(folder.path(), &[&asked[..], &["--expression", "b3 > b2 ? 1 : b3 == b2 ? 2 : 3"]].concat());
    for (i, pixel) in pixels(&folder.path().join("classes.png")).into_iter().enumerate() {
        let expected = match (red[i], nir[i]) {
            (0, _) | (_, 0) => [0; 4],
            (r, n) if n > r => [255, 0, 0, 255],
            (r, n) if n == r => [0; 4],
            _ => [0, 255, 0, 255],
        };
        assert!(
            pixel == expected || (pixel[3] == 0 && expected[3] == 0),
            "pixel {i}: {pixel:?} for {expected:?}"
        );
    }
}

#[test]
fn what_is_wrong_with_an_expression_is_shown_under_the_place() {
    let folder = tempfile::tempdir().expect("folder");
    scene(&folder.path().join("scene.tif"));
    let refused = |asked: [&str; 2]| run(folder.path(), &[&["stats", "scene.tif"], &asked[..]].concat());
    let ran = refused(["--expression", "(nir-red)/"]);
    assert_eq!(ran.refusal(), "Expected a band or a number after '/'");
    assert!(ran.err.contains("\n  (nir-red)/\n            ^\n"), "{}", ran.err);
    let ran = refused(["--expression", "nir + swir1"]);
    assert_eq!(ran.refusal(), "No band lies at 1550 to 1750 nm, which is 'swir1'");
    assert!(
        ran.err.contains("hint: name a band by its number") && ran.err.contains("b2 at 665 nm"),
        "{}",
        ran.err
    );
    assert_eq!(refused(["--index", "NDMI"]).refusal(), "No band lies at 1550 to 1750 nm, which is 'S1'");
    assert_eq!(refused(["--index", "NDXI"]).refusal(), "There is no spectral index `NDXI`");
    assert!(refused(["--index", "SAVI:K=1"]).err.contains("hint: its parameters are L"));
    let hostile = "(".repeat(100_000);
    assert!(refused(["--expression", &hostile]).refusal().contains("at most 10000 bytes"));
    let both = run(folder.path(), &["stats", "scene.tif", "--index", "NDVI", "--bands", "1"]);
    assert_eq!(both.code, 2, "{}", both.err);
}

#[test]
fn indices_functions_roles_and_colour_maps_are_listed() {
    let folder = tempfile::tempdir().expect("folder");
    scene(&folder.path().join("scene.tif"));
    let names = |arguments: &[&str]| -> Vec<String> {
        let all = json(folder.path(), &[&["list", "indices"], arguments].concat());
        let rows = all["indices"].as_array().expect("rows").iter();
        rows.map(|row| row["name"].as_str().expect("a name").to_owned()).collect()
    };
    let (all, possible, water) = (names(&[]), names(&["scene.tif"]), names(&["--domain", "water"]));
    assert!(all.len() > 250 && possible.len() < all.len() / 2, "{} of {}", possible.len(), all.len());
    assert!(possible.contains(&"NDVI".to_owned()) && !possible.contains(&"NDMI".to_owned()));
    assert!(water.contains(&"NDWI".to_owned()) && !water.contains(&"NDVI".to_owned()));
    assert!(run(folder.path(), &["list", "indices", "--domain", "sky"]).refusal().contains("`sky`"));
    for (what, shown) in [("functions", "clamp"), ("roles", "swir1 or S1"), ("colormaps", "viridis")] {
        let ran = run(folder.path(), &["list", what]);
        assert!(ran.out.contains(shown), "{}", ran.out);
    }
}
