//! Where a variable lies: by its grid mapping and coordinates (CF), by a table (EMIT), by corners (PRISMA).

use netcdf_reader::NcAttribute;
use spatial::{Crs, GeoTransform};

use crate::georeference::{checked, parse_crs};
use crate::variables::axes::Axes;
use crate::variables::container::{Container, Variable, numbers_of, text_of};
use crate::variables::table::Table;

/// Where a variable lies, and how its rows are to be turned for that.
#[derive(Debug, Default)]
pub(crate) struct Place {
    pub(crate) transform: Option<GeoTransform>,
    pub(crate) crs: Option<Crs>,
    /// The first row of the file is the southernmost.
    pub(crate) is_upside_down: bool,
    pub(crate) table: Option<Table>,
}

impl Place {
    pub(crate) fn of(
        container: &Container,
        variable: &Variable,
        axes: &Axes,
        raw: bool,
        warnings: &mut Vec<String>,
    ) -> Self {
        let mut place = Self::default();
        if !raw && place.use_table(container, variable, warnings) {
            return place;
        }
        if place.use_corners(container, variable, axes, warnings) {
            return place;
        }
        let mapping = grid_mapping(container, variable);
        if let Some(mapping) = mapping {
            place.crs = crs_of(mapping, warnings);
        }
        let (x, y) = (steps(container, variable, axes.x), steps(container, variable, axes.y));
        if let (Some(x), Some(y)) = (&x, &y) {
            place.is_upside_down = y.step > 0.0;
            let top = if place.is_upside_down { y.last + y.step / 2.0 } else { y.first - y.step / 2.0 };
            let numbers = [x.first - x.step / 2.0, x.step, 0.0, top, 0.0, -y.step.abs()];
            place.transform = checked(numbers, warnings);
            if mapping.is_none() && x.in_degrees && y.in_degrees {
                place.crs = Some(Crs::wgs84());
            }
        }
        if place.transform.is_none()
            && let Some(numbers) = mapping.and_then(|m| m.number_list("GeoTransform"))
        {
            place.transform = checked(numbers, warnings);
            place.is_upside_down = y.is_some_and(|y| y.step > 0.0);
        }
        if place.transform.is_none() && has_places(container, variable, axes) {
            warnings.push(
                "Each of its pixels has a latitude and a longitude of its own; it is shown as the sensor saw it.".into(),
            );
        }
        place
    }

    /// EMIT: a table takes the sensor's image to a grid whose place the root says.
    fn use_table(&mut self, container: &Container, variable: &Variable, warnings: &mut Vec<String>) -> bool {
        let Some(numbers) = six(&container.attributes, "geotransform") else { return false };
        let Some(table) = Table::find(container) else { return false };
        let on_map = variable.shape.starts_with(&[table.height, table.width]);
        if on_map || variable.group().contains("location") {
            return false;
        }
        if table.width == 0 || table.height == 0 || table.width.max(table.height) > u64::from(u32::MAX >> 1) {
            return false;
        }
        self.transform = checked(numbers, warnings);
        self.crs = text_of(&container.attributes, "spatial_ref").and_then(|wkt| parse_crs(&wkt, warnings));
        warnings.push(
            "Its pixels are put where its lookup table says; NAME[raw] shows them as the sensor saw them."
                .into(),
        );
        self.table = Some(table);
        true
    }

    /// PRISMA: a projected product says its EPSG code and two of its corners.
    fn use_corners(
        &mut self,
        container: &Container,
        variable: &Variable,
        axes: &Axes,
        warnings: &mut Vec<String>,
    ) -> bool {
        let number = |name: &str| numbers_of(&container.attributes, name)?.first().copied();
        let corner =
            |name: &str| Some([number(&format!("{name}_easting"))?, number(&format!("{name}_northing"))?]);
        let (Some(code), Some([left, top]), Some([right, bottom])) =
            (number("Epsg_Code"), corner("Product_ULcorner"), corner("Product_LRcorner"))
        else {
            return false;
        };
        let (width, height) = (variable.shape[axes.x] as f64, variable.shape[axes.y] as f64);
        let (dx, x) = cell(left, right, width);
        let (dy, y) = cell(top, bottom, height);
        self.transform = checked([x, dx, 0.0, y, 0.0, dy], warnings);
        match Crs::from_epsg(code as u32) {
            Ok(crs) => self.crs = Some(crs),
            Err(error) => warnings.push(format!("Its EPSG code {code} was left out: {error}")),
        }
        true
    }
}

