//! Runs one product on a raw cube in memory and says how long it took, for comparisons with other programs:
//!
//! ```sh
//! cargo run --release -p orthoscope-spectral --example products -- CUBE W H BANDS KIND OUT ROUNDS [MEMBERS]
//! ```
//!
//! `CUBE` holds floats, all bands of a pixel side by side, `MEMBERS` doubles, spectrum after spectrum. `OUT`
//! gets doubles (statistics, components) or floats (maps, pixel after pixel band). Prints seconds and seconds
//! of processor time (0 where the system does not tell), a line a round.

use std::error::Error;
use std::io::Write as _;
use std::time::Instant;

use spectral::{
    Background, ClusterOptions, Clusters, Components, Constraint, Gaussian, Interleave, Members, MemoryCube,
    Rows, Shape, SpectralError, Values,
};

fn go_on(_: f64) -> bool {
    true
}

fn floats(bytes: &[u8]) -> Vec<f32> {
    bytes.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect()
}

fn doubles(bytes: &[u8]) -> Vec<f64> {
    bytes.as_chunks::<8>().0.iter().map(|b| f64::from_le_bytes(*b)).collect()
}

/// Processor time of all threads so far, as Linux counts it in hundredths.
fn processor_s() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = text.rsplit(')').next().unwrap_or_default().split_whitespace();
    fields.skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0
}

/// What a product gives: numbers about the cube, and rows of results.
#[derive(Default)]
struct Found {
    numbers: Vec<f64>,
    rows: Vec<Rows>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [cube, width, height, bands, kind, out, rounds, ..] = &arguments[..] else {
        return Err("CUBE W H BANDS KIND OUT ROUNDS [MEMBERS]".into());
    };
    let samples = floats(&std::fs::read(cube)?);
    let shape = Shape { width: width.parse()?, height: height.parse()?, bands: bands.parse()? };
    let cube = MemoryCube::new(Values::F32(&samples), shape, Interleave::Pixel)?;
    let given = arguments.get(7).map(std::fs::read).transpose()?.map(|b| doubles(&b)).unwrap_or_default();
    let mut found = Found::default();
    for _ in 0..rounds.parse::<usize>()? {
        let (start, busy) = (Instant::now(), processor_s());
        found = run(kind, &cube, shape.bands, &given)?;
        let (wall, busy) = (start.elapsed().as_secs_f64(), processor_s() - busy);
        writeln!(std::io::stdout(), "{wall} {busy}")?;
    }
    let mut bytes: Vec<u8> = found.numbers.iter().flat_map(|v| v.to_le_bytes()).collect();
    for rows in &found.rows {
        let plane = rows.rows * shape.width;
        let pixels = (0..plane).flat_map(|p| rows.values[p..].iter().step_by(plane));
        bytes.extend(pixels.flat_map(|v| v.to_le_bytes()));
    }
    std::fs::write(out, bytes)?;
    Ok(())
}

fn run(kind: &str, cube: &MemoryCube<'_>, bands: usize, given: &[f64]) -> Result<Found, SpectralError> {
    let mut found = Found::default();
    let named: Vec<(String, Vec<f64>)> =
        given.chunks(bands).enumerate().map(|(i, row)| (format!("m{i}"), row.to_vec())).collect();
    let members = || Members::new(&named, bands);
    let stats = || Gaussian::of(cube, &go_on);
    let mut keep = |rows: Rows| {
        found.rows.push(rows);
        Ok(())
    };
    match kind {
        "sam" => spectral::spectral_angles(cube, &members()?, &go_on, &mut keep)?,
        "mf" => {
            spectral::matched_filter(cube, &Background::new(&stats()?)?, &members()?, &go_on, &mut keep)?;
        }
        "ace" => spectral::coherence(cube, &Background::new(&stats()?)?, &members()?, &go_on, &mut keep)?,
        "rx" => spectral::anomaly(cube, &Background::new(&stats()?)?, &go_on, &mut keep)?,
        "fcls" => spectral::unmix(cube, &members()?, Constraint::FullyConstrained, &go_on, &mut keep)?,
        "nnls" => spectral::unmix(cube, &members()?, Constraint::NonNegative, &go_on, &mut keep)?,
        "cov" => {
            let stats = stats()?;
            found.numbers = [stats.mean, stats.covariance].concat();
        }
        "pca" => {
            let pca = Components::principal(&stats()?)?;
            pca.transform(cube, bands.min(10), &go_on, &mut keep)?;
            found.numbers = pca.eigenvalues().to_vec();
        }
        "mnf" => {
            let mnf = Components::noise_ordered(&stats()?, &Gaussian::of_noise(cube, &go_on)?)?;
            mnf.transform(cube, bands.min(10), &go_on, &mut keep)?;
            found.numbers = mnf.eigenvalues().to_vec();
        }
        "kmeans" => {
            let options = ClusterOptions { passes: 20, tolerance: 0.0, ..ClusterOptions::default() };
            let clusters = Clusters::from_centres(cube, given.to_vec(), &options, &go_on)?;
            found.numbers = (0..clusters.len()).flat_map(|i| clusters.centre(i)).copied().collect();
        }
        other => return Err(SpectralError::Parameter(format!("There is no product {other}"))),
    }
    Ok(found)
}
