//! From stored samples to bands: palettes, inverted greys, alpha, and which pixels hold nothing.

use std::path::Path;

use crate::describe::{BandDescription, ColorRole, ImageDescription};
use crate::error::Fault;
use crate::georeference::Georeference;
use crate::geotiff::GeoTiff;
use crate::halve::Halving;
use crate::layout::{Layout, NumberFormat, Photometric};
use crate::metadata::Metadata;
use crate::samples::{SampleBuffer, SampleType, with_pair, with_values};
use crate::tags;

/// What a band is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BandSource {
    /// A stored sample as it is.
    Sample(usize),
    /// A stored sample of a min-is-white image, turned round.
    Inverted(usize),
    /// One colour of the palette entry that stored sample 0 names.
    Palette(usize),
}

impl BandSource {
    fn sample(self) -> usize {
        match self {
            Self::Sample(s) | Self::Inverted(s) => s,
            Self::Palette(_) => 0,
        }
    }
}

/// How bands come from stored samples.
#[derive(Clone, Debug)]
pub(crate) struct BandPlan {
    sources: Vec<BandSource>,
    alpha: Option<usize>,
    /// In stored values.
    no_data: Option<f64>,
    palette: Vec<[u16; 3]>,
    largest: f64,
    sample_type: SampleType,
}

