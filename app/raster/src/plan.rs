//! How bands come from stored samples: as they are, by a palette, from inks, from complex numbers; and
//! which pixels hold nothing.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use crate::colors::{LabToRgb, of_inks};
use crate::describe::{ColorRole, ImageDescription};
use crate::exact::{ExactBuffer, ExactValue, with_exact};
use crate::halve::Halving;
use crate::samples::{SampleBuffer, SampleType, with_pair, with_values};

/// What a band is made of. Numbers are those of stored samples; a complex sample is two, real first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BandSource {
    /// A stored sample as it is.
    Sample(usize),
    /// A stored sample of a min-is-white image, turned round.
    Inverted(usize),
    /// One colour of the palette entry that stored sample 0 names.
    Palette(usize),
    /// One colour of the four inks that stored samples 0 to 3 are.
    Inks(usize),
    /// One colour of the L*a*b* that stored samples 0 to 2 are.
    Lab(usize),
    /// Of the complex number whose real part is this sample.
    Magnitude(usize),
    Phase(usize),
    Imaginary(usize),
}

impl BandSource {
    /// Stored samples that the band is made of.
    fn samples(self) -> Range<usize> {
        match self {
            Self::Sample(s) | Self::Inverted(s) => s..s + 1,
            Self::Palette(_) => 0..1,
            Self::Inks(_) => 0..4,
            Self::Lab(_) => 0..3,
            Self::Magnitude(s) | Self::Phase(s) => s..s + 2,
            Self::Imaginary(s) => s + 1..s + 2,
        }
    }

    /// Stored samples that no-data is looked for in: of a complex number the real part, as GDAL does.
    fn judged(self) -> Range<usize> {
        match self {
            Self::Magnitude(s) | Self::Phase(s) | Self::Imaginary(s) => s..s + 1,
            other => other.samples(),
        }
    }
}

/// How L*a*b* is stored.
#[derive(Clone, Debug)]
pub(crate) struct LabCodes {
    pub(crate) to_rgb: LabToRgb,
    /// a* and b* are signed rather than counted from the middle.
    pub(crate) is_signed: bool,
}

/// How bands come from stored samples.
#[derive(Clone, Debug)]
pub(crate) struct BandPlan {
    pub(crate) sources: Vec<BandSource>,
    pub(crate) alpha: Option<usize>,
    /// In stored values.
    pub(crate) no_data: Option<f64>,
    pub(crate) palette: Vec<[u16; 3]>,
    pub(crate) lab: Option<LabCodes>,
    /// Of an unsigned sample.
    pub(crate) largest: f64,
    pub(crate) sample_type: SampleType,
}

impl BandPlan {
    /// Bands are the stored samples.
    pub(crate) fn direct(image: &ImageDescription) -> Self {
        Self {
            sources: (0..image.bands.len()).map(BandSource::Sample).collect(),
            alpha: image.bands.iter().position(|b| b.color == ColorRole::Alpha),
            no_data: None,
            palette: Vec::new(),
            lab: None,
            largest: 0.0,
            sample_type: image.sample_type,
        }
    }

    /// Bands are the stored samples, of which one value means “nothing here”.
    pub(crate) fn with_no_data(image: &ImageDescription, no_data: Option<f64>) -> Self {
        Self { no_data, ..Self::direct(image) }
    }

    /// Red, green and blue of the classes that the first stored sample names, then the stored samples.
    pub(crate) fn classes(image: &ImageDescription, no_data: Option<f64>, colors: &[[u8; 3]]) -> Self {
        let wide = if image.sample_type == SampleType::U16 { 257 } else { 1 };
        let stored = image.bands.len().saturating_sub(3);
        Self {
            sources: (0..3).map(BandSource::Palette).chain((0..stored).map(BandSource::Sample)).collect(),
            palette: colors.iter().map(|rgb| rgb.map(|n| u16::from(n) * wide)).collect(),
            ..Self::with_no_data(image, no_data)
        }
    }

    /// The stored samples that these bands and their validity need.
    pub(crate) fn samples_for(&self, bands: &[usize]) -> Vec<usize> {
        let mut stored: Vec<usize> = Vec::with_capacity(bands.len() + 1);
        let mut seen = HashSet::with_capacity(bands.len() + 1);
        let wanted = bands.iter().map(|b| self.sources[*b]);
        let first = wanted.clone().flat_map(BandSource::samples);
        let all = first.chain(self.alpha).chain(wanted.flat_map(BandSource::judged));
        stored.extend(all.filter(|sample| seen.insert(*sample)));
        stored
    }

