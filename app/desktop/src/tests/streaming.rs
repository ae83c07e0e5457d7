//! What is seen before everything is there, and what flying costs the window's thread: it never reads or unpacks, and
//! sends little in any frame. How long steps keep it is printed: without optimisation, on a busy machine, that proves
//! nothing; `examples/flight.rs` measures it.

use std::path::Path;
use std::time::{Duration, Instant};

use editing::{Command, FileCommand};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use raster::write::{NewImage, WriteOptions, Writer};
use raster::{SampleBuffer, SampleType};
use spatial::WorldPoint;

use super::App;
use crate::frame::Program;
use crate::map::tiles;
use crate::trace::{FrameTrace, STEPS};

const SIDE: u32 = 4096;
/// The border of one pixel that each tile brings along.
const BORDER: f64 = 1.02;
const MOST_A_FRAME: u64 = 2 << 20;

/// Floats of four bands in tiles of 512: each tile is twice what a frame may send.
fn write_image(path: &Path) {
    let new = NewImage::new(SIDE, SIDE, SampleType::F32, &[raster::ColorRole::Gray; 4]);
    let options =
        WriteOptions { tile_px: Some(512), overviews: true, deflate_level: 1, ..WriteOptions::default() };
    let writer = Writer::create(path, &new, &options).expect("created");
    for y in (0..SIDE).step_by(512) {
        let value = |i: u32| (i % SIDE).wrapping_mul(2_654_435_761).wrapping_add(y) as f32;
        let rows = (0..SIDE * 512 * 4).map(value).collect();
        writer.write_rows(y, &SampleBuffer::F32(rows)).expect("written");
    }
    writer.finish().expect("finished");
}

#[test]
fn flying_over_an_image_keeps_reading_off_the_windows_thread_and_sends_little_in_any_frame() {
    let App { window, folder } = App::start();
    let path = folder.path().join("wide.tif");
    write_image(&path);
    let mut app = App { window, folder };
    app.open(vec![path]);
    let App { window, folder } = app;
    let frame = |ui: &mut egui::Ui, (program, traces): &mut (Program, Vec<FrameTrace>)| {
        traces.push(program.frame_traced(ui));
    };
    let mut program = window.into_state();
    program.state.camera.resolution = 1.0;
    // Names are looked at by the tests of panels.
    let builder = Harness::builder().with_size(egui::vec2(1280.0, 720.0)).with_max_steps(1);
    let builder = builder.with_accessibility_check(false);
    let mut window = builder.build_ui_state(frame, (program, Vec::new()));
    let side = f64::from(SIDE);
    for i in 0..90 {
        let share = f64::from(i) / 90.0;
        let at = WorldPoint { x: side * (0.15 + 0.7 * share), y: -side * (0.15 + 0.7 * share) };
        window.state_mut().0.state.camera.center = at;
        // The pointer asks for values under it, too.
        window.event(egui::Event::PointerMoved(egui::pos2(600.0 + i as f32, 300.0)));
        window.step();
        std::thread::sleep(Duration::from_millis(4));
    }
    let begun = Instant::now();
    while window.state().0.is_busy() && begun.elapsed() < Duration::from_secs(30) {
        window.step();
    }
    let traces = &window.state().1;
    let total: u64 = traces.iter().map(|trace| trace.sent).sum();
    for (i, step) in STEPS.iter().enumerate() {
        let mut kept: Vec<Duration> = traces.iter().map(|trace| trace.kept[i]).collect();
        kept.sort();
        println!("{step}: {:?} in the middle, {:?} at most", kept[kept.len() / 2], kept[kept.len() - 1]);
    }
    assert!(total > 2 * MOST_A_FRAME, "the flight needed tiles: {total}");
    let most = traces.iter().map(|trace| trace.sent).max().unwrap_or(0);
    assert!(most as f64 <= MOST_A_FRAME as f64 * BORDER, "{most} bytes in one frame");
    assert!(raster::bytes_read() > total / 4, "tiles were read meanwhile");
    let reads: Vec<u64> = traces.iter().map(|trace| trace.reads).collect();
    assert!(reads.iter().all(|reads| *reads == 0), "the window's thread read or unpacked: {reads:?}");
    drop(folder);
}

/// A file of 24,000 × 24,000 bytes that the disk does not hold.
fn write_wide(folder: &Path) -> std::path::PathBuf {
    let data = folder.join("wide.dat");
    let file = std::fs::File::create(&data).expect("created");
    file.set_len(24_000 * 24_000).expect("set");
    let header = "ENVI\nsamples = 24000\nlines = 24000\nbands = 1\ndata type = 1\ninterleave = bsq\n";
    std::fs::write(folder.join("wide.hdr"), header).expect("written");
    data
}

#[test]
fn an_image_without_overviews_is_seen_roughly_before_they_are_made_and_that_is_said() {
    let mut app = App::start();
    let path = write_wide(app.folder.path());
    app.program().open(vec![path]);
    app.until("the image is seen roughly", |p| {
        let view = p.state.layers.values().next().and_then(|l| l.view());
        view.is_some_and(|view| {
            view.is_rough(&p.state.camera) && tiles::is_seen(&p.renderer.lock(), &p.state.camera, view)
        })
    });
    app.until("overviews are being made", |p| !p.work.overviews.is_empty());
    assert!(app.window.query_all_by_label("rough view").count() > 0);
    let closer = |p: &Program| {
        let view = p.state.layers.values().next().and_then(|l| l.view()).expect("open");
        (view.is_rough(&p.state.camera), view.wanted_now(&p.state.camera) == view.wanted(&p.state.camera))
    };
    assert_eq!(closer(app.program()), (true, false));
    app.program().state.camera.resolution = 1.0;
    assert_eq!(closer(app.program()), (false, true), "closer up it is exact");
    // What is under way ends with the project.
    app.program().run(Command::File(FileCommand::Close));
    app.until("it is closed", |p| p.work.overviews.is_empty());
}