impl BandPlan {
    /// Bands are the stored samples.
    pub(crate) fn direct(image: &ImageDescription) -> Self {
        Self {
            sources: (0..image.bands.len()).map(BandSource::Sample).collect(),
            alpha: image.bands.iter().position(|b| b.color == ColorRole::Alpha),
            no_data: None,
            palette: Vec::new(),
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
        for sample in bands.iter().map(|b| self.sources[*b].sample()).chain(self.alpha) {
            if !stored.contains(&sample) {
                stored.push(sample);
            }
        }
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
        for (i, source) in sources.enumerate() {
            let at = stored.iter().position(|s| *s == source.sample()).unwrap_or(0) * plane;
            let (from, to) = (at..at + plane, i * plane..(i + 1) * plane);
            match source {
                BandSource::Sample(_) => {
                    with_pair!(&values, &mut out, a, b => b[to].copy_from_slice(&a[from]), ());
                }
                BandSource::Inverted(_) => self.invert(&values, from, &mut out, to),
                BandSource::Palette(color) => self.look_up(color, &values, from, &mut out, to),
            }
        }
        out
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
        if let Some(at) = self.alpha.and_then(|a| stored.iter().position(|s| *s == a)) {
            let valid = valid.get_or_insert_with(|| vec![255; plane]);
            with_values!(values, v => clear_where(valid, &v[at * plane..(at + 1) * plane], |n| f64::from(n) == 0.0));
        }
        let mut colors: Vec<usize> = bands.iter().map(|b| self.sources[*b].sample()).collect();
        colors.retain(|s| Some(*s) != self.alpha);
        colors.dedup();
        let starts: Vec<usize> =
            colors.iter().filter_map(|c| stored.iter().position(|s| s == c)).map(|i| i * plane).collect();
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
        if missing.contains(&true) || valid.is_some() || self.no_data.is_some() {
            let valid = valid.get_or_insert_with(|| vec![255; plane]);
            valid.iter_mut().zip(&missing).filter(|(_, m)| **m).for_each(|(v, _)| *v = 0);
        }
        valid
    }

    /// The no-data value when a whole number of this range can equal it.
    fn exact(&self, largest: f64, lowest: f64) -> Option<f64> {
        self.no_data.filter(|n| n.fract() == 0.0 && *n >= lowest && *n <= largest)
    }
}

type Span = std::ops::Range<usize>;

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

/// Reads what a TIFF says about itself and how its bands come from its samples.
pub(crate) fn describe_tiff(
    path: &Path,
    body: &mut GeoTiff,
    mut warnings: Vec<String>,
) -> Result<(ImageDescription, BandPlan), Fault> {
    let metadata = Metadata::read(body.tiff(), &body.directory, path);
    let layout = body.layout(0);
    let palette = read_palette(body, layout)?;
    let inverted = layout.photometric == Photometric::MinIsWhite && layout.format == NumberFormat::Unsigned;
    let roles = sample_roles(layout, &metadata);
    let mut sources = Vec::new();
    let mut colors = Vec::new();
    if !palette.is_empty() {
        sources.extend([BandSource::Palette(0), BandSource::Palette(1), BandSource::Palette(2)]);
        colors.extend([ColorRole::Red, ColorRole::Green, ColorRole::Blue]);
    }
    for (sample, role) in roles.iter().enumerate() {
        let invert = inverted && *role != ColorRole::Alpha;
        sources.push(if invert { BandSource::Inverted(sample) } else { BandSource::Sample(sample) });
        let is_index = !palette.is_empty() && sample == 0;
        colors.push(if is_index { ColorRole::PaletteIndex } else { *role });
    }
    let largest = if layout.bits < 32 { f64::from((1_u32 << layout.bits) - 1) } else { 0.0 };
    let mut georeference = Georeference::from_tiff(body.tiff(), &body.directory, &mut warnings);
    georeference.add_neighbours(path, &mut warnings);
    georeference.check_extent(layout.width, layout.height, &mut warnings);
    if body.tiff().first(&body.directory, tags::ORIENTATION)?.is_some_and(|o| (2..=8).contains(&o)) {
        warnings
            .push("Its orientation tag asks for a turned or mirrored picture; it is shown as stored.".into());
    }
    let bands = describe_bands(layout, &sources, &colors, &metadata, largest);
    let wide = matches!(layout.stored_type().as_str(), "uint32" | "int32" | "uint64" | "int64" | "float64");
    if wide {
        warnings.push(format!(
            "Its {} samples are handed out as float32, with 24 bits of precision.",
            layout.stored_type()
        ));
    }
    let plan = BandPlan {
        alpha: roles.iter().rposition(|r| *r == ColorRole::Alpha),
        no_data: metadata.no_data,
        palette: palette.clone(),
        largest,
        sample_type: layout.sample_type(),
        sources,
    };
    let image = ImageDescription {
        name: path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        driver: "GTiff".into(),
        width: layout.width,
        height: layout.height,
        bands,
        shown_first: Vec::new(),
        sample_type: layout.sample_type(),
        crs: georeference.crs,
        transform: georeference.transform,
        pixel_is_point: georeference.pixel_is_point,
        compression: layout.compression.name().into(),
        interleave: if layout.separate || layout.samples == 1 { "BAND" } else { "PIXEL" }.into(),
        tiled: layout.tiled,
        has_alpha: plan.alpha.is_some(),
        has_mask: body.has_mask(),
        palette: (!palette.is_empty())
            .then(|| palette.iter().map(|c| narrow_color(*c, layout.bits)).collect()),
        class_names: Vec::new(),
        warnings,
        metadata: metadata.items,
    };
    body.hole_value = metadata.no_data.unwrap_or(0.0);
    Ok((image, plan))
}

fn narrow_color(color: [u16; 3], bits: u8) -> [u8; 3] {
    color.map(|c| if bits > 8 { (c >> 8) as u8 } else { c as u8 })
}

/// Colours by index, in the range of the type that bands are handed out as.
fn read_palette(body: &GeoTiff, layout: &Layout) -> Result<Vec<[u16; 3]>, Fault> {
    if layout.photometric != Photometric::Palette
        || layout.bits > 16
        || layout.format != NumberFormat::Unsigned
    {
        return Ok(Vec::new());
    }
    let Some(entry) = body.directory.entry(tags::COLOR_MAP) else { return Ok(Vec::new()) };
    let numbers = body.tiff().numbers(entry)?;
    let count = (numbers.len() / 3).min(1 << layout.bits);
    let is_narrow = numbers.iter().all(|n| *n < 256);
    let scaled = |n: u64| match (layout.bits > 8, is_narrow) {
        (true, true) => (n * 257) as u16,
        (false, false) => (n >> 8) as u16,
        _ => n as u16,
    };
    Ok((0..count).map(|i| [0, 1, 2].map(|c| scaled(numbers[c * (numbers.len() / 3) + i]))).collect())
}

fn sample_roles(layout: &Layout, metadata: &Metadata) -> Vec<ColorRole> {
    let named: &[ColorRole] = match layout.photometric {
        Photometric::Rgb | Photometric::YCbCr => &[ColorRole::Red, ColorRole::Green, ColorRole::Blue],
        Photometric::Cmyk => &[ColorRole::Cyan, ColorRole::Magenta, ColorRole::Yellow, ColorRole::Black],
        _ => &[ColorRole::Gray],
    };
    let samples = usize::from(layout.samples);
    let first_extra = samples.saturating_sub(layout.extra_samples.len());
    (0..samples)
        .map(|s| {
            let is_alpha = s >= first_extra
                && layout.extra_samples.get(s - first_extra).is_some_and(|kind| matches!(kind, 1 | 2));
            let by_tag = if is_alpha {
                ColorRole::Alpha
            } else {
                named.get(s).copied().unwrap_or(ColorRole::Undefined)
            };
            metadata.band(s).and_then(|b| b.color).unwrap_or(by_tag)
        })
        .collect()
}

fn describe_bands(
    layout: &Layout,
    sources: &[BandSource],
    colors: &[ColorRole],
    metadata: &Metadata,
    largest: f64,
) -> Vec<BandDescription> {
    let range = match (layout.format, layout.bits) {
        (NumberFormat::Float, _) => None,
        (NumberFormat::Unsigned, bits @ 32..) => Some((0.0, 2_f64.powi(i32::from(bits)) - 1.0)),
        (NumberFormat::Unsigned, _) => Some((0.0, largest)),
        (NumberFormat::Signed, bits) => {
            let half = 2_f64.powi(i32::from(bits) - 1);
            Some((-half, half - 1.0))
        }
    };
    let describe = |(index, (source, color)): (usize, (&BandSource, &ColorRole))| {
        let own = match source {
            BandSource::Palette(_) => None,
            BandSource::Sample(s) | BandSource::Inverted(s) => metadata.band(*s),
        };
        let no_data = match source {
            BandSource::Palette(_) => None,
            BandSource::Inverted(_) => metadata.no_data.map(|n| largest - n),
            BandSource::Sample(_) => metadata.no_data,
        };
        BandDescription {
            index,
            name: own.and_then(|b| b.name.clone()),
            dtype: layout.stored_type(),
            color: *color,
            wavelength_nm: own.and_then(|b| b.wavelength_nm),
            fwhm_nm: own.and_then(|b| b.fwhm_nm),
            bad: false,
            no_data: no_data.filter(|_| *color != ColorRole::Alpha),
            scale: own.and_then(|b| b.scale),
            offset: own.and_then(|b| b.offset),
            range,
        }
    };
    sources.iter().zip(colors).enumerate().map(describe).collect()
}
