//! A layer as the window knows it: whether its image can be read, how it is shown, what was measured.
//! View state; never in the project.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;
pub use picture::band_name;
use picture::{BandMix, LayerView, Rendering, Stretch, linked};
use raster::statistics::BandStatistics;
use raster::{ColorRole, ImageDescription, SampleType, Source};
use serde::{Deserialize, Serialize};
use spatial::{TileKey, Viewport, WorldRect};

use super::measured::{Ground, Measured, MeasuredBand, Request};
use crate::looks::Look;

/// How black and white are chosen.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Contrast {
    /// The whole range of the stored type: bytes as they are.
    AsStored,
    MinMax,
    /// Two percentiles, such as 2 and 98.
    Percentile(f32, f32),
    /// The mean and this many standard deviations to both sides.
    Deviation(f32),
    /// By the handles of the histogram.
    Manual,
}

impl Contrast {
    /// The ones offered in the menu, with the numbers that they begin with.
    pub const OFFERED: [Self; 5] =
        [Self::AsStored, Self::MinMax, Self::USUAL, Self::Deviation(2.0), Self::Manual];
    /// What is chosen where nobody chose.
    pub const USUAL: Self = Self::Percentile(2.0, 98.0);

    pub fn text(self) -> &'static str {
        match self {
            Self::AsStored => "As stored",
            Self::MinMax => "Min – max",
            Self::Percentile(..) => "Percentiles",
            Self::Deviation(_) => "Mean ± σ",
            Self::Manual => "By hand",
        }
    }

    /// Its numbers are numbers.
    fn is_sound(self) -> bool {
        match self {
            Self::Percentile(low, high) => low.is_finite() && high.is_finite(),
            Self::Deviation(n) => n.is_finite(),
            Self::AsStored | Self::MinMax | Self::Manual => true,
        }
    }

    /// The same way, whatever its numbers.
    pub fn is_like(self, other: Self) -> bool {
        std::mem::discriminant(&self) == std::mem::discriminant(&other)
    }

    /// How it is worked out of measured values; `None` where it is not.
    fn stretch(self) -> Option<Stretch> {
        match self {
            Self::AsStored | Self::Manual => None,
            Self::MinMax => Some(Stretch::MinMax),
            Self::Percentile(low, high) => Some(Stretch::Percentile(f64::from(low), f64::from(high))),
            Self::Deviation(n) => Some(Stretch::Deviations(f64::from(n))),
        }
    }
}

/// Whose values black and white are chosen by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Extent {
    /// About a million pixels of the layer.
    #[default]
    Layer,
    /// All pixels of the layer.
    EveryPixel,
    /// What is on the screen.
    View,
}

impl Extent {
    pub const ALL: [Self; 3] = [Self::Layer, Self::EveryPixel, Self::View];

    pub fn text(self) -> &'static str {
        match self {
            Self::Layer => "Layer, estimated",
            Self::EveryPixel => "Layer, every pixel",
            Self::View => "What is on screen",
        }
    }
}

/// Whether the image behind a layer can be read.
#[derive(Clone, Debug)]
pub enum Image {
    Opening,
    Open(Box<LayerView>),
    /// What and why, and what to do.
    Broken {
        text: String,
        hint: String,
    },
}

/// A layer as the window knows it.
#[derive(Clone, Debug)]
pub struct MapLayer {
    /// Shown when the image comes to be open.
    pub visible: bool,
    pub image: Image,
    pub contrast: Contrast,
    /// Red, green and blue have the same black and white.
    pub linked: bool,
    pub extent: Extent,
    pub statistics: Option<Arc<Measured>>,
    /// What is being measured.
    pub measuring: Option<Request>,
    /// What could not be measured, so that it is not tried again and again.
    pub unmeasurable: Option<Request>,
    /// How it looked when it was opened.
    first: Option<Rendering>,
    /// The day on which it was taken, where somebody said so.
    pub taken: Option<Date>,
    /// Tiles that could not be read, and why.
    pub failed: BTreeMap<TileKey, String>,
    /// The user has been told what is doubtful about the samples that were read.
    pub is_doubted: bool,
}

impl MapLayer {
    pub fn opening() -> Self {
        Self {
            visible: true,
            image: Image::Opening,
            contrast: Contrast::AsStored,
            linked: false,
            extent: Extent::default(),
            statistics: None,
            measuring: None,
            unmeasurable: None,
            first: None,
            taken: None,
            failed: BTreeMap::new(),
            is_doubted: false,
        }
    }

    /// The image has been opened.
    pub fn opened(&mut self, mut view: LayerView) {
        view.rendering.visible = self.visible;
        self.contrast = first_contrast(view.source.image());
        self.first = Some(view.rendering.clone());
        self.image = Image::Open(Box::new(view));
        (self.statistics, self.measuring, self.unmeasurable) = (None, None, None);
    }