    /// How the stored samples are averaged.
    pub(crate) fn halving(&self, samples: usize, nearest: bool) -> Halving {
        Halving { bands: samples, alpha: self.alpha, no_data: self.no_data, nearest }
    }

    /// Bands in the order asked for, from the stored samples that were read.
    pub(crate) fn present(
        &self,
        bands: &[usize],
        stored: &[usize],
        values: SampleBuffer,
        plane: usize,
    ) -> SampleBuffer {
        let sources = bands.iter().map(|b| self.sources[*b]);
        let as_stored = sources.clone().zip(stored).all(|(s, have)| s == BandSource::Sample(*have));
        if as_stored && bands.len() <= stored.len() {
            return truncated(values, bands.len() * plane);
        }
        let mut out = SampleBuffer::zeros(self.sample_type, bands.len() * plane);
        let places = places_of(stored, plane);
        let place = |sample| places.get(&sample).copied().unwrap_or(0);
        for (i, source) in sources.enumerate() {
            let at = place(source.samples().start);
            let (from, to) = (at..at + plane, i * plane..(i + 1) * plane);
            match source {
                BandSource::Sample(_) | BandSource::Imaginary(_) => {
                    with_pair!(&values, &mut out, a, b => b[to].copy_from_slice(&a[from]), ());
                }
                BandSource::Inverted(_) => self.invert(&values, from, &mut out, to),
                BandSource::Palette(color) => self.look_up(color, &values, from, &mut out, to),
                BandSource::Inks(color) => {
                    let at = [0, 1, 2, 3].map(place);
                    let largest = self.largest as u32;
                    let mix = |inks: [u32; 4]| of_inks(color, inks, largest);
                    mixed(&values, at, &mut out, to, mix);
                }
                BandSource::Lab(color) => {
                    let at = [0, 1, 2].map(place);
                    mixed(&values, at, &mut out, to, |lab| self.color_of_lab(color, lab));
                }
                BandSource::Magnitude(s) | BandSource::Phase(s) => {
                    if let (SampleBuffer::F32(a), SampleBuffer::F32(b)) = (&values, &mut out) {
                        let imaginary = place(s + 1);
                        let pairs = a[from].iter().zip(&a[imaginary..imaginary + plane]);
                        let polar = polar_of(source);
                        b[to].iter_mut().zip(pairs).for_each(|(to, (re, im))| {
                            *to = polar(f64::from(*re), f64::from(*im)) as f32;
                        });
                    }
                }
            }
        }
        out
    }

    /// The same of exact values; complex numbers and their parts come as doubles. Only for plans that are
    /// wide, whose bands are stored samples or parts of complex ones.
    pub(crate) fn present_exact(
        &self,
        bands: &[usize],
        stored: &[usize],
        values: ExactBuffer,
        plane: usize,
    ) -> ExactBuffer {
        let sources = bands.iter().map(|b| self.sources[*b]);
        let places = places_of(stored, plane);
        let place = |sample| places.get(&sample).copied().unwrap_or(0);
        if sources.clone().all(|s| matches!(s, BandSource::Sample(_))) {
            return with_exact!(values, v => {
                let mut out = Vec::with_capacity(bands.len() * plane);
                for source in sources {
                    let at = place(source.samples().start);
                    out.extend_from_slice(&v[at..at + plane]);
                }
                ExactBuffer::from(out)
            });
        }
        let double = |i| values.get(i).map_or(f64::NAN, ExactValue::to_f64);
        let mut out = Vec::with_capacity(bands.len() * plane);
        for source in sources {
            let at = place(source.samples().start);
            match source {
                BandSource::Magnitude(s) | BandSource::Phase(s) => {
                    let (imaginary, polar) = (place(s + 1), polar_of(source));
                    out.extend((0..plane).map(|i| polar(double(at + i), double(imaginary + i))));
                }
                _ => out.extend((at..at + plane).map(double)),
            }
        }
        ExactBuffer::Float(out)
    }

