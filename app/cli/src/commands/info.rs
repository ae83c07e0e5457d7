//! `info`: what an image or a project is.

use std::collections::BTreeMap;
use std::path::Path;

use raster::{BandDescription, ImageDescription, Source};
use serde_json::{Value, json};
use spatial::{GeoTransform, format};

use crate::args::InfoArgs;
use crate::output::{Output, table};
use crate::workspace::{self, is_project};

pub(crate) fn run(args: &InfoArgs, output: &Output) -> anyhow::Result<()> {
    if is_project(&args.file) {
        return workspace::describe(&args.file, output);
    }
    let source = Source::open(&args.file)?;
    output.result(&imagery_json(&args.file, &source), || imagery_text(&source))
}

fn imagery_json(path: &Path, source: &Source) -> Value {
    let image = source.image();
    let overviews: Vec<[u32; 2]> =
        source.pyramid().levels()[1..].iter().map(|l| [l.width, l.height]).collect();
    json!({
        "kind": "imagery",
        "path": path,
        "driver": image.driver,
        "width": image.width,
        "height": image.height,
        "bands": image.bands.iter().map(band_json).collect::<Vec<_>>(),
        "crs": image.crs.as_ref().map(|crs| json!({ "epsg": crs.epsg(), "name": crs.name(), "wkt": crs.wkt() })),
        "transform": image.transform.map(GeoTransform::to_gdal),
        "bounds": bounds(image),
        "overviews": overviews,
        "compression": image.compression,
        "interleave": image.interleave,
        "tiled": image.tiled,
        "alpha": image.has_alpha,
        "mask": image.has_mask,
        "metadata": image.metadata.iter().cloned().collect::<BTreeMap<String, String>>(),
        "warnings": image.warnings,
    })
}

fn band_json(band: &BandDescription) -> Value {
    json!({
        "index": band.index + 1,
        "name": band.name,
        "dtype": band.dtype,
        "color": format!("{:?}", band.color).to_lowercase(),
        "wavelength_nm": band.wavelength_nm,
        "fwhm_nm": band.fwhm_nm,
        "bad": band.bad,
        "no_data": band.no_data,
    })
}

fn bounds(image: &ImageDescription) -> Option<[f64; 4]> {
    let rect = image.transform?.bounds(image.width, image.height);
    Some([rect.min().x, rect.min().y, rect.max().x, rect.max().y])
}

fn imagery_text(source: &Source) -> String {
    let image = source.image();
    let size = format!("{} × {}", format::count(image.width.into()), format::pixels(image.height.into()));
    let bands: Vec<String> = image.bands.iter().map(band_text).collect();
    let levels: Vec<String> =
        source.pyramid().levels()[1..].iter().map(|l| format!("{}×{}", l.width, l.height)).collect();
    let crs =
        image.crs.as_ref().map_or("none (pixel space)".into(), |c| format!("{} {}", c.label(), c.name()));
    let mut rows = vec![
        ("File", format!("{} ({}, {})", image.name, image.driver, image.compression)),
        ("Size", size),
        ("Bands", bands.join("; ")),
        ("CRS", crs),
        ("Overviews", if levels.is_empty() { "none".into() } else { levels.join(", ") }),
    ];
    if let Some(transform) = image.transform {
        let (x, y) = transform.pixel_size();
        rows.push(("Pixel", format!("{x} × {y} CRS units")));
    }
    if let Some([x0, y0, x1, y1]) = bounds(image) {
        rows.push(("Bounds", format!("{x0} {y0} … {x1} {y1}")));
    }
    rows.extend(image.warnings.iter().map(|w| ("Note", w.clone())));
    table(&rows)
}

fn band_text(band: &BandDescription) -> String {
    let name = band.name.as_ref().map(|n| format!(" {n}")).unwrap_or_default();
    let wavelength = band.wavelength_nm.map(|nm| format!(" {nm} nm")).unwrap_or_default();
    let no_data = band.no_data.map(|v| format!(" no-data {v}")).unwrap_or_default();
    format!("{} {}{name}{wavelength}{no_data}", band.index + 1, band.dtype)
}
