//! A layer as the window knows it: whether its image can be read, how it is shown, what was measured.
//! View state; never in the project.

use std::collections::BTreeMap;
use std::sync::Arc;

use picture::{BandMix, LayerView, Rendering};
use raster::{ColorRole, ImageDescription, SampleType, Source};
use spatial::{TileKey, WorldRect};

use super::measured::Measured;

/// How black and white are chosen.
#[derive(Clone, Copy, Debug, PartialEq)]
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
    /// The ones offered in the menu.
    pub const OFFERED: [Self; 4] =
        [Self::AsStored, Self::MinMax, Self::Percentile(2.0, 98.0), Self::Deviation(2.0)];

    pub fn text(self) -> String {
        match self {
            Self::AsStored => "As stored".to_owned(),
            Self::MinMax => "Min – max".to_owned(),
            Self::Percentile(low, high) => format!("{low} – {high}\u{a0}%"),
            Self::Deviation(n) => format!("Mean ± {n}\u{a0}σ"),
            Self::Manual => "By hand".to_owned(),
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
    pub statistics: Option<Arc<Measured>>,
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
            statistics: None,
            failed: BTreeMap::new(),
            is_doubted: false,
        }
    }

    /// The image has been opened.
    pub fn opened(&mut self, mut view: LayerView) {
        view.rendering.visible = self.visible;
        let picture = view.source.image().sample_type == SampleType::U8;
        self.contrast = if picture { Contrast::AsStored } else { Contrast::Percentile(2.0, 98.0) };
        self.image = Image::Open(Box::new(view));
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

    /// Shows other bands. True when their values are not measured yet.
    pub fn set_mix(&mut self, mix: BandMix) -> bool {
        let Some(view) = self.view_mut() else { return false };
        view.rendering.mix = mix;
        if self.contrast == Contrast::Manual {
            self.contrast = Contrast::Percentile(2.0, 98.0);
        }
        self.restretch();
        let measured = |band: &usize| self.statistics.as_ref().is_some_and(|s| s.band(*band).is_some());
        !self.shown().iter().all(measured)
    }

    pub fn set_contrast(&mut self, contrast: Contrast) {
        self.contrast = contrast;
        self.restretch();
    }

    /// Sets black and white of one colour by hand.
    pub fn set_limits(&mut self, slot: usize, limits: [f32; 2]) {
        let [low, high] = limits;
        if !(low.is_finite() && high.is_finite() && low < high) {
            return;
        }
        self.contrast = Contrast::Manual;
        if let Some(view) = self.view_mut() {
            match view.rendering.mix {
                BandMix::Rgb(_) => view.rendering.stretch[slot.min(2)] = limits,
                BandMix::Single { .. } | BandMix::Formula { .. } => view.rendering.stretch = [limits; 3],
            }
        }
    }

    pub fn measured(&mut self, statistics: Arc<Measured>) {
        self.statistics = Some(statistics);
        self.restretch();
    }

    /// Chooses black and white anew, as far as the values are measured.
    fn restretch(&mut self) {
        let (contrast, statistics) = (self.contrast, self.statistics.clone());
        let Some(view) = self.view_mut() else { return };
        if contrast == Contrast::Manual {
            return;
        }
        let bands = match view.rendering.mix {
            BandMix::Rgb(bands) => bands,
            BandMix::Single { band, .. } => [band; 3],
            // Its values are not those of any band.
            BandMix::Formula { .. } => return,
        };
        for (slot, band) in bands.into_iter().enumerate() {
            let stored = stored_range(view.source.image(), band);
            let values = statistics.as_ref().and_then(|s| s.band(band)).map(|one| &one.values);
            let limits = match (contrast, values) {
                (Contrast::AsStored | Contrast::Manual, _) => stored,
                (_, None) => continue,
                (Contrast::MinMax, Some(one)) => Some([one.min as f32, one.max as f32]),
                (Contrast::Percentile(low, high), Some(one)) => {
                    let at = |percent: f32| one.percentile(f64::from(percent)).map(|v| v as f32);
                    at(low).zip(at(high)).map(<[f32; 2]>::from)
                }
                (Contrast::Deviation(n), Some(one)) => {
                    let n = f64::from(n) * one.std;
                    Some([(one.mean - n).max(one.min) as f32, (one.mean + n).min(one.max) as f32])
                }
            };
            if let Some([low, high]) = limits {
                view.rendering.stretch[slot] = if high > low { [low, high] } else { [low - 0.5, low + 0.5] };
            }
        }
    }

    /// The bands that are shown: three, or one.
    pub fn shown(&self) -> Vec<usize> {
        self.view().map(|v| v.rendering.bands()).unwrap_or_default()
    }

    pub fn rendering(&self) -> Option<&Rendering> {
        self.view().map(|v| &v.rendering)
    }
}

/// Bytes and 16-bit integers have a range of their own; for floating point there is none.
fn stored_range(image: &ImageDescription, band: usize) -> Option<[f32; 2]> {
    let (low, high) = image.bands.get(band)?.range?;
    Some([low as f32, high as f32])
}

/// What a person calls a band: its number, its name or colour, its wavelength.
pub fn band_name(image: &ImageDescription, band: usize) -> String {
    let Some(b) = image.bands.get(band) else { return format!("{}", band + 1) };
    let color = match b.color {
        ColorRole::Red => Some("red"),
        ColorRole::Green => Some("green"),
        ColorRole::Blue => Some("blue"),
        ColorRole::Alpha => Some("alpha"),
        _ => None,
    };
    let number = Some(format!("{}", band + 1));
    let words = b.name.clone().or_else(|| color.map(ToOwned::to_owned));
    let wavelength = b.wavelength_nm.map(|nm| format!("{nm:.0}\u{a0}nm"));
    [number, words, wavelength].into_iter().flatten().collect::<Vec<_>>().join("  ")
}
