//! Where an image lies: from GeoKeys and model tags, `.aux.xml`, world file and `.prj`.

use std::path::Path;

use spatial::{Crs, GeoTransform};

use crate::directory::TagValue;
use crate::file::small_text;
use crate::geokeys::GeoKeys;
use crate::geokeys_write;
use crate::ifd::{Directory, Tiff};
use crate::{markup, tags, user_crs};

/// Where an image lies, as far as is known.
#[derive(Clone, Debug, Default)]
pub(crate) struct Georeference {
    pub(crate) transform: Option<GeoTransform>,
    pub(crate) crs: Option<Crs>,
    pub(crate) pixel_is_point: bool,
}

impl Georeference {
    /// From the tags of a TIFF directory.
    pub(crate) fn from_tiff(tiff: &Tiff, dir: &Directory, warnings: &mut Vec<String>) -> Self {
        let keys = GeoKeys::read(tiff, dir);
        let pixel_is_point = keys.pixel_is_point();
        let doubles = |tag| dir.entry(tag).and_then(|e| tiff.doubles(e).ok()).unwrap_or_default();
        let corner = model_transform(
            &doubles(tags::MODEL_PIXEL_SCALE),
            &doubles(tags::MODEL_TIEPOINT),
            &doubles(tags::MODEL_TRANSFORMATION),
            warnings,
        );
        let shifted = corner.map(|t| if pixel_is_point { centre_to_corner(t) } else { t });
        let transform = shifted.and_then(|t| checked(t, warnings));
        Self { transform, crs: user_crs::read(&keys, warnings), pixel_is_point }
    }

    /// Drops a geographic CRS whose image would lie far off the globe: then the file says it wrongly.
    pub(crate) fn check_extent(&mut self, width: u32, height: u32, warnings: &mut Vec<String>) {
        let (Some(crs), Some(transform)) = (&self.crs, self.transform) else { return };
        let bounds = transform.bounds(width, height);
        let farthest = [bounds.min().x, bounds.min().y, bounds.max().x, bounds.max().y]
            .iter()
            .fold(0.0_f64, |most, n| most.max(n.abs()));
        if crs.is_geographic() && farthest * crs.degrees_per_unit() > 1000.0 {
            warnings.push(format!(
                "It names {} but its coordinates are no degrees: the coordinate reference system was left out.",
                crs.label()
            ));
            self.crs = None;
        }
    }

    /// What files beside the image add: `.aux.xml` wins over the image itself, the world file and `.prj`
    /// fill what is missing (GDAL's order).
    pub(crate) fn add_neighbours(&mut self, image: &Path, warnings: &mut Vec<String>) {
        if let Some(xml) = with_suffix(image, "aux.xml").and_then(|p| small_text(&p)) {
            if let Some(numbers) = markup::first_text(&xml, "GeoTransform").and_then(|t| six_numbers(&t)) {
                self.transform = checked(numbers, warnings).or(self.transform);
            }
            if let Some(text) = markup::first_text(&xml, "SRS") {
                self.crs = parse_crs(&text, warnings).or_else(|| self.crs.take());
            }
        }
        if self.transform.is_none() {
            let text = world_file_names(image).iter().find_map(|path| small_text(path));
            if let Some(numbers) = text.and_then(|t| world_file(&t)) {
                self.transform = checked(numbers, warnings);
            }
        }
        if self.crs.is_none() && self.transform.is_some() {
            let text = ["prj", "PRJ"].iter().find_map(|e| small_text(&image.with_extension(e)));
            self.crs = text.and_then(|t| parse_crs(&t, warnings));
        }
    }
}

fn with_suffix(image: &Path, suffix: &str) -> Option<std::path::PathBuf> {
    let mut name = image.file_name()?.to_os_string();
    name.push(".");
    name.push(suffix);
    Some(image.with_file_name(name))
}

pub(crate) fn parse_crs(text: &str, warnings: &mut Vec<String>) -> Option<Crs> {
    match Crs::parse(text) {
        Ok(crs) => Some(crs),
        Err(error) => {
            let text = error.to_string();
            warnings
                .push(format!("The coordinate reference system was left out: {}.", shortened(&text, 300)));
            None
        }
    }
}

fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most).chain(std::iter::once('…')).collect()
}

pub(crate) fn checked(numbers: [f64; 6], warnings: &mut Vec<String>) -> Option<GeoTransform> {
    let transform = GeoTransform::new(numbers);
    if transform.is_none() {
        warnings.push("Its georeference holds impossible numbers and was left out.".into());
    }
    transform
}

/// From the coordinates of pixel centres to those of the outer corner.
fn centre_to_corner(t: [f64; 6]) -> [f64; 6] {
    [t[0] - f64::midpoint(t[1], t[2]), t[1], t[2], t[3] - f64::midpoint(t[4], t[5]), t[4], t[5]]
}

fn model_transform(
    scale: &[f64],
    tiepoints: &[f64],
    matrix: &[f64],
    warnings: &mut Vec<String>,
) -> Option<[f64; 6]> {
    if let ([sx, sy, ..], [i, j, _, x, y, ..]) = (scale, tiepoints)
        && *sx != 0.0
        && *sy != 0.0
    {
        if *sy < 0.0 {
            warnings.push("Its pixel height is negative; it is read as positive, as GDAL does.".into());
        }
        let (dx, dy) = (*sx, -sy.abs());
        return Some([x - i * dx, dx, 0.0, y - j * dy, 0.0, dy]);
    }
    if let [a, b, _, d, e, f, _, h, ..] = matrix
        && matrix.len() >= 16
    {
        return Some([*d, *a, *b, *h, *e, *f]);
    }
    if tiepoints.len() >= 18 {
        let fit = affine_through(tiepoints);
        if fit.is_none() {
            let n = tiepoints.len() / 6;
            warnings.push(format!(
                "It has {n} ground control points and no plain georeference; they are not used."
            ));
        }
        return fit;
    }
    None
}

