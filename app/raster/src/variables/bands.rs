//! Wavelengths, names, scales and no-data of the bands of a variable.

use crate::describe::{BandDescription, ColorRole};
use crate::envi::spectral::Unit;
use crate::number::NumberType;
use crate::variables::axes::Axes;
use crate::variables::container::{Container, Variable, numbers_of};

/// The lists of wavelengths that a file holds, wherever it keeps them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Spectral {
    lists: Vec<List>,
}

#[derive(Clone, Debug, Default)]
struct List {
    wavelengths_nm: Vec<Option<f64>>,
    fwhm_nm: Vec<Option<f64>>,
    bad: Vec<bool>,
}

/// Words in the names of lists.
const WAVELENGTHS: [&str; 5] = ["wavelength", "list_cw", "center_wavelength", "wvl", "band_centers"];
const WIDTHS: [&str; 3] = ["fwhm", "bandwidth", "band_width"];
const GOOD: [&str; 3] = ["good_wavelength", "good_bands", "bbl"];

impl Spectral {
    /// Finds the lists among one-dimensional variables and attributes of the root.
    pub(crate) fn lists(container: &Container) -> Self {
        let mut named: Vec<(String, Vec<f64>, Option<String>)> = Vec::new();
        for variable in &container.variables {
            let leaf = variable.leaf().to_lowercase();
            let is_list =
                variable.shape.len() == 1 && mentions(&leaf, &[&WAVELENGTHS[..], &WIDTHS, &GOOD].concat());
            if is_list && let Some(numbers) = container.numbers(variable) {
                named.push((leaf, numbers, variable.text("units")));
            }
        }
        for attribute in &container.attributes {
            let name = attribute.name.to_lowercase();
            if mentions(&name, &[&WAVELENGTHS[..], &WIDTHS].concat())
                && let Some(numbers) =
                    numbers_of(&container.attributes, &attribute.name).filter(|n| n.len() > 1)
            {
                named.push((name, numbers, None));
            }
        }
        let is_flag = |name: &str| mentions(name, &["flag", "bound", "bnds", "range"]);
        let mut lists: Vec<List> = Vec::new();
        for (name, numbers, unit) in &named {
            let is_centres =
                mentions(name, &WAVELENGTHS) && !mentions(name, &GOOD) && !mentions(name, &WIDTHS);
            if !is_centres || is_flag(name) || lists.iter().any(|l| l.wavelengths_nm.len() == numbers.len()) {
                continue;
            }
            let unit = unit.as_deref().and_then(Unit::from_name).unwrap_or_else(|| Unit::guess(numbers));
            let wavelengths_nm: Vec<Option<f64>> = numbers.iter().map(|n| unit.wavelength_nm(*n)).collect();
            let same = |words: &[&str]| {
                named.iter().find(|(other, list, _)| mentions(other, words) && list.len() == numbers.len())
            };
            let widths = same(&WIDTHS).map(|(_, list, _)| list.as_slice()).unwrap_or_default();
            let fwhm_nm = numbers.iter().zip(widths).map(|(at, width)| unit.width_nm(*at, *width)).collect();
            let good = same(&GOOD).map(|(_, list, _)| list.as_slice()).unwrap_or_default();
            // A wavelength of 0 stands for a band that the instrument does not use.
            let bad = wavelengths_nm
                .iter()
                .enumerate()
                .map(|(i, nm)| good.get(i).is_some_and(|g| *g == 0.0) || nm.is_none())
                .collect();
            if wavelengths_nm.iter().any(Option::is_some) {
                lists.push(List { wavelengths_nm, fwhm_nm, bad });
            }
        }
        Self { lists }
    }

    fn of_length(&self, length: u64) -> Option<&List> {
        self.lists.iter().find(|list| list.wavelengths_nm.len() as u64 == length)
    }

    /// True when so many bands have wavelengths.
    pub(crate) fn has(&self, length: u64) -> bool {
        self.of_length(length).is_some()
    }

    /// True when so many bands have wavelengths, some of them red, green and blue.
    pub(crate) fn is_visible(&self, length: u64) -> bool {
        let near = |nm: f64| {
            self.of_length(length)
                .is_some_and(|l| l.wavelengths_nm.iter().flatten().any(|found| (found - nm).abs() < 45.0))
        };
        near(650.0) && near(550.0) && near(470.0)
    }
}

fn mentions(name: &str, words: &[&str]) -> bool {
    words.iter().any(|word| name.contains(word))
}

