//! Spectra that a command is given: of places in the image, of regions, of libraries.

use std::path::Path;

use cubes::ImageCube;
use geo::{Coord, Geometry, MapCoords as _};
use project::{Project, Region, RegionId};
use raster::{ImageDescription, Source};
use spatial::{Crs, GeoTransform, Transformer};
use spectral::{Library, RegionStatistics};

use crate::args::PlaceArgs;
use crate::failure::Failure;

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

/// What the pixels are like whose middles lie in a region.
pub(crate) fn of_region(
    cube: &ImageCube,
    project: &Project,
    region: &Region,
) -> anyhow::Result<RegionStatistics> {
    let shape = in_pixels(cube.source().image(), project, region)?;
    Ok(cubes::of_region(cube, &shape, &|_| !crate::stop::is_wanted())?)
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

/// Reads a library and says what was odd about it.
pub(crate) fn library(path: &Path) -> anyhow::Result<Library> {
    let library = cubes::files::read(path)?;
    library.warnings.iter().for_each(|w| crate::output::note(&format!("{}: {w}", path.display())));
    Ok(library)
}

/// The bands that were asked for (from 1), else all; without those that the file calls bad unless they are
/// kept.
pub(crate) fn cube(source: &Source, wanted: &[usize], keep_bad: bool) -> anyhow::Result<ImageCube> {
    let bands = source.image().bands.len();
    if wanted.is_empty() {
        let cube = if keep_bad { ImageCube::of_all(source) } else { ImageCube::of_usable(source) };
        return cube.map_err(|error| match error {
            cubes::CubeError::AllBad => {
                let hint = "keep bad bands with --keep-bad, or choose bands with --bands";
                Failure::because(error.to_string(), hint)
            }
            other => other.into(),
        });
    }
    if let Some(wrong) = wanted.iter().find(|b| !(1..=bands).contains(*b)) {
        let hint = format!("bands are counted from 1 to {bands}");
        return Err(Failure::because(format!("There is no band {wrong}"), hint));
    }
    let bad: Vec<bool> = source.image().bands.iter().map(|b| b.bad).collect();
    Ok(ImageCube::new(source, wanted.iter().map(|b| b - 1).collect(), &bad)?)
}