    /// How it is shown now, to be kept; `None` while it is not open.
    pub fn look(&self) -> Option<Look> {
        let mut look = Look::of(self.rendering()?, self.contrast);
        (look.linked, look.extent, look.visible) = (self.linked, self.extent, self.visible);
        look.taken = self.taken;
        Some(look)
    }

    /// How it is shown by itself.
    pub fn first_look(&self) -> Option<Look> {
        let (view, first) = self.view().zip(self.first.as_ref())?;
        let mut look = Look::of(first, first_contrast(view.source.image()));
        look.visible = true;
        Some(look)
    }

    /// Is shown as it was when it was kept, as far as the image still has what that needs.
    pub fn wear(&mut self, look: &Look) {
        let Some(mix) = self.view().map(|view| look.mix(view.source.image())) else { return };
        if let Some(mix) = mix {
            self.set_mix(mix);
        }
        (self.linked, self.extent, self.taken) = (look.linked, look.extent, look.taken);
        if let Some(view) = self.view_mut() {
            look.dress(view);
        }
        self.set_visible(look.visible);
        match (look.contrast, look.limits()) {
            (Contrast::Manual, Some(limits)) => {
                self.contrast = Contrast::Manual;
                if let Some(view) = self.view_mut() {
                    view.rendering.stretch = limits;
                }
            }
            // Set by hand to what makes no sense: as it is by itself.
            (Contrast::Manual, None) => {}
            (contrast, _) if contrast.is_sound() => self.set_contrast(contrast),
            _ => {}
        }
    }

    /// Looks again as it did when it was opened; what is hidden stays so.
    pub fn reset_look(&mut self) {
        let (visible, first) = (self.visible, self.first.clone());
        let (Some(view), Some(first)) = (self.view_mut(), first) else { return };
        view.rendering = Rendering { visible, ..first };
        self.contrast = first_contrast(view.source.image());
        (self.linked, self.extent) = (false, Extent::default());
        self.restretch();
    }

    /// True when it looks as it did when it was opened.
    pub fn is_at_first(&self) -> bool {
        let Some((view, first)) = self.view().zip(self.first.as_ref()) else { return true };
        let now = Rendering { visible: first.visible, stretch: first.stretch, ..view.rendering.clone() };
        let contrast = first_contrast(view.source.image());
        now == *first && !self.linked && self.extent == Extent::default() && self.contrast == contrast
    }

    pub fn view(&self) -> Option<&LayerView> {
        match &self.image {
            Image::Open(view) => Some(view),
            _ => None,
        }
    }

    pub fn view_mut(&mut self) -> Option<&mut LayerView> {
        match &mut self.image {
            Image::Open(view) => Some(view),
            _ => None,
        }
    }

    pub fn source(&self) -> Option<&Arc<Source>> {
        self.view().map(|v| &v.source)
    }

    /// Where it lies on the map.
    pub fn world_bounds(&self) -> Option<WorldRect> {
        self.view()?.placement.world_bounds()
    }

    pub fn set_visible(&mut self, visible: bool) {
        self.visible = visible;
        if let Some(view) = self.view_mut() {
            view.rendering.visible = visible;
        }
    }

    /// Shows other bands, or a formula.
    pub fn set_mix(&mut self, mix: BandMix) {
        let Some(view) = self.view_mut() else { return };
        let same_kind = std::mem::discriminant(&view.rendering.mix) == std::mem::discriminant(&mix);
        let is_formula = matches!(mix, BandMix::Formula { .. });
        let first = first_contrast(view.source.image());
        view.rendering.mix = mix;
        if !same_kind {
            // Classes are of one band, a centre is of one kind of number.
            (view.rendering.classes, view.rendering.centre) = (None, None);
            if is_formula && matches!(self.contrast, Contrast::AsStored | Contrast::Manual) {
                self.contrast = Contrast::USUAL;
            } else if !is_formula && matches!(self.contrast, Contrast::USUAL | Contrast::Manual) {
                self.contrast = first;
            }
        }
        self.restretch();
    }

    /// True when there are other bands to go to than those that are shown.
    pub fn can_scrub(&self) -> bool {
        let Some(view) = self.view() else { return false };
        let shows = view.source.image().bands.iter().filter(|band| band.color != ColorRole::Alpha).count();
        match view.rendering.mix {
            BandMix::Rgb(_) => shows > 3,
            BandMix::Single { .. } => shows > 1,
            BandMix::Formula { .. } => false,
        }
    }

    /// Shows the bands that come so many after the present ones. False where there are none, or a formula is
    /// shown.
    pub fn scrub(&mut self, by: isize) -> bool {
        let Some(view) = self.view() else { return false };
        let count = view.source.image().bands.len();
        let moved = |band: usize| band.checked_add_signed(by).filter(|band| *band < count);
        let mix = match view.rendering.mix {
            BandMix::Rgb([r, g, b]) => {
                let all = moved(r).zip(moved(g)).zip(moved(b));
                all.map(|((r, g), b)| BandMix::Rgb([r, g, b]))
            }
            BandMix::Single { band, colormap } => moved(band).map(|band| BandMix::Single { band, colormap }),
            BandMix::Formula { .. } => None,
        };
        let found = mix.is_some();
        if let Some(mix) = mix {
            self.set_mix(mix);
        }
        found
    }

