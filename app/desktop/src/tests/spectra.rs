//! Spectra and products as a person takes and makes them.

use std::path::{Path, PathBuf};

use editing::{Command, Pane, ToolKind};
use egui::{Key, vec2};
use picture::BandMix;
use raster::write::{self, NewImage, WriteOptions};
use raster::{ColorRole, SampleBuffer, SampleType};

use super::window::Window;
use crate::panels::spectra::PLOT;
use crate::spectra::{Shape, Show};

pub(super) const SIDE: u32 = 48;
const BANDS: usize = 12;

/// Soil on the left, leaf on the right, with grain, in twelve bands from 400 to 950 nm.
pub(super) fn cube(folder: &Path) -> PathBuf {
    let mut new = NewImage::new(SIDE, SIDE, SampleType::F32, &[ColorRole::Undefined; BANDS]);
    let mut values = Vec::new();
    for b in 0..BANDS {
        new.bands[b].wavelength_nm = Some(400.0 + 50.0 * b as f64);
        values.extend((0..SIDE * SIDE).map(|i| {
            let leaf = (i % SIDE) as f32 / SIDE as f32;
            let grain = (i.wrapping_mul(2_654_435_761).rotate_left(3 * b as u32) >> 22) as f32 * 1e-5;
            let red_edge = if b > 5 { 0.5 } else { 0.05 };
            (0.1 + 0.02 * b as f32) * (1.0 - leaf) + red_edge * leaf + grain
        }));
    }
    let path = folder.join("field.tif");
    write::image(&path, &new, &WriteOptions::default(), &SampleBuffer::F32(values)).expect("written");
    path
}

/// A window that has the cube open.
pub(super) fn with_cube() -> Window {
    let mut window = Window::without_project();
    let path = cube(window.folder());
    window.program().open(vec![path]);
    window.until("the cube is open", |p| p.state.layers.values().any(|l| l.view().is_some()));
    window.settle();
    window
}

impl Window {
    fn click_map_at(&mut self, x: f32, y: f32) {
        let rect = self.program().state.map_rect;
        self.press_at(rect.lerp_inside(vec2(x, y)));
    }

    fn names(&mut self) -> Vec<String> {
        self.program().state.spectra.shown.iter().map(|s| s.name.clone()).collect()
    }
}

#[test]
fn clicks_on_the_map_draw_spectra_that_can_be_hidden_named_and_removed() {
    let mut window = with_cube();
    window.press(Key::I);
    assert_eq!(window.program().state.tool.kind(), ToolKind::Spectrum);
    assert!(window.program().state.arrangement().is_open(Pane::Spectra), "the panel comes with the tool");
    window.click_map_at(0.45, 0.5);
    window.click_map_at(0.55, 0.5);
    assert_eq!(window.names().len(), 2);
    window.until("both are drawn", |p| p.state.spectra.shown.len() == 2);
    assert!(window.reads(&format!("{PLOT}: 2 spectra")));
    let (first, inks) = {
        let shown = &window.program().state.spectra.shown;
        (shown[0].name.clone(), [shown[0].ink, shown[1].ink])
    };
    assert_ne!(inks[0], inks[1]);
    window.click(&format!("Hide {first}"));
    assert!(window.reads(&format!("{PLOT}: 1 spectrum")));
    window.click(&format!("Show {first}"));
    window.write(&format!("Name of {first}"), " bare soil");
    let renamed = window.names()[0].clone();
    assert!(renamed.contains("bare soil"), "{renamed}");
    window.click(&format!("Remove {renamed}"));
    assert_eq!(window.names().len(), 1);
    window.click("Remove all spectra");
    assert!(window.names().is_empty());
}

#[test]
fn a_click_on_the_plot_shows_that_band_and_it_can_be_called_bad() {
    let mut window = with_cube();
    window.program().run(Command::Tool(ToolKind::Spectrum));
    window.settle();
    window.click_map_at(0.5, 0.5);
    let plot = window.place(&format!("{PLOT}: 1 spectrum"));
    window.press_at(plot.lerp_inside(vec2(0.5, 0.5)));
    let mix =
        window.program().state.layers.values().next().and_then(|l| Some(l.view()?.rendering.mix.clone()));
    let Some(BandMix::Single { band, .. }) = mix else { panic!("one band is shown: {mix:?}") };
    assert!((4..=8).contains(&band), "in the middle of the plot lies the middle of the bands: {band}");
    window.click_what_begins(&format!("Band {}", band + 1));
    let (id, source) = {
        let (id, layer) = window.program().state.layers.iter().next().expect("a layer");
        (*id, layer.source().expect("open").clone())
    };
    assert!(window.program().state.spectra.bad(id, &source)[band], "the band is bad now");
    let show = Show { shape: Shape::ContinuumRemoved, ..Show::default() };
    window.program().state.spectra.show = show;
    let library = {
        let state = &window.program().state;
        state.spectra.library(|layer| state.spectra.bad(layer, &source))
    };
    assert!(library.spectra[0].values[band].is_nan(), "no continuum where the band is bad");
}

#[test]
fn the_mean_of_the_selected_region_is_drawn_with_its_spread() {
    let mut window = with_cube();
    window.program().run(Command::Tool(ToolKind::Polygon));
    for (x, y) in [(0.45, 0.4), (0.55, 0.4), (0.5, 0.6)] {
        window.click_map_at(x, y);
    }
    window.press(Key::Enter);
    window.program().run(Command::Tool(ToolKind::Spectrum));
    window.settle();
    window.click("Region mean");
    window.until("the region is read", |p| !p.state.spectra.shown.is_empty());
    let shown = window.program().state.spectra.shown[0].clone();
    let spread = shown.spread.expect("a spread");
    assert_eq!((shown.spectrum.values.len(), spread.std.len()), (BANDS, BANDS));
    assert!(spread.std.iter().all(|s| *s > 0.0));
    assert!(spread.percentiles[0].iter().zip(&spread.percentiles[4]).all(|(low, high)| low < high));
}

