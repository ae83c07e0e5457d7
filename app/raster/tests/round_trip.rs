//! What is written is read back the same: pixels, place, names; and overviews are what they should be.

use std::path::Path;

use raster::write::{NewImage, Packing, WriteOptions, Writer};
use raster::{
    ColorRole, OpenOptions, OverviewStore, SampleBuffer, SampleType, Source, TileCache, overviews, write,
};
use spatial::{Crs, GeoTransform, TileKey};

type Outcome = Result<(), Box<dyn std::error::Error>>;

fn options(folder: &Path) -> OpenOptions {
    OpenOptions {
        cache: TileCache::new(8 << 20),
        overviews: OverviewStore::in_folder(&folder.join("cache")),
        ..OpenOptions::default()
    }
}

fn place() -> Option<GeoTransform> {
    GeoTransform::new([500_000.0, 0.5, 0.0, 4_100_000.0, 0.0, -0.5])
}

/// A picture whose every sample can be computed: band, column, row.
fn pattern(image: &NewImage) -> SampleBuffer {
    let (w, h) = (image.width as usize, image.height as usize);
    let value = |i: usize| (i / (w * h) * 50 + i % w + i / w % h * 3) as u32;
    let all = 0..w * h * image.bands.len();
    match image.sample_type {
        SampleType::U8 => SampleBuffer::U8(all.map(|i| value(i) as u8).collect()),
        SampleType::U16 => SampleBuffer::U16(all.map(|i| (value(i) * 37) as u16).collect()),
        SampleType::I16 => SampleBuffer::I16(all.map(|i| (value(i) * 37) as i16).collect()),
        SampleType::F32 => SampleBuffer::F32(all.map(|i| value(i) as f32 / 7.0).collect()),
    }
}

#[test]
fn every_kind_of_image_comes_back_as_it_was_written() -> Outcome {
    let folder = tempfile::tempdir()?;
    let gray = ColorRole::Gray;
    for kind in [SampleType::U8, SampleType::U16, SampleType::I16, SampleType::F32] {
        for packing in [Packing::None, Packing::Deflate, Packing::Zstd] {
            for tile_px in [None, Some(64)] {
                for bands in [1_usize, 3, 4, 6] {
                    let roles =
                        [ColorRole::Red, ColorRole::Green, ColorRole::Blue, ColorRole::Undefined, gray, gray];
                    let mut new = NewImage::new(
                        150,
                        90,
                        kind,
                        if bands == 1 { &[ColorRole::Gray] } else { &roles[..bands] },
                    );
                    new = new.at(Some(Crs::from_epsg(32615)?), place());
                    new.bands[0].name = Some("near <infrared> & more".into());
                    let values = pattern(&new);
                    let path = folder.path().join("a.tif");
                    write::image(
                        &path,
                        &new,
                        &WriteOptions { tile_px, packing, ..WriteOptions::default() },
                        &values,
                    )?;
                    let source = Source::open_with(&path, &options(folder.path()))?;
                    let all: Vec<usize> = (0..bands).collect();
                    let back = source.read_window(0, 0, 0, 150, 90, &all)?;
                    assert!(back.values == values, "{kind:?} {packing:?} {tile_px:?} {bands}");
                    assert_eq!(source.image().transform, place());
                    assert_eq!(source.image().crs.as_ref().and_then(Crs::epsg), Some(32615));
                    assert_eq!(source.image().bands[0].name.as_deref(), Some("near <infrared> & more"));
                    assert_eq!(source.image().tiled, tile_px.is_some());
                }
            }
        }
    }
    Ok(())
}

