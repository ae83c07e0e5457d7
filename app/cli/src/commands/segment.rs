//! `segment`: one object of an image by a few places or a box, without any weights or by a network's.

mod model;

use std::path::Path;
use std::time::Instant;

use cubes::ImageCube;
use geo::{Coord, Geometry, MapCoords as _, MultiPolygon};
use raster::write::{self, NewImage, WriteOptions};
use raster::{ColorRole, ImageDescription, SampleBuffer, SampleType, Source};
use segment::{Area, Image, Prompt, SelectOptions, Selected, outlines, select, spread_samples};
use serde_json::{Value, json};
use spatial::GeoTransform;

use crate::args::{PlaceArgs, SegmentArgs};
use crate::failure::Failure;
use crate::output::Output;
use crate::{spectra, stop, workspace};

/// The most values that are read: a window of 4000 × 4000 pixels of three bands.
const MOST_VALUES: u64 = 48_000_000;
/// Bands that are looked at where nobody chose any and none are red, green and blue.
const FIRST_BANDS: usize = 8;
/// Pieces of fewer pixels are left out of the outline.
const CHIP_PX: usize = 4;

pub(crate) fn run(args: &SegmentArgs, output: &Output) -> anyhow::Result<()> {
    stop::listen();
    if let Some(path) = &args.output {
        form(path)?;
    }
    let source = open(args)?;
    let image = source.image();
    let asked = asked(args, image)?;
    let said = match &args.model {
        Some(file) => model::ask(args, file, &source, &asked)?,
        None => by_method(args, &source, &asked)?,
    };
    let shape = outline(&said, image)?;
    if let Some(path) = &args.output {
        match form(path)? {
            Form::Mask => write_mask(path, &said, image)?,
            Form::Outline => write_outline(path, &shape, &said, image)?,
        }
    }
    let mut value = json!({
        "polygon": geojson::Geometry::from(&shape),
        "crs": image.crs.as_ref().and_then(spatial::Crs::epsg).map(|code| format!("EPSG:{code}")),
        "score": said.found.score,
        "method": said.method,
        "milliseconds": said.milliseconds,
        "pixels": said.found.pixels(),
        "path": args.output,
    });
    if let (Value::Object(all), Value::Object(more)) = (&mut value, said.more) {
        all.extend(more);
    }
    output.result(&value, || said.words)
}

/// What was found, and by whom.
struct Said {
    found: Selected,
    /// The part of the image that was looked at.
    window: Area,
    method: &'static str,
    milliseconds: f64,
    /// What else there is to say: an object, or nothing.
    more: Value,
    words: String,
}

/// Without any weights.
fn by_method(args: &SegmentArgs, source: &Source, asked: &Asked) -> anyhow::Result<Said> {
    let image = source.image();
    let window = window(asked, args.reach, image);
    let cube = spectra::cube(source, &bands(args, image), false)?;
    let pixels = read(&cube, window, true)?;
    let shift = |[x, y]: [u32; 2]| [x as usize - window.left, y as usize - window.top];
    let prompt = Prompt {
        this: asked.this.iter().copied().map(shift).collect(),
        not: asked.not.iter().copied().map(shift).collect(),
        around: asked.around.map(|([left, top], [right, bottom])| {
            let [x, y] = shift([left, top]);
            let (width, height) = ((right - left + 1) as usize, (bottom - top + 1) as usize);
            Area { left: x, top: y, width, height }
        }),
    };
    let options = SelectOptions {
        method: args.method.method(),
        superpixel_px: args.superpixel,
        tolerance: args.tolerance,
    };
    let began = Instant::now();
    let found = select(&pixels, &prompt, &options, &|| !stop::is_wanted())
        .map_err(|error| Failure::because(error.to_string(), error.hint()))?;
    let milliseconds = began.elapsed().as_secs_f64() * 1e3;
    let share = found.score * 100.0;
    let words =
        format!("{} pixels, {share:.0} % of the outline on edges, {milliseconds:.0} ms", found.pixels());
    Ok(Said { found, window, method: options.method.key(), milliseconds, more: Value::Null, words })
}

