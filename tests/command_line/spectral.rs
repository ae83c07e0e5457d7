//! Spectra and hyperspectral products, on the command line.

use std::fs;
use std::path::Path;

use raster::write::{self, NewImage, WriteOptions};
use raster::{ColorRole, SampleBuffer, SampleType, Source};
use spatial::{Crs, GeoTransform};

use crate::program::{json, run};

const WIDTH: u32 = 40;
const HEIGHT: u32 = 30;
const NM: [f64; 5] = [450.0, 550.0, 650.0, 850.0, 1600.0];

/// Soil on the left, leaf on the right, mixed in between, with grain; the first pixel is no-data.
fn cube(folder: &Path) -> Vec<f32> {
    let crs = Crs::from_epsg(32633).expect("a CRS");
    let place = GeoTransform::new([366_000.0, 30.0, 0.0, 5_800_000.0, 0.0, -30.0]).expect("a transform");
    let mut image =
        NewImage::new(WIDTH, HEIGHT, SampleType::F32, &[ColorRole::Undefined; 5]).at(Some(crs), Some(place));
    image.no_data = Some(-9999.0);
    image.bands.iter_mut().zip(NM).for_each(|(band, nm)| band.wavelength_nm = Some(nm));
    let (soil, leaf) = ([0.1, 0.2, 0.3, 0.4, 0.5], [0.04, 0.1, 0.05, 0.6, 0.3]);
    let mut values = Vec::new();
    for band in 0..5 {
        for i in 0..WIDTH * HEIGHT {
            let share = (i % WIDTH) as f32 / (WIDTH - 1) as f32;
            let grain = (i.wrapping_mul(2_654_435_761).rotate_left(5 * band as u32) >> 22) as f32 * 1e-5;
            values.push(soil[band] * (1.0 - share) + leaf[band] * share + grain);
        }
        values[band * (WIDTH * HEIGHT) as usize] = -9999.0;
    }
    let options = WriteOptions { tile_px: Some(16), ..WriteOptions::default() };
    write::image(&folder.join("cube.tif"), &image, &options, &SampleBuffer::F32(values.clone()))
        .expect("the cube");
    fs::write(
        folder.join("library.csv"),
        "nm,soil,leaf\n450,0.1,0.04\n550,0.2,0.1\n650,0.3,0.05\n850,0.4,0.6\n1600,0.5,0.3\n",
    )
    .expect("the library");
    values
}

#[test]
fn a_spectrum_is_what_the_pixel_holds_by_map_and_by_pixel_and_comes_back_from_a_library() {
    let folder = tempfile::tempdir().expect("folder");
    let values = cube(folder.path());
    let by_map = json(folder.path(), &["spectrum", "cube.tif", "--at", "366615,5799745"]);
    let by_pixel = json(folder.path(), &["spectrum", "cube.tif", "--px", "--at", "20,8", "-o", "one.sli"]);
    let point = &by_map["points"][0];
    assert_eq!(point["pixel"], serde_json::json!([20, 8]));
    assert_eq!(point["values"], by_pixel["points"][0]["values"]);
    assert_eq!(point["wavelength_nm"], serde_json::json!(NM));
    for (band, value) in point["values"].as_array().expect("values").iter().enumerate() {
        let stored = f64::from(values[band * (WIDTH * HEIGHT) as usize + (8 * WIDTH + 20) as usize]);
        assert_eq!(value.as_f64(), Some(stored));
    }
    let made = json(
        folder.path(),
        &["product", "cube.tif", "--kind", "sam", "--spectra", "one.sli", "-o", "angle.tif"],
    );
    assert_eq!(made["bands"].as_array().map(Vec::len), Some(1));
    let angle = Source::open(&folder.path().join("angle.tif")).expect("a GeoTIFF");
    let there = angle.read_window(0, 20, 8, 1, 1, &[0]).expect("a pixel").value(0, 0, 0).expect("a value");
    assert!(there.abs() < 1e-6, "no angle to itself: {there}");
}

