//! What each step of a frame costs the window's thread while tiles stream in: `flight FILE [FRAMES [STEP_PX]]`.
//!
//! The map flies over the image at one pixel a pixel, `STEP_PX` (48) to the right and down a frame, 60 frames a second
//! unless a frame takes longer, over places that were not seen before. Prints JSON: for each step and for all of them
//! the median, the 99th percentile and the longest in milliseconds, without waiting for a turn on a processor; how
//! often the thread read or unpacked anything; and the most bytes that a frame sent to the graphics card.
#![expect(clippy::print_stdout, reason = "an example prints what it measured")]

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use desktop::frame::Setting;
use desktop::offscreen::{Look, Offscreen};
use desktop::trace::{FrameTrace, STEPS};
use editing::{Command, ViewCommand};
use serde_json::{Map, Value, json};

const FRAME: Duration = Duration::from_micros(16_667);

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let path = PathBuf::from(arguments.next().context("usage: flight FILE [FRAMES [STEP_PX]]")?);
    let count: usize = arguments.next().map_or(Ok(300), |n| n.parse())?;
    let step_px: f64 = arguments.next().map_or(Ok(48.0), |n| n.parse())?;
    let folder = tempfile::tempdir()?;
    let setting = Setting { data_folder: Some(folder.path().to_owned()), ..Setting::default() };
    let mut window = Offscreen::new(Look { size_px: [1920, 1080], ..Look::default() }, setting)?;
    window.set_patience(Duration::from_mins(10));
    window.program().open(vec![path]);
    window.settle()?;
    window.program().run(Command::View(ViewCommand::OneToOne));
    let bounds = window.program().state.world_bounds().context("the image lies nowhere")?;
    let camera = &mut window.program().state.camera;
    camera.center = spatial::WorldPoint {
        x: bounds.min().x + bounds.width() * 0.05,
        y: bounds.max().y - bounds.height() * 0.05,
    };
    window.settle()?;
    let read = raster::bytes_read();
    let mut traces = Vec::with_capacity(count);
    for _ in 0..count {
        let begun = Instant::now();
        let camera = &mut window.program().state.camera;
        *camera = camera.panned(-step_px, -step_px);
        traces.push(window.step_traced());
        std::thread::sleep(FRAME.saturating_sub(begun.elapsed()));
    }
    println!("{}", report(&traces, raster::bytes_read() - read));
    Ok(())
}

fn report(traces: &[FrameTrace], bytes_read: u64) -> Value {
    let mut out = Map::new();
    let mut add = |name: &str, kept: &dyn Fn(&FrameTrace) -> Duration| {
        let mut kept: Vec<f64> = traces.iter().map(|t| kept(t).as_secs_f64() * 1e3).collect();
        kept.sort_by(f64::total_cmp);
        let at = |share: f64| kept[((kept.len() - 1) as f64 * share).round() as usize];
        out.insert(name.to_owned(), json!({ "p50": at(0.5), "p99": at(0.99), "max": at(1.0) }));
    };
    for (i, step) in STEPS.iter().enumerate() {
        add(step, &|trace| trace.kept[i]);
    }
    add("streaming", &|trace| trace.kept[0] + trace.kept[4]);
    add("all", &|trace| trace.kept.iter().sum());
    out.insert("frames".into(), traces.len().into());
    out.insert("reads".into(), traces.iter().map(|t| t.reads).sum::<u64>().into());
    out.insert("most_sent".into(), traces.iter().map(|t| t.sent).max().unwrap_or(0).into());
    out.insert("read".into(), bytes_read.into());
    Value::Object(out)
}
