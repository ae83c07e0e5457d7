//! What lies beside an image and in its remarks: control points, `.aux.xml`, world files, masks.

use std::path::{Path, PathBuf};

use raster::write::{NewImage, WriteOptions};
use raster::{ColorRole, OpenOptions, OverviewStore, Source, TileCache, report};
use spatial::{Crs, GeoTransform, WarpMethod};

type Outcome = Result<(), Box<dyn std::error::Error>>;

/// A grey image of 40×30 pixels, placed or not.
fn image(
    folder: &Path,
    name: &str,
    place: Option<GeoTransform>,
) -> Result<PathBuf, Box<dyn std::error::Error>> {
    let path = folder.join(name);
    let crs = place.map(|_| Crs::from_epsg(32633)).transpose()?;
    let new = NewImage::gray(40, 30).at(crs, place);
    raster::write::image(&path, &new, &WriteOptions::default(), &new.zeros())?;
    Ok(path)
}

fn beside(path: &Path, ending: &str, text: &str) -> std::io::Result<()> {
    let name = format!("{}{ending}", path.file_name().unwrap_or_default().to_string_lossy());
    std::fs::write(path.with_file_name(name), text)
}

fn open(path: &Path) -> Result<Source, raster::OpenError> {
    let overviews = OverviewStore { folder: None, most_bytes: 0 };
    Source::open_with(
        path,
        &OpenOptions { cache: TileCache::new(1 << 20), overviews, ..OpenOptions::default() },
    )
}

fn points(n: u32, world: impl Fn(f64, f64) -> (f64, f64)) -> String {
    let grid = (0..n * n)
        .map(|i| (f64::from(i % n) * 39.0 / f64::from(n - 1), f64::from(i / n) * 29.0 / f64::from(n - 1)));
    let point = |(i, (x, y)): (usize, (f64, f64))| {
        let (e, n) = world(x, y);
        format!(r#"<GCP Id="{i}" Pixel="{x}" Line="{y}" X="{e}" Y="{n}"/>"#)
    };
    let points: String = grid.enumerate().map(point).collect();
    format!(r#"<PAMDataset><GCPList Projection="EPSG:32633">{points}</GCPList></PAMDataset>"#)
}

#[test]
fn control_points_alone_place_an_image_and_say_how_well() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = image(folder.path(), "scan.tif", None)?;
    assert_eq!(open(&path)?.image().transform, None);
    let bent = |x: f64, y: f64| (5e5 + 2.0 * x + 0.004 * x * y, 4e6 - 2.0 * y + 0.003 * x * x);
    beside(&path, ".aux.xml", &points(4, bent))?;
    let source = open(&path)?;
    let image = source.image();
    let warp = image.warp.as_ref().ok_or("no warp")?;
    assert_eq!(warp.method(), WarpMethod::SecondOrder);
    let (there, wanted) = (warp.world_from_image((17.0, 23.0).into()), bent(17.0, 23.0));
    assert!((there.x - wanted.0).hypot(there.y - wanted.1) < 1e-5);
    assert_eq!(image.transform, Some(warp.affine()));
    assert_eq!(image.crs.as_ref().and_then(Crs::epsg), Some(32633));
    let sentence = image.placed_by().ok_or("no sentence")?;
    assert!(
        sentence.starts_with("placed by 16 ground control points (second-order fit), RMS error 0"),
        "{sentence}"
    );
    let said = report::json(&source, &[]);
    assert_eq!(said["control_points"]["points"].as_array().map(Vec::len), Some(16));
    assert!(said["control_points"]["rms_m"].as_f64().is_some_and(|m| m < 1e-3));
    assert!((said["corners"]["lower_right"][0].as_f64().unwrap_or(0.0) - bent(40.0, 30.0).0).abs() < 1e-5);
    Ok(())
}

#[test]
fn a_place_of_its_own_wins_over_control_points() -> Outcome {
    let folder = tempfile::tempdir()?;
    let own = GeoTransform::new([1.0, 2.0, 0.0, 3.0, 0.0, -2.0]);
    let path = image(folder.path(), "placed.tif", own)?;
    beside(&path, ".aux.xml", &points(3, |x, y| (x, -y)))?;
    let source = open(&path)?;
    assert_eq!((source.image().transform, &source.image().warp), (own, &None));
    assert_eq!(source.image().about.control_points.len(), 9);
    Ok(())
}

#[test]
fn what_is_beside_an_image_wins_over_what_is_in_it() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = image(folder.path(), "a.tif", GeoTransform::new([0.0, 1.0, 0.0, 0.0, 0.0, -1.0]))?;
    beside(
        &path,
        ".aux.xml",
        r#"<PAMDataset><SRS>EPSG:3857</SRS><GeoTransform>5,2,0.5,6,0.25,-2</GeoTransform>
        <Metadata><MDI key="TIFFTAG_DATETIME">2011:05:22</MDI></Metadata><Metadata domain="mine"><MDI key="k">v</MDI></Metadata>
        <PAMRasterBand band="1"><Description>heat</Description><NoDataValue>9</NoDataValue><UnitType>K</UnitType>
        <Scale>0.1</Scale><Offset>-273.15</Offset><ColorInterp>Red</ColorInterp>
        <CategoryNames><Category>cold</Category><Category>warm</Category></CategoryNames>
        <Metadata domain="IMAGERY"><MDI key="CENTRAL_WAVELENGTH_UM">10.9</MDI></Metadata></PAMRasterBand></PAMDataset>"#,
    )?;
    let source = open(&path)?;
    let image = source.image();
    assert_eq!(image.transform.map(GeoTransform::to_gdal), Some([5.0, 2.0, 0.5, 6.0, 0.25, -2.0]));
    assert_eq!(image.crs.as_ref().and_then(Crs::epsg), Some(3857));
    assert!(image.metadata.contains(&("TIFFTAG_DATETIME".into(), "2011:05:22".into())));
    assert_eq!(image.about.domains.get("mine", "k"), Some("v"));
    assert_eq!(image.about.files.len(), 2);
    let band = &image.bands[0];
    assert_eq!((band.name.as_deref(), band.no_data, band.color), (Some("heat"), Some(9.0), ColorRole::Red));
    assert_eq!((band.scale, band.offset, band.wavelength_nm), (Some(0.1), Some(-273.15), Some(10_900.0)));
    assert_eq!(
        (band.about.unit.as_deref(), &band.about.categories[..]),
        (Some("K"), &["cold".into(), "warm".into()][..])
    );
    Ok(())
}

