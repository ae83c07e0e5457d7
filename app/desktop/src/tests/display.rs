//! How a layer is shown, chosen by the names on the panel.

use editing::{Command, Pane, ViewCommand};
use egui::{Event, Key, Modifiers, MouseWheelSource, MouseWheelUnit, TouchPhase, vec2};
use picture::BandMix;
use raster::write::{self, NewImage, WriteOptions};
use raster::{ColorRole, SampleBuffer, SampleType};
use renderer::{Colormap, Filter};

use super::window::Window;
use crate::map::layer::{Contrast, Extent, MapLayer};

const SIDE: u32 = 300;
/// Of a sensor that sees what Sentinel-2 sees, without its third red edge.
const WAVELENGTHS: [f64; 8] = [490.0, 560.0, 665.0, 705.0, 740.0, 842.0, 1610.0, 2190.0];

/// The sample of a pixel: every band brighter than the one before, brighter to the right.
fn sample(band: u32, x: u32, y: u32) -> u16 {
    (200 + band * 300 + x * 5 + y % 3) as u16
}

fn with_scene() -> Window {
    let mut window = Window::without_project();
    let path = window.folder().join("field.tif");
    let mut image = NewImage::new(SIDE, SIDE, SampleType::U16, &[ColorRole::Undefined; 8]);
    for (band, nm) in image.bands.iter_mut().zip(WAVELENGTHS) {
        band.wavelength_nm = Some(nm);
    }
    let of_band = |band: u32| (0..SIDE * SIDE).map(move |i| sample(band, i % SIDE, i / SIDE));
    let samples: Vec<u16> = (0..8).flat_map(of_band).collect();
    let options = WriteOptions { tile_px: Some(128), ..WriteOptions::default() };
    write::image(&path, &image, &options, &SampleBuffer::U16(samples)).expect("the scene");
    window.program().open(vec![path]);
    window.until("the layer is open", |p| p.state.layers.values().any(|l| l.view().is_some()));
    // Room for all of the panel.
    window.program().run(Command::View(ViewCommand::Pane(Pane::Region)));
    window.resize(1280.0, 1400.0);
    window.settle();
    window
}

impl Window {
    fn layer(&mut self) -> &MapLayer {
        self.program().state.shown_layer().expect("a layer").1
    }

    fn look(&mut self) -> picture::Rendering {
        self.layer().rendering().expect("it is open").clone()
    }

    fn formula(&mut self) -> String {
        match self.look().mix {
            BandMix::Formula { formula, .. } => formula.text().to_owned(),
            other => panic!("no formula but {other:?}"),
        }
    }

    fn rewrites(&mut self, field: &str, text: &str) {
        self.click(field);
        self.press_with(Modifiers::COMMAND, Key::A);
        self.types(text);
    }
}

#[test]
fn a_composite_finds_its_bands_and_one_that_cannot_says_why() {
    let mut window = with_scene();
    assert_eq!(window.look().mix, BandMix::Rgb([2, 1, 0]), "true colour at first");
    window.click("Composite");
    window.click("Burned area");
    assert_eq!(window.look().mix, BandMix::Rgb([7, 6, 5]));
    window.click("Composite");
    // There is no band at 783 nm.
    window.click("Red edge");
    assert_eq!(window.look().mix, BandMix::Rgb([7, 6, 5]));
    window.expect("Red edge");
}

#[test]
fn a_band_is_found_by_its_wavelength() {
    let mut window = with_scene();
    window.click("Red");
    window.types("1.6 µm");
    window.press(Key::Enter);
    assert_eq!(window.look().mix, BandMix::Rgb([6, 1, 0]));
    window.click("Green");
    window.types("8");
    window.press(Key::Enter);
    assert_eq!(window.look().mix, BandMix::Rgb([6, 7, 0]), "the eighth, not the one at 842 nm");
}

