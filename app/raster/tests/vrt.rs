//! Mosaics of other images: what they hold, what they refuse, and what hostile ones cost.

use std::path::{Path, PathBuf};

use raster::write::{NewImage, WriteOptions};
use raster::{OpenOptions, OverviewStore, SampleBuffer, Source, TileCache};
use spatial::GeoTransform;

type Outcome = Result<(), Box<dyn std::error::Error>>;

/// A grey image whose pixel at column x and row y is `value(x, y)`.
fn image(folder: &Path, name: &str, size: (u32, u32), value: impl Fn(u32, u32) -> u8) -> Outcome {
    let new = NewImage::gray(size.0, size.1);
    let values = (0..size.0 * size.1).map(|i| value(i % size.0, i / size.0)).collect();
    raster::write::image(&folder.join(name), &new, &WriteOptions::default(), &SampleBuffer::U8(values))?;
    Ok(())
}

fn mosaic(folder: &Path, size: (u32, u32), body: &str) -> std::io::Result<PathBuf> {
    let path = folder.join("mosaic.vrt");
    let (w, h) = size;
    std::fs::write(&path, format!(r#"<VRTDataset rasterXSize="{w}" rasterYSize="{h}">{body}</VRTDataset>"#))?;
    Ok(path)
}

fn open(path: &Path) -> Result<Source, raster::OpenError> {
    let overviews = OverviewStore { folder: None, most_bytes: 0 };
    Source::open_with(
        path,
        &OpenOptions { cache: TileCache::new(4 << 20), overviews, ..OpenOptions::default() },
    )
}

fn source(kind: &str, name: &str, from: [f64; 4], to: [f64; 4], more: &str) -> String {
    let rectangle = |tag: &str, [x, y, w, h]: [f64; 4]| {
        format!(r#"<{tag} xOff="{x}" yOff="{y}" xSize="{w}" ySize="{h}"/>"#)
    };
    format!(
        r#"<{kind}><SourceFilename relativeToVRT="1">{name}</SourceFilename><SourceBand>1</SourceBand>{}{}{more}</{}>"#,
        rectangle("SrcRect", from),
        rectangle("DstRect", to),
        kind.split(' ').next().unwrap_or(kind)
    )
}

fn band(kind: &str, inner: &str) -> String {
    format!(r#"<VRTRasterBand dataType="{kind}" band="1">{inner}</VRTRasterBand>"#)
}

fn values(source: &Source) -> Result<Vec<Option<f64>>, raster::ReadError> {
    let (w, h) = source.pyramid().size();
    let read = source.read_window(0, 0, 0, w, h, &[0])?;
    Ok((0..h)
        .flat_map(|y| (0..w).map(move |x| (x, y)))
        .map(|(x, y)| read.value(0, x, y).filter(|_| read.is_valid(x, y)))
        .collect())
}

#[test]
fn later_sources_lie_over_earlier_ones_and_holes_are_missing() -> Outcome {
    let folder = tempfile::tempdir()?;
    image(folder.path(), "a.tif", (4, 2), |x, y| (10 * y + x) as u8)?;
    image(folder.path(), "b.tif", (2, 2), |_, _| 99)?;
    let body = source("SimpleSource", "a.tif", [0.0, 0.0, 4.0, 2.0], [0.0, 0.0, 4.0, 2.0], "")
        + &source("SimpleSource", "b.tif", [0.0, 0.0, 1.0, 2.0], [3.0, 0.0, 1.0, 2.0], "");
    let path = mosaic(
        folder.path(),
        (6, 2),
        &format!("<SRS>EPSG:32633</SRS><GeoTransform>5,2,0,6,0,-2</GeoTransform>{}", band("Byte", &body)),
    )?;
    let source = open(&path)?;
    let nothing = None;
    let some = |n: f64| Some(n);
    assert_eq!(
        values(&source)?,
        [
            some(0.0),
            some(1.0),
            some(2.0),
            some(99.0),
            nothing,
            nothing,
            some(10.0),
            some(11.0),
            some(12.0),
            some(99.0),
            nothing,
            nothing
        ]
    );
    let image = source.image();
    assert_eq!((image.driver.as_str(), image.bands.len()), ("VRT", 1));
    assert_eq!(image.transform.map(GeoTransform::to_gdal), Some([5.0, 2.0, 0.0, 6.0, 0.0, -2.0]));
    assert_eq!(image.about.files.len(), 3);
    Ok(())
}

#[test]
fn values_are_left_out_scaled_looked_up_and_stretched() -> Outcome {
    let folder = tempfile::tempdir()?;
    image(folder.path(), "a.tif", (2, 1), |x, _| (7 + x) as u8)?;
    let one = |size: u32,
               kind: &str,
               element: &str,
               to: [f64; 4],
               more: &str|
     -> Result<Vec<Option<f64>>, Box<dyn std::error::Error>> {
        let inner = source(element, "a.tif", [0.0, 0.0, 2.0, 1.0], to, more);
        Ok(values(&open(&mosaic(folder.path(), (size, 1), &band(kind, &inner))?)?)?)
    };
    let same = [0.0, 0.0, 2.0, 1.0];
    assert_eq!(one(2, "Byte", "ComplexSource", same, "<NODATA>7</NODATA>")?, [None, Some(8.0)]);
    let scaled =
        one(2, "Float32", "ComplexSource", same, "<ScaleOffset>0.5</ScaleOffset><ScaleRatio>2</ScaleRatio>")?;
    assert_eq!(scaled, [Some(14.5), Some(16.5)]);
    assert_eq!(one(2, "Byte", "ComplexSource", same, "<LUT>7:300,8:2.5</LUT>")?, [Some(255.0), Some(3.0)]);
    let wide = [0.0, 0.0, 4.0, 1.0];
    assert_eq!(one(4, "Byte", "SimpleSource", wide, "")?, [Some(7.0), Some(7.0), Some(8.0), Some(8.0)]);
    let smooth = one(4, "Float32", r#"SimpleSource resampling="bilinear""#, wide, "")?;
    assert_eq!(smooth, [Some(7.0), Some(7.25), Some(7.75), Some(8.0)]);
    assert_eq!(one(2, "Byte", "SimpleSource", [0.0, 0.0, 2.0, 1.0], "")?, [Some(7.0), Some(8.0)]);
    Ok(())
}

#[test]
fn no_data_of_the_mosaic_fills_its_holes_and_is_missing() -> Outcome {
    let folder = tempfile::tempdir()?;
    image(folder.path(), "a.tif", (2, 1), |x, _| (7 + x) as u8)?;
    let inner = source("SimpleSource", "a.tif", [0.0, 0.0, 2.0, 1.0], [0.0, 0.0, 2.0, 1.0], "");
    let path = mosaic(folder.path(), (3, 1), &band("Byte", &format!("<NoDataValue>8</NoDataValue>{inner}")))?;
    let source = open(&path)?;
    assert_eq!(values(&source)?, [Some(7.0), None, None]);
    assert_eq!(source.read_window(0, 2, 0, 1, 1, &[0])?.value(0, 0, 0), Some(8.0));
    assert_eq!(source.image().bands[0].no_data, Some(8.0));
    Ok(())
}

#[test]
fn a_mosaic_of_a_mosaic_is_read_and_one_of_itself_is_not() -> Outcome {
    let folder = tempfile::tempdir()?;
    image(folder.path(), "a.tif", (2, 1), |x, _| (7 + x) as u8)?;
    let whole = [0.0, 0.0, 2.0, 1.0];
    let inner =
        mosaic(folder.path(), (2, 1), &band("Byte", &source("SimpleSource", "a.tif", whole, whole, "")))?;
    std::fs::rename(&inner, folder.path().join("inner.vrt"))?;
    let outer =
        mosaic(folder.path(), (2, 1), &band("Byte", &source("SimpleSource", "inner.vrt", whole, whole, "")))?;
    assert_eq!(values(&open(&outer)?)?, [Some(7.0), Some(8.0)]);
    let own = mosaic(
        folder.path(),
        (2, 1),
        &band("Byte", &source("SimpleSource", "mosaic.vrt", whole, whole, "")),
    )?;
    let error = values(&open(&own)?).expect_err("a circle").to_string();
    assert!(error.contains("names itself"), "{error}");
    for i in 0..12 {
        let next = if i == 11 { "a.tif".to_owned() } else { format!("deep{}.vrt", i + 1) };
        let path =
            mosaic(folder.path(), (2, 1), &band("Byte", &source("SimpleSource", &next, whole, whole, "")))?;
        std::fs::rename(path, folder.path().join(format!("deep{i}.vrt")))?;
    }
    let error = values(&open(&folder.path().join("deep0.vrt"))?).expect_err("too deep").to_string();
    assert!(error.contains("more than 8 mosaics"), "{error}");
    assert_eq!(values(&open(&folder.path().join("deep6.vrt"))?)?, [Some(7.0), Some(8.0)]);
    Ok(())
}

#[test]
fn a_source_that_is_gone_costs_the_pixels_under_it() -> Outcome {
    let folder = tempfile::tempdir()?;
    image(folder.path(), "a.tif", (600, 1), |_, _| 5)?;
    let body = source("SimpleSource", "a.tif", [0.0, 0.0, 600.0, 1.0], [0.0, 0.0, 600.0, 1.0], "")
        + &source("SimpleSource", "gone.tif", [0.0, 0.0, 10.0, 1.0], [700.0, 0.0, 10.0, 1.0], "");
    let source = open(&mosaic(folder.path(), (1000, 1), &band("Byte", &body))?)?;
    assert_eq!(source.read_window(0, 0, 0, 600, 1, &[0])?.value(0, 599, 0), Some(5.0));
    let error = source.read_window(0, 650, 0, 100, 1, &[0]).expect_err("gone").to_string();
    assert!(error.contains("gone.tif") && error.contains("no such file"), "{error}");
    Ok(())
}

#[test]
fn hostile_mosaics_cost_a_sentence() -> Outcome {
    let folder = tempfile::tempdir()?;
    let write = |text: &str| -> std::io::Result<PathBuf> {
        let path = folder.path().join("bad.vrt");
        std::fs::write(&path, text)?;
        Ok(path)
    };
    for (text, word) in [
        (
            r#"<!DOCTYPE v [<!ENTITY a "b">]><VRTDataset rasterXSize="1" rasterYSize="1">&a;</VRTDataset>"#
                .to_owned(),
            "XML",
        ),
        (format!(r#"<VRTDataset rasterXSize="1" rasterYSize="1">{}"#, "<A>".repeat(100_000)), "XML"),
        (r#"<VRTDataset rasterXSize="4000000000" rasterYSize="1"></VRTDataset>"#.to_owned(), "rasterXSize"),
        (r#"<VRTDataset rasterXSize="1" rasterYSize="1""#.to_owned(), "XML"),
    ] {
        let error = open(&write(&text)?).expect_err("refused").to_string();
        assert!(error.contains(word) && error.len() < 300, "{error}");
    }
    let many =
        source("SimpleSource", "a.tif", [0.0, 0.0, 1.0, 1.0], [0.0, 0.0, 1.0, 1.0], "").repeat(100_001);
    let error =
        open(&mosaic(folder.path(), (1, 1), &band("Byte", &many))?).expect_err("too many").to_string();
    assert!(error.contains("more than 100000 sources"), "{error}");
    Ok(())
}
