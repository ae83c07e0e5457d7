//! Regions by hand, libraries on the disk, products that stop.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use geo::{Geometry, Rect};
use raster::write::{self, NewImage, WriteOptions};
use raster::{ColorRole, SampleBuffer, SampleType, Source};
use spectral::{Library, Spectrum};

use crate::{CubeError, ImageCube, Kind, Recipe, Room, Thinned, files, of_region};

const WIDTH: u32 = 90;
const HEIGHT: u32 = 70;
const BANDS: usize = 6;

/// Band `b` of the pixel in column x and row y is `1000 b + 10 y + x mod 7` plus grain; the first pixel and band 4 of
/// the second hold nothing.
fn image(folder: &Path) -> Source {
    let mut new = NewImage::new(WIDTH, HEIGHT, SampleType::F32, &[ColorRole::Undefined; BANDS]);
    new.no_data = Some(-1.0);
    new.bands.iter_mut().enumerate().for_each(|(b, band)| band.wavelength_nm = Some(400.0 + 50.0 * b as f64));
    let plane = (WIDTH * HEIGHT) as usize;
    let mut values = Vec::with_capacity(plane * BANDS);
    for b in 0..BANDS as u32 {
        values.extend((0..WIDTH * HEIGHT).map(|i| {
            let grain = (i.wrapping_mul(2_654_435_761).rotate_left(7 * b) >> 20) as f32 / 512.0;
            (1000 * b + 10 * (i / WIDTH) + i % WIDTH % 7) as f32 + grain
        }));
    }
    (0..BANDS).for_each(|b| values[b * plane] = -1.0);
    values[3 * plane + 1] = -1.0;
    let path = folder.join("cube.tif");
    write::image(&path, &new, &WriteOptions::default(), &SampleBuffer::F32(values)).expect("written");
    Source::open(&path).expect("opened")
}

#[test]
fn a_region_is_as_its_pixels_one_by_one() {
    let folder = tempfile::tempdir().expect("folder");
    let cube = ImageCube::of_all(&image(folder.path())).expect("a cube");
    let shape = Geometry::Rect(Rect::new((-5.0, -3.0), (12.2, 40.6)));
    let found = of_region(&cube, &shape, &|_| true).expect("a region");
    let mut pixels: Vec<Vec<f64>> = Vec::new();
    for row in 0..41 {
        pixels.extend((0..12).map(|column| cube.pixel(column, row).expect("a pixel")));
    }
    assert_eq!(found.pixels(), pixels.len() as u64);
    let medians = &found.percentiles(&[50.0])[0];
    for (band, is) in found.bands().iter().enumerate() {
        let mut values: Vec<f64> = pixels.iter().map(|p| p[band]).filter(|v| v.is_finite()).collect();
        assert_eq!(values.len() as u64, is.n, "what holds nothing is left out");
        assert_eq!(is.n, 492 - if band == 3 { 2 } else { 1 });
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let std = (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / values.len() as f64).sqrt();
        assert!((is.mean - mean).abs() < 1e-9 && (is.std - std).abs() < 1e-9, "{is:?} {mean} {std}");
        values.sort_by(f64::total_cmp);
        let middle = f64::midpoint(values[(values.len() - 1) / 2], values[values.len() / 2]);
        assert!((medians[band] - middle).abs() < 1e-3 * middle.abs(), "{} {middle}", medians[band]);
    }
    let beside = Geometry::Rect(Rect::new((200.0, 0.0), (210.0, 5.0)));
    assert!(matches!(of_region(&cube, &beside, &|_| true), Err(CubeError::NothingInside)));
    assert!(matches!(of_region(&cube, &shape, &|_| false), Err(CubeError::Stopped)));
}

#[test]
fn bands_that_are_called_bad_are_left_out_and_bands_that_are_not_there_refused() {
    let folder = tempfile::tempdir().expect("folder");
    let source = image(folder.path());
    let bad = [false, true, false, false, true, false];
    let cube = ImageCube::without(&source, &bad).expect("a cube");
    assert_eq!(cube.bands(), [0, 2, 3, 5]);
    assert!(matches!(ImageCube::without(&source, &[true; BANDS]), Err(CubeError::AllBad)));
    let refused = ImageCube::new(&source, vec![0, 6], &bad).expect_err("there is no band 7");
    assert_eq!(refused.to_string(), "There is no band 7");
}

