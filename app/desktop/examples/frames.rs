//! What a frame of the window costs while nothing has to be read: `frames explore|whole|annotate|review COUNT FILE…`.
//!
//! The map is panned by eight pixels a frame at one pixel a pixel (`whole`: with everything in view; `review`: the
//! next case of the queue is shown), there and back, so that the second time everything is at hand; the second time is measured. Prints medians as
//! JSON, in milliseconds: `window` is the processor time of the window's thread (panels, map, tessellation, handing
//! over), `window_worst` its longest, `all` that of every thread, the drawing of a software driver included, and
//! `wall` until the picture is drawn. `tests/peers/frames.py` sets them beside QGIS.
#![expect(clippy::print_stdout, reason = "an example prints what it measured")]

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use desktop::frame::Setting;
use desktop::offscreen::{Look, Offscreen};
use editing::{Command, ReviewCommand, ViewCommand, Workspace};

const STEP_PX: f64 = 8.0;

/// Milliseconds of one frame.
#[derive(Clone, Copy, Default)]
struct Cost {
    window: f64,
    all: f64,
    wall: f64,
}

fn main() -> anyhow::Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    ensure!(args.len() >= 3, "frames explore|whole|annotate|review COUNT FILE…");
    let workspace = match args[0].as_str() {
        "annotate" => Workspace::Annotate,
        "review" => Workspace::Review,
        _ => Workspace::Explore,
    };
    let count: usize = args[1].parse().context("COUNT is a number")?;
    let folder = tempfile::tempdir()?;
    let setting = Setting {
        data_folder: Some(folder.path().to_owned()),
        author: Some("Ben".into()),
        read_only: true,
        ..Setting::default()
    };
    let mut window = Offscreen::new(Look { size_px: [1920, 1080], ..Look::default() }, setting)?;
    window.set_patience(Duration::from_mins(10));
    window.program().open(args[2..].iter().map(Into::into).collect());
    window.settle()?;
    window.program().run(Command::View(ViewCommand::Show(workspace)));
    window.settle()?;
    if matches!(args[0].as_str(), "explore" | "annotate") {
        window.program().run(Command::View(ViewCommand::OneToOne));
        window.settle()?;
    }
    let regions = window.program().state.content().map_or(0, |p| p.regions().len());
    let mut measured = Vec::new();
    for (time, forward) in [(0, true), (0, false), (1, true)] {
        for _ in 0..count {
            let cost = one(&mut window, workspace, forward)?;
            if time == 1 {
                measured.push(cost);
            } else {
                window.settle()?;
            }
        }
    }
    let of = |pick: fn(&Cost) -> f64| {
        let mut values: Vec<f64> = measured.iter().map(pick).collect();
        values.sort_by(f64::total_cmp);
        (values[values.len() / 2], values[values.len() - 1])
    };
    let (window_ms, worst) = of(|c| c.window);
    println!(
        "{}",
        serde_json::json!({
            "regions": regions, "frames": count, "window": window_ms, "window_worst": worst,
            "all": of(|c| c.all).0, "wall": of(|c| c.wall).0,
        })
    );
    Ok(())
}

fn one(window: &mut Offscreen, workspace: Workspace, forward: bool) -> anyhow::Result<Cost> {
    let (start, mine, all) = (Instant::now(), this_thread_ms()?, every_thread_ms()?);
    if workspace == Workspace::Review {
        let step = if forward { ReviewCommand::NextCase } else { ReviewCommand::PreviousCase };
        window.program().run(Command::Review(step));
    } else {
        let camera = &mut window.program().state.camera;
        *camera = camera.panned(if forward { STEP_PX } else { -STEP_PX }, 0.0);
    }
    window.step();
    window.submit();
    let window_ms = this_thread_ms()? - mine;
    window.wait()?;
    Ok(Cost { window: window_ms, all: every_thread_ms()? - all, wall: start.elapsed().as_secs_f64() * 1e3 })
}

/// Processor milliseconds that a thread has used, as Linux counts them.
fn used_ms(schedstat: &Path) -> anyhow::Result<f64> {
    let text = std::fs::read_to_string(schedstat).context("this example needs Linux's /proc")?;
    let nanoseconds: f64 = text.split_whitespace().next().context("empty schedstat")?.parse()?;
    Ok(nanoseconds / 1e6)
}

fn this_thread_ms() -> anyhow::Result<f64> {
    used_ms(Path::new("/proc/thread-self/schedstat"))
}

fn every_thread_ms() -> anyhow::Result<f64> {
    let threads = std::fs::read_dir("/proc/self/task")?;
    // A thread may end between being listed and being read.
    Ok(threads.flatten().filter_map(|t| used_ms(&t.path().join("schedstat")).ok()).sum())
}
