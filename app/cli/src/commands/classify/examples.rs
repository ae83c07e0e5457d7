//! Pixels whose class is known: those under the shapes of a file.

use std::collections::BTreeMap;

use dataset::{Limits, Place, read_features};
use geo::{BoundingRect as _, Coord, Geometry, LineString, MapCoords as _, Polygon};
use project::{AttributeValue, CoordinateSpace, Feature};
use raster::ImageDescription;
use segment::{Bins, Examples, fence};
use spatial::{Crs, GeoTransform, Transformer};

use super::tiles::Tiles;
use crate::args::ClassifyArgs;
use crate::failure::Failure;

/// Properties that name a class, where nobody says which does.
const NAMES: [&str; 5] = ["class", "label", "code", "type", "name"];
/// The most pixels of the box around one shape.
const MOST_PIXELS: f64 = 2e8;

/// The class of a shape, and the pixels in it.
type Shape = (String, Vec<(u32, u32)>);

/// What the file says of pixels.
#[derive(Debug)]
pub(super) struct Known {
    /// Names of the classes, in their order.
    pub(super) names: Vec<String>,
    /// Pixels that are learnt from, column and row, in the order of reading by tiles.
    pub(super) pixels: Vec<(u32, u32)>,
    /// The class of each, from 0.
    pub(super) classes: Vec<u8>,
    /// The shape that each is from.
    pub(super) shape_of: Vec<usize>,
    shapes: Vec<u8>,
    /// Shapes that show nothing, and why.
    pub(super) left_out: Vec<String>,
}

impl Known {
    /// How many pixels of a class are learnt from.
    pub(super) fn count(&self, class: usize) -> usize {
        self.classes.iter().filter(|c| usize::from(**c) == class).count()
    }

    /// Every fifth shape of a class (the second, where there are fewer), to ask about.
    pub(super) fn shapes_held_out(&self) -> Vec<bool> {
        let mut seen: BTreeMap<u8, usize> = BTreeMap::new();
        let number = |class: &u8| {
            let seen = seen.entry(*class).or_default();
            *seen += 1;
            (*seen - 1) % 5 == 1
        };
        self.shapes.iter().map(number).collect()
    }
}

/// Reads the shapes and finds the pixels whose middles lie in them.
pub(super) fn gather(args: &ClassifyArgs, image: &ImageDescription) -> anyhow::Result<Known> {
    let file = read_features(&args.from, &Limits::default())?;
    let mut left_out: Vec<String> =
        file.rejected.iter().map(|r| format!("{}: {}", place(r.at), r.reason)).collect();
    let mut shapes: Vec<Shape> = Vec::new();
    for feature in &file.features {
        match shape(feature, args, image) {
            Ok((name, pixels)) if !pixels.is_empty() => shapes.push((name, pixels)),
            Ok(_) => left_out.push(format!("shape {}: no pixel lies in it", feature.index + 1)),
            Err(why) => left_out.push(format!("shape {}: {why}", feature.index + 1)),
        }
    }
    let mut names: Vec<String> = shapes.iter().map(|(name, _)| name.clone()).collect();
    names.sort();
    names.dedup();
    if names.len() < 2 {
        let why = left_out.first().map(|first| format!(" ({first})")).unwrap_or_default();
        let what =
            format!("{} shows {} of the two classes that it takes{why}", args.from.display(), names.len());
        return Err(Failure::because(
            what,
            "draw shapes of at least two classes, and name the property with --attribute",
        ));
    }
    if names.len() > 255 {
        return Err(Failure::because("There are more than 255 classes", "join some of them"));
    }
    Ok(chosen(names, &shapes, args.examples.max(1), left_out))
}

fn place(at: Place) -> String {
    match at {
        Place::Index(index) => format!("shape {}", index + 1),
        Place::Line(line) => format!("line {line}"),
    }
}

/// So many of each class, evenly from all of its shapes; a pixel that two shapes hold is the first one's.
fn chosen(names: Vec<String>, shapes: &[Shape], most: usize, left_out: Vec<String>) -> Known {
    let class_of = |name: &String| names.binary_search(name).unwrap_or(0) as u8;
    let mut all = vec![0_usize; names.len()];
    for (name, pixels) in shapes {
        all[usize::from(class_of(name))] += pixels.len();
    }
    let mut seen = vec![0_usize; names.len()];
    let mut taken: BTreeMap<(u32, u32), (u8, usize)> = BTreeMap::new();
    for (number, (name, pixels)) in shapes.iter().enumerate() {
        let class = class_of(name);
        let (of_class, total) = (&mut seen[usize::from(class)], all[usize::from(class)]);
        for pixel in pixels {
            // Evenly: as often as the share of those wanted goes over a whole number.
            let wanted = most.min(total) as u128;
            let (before, after) = (*of_class as u128, *of_class as u128 + 1);
            *of_class += 1;
            if after * wanted / total as u128 > before * wanted / total as u128 {
                taken.entry((pixel.1, pixel.0)).or_insert((class, number));
            }
        }
    }
    let shapes = shapes.iter().map(|(name, _)| class_of(name)).collect();
    let mut known =
        Known { names, pixels: Vec::new(), classes: Vec::new(), shape_of: Vec::new(), shapes, left_out };
    for ((row, column), (class, shape)) in taken {
        known.pixels.push((column, row));
        known.classes.push(class);
        known.shape_of.push(shape);
    }
    known
}

