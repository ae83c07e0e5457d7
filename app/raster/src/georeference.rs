//! Where an image lies: from GeoKeys and model tags, `.aux.xml`, world file and `.prj`, or by ground control
//! points alone.

use std::path::{Path, PathBuf};

use spatial::{Crs, GeoTransform, Warp};

use crate::about::GroundPoint;
use crate::directory::TagValue;
use crate::file::small_text;
use crate::geokeys::GeoKeys;
use crate::geokeys_write;
use crate::ifd::{Directory, Tiff};
use crate::pam::{self, Pam};
use crate::{control, geokeys, tags, user_crs};

/// Where an image lies, as far as is known.
#[derive(Clone, Debug, Default)]
pub(crate) struct Georeference {
    pub(crate) transform: Option<GeoTransform>,
    pub(crate) crs: Option<Crs>,
    pub(crate) pixel_is_point: bool,
    pub(crate) control_points: Vec<GroundPoint>,
    /// The way through the control points, where nothing else places the image; `transform` is then the
    /// affine map that comes nearest.
    pub(crate) warp: Option<Warp>,
    pub(crate) coordinate_epoch: Option<f64>,
    /// Unit of heights, where the CRS has a vertical one.
    pub(crate) height_unit: Option<&'static str>,
    /// The file says what its coordinates are of: of pixels or their centres.
    pub(crate) says_raster_type: bool,
    /// Files beside the image that were used.
    pub(crate) files: Vec<PathBuf>,
}

impl Georeference {
    /// From the tags of a TIFF directory.
    pub(crate) fn from_tiff(tiff: &Tiff, dir: &Directory, warnings: &mut Vec<String>) -> Self {
        let keys = GeoKeys::read(tiff, dir);
        let pixel_is_point = keys.pixel_is_point();
        let doubles = |tag| dir.entry(tag).and_then(|e| tiff.doubles(e).ok()).unwrap_or_default();
        let tiepoints = doubles(tags::MODEL_TIEPOINT);
        let corner = model_transform(
            &doubles(tags::MODEL_PIXEL_SCALE),
            &tiepoints,
            &doubles(tags::MODEL_TRANSFORMATION),
            warnings,
        );
        let shifted = corner.map(|t| if pixel_is_point { centre_to_corner(t) } else { t });
        let transform = shifted.and_then(|t| checked(t, warnings));
        let control_points = match corner {
            Some(_) => Vec::new(),
            None => control::from_tiepoints(&tiepoints, pixel_is_point, warnings),
        };
        let crs = user_crs::read(&keys, warnings);
        let coordinate_epoch = keys.double(geokeys::COORDINATE_EPOCH);
        Self {
            transform,
            crs,
            pixel_is_point,
            control_points,
            coordinate_epoch,
            height_unit: height_unit(&keys),
            says_raster_type: keys.code(geokeys::GT_RASTER_TYPE).is_some(),
            ..Self::default()
        }
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
    /// fill what is missing (GDAL's order). Where nothing else places the image, its control points do.
    pub(crate) fn add_neighbours(&mut self, image: &Path, warnings: &mut Vec<String>) {
        if let Some(pam) = Pam::beside(image) {
            self.add_pam(&pam, warnings);
            self.files.extend(pam::place(image));
        }
        if self.transform.is_none() {
            let found = world_file_names(image).into_iter().find_map(|path| Some((small_text(&path)?, path)));
            if let Some((text, path)) = found {
                let numbers = world_file(&text);
                if numbers.is_none() {
                    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                    warnings.push(format!("{name} beside it does not hold six numbers and was left out."));
                }
                self.transform = numbers.and_then(|n| checked(n, warnings));
                self.files.push(path);
            }
        }
        if self.crs.is_none() && self.transform.is_some() {
            let mut paths = ["prj", "PRJ"].iter().map(|e| image.with_extension(e));
            if let Some((text, path)) = paths.find_map(|path| Some((small_text(&path)?, path))) {
                self.crs = parse_crs(&text, warnings);
                self.files.push(path);
            }
        }
        self.place_by_control_points(warnings);
    }

    /// What `.aux.xml` or a mosaic says; it wins.
    pub(crate) fn add_pam(&mut self, pam: &Pam, warnings: &mut Vec<String>) {
        if let Some(transform) = pam.transform.and_then(|numbers| checked(numbers, warnings)) {
            self.transform = Some(transform);
        }
        if let Some(text) = &pam.srs {
            self.crs = parse_crs(text, warnings).or_else(|| self.crs.take());
            self.coordinate_epoch = pam.coordinate_epoch.or(self.coordinate_epoch);
        }
        if !pam.control_points.is_empty() {
            self.control_points.clone_from(&pam.control_points);
            if let Some(text) = pam.control_srs.as_ref().filter(|_| pam.srs.is_none()) {
                self.crs = parse_crs(text, warnings).or_else(|| self.crs.take());
            }
        }
    }

    /// Fits a map through the control points of an image that nothing else places.
    pub(crate) fn place_by_control_points(&mut self, warnings: &mut Vec<String>) {
        if self.transform.is_none() {
            self.warp = control::warp(&self.control_points, warnings);
            self.transform = self.warp.as_ref().map(Warp::affine);
        }
    }
}

fn height_unit(keys: &GeoKeys) -> Option<&'static str> {
    match keys.code(geokeys::VERTICAL_UNITS) {
        Some(9001) => Some("metre"),
        Some(9002) => Some("foot"),
        Some(9003) => Some("US survey foot"),
        // Heights of a coded system are in metres unless it says otherwise.
        None => keys.code(geokeys::VERTICAL_CRS).map(|_| "metre"),
        Some(_) => None,
    }
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
    None
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
        .take(6)
        .map_while(|l| l.replace(',', ".").parse().ok())
        .collect();
    let [a, d, b, e, c, f, ..] = numbers[..] else { return None };
    Some(centre_to_corner([c, a, b, f, d, e]))
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
}