    fn color_of_lab(&self, color: usize, [l, a, b]: [u32; 3]) -> u32 {
        let Some(lab) = &self.lab else { return 0 };
        let scale = 255.0 / self.largest as f32;
        let code = |n: u32| {
            let middle = f64::midpoint(self.largest, 1.0);
            let n = f64::from(n);
            let from_middle = if lab.is_signed && n >= middle {
                n - 2.0 * middle
            } else if lab.is_signed {
                n
            } else {
                n - middle
            };
            // A signed 16-bit code counts 256ths.
            (from_middle / if self.largest > 255.0 { 256.0 } else { 1.0 }) as f32
        };
        let rgb = lab.to_rgb.rgb(l as f32 * scale * 100.0 / 255.0, code(a), code(b));
        u32::from(rgb[color.min(2)]) * if self.largest > 255.0 { 257 } else { 1 }
    }

    fn invert(&self, values: &SampleBuffer, from: Span, out: &mut SampleBuffer, to: Span) {
        let largest = self.largest;
        match (values, out) {
            (SampleBuffer::U8(a), SampleBuffer::U8(b)) => {
                let largest = largest as u8;
                a[from].iter().zip(&mut b[to]).for_each(|(a, b)| *b = largest.saturating_sub(*a));
            }
            (SampleBuffer::U16(a), SampleBuffer::U16(b)) => {
                let largest = largest as u16;
                a[from].iter().zip(&mut b[to]).for_each(|(a, b)| *b = largest.saturating_sub(*a));
            }
            (a, b) => with_pair!(a, b, a, b => b[to].copy_from_slice(&a[from]), ()),
        }
    }

    fn look_up(&self, color: usize, values: &SampleBuffer, from: Span, out: &mut SampleBuffer, to: Span) {
        let entry = |index: usize| self.palette.get(index).map_or(0, |rgb| rgb[color]);
        match (values, out) {
            (SampleBuffer::U8(a), SampleBuffer::U8(b)) => {
                a[from].iter().zip(&mut b[to]).for_each(|(a, b)| *b = entry(usize::from(*a)) as u8);
            }
            (SampleBuffer::U16(a), SampleBuffer::U16(b)) => {
                a[from].iter().zip(&mut b[to]).for_each(|(a, b)| *b = entry(usize::from(*a)));
            }
            _ => {}
        }
    }

    /// Where planes begin that no-data is looked for in.
    fn judged(&self, bands: &[usize], stored: &[usize], plane: usize) -> Vec<usize> {
        let mut samples: Vec<usize> = bands.iter().flat_map(|b| self.sources[*b].judged()).collect();
        samples.retain(|s| Some(*s) != self.alpha);
        samples.dedup();
        let places = places_of(stored, plane);
        samples.iter().filter_map(|sample| places.get(sample).copied()).collect()
    }

    fn alpha_plane(&self, stored: &[usize], plane: usize) -> Option<Span> {
        let at = self.alpha.and_then(|a| stored.iter().position(|s| *s == a))? * plane;
        Some(at..at + plane)
    }

    /// 255 or 0 per pixel; `None` when nothing in the image can be missing.
    pub(crate) fn validity(
        &self,
        bands: &[usize],
        stored: &[usize],
        values: &SampleBuffer,
        mask: Option<Vec<u8>>,
        plane: usize,
    ) -> Option<Vec<u8>> {
        let mut valid = mask;
        if let Some(alpha) = self.alpha_plane(stored, plane) {
            let valid = valid.get_or_insert_with(|| vec![255; plane]);
            with_values!(values, v => clear_where(valid, &v[alpha], |n| f64::from(n) == 0.0));
        }
        let starts = self.judged(bands, stored, plane);
        let can_be_missing = self.no_data.is_some() || self.sample_type == SampleType::F32;
        if starts.is_empty() || !can_be_missing {
            return valid;
        }
        let mut missing = vec![true; plane];
        match values {
            SampleBuffer::U8(v) => {
                mark_present(&mut missing, v, &starts, self.exact(f64::from(u8::MAX), 0.0));
            }
            SampleBuffer::U16(v) => {
                mark_present(&mut missing, v, &starts, self.exact(f64::from(u16::MAX), 0.0));
            }
            SampleBuffer::I16(v) => {
                let lowest = f64::from(i16::MIN);
                mark_present(&mut missing, v, &starts, self.exact(f64::from(i16::MAX), lowest));
            }
            SampleBuffer::F32(v) => {
                let no_data = self.no_data.filter(|n| !n.is_nan()).map(float_no_data);
                for start in &starts {
                    for (m, n) in missing.iter_mut().zip(&v[*start..*start + plane]) {
                        *m &= n.is_nan() || Some(*n) == no_data;
                    }
                }
            }
        }
        self.without(valid, &missing)
    }

