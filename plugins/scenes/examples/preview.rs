//! Writes a scene and says how long it took: `cargo run -p orthoscope-scenes --example preview DIR [SEED [PIXELS
//! METRES]]`, for a square of so many pixels a side, each of so many metres.

use std::path::PathBuf;
use std::time::Instant;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let dir = PathBuf::from(arguments.next().ok_or("which folder?")?);
    let seed = arguments.next().map_or(Ok(7), |s| s.parse())?;
    let options = match (arguments.next(), arguments.next()) {
        (Some(side), Some(metres)) => {
            let side = side.parse()?;
            scenes::SceneOptions::sized(side, side, metres.parse()?)
        }
        _ => scenes::SceneOptions::default(),
    };
    let started = Instant::now();
    let scene = scenes::Scene::generate(seed, &options, &|_| {})?;
    let made = started.elapsed();
    let files = scene.write(&dir, &|_| {})?;
    let written = started.elapsed().saturating_sub(made);
    let text =
        format!("{} buildings, made in {made:.2?}, written in {:.2?}\n", scene.footprints.len(), written);
    std::io::Write::write_all(&mut std::io::stderr(), text.as_bytes())?;
    std::io::Write::write_all(&mut std::io::stdout(), format!("{}\n", files.post.display()).as_bytes())?;
    Ok(())
}