#[test]
fn a_formula_is_checked_as_it_is_typed_and_measured_when_it_can_be_read() {
    let mut window = with_scene();
    window.click("Formula");
    assert_eq!(window.formula(), "(N - R) / (N + R)");
    let values = window.layer().values_of(0).expect("measured").values.clone();
    // Nir is 900 more than red, and both grow to the right.
    let expected = |x: u32| 900.0 / (f64::from(sample(5, x, 0)) + f64::from(sample(2, x, 0)));
    assert!((values.max - expected(0)).abs() < 1e-6, "{values:?}");
    assert!(values.min < expected(SIDE - 1) && values.valid == u64::from(SIDE * SIDE));
    let [low, high] = window.look().stretch[0];
    assert!(f64::from(low) > values.min && f64::from(high) < values.max, "percentiles: {low} to {high}");

    window.rewrites("Formula over the bands", "nir / (red + ");
    assert!(window.reads("Expected"), "no word about the end");
    assert_eq!(window.formula(), "(N - R) / (N + R)", "what can be read stays on the map");
    window.types("thermal)");
    assert!(window.reads("which is 'thermal'"), "no word about the band");
    window.rewrites("Formula over the bands", "b8 / b1");
    assert_eq!(window.formula(), "b8 / b1");
    assert!(window.layer().values_of(0).is_some_and(|values| values.values.max > 5.0));
}

#[test]
fn a_word_that_is_being_typed_is_completed() {
    let mut window = with_scene();
    window.click("Formula");
    window.rewrites("Formula over the bands", "swi");
    assert!(window.reads("swir1") && window.reads("swir2"));
    window.press(Key::ArrowDown);
    window.press(Key::Enter);
    assert_eq!(window.formula(), "swir2");
    window.types(" + sq");
    window.press(Key::Tab);
    window.types("b1)");
    assert_eq!(window.formula(), "swir2 + sqrt(b1)");
}

#[test]
fn an_index_is_found_by_what_it_is_about() {
    let mut window = with_scene();
    window.click("Formula");
    window.click("Published indices");
    window.write("Name or words: NDVI, water, burn", "adjusted");
    window.click("SAVI");
    assert!(window.formula().contains("0.5"), "{}", window.formula());
    assert!(window.reads("Soil-Adjusted Vegetation Index") && window.reads("Huete"), "title and reference");
}

#[test]
fn colours_steps_and_classes_are_chosen_by_name() {
    let mut window = with_scene();
    window.click("One band");
    window.click("Colour map");
    window.click("Batlow");
    assert_eq!(window.look().mix, BandMix::Single { band: 2, colormap: Colormap::Batlow });
    window.click("More");
    window.click("Reverse the colours");
    window.click("Invert");
    window.click("Centred on");
    window.click("Pixels");
    window.click("Always smooth (bilinear)");
    let look = window.look();
    assert!(look.reversed && look.inverted && look.centre.is_some());
    assert_eq!(look.filter, Some(Filter::Bilinear));
    window.click("Formula");
    window.rewrites("Formula over the bands", "b1 > 1000 ? 3 : 7");
    window.click("Numbers are classes");
    let classes = window.look().classes.expect("classes");
    assert_eq!(classes.all().iter().map(|class| class.value).collect::<Vec<_>>(), [3, 7]);
    window.expect("Colour of class 7");
    window.click("Look as when opened");
    assert_eq!(window.look().mix, BandMix::Rgb([2, 1, 0]));
    assert!(window.layer().is_at_first());
}

#[test]
fn every_pixel_counted_by_a_graphics_card_gives_the_same_black_and_white() {
    let mut window = with_scene();
    let gpu = window.program().gpu();
    window.program().compute = Some(compute::Compute::new(&gpu));
    window.click("One band");
    window.click("Stretch");
    window.click("Min – max");
    window.click("Values of");
    window.click("Layer, every pixel");
    let whole = [f32::from(sample(2, 0, 0)), f32::from(sample(2, SIDE - 1, 2))];
    assert_eq!(window.look().stretch[0], whole);
    let values = window.layer().values_of(2).map(|band| band.values.clone());
    let source = window.layer().source().cloned().expect("a layer");
    let expected = raster::statistics::exact(&source, &[2], &|_| true).expect("counted").swap_remove(0);
    assert_eq!(values, Some(expected));
    assert!(window.program().state.notices.shown().is_empty(), "the adapter did it");
}