/// Step and outer edge of `n` pixels between two corners. Corners may mean the outer edges or the centres of
/// the outermost pixels; pixels are whole metres wide.
fn cell(first: f64, last: f64, n: f64) -> (f64, f64) {
    let off = |step: f64| (step - step.round()).abs();
    let (edges, centres) = ((last - first) / n, (last - first) / (n - 1.0).max(1.0));
    if off(centres) < off(edges) { (centres, first - centres / 2.0) } else { (edges, first) }
}

fn six(attributes: &[NcAttribute], name: &str) -> Option<[f64; 6]> {
    numbers_of(attributes, name)?.try_into().ok()
}

impl Variable {
    fn number_list(&self, name: &str) -> Option<[f64; 6]> {
        six(&self.attributes, name)
    }
}

/// The variable that says the CRS, as in `grid_mapping = "crs"` or `"crs: x y"`.
fn grid_mapping<'a>(container: &'a Container, variable: &Variable) -> Option<&'a Variable> {
    let text = variable.text("grid_mapping")?;
    let name = text.split([':', ' ']).next()?;
    container.find_near(variable, name)
}

fn crs_of(mapping: &Variable, warnings: &mut Vec<String>) -> Option<Crs> {
    let wkt = ["crs_wkt", "spatial_ref", "esri_pe_string"].iter().find_map(|name| mapping.text(name));
    if let Some(crs) = wkt.and_then(|wkt| parse_crs(&wkt, &mut Vec::new())) {
        return Some(crs);
    }
    let name = mapping.text("grid_mapping_name")?;
    let found = proj_string(mapping, &name)
        .ok_or_else(|| format!("“{name:.60}” is not known"))
        .and_then(|proj| Crs::from_proj4(&name, &proj).map_err(|e| e.to_string()));
    match found {
        Ok(crs) => Some(crs),
        Err(reason) => {
            let reason = reason.trim_end_matches('.');
            warnings.push(format!("Its coordinate reference system was left out: {reason}."));
            None
        }
    }
}

/// CF's words for a projection in PROJ's.
fn proj_string(mapping: &Variable, name: &str) -> Option<String> {
    let number = |key: &str| mapping.number_of(key).filter(|n| n.is_finite());
    let either = |keys: &[&str]| keys.iter().find_map(|key| number(key)).unwrap_or(0.0);
    let lat = || either(&["latitude_of_projection_origin"]);
    let lon = || either(&["longitude_of_central_meridian", "longitude_of_projection_origin"]);
    let parallels = numbers_of(&mapping.attributes, "standard_parallel").unwrap_or_default();
    let first = parallels.first().copied();
    let scale = ["scale_factor_at_central_meridian", "scale_factor_at_projection_origin"]
        .iter()
        .find_map(|k| number(k));
    let k = || scale.map(|k| format!(" +k_0={k}")).unwrap_or_default();
    let cone = || Some(format!(" +lat_1={} +lat_2={}", first?, parallels.get(1).copied().or(first)?));
    let core = match name {
        "latitude_longitude" => "+proj=longlat".to_owned(),
        "transverse_mercator" => format!("+proj=tmerc +lat_0={} +lon_0={}{}", lat(), lon(), k()),
        "lambert_conformal_conic" => format!("+proj=lcc +lat_0={} +lon_0={}{}", lat(), lon(), cone()?),
        "albers_conical_equal_area" => format!("+proj=aea +lat_0={} +lon_0={}{}", lat(), lon(), cone()?),
        "lambert_azimuthal_equal_area" => format!("+proj=laea +lat_0={} +lon_0={}", lat(), lon()),
        "azimuthal_equidistant" => format!("+proj=aeqd +lat_0={} +lon_0={}", lat(), lon()),
        "sinusoidal" => format!("+proj=sinu +lon_0={}", lon()),
        "stereographic" => format!("+proj=stere +lat_0={} +lon_0={}{}", lat(), lon(), k()),
        "lambert_cylindrical_equal_area" => {
            format!("+proj=cea +lon_0={} +lat_ts={}", lon(), first.unwrap_or(0.0))
        }
        "mercator" => {
            let true_scale = first.map(|lat| format!(" +lat_ts={lat}")).unwrap_or_default();
            format!("+proj=merc +lon_0={}{true_scale}{}", lon(), k())
        }
        "polar_stereographic" => {
            let along = either(&["straight_vertical_longitude_from_pole", "longitude_of_projection_origin"]);
            let pole = number("latitude_of_projection_origin").or(first).map_or(90.0, |l| 90_f64.copysign(l));
            let true_scale = first.map_or_else(k, |lat| format!(" +lat_ts={lat}"));
            format!("+proj=stere +lat_0={pole} +lon_0={along}{true_scale}")
        }
        _ => return None,
    };
    let shift = if name == "latitude_longitude" {
        String::new()
    } else {
        format!(" +x_0={} +y_0={} +units=m", either(&["false_easting"]), either(&["false_northing"]))
    };
    Some(format!("{core}{shift}{} +no_defs", ellipsoid(mapping)))
}