#[test]
fn a_world_file_that_holds_no_numbers_is_said_and_left_out() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = image(folder.path(), "a.tif", None)?;
    for (text, word) in
        [("nan\n0\n0\nnan\n0\n0\n", "impossible"), ("1\n0\n", "six numbers"), ("", "six numbers")]
    {
        std::fs::write(path.with_extension("tfw"), text)?;
        let source = open(&path)?;
        assert_eq!(source.image().transform, None);
        assert!(
            source.image().warnings.iter().any(|w| w.contains(word)),
            "{text:?}: {:?}",
            source.image().warnings
        );
    }
    std::fs::write(path.with_extension("tfw"), "0,5\n0\n0\n-0,5\n100,25\n199,75\n")?;
    std::fs::write(path.with_extension("prj"), Crs::from_epsg(25832)?.to_wkt())?;
    let source = open(&path)?;
    assert_eq!(
        source.image().transform.map(GeoTransform::to_gdal),
        Some([100.0, 0.5, 0.0, 200.0, 0.0, -0.5])
    );
    assert_eq!(source.image().crs.as_ref().and_then(Crs::epsg), Some(25832));
    assert_eq!(source.image().about.files.len(), 3);
    Ok(())
}

#[test]
fn lying_control_points_are_left_without_a_place() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = image(folder.path(), "a.tif", None)?;
    for list in [
        points(2, |_, _| (f64::NAN, f64::INFINITY)),
        points(3, |x, _| (x, x)),
        points(3, |_, _| (1e300, 1e300)),
        r#"<PAMDataset><GCPList><GCP Pixel="1" Line="2" X="3" Y="4"/></GCPList></PAMDataset>"#.to_owned(),
        format!(
            "<PAMDataset><GCPList>{}</GCPList></PAMDataset>",
            r#"<GCP Pixel="1" Line="2" X="3" Y="4"/>"#.repeat(50_000)
        ),
    ] {
        beside(&path, ".aux.xml", &list)?;
        let source = open(&path)?;
        assert!(source.image().warp.is_none() && source.image().transform.is_none());
        assert!(source.image().about.control_points.len() <= 10_000);
    }
    Ok(())
}

#[test]
fn the_samples_that_only_control_points_place_are_placed() -> Outcome {
    let Some(root) = std::env::var_os("ORTHOSCOPE_SAMPLES").map(PathBuf::from) else {
        eprintln!("SKIPPED: ORTHOSCOPE_SAMPLES does not name a folder");
        return Ok(());
    };
    for (name, count, most_px) in [
        ("geotiff_variants/georust-gdal/gcp.tif", 210, 0.1),
        ("geotiff_variants/geotools/box_gcp.tif", 3, 1e-6),
        ("sar/iw-vv.tiff", 210, 0.1),
    ] {
        let source = open(&root.join(name))?;
        let warp = source.image().warp.as_ref().ok_or(name)?;
        eprintln!("{name}: {}", source.image().placed_by().unwrap_or_default());
        assert!(warp.points().len() == count && warp.rms_px() < most_px, "{name}: {}", warp.rms_px());
    }
    Ok(())
}