#[test]
fn products_are_written_where_the_image_lies_and_missing_pixels_stay_missing() {
    let folder = tempfile::tempdir().expect("folder");
    cube(folder.path());
    for (kind, bands) in
        [("sam", 2), ("mf", 2), ("ace", 2), ("unmix", 3), ("rx", 1), ("pca", 3), ("mnf", 3), ("kmeans", 1)]
    {
        let name = format!("{kind}.tif");
        let mut asked = vec!["product", "cube.tif", "--kind", kind, "-o", &name, "--components", "3"];
        if ["sam", "mf", "ace", "unmix"].contains(&kind) {
            asked.extend(["--spectra", "library.csv"]);
        }
        if kind == "kmeans" {
            asked.extend(["--clusters", "2"]);
        }
        let made = json(folder.path(), &asked);
        assert_eq!(made["bands"].as_array().map(Vec::len), Some(bands), "{kind}: {made}");
        let image = Source::open(&folder.path().join(&name)).unwrap_or_else(|e| panic!("{kind}: {e}"));
        let (own, all) = (image.image(), (0..bands).collect::<Vec<_>>());
        assert_eq!((own.width, own.height, own.bands.len()), (WIDTH, HEIGHT, bands), "{kind}");
        assert_eq!(own.crs.as_ref().and_then(Crs::epsg), Some(32633), "{kind}");
        assert_eq!(
            own.transform.map(GeoTransform::to_gdal),
            Some([366_000.0, 30.0, 0.0, 5_800_000.0, 0.0, -30.0])
        );
        assert_eq!(own.bands[0].name.as_deref(), made["bands"][0].as_str(), "{kind}");
        let samples = image.read_window(0, 0, 0, WIDTH, HEIGHT, &all).expect("samples");
        assert!(!samples.is_valid(0, 0) && samples.is_valid(1, 0), "{kind}");
        if kind == "unmix" {
            let value = |band, x| samples.value(band, x, 9).expect("a value");
            assert!(value(0, 0) > 0.95 && value(1, WIDTH - 1) > 0.95 && value(0, WIDTH - 1) < 0.05);
            assert!((value(0, 17) + value(1, 17) - 1.0).abs() < 1e-5, "they sum to one");
        }
    }
}

#[test]
fn what_cannot_be_computed_is_refused_and_leaves_nothing_behind() {
    let folder = tempfile::tempdir().expect("folder");
    cube(folder.path());
    fs::write(folder.path().join("short.csv"), "nm,far\n2000,1\n2100,2\n").expect("a library");
    fs::write(folder.path().join("cut.csv"), "nm,far\n2000").expect("a library");
    let product = ["product", "cube.tif", "-o", "out.tif", "--kind"];
    for (asked, words) in [
        (&["sam"][..], "none was given"),
        (&["sam", "--spectra", "short.csv"], "far covers 2000 to 2100 nm"),
        (&["sam", "--spectra", "cut.csv"], "Line 2"),
        (&["sam", "--spectra", "nowhere.csv"], "nowhere.csv"),
        (&["sam", "--at", "1,2"], "outside the image"),
        (&["rx", "--bands", "3,3"], "band 3 is constant or follows"),
        (&["rx", "--bands", "9"], "There is no band 9"),
        (&["kmeans", "--clusters", "300"], "300 clusters"),
        (&["pca", "--shrinkage", "7"], "A shrinkage of 7"),
    ] {
        let ran = run(folder.path(), &[&product[..], asked].concat());
        let sentence = ran.refusal().to_owned();
        assert!(sentence.contains(words), "{asked:?}: {sentence}");
        assert!(ran.err.contains("hint: "), "{asked:?}: {}", ran.err);
    }
    let left: Vec<String> = fs::read_dir(folder.path())
        .expect("folder")
        .map(|e| e.expect("entry").file_name().to_string_lossy().into_owned())
        .filter(|n| n.contains("out"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
    run(folder.path(), &["spectrum", "cube.tif"]).refusal();
}

#[test]
fn an_adapter_computes_the_same_products_and_counts_when_it_is_asked_to() {
    let folder = tempfile::tempdir().expect("folder");
    cube(folder.path());
    for kind in ["sam", "mf", "ace", "rx", "pca", "mnf", "kmeans"] {
        let made = |device: &str| {
            let name = format!("{kind}{device}.tif");
            let mut asked =
                vec!["product", "cube.tif", "--kind", kind, "-o", &name, "--components", "3", device];
            if ["sam", "mf", "ace"].contains(&kind) {
                asked.extend(["--spectra", "library.csv"]);
            }
            let by = json(folder.path(), &asked)["computed_by"].as_str().expect("who").to_owned();
            let image = Source::open(&folder.path().join(&name)).expect("a GeoTIFF");
            let bands: Vec<usize> = (0..image.image().bands.len()).collect();
            (by, image.read_window(0, 0, 0, WIDTH, HEIGHT, &bands).expect("samples"))
        };
        let ((processor, expected), (adapter, found)) = (made("--cpu"), made("--gpu"));
        assert!(processor == "processor" && adapter != "processor", "{kind}: {processor} {adapter}");
        assert_eq!(found.valid, expected.valid, "{kind}");
        for i in 0..expected.values.len() {
            let (a, b) = (found.values.get(i).expect("a value"), expected.values.get(i).expect("a value"));
            let is_same = (a - b).abs() <= 1e-5 * b.abs().max(1e-2) || (a.is_nan() && b.is_nan());
            assert!(is_same, "{kind}: {a} {b}");
        }
    }
    let counted = json(folder.path(), &["stats", "cube.tif", "--gpu"]);
    let usual = json(folder.path(), &["stats", "cube.tif"]);
    assert_ne!(counted["computed_by"], usual["computed_by"]);
    for (a, b) in
        counted["bands"].as_array().expect("bands").iter().zip(usual["bands"].as_array().expect("bands"))
    {
        assert_eq!(
            (&a["percentiles"], &a["histogram"], &a["min"]),
            (&b["percentiles"], &b["histogram"], &b["min"])
        );
    }
}
