//! Finds what clicks mean, again and again on one picture, so that a script can click where the last answer was wrong:
//! `clicks WIDTH HEIGHT BANDS IMAGE.f32` reads lines `METHOD X Y THIS X Y THIS …` (THIS is 1 for the object, 0 for what is not)
//! and answers each with a byte for each pixel. `tests/peers/assist.py` does the clicking.

use std::error::Error;
use std::io::Write as _;

use segment::{Image, Method, Prompt, SegmentError, SelectOptions, select};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [width, height, bands, file] = &arguments[..] else {
        return Err("usage: clicks WIDTH HEIGHT BANDS IMAGE.f32".into());
    };
    let [width, height, bands]: [usize; 3] = [width.parse()?, height.parse()?, bands.parse()?];
    let bytes = std::fs::read(file)?;
    let (words, _) = bytes.as_chunks::<4>();
    let image =
        Image::new(width, height, bands, words.iter().map(|word| f32::from_ne_bytes(*word)).collect())?;
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lines() {
        let line = line?;
        let mut words = line.split_whitespace();
        let name = words.next().unwrap_or_default();
        let method = Method::ALL.into_iter().find(|m| m.key() == name);
        let method = method.ok_or_else(|| format!("there is no method {name}"))?;
        let numbers = words.map(str::parse).collect::<Result<Vec<usize>, _>>()?;
        let mut prompt = Prompt::default();
        for [x, y, this] in numbers.as_chunks::<3>().0 {
            let side = if *this > 0 { &mut prompt.this } else { &mut prompt.not };
            side.push([*x, *y]);
        }
        let options = SelectOptions { method, ..SelectOptions::default() };
        let mut answer = vec![0_u8; width * height];
        match select(&image, &prompt, &options, &|| true) {
            Ok(found) => {
                for (row, inside) in found.inside.chunks_exact(found.area.width).enumerate() {
                    let from = (found.area.top + row) * width + found.area.left;
                    for (to, inside) in answer[from..].iter_mut().zip(inside) {
                        *to = u8::from(*inside);
                    }
                }
            }
            // An answer too: what is meant is not found.
            Err(SegmentError::Nothing | SegmentError::NoMarkers) => {}
            Err(error) => return Err(error.into()),
        }
        out.write_all(&answer)?;
        out.flush()?;
    }
    Ok(())
}
