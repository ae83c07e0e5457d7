//! Prints what Orthoscope reads from images, one JSON object a line, and writes their samples beside it:
//! `raster_dump OUT_FOLDER FILE…`. `tests/peers/raster_equality.py` compares the result with rasterio.
#![expect(clippy::print_stdout, reason = "printing is what this example is for")]

use std::path::Path;

use raster::{ExactBuffer, OpenOptions, Source, TileCache};
use serde_json::json;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let out = args.next().ok_or("usage: raster_dump OUT_FOLDER FILE…")?;
    for (number, file) in args.enumerate() {
        println!("{}", dump(Path::new(&out), number, &file)?);
    }
    Ok(())
}

fn dump(out: &Path, number: usize, file: &str) -> Result<serde_json::Value, Box<dyn std::error::Error>> {
    let options = OpenOptions { cache: TileCache::new(64 << 20), ..OpenOptions::default() };
    let source = match Source::open_with(Path::new(file), &options) {
        Ok(source) => source,
        Err(error) => return Ok(json!({ "file": file, "open_error": error.to_string() })),
    };
    let image = source.image();
    let (w, h) = (image.width, image.height);
    let mut line = json!({
        "file": file,
        "width": w, "height": h,
        "bands": image.bands,
        "sample_type": image.sample_type.name(),
        "transform": image.transform.map(spatial::GeoTransform::to_gdal),
        "epsg": image.crs.as_ref().and_then(spatial::Crs::epsg),
        "proj4": image.crs.as_ref().map(spatial::Crs::proj4),
        "levels": source.pyramid().levels(),
        "has_mask": image.has_mask,
        "palette": image.palette.is_some(),
        "metadata": image.metadata,
        "warnings": image.warnings,
    });
    if u64::from(w) * u64::from(h) * image.bands.len() as u64 > 100_000_000 {
        line["skipped"] = json!("too large to compare whole");
        return Ok(line);
    }
    let bands: Vec<usize> = (0..image.bands.len()).collect();
    line["stored_type"] = line["sample_type"].clone();
    let read = if source.is_rounded() {
        source.read_exact(0, 0, 0, w, h, &bands).map(|exact| {
            let (kind, bytes) = bytes_of(&exact.values);
            line["stored_type"] = json!(kind);
            (bytes, exact.valid)
        })
    } else {
        source.read_window(0, 0, 0, w, h, &bands).map(|s| (s.values.as_bytes().to_vec(), s.valid))
    };
    match read {
        Ok((samples, valid)) => {
            let raw = out.join(format!("{number}.raw"));
            std::fs::write(&raw, samples)?;
            line["raw"] = json!(raw);
            if let Some(valid) = &valid {
                let raw = out.join(format!("{number}.valid"));
                std::fs::write(&raw, valid)?;
                line["valid"] = json!(raw);
            }
        }
        Err(error) => line["read_error"] = json!(error.to_string()),
    }
    let mut tiles = Vec::new();
    for (level, _) in source.pyramid().levels().iter().enumerate() {
        let key = spatial::TileKey { level: level as u8, col: 0, row: 0 };
        tiles.push(source.read_tile(key, &bands[..1]).map_or_else(|e| e.to_string(), |_| "read".into()));
    }
    line["first_tiles"] = json!(tiles);
    Ok(line)
}

/// NumPy's name of the kind, and the values in the processor's byte order.
fn bytes_of(values: &ExactBuffer) -> (&'static str, Vec<u8>) {
    match values {
        ExactBuffer::Unsigned(v) => ("uint64", v.iter().flat_map(|n| n.to_ne_bytes()).collect()),
        ExactBuffer::Signed(v) => ("int64", v.iter().flat_map(|n| n.to_ne_bytes()).collect()),
        ExactBuffer::Float(v) => ("float64", v.iter().flat_map(|n| n.to_ne_bytes()).collect()),
    }
}
