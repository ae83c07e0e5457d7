//! Samples of the layer as the bytes of a picture.

use raster::{SampleType, Samples, Source};

use super::{Display, ExportError};

/// Values looked at, at most, for the range of each band.
const SAMPLED: u32 = 1 << 20;

/// Turns windows of one image into red, green and blue.
pub(super) struct Painter<'a> {
    source: &'a Source,
    display: Display,
    /// The bands to read, each once.
    bands: Vec<usize>,
}

impl<'a> Painter<'a> {
    pub(super) fn new(source: &'a Source, display: Option<Display>) -> Result<Self, ExportError> {
        let image = source.image();
        let display = match display {
            Some(display) => display,
            None => default_display(source)?,
        };
        if display.bands.iter().any(|b| *b >= image.bands.len()) {
            let what = format!("the image has {} bands, and the display names another", image.bands.len());
            return Err(ExportError::BadSpec(what));
        }
        let mut bands = display.bands.to_vec();
        bands.sort_unstable();
        bands.dedup();
        Ok(Self { source, display, bands })
    }

    /// Red, green, blue of every pixel of a window, row by row; black where the image holds nothing.
    pub(super) fn window(&self, x: u32, y: u32, width: u32, height: u32) -> Result<Vec<u8>, ExportError> {
        let samples = self.source.read_window(0, x, y, width, height, &self.bands)?;
        let place = |band: usize| self.bands.iter().position(|b| *b == band).unwrap_or(0);
        let places = self.display.bands.map(place);
        let mut bytes = Vec::with_capacity(samples.plane_len() * 3);
        for row in 0..height {
            for column in 0..width {
                bytes.extend(self.pixel(&samples, places, column, row));
            }
        }
        Ok(bytes)
    }

    fn pixel(&self, samples: &Samples, places: [usize; 3], column: u32, row: u32) -> [u8; 3] {
        if !samples.is_valid(column, row) {
            return [0; 3];
        }
        let value = |i: usize| samples.value(places[i], column, row).unwrap_or(0.0);
        [0, 1, 2].map(|i| {
            let [low, high] = self.display.range[i];
            let share = (value(i) - low) / (high - low);
            // NaN becomes 0.
            (share.clamp(0.0, 1.0) * 255.0).round() as u8
        })
    }
}

fn default_display(source: &Source) -> Result<Display, ExportError> {
    let bands = match source.image().default_bands().as_slice() {
        [r, g, b, ..] => [*r, *g, *b],
        [one, ..] => [*one; 3],
        [] => return Err(ExportError::BadSpec("the image has no band to show".into())),
    };
    if source.image().sample_type == SampleType::U8 {
        return Ok(Display { bands, range: [[0.0, 255.0]; 3] });
    }
    let mut range = [[0.0; 2]; 3];
    for (i, band) in bands.iter().enumerate() {
        range[i] = if i > 0 && *band == bands[0] { range[0] } else { percentiles(source, *band)? };
    }
    Ok(Display { bands, range })
}

/// The 2nd and the 98th percentile of the finest level that is small enough, or of windows spread over the
/// coarsest where none is.
fn percentiles(source: &Source, band: usize) -> Result<[f64; 2], ExportError> {
    let levels = source.pyramid().levels();
    let small = levels.iter().position(|l| u64::from(l.width) * u64::from(l.height) <= u64::from(SAMPLED));
    let level = small.unwrap_or(levels.len() - 1);
    let (width, height) = (levels[level].width, levels[level].height);
    let mut values = Vec::new();
    if small.is_some() {
        collect(&source.read_window(level as u8, 0, 0, width, height, &[band])?, &mut values);
    } else {
        let (across, down) = (width.min(64), height.min(64));
        for n in 0..256 {
            let (i, j) = (n % 16, n / 16);
            let (x, y) = ((width - across) / 15 * i, (height - down) / 15 * j);
            collect(&source.read_window(level as u8, x, y, across, down, &[band])?, &mut values);
        }
    }
    values.sort_unstable_by(f64::total_cmp);
    let at =
        |share: f64| values.get(((values.len().saturating_sub(1)) as f64 * share).round() as usize).copied();
    let (low, high) = (at(0.02).unwrap_or(0.0), at(0.98).unwrap_or(1.0));
    Ok(if high > low { [low, high] } else { [low, low + 1.0] })
}

fn collect(samples: &Samples, values: &mut Vec<f64>) {
    for row in 0..samples.height {
        for column in 0..samples.width {
            if samples.is_valid(column, row) {
                values.extend(samples.value(0, column, row).filter(|v| v.is_finite()));
            }
        }
    }
}
