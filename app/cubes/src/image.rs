//! An image as a cube: its bands that are used, in physical values, a few rows at a time.

use raster::{ColorRole, ReadError, SampleBuffer, Source};
use spectral::{Block, BoxError, Cube, Interleave, Shape, Spectrum, TargetBands, Values};

use crate::error::CubeError;

/// Some bands of an image, without colour roles such as alpha.
#[derive(Clone, Debug)]
pub struct ImageCube {
    source: Source,
    /// From 0.
    bands: Vec<usize>,
    /// Which of them are not to be trusted.
    bad: Vec<bool>,
    /// `physical = value · scale + offset` of each band, where one differs from what is stored.
    scaling: Option<Vec<(f32, f32)>>,
    no_data: Vec<Option<f64>>,
}

impl ImageCube {
    /// These bands (from 0); `bad` says for every band of the image whether it is to be trusted.
    pub fn new(source: &Source, bands: Vec<usize>, bad: &[bool]) -> Result<Self, CubeError> {
        let all = &source.image().bands;
        if let Some(wrong) = bands.iter().find(|b| **b >= all.len()) {
            return Err(CubeError::NoBand { band: wrong + 1, bands: all.len() });
        }
        if bands.is_empty() {
            return Err(CubeError::AllBad);
        }
        let scales = bands.iter().map(|b| (all[*b].scale.unwrap_or(1.0), all[*b].offset.unwrap_or(0.0)));
        let scaling: Vec<(f32, f32)> = scales.map(|(s, o)| (s as f32, o as f32)).collect();
        let is_plain = scaling.iter().all(|s| *s == (1.0, 0.0));
        let no_data = bands.iter().map(|b| all[*b].no_data).collect();
        let bad = bands.iter().map(|b| bad.get(*b).copied().unwrap_or(false)).collect();
        Ok(Self { source: source.clone(), bands, bad, scaling: (!is_plain).then_some(scaling), no_data })
    }

    /// Every band that shows something.
    pub fn of_all(source: &Source) -> Result<Self, CubeError> {
        let bands = source.image().bands.iter();
        let bands = bands.filter(|b| b.color != ColorRole::Alpha).map(|b| b.index).collect();
        Self::new(source, bands, &bad_of(source))
    }

    /// Those that the file does not call bad.
    pub fn of_usable(source: &Source) -> Result<Self, CubeError> {
        Self::without(source, &bad_of(source))
    }

    /// Those that are not called bad here.
    pub fn without(source: &Source, bad: &[bool]) -> Result<Self, CubeError> {
        let all = source.image().bands.iter();
        let used = all.filter(|b| b.color != ColorRole::Alpha && !bad.get(b.index).copied().unwrap_or(false));
        Self::new(source, used.map(|b| b.index).collect(), bad)
    }

    /// What it is of.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// Which bands of the image, from 0.
    pub fn bands(&self) -> &[usize] {
        &self.bands
    }

    /// Wavelengths of the bands; `None` when one has none.
    pub fn wavelengths(&self) -> Option<Vec<f64>> {
        self.bands.iter().map(|b| self.source.image().bands[*b].wavelength_nm).collect()
    }

    /// The bands to resample spectra to; `None` without wavelengths.
    pub fn target(&self) -> Option<TargetBands> {
        let widths: Vec<Option<f64>> =
            self.bands.iter().map(|b| self.source.image().bands[*b].fwhm_nm).collect();
        TargetBands::new(self.wavelengths()?, &widths).ok()
    }

    /// The values of one pixel, NaN where it holds nothing.
    pub fn pixel(&self, column: u32, row: u32) -> Result<Vec<f64>, ReadError> {
        self.window(column, row, 1, 1)
    }

    /// The values of a window, band after band, each row by row, NaN where a pixel holds nothing.
    pub fn window(&self, x: u32, y: u32, width: u32, height: u32) -> Result<Vec<f64>, ReadError> {
        let samples = self.source.read_window(0, x, y, width, height, &self.bands)?;
        let plane = samples.plane_len();
        let mut out = Vec::with_capacity(plane * self.bands.len());
        for band in 0..self.bands.len() {
            let (scale, offset) = self.scaling.as_ref().map_or((1.0, 0.0), |s| s[band]);
            let (scale, offset) = (f64::from(scale), f64::from(offset));
            let no_data = self.no_data[band];
            let physical = |v: f64| if Some(v) == no_data { f64::NAN } else { v * scale + offset };
            let span = band * plane..(band + 1) * plane;
            match &samples.values {
                SampleBuffer::U8(v) => out.extend(v[span].iter().map(|n| physical(f64::from(*n)))),
                SampleBuffer::U16(v) => out.extend(v[span].iter().map(|n| physical(f64::from(*n)))),
                SampleBuffer::I16(v) => out.extend(v[span].iter().map(|n| physical(f64::from(*n)))),
                SampleBuffer::F32(v) => out.extend(v[span].iter().map(|n| physical(f64::from(*n)))),
            }
        }
        if let Some(valid) = &samples.valid {
            for plane in out.chunks_exact_mut(plane) {
                plane.iter_mut().zip(valid).filter(|(_, v)| **v == 0).for_each(|(n, _)| *n = f64::NAN);
            }
        }
        Ok(out)
    }

