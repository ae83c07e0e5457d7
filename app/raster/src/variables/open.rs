//! Opens a variable of a NetCDF or HDF5 file as an image.

use crate::describe::ImageDescription;
use crate::driver::{Candidate, Driver as _, Opened};
use crate::error::Fault;
use crate::file::name_of;
use crate::plan::BandPlan;
use crate::variables::axes::Axes;
use crate::variables::bands::{self, Spectral};
use crate::variables::choose::{Wish, choose};
use crate::variables::container::{self, Container, Variable, guarded};
use crate::variables::place::Place;
use crate::variables::reader::VariableImage;

/// What an HDF4 file begins with.
const HDF4: &[u8] = &[0x0e, 0x03, 0x13, 0x01];

/// `None` when the file is neither NetCDF nor HDF5.
pub(crate) fn try_open(candidate: &mut Candidate<'_>) -> Result<Option<Opened>, Fault> {
    if candidate.head.starts_with(HDF4) {
        return Err(Fault::unsupported("HDF4 is not read"));
    }
    if !container::is_one(&candidate.head) {
        return Ok(None);
    }
    guarded(|| open(candidate)).map(Some)
}

fn open(candidate: &mut Candidate<'_>) -> Result<Opened, Fault> {
    let mut warnings = std::mem::take(&mut candidate.warnings);
    let wish = candidate.part.take().map(Wish::parse).transpose()?.unwrap_or_default();
    let container = Container::open(candidate)?;
    let variable = choose(&container, &wish, &mut warnings)?;
    let spectral = Spectral::lists(&container);
    let axes = Axes::of(&container, variable, &wish.indices, &|n| spectral.has(n))?;
    tell_of_axes(variable, &axes, &mut warnings);
    let sane = |n: u64| (1..=u64::from(u32::MAX >> 1)).contains(&n);
    if !sane(variable.shape[axes.x]) || !sane(variable.shape[axes.y]) {
        return Err(Fault::damaged(format!("“{}” claims the shape {:?}", variable.path, variable.shape)));
    }
    let samples = axes.band_count(&variable.shape).ok_or_else(|| {
        let (path, shape) = (&variable.path, &variable.shape);
        Fault::unsupported(format!(
            "“{path}” of shape {shape:?} has more bands than the 65535 that an image can have"
        ))
    })?;
    let numbers = container.numbers_of(variable)?;
    let number = numbers.number;
    let place = Place::of(&container, variable, &axes, wish.raw, &mut warnings);
    let described = bands::describe(&container, variable, &axes, number);
    let no_data = bands::no_data(variable);
    let chunks = container.chunks(variable);
    let reader = VariableImage {
        numbers,
        shape: variable.shape.clone(),
        samples,
        is_upside_down: place.is_upside_down,
        table: place.table,
        hole: no_data.unwrap_or(0.0),
        chunks,
        axes,
    };
    let image = ImageDescription {
        crs: place.crs,
        transform: place.transform,
        compression: if reader.chunks.is_some() { "CHUNKS" } else { "NONE" }.into(),
        interleave: interleave(&reader).into(),
        tiled: reader.chunks.is_some(),
        has_mask: reader.has_mask(0),
        warnings,
        metadata: metadata(&container, variable),
        ..ImageDescription::plain(
            name_of(candidate.path),
            if candidate.head.starts_with(b"CDF") || is_netcdf(&container) { "netCDF" } else { "HDF5" },
            reader.size(),
            described,
            number.sample_type(),
        )
    };
    let plan = BandPlan::with_no_data(&image, no_data);
    let files = vec![candidate.path.to_path_buf()];
    Ok(Opened { image, plan, driver: Box::new(reader), files })
}

fn is_netcdf(container: &Container) -> bool {
    container.variables.iter().any(|v| v.axes.iter().any(Option::is_some))
}

/// Says how axes without names were understood, and which image of a stack is shown.
fn tell_of_axes(variable: &Variable, axes: &Axes, warnings: &mut Vec<String>) {
    for (axis, index) in &axes.fixed {
        let count = variable.shape[*axis];
        if count > 1 {
            warnings.push(format!(
                "“{}” is a stack of {count} images; number {index} is shown, {}[NUMBER] shows another.",
                variable.path,
                variable.leaf()
            ));
        }
    }
    if variable.axes.iter().all(Option::is_none) && !axes.bands.is_empty() {
        warnings.push(format!(
            "The axes {:?} of “{}” have no names: axis {} is taken as rows, {} as columns, {} as bands.",
            variable.shape,
            variable.path,
            axes.y + 1,
            axes.x + 1,
            axes.bands.iter().map(|a| (a + 1).to_string()).collect::<Vec<_>>().join(" and "),
        ));
    }
}

fn interleave(image: &VariableImage) -> &'static str {
    match image.axes.bands.last() {
        Some(band) if *band > image.axes.x && *band > image.axes.y => "PIXEL",
        Some(band) if *band > image.axes.y => "LINE",
        _ => "BAND",
    }
}

/// Attributes of the variable and of the file, as far as they are short texts or numbers.
fn metadata(container: &Container, variable: &Variable) -> Vec<(String, String)> {
    const MOST_CHARS: usize = 400;
    const MOST_ITEMS: usize = 200;
    let mut items = vec![("variable".to_owned(), variable.path.clone())];
    for attribute in variable.attributes.iter().chain(&container.attributes) {
        let value = &attribute.value;
        let text = container::text_of(std::slice::from_ref(attribute), &attribute.name).or_else(|| {
            let numbers = value.as_f64_vec().filter(|n| n.len() <= 6)?;
            Some(numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))
        });
        let Some(text) = text.filter(|t| t.chars().count() <= MOST_CHARS) else { continue };
        let is_inner = ["DIMENSION_LIST", "REFERENCE_LIST", "CLASS", "NAME"]
            .contains(&attribute.name.as_str())
            || attribute.name.starts_with('_');
        if !is_inner && items.len() < MOST_ITEMS && !items.iter().any(|(key, _)| *key == attribute.name) {
            items.push((attribute.name.clone(), text));
        }
    }
    items
}
