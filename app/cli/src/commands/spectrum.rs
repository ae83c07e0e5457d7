//! `spectrum`: the values of pixels and regions over wavelengths.

use std::path::Path;

use raster::Source;
use serde_json::{Value, json};
use spectral::library::{csv, ecostress, envi};
use spectral::{Library, Spectrum};

use crate::args::SpectrumArgs;
use crate::cube::ImageCube;
use crate::failure::Failure;
use crate::output::{Output, table};
use crate::{spectra, workspace};

/// The percentiles of regions that are printed.
const PERCENTILES: [u8; 5] = [5, 25, 50, 75, 95];

pub(crate) fn run(args: &SpectrumArgs, output: &Output) -> anyhow::Result<()> {
    let source = Source::open(&args.file)?;
    let cube = ImageCube::new(&source, &args.bands, true)?;
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
            let statistics = spectra::of_region(&source, &cube, &project, region)?;
            let of = |value: fn(&spectral::BandOfRegion) -> f64| {
                statistics.bands().iter().map(value).collect::<Vec<f64>>()
            };
            let percentiles =
                PERCENTILES.map(|p| (p.to_string(), json!(statistics.percentile(f64::from(p)))));
            let spectrum = cube.spectrum(wanted.clone(), of(|b| b.mean));
            regions.push(json!({
                "id": id,
                "pixels": statistics.pixels(),
                "wavelength_nm": spectrum.wavelength_nm,
                "mean": spectrum.values,
                "std": of(|b| b.std),
                "min": of(|b| b.min),
                "max": of(|b| b.max),
                "percentiles": Value::Object(percentiles.into_iter().collect()),
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
        write(path, &Library { spectra: found, warnings: Vec::new() })?;
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

/// As a library, by the name of the file.
fn write(path: &Path, library: &Library) -> anyhow::Result<()> {
    let extension = path.extension().map(|e| e.to_string_lossy().to_lowercase()).unwrap_or_default();
    match extension.as_str() {
        "sli" => {
            let files = envi::write(library)?;
            workspace::write_whole(path, &files.values)?;
            workspace::write_whole(&path.with_extension("hdr"), files.header.as_bytes())
        }
        "csv" => workspace::write_whole(path, csv::write_long(library)?.as_bytes()),
        "txt" => match &library.spectra[..] {
            [one] => workspace::write_whole(path, ecostress::write(one)?.as_bytes()),
            more => {
                let what = format!("An ECOSTRESS file holds one spectrum, and there are {}", more.len());
                Err(Failure::because(what, "write .sli or .csv, or one place at a time"))
            }
        },
        _ => {
            let hint = "name it .sli (ENVI), .csv or .txt (ECOSTRESS)";
            Err(Failure::because(format!("{} names no kind of library", path.display()), hint))
        }
    }
}