#[test]
fn libraries_come_back_from_every_kind_of_file() {
    let folder = tempfile::tempdir().expect("folder");
    let nm = vec![400.0, 450.0, 500.0];
    let soil = Spectrum { bad: vec![false; 3], ..Spectrum::new("soil", nm, vec![0.125, 0.25, 0.5]) };
    let library = Library { spectra: vec![soil], warnings: Vec::new() };
    for name in ["a.sli", "a.csv", "a.spectrum.txt"] {
        let path = folder.path().join(name);
        files::write(&path, &library).expect(name);
        let read = files::read(&path).expect(name);
        assert_eq!((read.spectra.len(), &read.spectra[0].values), (1, &library.spectra[0].values), "{name}");
    }
    let unknown = files::write(&folder.path().join("a.xyz"), &library).expect_err("no such kind");
    assert!(unknown.hint().contains(".sli"));
    assert!(matches!(files::read(&folder.path().join("none.csv")), Err(CubeError::File { .. })));
}

#[test]
fn a_product_that_is_stopped_leaves_nothing_behind() {
    let folder = tempfile::tempdir().expect("folder");
    let cube = ImageCube::of_all(&image(folder.path())).expect("a cube");
    let to = folder.path().join("rx.tif");
    for stop_at in 0..4 {
        let asked = AtomicUsize::new(0);
        let made = Recipe::new(Kind::Anomaly)
            .make(&cube, &to, &|_, _| asked.fetch_add(1, Ordering::Relaxed) < stop_at);
        assert!(matches!(made, Err(CubeError::Stopped)), "{stop_at}: {made:?}");
        let left: Vec<_> = std::fs::read_dir(folder.path()).expect("a folder").flatten().collect();
        assert_eq!(left.len(), 1, "only the cube: {left:?}");
    }
    Recipe::new(Kind::Anomaly).make(&cube, &to, &|_, _| true).expect("made");
    assert!(to.exists());
}

#[test]
fn bands_come_back_from_all_components_and_keep_their_wavelengths() {
    let folder = tempfile::tempdir().expect("folder");
    let source = image(folder.path());
    let cube = ImageCube::of_all(&source).expect("a cube");
    for kind in [Kind::Principal, Kind::NoiseOrdered] {
        let to = folder.path().join("again.tif");
        let facts = Recipe { back: true, components: BANDS, ..Recipe::new(kind) }
            .make(&cube, &to, &|_, _| true)
            .expect("made");
        assert_eq!((facts.bands.len(), facts.eigenvalues.len()), (BANDS, BANDS));
        let again = Source::open(&to).expect("opened");
        assert_eq!(again.image().bands[2].wavelength_nm, Some(500.0));
        let again = ImageCube::of_all(&again).expect("a cube").pixel(30, 20).expect("a pixel");
        let before = cube.pixel(30, 20).expect("a pixel");
        for (a, b) in again.iter().zip(&before) {
            assert!((a - b).abs() < 1e-3 * b.abs().max(1.0), "{kind:?}: {again:?} {before:?}");
        }
    }
}

#[test]
fn a_band_that_follows_from_others_is_named_by_its_number_in_the_file() {
    let folder = tempfile::tempdir().expect("folder");
    let source = image(folder.path());
    let plane = (WIDTH * HEIGHT) as usize;
    let mut new = NewImage::new(WIDTH, HEIGHT, SampleType::F32, &[ColorRole::Undefined; 4]);
    new.no_data = None;
    let first = ImageCube::of_all(&source).expect("a cube").window(0, 1, WIDTH, HEIGHT - 1).expect("values");
    let mut values: Vec<f32> = vec![5.0; 4 * plane];
    for (i, v) in first[..plane - WIDTH as usize].iter().enumerate() {
        values[plane + i] = *v as f32;
        values[2 * plane + i] = (v * v) as f32;
    }
    let path = folder.path().join("flat.tif");
    write::image(&path, &new, &WriteOptions::default(), &SampleBuffer::F32(values)).expect("written");
    let flat = Source::open(&path).expect("opened");
    let cube = ImageCube::new(&flat, vec![1, 2, 3], &[]).expect("a cube");
    let to = folder.path().join("rx.tif");
    let refused = Recipe::new(Kind::Anomaly).make(&cube, &to, &|_, _| true).expect_err("band 4 is constant");
    assert!(refused.to_string().contains("band 4 is constant"), "{refused}");
}

/// Room for a third of the columns.
const THIRD: Room = Room { side_px: 30, bytes: 1 << 30 };

