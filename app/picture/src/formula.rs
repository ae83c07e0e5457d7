//! An expression over the bands of one image.

use std::sync::Arc;

use expression::{BandLabel, Evaluator, Expression, ExpressionError, Program, ROLES};
use raster::statistics::{self, BandStatistics};
use raster::{BandDescription, ColorRole, ImageDescription, ReadError, SampleBuffer, Samples, Source};
use renderer::SampleUnit;

/// What an image's bands are called, for expressions.
pub fn labels(image: &ImageDescription) -> Vec<BandLabel> {
    let color = |role| match role {
        ColorRole::Red => Some("red".to_owned()),
        ColorRole::Green => Some("green".to_owned()),
        ColorRole::Blue => Some("blue".to_owned()),
        _ => None,
    };
    let label = |band: &BandDescription| BandLabel {
        name: band.name.clone(),
        wavelength_nm: band.wavelength_nm,
        color: color(band.color),
        is_bad: band.bad,
    };
    image.bands.iter().map(label).collect()
}

/// Where each band lies in the spectrum, in nm: as the file says; where it says so of no band, the middle of the part
/// of the spectrum that a band's name or colour stands for.
pub fn wavelengths(image: &ImageDescription) -> Vec<Option<f64>> {
    let said: Vec<Option<f64>> = image.bands.iter().map(|band| band.wavelength_nm).collect();
    if said.iter().any(Option::is_some) {
        return said;
    }
    let labels = labels(image);
    let mut guessed = said;
    for role in ROLES {
        let found = Expression::parse(role.name).and_then(|e| e.resolve(&labels));
        if let Some(band) = found.ok().and_then(|program| program.bands().first().copied()) {
            guessed[band] = Some(f64::from(role.center_nm));
        }
    }
    guessed
}

/// An expression whose bands have been found in one image. It works with physical values: a file that says how
/// its samples are scaled is taken at its word. Clones share the steps.
#[derive(Clone, Debug)]
pub struct Formula {
    expression: Arc<Expression>,
    program: Arc<Program>,
    units: Arc<[SampleUnit]>,
}

impl PartialEq for Formula {
    fn eq(&self, other: &Self) -> bool {
        self.program == other.program && self.units == other.units && self.text() == other.text()
    }
}

impl Formula {
    /// Finds the bands of an image that an expression means.
    pub fn new(expression: Expression, image: &ImageDescription) -> Result<Self, ExpressionError> {
        let program = expression.resolve(&labels(image))?;
        let unit = |band: &usize| {
            let band = &image.bands[*band];
            SampleUnit {
                no_data: band.no_data.map(|n| n as f32),
                scale: band.scale.map_or(1.0, |scale| scale as f32),
                offset: band.offset.map_or(0.0, |offset| offset as f32),
            }
        };
        let units = program.bands().iter().map(unit).collect();
        Ok(Self { expression: Arc::new(expression), program: Arc::new(program), units })
    }

    /// As it was written.
    pub fn text(&self) -> &str {
        self.expression.text()
    }

    /// What it was read as.
    pub fn expression(&self) -> &Expression {
        &self.expression
    }

    /// Its steps.
    pub fn program(&self) -> &Arc<Program> {
        &self.program
    }

    /// The bands that it looks at, counted from 0 in the file.
    pub fn bands(&self) -> &[usize] {
        self.program.bands()
    }

    /// How the samples of each of those bands are taken.
    pub fn units(&self) -> &Arc<[SampleUnit]> {
        &self.units
    }

    /// One value for each pixel; NaN where there is none. A band that the samples lack has no values.
    pub fn values(&self, samples: &Samples) -> Vec<f32> {
        let plane = samples.plane_len();
        let inputs: Vec<Vec<f32>> = self
            .bands()
            .iter()
            .zip(&*self.units)
            .map(|(band, unit)| physical(samples, *band, *unit))
            .collect();
        let inputs: Vec<&[f32]> = inputs.iter().map(Vec::as_slice).collect();
        let mut out = vec![f32::NAN; plane];
        Evaluator::new(&self.program).evaluate(&inputs, &mut out);
        if let Some(valid) = &samples.valid {
            out.iter_mut().zip(valid).filter(|(_, valid)| **valid == 0).for_each(|(out, _)| *out = f32::NAN);
        }
        out
    }

