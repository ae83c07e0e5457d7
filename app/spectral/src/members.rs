//! Spectra that a product compares pixels with.

use crate::error::SpectralError;

/// Named spectra with one value for each band that is used.
#[derive(Clone, Debug, PartialEq)]
pub struct Members {
    names: Vec<String>,
    /// Row after row.
    values: Vec<f64>,
    bands: usize,
}

impl Members {
    /// Refuses spectra of another length and values that are not finite.
    pub fn new(spectra: &[(String, Vec<f64>)], bands: usize) -> Result<Self, SpectralError> {
        if spectra.is_empty() {
            return Err(SpectralError::Parameter("At least one spectrum is needed".into()));
        }
        for (name, values) in spectra {
            if values.len() != bands {
                return Err(SpectralError::Length { name: name.clone(), values: values.len(), bands });
            }
            if values.iter().any(|v| !v.is_finite()) {
                let why = "it holds values that are not numbers";
                return Err(SpectralError::Spectrum { name: name.clone(), why });
            }
        }
        let names = spectra.iter().map(|(name, _)| name.clone()).collect();
        let values = spectra.iter().flat_map(|(_, values)| values).copied().collect();
        Ok(Self { names, values, bands })
    }

    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// How many spectra; never 0.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Never true.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    pub fn bands(&self) -> usize {
        self.bands
    }

    /// One spectrum.
    pub fn get(&self, index: usize) -> &[f64] {
        &self.values[index * self.bands..(index + 1) * self.bands]
    }

    /// All values, spectrum after spectrum.
    pub(crate) fn values(&self) -> &[f64] {
        &self.values
    }

    /// Refuses members of another number of bands.
    pub(crate) fn check(&self, bands: usize) -> Result<(), SpectralError> {
        if self.bands == bands {
            return Ok(());
        }
        Err(SpectralError::Length { name: self.names[0].clone(), values: self.bands, bands })
    }
}
