//! Cards without a window: every view of an object, drawn one after the other.

use project::alignment::Alignment;
use project::{LayerRole, Region};
use renderer::{Gpu, GpuError, Hatch, RENDER_IMAGE_FORMAT, Renderer, RgbaImage, ShapeStyle};
use spatial::Viewport;

use super::{camera, order, shows};
use crate::view::{ReadAhead, ViewError, draw_with};
use crate::{LayerView, region};

/// Where there is no imagery.
const GROUND: [u8; 4] = [0x3A, 0x3D, 0x42, 0xFF];
/// The outline: white over dark, as the colour of a class would speak before the eye has.
const INK: [u8; 4] = [0xFF, 0xFF, 0xFF, 0xFF];
const CASING: [u8; 4] = [0x10, 0x11, 0x12, 0xC8];
/// Views of one card at most; the lowest layers are left out first.
pub const VIEWS: usize = 6;

/// A layer that cards may show.
#[derive(Debug)]
pub struct Shown {
    pub view: LayerView,
    pub title: String,
    pub role: LayerRole,
    /// Where the layer shows regions; `None`: as they are drawn.
    pub alignment: Option<Alignment>,
}

/// One view of an object.
#[derive(Clone, Debug)]
pub struct View {
    pub title: String,
    pub image: RgbaImage,
}

/// Draws cards, one after the other, on one device.
#[derive(Debug)]
pub struct Painter {
    gpu: Gpu,
    renderer: Renderer,
    /// The topmost first.
    layers: Vec<Shown>,
    /// Why parts of views are missing, each said once.
    pub failed: Vec<String>,
}

impl Painter {
    /// A painter of layers, the topmost first; hidden and veiled ones are shown whole.
    pub fn new(gpu: Gpu, mut layers: Vec<Shown>) -> Result<Self, GpuError> {
        let renderer = Renderer::new(&gpu, RENDER_IMAGE_FORMAT)?;
        for one in &mut layers {
            one.view.rendering.visible = true;
            one.view.rendering.opacity = 1.0;
        }
        Ok(Self { gpu, renderer, layers, failed: Vec::new() })
    }

    /// The most views that any card has room for.
    pub fn most_views(&self) -> usize {
        self.layers.len().clamp(1, VIEWS)
    }

    /// The camera of a card's views; `None` for what has no place.
    pub fn camera(region: &Region, size_px: [u32; 2]) -> Option<Viewport> {
        Some(camera(region.bounds()?, size_px.map(f64::from)))
    }

    /// Every view of an object at one scale: before, undated, after. Where no layer shows its ground there is one view with
    /// nothing but its outline.
    pub fn views(&mut self, region: &Region, size_px: [u32; 2]) -> Result<Vec<View>, ViewError> {
        let (Some(bounds), Some(camera)) = (region.bounds(), Self::camera(region, size_px)) else {
            return Ok(vec![bare(size_px)]);
        };
        let mut places: Vec<usize> =
            (0..self.layers.len()).filter(|i| shows(&self.layers[*i].view, bounds)).take(VIEWS).collect();
        places.sort_by_key(|i| order(self.layers[*i].role));
        let style = outline(size_px);
        if places.is_empty() {
            let shapes = region::screen_shapes(&region.geometry, &style, &camera);
            let image = self.draw(&[], shapes, &camera)?;
            return Ok(vec![View { title: "No imagery".to_owned(), image }]);
        }
        let mut views = Vec::with_capacity(places.len());
        for i in places {
            let one = &self.layers[i];
            let title = one.title.clone();
            let placed = one.alignment.as_ref().and_then(|alignment| alignment.shape(region));
            let shape = placed.as_ref().unwrap_or(&region.geometry);
            let shapes = region::screen_shapes(shape, &style, &camera);
            let layer = one.view.clone();
            let image = match self.draw(std::slice::from_ref(&layer), shapes.clone(), &camera) {
                Err(ViewError::Read(error)) => {
                    self.note(format!("{title}: {error}"));
                    self.draw(&[], shapes, &camera)?
                }
                drawn => drawn?,
            };
            views.push(View { title, image });
        }
        Ok(views)
    }

    fn draw(
        &mut self,
        layers: &[LayerView],
        shapes: Vec<renderer::ShapeScene>,
        camera: &Viewport,
    ) -> Result<RgbaImage, ViewError> {
        let ahead = ReadAhead::default();
        let drawn = draw_with(&self.gpu, &mut self.renderer, layers, ahead, shapes, camera, GROUND)?;
        for error in &drawn.failed {
            self.note(error.to_string());
        }
        Ok(drawn.image)
    }

    fn note(&mut self, text: String) {
        if !self.failed.contains(&text) {
            self.failed.push(text);
        }
    }
}

fn bare([width, height]: [u32; 2]) -> View {
    let pixels = GROUND.repeat(width as usize * height as usize);
    View { title: "Nowhere".to_owned(), image: RgbaImage { width, height, pixels } }
}

/// As wide on a large picture as on a small one.
fn outline([width, height]: [u32; 2]) -> ShapeStyle {
    let unit = (width.min(height) as f32 / 260.0).clamp(0.75, 4.0);
    ShapeStyle {
        fill: [0; 4],
        hatch: Hatch::None,
        hatch_color: [0; 4],
        outline: INK,
        width_px: 2.0 * unit,
        casing: CASING,
        casing_px: 1.5 * unit,
        dashed: false,
    }
}