#[test]
fn tiles_put_together_are_the_window() -> Outcome {
    let folder = tempfile::tempdir()?;
    let new = NewImage::rgb(300, 200);
    let values = pattern(&new);
    for tile_px in [None, Some(64)] {
        let path = folder.path().join("t.tif");
        write::image(&path, &new, &WriteOptions { tile_px, ..WriteOptions::default() }, &values)?;
        let source = Source::open_with(&path, &options(folder.path()))?;
        let (cols, rows) = source.pyramid().levels()[0].grid();
        for (col, row) in (0..rows).flat_map(|row| (0..cols).map(move |col| (col, row))) {
            let key = TileKey { level: 0, col, row };
            let window = source.pyramid().window(key).ok_or("inside")?;
            let tile = source.read_tile(key, &[2, 0])?;
            assert_eq!((tile.width, tile.height), (window.width, window.height));
            let at = |band: usize, x: u32, y: u32| {
                values.get((band * 200 + (window.y + y) as usize) * 300 + (window.x + x) as usize)
            };
            for (x, y) in [(0, 0), (window.width - 1, window.height - 1), (window.width / 2, 3)] {
                assert_eq!(tile.value(0, x, y), at(2, x, y));
                assert_eq!(tile.value(1, x, y), at(0, x, y));
            }
        }
        assert!(source.read_tile(TileKey { level: 0, col: cols, row: 0 }, &[0]).is_err());
        assert!(source.read_tile(TileKey { level: 0, col: 0, row: 0 }, &[3]).is_err());
        assert!(source.read_window(0, 290, 0, 20, 5, &[0]).is_err());
    }
    Ok(())
}

#[test]
fn rotated_images_and_their_own_crs_come_back() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("rotated.tif");
    let rotated = GeoTransform::new([10.0, 0.5, 0.25, 20.0, 0.125, -0.5]);
    let own = Crs::from_proj4(
        "site grid",
        "+proj=tmerc +lat_0=40 +lon_0=-100.123 +k=0.9999 +x_0=1000 +y_0=2000 +ellps=GRS80 +units=m",
    )?;
    let new = NewImage::gray(20, 10).at(Some(own.clone()), rotated);
    write::image(&path, &new, &WriteOptions::default(), &new.zeros())?;
    let source = Source::open_with(&path, &options(folder.path()))?;
    assert_eq!(source.image().transform, rotated);
    let back = source.image().crs.clone().ok_or("a CRS")?;
    let (a, b) =
        (spatial::Transformer::new(&own, &Crs::wgs84())?, spatial::Transformer::new(&back, &Crs::wgs84())?);
    let p = (5000.0, 7000.0).into();
    let (a, b) = (a.convert(p).ok_or("on earth")?, b.convert(p).ok_or("on earth")?);
    assert!((a.x - b.x).abs() < 1e-9 && (a.y - b.y).abs() < 1e-9, "{} became {}", own.proj4(), back.proj4());
    Ok(())
}

#[test]
fn missing_pixels_are_marked_by_no_data_alpha_and_nan() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("missing.tif");
    let mut new = NewImage::new(3, 1, SampleType::I16, &[ColorRole::Gray, ColorRole::Undefined]);
    new.no_data = Some(-9999.0);
    write::image(
        &path,
        &new,
        &WriteOptions::default(),
        &SampleBuffer::I16(vec![-9999, 5, -9999, -9999, -9999, 7]),
    )?;
    let source = Source::open_with(&path, &options(folder.path()))?;
    assert_eq!(source.read_window(0, 0, 0, 3, 1, &[0, 1])?.valid, Some(vec![0, 255, 255]));
    assert_eq!(source.read_window(0, 0, 0, 3, 1, &[1])?.valid, Some(vec![0, 0, 255]));

    let new = NewImage::new(2, 1, SampleType::U8, &[ColorRole::Gray, ColorRole::Alpha]);
    write::image(&path, &new, &WriteOptions::default(), &SampleBuffer::U8(vec![9, 9, 0, 200]))?;
    let source = Source::open_with(&path, &options(folder.path()))?;
    assert!(source.image().has_alpha);
    assert_eq!(source.read_window(0, 0, 0, 2, 1, &[0])?.valid, Some(vec![0, 255]));

    let new = NewImage::new(2, 1, SampleType::F32, &[ColorRole::Gray]);
    write::image(&path, &new, &WriteOptions::default(), &SampleBuffer::F32(vec![f32::NAN, 1.0]))?;
    let source = Source::open_with(&path, &options(folder.path()))?;
    assert_eq!(source.read_window(0, 0, 0, 2, 1, &[0])?.valid, Some(vec![0, 255]));
    Ok(())
}