fn ellipsoid(mapping: &Variable) -> String {
    let number = |key: &str| mapping.number_of(key).filter(|n| n.is_finite() && *n > 0.0);
    let major = number("semi_major_axis").or_else(|| number("earth_radius"));
    match (major, number("semi_minor_axis"), number("inverse_flattening")) {
        (Some(a), ..) if (a - 6_378_137.0).abs() < 0.01 => " +datum=WGS84".into(),
        (Some(a), Some(b), _) => format!(" +a={a} +b={b}"),
        (Some(a), _, Some(rf)) => format!(" +a={a} +rf={rf}"),
        (Some(a), ..) => format!(" +a={a} +b={a}"),
        _ => " +datum=WGS84".into(),
    }
}

/// Evenly spaced coordinates.
#[derive(Debug)]
struct Steps {
    first: f64,
    last: f64,
    step: f64,
    in_degrees: bool,
}

/// The coordinates of an axis, in metres or degrees, where they are evenly spaced.
fn steps(container: &Container, variable: &Variable, axis: usize) -> Option<Steps> {
    /// How far, in steps, a coordinate may lie from its place.
    const TOLERANCE: f64 = 0.05;
    let name = variable.axes[axis].as_deref()?;
    let list = container.find_near(variable, name).filter(|v| v.shape.len() == 1)?;
    let unit = list.text("units").unwrap_or_default().to_lowercase();
    let metres = if unit == "km" || unit.starts_with("kilomet") { 1000.0 } else { 1.0 };
    let mut numbers =
        container.numbers(list).filter(|n| n.len() as u64 == variable.shape[axis] && n.len() > 1)?;
    let (factor, offset) = (list.number_of("scale_factor"), list.number_of("add_offset"));
    for number in &mut numbers {
        *number = (*number * factor.unwrap_or(1.0) + offset.unwrap_or(0.0)) * metres;
    }
    let (first, last) = (*numbers.first()?, *numbers.last()?);
    let step = (last - first) / (numbers.len() - 1) as f64;
    let is_even = step != 0.0
        && numbers
            .iter()
            .enumerate()
            .all(|(i, n)| ((n - first) - step * i as f64).abs() <= TOLERANCE * step.abs());
    let lower = name.to_lowercase();
    // Plain degrees may be those of a turned pole.
    let by_unit = ["degrees_e", "degree_e", "degrees_n", "degree_n"].iter().any(|u| unit.starts_with(u));
    let in_degrees = by_unit || (unit.is_empty() && (lower.starts_with("lat") || lower.starts_with("lon")));
    is_even.then_some(Steps { first, last, step, in_degrees })
}

/// True when the file holds latitudes and longitudes pixel by pixel.
fn has_places(container: &Container, variable: &Variable, axes: &Axes) -> bool {
    let size = [variable.shape[axes.y], variable.shape[axes.x]];
    let is_place = |v: &&Variable, word: &str| v.shape == size && v.leaf().to_lowercase().starts_with(word);
    ["lat", "lon"].iter().all(|word| container.variables.iter().any(|v| is_place(&v, word)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn corners_mean_edges_or_centres_whichever_gives_whole_metres() {
        assert_eq!(cell(1000.0, 1300.0, 10.0), (30.0, 1000.0));
        assert_eq!(cell(1000.0, 1000.0 + 699.0 * 30.0, 700.0), (30.0, 985.0));
        assert_eq!(cell(5000.0, 5000.0 - 699.0 * 30.0, 700.0), (-30.0, 5015.0));
    }
}
