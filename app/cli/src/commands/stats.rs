//! `stats`: numbers about the samples of each band.

use raster::Source;
use raster::statistics::{self, BandStatistics};
use serde_json::{Value, json};

use crate::args::StatsArgs;
use crate::failure::Failure;
use crate::output::{Output, table};
use crate::progress;

/// The percentiles that are printed.
const PERCENTILES: [u8; 7] = [2, 5, 25, 50, 75, 95, 98];

pub(crate) fn run(args: &StatsArgs, output: &Output) -> anyhow::Result<()> {
    let source = Source::open(&args.file)?;
    let count = source.image().bands.len();
    if let Some(wrong) = args.bands.iter().find(|b| !(1..=count).contains(*b)) {
        let hint = format!("bands are counted from 1 to {count}");
        return Err(Failure::because(format!("There is no band {wrong}"), hint));
    }
    let all = (0..count).collect();
    let bands: Vec<usize> =
        if args.bands.is_empty() { all } else { args.bands.iter().map(|b| b - 1).collect() };
    let found = if args.approximate {
        statistics::approximate(&source, &bands)?
    } else {
        let bar = progress::bar("Reading", 100);
        let found = statistics::exact(&source, &bands, &|done| {
            bar.set_position((done * 100.0) as u64);
            true
        })?;
        bar.finish_and_clear();
        found
    };
    let value =
        json!({ "bands": found.iter().map(band_json).collect::<Vec<_>>(), "approximate": args.approximate });
    output.result(&value, || found.iter().map(band_text).collect::<Vec<_>>().join("\n"))
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
    let percentile = |p: f64| band.percentile(p).map_or("none".to_owned(), |v| v.to_string());
    table(&[
        ("Band", (band.band + 1).to_string()),
        ("Range", format!("{} … {}", band.min, band.max)),
        ("Mean, σ", format!("{:.3}, {:.3}", band.mean, band.std)),
        ("2 – 98 %", format!("{} … {}", percentile(2.0), percentile(98.0))),
        ("Valid", format!("{} of {} pixels", band.valid, band.looked_at)),
    ])
}