    /// A spectrum of one pixel or region, by the bands of the image.
    pub fn spectrum(&self, name: impl Into<String>, values: Vec<f64>) -> Spectrum {
        let wavelength_nm = self.wavelengths().unwrap_or_default();
        Spectrum { name: name.into(), wavelength_nm, values, bad: self.bad.clone() }
    }

    /// A spectrum of a library by the bands of the image: as it is where it has the same, resampled by their
    /// widths elsewhere.
    pub fn resampled(&self, spectrum: &Spectrum) -> Result<Vec<f64>, CubeError> {
        let bands = self.bands.len();
        if spectrum.values.len() == bands {
            let is_near = |(a, b): (&f64, &f64)| (a - b).abs() < 0.5;
            match self.wavelengths().filter(|_| spectrum.has_wavelengths()) {
                Some(own) if own.iter().zip(&spectrum.wavelength_nm).all(is_near) => {
                    return Ok(spectrum.values.clone());
                }
                None => return Ok(spectrum.values.clone()),
                Some(_) => {}
            }
        }
        let other =
            || CubeError::OtherBands { name: spectrum.name.clone(), values: spectrum.values.len(), bands };
        Ok(spectrum.resampled(&self.target().ok_or_else(other)?)?.values)
    }

    /// 0 where the pixel holds nothing in one of the bands.
    fn validity(&self, values: &SampleBuffer, given: Option<Vec<u8>>, plane: usize) -> Option<Vec<u8>> {
        let mut valid = given;
        for (band, no_data) in self.no_data.iter().enumerate() {
            let Some(no_data) = no_data.filter(|n| !n.is_nan()) else { continue };
            let valid = valid.get_or_insert_with(|| vec![255; plane]);
            let span = band * plane..(band + 1) * plane;
            match values {
                SampleBuffer::U8(v) => clear(valid, &v[span], |n| f64::from(n) == no_data),
                SampleBuffer::U16(v) => clear(valid, &v[span], |n| f64::from(n) == no_data),
                SampleBuffer::I16(v) => clear(valid, &v[span], |n| f64::from(n) == no_data),
                SampleBuffer::F32(v) => clear(valid, &v[span], |n| n == no_data as f32),
            }
        }
        valid
    }

    fn physical(&self, values: &SampleBuffer, scaling: &[(f32, f32)], plane: usize) -> Vec<f32> {
        let mut out = Vec::with_capacity(values.len());
        for (band, (scale, offset)) in scaling.iter().enumerate().take(self.bands.len()) {
            let span = band * plane..(band + 1) * plane;
            match values {
                SampleBuffer::U8(v) => out.extend(v[span].iter().map(|n| f32::from(*n) * scale + offset)),
                SampleBuffer::U16(v) => out.extend(v[span].iter().map(|n| f32::from(*n) * scale + offset)),
                SampleBuffer::I16(v) => out.extend(v[span].iter().map(|n| f32::from(*n) * scale + offset)),
                SampleBuffer::F32(v) => out.extend(v[span].iter().map(|n| n * scale + offset)),
            }
        }
        out
    }
}

/// Which bands the file calls bad.
fn bad_of(source: &Source) -> Vec<bool> {
    source.image().bands.iter().map(|b| b.bad).collect()
}

fn clear<T: Copy>(valid: &mut [u8], values: &[T], is_missing: impl Fn(T) -> bool) {
    for (valid, _) in valid.iter_mut().zip(values).filter(|(_, v)| is_missing(**v)) {
        *valid = 0;
    }
}

impl Cube for ImageCube {
    fn shape(&self) -> Shape {
        let image = self.source.image();
        Shape { width: image.width as usize, height: image.height as usize, bands: self.bands.len() }
    }

    fn with_rows(&self, first: usize, rows: usize, take: &mut dyn FnMut(Block<'_>)) -> Result<(), BoxError> {
        let width = self.source.image().width;
        let mut samples = self.source.read_window(0, 0, first as u32, width, rows as u32, &self.bands)?;
        let plane = samples.plane_len();
        let valid = self.validity(&samples.values, samples.valid.take(), plane);
        let (interleave, pixels, valid) = (Interleave::Band, plane, valid.as_deref());
        if let Some(scaling) = &self.scaling {
            let values = self.physical(&samples.values, scaling, plane);
            take(Block { values: Values::F32(&values), interleave, pixels, valid });
            return Ok(());
        }
        let values = match &samples.values {
            SampleBuffer::U8(v) => Values::U8(v),
            SampleBuffer::U16(v) => Values::U16(v),
            SampleBuffer::I16(v) => Values::I16(v),
            SampleBuffer::F32(v) => Values::F32(v),
        };
        take(Block { values, interleave, pixels, valid });
        Ok(())
    }
}
