//! Scenes of one CRS as a mosaic: for each date its own bands, where they are of several dates.

use std::collections::BTreeMap;

use super::band_xml;
use super::list::Member;
use crate::error::Fault;
use crate::markup::escape;
use crate::taken;

/// Pixels of a side of the mosaic, at most.
const MOST_PX: f64 = 2_000_000_000.0;

/// Where all scenes lie together.
struct Grid {
    left: f64,
    top: f64,
    right: f64,
    bottom: f64,
    /// Width and height of the finest pixels.
    pixel: (f64, f64),
}

impl Grid {
    fn over(members: &[&Member]) -> Self {
        let mut grid = Self {
            left: f64::INFINITY,
            top: f64::NEG_INFINITY,
            right: f64::NEG_INFINITY,
            bottom: f64::INFINITY,
            pixel: (f64::INFINITY, f64::INFINITY),
        };
        for t in members.iter().map(|m| outline(m)) {
            grid.left = grid.left.min(t.0);
            grid.top = grid.top.max(t.1);
            grid.right = grid.right.max(t.2);
            grid.bottom = grid.bottom.min(t.3);
            grid.pixel = (grid.pixel.0.min(t.4), grid.pixel.1.min(t.5));
        }
        grid
    }

    fn size(&self) -> (f64, f64) {
        let side = |length: f64, pixel: f64| (length / pixel - 1e-6).ceil().max(1.0);
        (side(self.right - self.left, self.pixel.0), side(self.top - self.bottom, self.pixel.1))
    }

    /// Left, top, width and height of a scene in pixels of the mosaic.
    fn place(&self, member: &Member) -> (f64, f64, f64, f64) {
        let (left, top, right, bottom, ..) = outline(member);
        // Scenes of one grid meet it but for rounding.
        let near = |n: f64| if (n - n.round()).abs() < 1e-3 { n.round() } else { n };
        (
            near((left - self.left) / self.pixel.0),
            near((self.top - top) / self.pixel.1),
            near((right - left) / self.pixel.0),
            near((top - bottom) / self.pixel.1),
        )
    }
}

/// Left, top, right, bottom, and the size of a pixel.
fn outline(member: &Member) -> (f64, f64, f64, f64, f64, f64) {
    let [x, dx, _, y, _, dy] = member.image.transform.map_or([0.0; 6], spatial::GeoTransform::to_gdal);
    let (w, h) = member.size();
    (x, y, x + dx * f64::from(w), y + dy * f64::from(h), dx, -dy)
}

pub(super) fn mosaic(members: &[&Member], warnings: &mut Vec<String>) -> Result<String, Fault> {
    let crs = members[0].image.crs.as_ref();
    let label = |m: &Member| m.image.crs.as_ref().map_or_else(|| "none".to_owned(), spatial::Crs::label);
    if let Some(other) = members.iter().find(|m| label(m) != label(members[0])) {
        return Err(Fault::unsupported(format!(
            "the scenes in the folder have different coordinate reference systems ({} and, in {}, {})",
            label(members[0]),
            other.name(),
            label(other)
        )));
    }
    let count = members[0].bands().len();
    if let Some(other) = members.iter().find(|m| m.bands().len() != count) {
        return Err(Fault::unsupported(format!(
            "the scenes in the folder have different numbers of bands ({count} and, in {}, {})",
            other.name(),
            other.bands().len()
        )));
    }
    let grid = Grid::over(members);
    let (width, height) = grid.size();
    if !(width < MOST_PX && height < MOST_PX) {
        return Err(Fault::too_large(format!("the scenes in the folder span {width}×{height} pixels")));
    }
    let bands: String =
        by_date(members, warnings).iter().map(|(date, scenes)| bands_of(date, scenes, &grid)).collect();
    let srs = crs.map_or_else(String::new, |crs| {
        let text = crs.epsg().map_or_else(|| crs.to_wkt(), |code| format!("EPSG:{code}"));
        format!("<SRS>{}</SRS>", escape(&text))
    });
    let (left, top, (dx, dy)) = (grid.left, grid.top, grid.pixel);
    Ok(format!(
        r#"<VRTDataset rasterXSize="{width}" rasterYSize="{height}">{srs}<GeoTransform>{left}, {dx}, 0, {top}, 0, {}</GeoTransform>{bands}</VRTDataset>"#,
        -dy
    ))
}

/// Scenes by date; all under none where they are of one date, or where the date of one is not known.
fn by_date<'a>(members: &[&'a Member], warnings: &mut Vec<String>) -> BTreeMap<String, Vec<&'a Member>> {
    let mut dated: BTreeMap<String, Vec<&Member>> = BTreeMap::new();
    let mut unknown = 0;
    for member in members {
        match taken::of(&member.image, &member.stem()) {
            Some(date) => dated.entry(date.to_string()).or_default().push(member),
            None => unknown += 1,
        }
    }
    if unknown > 0 && !dated.is_empty() {
        warnings.push(format!("The dates of {unknown} scenes are not known: all are shown as one mosaic."));
    }
    if unknown > 0 || dated.len() < 2 {
        let date = if unknown == 0 { dated.keys().next().cloned() } else { None };
        return BTreeMap::from([(date.unwrap_or_default(), members.to_vec())]);
    }
    dated
}

fn bands_of(date: &str, scenes: &[&Member], grid: &Grid) -> String {
    let mut all = String::new();
    for (number, band) in scenes[0].bands().iter().enumerate() {
        let own = band.name.clone().unwrap_or_else(|| format!("band {}", number + 1));
        let name = if date.is_empty() { own } else { format!("{date} {own}") };
        let sources: String = scenes.iter().map(|m| m.source(number, grid.place(m))).collect();
        all += &band_xml(band, &name, date, &sources);
    }
    all
}