fn open(args: &SegmentArgs) -> anyhow::Result<Source> {
    if workspace::is_project(&args.file) {
        let project = workspace::load(&args.file)?;
        let layer = workspace::choose_layer(&project, args.layer.as_deref())?;
        return workspace::open_layer(&args.file, &project.layers()[&layer]);
    }
    if args.layer.is_some() {
        return Err(Failure::because("An image has no layers", "leave --layer out, or give a project"));
    }
    Ok(Source::open(&args.file)?)
}

/// What was asked for, in pixels of the image.
struct Asked {
    this: Vec<[u32; 2]>,
    not: Vec<[u32; 2]>,
    around: Option<([u32; 2], [u32; 2])>,
}

fn asked(args: &SegmentArgs, image: &ImageDescription) -> anyhow::Result<Asked> {
    let places = |at: Vec<String>| -> anyhow::Result<Vec<[u32; 2]>> {
        let given = PlaceArgs { at, crs: args.crs.clone(), px: args.px };
        Ok(spectra::places(&given, image)?.into_iter().map(|place| [place.column, place.row]).collect())
    };
    let around = match args.around[..] {
        [] => None,
        [x0, y0, x1, y1] => {
            let corners = places(vec![format!("{x0},{y0}"), format!("{x1},{y1}")])?;
            let [a, b] = [corners[0], corners[1]];
            Some(([a[0].min(b[0]), a[1].min(b[1])], [a[0].max(b[0]), a[1].max(b[1])]))
        }
        _ => return Err(Failure::because("--box wants four numbers", "give --box xmin,ymin,xmax,ymax")),
    };
    let (this, not) = (places(args.at.clone())?, places(args.not.clone())?);
    if this.is_empty() && around.is_none() {
        return Err(Failure::because(
            "Nothing says what is meant",
            "give --at X,Y or --box xmin,ymin,xmax,ymax",
        ));
    }
    Ok(Asked { this, not, around })
}

/// The part of the image that is looked at.
fn window(asked: &Asked, reach: u32, image: &ImageDescription) -> Area {
    let corners = asked.around.iter().flat_map(|(a, b)| [*a, *b]);
    let all: Vec<[u32; 2]> = corners.chain(asked.this.iter().chain(&asked.not).copied()).collect();
    let span = |axis: usize, size: u32| {
        let least = all.iter().map(|at| at[axis]).min().unwrap_or(0);
        let most = all.iter().map(|at| at[axis]).max().unwrap_or(0);
        let from = least.saturating_sub(reach);
        (from as usize, (most.saturating_add(reach).saturating_add(1).min(size) - from) as usize)
    };
    let ((left, width), (top, height)) = (span(0, image.width), span(1, image.height));
    Area { left, top, width, height }
}

/// From 1: those that were chosen, else the colours, else the first ones that are to be trusted.
fn bands(args: &SegmentArgs, image: &ImageDescription) -> Vec<usize> {
    if !args.bands.is_empty() {
        return args.bands.clone();
    }
    let of = |role: ColorRole| image.bands.iter().find(|band| band.color == role).map(|band| band.index + 1);
    if let (Some(red), Some(green), Some(blue)) =
        (of(ColorRole::Red), of(ColorRole::Green), of(ColorRole::Blue))
    {
        return vec![red, green, blue];
    }
    let usable = image.bands.iter().filter(|band| !band.bad && band.color != ColorRole::Alpha);
    usable.map(|band| band.index + 1).take(FIRST_BANDS).collect()
}

/// The window. `stretched`: each band so that most of its values lie between 0 and 1.
fn read(cube: &ImageCube, window: Area, stretched: bool) -> anyhow::Result<Image> {
    let values = (window.width * window.height * cube.bands().len()) as u64;
    if values > MOST_VALUES {
        let what = format!("{} × {} pixels are more than are looked at at once", window.width, window.height);
        return Err(Failure::because(what, "give a smaller --reach, or places that lie nearer together"));
    }
    let [x, y, width, height] = [window.left, window.top, window.width, window.height].map(|n| n as u32);
    let mut values: Vec<f32> =
        cube.window(x, y, width, height)?.into_iter().map(|value| value as f32).collect();
    for band in values.chunks_exact_mut(window.width * window.height).filter(|_| stretched) {
        let mut some = spread_samples(band);
        some.retain(|value| value.is_finite());
        some.sort_by(f32::total_cmp);
        let at = |share: usize| some.get(some.len() * share / 100).copied().unwrap_or(0.0);
        let (least, range) = (at(2), (at(98) - at(2)).max(f32::MIN_POSITIVE));
        for value in band {
            *value = (*value - least) / range;
        }
    }
    Image::new(window.width, window.height, cube.bands().len(), values)
        .map_err(|error| Failure::because(error.to_string(), error.hint()))
}

