//! How the bands of a layer become colours.

use raster::statistics;
use raster::{ReadError, SampleType, Source};
use renderer::{Colormap, Filter, LayerScene};

use crate::classes::Classes;
use crate::formula::Formula;
use crate::stretch::{Stretch, centred};

/// Which bands are shown (counted from 0 in the file) and how.
#[derive(Clone, Debug, PartialEq)]
pub enum BandMix {
    /// Three bands as red, green and blue.
    Rgb([usize; 3]),
    /// One band through a colour map.
    Single {
        /// The band.
        band: usize,
        /// Its colours from black to white of the stretch.
        colormap: Colormap,
    },
    /// What an expression gives, through a colour map.
    Formula {
        /// The expression.
        formula: Formula,
        /// Its colours from black to white of the stretch.
        colormap: Colormap,
    },
}

impl BandMix {
    /// The bands that are looked at.
    pub fn bands(&self) -> &[usize] {
        match self {
            Self::Rgb(bands) => bands,
            Self::Single { band, .. } => std::slice::from_ref(band),
            Self::Formula { formula, .. } => formula.bands(),
        }
    }

    /// The colour map of a single number.
    pub fn colormap(&self) -> Option<Colormap> {
        match self {
            Self::Rgb(_) => None,
            Self::Single { colormap, .. } | Self::Formula { colormap, .. } => Some(*colormap),
        }
    }

    fn in_scene(&self) -> renderer::BandMix {
        match self {
            Self::Rgb(bands) => renderer::BandMix::Rgb(*bands),
            Self::Single { band, colormap } => renderer::BandMix::Single { band: *band, colormap: *colormap },
            Self::Formula { formula, colormap } => renderer::BandMix::Formula {
                program: formula.program().clone(),
                units: formula.units().clone(),
                colormap: *colormap,
            },
        }
    }
}

/// Bands, stretch, gamma and opacity of one layer. View state: never part of the project.
#[derive(Clone, Debug, PartialEq)]
pub struct Rendering {
    pub mix: BandMix,
    /// Samples that become black and white, per colour.
    pub stretch: [[f32; 2]; 3],
    /// A value that the middle of the colour map shows: the stretch reaches as far on both sides of it.
    pub centre: Option<f32>,
    /// Black and white change places.
    pub inverted: bool,
    /// The colour map runs from its end to its beginning.
    pub reversed: bool,
    /// Into how many steps the colour map is cut; 0 and 1 = smooth.
    pub steps: u8,
    /// Colours for whole numbers, in place of stretch and colour map.
    pub classes: Option<Classes>,
    pub gamma: f32,
    /// 0 to 1.
    pub opacity: f32,
    pub visible: bool,
    /// `None`: nearest when a pixel is larger than two screen pixels, else bilinear.
    pub filter: Option<Filter>,
}

impl Rendering {
    /// A mix with everything else as it is by default.
    pub fn new(mix: BandMix) -> Self {
        Self {
            mix,
            stretch: [[0.0, 255.0]; 3],
            centre: None,
            inverted: false,
            reversed: false,
            steps: 0,
            classes: None,
            gamma: 1.0,
            opacity: 1.0,
            visible: true,
            filter: None,
        }
    }

    /// What a file looks like before anybody chose: its colour bands, 8-bit values as they are, others
    /// stretched from percentile 2 to 98 of the coarsest level.
    pub fn of(source: &Source) -> Result<Self, ReadError> {
        let bands = source.image().default_bands();
        let mix = match bands[..] {
            [r, g, b, ..] => BandMix::Rgb([r, g, b]),
            [band, ..] => BandMix::Single { band, colormap: Colormap::Grey },
            [] => BandMix::Single { band: 0, colormap: Colormap::Grey },
        };
        let mut rendering = Self::new(mix);
        if source.image().sample_type != SampleType::U8 {
            rendering.restretch(source, Stretch::Percentile(2.0, 98.0))?;
        }
        Ok(rendering)
    }

    /// The bands that are shown, counted from 0 in the file.
    pub fn bands(&self) -> Vec<usize> {
        self.mix.bands().to_vec()
    }

    /// Chooses black and white anew from the samples of the coarsest level.
    pub fn restretch(&mut self, source: &Source, stretch: Stretch) -> Result<(), ReadError> {
        if let Stretch::Range(low, high) = stretch {
            self.stretch = [[low as f32, high as f32]; 3];
            return Ok(());
        }
        match &self.mix {
            BandMix::Formula { formula, .. } => {
                self.stretch = [stretch.limits(&formula.approximate(source)?); 3];
            }
            mix => {
                let found = statistics::approximate(source, mix.bands())?;
                for (limits, band) in self.stretch.iter_mut().zip(&found) {
                    *limits = stretch.limits(band);
                }
                if let [_] = mix.bands() {
                    self.stretch = [self.stretch[0]; 3];
                }
            }
        }
        Ok(())
    }

    /// Black and white as they are drawn, per colour.
    pub fn shown_stretch(&self) -> [[f32; 2]; 3] {
        let is_rgb = matches!(self.mix, BandMix::Rgb(_));
        let centre = self.centre.filter(|centre| !is_rgb && centre.is_finite());
        self.stretch.map(|limits| {
            let [low, high] = centre.map_or(limits, |centre| centred(limits, centre));
            if self.inverted { [high, low] } else { [low, high] }
        })
    }

    /// Gives a layer of a scene these looks; its tiles and filter are the view's.
    pub(crate) fn dress(&self, layer: &mut LayerScene) {
        layer.mix = self.mix.in_scene();
        layer.stretch = self.shown_stretch();
        layer.reversed = self.reversed;
        layer.steps = self.steps;
        layer.classes = self.classes.as_ref().map(|classes| classes.palette().clone());
        layer.gamma = self.gamma;
        layer.opacity = self.opacity;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_centre_holds_for_a_colour_map_and_inverting_for_all() {
        let mut rendering = Rendering::new(BandMix::Single { band: 0, colormap: Colormap::Grey });
        rendering.stretch = [[-1.0, 4.0]; 3];
        rendering.centre = Some(0.0);
        assert_eq!(rendering.shown_stretch()[0], [-4.0, 4.0]);
        rendering.inverted = true;
        assert_eq!(rendering.shown_stretch()[0], [4.0, -4.0]);
        rendering.mix = BandMix::Rgb([0, 1, 2]);
        assert_eq!(rendering.shown_stretch()[2], [4.0, -1.0]);
    }
}