    pub fn set_contrast(&mut self, contrast: Contrast) {
        self.contrast = match contrast {
            Contrast::Percentile(low, high) => {
                let low = low.clamp(0.0, 99.0);
                Contrast::Percentile(low, high.clamp(low + 0.1, 100.0))
            }
            Contrast::Deviation(n) => Contrast::Deviation(n.clamp(0.1, 20.0)),
            other => other,
        };
        self.restretch();
    }

    /// Red, green and blue get the same black and white, or each its own.
    pub fn set_linked(&mut self, is_linked: bool) {
        self.linked = is_linked;
        if let Some(view) = self.view_mut().filter(|_| is_linked)
            && let Some(limits) = linked(&view.rendering.stretch)
        {
            view.rendering.stretch = [limits; 3];
        }
        self.restretch();
    }

    /// Sets black and white of one colour by hand, or of all when they are linked.
    pub fn set_limits(&mut self, slot: usize, limits: [f32; 2]) {
        let [low, high] = limits;
        if !(low.is_finite() && high.is_finite() && low < high) {
            return;
        }
        self.contrast = Contrast::Manual;
        let all = self.linked;
        if let Some(view) = self.view_mut() {
            match view.rendering.mix {
                BandMix::Rgb(_) if !all => view.rendering.stretch[slot.min(2)] = limits,
                _ => view.rendering.stretch = [limits; 3],
            }
        }
    }

    pub fn measured(&mut self, statistics: Measured) {
        self.statistics = Some(Arc::new(statistics.and(self.statistics.as_deref())));
        self.restretch();
    }

    /// What of the values that are shown is still to be measured, with this camera.
    pub fn to_measure(&self, camera: &Viewport) -> Option<Request> {
        let view = self.view()?;
        let ground = match self.extent {
            Extent::Layer => Ground::Estimate,
            Extent::EveryPixel => Ground::EveryPixel,
            Extent::View => {
                let (level, image_box) = view.seen(camera)?;
                Ground::Seen { level, image_box }
            }
        };
        let (bands, formula) = match &view.rendering.mix {
            BandMix::Formula { formula, .. } => (Vec::new(), Some(formula.clone())),
            // Those that are read anyway, so that another choice of them is there at once.
            _ if self.extent == Extent::Layer => (view.loaded_bands(), None),
            mix => (mix.bands().to_vec(), None),
        };
        let request = Request { ground, bands, formula };
        let known = self.statistics.as_ref().is_some_and(|found| found.answers(&request));
        (!known && self.unmeasurable.as_ref() != Some(&request)).then_some(request)
    }

    /// The measured values of one colour: of the band, or the formula, that it shows.
    pub fn values_of(&self, slot: usize) -> Option<&MeasuredBand> {
        let found = self.statistics.as_ref()?;
        match &self.view()?.rendering.mix {
            BandMix::Rgb(bands) => found.band(*bands.get(slot)?),
            BandMix::Single { band, .. } => found.band(*band),
            BandMix::Formula { formula, .. } => found.formula(formula),
        }
    }

    /// Chooses black and white anew, as far as the values are measured.
    fn restretch(&mut self) {
        if self.contrast == Contrast::Manual {
            return;
        }
        let Some(view) = self.view() else { return };
        let is_rgb = matches!(view.rendering.mix, BandMix::Rgb(_));
        let limits = |slot: usize| {
            let Some(stretch) = self.contrast.stretch() else {
                let band = view.rendering.mix.bands().get(slot)?;
                return stored_range(view.source.image(), *band).filter(|[low, high]| low < high);
            };
            let values: &BandStatistics = &self.values_of(slot)?.values;
            Some(stretch.limits(values))
        };
        let old = view.rendering.stretch;
        let mut new = if is_rgb {
            [0, 1, 2].map(|slot| limits(slot).unwrap_or(old[slot]))
        } else {
            [limits(0).unwrap_or(old[0]); 3]
        };
        if self.linked
            && is_rgb
            && let Some(all) = linked(&new)
        {
            new = [all; 3];
        }
        if let Some(view) = self.view_mut() {
            view.rendering.stretch = new;
        }
    }

    pub fn rendering(&self) -> Option<&Rendering> {
        self.view().map(|v| &v.rendering)
    }
}

/// Pictures as they are; other samples between two percentiles.
fn first_contrast(image: &ImageDescription) -> Contrast {
    if image.sample_type == SampleType::U8 { Contrast::AsStored } else { Contrast::USUAL }
}

/// Bytes and 16-bit integers have a range of their own; for floating point there is none.
fn stored_range(image: &ImageDescription, band: usize) -> Option<[f32; 2]> {
    let (low, high) = image.bands.get(band)?.range?;
    Some([low as f32, high as f32])
}