/// The value that means “nothing here”.
pub(crate) fn no_data(variable: &Variable) -> Option<f64> {
    let said = ["_FillValue", "missing_value"].iter().find_map(|name| variable.number_of(name))?;
    // Of numbers that are meant as unsigned ones it may be said as a signed one.
    let most = variable.number.and_then(NumberType::range).filter(|range| range.0 == 0.0 && said < 0.0);
    Some(most.map_or(said, |range| said + range.1 + 1.0))
}

/// What stored values are multiplied with, and what is added then.
fn scale(container: &Container, variable: &Variable) -> (Option<f64>, Option<f64>) {
    let (factor, offset) = (variable.number_of("scale_factor"), variable.number_of("add_offset"));
    if factor.is_some() || offset.is_some() {
        return (factor, offset);
    }
    // PRISMA: the whole range of 16 bits lies between two numbers of the root.
    let kind = ["Vnir", "Swir", "Pan"].into_iter().find(|k| variable.leaf().starts_with(&k.to_uppercase()));
    let limit = |end: &str| {
        let name = format!("L2Scale{}{end}", kind?);
        numbers_of(&container.attributes, &name)?.first().copied()
    };
    match (limit("Min"), limit("Max"), variable.number) {
        (Some(least), Some(most), Some(NumberType::U16)) if most > least => {
            (Some((most - least) / 65535.0), Some(least))
        }
        _ => (None, None),
    }
}

/// All bands of a variable.
pub(crate) fn describe(
    container: &Container,
    variable: &Variable,
    axes: &Axes,
    number: NumberType,
) -> Vec<BandDescription> {
    let count = usize::from(axes.band_count(&variable.shape).unwrap_or(1));
    let spectral = Spectral::lists(container);
    let list = match axes.bands[..] {
        [axis] => spectral.of_length(variable.shape[axis]).cloned().unwrap_or_default(),
        _ => List::default(),
    };
    let names = Names::of(container, variable, axes);
    let (no_data, (scale, offset)) = (no_data(variable), scale(container, variable));
    let own = ["radiation_wavelength", "wavelength", "central_wavelength", "bandwavelength"]
        .iter()
        .find_map(|name| variable.number_of(name))
        .filter(|_| count == 1)
        .and_then(|n| Unit::guess(&[n]).wavelength_nm(n));
    let band = |index: usize| BandDescription {
        name: names.of_band(&axes.band_indices(&variable.shape, index)),
        color: if count == 1 { ColorRole::Gray } else { ColorRole::Undefined },
        wavelength_nm: list.wavelengths_nm.get(index).copied().flatten().or(own),
        fwhm_nm: list.fwhm_nm.get(index).copied().flatten(),
        bad: list.bad.get(index).copied().unwrap_or(false),
        no_data,
        scale,
        offset,
        range: number.range(),
        ..BandDescription::plain(index, number.name())
    };
    (0..count).map(band).collect()
}

/// Names of bands from the coordinates of their axes, as in `time = 31 days since 1990-01-01`.
struct Names {
    alone: Option<String>,
    axes: Vec<Option<(String, Vec<f64>, String)>>,
}

impl Names {
    fn of(container: &Container, variable: &Variable, axes: &Axes) -> Self {
        let long = || variable.text("long_name").unwrap_or_else(|| variable.leaf().to_owned());
        let coordinate = |axis: &usize| {
            let name = variable.axes[*axis].as_deref()?;
            let list = container.find_near(variable, name).filter(|v| v.shape.len() == 1)?;
            let numbers = container.numbers(list).filter(|n| n.len() as u64 == variable.shape[*axis])?;
            let is_wavelength = mentions(&name.to_lowercase(), &WAVELENGTHS);
            let unit = list.text("units").filter(|u| u != "1").map(|u| format!(" {u}")).unwrap_or_default();
            (!is_wavelength).then(|| (name.to_owned(), numbers, unit))
        };
        Self { alone: axes.bands.is_empty().then(long), axes: axes.bands.iter().map(coordinate).collect() }
    }

    fn of_band(&self, indices: &[u64]) -> Option<String> {
        let parts: Vec<String> = self
            .axes
            .iter()
            .zip(indices)
            .filter_map(|(axis, index)| {
                let (name, numbers, unit) = axis.as_ref()?;
                Some(format!("{name} = {}{unit}", numbers.get(*index as usize)?))
            })
            .collect();
        if parts.is_empty() { self.alone.clone() } else { Some(parts.join(", ")) }
    }
}
