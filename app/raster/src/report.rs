//! An image as one JSON document: everything that `gdalinfo -json -stats` knows, under names of our own.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use spatial::{Crs, GeoTransform, Transformer};

use crate::about::{Domain, Domains};
use crate::describe::{BandDescription, ColorRole, ImageDescription};
use crate::source::Source;
use crate::statistics::BandStatistics;

/// The document. Statistics are put to their bands; none are computed here.
pub fn json(source: &Source, statistics: &[BandStatistics]) -> Value {
    let image = source.image();
    let found = |band: &BandDescription| statistics.iter().find(|s| s.band == band.index);
    let overviews: Vec<[u32; 2]> =
        source.pyramid().levels()[1..].iter().map(|l| [l.width, l.height]).collect();
    json!({
        "kind": "imagery",
        "path": source.path(),
        "driver": image.driver,
        "format": image.about.format,
        "files": image.about.files,
        "width": image.width,
        "height": image.height,
        "bands": image.bands.iter().map(|b| band(image, b, found(b))).collect::<Vec<_>>(),
        "crs": image.crs.as_ref().map(|c| crs(c, image.about.coordinate_epoch)),
        "transform": image.transform.map(GeoTransform::to_gdal),
        "bounds": bounds(image),
        "corners": corners(image),
        "wgs84_extent": wgs84_extent(image),
        "control_points": control_points(image),
        "overviews": overviews,
        "stored_overviews": image.about.overviews,
        "compression": image.compression,
        "interleave": image.interleave,
        "tiled": image.tiled,
        "alpha": image.has_alpha,
        "mask": image.has_mask,
        "pixel_is_point": image.pixel_is_point,
        "metadata": image.metadata.iter().cloned().collect::<BTreeMap<String, String>>(),
        "domains": domains(&image.about.domains),
        "pages": image.about.pages,
        "page": image.about.page,
        "taken": image.about.taken,
        "warnings": image.warnings.iter().cloned().chain(source.doubts()).collect::<Vec<_>>(),
    })
}

/// xmin, ymin, xmax, ymax in the image's CRS; `None` where it lies nowhere.
pub fn bounds(image: &ImageDescription) -> Option<[f64; 4]> {
    let rect = image.transform?.bounds(image.width, image.height);
    Some([rect.min().x, rect.min().y, rect.max().x, rect.max().y])
}

fn crs(crs: &Crs, epoch: Option<f64>) -> Value {
    let wkt = crs.wkt().map_or_else(|| crs.to_wkt(), str::to_owned);
    let mut value = json!({ "epsg": crs.epsg(), "name": crs.name(), "wkt": wkt, "proj4": crs.proj4() });
    if let Some(epoch) = epoch {
        value["coordinate_epoch"] = json!(epoch);
    }
    value
}

fn band(image: &ImageDescription, band: &BandDescription, statistics: Option<&BandStatistics>) -> Value {
    let mut value = json!({
        "index": band.index + 1,
        "name": band.name,
        "dtype": band.dtype,
        "color": format!("{:?}", band.color).to_lowercase(),
        "origin": format!("{:?}", band.origin).to_lowercase(),
        "wavelength_nm": band.wavelength_nm,
        "fwhm_nm": band.fwhm_nm,
        "bad": band.bad,
        "no_data": number(band.no_data),
        "scale": number(band.scale),
        "offset": number(band.offset),
        "unit": band.about.unit,
        "block": [band.about.block.0, band.about.block.1],
        "mask": mask(image, band),
        "metadata": band.about.domains.items(""),
        "domains": domains(&band.about.domains),
    });
    if !band.about.categories.is_empty() {
        value["categories"] = json!(band.about.categories);
    }
    if !band.about.colors.is_empty() {
        value["color_table"] = json!(band.about.colors);
    }
    if let Some(found) = statistics {
        let share = 100.0 * found.valid as f64 / found.looked_at.max(1) as f64;
        let numbers = [
            ("min", found.min),
            ("max", found.max),
            ("mean", found.mean),
            ("std", found.std),
            ("valid_percent", share),
        ];
        for (key, n) in numbers {
            value[key] = number(Some(n));
        }
    }
    value
}