    /// Statistics of its value at every pixel of the full resolution; see [`statistics::exact`].
    pub fn exact(
        &self,
        source: &Source,
        progress: &(dyn Fn(f64) -> bool + Sync),
    ) -> Result<BandStatistics, ReadError> {
        statistics::exact_of(source, self.bands(), &|samples| self.values(samples), progress)
    }

    /// Statistics of its value where a view shows it; see [`statistics::within`].
    pub fn within(
        &self,
        source: &Source,
        level: u8,
        image_box: [f64; 4],
        progress: &(dyn Fn(f64) -> bool + Sync),
    ) -> Result<BandStatistics, ReadError> {
        let values = |samples: &Samples| self.values(samples);
        statistics::within_of(source, self.bands(), level, image_box, &values, progress)
    }

    /// Statistics of its value at about a million pixels; see [`statistics::approximate`].
    pub fn approximate(&self, source: &Source) -> Result<BandStatistics, ReadError> {
        statistics::approximate_of(source, self.bands(), &|samples| self.values(samples))
    }
}

/// The values of one band of the image, in the unit that the file declares; empty if it was not read.
fn physical(samples: &Samples, band: usize, unit: SampleUnit) -> Vec<f32> {
    fn all<T: Copy + Into<f32>>(values: &[T], unit: SampleUnit) -> Vec<f32> {
        let value = |sample: &T| {
            let sample: f32 = (*sample).into();
            if Some(sample) == unit.no_data { f32::NAN } else { sample * unit.scale + unit.offset }
        };
        values.iter().map(value).collect()
    }
    let Some(place) = samples.bands.iter().position(|b| *b == band) else { return Vec::new() };
    let plane = samples.plane_len();
    let span = place * plane..(place + 1) * plane;
    match &samples.values {
        SampleBuffer::U8(v) => all(&v[span], unit),
        SampleBuffer::U16(v) => all(&v[span], unit),
        SampleBuffer::I16(v) => all(&v[span], unit),
        SampleBuffer::F32(v) => all(&v[span], unit),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn formula(text: &str, units: &[SampleUnit]) -> Formula {
        let expression = Expression::parse(text).expect(text);
        let program = expression.resolve(&vec![BandLabel::default(); units.len()]).expect(text);
        let of_bands = program.bands().iter().map(|band| units[*band]).collect();
        Formula { expression: Arc::new(expression), program: Arc::new(program), units: of_bands }
    }

    #[test]
    fn samples_are_taken_in_the_unit_that_the_file_declares() {
        let unit = SampleUnit { no_data: Some(-9999.0), scale: 0.5, offset: 10.0 };
        let samples = Samples {
            width: 4,
            height: 1,
            bands: vec![1, 0],
            values: SampleBuffer::I16(vec![1, 2, 3, 4, 100, -9999, 300, 400]),
            valid: Some(vec![255, 255, 255, 0]),
        };
        let values = formula("b1 + b2", &[unit, SampleUnit::PLAIN]).values(&samples);
        assert_eq!((values[0], values[2]), (61.0, 163.0));
        assert!(values[1].is_nan() && values[3].is_nan(), "no-data and mask: {values:?}");
    }

    #[test]
    fn a_band_that_was_not_read_has_no_values() {
        let values = SampleBuffer::F32(vec![1.0, f32::NAN]);
        let samples = Samples { width: 2, height: 1, bands: vec![0], values, valid: None };
        assert!(formula("b1 + b2", &[SampleUnit::PLAIN; 2]).values(&samples).iter().all(|v| v.is_nan()));
        assert_eq!(formula("isnan(b1)", &[SampleUnit::PLAIN; 2]).values(&samples), [0.0, 1.0]);
    }
}
