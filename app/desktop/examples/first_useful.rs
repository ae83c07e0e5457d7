//! How long from the wish to open a file to the first frames that show it, in a window that nobody sees.
//!
//! ```sh
//! cargo run --release -p orthoscope-desktop --example first_useful -- FILE [ROUNDS]
//! ```
//!
//! Prints milliseconds as JSON, one line a round: `open` until the layer is there, `something` until anything of it
//! is on the graphics card, `useful` until all that the view shows of it is, be it roughly, `drawn` until that frame
//! is drawn; `rough` says whether it was a rough view, `frame` how long the longest frame kept the thread meanwhile.
//! The first round also wakes the program. Overviews that were kept before would be used: give it a file that has
//! none in the cache folder (`XDG_CACHE_HOME` chooses another).
#![expect(clippy::print_stdout, reason = "an example prints what it measured")]

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use desktop::frame::Setting;
use desktop::offscreen::{Look, Offscreen};

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let path = PathBuf::from(arguments.next().context("usage: first_useful FILE [ROUNDS]")?);
    let rounds: u32 = arguments.next().map_or(Ok(5), |n| n.parse())?;
    for _ in 0..=rounds {
        let folder = tempfile::tempdir()?;
        let setting = Setting { data_folder: Some(folder.path().to_owned()), ..Setting::default() };
        let mut window = Offscreen::new(Look { size_px: [1920, 1080], ..Look::default() }, setting)?;
        window.step();
        window.submit();
        window.wait()?;
        println!("{}", measure(&mut window, &path)?);
    }
    Ok(())
}

fn measure(window: &mut Offscreen, path: &std::path::Path) -> anyhow::Result<serde_json::Value> {
    let start = Instant::now();
    window.program().open(vec![path.to_owned()]);
    let (mut open, mut something, mut longest) = (None, None, Duration::ZERO);
    loop {
        let frame = Instant::now();
        window.step();
        longest = longest.max(frame.elapsed());
        let seen = window.program().seen();
        if let Some(seen) = seen {
            open.get_or_insert_with(|| start.elapsed());
            if seen.share > 0.0 {
                something.get_or_insert_with(|| start.elapsed());
            }
            if seen.share >= 1.0 {
                let useful = start.elapsed();
                window.submit();
                window.wait()?;
                let ms = |t: Option<Duration>| t.map(|t| t.as_secs_f64() * 1e3);
                return Ok(serde_json::json!({
                    "open": ms(open), "something": ms(something), "useful": ms(Some(useful)),
                    "drawn": ms(Some(start.elapsed())), "rough": seen.is_rough, "frame": ms(Some(longest)),
                }));
            }
        }
        anyhow::ensure!(start.elapsed() < Duration::from_mins(2), "nothing was seen within two minutes");
        std::thread::sleep(Duration::from_micros(500));
    }
}
