//! What the peers are compared with (`tests/peers/similar.py`): reads a table of single-precision numbers and writes components,
//! neighbours, outlier factors and a map beside it, and how long each took.
//!
//! `similar_peer TABLE.f32 COLUMNS NEIGHBOURS OUT`

use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::time::Instant;

use similar::{Components, Layout, Table, local_outlier_factor, map_of, neighbours};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [table, columns, count, out] = &arguments[..] else {
        return Err("similar_peer TABLE.f32 COLUMNS NEIGHBOURS OUT".into());
    };
    let bytes = fs::read(table)?;
    let values = bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
    let table = Table::new(columns.parse()?, values)?;
    let mut times = String::new();
    let mut timed = |what: &str, began: Instant| {
        let _ = writeln!(times, "{what} {}", began.elapsed().as_secs_f64());
    };

    let began = Instant::now();
    let components = Components::of(&table, 2)?;
    let scores = components.scores(&table);
    timed("components", began);
    let began = Instant::now();
    let near = neighbours(&table, count.parse()?, &|_, _| true)?;
    timed("neighbours", began);
    let began = Instant::now();
    let factors = local_outlier_factor(&near);
    timed("outliers", began);
    let began = Instant::now();
    let map = map_of(&table, &near, Layout::default(), &|_, _| true)?;
    timed("map", began);

    let pairs = || (0..table.rows()).flat_map(|at| near.of(at));
    let places: Vec<u8> = pairs().flat_map(|(place, _)| (place as u32).to_le_bytes()).collect();
    fs::write(format!("{out}.places"), places)?;
    let write = |name: &str, values: &mut dyn Iterator<Item = f32>| {
        fs::write(format!("{out}.{name}"), values.flat_map(f32::to_le_bytes).collect::<Vec<u8>>())
    };
    write("distances", &mut pairs().map(|(_, distance)| distance))?;
    write("outliers", &mut factors.iter().copied())?;
    write("map", &mut map.iter().flatten().copied())?;
    write("scores", &mut scores.iter().copied())?;
    write("axes", &mut components.axes.iter().map(|v| *v as f32))?;
    write("variances", &mut components.variances.iter().map(|v| *v as f32))?;
    fs::write(format!("{out}.times"), times)?;
    Ok(())
}
