//! An image as a cube: its bands that can be used, in physical values, a few rows at a time.

use raster::{SampleBuffer, Source};
use spectral::{Block, BoxError, Cube, Interleave, Shape, Spectrum, TargetBands, Values};

use crate::failure::Failure;

/// Some bands of an image, without colour roles such as alpha.
pub(crate) struct ImageCube<'a> {
    source: &'a Source,
    /// From 0.
    pub(crate) bands: Vec<usize>,
    /// `physical = value · scale + offset` of each band, where one differs from what is stored.
    scaling: Option<Vec<(f32, f32)>>,
    no_data: Vec<Option<f64>>,
}

impl<'a> ImageCube<'a> {
    /// All bands that the file does not call bad, or those that were asked for (from 1).
    pub(crate) fn new(source: &'a Source, wanted: &[usize], keep_bad: bool) -> anyhow::Result<Self> {
        let all = &source.image().bands;
        if let Some(wrong) = wanted.iter().find(|b| !(1..=all.len()).contains(*b)) {
            let hint = format!("bands are counted from 1 to {}", all.len());
            return Err(Failure::because(format!("There is no band {wrong}"), hint));
        }
        let is_sample = |i: &usize| all[*i].color != raster::ColorRole::Alpha && (keep_bad || !all[*i].bad);
        let bands: Vec<usize> = if wanted.is_empty() {
            (0..all.len()).filter(is_sample).collect()
        } else {
            wanted.iter().map(|b| b - 1).collect()
        };
        if bands.is_empty() {
            let hint = "keep bad bands with --keep-bad, or choose bands with --bands";
            return Err(Failure::because("The file calls all its bands bad", hint));
        }
        let scales = bands.iter().map(|b| (all[*b].scale.unwrap_or(1.0), all[*b].offset.unwrap_or(0.0)));
        let scaling: Vec<(f32, f32)> = scales.map(|(s, o)| (s as f32, o as f32)).collect();
        let is_plain = scaling.iter().all(|s| *s == (1.0, 0.0));
        let no_data = bands.iter().map(|b| all[*b].no_data).collect();
        Ok(Self { source, bands, scaling: (!is_plain).then_some(scaling), no_data })
    }

    /// Wavelengths of the bands; `None` when one has none.
    pub(crate) fn wavelengths(&self) -> Option<Vec<f64>> {
        self.bands.iter().map(|b| self.source.image().bands[*b].wavelength_nm).collect()
    }

    /// The bands to resample spectra to; `None` without wavelengths.
    pub(crate) fn target(&self) -> Option<TargetBands> {
        let widths: Vec<Option<f64>> =
            self.bands.iter().map(|b| self.source.image().bands[*b].fwhm_nm).collect();
        TargetBands::new(self.wavelengths()?, &widths).ok()
    }

    /// The values of one pixel, NaN where it holds nothing.
    pub(crate) fn pixel(&self, column: u32, row: u32) -> anyhow::Result<Vec<f64>> {
        let samples = self.source.read_window(0, column, row, 1, 1, &self.bands)?;
        let is_there = samples.is_valid(0, 0);
        Ok((0..self.bands.len())
            .map(|band| {
                let value = samples.value(band, 0, 0).filter(|v| is_there && Some(*v) != self.no_data[band]);
                let (scale, offset) = self.scaling.as_ref().map_or((1.0, 0.0), |s| s[band]);
                value.map_or(f64::NAN, |v| v * f64::from(scale) + f64::from(offset))
            })
            .collect())
    }

    /// A spectrum of one pixel or region, by the bands of the image.
    pub(crate) fn spectrum(&self, name: String, values: Vec<f64>) -> Spectrum {
        let bad = self.bands.iter().map(|b| self.source.image().bands[*b].bad).collect();
        Spectrum { name, wavelength_nm: self.wavelengths().unwrap_or_default(), values, bad }
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

fn clear<T: Copy>(valid: &mut [u8], values: &[T], is_missing: impl Fn(T) -> bool) {
    for (valid, _) in valid.iter_mut().zip(values).filter(|(_, v)| is_missing(**v)) {
        *valid = 0;
    }
}

impl Cube for ImageCube<'_> {
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