#[test]
fn palettes_show_as_colours_and_keep_their_class_numbers() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("classes.tif");
    let mut new = NewImage::gray(600, 400);
    new.palette = Some(vec![[0, 0, 0], [255, 10, 20], [1, 2, 3]]);
    let classes: Vec<u8> = (0..600 * 400).map(|i| (i / 7 % 3) as u8).collect();
    write::image(
        &path,
        &new,
        &WriteOptions { overviews: true, ..WriteOptions::default() },
        &SampleBuffer::U8(classes.clone()),
    )?;
    let source = Source::open_with(&path, &options(folder.path()))?;
    assert_eq!(source.image().default_bands(), [0, 1, 2]);
    let read = source.read_window(0, 0, 0, 600, 400, &[3, 0])?;
    let SampleBuffer::U8(values) = read.values else { return Err("bytes".into()) };
    assert_eq!(values[..classes.len()], classes);
    assert_eq!(values[classes.len() + 7], 255);
    let small = source.read_window(1, 0, 0, 300, 200, &[3])?;
    let SampleBuffer::U8(small) = small.values else { return Err("bytes".into()) };
    assert_eq!(small[3], classes[6], "class numbers are picked, not averaged");
    Ok(())
}

/// Where the first tile of each directory of a classic TIFF lies, and where its directory does.
fn first_tiles(bytes: &[u8]) -> Vec<(usize, usize)> {
    let long = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four bytes")) as usize;
    let short = |at: usize| usize::from(u16::from_le_bytes([bytes[at], bytes[at + 1]]));
    let (mut found, mut at) = (Vec::new(), long(4));
    while at != 0 {
        let entries = (0..short(at)).map(|i| at + 2 + 12 * i);
        let offsets = entries.clone().find(|e| short(*e) == 324).expect("tile offsets");
        let value = long(offsets + 8);
        found.push((at, if long(offsets + 4) > 1 { long(value) } else { value }));
        at = long(at + 2 + 12 * short(at));
    }
    found
}

#[test]
fn an_image_with_halved_levels_is_cloud_optimised() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("cloud.tif");
    let new = NewImage::rgb(1300, 700);
    let values: Vec<u8> = (0..1300 * 700 * 3).map(|i| (i / 11 % 251) as u8).collect();
    let options_with = WriteOptions { overviews: true, ..WriteOptions::default() };
    write::image(&path, &new, &options_with, &SampleBuffer::U8(values.clone()))?;
    let bytes = std::fs::read(&path)?;
    assert!(bytes[8..].starts_with(b"GDAL_STRUCTURAL_METADATA_SIZE=000055 bytes\nLAYOUT=IFDS_BEFORE_DATA\n"));
    let parts = first_tiles(&bytes);
    assert_eq!(parts.len(), 4, "1300, 650, 325 and 163 pixels across");
    assert!(parts.is_sorted_by_key(|(directory, _)| *directory));
    assert!(parts.iter().rev().is_sorted_by_key(|(_, tile)| *tile), "the coarsest lies first: {parts:?}");
    assert!(parts.iter().all(|(_, tile)| *tile > parts[3].0), "directories lie before all tiles");
    let source = Source::open_with(&path, &options(folder.path()))?;
    let read = source.read_window(0, 0, 0, 1300, 700, &[0, 1, 2])?;
    assert_eq!(read.values, SampleBuffer::U8(values));
    assert_eq!(std::fs::read_dir(folder.path())?.count(), 1, "nothing else is left");
    Ok(())
}

#[test]
fn an_unfinished_file_leaves_nothing_behind() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("half.tif");
    let new = NewImage::rgb(300, 300);
    let writer = Writer::create(&path, &new, &WriteOptions::default())?;
    writer.write_rows(0, &SampleBuffer::zeros(SampleType::U8, 300 * 256 * 3))?;
    assert!(writer.write_rows(100, &SampleBuffer::zeros(SampleType::U8, 300 * 256 * 3)).is_err());
    assert!(writer.write_rows(256, &SampleBuffer::zeros(SampleType::U8, 300 * 256 * 3)).is_err());
    drop(writer);
    assert_eq!(std::fs::read_dir(folder.path())?.count(), 0);
    Ok(())
}

