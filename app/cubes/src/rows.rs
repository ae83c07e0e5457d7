//! Rows of results on their way into a GeoTIFF.

use std::path::Path;

use raster::write::{NewImage, WriteOptions, Writer};
use raster::{ColorRole, ImageDescription, SampleBuffer, SampleType, WriteError};
use spectral::Rows;

/// The most bytes of rows that wait for being written.
const MOST_WAITING: usize = 256 << 20;

/// A band of a result.
#[derive(Clone, Debug)]
pub(crate) struct NewBand {
    pub(crate) name: String,
    pub(crate) wavelength_nm: Option<f64>,
}

/// Writes floats, or bytes for classes. Dropped before it is finished, it leaves nothing behind.
#[derive(Debug)]
pub(crate) struct RowWriter {
    writer: Writer,
    width: usize,
    height: usize,
    bands: usize,
    is_class: bool,
    /// The first row that waits, and rows that wait, in blocks as they came.
    first: usize,
    waiting: Vec<Rows>,
}

impl RowWriter {
    pub(crate) fn create(
        path: &Path,
        image: &ImageDescription,
        bands: &[NewBand],
        is_class: bool,
        remarks: Vec<(String, String)>,
    ) -> Result<Self, WriteError> {
        let kind = if is_class { SampleType::U8 } else { SampleType::F32 };
        let mut colors = vec![ColorRole::Undefined; bands.len()];
        if let Some(first) = colors.first_mut() {
            *first = ColorRole::Gray;
        }
        let mut new =
            NewImage::new(image.width, image.height, kind, &colors).at(image.crs.clone(), image.transform);
        new.no_data = Some(if is_class { 0.0 } else { f64::NAN });
        for (band, given) in new.bands.iter_mut().zip(bands) {
            band.name = Some(given.name.clone());
            band.wavelength_nm = given.wavelength_nm;
        }
        new.metadata = remarks;
        let row_bytes = image.width as usize * bands.len() * 4;
        let tile_px = [256, 128, 64, 32].into_iter().find(|t| *t as usize * row_bytes <= MOST_WAITING);
        // Numbers of classes have no mean.
        let options = WriteOptions {
            tile_px: Some(tile_px.unwrap_or(16)),
            overviews: !is_class,
            ..WriteOptions::default()
        };
        let writer = Writer::create(path, &new, &options)?;
        let (width, height, bands) = (image.width as usize, image.height as usize, bands.len());
        Ok(Self { writer, width, height, bands, is_class, first: 0, waiting: Vec::new() })
    }

    pub(crate) fn take(&mut self, rows: Rows) -> Result<(), WriteError> {
        self.waiting.push(rows);
        let step = self.writer.rows_at_once() as usize;
        while self.first < self.height {
            let end = (self.first + step).min(self.height);
            if self.waiting.last().is_none_or(|rows| rows.first + rows.rows < end) {
                break;
            }
            self.write(end)?;
            self.first = end;
            self.waiting.retain(|rows| rows.first + rows.rows > end);
        }
        Ok(())
    }

    fn write(&self, end: usize) -> Result<(), WriteError> {
        let mut values = Vec::with_capacity((end - self.first) * self.width * self.bands);
        for band in 0..self.bands {
            for rows in &self.waiting {
                let (from, to) = (self.first.max(rows.first), end.min(rows.first + rows.rows));
                if from < to {
                    let start = (band * rows.rows + from - rows.first) * self.width;
                    values.extend_from_slice(&rows.values[start..start + (to - from) * self.width]);
                }
            }
        }
        let values = if self.is_class {
            // NaN, where nothing is, becomes 0.
            SampleBuffer::U8(values.into_iter().map(|v| v as u8).collect())
        } else {
            SampleBuffer::F32(values)
        };
        self.writer.write_rows(self.first as u32, &values)
    }

    pub(crate) fn finish(self) -> Result<(), WriteError> {
        self.writer.finish()
    }
}
