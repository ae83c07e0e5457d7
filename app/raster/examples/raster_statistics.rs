//! Prints the statistics of every band as JSON: `raster_statistics FILE`.
#![expect(clippy::print_stdout, reason = "printing is what this example is for")]

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let file = std::env::args().nth(1).ok_or("usage: raster_statistics FILE")?;
    let source = raster::Source::open(file.as_ref())?;
    let bands: Vec<usize> = (0..source.image().bands.len()).collect();
    let exact = raster::statistics::exact(&source, &bands, &|_| true)?;
    let quick = raster::statistics::approximate(&source, &bands)?;
    let cuts = [2.0, 5.0, 50.0, 95.0, 98.0];
    for (exact, quick) in exact.iter().zip(&quick) {
        let percentiles = |s: &raster::statistics::BandStatistics| cuts.map(|p| s.percentile(p));
        let (a, b) = (percentiles(exact), percentiles(quick));
        println!(
            "{}",
            serde_json::json!({ "exact": exact, "percentiles": a, "quick": quick, "quick_percentiles": b })
        );
    }
    Ok(())
}