/// The affine map through all tiepoints when there is one that misses none by more than a hundredth of
/// a pixel.
fn affine_through(tiepoints: &[f64]) -> Option<[f64; 6]> {
    let (points, _) = tiepoints.as_chunks::<6>();
    let [i0, j0, _, x0, y0, _] = *points.first()?;
    let [i1, j1, _, x1, y1, _] = *points.iter().find(|p| (p[0], p[1]) != (i0, j0))?;
    let cross = |p: &[f64; 6]| (i1 - i0) * (p[1] - j0) - (j1 - j0) * (p[0] - i0);
    let [i2, j2, _, x2, y2, _] = *points.iter().find(|p| cross(p).abs() > 1e-9)?;
    let det = (i1 - i0) * (j2 - j0) - (i2 - i0) * (j1 - j0);
    let solve = |v0: f64, v1: f64, v2: f64| {
        let across = ((v1 - v0) * (j2 - j0) - (v2 - v0) * (j1 - j0)) / det;
        let down = ((i1 - i0) * (v2 - v0) - (i2 - i0) * (v1 - v0)) / det;
        [v0 - i0 * across - j0 * down, across, down]
    };
    let ([a, b, c], [d, e, f]) = (solve(x0, x1, x2), solve(y0, y1, y2));
    let tolerance = 0.01 * b.hypot(e).max(c.hypot(f));
    let hits = |p: &[f64; 6]| {
        let (dx, dy) = (a + p[0] * b + p[1] * c - p[3], d + p[0] * e + p[1] * f - p[4]);
        dx.hypot(dy) <= tolerance
    };
    points.iter().all(hits).then_some([a, b, c, d, e, f])
}

/// The tags that say where a new image lies.
pub(crate) fn tags_for(crs: Option<&Crs>, transform: Option<GeoTransform>) -> Vec<(u16, TagValue)> {
    let mut all = Vec::new();
    if let Some([x, dx, rx, y, ry, dy]) = transform.map(GeoTransform::to_gdal) {
        if rx == 0.0 && ry == 0.0 && dx > 0.0 && dy < 0.0 {
            all.push((tags::MODEL_PIXEL_SCALE, TagValue::Doubles(vec![dx, -dy, 0.0])));
            all.push((tags::MODEL_TIEPOINT, TagValue::Doubles(vec![0.0, 0.0, 0.0, x, y, 0.0])));
        } else {
            let matrix = vec![dx, rx, 0.0, x, ry, dy, 0.0, y, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0];
            all.push((tags::MODEL_TRANSFORMATION, TagValue::Doubles(matrix)));
        }
    }
    if crs.is_some() || transform.is_some() {
        all.extend(geokeys_write::tags_for(crs));
    }
    all
}

/// World files that may stand beside an image, likeliest first.
fn world_file_names(image: &Path) -> Vec<std::path::PathBuf> {
    let extension = image.extension().and_then(|e| e.to_str()).unwrap_or_default();
    let chars: Vec<char> = extension.chars().collect();
    let mut names = Vec::new();
    if let [first, .., last] = chars[..] {
        names.push(format!("{first}{last}w"));
        names.push(format!("{first}{last}w").to_uppercase());
        names.push(format!("{extension}w"));
    }
    names.push("wld".into());
    names.push("WLD".into());
    names.iter().map(|e| image.with_extension(e)).collect()
}

/// Six lines: A, D, B, E and the centre C, F of the first pixel.
fn world_file(text: &str) -> Option<[f64; 6]> {
    let numbers: Vec<f64> = text
        .lines()
        .map(str::trim)
        .filter(|l| !l.is_empty())
        .map_while(|l| l.replace(',', ".").parse().ok())
        .collect();
    let [a, d, b, e, c, f, ..] = numbers[..] else { return None };
    Some(centre_to_corner([c, a, b, f, d, e]))
}

fn six_numbers(text: &str) -> Option<[f64; 6]> {
    let numbers: Vec<f64> = text.split(',').map_while(|n| n.trim().parse().ok()).collect();
    numbers.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_world_file_names_the_centre_of_the_first_pixel() {
        assert_eq!(
            world_file("0.5\n0\n0\n-0.5\n100.25\n199.75\n"),
            Some([100.0, 0.5, 0.0, 200.0, 0.0, -0.5])
        );
        assert_eq!(world_file("0.5\n0\nabc"), None);
    }

    #[test]
    fn a_tiepoint_inside_the_image_is_walked_back_to_the_corner() {
        let t =
            model_transform(&[2.0, 2.0, 0.0], &[10.0, 20.0, 0.0, 1000.0, 500.0, 0.0], &[], &mut Vec::new());
        assert_eq!(t, Some([980.0, 2.0, 0.0, 540.0, 0.0, -2.0]));
    }

    #[test]
    fn control_points_count_only_when_one_affine_map_meets_them_all() {
        let point = |i: f64, j: f64| [i, j, 0.0, 100.0 + 2.0 * i + j, 50.0 - 3.0 * j, 0.0];
        let mut points: Vec<f64> =
            [point(0.0, 0.0), point(9.0, 0.0), point(0.0, 7.0), point(9.0, 7.0)].concat();
        assert_eq!(affine_through(&points), Some([100.0, 2.0, 1.0, 50.0, 0.0, -3.0]));
        points[3] += 5.0;
        assert_eq!(affine_through(&points), None);
    }
}
