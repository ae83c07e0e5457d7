//! `stats`: numbers about the samples of each band.

use compute::Compute;
use picture::Formula;
use raster::Source;
use raster::statistics::{self, BandStatistics};
use renderer::{Gpu, GpuPreference};
use serde_json::{Value, json};
use spectral::ComputedBy;

use crate::args::StatsArgs;
use crate::failure::Failure;
use crate::output::{Output, table};
use crate::{device, progress, value};

/// The percentiles that are printed.
const PERCENTILES: [u8; 7] = [2, 5, 25, 50, 75, 95, 98];

pub(crate) fn run(args: &StatsArgs, output: &Output) -> anyhow::Result<()> {
    let source = Source::open(&args.file)?;
    if let Some(formula) = value::formula(&args.value, source.image())? {
        return of_formula(&source, &formula, args.approximate, output);
    }
    let count = source.image().bands.len();
    if let Some(wrong) = args.bands.iter().find(|b| !(1..=count).contains(*b)) {
        let hint = format!("bands are counted from 1 to {count}");
        return Err(Failure::because(format!("There is no band {wrong}"), hint));
    }
    let all = (0..count).collect();
    let bands: Vec<usize> =
        if args.bands.is_empty() { all } else { args.bands.iter().map(|b| b - 1).collect() };
    let mut by = ComputedBy::default();
    let found = if args.approximate {
        statistics::approximate(&source, &bands)?
    } else {
        let bar = progress::bar("Reading", 100);
        let reported = |done: f64| {
            bar.set_position((done * 100.0) as u64);
            true
        };
        let found = if args.gpu {
            let (found, who) = counted(&source, &bands, &reported)?;
            by = who;
            found
        } else {
            statistics::exact(&source, &bands, &reported)?
        };
        bar.finish_and_clear();
        found
    };
    let value = json!({
        "bands": found.iter().map(band_json).collect::<Vec<_>>(),
        "approximate": args.approximate,
        "computed_by": device::named(&by),
    });
    output.result(&value, || found.iter().map(band_text).collect::<Vec<_>>().join("\n"))
}

/// Counted by the graphics adapter, whatever it is.
fn counted(
    source: &Source,
    bands: &[usize],
    progress: &(dyn Fn(f64) -> bool + Sync),
) -> anyhow::Result<(Vec<BandStatistics>, ComputedBy)> {
    let gpu = Gpu::headless(&GpuPreference::Fastest)?;
    let compute = Compute::new(&gpu);
    let found = statistics::exact_by(source, bands, &compute, progress)?;
    let by = if found.elsewhere {
        ComputedBy::Engine(compute.adapter().to_owned())
    } else {
        ComputedBy::Processor { refused: found.refused }
    };
    Ok((found.bands, by))
}

fn of_formula(source: &Source, formula: &Formula, approximate: bool, output: &Output) -> anyhow::Result<()> {
    let found = if approximate {
        formula.approximate(source)?
    } else {
        let bar = progress::bar("Reading", 100);
        let found = formula.exact(source, &|done| {
            bar.set_position((done * 100.0) as u64);
            true
        })?;
        bar.finish_and_clear();
        found
    };
    let numbers: Vec<usize> = formula.bands().iter().map(|band| band + 1).collect();
    let mut value = band_json(&found);
    if let Some(fields) = value.as_object_mut() {
        fields.remove("index");
        fields.insert("expression".into(), json!(formula.text()));
        fields.insert("of_bands".into(), json!(numbers));
    }
    let value = json!({ "expressions": [value], "approximate": approximate });
    output.result(&value, || {
        let numbers: Vec<String> = numbers.iter().map(ToString::to_string).collect();
        let head = [("Expression", formula.text().to_owned()), ("Of bands", numbers.join(", "))];
        table(&[&head[..], &rows(&found)].concat())
    })
}

fn band_json(band: &BandStatistics) -> Value {
    let percentiles = PERCENTILES.iter().map(|p| (p.to_string(), json!(band.percentile(f64::from(*p)))));
    let shown = band.histogram.rebinned(256);
    json!({
        "index": band.band + 1,
        "min": band.min,
        "max": band.max,
        "mean": band.mean,
        "std": band.std,
        "valid": band.valid,
        "percentiles": Value::Object(percentiles.collect()),
        "histogram": { "low": shown.low, "high": shown.high, "counts": shown.counts },
    })
}

fn band_text(band: &BandStatistics) -> String {
    table(&[&[("Band", (band.band + 1).to_string())], &rows(band)[..]].concat())
}

fn rows(band: &BandStatistics) -> [(&'static str, String); 4] {
    let percentile = |p: f64| band.percentile(p).map_or("none".to_owned(), |v| v.to_string());
    [
        ("Range", format!("{} … {}", band.min, band.max)),
        ("Mean, σ", format!("{:.3}, {:.3}", band.mean, band.std)),
        ("2 – 98 %", format!("{} … {}", percentile(2.0), percentile(98.0))),
        ("Valid", format!("{} of {} pixels", band.valid, band.looked_at)),
    ]
}
