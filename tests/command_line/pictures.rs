//! Pictures to keep: what stands on them besides the map.

use std::path::Path;

use raster::write::{self, NewImage, WriteOptions};
use raster::{ColorRole, SampleBuffer, SampleType};
use spatial::{Crs, GeoTransform};

use crate::program::{json, run};

/// 200 × 150 pixels of half a metre in UTM zone 15 N, in two bands.
fn field(path: &Path) {
    let transform = GeoTransform::new([365_000.0, 0.5, 0.0, 4_105_000.0, 0.0, -0.5]).expect("a transform");
    let crs = Crs::from_epsg(32615).expect("known");
    let image = NewImage::new(200, 150, SampleType::U16, &[ColorRole::Undefined; 2]);
    let image = image.at(Some(crs), Some(transform));
    let values = SampleBuffer::U16((0..2 * 200 * 150).map(|i| (i % 200 * 10) as u16).collect());
    write::image(path, &image, &WriteOptions::default(), &values).expect("written");
}

/// Pixels that differ between two pictures, by which part of the picture they lie in: left and right half.
fn differences(a: &image::RgbaImage, b: &image::RgbaImage) -> [usize; 2] {
    assert_eq!(a.dimensions(), b.dimensions());
    let half = a.width() / 2;
    let differ = |right: bool| {
        let pairs = a.enumerate_pixels().zip(b.pixels());
        pairs.filter(|((x, _, p), q)| p != q && (*x >= half) == right).count()
    };
    [differ(false), differ(true)]
}

#[test]
fn a_picture_has_a_legend_a_scale_bar_and_north_when_asked_for() {
    let folder = tempfile::tempdir().expect("folder");
    field(&folder.path().join("field.tif"));
    let draw = |name: &str, more: &[&str]| {
        let asked =
            ["render", "field.tif", "-o", name, "--bands", "2", "--colormap", "viridis", "--size", "800x600"];
        let said = json(folder.path(), &[&asked[..], more].concat());
        assert_eq!((said["width"].as_u64(), said["height"].as_u64()), (Some(800), Some(600)));
        image::open(folder.path().join(name)).expect("a picture").to_rgba8()
    };
    let bare = draw("bare.png", &[]);
    let legend = draw("legend.png", &["--legend"]);
    let [left, right] = differences(&bare, &legend);
    assert!(left > 2_000 && right == 0, "the legend stands at the left: {left} {right}");
    let bar = draw("bar.png", &["--scale-bar"]);
    let [_, right] = differences(&bare, &bar);
    assert!(right > 100, "{right}");
    let north = draw("north.png", &["--north"]);
    let changed: usize = differences(&bare, &north).iter().sum();
    assert!(changed > 100, "{changed}");
    let titled = run(
        folder.path(),
        &["render", "field.tif", "-o", "titled.png", "--size", "800x600", "--title", "A field"],
    );
    assert_eq!(titled.code, 0, "{}", titled.err);
    let titled = image::open(folder.path().join("titled.png")).expect("a picture");
    assert!(titled.height() > 600, "a strip above the map");
}

#[test]
fn other_forms_are_written_by_the_ending_and_a_geotiff_lies_where_the_map_does() {
    let folder = tempfile::tempdir().expect("folder");
    field(&folder.path().join("field.tif"));
    let draw = |name: &str| {
        json(
            folder.path(),
            &["render", "field.tif", "-o", name, "--size", "400x300", "--scale-bar", "--legend"],
        );
        std::fs::read(folder.path().join(name)).expect("written")
    };
    assert!(draw("map.pdf").starts_with(b"%PDF"));
    let svg = String::from_utf8(draw("map.svg")).expect("text");
    assert!(svg.contains("<svg") && svg.contains('m'), "{}", &svg[..200]);
    draw("map.tif");
    let info = json(folder.path(), &["info", "map.tif"]);
    assert!(info.to_string().contains("32615"), "{info}");
    let wrong = run(folder.path(), &["render", "field.tif", "-o", "map.bmp", "--legend"]);
    wrong.refusal();
    assert!(wrong.err.contains(".pdf"), "{}", wrong.err);
    let wrong = run(folder.path(), &["render", "field.tif", "-o", "map.png", "--dpi", "0"]);
    wrong.refusal();
    assert!(wrong.err.contains("2400"), "{}", wrong.err);
}
