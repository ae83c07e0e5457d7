//! Spectra that are looked at: picked pixels, regions, spectra of libraries; how they are shown, and which
//! bands are not to be trusted. View state; never in the project.

use std::collections::BTreeMap;
use std::sync::Arc;

use project::{LayerId, RegionId};
use raster::Source;
use spatial::WorldPoint;
use spectral::{Library, Normalisation, Spectrum};

/// The most spectra that are shown at once.
pub const MOST: usize = 64;

/// Where a spectrum is from.
#[derive(Clone, Debug, PartialEq)]
pub enum Origin {
    /// A pixel of a layer: column and row, and its middle in the world.
    Pixel { layer: LayerId, at: (u32, u32), world: Option<WorldPoint> },
    /// The pixels of a region, of which there are so many.
    Region { layer: LayerId, region: RegionId, pixels: u64 },
    /// A file of spectra.
    Library { file: String },
}

impl Origin {
    /// The layer whose bands it has.
    pub fn layer(&self) -> Option<LayerId> {
        match self {
            Self::Pixel { layer, .. } | Self::Region { layer, .. } => Some(*layer),
            Self::Library { .. } => None,
        }
    }
}

/// How the pixels of a region lie about their mean, a number a band each.
#[derive(Clone, Debug, PartialEq)]
pub struct Spread {
    pub std: Vec<f64>,
    /// Percentiles 5, 25, 50, 75 and 95.
    pub percentiles: [Vec<f64>; 5],
}

/// One spectrum of the panel.
#[derive(Clone, Debug)]
pub struct Shown {
    pub id: u64,
    pub name: String,
    /// Which colour of the theme's series.
    pub ink: usize,
    pub visible: bool,
    pub origin: Origin,
    /// In physical values, of all bands; those of libraries by their own wavelengths.
    pub spectrum: Arc<Spectrum>,
    /// Bands of the layer, from 0, in the order of the values; empty for libraries.
    pub bands: Arc<[usize]>,
    pub spread: Option<Arc<Spread>>,
}

/// What is made of the values before they are drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shape {
    #[default]
    Values,
    ContinuumRemoved,
    Derivative,
}

impl Shape {
    pub const ALL: [Self; 3] = [Self::Values, Self::ContinuumRemoved, Self::Derivative];

    pub fn text(self) -> &'static str {
        match self {
            Self::Values => "Values",
            Self::ContinuumRemoved => "Continuum removed",
            Self::Derivative => "First derivative",
        }
    }
}

/// How spectra of different brightness are made comparable.
pub const SCALES: [(Option<Normalisation>, &str); 5] = [
    (None, "As measured"),
    (Some(Normalisation::Length), "Length 1"),
    (Some(Normalisation::Sum), "Sum 1"),
    (Some(Normalisation::Range), "From 0 to 1"),
    (Some(Normalisation::Standard), "Mean 0, σ 1"),
];

/// What is drawn around the mean of a region.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Around {
    Nothing,
    #[default]
    Deviation,
    Percentiles,
}

impl Around {
    pub const ALL: [Self; 3] = [Self::Nothing, Self::Deviation, Self::Percentiles];

    pub fn text(self) -> &'static str {
        match self {
            Self::Nothing => "Mean only",
            Self::Deviation => "Mean ± σ",
            Self::Percentiles => "Percentiles 5 to 95",
        }
    }
}

/// How spectra are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Show {
    pub shape: Shape,
    pub scale: Option<Normalisation>,
    pub around: Around,
    /// Of picked pixels: values over the dates of the layers.
    pub over_time: bool,
}

/// A library that was opened.
#[derive(Clone, Debug)]
pub struct OpenLibrary {
    pub file: String,
    pub library: Arc<Library>,
}

/// The values of a pixel at a date, a number for each band of the layer.
#[derive(Clone, Debug, PartialEq)]
pub struct Moment {
    pub layer: LayerId,
    pub date: jiff::civil::Date,
    pub values: Vec<f64>,
}

/// What a place was like on each layer with a date.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Course {
    /// The layers that were looked at, in the order of the project.
    pub layers: Vec<LayerId>,
    /// By rising date.
    pub moments: Vec<Moment>,
}

