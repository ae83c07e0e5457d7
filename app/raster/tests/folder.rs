//! A folder of images opened as one: a cube of numbered pictures, a mosaic of scenes, a mosaic for each date.

use std::path::Path;

use raster::write::{NewImage, WriteOptions};
use raster::{ColorRole, OpenOptions, OverviewStore, SampleBuffer, SampleType, Source, write};
use spatial::{Crs, GeoTransform};

fn open(path: &Path) -> Result<Source, raster::OpenError> {
    let overviews = OverviewStore { folder: None, most_bytes: 0 };
    Source::open_with(path, &OpenOptions { overviews, ..OpenOptions::default() })
}

/// A scene of 8×6 pixels of 10 m with its left upper corner at these metres, all of one value.
fn scene(path: &Path, epsg: u32, (x, y): (f64, f64), value: u8) {
    let mut new = NewImage::new(8, 6, SampleType::U8, &[ColorRole::Gray]);
    new.crs = Crs::from_epsg(epsg).ok();
    new.transform = GeoTransform::new([x, 10.0, 0.0, y, 0.0, -10.0]);
    write::image(path, &new, &WriteOptions::default(), &SampleBuffer::U8(vec![value; 48])).expect("a scene");
}

fn value(source: &Source, band: usize, x: u32, y: u32) -> Option<f64> {
    let read = source.read_window(0, x, y, 1, 1, &[band]).expect("a sample");
    read.is_valid(0, 0).then(|| read.value(0, 0, 0)).flatten()
}

#[test]
fn numbered_pictures_of_16_bits_are_the_bands_of_a_cube() {
    let folder = tempfile::tempdir().expect("a folder");
    for number in 1..=11_u16 {
        let picture =
            image::ImageBuffer::from_fn(5, 4, |x, y| image::Luma([1000 * number + x as u16 + 10 * y as u16]));
        picture.save(folder.path().join(format!("band_{number}.png"))).expect("a picture");
    }
    let source = open(folder.path()).expect("a cube");
    let image = source.image();
    assert_eq!(
        (image.width, image.height, image.bands.len(), image.sample_type),
        (5, 4, 11, SampleType::U16)
    );
    assert_eq!(image.bands[1].name.as_deref(), Some("band_2"));
    assert_eq!(image.bands[10].name.as_deref(), Some("band_11"), "2 comes before 10");
    let spectrum = source.read_spectrum(3, 2).expect("a spectrum");
    let found: Vec<f64> = (0..11).filter_map(|i| spectrum.values.get(i)).collect();
    assert_eq!(found, (1..=11).map(|n| f64::from(1000 * n + 23)).collect::<Vec<f64>>());
    image::GrayImage::new(9, 9).save(folder.path().join("other.png")).expect("a picture");
    let error = open(folder.path()).expect_err("of another size").to_string();
    assert!(error.contains("different sizes") && error.contains("other.png"), "{error}");
}

#[test]
fn scenes_of_one_date_are_a_mosaic_and_later_names_lie_on_top() {
    let folder = tempfile::tempdir().expect("a folder");
    scene(&folder.path().join("a.tif"), 32631, (500_000.0, 4_000_000.0), 1);
    scene(&folder.path().join("b.tif"), 32631, (500_040.0, 3_999_970.0), 2);
    std::fs::write(folder.path().join("notes.txt"), "no image").expect("a file");
    std::fs::write(folder.path().join("torn.tif"), b"II").expect("a file");
    let source = open(folder.path()).expect("a mosaic");
    let image = source.image();
    assert_eq!((image.width, image.height, image.bands.len()), (12, 9, 1));
    assert_eq!(image.crs.as_ref().and_then(Crs::epsg), Some(32631));
    assert_eq!(
        image.transform.map(GeoTransform::to_gdal),
        Some([500_000.0, 10.0, 0.0, 4_000_000.0, 0.0, -10.0])
    );
    assert_eq!(
        [(0, 0), (5, 4), (11, 8), (11, 0)].map(|(x, y)| value(&source, 0, x, y)),
        [Some(1.0), Some(2.0), Some(2.0), None]
    );
    assert!(image.warnings.iter().any(|w| w.starts_with("torn.tif was left out")), "{:?}", image.warnings);
}

#[test]
fn scenes_of_several_dates_have_bands_for_each_date_in_order() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = (500_000.0, 4_000_000.0);
    for (name, place, value) in [
        ("s_20230601.tif", at, 7),
        ("s_20210315_west.tif", at, 3),
        ("s_20210315_east.tif", (500_080.0, 4_000_000.0), 4),
    ] {
        scene(&folder.path().join(name), 32631, place, value);
    }
    let source = open(folder.path()).expect("a mosaic");
    let names: Vec<&str> = source.image().bands.iter().filter_map(|b| b.name.as_deref()).collect();
    assert_eq!(names, ["2021-03-15 band 1", "2023-06-01 band 1"]);
    assert_eq!(source.image().bands[0].about.domains.get("", "DATE"), Some("2021-03-15"));
    assert_eq!((value(&source, 0, 2, 2), value(&source, 0, 10, 2)), (Some(3.0), Some(4.0)));
    assert_eq!((value(&source, 1, 2, 2), value(&source, 1, 10, 2)), (Some(7.0), None));
}

#[test]
fn folders_that_cannot_be_put_together_say_why() {
    let folder = tempfile::tempdir().expect("a folder");
    let error = open(folder.path()).expect_err("empty").to_string();
    assert!(error.contains("folder without images"), "{error}");
    scene(&folder.path().join("a.tif"), 32631, (500_000.0, 4_000_000.0), 1);
    scene(&folder.path().join("b.tif"), 32632, (500_000.0, 4_000_000.0), 1);
    let error = open(folder.path()).expect_err("two zones").to_string();
    assert!(error.contains("different coordinate reference systems") && error.contains("b.tif"), "{error}");
}
