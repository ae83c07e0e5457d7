//! Which axes of a variable are columns and rows, and which are bands.

use crate::error::Fault;
use crate::variables::container::{Container, Variable};

/// What the axes of a variable mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Axes {
    pub(crate) y: usize,
    pub(crate) x: usize,
    /// From the slowest to the fastest; their lengths multiply to the number of bands.
    pub(crate) bands: Vec<usize>,
    /// Axes of which one index is taken.
    pub(crate) fixed: Vec<(usize, u64)>,
}

const X_NAMES: [&str; 22] = [
    "x",
    "lon",
    "longitude",
    "long",
    "xc",
    "rlon",
    "nx",
    "easting",
    "col",
    "cols",
    "column",
    "columns",
    "sample",
    "samples",
    "crosstrack",
    "cross_track",
    "across_track",
    "number_of_pixels",
    "pixels_per_line",
    "width",
    "projection_x_coordinate",
    "ortho_x",
];
const Y_NAMES: [&str; 22] = [
    "y",
    "lat",
    "latitude",
    "lati",
    "yc",
    "rlat",
    "ny",
    "northing",
    "row",
    "rows",
    "line",
    "lines",
    "downtrack",
    "down_track",
    "along_track",
    "number_of_lines",
    "number_of_scans",
    "scanline",
    "height",
    "projection_y_coordinate",
    "nscans",
    "ortho_y",
];

/// What a coordinate variable says it is.
fn role_of(container: &Container, variable: &Variable, axis: usize) -> Option<char> {
    let name = variable.axes[axis].as_deref()?;
    let lower = name.to_lowercase();
    if X_NAMES.contains(&lower.as_str()) {
        return Some('x');
    }
    if Y_NAMES.contains(&lower.as_str()) {
        return Some('y');
    }
    let coordinate = container.find_near(variable, name)?;
    let said = |attribute: &str| coordinate.text(attribute).unwrap_or_default().to_lowercase();
    let (standard, units, marked) = (said("standard_name"), said("units"), said("axis"));
    if standard.contains("longitude")
        || standard.ends_with("x_coordinate")
        || units.starts_with("degrees_e")
        || marked == "x"
    {
        Some('x')
    } else if standard.contains("latitude")
        || standard.ends_with("y_coordinate")
        || units.starts_with("degrees_n")
        || marked == "y"
    {
        Some('y')
    } else {
        None
    }
}

impl Axes {
    /// `fixed` are the indices that were asked for along the first axes; `spectral` says whether a list of
    /// wavelengths of some length is there.
    pub(crate) fn of(
        container: &Container,
        variable: &Variable,
        fixed: &[u64],
        spectral: &dyn Fn(u64) -> bool,
    ) -> Result<Self, Fault> {
        for (axis, index) in fixed.iter().enumerate() {
            let len = variable.shape.get(axis).copied().unwrap_or(0);
            if *index >= len {
                return Err(Fault::out_of_range(format!("[{index}] lies outside its axis of length {len}")));
            }
        }
        let free: Vec<usize> = (fixed.len()..variable.shape.len()).collect();
        let mut taken: Vec<(usize, u64)> = fixed.iter().copied().enumerate().collect();
        let (y, x, bands) = Self::assign(container, variable, &free, spectral).ok_or_else(|| {
            let n = free.len();
            Fault::unsupported(format!("“{}” has {n} axes to show, and an image needs two", variable.path))
        })?;
        // Without names only one axis is taken as bands; of what comes before it the first is shown.
        let is_named = variable.axes.iter().any(Option::is_some);
        let (stack, bands) = if is_named || bands.len() < 2 {
            (Vec::new(), bands)
        } else {
            (bands[..bands.len() - 1].to_vec(), vec![bands[bands.len() - 1]])
        };
        taken.extend(stack.into_iter().map(|axis| (axis, 0)));
        Ok(Self { y, x, bands, fixed: taken })
    }

    fn assign(
        container: &Container,
        variable: &Variable,
        free: &[usize],
        spectral: &dyn Fn(u64) -> bool,
    ) -> Option<(usize, usize, Vec<usize>)> {
        let without =
            |y: usize, x: usize| free.iter().copied().filter(|a| *a != y && *a != x).collect::<Vec<_>>();
        let named =
            |role| free.iter().copied().rfind(|axis| role_of(container, variable, *axis) == Some(role));
        if let (Some(y), Some(x)) = (named('y'), named('x')) {
            return Some((y, x, without(y, x)));
        }
        let [.., before, last] = *free else { return None };
        if free.len() == 2 {
            return Some((before, last, Vec::new()));
        }
        let shape = &variable.shape;
        let mut lists = free[free.len() - 3..].iter().copied().filter(|axis| spectral(shape[*axis]));
        if let Some(band) = lists.next().filter(|_| lists.next().is_none()) {
            let rest: Vec<usize> = free.iter().copied().filter(|axis| *axis != band).collect();
            let (y, x) = (rest[rest.len() - 2], rest[rest.len() - 1]);
            return Some((y, x, without(y, x)));
        }
        if variable.axes.iter().any(Option::is_some) {
            return Some((before, last, without(before, last)));
        }
        let first = free[free.len() - 3];
        let is_short = shape[first] <= shape[before].min(shape[last]) / 2;
        let (y, x) = if is_short { (before, last) } else { (first, before) };
        // The bands come last of what is left, so that the axis of a stack comes first.
        Some((y, x, without(y, x)))
    }

    /// Bands in all; `None` when they are more than can be.
    pub(crate) fn band_count(&self, shape: &[u64]) -> Option<u16> {
        let count = self.bands.iter().try_fold(1_u64, |product, axis| product.checked_mul(shape[*axis]))?;
        u16::try_from(count).ok().filter(|n| *n > 0)
    }

    /// The index along each band axis of one band.
    pub(crate) fn band_indices(&self, shape: &[u64], band: usize) -> Vec<u64> {
        let mut rest = band as u64;
        let mut indices = vec![0; self.bands.len()];
        for (slot, axis) in indices.iter_mut().zip(&self.bands).rev() {
            *slot = rest % shape[*axis];
            rest /= shape[*axis];
        }
        indices
    }
}