/// The outline in the image's CRS, or in pixels where it has none.
fn outline(said: &Said, image: &ImageDescription) -> anyhow::Result<Geometry<f64>> {
    let (found, window) = (&said.found, said.window);
    let (left, top) = ((window.left + found.area.left) as f64, (window.top + found.area.top) as f64);
    let transform = image.transform.unwrap_or(GeoTransform::PIXELS);
    let place = |c: Coord<f64>| transform.world_from_image(Coord { x: c.x + left, y: c.y + top });
    let pieces: MultiPolygon<f64> = outlines(&found.inside, found.area.width, CHIP_PX);
    let pieces = if pieces.0.is_empty() { outlines(&found.inside, found.area.width, 0) } else { pieces };
    let gdal = transform.to_gdal();
    let pixel = (gdal[1] * gdal[5] - gdal[2] * gdal[4]).abs().sqrt();
    let shape: Geometry<f64> = pieces.map_coords(place).into();
    let thin = spatial::geometry::simplify(&shape, 0.5 * pixel);
    thin.map_err(|error| Failure::because(error.to_string(), "try another method"))
}

enum Form {
    Mask,
    Outline,
}

fn form(path: &Path) -> anyhow::Result<Form> {
    match path.extension().map(|e| e.to_string_lossy().to_lowercase()).as_deref() {
        Some("tif" | "tiff") => Ok(Form::Mask),
        Some("geojson" | "json") => Ok(Form::Outline),
        _ => {
            let what = format!("{} is neither a mask nor an outline", path.display());
            Err(Failure::because(what, "give a name that ends in .tif or .geojson"))
        }
    }
}

/// 1 where it is and 0 elsewhere, as large as what was looked at.
fn write_mask(path: &Path, said: &Said, image: &ImageDescription) -> anyhow::Result<()> {
    let (found, window) = (&said.found, said.window);
    let transform = image.transform.map(|transform| {
        let mut gdal = transform.to_gdal();
        let origin = transform.world_from_image(Coord { x: window.left as f64, y: window.top as f64 });
        (gdal[0], gdal[3]) = (origin.x, origin.y);
        gdal
    });
    let transform = transform.and_then(GeoTransform::new);
    let new = NewImage::new(window.width as u32, window.height as u32, SampleType::U8, &[ColorRole::Gray])
        .at(image.crs.clone(), transform);
    let mut mask = vec![0_u8; window.width * window.height];
    for (pixel, _) in found.inside.iter().enumerate().filter(|(_, inside)| **inside) {
        let (x, y) = (pixel % found.area.width, pixel / found.area.width);
        mask[(found.area.top + y) * window.width + found.area.left + x] = 1;
    }
    Ok(write::image(path, &new, &WriteOptions::default(), &SampleBuffer::U8(mask))?)
}

fn write_outline(
    path: &Path,
    shape: &Geometry<f64>,
    said: &Said,
    image: &ImageDescription,
) -> anyhow::Result<()> {
    let properties = json!({ "score": said.found.score, "method": said.method });
    let feature =
        json!({ "type": "Feature", "properties": properties, "geometry": geojson::Geometry::from(shape) });
    let mut whole = json!({ "type": "FeatureCollection", "features": [feature] });
    if let Some(code) = image.crs.as_ref().and_then(spatial::Crs::epsg) {
        let name = format!("urn:ogc:def:crs:EPSG::{code}");
        whole["crs"] = json!({ "type": "name", "properties": Value::from_iter([("name", name)]) });
    }
    workspace::write_whole(path, serde_json::to_string_pretty(&whole)?.as_bytes())
}
