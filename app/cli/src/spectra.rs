//! Spectra that a command is given: of places in the image, of regions, of libraries.

use std::path::Path;

use geo::{BoundingRect as _, Coord, Geometry, Intersects as _, MapCoords as _, Point};
use project::{Project, Region, RegionId};
use raster::{ImageDescription, Source};
use spatial::{Crs, GeoTransform, Transformer};
use spectral::library::{csv, ecostress, envi};
use spectral::{Library, RegionStatistics, Spectrum};

use crate::args::PlaceArgs;
use crate::cube::ImageCube;
use crate::failure::Failure;
use crate::workspace::read_bytes;

/// The most bytes of a library.
const MOST_BYTES: u64 = 1 << 30;

/// A pixel that was asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    /// As it was given.
    pub(crate) x: f64,
    pub(crate) y: f64,
    pub(crate) column: u32,
    pub(crate) row: u32,
}

/// The pixels that were asked for with `--at`.
pub(crate) fn places(args: &PlaceArgs, image: &ImageDescription) -> anyhow::Result<Vec<Place>> {
    let given = args.crs.as_deref().map(Crs::parse).transpose()?;
    let transformer = match (&given, &image.crs) {
        (Some(given), Some(own)) => Some(Transformer::new(given, own)?),
        (Some(_), None) => {
            let hint = "give pixels with --px";
            return Err(Failure::because("The image does not say in which CRS it lies", hint));
        }
        _ => None,
    };
    let transform = image.transform.filter(|_| !args.px);
    let texts = args.at.iter().flat_map(|text| text.split([' ', ';']).filter(|part| !part.is_empty()));
    texts.map(|text| place(text, transformer.as_ref(), transform, image)).collect()
}

fn place(
    text: &str,
    transformer: Option<&Transformer>,
    transform: Option<GeoTransform>,
    image: &ImageDescription,
) -> anyhow::Result<Place> {
    let numbers: Vec<f64> = text.split(',').filter_map(|n| n.trim().parse().ok()).collect();
    let [x, y] = numbers[..] else {
        return Err(Failure::because(
            format!("`{text}` is not a place"),
            "give X,Y as in --at 366100,5807000",
        ));
    };
    let outside = || {
        let hint = format!("it is {} × {} pixels large; --px takes pixels", image.width, image.height);
        Failure::because(format!("{text} lies outside the image"), hint)
    };
    let world = match transformer {
        Some(transformer) => transformer.convert(Coord { x, y }).ok_or_else(outside)?,
        None => Coord { x, y },
    };
    let pixel = transform.map_or(world, |t| t.image_from_world(world));
    let inside = |v: f64, size: u32| (v >= 0.0 && v < f64::from(size)).then_some(v as u32);
    let column = inside(pixel.x, image.width).ok_or_else(outside)?;
    let row = inside(pixel.y, image.height).ok_or_else(outside)?;
    Ok(Place { x, y, column, row })
}

/// A region by its identity, or by the one it had in the file it came from.
pub(crate) fn region<'a>(project: &'a Project, wanted: &str) -> anyhow::Result<(RegionId, &'a Region)> {
    let by_id = wanted.parse::<RegionId>().ok().and_then(|id| project.regions().get(&id).map(|r| (id, r)));
    let mut by_source = project
        .regions()
        .iter()
        .filter(|(_, r)| r.source_id.as_deref() == Some(wanted))
        .map(|(id, r)| (*id, r));
    by_id.or_else(|| by_source.next()).map(|(id, region)| (id, region.as_ref())).ok_or_else(|| {
        let hint = "give the id of a region, or the one it had in the file it came from";
        Failure::because(format!("The project has no region `{wanted}`"), hint)
    })
}

/// What the pixels are like whose centres lie in a region.
pub(crate) fn of_region(
    source: &Source,
    cube: &ImageCube<'_>,
    project: &Project,
    region: &Region,
) -> anyhow::Result<RegionStatistics> {
    let shape = in_pixels(source.image(), project, region)?;
    let mut statistics = RegionStatistics::new(cube.bands.len());
    let nothing = || {
        let hint = "give the image that the region was drawn on";
        Failure::because("The region covers no pixel of the image", hint)
    };
    let (bounds, image) = (shape.bounding_rect().ok_or_else(nothing)?, source.image());
    let clamp = |v: f64, size: u32| v.floor().clamp(0.0, f64::from(size)) as u32;
    let (left, right) = (clamp(bounds.min().x, image.width), clamp(bounds.max().x + 1.0, image.width));
    let (top, bottom) = (clamp(bounds.min().y, image.height), clamp(bounds.max().y + 1.0, image.height));
    for row in top..bottom {
        for column in left..right {
            let centre = Point::new(f64::from(column) + 0.5, f64::from(row) + 0.5);
            if shape.intersects(&centre) {
                statistics.add(&cube.pixel(column, row)?);
            }
        }
    }
    if statistics.pixels() == 0 {
        return Err(nothing());
    }
    Ok(statistics)
}

/// A region in pixels of the image.
fn in_pixels(image: &ImageDescription, project: &Project, region: &Region) -> anyhow::Result<Geometry<f64>> {
    let own = match (project.crs(), &image.crs) {
        (Some(from), Some(to)) => Transformer::new(from, to)?.convert_geometry(&region.geometry),
        _ => Some(region.geometry.clone()),
    };
    let far = || Failure::because("The region lies where the image's CRS does not reach", "check the image");
    let transform = image.transform.unwrap_or(GeoTransform::PIXELS);
    Ok(own.ok_or_else(far)?.map_coords(|c| transform.image_from_world(c)))
}

/// Reads a library: ENVI by either of its files, ECOSTRESS and ASTER text, CSV.
pub(crate) fn library(path: &Path) -> anyhow::Result<Library> {
    let extension = path.extension().map(|e| e.to_string_lossy().to_lowercase()).unwrap_or_default();
    let bytes = |path: &Path| read_bytes(path, MOST_BYTES);
    let library = match extension.as_str() {
        "sli" | "slb" | "hdr" => {
            let header = path.with_extension("hdr");
            let values = if extension == "hdr" { path.with_extension("sli") } else { path.to_owned() };
            envi::read(&bytes(&header)?, &bytes(&values)?)?
        }
        "txt" => ecostress::read(&bytes(path)?)?,
        _ => csv::read(&bytes(path)?)?,
    };
    library.warnings.iter().for_each(|w| crate::output::note(&format!("{}: {w}", path.display())));
    Ok(library)
}

/// A spectrum of a library by the bands of the image: as it is where it has the same, resampled by their
/// widths elsewhere.
pub(crate) fn for_cube(cube: &ImageCube<'_>, spectrum: &Spectrum) -> anyhow::Result<Vec<f64>> {
    let bands = cube.bands.len();
    if spectrum.values.len() == bands {
        let is_near = |(a, b): (&f64, &f64)| (a - b).abs() < 0.5;
        match cube.wavelengths().filter(|_| spectrum.has_wavelengths()) {
            Some(own) if own.iter().zip(&spectrum.wavelength_nm).all(is_near) => {
                return Ok(spectrum.values.clone());
            }
            None => return Ok(spectrum.values.clone()),
            Some(_) => {}
        }
    }
    let target = cube.target().ok_or_else(|| {
        let what = format!("{} has {} values for {bands} bands", spectrum.name, spectrum.values.len());
        Failure::because(what, "the image names no wavelengths to resample by")
    })?;
    Ok(spectrum.resampled(&target)?.values)
}