#[test]
fn a_library_is_opened_beside_the_picked_pixels_and_what_is_drawn_is_saved() {
    let mut window = with_cube();
    let folder = window.folder().to_owned();
    let path = folder.join("library.csv");
    std::fs::write(&path, "nm,soil,leaf\n400,0.1,0.05\n700,0.2,0.3\n950,0.3,0.5\n").expect("written");
    window.program().open_libraries(vec![path]);
    window.until("the library is open", |p| p.state.spectra.shown.len() == 2);
    assert_eq!(window.names(), ["soil", "leaf"]);
    window.program().run(Command::Tool(ToolKind::Spectrum));
    window.settle();
    window.click_map_at(0.5, 0.5);
    for name in ["drawn.csv", "drawn.sli"] {
        let to = folder.join(name);
        window.program().save_spectra(to.clone());
        window.settle();
        if name.ends_with("csv") {
            let back = cubes::files::read(&to).expect(name);
            assert_eq!(back.spectra.len(), 3);
            assert_eq!(back.spectra[2].values.len(), BANDS);
        } else {
            // An ENVI library holds spectra of the same bands only, and says so.
            assert!(!to.exists());
            assert!(
                window.reads("one wavelength grid") || !window.program().state.notices.shown().is_empty()
            );
        }
    }
}

#[test]
fn a_product_of_picked_spectra_becomes_a_layer_with_a_legend_and_can_be_saved() {
    let mut window = with_cube();
    window.program().run(Command::Tool(ToolKind::Spectrum));
    window.settle();
    window.click_map_at(0.4, 0.5);
    window.click_map_at(0.6, 0.5);
    window.until("both are there", |p| p.state.spectra.shown.len() == 2);
    window.program().show_pane(Pane::Products);
    window.settle();
    window.click("Make product");
    window.until("the product is a layer", |p| p.state.products.made.len() == 1 && p.state.layers.len() == 2);
    window.settle();
    let made = *window.program().state.products.made.keys().next().expect("made");
    window.program().state.active_layer = Some(made);
    window.settle();
    assert!(window.reads("Legend: "), "what the colours mean");
    let folder = window.folder().to_owned();
    let to = folder.join("angle.tif");
    window.program().save_product(made, to.clone());
    window.until("it is saved", |p| p.state.products.made.values().all(|m| m.cached.is_none()));
    window.settle();
    let saved = raster::Source::open(&to).expect("a GeoTIFF");
    assert_eq!(saved.image().bands.len(), 2);
    let path = window.content().layers()[&made].path.clone();
    assert_eq!(Path::new(&path), to, "the layer is the saved file");
}

#[test]
fn groups_come_with_colours_and_shares_and_a_refusal_says_what_to_do() {
    let mut window = with_cube();
    window.program().state.products.draft.kind = cubes::Kind::Clusters;
    window.program().state.products.draft.clusters = 3;
    window.program().show_pane(Pane::Products);
    window.settle();
    window.click("Make product");
    window.until("the groups are a layer", |p| p.state.products.made.len() == 1);
    window.settle();
    let made = *window.program().state.products.made.keys().next().expect("made");
    window.program().state.active_layer = Some(made);
    window.settle();
    window.expect("Group 3");
    let classes = window.program().state.layers[&made].rendering().and_then(|r| r.classes.clone());
    assert_eq!(classes.map(|c| c.all().len()), Some(3));
    window.program().state.active_layer = None;
    let first = window.program().state.layers.keys().copied().find(|id| *id != made);
    window.program().state.active_layer = first;
    window.program().state.products.draft.kind = cubes::Kind::Angle;
    window.settle();
    assert!(window.reads("none yet. Pick pixels"), "what is missing is said");
}

#[test]
fn a_graphics_card_makes_the_same_product_and_is_named() {
    let mut window = with_cube();
    let mut values = Vec::new();
    for by_gpu in [false, true] {
        let gpu = window.program().gpu();
        window.program().compute = by_gpu.then(|| compute::Compute::new(&gpu));
        let first = window.program().state.layers.keys().min().copied();
        window.program().state.active_layer = first;
        window.program().state.products.draft.kind = cubes::Kind::Principal;
        window.program().state.products.draft.components = 3;
        window.program().show_pane(Pane::Products);
        window.settle();
        let before = window.program().state.products.made.len();
        window.click("Make product");
        window.until("the product is a layer", |p| p.state.products.made.len() > before);
        window.settle();
        let made = *window.program().state.products.made.keys().max().expect("made");
        window.program().state.active_layer = Some(made);
        window.settle();
        assert_eq!(window.reads("Computed by "), by_gpu);
        let path = window.program().state.products.made[&made].cached.clone().expect("in the cache");
        let product = raster::Source::open(&path).expect("a GeoTIFF");
        let samples = product.read_window(0, 0, 0, SIDE, SIDE, &[0, 1, 2]).expect("read");
        let SampleBuffer::F32(found) = samples.values else { panic!("floats") };
        values.push(found);
    }
    let usual = values[0].iter().map(|v| v.abs()).fold(0.0, f32::max);
    for (a, b) in values[0].iter().zip(&values[1]) {
        assert!((a - b).abs() <= 1e-5 * a.abs().max(1e-2 * usual), "{a} {b}");
    }
}