#[test]
fn overviews_are_made_found_and_average_the_image() -> Outcome {
    let folder = tempfile::tempdir()?;
    let options = options(folder.path());
    for tile_px in [Some(256), None] {
        let path = folder.path().join("large.tif");
        let new = NewImage::rgb(2500, 1501);
        let values = pattern(&new);
        write::image(&path, &new, &WriteOptions { tile_px, ..WriteOptions::default() }, &values)?;
        let before = Source::open_with(&path, &options)?;
        assert!(before.wants_overviews());
        let kept = overviews::build(&before, &|_| true)?;
        assert!(kept.starts_with(folder.path().join("cache")));
        let after = Source::open_with(&path, &options)?;
        assert!(!after.wants_overviews());
        let sizes: Vec<(u32, u32)> = after.pyramid().levels().iter().map(|l| (l.width, l.height)).collect();
        assert_eq!(sizes, [(2500, 1501), (1250, 751), (625, 376), (313, 188), (157, 94)]);
        let level = after.read_window(1, 0, 0, 1250, 751, &[0, 1, 2])?;
        let at = |band: usize, x: usize, y: usize| {
            values.get((band * 1501 + y.min(1500)) * 2500 + x).unwrap_or(0.0)
        };
        for (band, x, y) in [(0, 0, 0), (1, 700, 300), (2, 1249, 750), (0, 513, 511)] {
            let four: f64 =
                [(0, 0), (1, 0), (0, 1), (1, 1)].iter().map(|(i, j)| at(band, 2 * x + i, 2 * y + j)).sum();
            let mean = level.value(band, x as u32, y as u32).ok_or("inside")?;
            assert!((mean - four / 4.0).abs() <= 0.5, "band {band} at {x},{y}: {mean} for {}", four / 4.0);
        }
    }
    Ok(())
}

#[test]
fn stopped_or_outdated_overviews_are_not_used() -> Outcome {
    let folder = tempfile::tempdir()?;
    let options = options(folder.path());
    let path = folder.path().join("large.tif");
    let new = NewImage::gray(1500, 1200);
    write::image(&path, &new, &WriteOptions::default(), &pattern(&new))?;
    let source = Source::open_with(&path, &options)?;
    let stopped = overviews::build(&source, &|share| share < 0.5);
    assert!(stopped.is_err_and(|e| e.fault == raster::Fault::Stopped));
    assert_eq!(std::fs::read_dir(folder.path().join("cache"))?.count(), 0);
    overviews::build(&source, &|_| true)?;
    let other = NewImage::gray(1400, 1200);
    write::image(&path, &other, &WriteOptions::default(), &pattern(&other))?;
    assert!(Source::open_with(&path, &options)?.wants_overviews());
    Ok(())
}

#[test]
fn the_oldest_overviews_make_room() -> Outcome {
    let folder = tempfile::tempdir()?;
    let mut options = options(folder.path());
    options.overviews.most_bytes = 1;
    let new = NewImage::gray(1100, 1100);
    for name in ["a.tif", "b.tif"] {
        let path = folder.path().join(name);
        write::image(&path, &new, &WriteOptions::default(), &pattern(&new))?;
        overviews::build(&Source::open_with(&path, &options)?, &|_| true)?;
    }
    let kept = std::fs::read_dir(folder.path().join("cache"))?.count();
    assert_eq!(kept, 1);
    assert!(!Source::open_with(&folder.path().join("b.tif"), &options)?.wants_overviews());
    Ok(())
}

#[test]
fn a_harder_deflate_packs_smaller_and_reads_the_same() -> Outcome {
    let folder = tempfile::tempdir()?;
    let new = NewImage::rgb(300, 200);
    let values = pattern(&new);
    let mut sizes = Vec::new();
    for deflate_level in [1, 12] {
        let path = folder.path().join(format!("{deflate_level}.tif"));
        write::image(&path, &new, &WriteOptions { deflate_level, ..WriteOptions::default() }, &values)?;
        let source = Source::open_with(&path, &options(folder.path()))?;
        assert_eq!(source.read_window(0, 0, 0, 300, 200, &[0, 1, 2])?.values, values);
        sizes.push(std::fs::metadata(&path)?.len());
    }
    assert!(sizes[1] < sizes[0], "{sizes:?}");
    for deflate_level in [0, 13] {
        let path = folder.path().join("refused.tif");
        let wrong = WriteOptions { deflate_level, ..WriteOptions::default() };
        assert!(write::image(&path, &new, &wrong, &values).is_err());
    }
    Ok(())
}
