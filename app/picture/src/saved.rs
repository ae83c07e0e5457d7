//! What of a rendering can be kept: bands by number, expressions by their text.

use expression::Expression;
use raster::ImageDescription;
use renderer::{Colormap, Filter};
use serde::{Deserialize, Serialize};

use crate::classes::Classes;
use crate::formula::Formula;
use crate::rendering::{BandMix, Rendering};

/// A rendering as text and numbers, for preferences and style files. What is left out is as by default.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SavedRendering {
    pub shown: Shown,
    /// By its name; of a single number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub colormap: Option<String>,
    /// Samples that become black and white, per colour.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stretch: Option<[[f32; 2]; 3]>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub centre: Option<f32>,
    #[serde(default)]
    pub inverted: bool,
    #[serde(default)]
    pub reversed: bool,
    #[serde(default)]
    pub steps: u8,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub classes: Option<Classes>,
    #[serde(default = "one")]
    pub gamma: f32,
    #[serde(default = "one")]
    pub opacity: f32,
    #[serde(default = "yes")]
    pub visible: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub smooth: Option<bool>,
    #[serde(default)]
    pub pixel_values: bool,
}

/// Which bands; numbers count from 1, as users see them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shown {
    Rgb([usize; 3]),
    Band(usize),
    Expression(String),
}

/// Why a kept rendering does not fit an image.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SavedError {
    #[error("There is no band {0}: the image has {1}")]
    Band(usize, usize),
    #[error("There is no colour map `{0}`")]
    Colormap(String),
    #[error(transparent)]
    Expression(#[from] expression::ExpressionError),
}

fn one() -> f32 {
    1.0
}

fn yes() -> bool {
    true
}

impl SavedRendering {
    /// What can be kept of a rendering.
    pub fn of(rendering: &Rendering) -> Self {
        let shown = match &rendering.mix {
            BandMix::Rgb(bands) => Shown::Rgb(bands.map(|band| band + 1)),
            BandMix::Single { band, .. } => Shown::Band(band + 1),
            BandMix::Formula { formula, .. } => Shown::Expression(formula.text().to_owned()),
        };
        Self {
            shown,
            colormap: rendering.mix.colormap().map(|map| map.name().to_owned()),
            stretch: Some(rendering.stretch),
            centre: rendering.centre,
            inverted: rendering.inverted,
            reversed: rendering.reversed,
            steps: rendering.steps,
            classes: rendering.classes.clone(),
            gamma: rendering.gamma,
            opacity: rendering.opacity,
            visible: rendering.visible,
            smooth: rendering.filter.map(|filter| filter == Filter::Bilinear),
            pixel_values: rendering.pixel_values,
        }
    }

    /// The rendering of an image that it says.
    pub fn fit(&self, image: &ImageDescription) -> Result<Rendering, SavedError> {
        let count = image.bands.len();
        let band = |number: usize| match number.checked_sub(1).filter(|band| *band < count) {
            Some(band) => Ok(band),
            None => Err(SavedError::Band(number, count)),
        };
        let colormap = match &self.colormap {
            None => Colormap::Grey,
            Some(name) => Colormap::named(name).ok_or_else(|| SavedError::Colormap(name.clone()))?,
        };
        let mix = match &self.shown {
            Shown::Rgb([r, g, b]) => BandMix::Rgb([band(*r)?, band(*g)?, band(*b)?]),
            Shown::Band(number) => BandMix::Single { band: band(*number)?, colormap },
            Shown::Expression(text) => {
                BandMix::Formula { formula: Formula::new(Expression::parse(text)?, image)?, colormap }
            }
        };
        let default = Rendering::new(mix);
        Ok(Rendering {
            stretch: self.stretch.unwrap_or(default.stretch),
            centre: self.centre,
            inverted: self.inverted,
            reversed: self.reversed,
            steps: self.steps,
            classes: self.classes.clone(),
            gamma: self.gamma,
            opacity: self.opacity,
            visible: self.visible,
            filter: self.smooth.map(|smooth| if smooth { Filter::Bilinear } else { Filter::Nearest }),
            pixel_values: self.pixel_values,
            ..default
        })
    }
}