fn shape(feature: &Feature, args: &ClassifyArgs, image: &ImageDescription) -> Result<Shape, String> {
    let property = |name: &str| match feature.properties.get(name) {
        Some(AttributeValue::Text(text)) if !text.is_empty() => Some(text.clone()),
        Some(AttributeValue::Number(number)) => Some(number.to_string()),
        Some(AttributeValue::Integer(number)) => Some(number.to_string()),
        _ => None,
    };
    let name = match &args.attribute {
        Some(name) => property(name).ok_or_else(|| format!("it has no `{name}`"))?,
        None => NAMES.iter().find_map(|name| property(name)).ok_or("no property names its class")?,
    };
    let geometry = match (&feature.image_geometry, &feature.geometry) {
        (Some(pixels), _) => pixels.clone(),
        (None, Some(shape)) => in_pixels(shape, &feature.space, image)?,
        (None, None) => return Err("it has no shape".to_owned()),
    };
    Ok((name, pixels_in(&geometry, image)?))
}

/// GeoJSON that names no CRS is in degrees, unless the image has no CRS.
fn in_pixels(
    shape: &Geometry<f64>,
    space: &CoordinateSpace,
    image: &ImageDescription,
) -> Result<Geometry<f64>, String> {
    let degrees = || Crs::from_epsg(4326).map_err(|error| error.to_string());
    let from = match (space, &image.crs) {
        (CoordinateSpace::Image, _) | (CoordinateSpace::Unstated, None) => return Ok(shape.clone()),
        (CoordinateSpace::Crs(_), None) => {
            return Err("the image does not say in which CRS it lies".to_owned());
        }
        (CoordinateSpace::Crs(from), Some(_)) => from.as_ref().clone(),
        (CoordinateSpace::Unstated, Some(_)) => degrees()?,
    };
    let Some(own) = &image.crs else { return Ok(shape.clone()) };
    let transformer = Transformer::new(&from, own).map_err(|error| error.to_string())?;
    let world = transformer.convert_geometry(shape).ok_or("it lies where the image's CRS does not reach")?;
    let transform = image.transform.unwrap_or(GeoTransform::PIXELS);
    Ok(world.map_coords(|c| transform.image_from_world(c)))
}

/// Columns and rows of the pixels whose middles lie in it.
fn pixels_in(shape: &Geometry<f64>, image: &ImageDescription) -> Result<Vec<(u32, u32)>, String> {
    let polygons: Vec<&Polygon<f64>> = match shape {
        Geometry::Polygon(one) => vec![one],
        Geometry::MultiPolygon(many) => many.0.iter().collect(),
        Geometry::Point(point) => return Ok(at(point.0, image).into_iter().collect()),
        Geometry::MultiPoint(many) => return Ok(many.iter().filter_map(|p| at(p.0, image)).collect()),
        _ => return Err("it is neither an area nor a point".to_owned()),
    };
    let bounds = shape.bounding_rect().ok_or("it is empty")?;
    let clamp = |v: f64, size: u32| v.clamp(0.0, f64::from(size));
    let left = clamp(bounds.min().x.floor(), image.width);
    let top = clamp(bounds.min().y.floor(), image.height);
    let right = clamp(bounds.max().x.ceil(), image.width);
    let bottom = clamp(bounds.max().y.ceil(), image.height);
    let (width, height) = (right - left, bottom - top);
    if width * height > MOST_PIXELS {
        return Err("it is too large to be an example".to_owned());
    }
    if width < 1.0 || height < 1.0 {
        return Ok(Vec::new());
    }
    let place = |ring: &LineString<f64>| ring.0.iter().map(|c| (c.x - left, c.y - top)).collect::<Vec<_>>();
    let rings: Vec<Vec<(f64, f64)>> = polygons
        .iter()
        .flat_map(|polygon| std::iter::once(polygon.exterior()).chain(polygon.interiors()))
        .map(place)
        .collect();
    let width = width as usize;
    let mut inside = vec![false; width * height as usize];
    fence(&mut inside, width, &rings, false);
    let pixel = |i: usize| (left as u32 + (i % width) as u32, top as u32 + (i / width) as u32);
    Ok(inside.iter().enumerate().filter(|(_, inside)| **inside).map(|(i, _)| pixel(i)).collect())
}

fn at(c: Coord<f64>, image: &ImageDescription) -> Option<(u32, u32)> {
    let inside = c.x >= 0.0 && c.y >= 0.0 && c.x < f64::from(image.width) && c.y < f64::from(image.height);
    inside.then_some((c.x as u32, c.y as u32))
}

/// The features of the known pixels in bytes, and how values became bytes.
pub(super) fn of_pixels(tiles: &Tiles, known: &Known, done: &dyn Fn()) -> anyhow::Result<(Examples, Bins)> {
    let raw = tiles.values_at(&known.pixels, done)?;
    let features = tiles.features();
    let column = |feature: usize| raw.iter().skip(feature).step_by(features).copied().collect();
    let bins = Bins::new((0..features).map(column));
    let mut rows = vec![0; raw.len()];
    for feature in 0..features {
        let column: Vec<f32> = raw.iter().skip(feature).step_by(features).copied().collect();
        bins.put(feature, &column, &mut rows, features);
    }
    Ok((Examples { rows, labels: known.classes.clone(), features }, bins))
}
