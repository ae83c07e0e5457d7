//! Flying over an image whose tiles are not there yet sends little in any frame. How long frames take is printed:
//! without optimisation, on a busy machine, it proves nothing.

use std::path::Path;
use std::time::{Duration, Instant};

use egui_kittest::Harness;
use raster::write::{NewImage, WriteOptions, Writer};
use raster::{SampleBuffer, SampleType};
use spatial::WorldPoint;

use super::App;
use crate::frame::Program;

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
fn flying_over_an_image_sends_little_in_any_frame() {
    let App { window, folder } = App::start();
    let path = folder.path().join("wide.tif");
    write_image(&path);
    let mut app = App { window, folder };
    app.open(vec![path]);
    let App { window, folder } = app;
    let mut kept = Vec::new();
    let mut sent = Vec::new();
    let frame = |ui: &mut egui::Ui, (program, times): &mut (Program, Vec<Duration>)| {
        times.push(program.frame_timed(ui));
    };
    let mut program = window.into_state();
    program.state.camera.resolution = 1.0;
    // Names are looked at by the tests of panels.
    let builder = Harness::builder().with_size(egui::vec2(1280.0, 720.0)).with_max_steps(1);
    let builder = builder.with_accessibility_check(false);
    let mut window = builder.build_ui_state(frame, (program, Vec::new()));
    let uploaded = |window: &Harness<'_, (Program, Vec<Duration>)>| {
        window.state().0.renderer.lock().tiles().counters().bytes_uploaded
    };
    let side = f64::from(SIDE);
    for i in 0..90 {
        let share = f64::from(i) / 90.0;
        let at = WorldPoint { x: side * (0.15 + 0.7 * share), y: -side * (0.15 + 0.7 * share) };
        window.state_mut().0.state.camera.center = at;
        window.state_mut().1.clear();
        let before = uploaded(&window);
        window.step();
        kept.extend(window.state().1.iter().copied());
        sent.push((uploaded(&window) - before) / window.state().1.len().max(1) as u64);
        std::thread::sleep(Duration::from_millis(4));
    }
    let begun = Instant::now();
    while window.state().0.is_busy() && begun.elapsed() < Duration::from_secs(30) {
        window.step();
    }
    kept.sort();
    let total: u64 = sent.iter().sum();
    println!(
        "the thread was kept {:?} at most, {:?} in the middle; {total} bytes sent",
        kept[kept.len() - 1],
        kept[kept.len() / 2]
    );
    assert!(total > 2 * MOST_A_FRAME, "the flight needed tiles: {total}");
    let most = sent.iter().max().copied().unwrap_or(0);
    assert!(most as f64 <= MOST_A_FRAME as f64 * BORDER, "{most} bytes in one frame");
    drop(folder);
}
