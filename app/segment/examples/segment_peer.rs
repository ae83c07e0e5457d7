//! Does one piece of work on raw numbers and says how long it took, so that other programs can do the same beside it:
//! `segment_peer TASK WIDTH HEIGHT BANDS IMAGE.f32 MARKERS.u32 OUT [NUMBER…]`. The image is band after band, markers are a
//! number for each pixel (0 unknown), all in the order of bytes of the machine. Prints a line of JSON.

use std::error::Error;
use std::io::Write as _;
use std::path::Path;
use std::time::Instant;

use segment::{
    Bank, Belongs, Image, LearnerKind, PixelFeatures, SlicOptions, WalkerOptions, grabcut, random_walker,
    slic, watershed,
};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [task, width, height, bands, image, markers, out, numbers @ ..] = &arguments[..] else {
        return Err("TASK WIDTH HEIGHT BANDS IMAGE MARKERS OUT [NUMBER…]".into());
    };
    let [width, height, bands]: [usize; 3] = [width.parse()?, height.parse()?, bands.parse()?];
    let values = read(Path::new(image))?.into_iter().map(f32::from_bits).collect();
    let markers = read(Path::new(markers))?;
    let image = Image::new(width, height, bands, values)?;
    let numbers = numbers.iter().map(|n| n.parse()).collect::<Result<Vec<f64>, _>>()?;
    let number = |i: usize, usual: f64| numbers.get(i).copied().unwrap_or(usual);
    let wanted = || true;
    let began = Instant::now();
    let (made, parts): (Vec<u32>, Vec<f64>) = match task.as_str() {
        "features" => {
            let mut all = Vec::new();
            let bank = Bank::new(&[number(0, 1.6)]);
            bank.compute(&image, &wanted, &mut |_, plane| all.extend(plane.iter().map(|v| v.to_bits())))?;
            (all, Vec::new())
        }
        "walker" => {
            let options = WalkerOptions { tolerance: number(0, 1e-3), ..WalkerOptions::default() };
            let found = random_walker(&image, &markers, &options, &wanted)?;
            (found.into_iter().flatten().map(f32::to_bits).collect(), Vec::new())
        }
        "watershed" => (watershed(image.band(0), width, &markers, &|_| true, &wanted)?, Vec::new()),
        "slic" => {
            let options = SlicOptions {
                size_px: number(0, 400.0) as usize,
                compactness: number(1, 10.0) as f32,
                ..SlicOptions::default()
            };
            (slic(&image, &options, &wanted)?, Vec::new())
        }
        "grabcut" => {
            let of = |marker: &u32| match marker {
                0 => Belongs::Ground,
                1 => Belongs::Object,
                2 => Belongs::PerhapsGround,
                _ => Belongs::PerhapsObject,
            };
            let known: Vec<Belongs> = markers.iter().map(of).collect();
            let found = grabcut(&image, &known, 5, &wanted)?;
            (found.into_iter().map(u32::from).collect(), Vec::new())
        }
        "classify" => {
            let kinds = [LearnerKind::Forest, LearnerKind::Logistic, LearnerKind::Perceptron];
            let way = kinds.get(number(0, 0.0) as usize).copied().unwrap_or_default().usual();
            let features = PixelFeatures::new(&image, &Bank::default(), &wanted)?;
            let looked = began.elapsed().as_secs_f64() * 1e3;
            let marks = || {
                let known = markers.iter().enumerate().filter(|(_, class)| **class > 0);
                known.map(|(pixel, class)| (pixel, *class as u8 - 1))
            };
            let began = Instant::now();
            let learner = segment::Learner::train(&features.examples(marks()), &way, &wanted)?;
            let learnt = began.elapsed().as_secs_f64() * 1e3;
            let began = Instant::now();
            let hasty = features.classify(&learner, true, &wanted)?;
            let hasted = began.elapsed().as_secs_f64() * 1e3;
            let began = Instant::now();
            let shares = features.classify(&learner, false, &wanted)?;
            let classified = began.elapsed().as_secs_f64() * 1e3;
            drop(hasty);
            (shares.into_iter().map(f32::to_bits).collect(), vec![looked, learnt, hasted, classified])
        }
        other => return Err(format!("there is no task {other}").into()),
    };
    let took = began.elapsed().as_secs_f64() * 1e3;
    let bytes: Vec<u8> = made.iter().flat_map(|value| value.to_ne_bytes()).collect();
    std::fs::write(out, bytes)?;
    writeln!(std::io::stdout(), "{{\"ms\": {took:.3}, \"parts\": {parts:?}}}")?;
    Ok(())
}

fn read(path: &Path) -> Result<Vec<u32>, Box<dyn Error>> {
    let bytes = std::fs::read(path)?;
    Ok(bytes.as_chunks::<4>().0.iter().map(|four| u32::from_ne_bytes(*four)).collect())
}