#[test]
fn black_and_white_follow_every_pixel_the_view_or_the_hand() {
    let mut window = with_scene();
    window.click("One band");
    window.click("Stretch");
    window.click("Min – max");
    window.click("Values of");
    window.click("Layer, every pixel");
    let whole = [f32::from(sample(2, 0, 0)), f32::from(sample(2, SIDE - 1, 2))];
    assert_eq!(window.look().stretch[0], whole);
    assert_eq!(window.layer().extent, Extent::EveryPixel);
    window.click("Values of");
    window.click("What is on screen");
    assert_eq!(window.look().stretch[0], whole, "all of it is on the screen");
    for _ in 0..6 {
        window.program().run(Command::View(ViewCommand::ZoomIn));
    }
    window.settle();
    window.until("what is on screen is measured", |p| {
        let layer = p.state.shown_layer().expect("a layer").1;
        layer.rendering().is_some_and(|look| look.stretch[0][0] > whole[0]) && layer.measuring.is_none()
    });
    let seen = window.look().stretch[0];
    assert!(seen[0] > whole[0] && seen[1] < whole[1], "{seen:?} of {whole:?}");

    let plot = window.place("Histogram");
    let black = plot.left_top() + vec2(plot.width() * 0.02, 30.0);
    window.drag(black, black + vec2(plot.width() * 0.25, 0.0));
    assert_eq!(window.layer().contrast, Contrast::Manual);
    let by_hand = window.look().stretch[0];
    assert!(by_hand[0] > seen[0] && by_hand[1] == seen[1], "{by_hand:?}");
    // What was set by hand stays for other bands.
    window.program().run(Command::View(ViewCommand::NextBand));
    window.settle();
    assert_eq!(window.look().stretch[0], by_hand);
}

#[test]
fn three_colours_share_black_and_white_on_demand() {
    let mut window = with_scene();
    let own = window.look().stretch;
    assert!(own[0] != own[1] && own[1] != own[2]);
    window.click("Same for all three");
    let shared = window.look().stretch;
    assert_eq!(shared, [[own[2][0], own[0][1]]; 3]);
    window.click("Same for all three");
    assert_eq!(window.look().stretch, own);
}

#[test]
fn the_wheel_with_ctrl_and_brackets_go_through_the_bands() {
    let mut window = with_scene();
    let camera = window.program().state.camera;
    let middle = window.program().state.map_rect.center();
    let wheel = |y: f32| Event::MouseWheel {
        unit: MouseWheelUnit::Line,
        delta: vec2(0.0, y),
        phase: TouchPhase::Move,
        source: MouseWheelSource::Wheel,
        modifiers: Modifiers::COMMAND,
    };
    window.event(Event::PointerMoved(middle));
    window.event(wheel(1.0));
    window.settle();
    assert_eq!(window.look().mix, BandMix::Rgb([3, 2, 1]));
    window.event(wheel(-3.0));
    window.settle();
    assert_eq!(window.look().mix, BandMix::Rgb([3, 2, 1]), "there is no band before the first");
    window.press(Key::OpenBracket);
    assert_eq!(window.look().mix, BandMix::Rgb([2, 1, 0]));
    window.press(Key::CloseBracket);
    assert_eq!(window.look().mix, BandMix::Rgb([3, 2, 1]));
    assert_eq!(window.program().state.camera, camera, "the map has not moved");
}

#[test]
fn the_palette_finds_composites_colours_and_indices() {
    let mut window = with_scene();
    let find = |window: &mut Window, words: &str| {
        window.program().run(Command::View(ViewCommand::CommandPalette));
        window.settle();
        window.types(words);
        window.press(Key::Enter);
    };
    find(&mut window, "fresh burns");
    assert_eq!(window.look().mix, BandMix::Rgb([7, 6, 5]));
    find(&mut window, "index ndvi");
    assert_eq!(window.formula(), "(N - R) / (N + R)");
    find(&mut window, "colour map vik");
    assert_eq!(window.look().mix.colormap(), Some(Colormap::Vik));
}