/// Everything about spectra.
#[derive(Clone, Debug, Default)]
pub struct Spectra {
    pub shown: Vec<Shown>,
    pub show: Show,
    pub libraries: Vec<OpenLibrary>,
    /// What the values of libraries are multiplied by to be those of the imagery.
    pub library_scale: Option<f64>,
    /// The band that was clicked last, of the layer that is shown.
    pub band: Option<usize>,
    /// Bands not to be trusted, where somebody has changed what the file says.
    bad: BTreeMap<LayerId, Vec<bool>>,
    /// Values of picked pixels over time, by their number.
    pub courses: BTreeMap<u64, Course>,
    last: u64,
}

/// What the panel asks for.
#[derive(Clone, Debug, PartialEq)]
pub enum SpectraAsk {
    /// The mean of the selected region.
    Region,
    Remove(u64),
    Clear,
    Rename(u64, String),
    Visible(u64, bool),
    Show(Show),
    /// Show this band of a layer, and remember that it is looked at.
    Look(LayerId, usize),
    /// A band of a layer is not to be trusted, or is.
    Bad(LayerId, usize, bool),
    OpenLibrary,
    /// A spectrum of an open library.
    Add(usize, usize),
    LibraryScale(f64),
    Save,
}

impl Spectra {
    /// Which bands of a layer are not to be trusted.
    pub fn bad(&self, layer: LayerId, source: &Source) -> Vec<bool> {
        let own = self.bad.get(&layer).filter(|bad| bad.len() == source.image().bands.len());
        own.cloned().unwrap_or_else(|| source.image().bands.iter().map(|b| b.bad).collect())
    }

    /// Says that a band of a layer is not to be trusted, or is.
    pub fn set_bad(&mut self, layer: LayerId, source: &Source, band: usize, is_bad: bool) {
        let mut bad = self.bad(layer, source);
        if let Some(one) = bad.get_mut(band) {
            *one = is_bad;
            self.bad.insert(layer, bad);
        }
    }

    /// The bands of a layer that are not to be trusted, where somebody has changed what the file says.
    pub fn own_bad(&self, layer: LayerId) -> Option<Vec<usize>> {
        let bad = self.bad.get(&layer)?;
        Some(bad.iter().enumerate().filter(|(_, is_bad)| **is_bad).map(|(band, _)| band).collect())
    }

    /// Says of every band of a layer whether it is to be trusted; bands that it does not have are left out.
    pub fn set_all_bad(&mut self, layer: LayerId, source: &Source, bad: &[usize]) {
        let count = source.image().bands.len();
        self.bad.insert(layer, (0..count).map(|band| bad.contains(&band)).collect());
    }

    /// A number that no spectrum has had yet, in the order in which they were asked for.
    pub(crate) fn next_id(&mut self) -> u64 {
        self.last += 1;
        self.last
    }

    /// A spectrum by its number.
    pub(crate) fn one_mut(&mut self, id: u64) -> Option<&mut Shown> {
        self.shown.iter_mut().find(|s| s.id == id)
    }

    /// The colour that the fewest spectra have.
    fn free_ink(&self, inks: usize) -> usize {
        let uses = |ink: usize| self.shown.iter().filter(|s| s.ink == ink).count();
        (0..inks).min_by_key(|ink| uses(*ink)).unwrap_or(0)
    }

    /// Adds a spectrum in the place of its number; the colour is chosen here. False when there are too many.
    pub(crate) fn add(&mut self, mut shown: Shown, inks: usize) -> bool {
        if self.shown.len() >= MOST {
            return false;
        }
        shown.ink = self.free_ink(inks);
        let place = self.shown.partition_point(|s| s.id < shown.id);
        self.shown.insert(place, shown);
        true
    }

    /// Forgets what belongs to layers that are gone.
    pub(crate) fn keep_layers(&mut self, is_there: impl Fn(LayerId) -> bool) {
        self.shown.retain(|s| s.origin.layer().is_none_or(&is_there));
        self.bad.retain(|layer, _| is_there(*layer));
        let ids: Vec<u64> = self.shown.iter().map(|s| s.id).collect();
        self.courses.retain(|id, _| ids.contains(id));
    }

