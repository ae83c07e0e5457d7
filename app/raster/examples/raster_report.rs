//! Prints what `orthoscope info --stats --json` says about images, one JSON object a line, without the rest
//! of the program: `raster_report FILE…`. `tests/peers/info_table.py` compares it with gdalinfo.
#![expect(clippy::print_stdout, reason = "printing is what this example is for")]

use std::path::Path;

use raster::statistics;
use raster::{OpenOptions, OverviewStore, Source, TileCache, report};
use serde_json::json;

fn main() {
    for file in std::env::args().skip(1) {
        println!("{}", about(&file));
    }
}

fn about(file: &str) -> serde_json::Value {
    let options = OpenOptions {
        cache: TileCache::new(64 << 20),
        overviews: OverviewStore { folder: None, most_bytes: 0 },
        ..OpenOptions::default()
    };
    let source = match Source::open_with(Path::new(file), &options) {
        Ok(source) => source,
        Err(error) => return json!({ "path": file, "error": error.to_string() }),
    };
    let bands: Vec<usize> = (0..source.image().bands.len()).collect();
    match statistics::exact(&source, &bands, &|_| true) {
        Ok(found) => report::json(&source, &found),
        Err(error) => {
            let mut value = report::json(&source, &[]);
            value["read_error"] = json!(error.to_string());
            value
        }
    }
}
