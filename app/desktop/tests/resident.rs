//! What is on the graphics card is looked at in other ways without a byte read or sent. A process of its own, because
//! what is counted is all that the process reads.

use desktop::frame::{Program, Setting};
use desktop::map::layer::Contrast;
use desktop::offscreen::{Look, Offscreen};
use desktop::outbox::LayerAsk;
use expression::Expression;
use picture::{BandMix, Formula};
use raster::write::{self, NewImage, WriteOptions};
use raster::{ColorRole, SampleBuffer, SampleType, bytes_read};
use renderer::{Colormap, Filter};

const SIDE: u32 = 700;

/// A scene of four 16-bit bands on disk.
fn scene(folder: &std::path::Path) -> std::path::PathBuf {
    let path = folder.join("scene.tif");
    let mut image = NewImage::new(SIDE, SIDE, SampleType::U16, &[ColorRole::Undefined; 4]);
    for (band, nm) in image.bands.iter_mut().zip([490.0, 560.0, 665.0, 842.0]) {
        band.wavelength_nm = Some(nm);
    }
    let sample =
        |i: u32, band: u32| ((i.wrapping_mul(2_654_435_761).rotate_left(7 * band) >> 20) + band * 400) as u16;
    let samples: Vec<u16> = (0..4).flat_map(|band| (0..SIDE * SIDE).map(move |i| sample(i, band))).collect();
    let options = WriteOptions { tile_px: Some(256), ..WriteOptions::default() };
    write::image(&path, &image, &options, &SampleBuffer::U16(samples)).expect("the scene");
    path
}

fn middle(window: &mut Offscreen) -> Vec<u8> {
    let rect = window.program().state.map_rect;
    let picture = window.picture().expect("a picture");
    let at = rect.center();
    let row = |y: u32| (0..24).map(move |x| (x, y));
    let places = (0..24).flat_map(row);
    places.filter_map(|(x, y)| picture.pixel(at.x as u32 + x, at.y as u32 + y)).flatten().collect()
}

/// Every way of looking at what is there, one after the other.
fn looks(program: &mut Program) -> Vec<(&'static str, LayerAsk)> {
    let (_, layer) = program.state.shown_layer().expect("a layer");
    let image = layer.view().expect("it is open").source.image().clone();
    let formula = |text: &str| Formula::new(Expression::parse(text).expect(text), &image).expect(text);
    let mix = |text: &str| BandMix::Formula { formula: formula(text), colormap: Colormap::Viridis };
    let again = BandMix::Formula { formula: formula("(nir - red) / (nir + red)"), colormap: Colormap::Vik };
    vec![
        ("other bands", LayerAsk::Mix(BandMix::Rgb([3, 2, 1]))),
        ("a stretch", LayerAsk::Contrast(Contrast::Deviation(1.0))),
        ("one black and white", LayerAsk::Linked(true)),
        ("gamma", LayerAsk::Gamma(1.8)),
        ("by hand", LayerAsk::Limits(0, [500.0, 2500.0])),
        ("one band", LayerAsk::Mix(BandMix::Single { band: 3, colormap: Colormap::Grey })),
        ("a colour map", LayerAsk::Mix(BandMix::Single { band: 3, colormap: Colormap::Batlow })),
        ("backwards", LayerAsk::Reversed(true)),
        ("in steps", LayerAsk::Steps(5)),
        ("inverted", LayerAsk::Inverted(true)),
        ("an index", LayerAsk::Mix(mix("(nir - red) / (nir + red)"))),
        ("other colours of it", LayerAsk::Mix(again)),
        ("centred", LayerAsk::Centre(Some(-0.3))),
        ("another formula", LayerAsk::Mix(mix("b4 > 1.2 * b1 ? b4 : nan"))),
        ("sharp", LayerAsk::Filter(Some(Filter::Nearest))),
        ("opacity", LayerAsk::Opacity(0.5)),
        ("as at first", LayerAsk::FirstLook),
    ]
}

#[test]
fn other_looks_of_what_is_on_the_graphics_card_read_and_send_nothing_and_take_one_frame() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = scene(folder.path());
    let setting = Setting { data_folder: Some(folder.path().join("data")), threads: 3, ..Setting::default() };
    let mut window =
        Offscreen::new(Look { size_px: [1280, 720], ..Look::default() }, setting).expect("a window");
    window.program().open(vec![path]);
    window.settle().expect("settled");
    // What measures reads once, before anything is counted.
    let read = bytes_read();
    assert!(read > 100_000, "{read} bytes were counted for the tiles, packed as they are");
    let sent = window.program().tile_counters();
    assert!(sent.bytes_uploaded >= u64::from(SIDE * SIDE) * 8, "{sent:?}");
    let mut before = middle(&mut window);
    for (what, ask) in looks(window.program()) {
        window.program().show_layer_as(&ask);
        window.step();
        let after = middle(&mut window);
        assert!(after != before, "{what}: the first frame shows nothing new");
        // Measuring goes on beside; it reads nothing that is not in memory either.
        window.settle().expect("settled");
        before = middle(&mut window);
        assert_eq!(bytes_read(), read, "{what} read from the file");
        assert_eq!(window.program().tile_counters(), sent, "{what} sent tiles");
    }
}