    /// The same by exact values.
    pub(crate) fn validity_exact(
        &self,
        bands: &[usize],
        stored: &[usize],
        values: &ExactBuffer,
        mask: Option<Vec<u8>>,
        plane: usize,
    ) -> Option<Vec<u8>> {
        let mut valid = mask;
        if let Some(alpha) = self.alpha_plane(stored, plane) {
            let valid = valid.get_or_insert_with(|| vec![255; plane]);
            with_exact!(values, v => clear_where(valid, &v[alpha], |n| ExactValue::from(n).to_f64() == 0.0));
        }
        let starts = self.judged(bands, stored, plane);
        if starts.is_empty() || (self.no_data.is_none() && !matches!(values, ExactBuffer::Float(_))) {
            return valid;
        }
        let is_missing = |value: ExactValue| {
            matches!(value, ExactValue::Float(n) if n.is_nan()) || self.no_data.is_some_and(|n| value.is(n))
        };
        let mut missing = vec![true; plane];
        for start in &starts {
            for (i, m) in missing.iter_mut().enumerate() {
                *m &= values.get(start + i).is_none_or(is_missing);
            }
        }
        self.without(valid, &missing)
    }

    fn without(&self, mut valid: Option<Vec<u8>>, missing: &[bool]) -> Option<Vec<u8>> {
        if missing.contains(&true) || valid.is_some() || self.no_data.is_some() {
            let valid = valid.get_or_insert_with(|| vec![255; missing.len()]);
            valid.iter_mut().zip(missing).filter(|(_, m)| **m).for_each(|(v, _)| *v = 0);
        }
        valid
    }

    /// The no-data value when a whole number of this range can equal it.
    fn exact(&self, largest: f64, lowest: f64) -> Option<f64> {
        self.no_data.filter(|n| n.fract() == 0.0 && *n >= lowest && *n <= largest)
    }
}

type Span = Range<usize>;

/// Where the plane of each stored sample begins.
fn places_of(stored: &[usize], plane: usize) -> HashMap<usize, usize> {
    stored.iter().enumerate().map(|(i, sample)| (*sample, i * plane)).collect()
}

/// Length or angle (radians, −π to π) of a complex number.
fn polar_of(source: BandSource) -> fn(f64, f64) -> f64 {
    match source {
        BandSource::Phase(_) => |re, im| im.atan2(re),
        _ => f64::hypot,
    }
}

/// One plane made of N planes that begin at `at`, number by number.
fn mixed<const N: usize>(
    values: &SampleBuffer,
    at: [usize; N],
    out: &mut SampleBuffer,
    to: Span,
    mix: impl Fn([u32; N]) -> u32,
) {
    match (values, out) {
        (SampleBuffer::U8(a), SampleBuffer::U8(b)) => {
            b[to].iter_mut().enumerate().for_each(|(i, b)| *b = mix(at.map(|p| u32::from(a[p + i]))) as u8);
        }
        (SampleBuffer::U16(a), SampleBuffer::U16(b)) => {
            b[to].iter_mut().enumerate().for_each(|(i, b)| *b = mix(at.map(|p| u32::from(a[p + i]))) as u16);
        }
        _ => {}
    }
}

/// A double as the nearest float that a file can mean by it: just past the largest float is that float.
pub(crate) fn float_no_data(value: f64) -> f32 {
    let narrow = value as f32;
    if narrow.is_infinite() && value.is_finite() { f32::MAX.copysign(narrow) } else { narrow }
}

fn clear_where<T: Copy>(valid: &mut [u8], values: &[T], is_missing: impl Fn(T) -> bool) {
    for (v, n) in valid.iter_mut().zip(values) {
        if is_missing(*n) {
            *v = 0;
        }
    }
}

fn mark_present<T: Copy + Into<f64>>(
    missing: &mut [bool],
    values: &[T],
    starts: &[usize],
    no_data: Option<f64>,
) {
    let Some(no_data) = no_data else {
        missing.fill(false);
        return;
    };
    let plane = missing.len();
    for start in starts {
        for (m, n) in missing.iter_mut().zip(&values[*start..*start + plane]) {
            *m &= (*n).into() == no_data;
        }
    }
}

fn truncated(mut values: SampleBuffer, len: usize) -> SampleBuffer {
    with_values!(&mut values, v => v.truncate(len));
    values
}