#[test]
fn a_thinned_cube_holds_pixels_of_the_file_in_all_bands() {
    let folder = tempfile::tempdir().expect("folder");
    let source = image(folder.path());
    let thin = Thinned::read(&source, THIRD, &|_| true).expect("read");
    assert_eq!(thin.size(), [30, 23, BANDS as u32]);
    assert!((thin.step() - 3.0).abs() < 1e-9);
    let cube = ImageCube::of_all(&source).expect("a cube");
    // The one in the middle of each three: column 1, 4, 7 and so on to 88.
    let (side, lower) = (thin.along_column(29, &[]), thin.along_row(22, &[]));
    for y in 0..23_u32 {
        let row = (70 * (2 * y + 1)) / 46;
        let pixel = cube.pixel(88, row).expect("a pixel");
        for (band, value) in pixel.iter().enumerate() {
            assert_eq!(side.value(0, y, band as u32), Some(f64::from(*value as f32)), "row {y} band {band}");
        }
    }
    let corner = cube.pixel(88, 68).expect("a pixel");
    assert_eq!(lower.value(0, 29, 5), Some(f64::from(corner[5] as f32)), "both sides meet in the corner");
    assert_eq!(lower.value(0, 29, 5), side.value(0, 22, 5));
    let planes = thin.planes(&[4, 1]).expect("both are there");
    assert_eq!(planes.value(0, 29, 22), Some(corner[4]));
    assert_eq!(planes.value(1, 29, 22), Some(corner[1]));
    assert_eq!(thin.layer(4).value(0, 29, 22), Some(corner[4]));
    assert!(thin.planes(&[BANDS]).is_none());
}

#[test]
fn a_whole_cube_knows_what_holds_nothing_and_leaves_bad_bands_out() {
    let folder = tempfile::tempdir().expect("folder");
    let source = image(folder.path());
    let whole = Thinned::read(&source, Room::SCREEN, &|_| true).expect("read");
    assert_eq!(whole.size(), [WIDTH, HEIGHT, BANDS as u32], "it is small already");
    let top = whole.along_row(0, &[]);
    assert!(!top.is_valid(0, 0) && !top.is_valid(1, 3) && top.is_valid(1, 2));
    let mut bad = [false; BANDS];
    bad[5] = true;
    let side = whole.along_column(4, &bad);
    assert!(side.is_valid(7, 4) && !side.is_valid(7, 5));
    let [low, high] = whole.limits(&bad).expect("values");
    assert!(low >= 0.0 && high < 5_000.0, "{low} {high}");
    let all = whole.limits(&[]).expect("values");
    assert!(all[1] > 5_000.0, "{all:?}");
    assert_eq!(whole.limits(&[true; BANDS]), None);
}

#[test]
fn a_thinned_cube_keeps_to_its_bytes_and_ends_when_it_is_told_to() {
    let folder = tempfile::tempdir().expect("folder");
    let source = image(folder.path());
    let tight = Room { side_px: 4096, bytes: 24 * 500 };
    let thin = Thinned::read(&source, tight, &|_| true).expect("read");
    assert!(thin.bytes() <= tight.bytes && thin.bytes() > tight.bytes / 2, "{}", thin.bytes());
    let stopped = Thinned::read(&source, Room::SCREEN, &|_| false);
    assert!(matches!(stopped, Err(CubeError::Stopped)));
}

#[test]
fn bands_of_two_sensors_lie_in_the_order_of_their_wavelengths() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("mixed.tif");
    let mut new = NewImage::new(2, 2, SampleType::U8, &[ColorRole::Undefined; 3]);
    for (band, nm) in new.bands.iter_mut().zip([900.0, 450.0, 600.0]) {
        band.wavelength_nm = Some(nm);
    }
    let values = SampleBuffer::U8(vec![9, 9, 9, 9, 4, 4, 4, 4, 6, 6, 6, 6]);
    write::image(&path, &new, &WriteOptions::default(), &values).expect("written");
    let thin = Thinned::read(&Source::open(&path).expect("opened"), Room::SCREEN, &|_| true).expect("read");
    assert_eq!(thin.bands(), [1, 2, 0]);
    assert_eq!(thin.wavelengths(), Some([450.0, 600.0, 900.0].as_slice()));
    let side = thin.along_column(0, &[]);
    assert_eq!([0, 1, 2].map(|depth| side.value(0, 0, depth)), [Some(4.0), Some(6.0), Some(9.0)]);
}

#[test]
fn a_rim_that_holds_nothing_is_no_edge_of_a_cube() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("rim.tif");
    let mut new = NewImage::new(12, 8, SampleType::U8, &[ColorRole::Undefined; 4]);
    new.no_data = Some(0.0);
    // Something from column 2 to 9 and from row 1 to 5, and one stray pixel in the corner.
    let is_there = |x: u32, y: u32| (2..10).contains(&x) && (1..6).contains(&y) || (x, y) == (11, 7);
    let plane = (0..96).map(|i| if is_there(i % 12, i / 12) { 7 } else { 0 });
    let values = SampleBuffer::U8((0..4).flat_map(|_| plane.clone()).collect());
    write::image(&path, &new, &WriteOptions::default(), &values).expect("written");
    let thin = Thinned::read(&Source::open(&path).expect("opened"), Room::SCREEN, &|_| true).expect("read");
    assert_eq!(thin.filled(), [2, 1, 10, 6]);
    assert!(thin.along_column(9, &[]).is_valid(3, 0) && !thin.along_column(11, &[]).is_valid(3, 0));
}