    /// A spectrum as it is drawn: of the values that can be trusted, shaped and scaled. `bad` is of the bands
    /// of its layer.
    pub fn derived(&self, shown: &Shown, values: &[f64], bad: &[bool]) -> Spectrum {
        let factor = match shown.origin {
            Origin::Library { .. } => self.library_scale.unwrap_or(1.0),
            _ => 1.0,
        };
        let mut spectrum = shown.spectrum.with_values(values.iter().map(|v| v * factor).collect());
        if !shown.bands.is_empty() {
            spectrum.bad = shown.bands.iter().map(|b| bad.get(*b).copied().unwrap_or(false)).collect();
        }
        if !spectrum.has_wavelengths() {
            // By number of the band, so that shapes can be taken of it.
            spectrum.wavelength_nm = (1..=spectrum.values.len()).map(|i| i as f64).collect();
        }
        let shaped = match self.show.shape {
            Shape::Values => spectrum,
            Shape::ContinuumRemoved => spectrum.continuum_removed(),
            Shape::Derivative => spectrum.derivative(),
        };
        match self.show.scale {
            Some(how) => shaped.normalised(how),
            None => shaped,
        }
    }

    /// The visible spectra as they are drawn, for a table or a library.
    pub fn library(&self, bad: impl Fn(LayerId) -> Vec<bool>) -> Library {
        let one = |shown: &Shown| {
            let bad = shown.origin.layer().map(&bad).unwrap_or_default();
            let mut spectrum = self.derived(shown, &shown.spectrum.values, &bad);
            spectrum.name.clone_from(&shown.name);
            if !shown.spectrum.has_wavelengths() {
                spectrum.wavelength_nm = Vec::new();
            }
            spectrum
        };
        let spectra = self.shown.iter().filter(|s| s.visible).map(one).collect();
        Library { spectra, warnings: Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(id: u64, values: &[f64]) -> Shown {
        let nm: Vec<f64> = (0..values.len()).map(|i| 400.0 + 10.0 * i as f64).collect();
        Shown {
            id,
            name: format!("s{id}"),
            ink: 0,
            visible: true,
            origin: Origin::Library { file: "a.csv".into() },
            spectrum: Arc::new(Spectrum::new("s", nm, values.to_vec())),
            bands: Arc::new([]),
            spread: None,
        }
    }

    #[test]
    fn spectra_keep_the_order_they_were_asked_for_in_and_differ_in_colour() {
        let mut spectra = Spectra::default();
        for id in [3, 1, 2] {
            assert!(spectra.add(shown(id, &[1.0, 2.0]), 8));
        }
        let ids: Vec<u64> = spectra.shown.iter().map(|s| s.id).collect();
        assert_eq!(ids, [1, 2, 3]);
        let mut inks: Vec<usize> = spectra.shown.iter().map(|s| s.ink).collect();
        inks.sort_unstable();
        assert_eq!(inks, [0, 1, 2]);
        spectra.shown.remove(0);
        spectra.add(shown(9, &[1.0]), 8);
        assert_eq!(spectra.shown[2].ink, 1, "the colour that came free");
        (0..200).for_each(|id| {
            spectra.add(shown(100 + id, &[1.0]), 8);
        });
        assert_eq!(spectra.shown.len(), MOST);
    }

    #[test]
    fn what_is_saved_is_what_is_drawn() {
        let mut spectra = Spectra::default();
        spectra.add(shown(1, &[1.0, 2.0, 4.0]), 8);
        spectra.add(shown(2, &[1.0, 1.0, 1.0]), 8);
        spectra.shown[1].visible = false;
        spectra.library_scale = Some(100.0);
        spectra.show.shape = Shape::Derivative;
        let library = spectra.library(|_| Vec::new());
        assert_eq!(library.spectra.len(), 1, "hidden ones stay out");
        assert_eq!(library.spectra[0].values[0], 10.0);
        spectra.show = Show { scale: Some(Normalisation::Range), ..Show::default() };
        assert_eq!(spectra.library(|_| Vec::new()).spectra[0].values, [0.0, 1.0 / 3.0, 1.0]);
    }
}