/// A number as JSON; what JSON has no number for, as the text that GDAL writes.
fn number(value: Option<f64>) -> Value {
    match value {
        None => Value::Null,
        Some(n) if n.is_nan() => json!("NaN"),
        Some(n) if n.is_infinite() => json!(if n > 0.0 { "Infinity" } else { "-Infinity" }),
        Some(n) => json!(n),
    }
}

/// Why a pixel of a band may be missing, and the overviews of the mask that says it.
fn mask(image: &ImageDescription, band: &BandDescription) -> Value {
    let is_alpha = band.color == ColorRole::Alpha;
    let flags: &[&str] = if image.has_mask {
        &["PER_DATASET"]
    } else if band.no_data.is_some() {
        &["NODATA"]
    } else if image.has_alpha && !is_alpha {
        &["PER_DATASET", "ALPHA"]
    } else {
        &["ALL_VALID"]
    };
    let overviews = match flags {
        ["PER_DATASET"] => &image.about.mask_overviews[..],
        ["PER_DATASET", ..] => &image.about.overviews[..],
        _ => &[],
    };
    json!({ "flags": flags, "overviews": overviews })
}

/// All groups but the main one.
fn domains(domains: &Domains) -> Value {
    let groups = domains.iter().filter(|(name, _)| !name.is_empty());
    let groups = groups.map(|(name, domain)| match domain {
        Domain::Items(items) => (name.to_owned(), json!(items)),
        Domain::Text(text) => (name.to_owned(), json!(text)),
    });
    Value::Object(groups.collect::<Map<String, Value>>())
}

/// Corners and centre in the image's CRS, in pixels where it lies nowhere.
fn corners(image: &ImageDescription) -> Value {
    let at = |x: f64, y: f64| {
        let (px, py) = (x * f64::from(image.width), y * f64::from(image.height));
        place(image, px, py)
    };
    json!({
        "upper_left": at(0.0, 0.0),
        "lower_left": at(0.0, 1.0),
        "lower_right": at(1.0, 1.0),
        "upper_right": at(1.0, 0.0),
        "center": at(0.5, 0.5),
    })
}

fn place(image: &ImageDescription, px: f64, py: f64) -> [f64; 2] {
    let p = (px, py).into();
    match (&image.warp, image.transform) {
        (Some(warp), _) => {
            let there = warp.world_from_image(p);
            [there.x, there.y]
        }
        (None, Some(transform)) => {
            let there = transform.world_from_image(p);
            [there.x, there.y]
        }
        (None, None) => [px, py],
    }
}

/// The outline in degrees on WGS 84, as GeoJSON; null where it has none.
fn wgs84_extent(image: &ImageDescription) -> Option<Value> {
    image.transform?;
    let way = Transformer::new(image.crs.as_ref()?, &Crs::wgs84()).ok()?;
    let (w, h) = (f64::from(image.width), f64::from(image.height));
    let mut ring = Vec::new();
    for (x, y) in [(0.0, 0.0), (0.0, h), (w, h), (w, 0.0), (0.0, 0.0)] {
        let [x, y] = place(image, x, y);
        let there = way.convert((x, y).into())?;
        ring.push([there.x, there.y]);
    }
    Some(json!({ "type": "Polygon", "coordinates": [ring] }))
}

fn control_points(image: &ImageDescription) -> Option<Value> {
    if image.about.control_points.is_empty() {
        return None;
    }
    let warp = image.warp.as_ref();
    Some(json!({
        "points": image.about.control_points,
        "method": warp.map(spatial::Warp::method),
        "rms_px": warp.map(spatial::Warp::rms_px),
        "rms_m": warp.and_then(|w| w.rms_m(image.crs.as_ref())),
    }))
}
