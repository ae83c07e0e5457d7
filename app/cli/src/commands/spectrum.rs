//! `spectrum`: the values of pixels and regions over wavelengths.

use raster::Source;
use serde_json::{Value, json};
use spectral::{Library, Spectrum};

use crate::args::SpectrumArgs;
use crate::failure::Failure;
use crate::output::{Output, table};
use crate::{spectra, workspace};

/// The percentiles of regions that are printed.
const PERCENTILES: [u8; 5] = [5, 25, 50, 75, 95];

pub(crate) fn run(args: &SpectrumArgs, output: &Output) -> anyhow::Result<()> {
    let source = Source::open(&args.file)?;
    let cube = spectra::cube(&source, &args.bands, true)?;
    let mut found = Vec::new();
    let mut points = Vec::new();
    for place in spectra::places(&args.places, source.image())? {
        let name = format!("{},{}", place.x, place.y);
        let spectrum = cube.spectrum(name, cube.pixel(place.column, place.row)?);
        points.push(json!({
            "x": place.x,
            "y": place.y,
            "pixel": [place.column, place.row],
            "wavelength_nm": spectrum.wavelength_nm,
            "values": spectrum.values,
            "bad": spectrum.bad,
        }));
        found.push(spectrum);
    }
    let mut regions = Vec::new();
    if let Some(path) = args.project.as_deref().filter(|_| !args.region.is_empty()) {
        let project = workspace::load(path)?;
        for wanted in &args.region {
            let (id, region) = spectra::region(&project, wanted)?;
            let statistics = spectra::of_region(&cube, &project, region)?;
            let of = |value: fn(&spectral::BandOfRegion) -> f64| {
                statistics.bands().iter().map(value).collect::<Vec<f64>>()
            };
            let values = statistics.percentiles(&PERCENTILES.map(f64::from));
            let percentiles = PERCENTILES.iter().zip(values).map(|(p, v)| (p.to_string(), json!(v)));
            let spectrum = cube.spectrum(wanted.clone(), of(|b| b.mean));
            regions.push(json!({
                "id": id,
                "pixels": statistics.pixels(),
                "wavelength_nm": spectrum.wavelength_nm,
                "mean": spectrum.values,
                "std": of(|b| b.std),
                "min": of(|b| b.min),
                "max": of(|b| b.max),
                "percentiles": Value::Object(percentiles.collect()),
                "bad": spectrum.bad,
            }));
            found.push(spectrum);
        }
    }
    if found.is_empty() {
        let hint = "give --at X,Y or --region ID --project P.gpkg";
        return Err(Failure::because("No place and no region was given", hint));
    }
    let text = text(&found);
    if let Some(path) = &args.output {
        cubes::files::write(path, &Library { spectra: found, warnings: Vec::new() })?;
    }
    output.result(&json!({ "points": points, "regions": regions }), || text)
}

fn text(spectra: &[Spectrum]) -> String {
    let label = |i: usize| match spectra[0].wavelength_nm.get(i) {
        Some(nm) => format!("{nm} nm"),
        None => format!("band {}", i + 1),
    };
    let names = spectra.iter().map(|s| format!("{:>12}", s.name)).collect::<Vec<_>>().join("  ");
    let row = |i: usize| {
        let values = spectra.iter().map(|s| format!("{:>12}", s.values[i])).collect::<Vec<_>>().join("  ");
        (label(i), values)
    };
    let rows = std::iter::once((String::new(), names)).chain((0..spectra[0].values.len()).map(row));
    table(&rows.collect::<Vec<_>>())
}
