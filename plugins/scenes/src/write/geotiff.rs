//! Tiled, deflated GeoTIFF with internal overviews.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use rayon::prelude::*;
use spatial::GeoTransform;
use tiff::encoder::{DirectoryEncoder, TiffEncoder, TiffKind};
use tiff::tags::Tag;

use crate::options::SceneError;

/// One raster to write.
pub(super) struct Raster<'a> {
    pub columns: usize,
    pub rows: usize,
    pub transform: GeoTransform,
    pub epsg: u32,
    pub geographic: bool,
    pub samples: Samples<'a>,
    pub no_data: Option<&'a str>,
    /// GDAL's XML.
    pub metadata: Option<String>,
}

pub(super) enum Samples<'a> {
    /// Interleaved bytes; four bands carry alpha.
    Bytes { samples: &'a [u8], bands: usize },
    /// Band after band.
    Words { samples: &'a [u16], bands: usize },
}

const TILE: usize = 256;

pub(super) fn write(path: &Path, raster: &Raster) -> Result<(), SceneError> {
    let fail = |reason: String| SceneError::Write { path: path.to_owned(), reason };
    let file = File::create(path).map_err(|e| fail(e.to_string()))?;
    let mut buffered = BufWriter::new(file);
    write_all(&mut buffered, raster).map_err(|e| fail(e.to_string()))?;
    buffered.flush().map_err(|e| fail(e.to_string()))
}

fn write_all(out: &mut BufWriter<File>, raster: &Raster) -> Result<(), tiff::TiffError> {
    let mut encoder = TiffEncoder::new(out)?;
    match &raster.samples {
        Samples::Words { samples, bands } => {
            let mut directory = encoder.image_directory()?;
            let plane = raster.columns * raster.rows;
            let tiles: Vec<Vec<u8>> = (0..*bands)
                .into_par_iter()
                .flat_map_iter(|b| {
                    word_tiles(&samples[b * plane..(b + 1) * plane], raster.columns, raster.rows)
                })
                .collect::<Result<_, std::io::Error>>()?;
            put_tiles(&mut directory, &tiles, (raster.columns, raster.rows), (*bands, 16, false))?;
            put_georeference(&mut directory, raster)?;
            directory.finish()
        }
        Samples::Bytes { samples, bands } => {
            let mut level = (raster.columns, raster.rows, samples.to_vec());
            let mut first = true;
            loop {
                let (columns, rows, bytes) = &level;
                let tiles = byte_tiles(bytes, *columns, *rows, *bands)?;
                let mut directory = encoder.image_directory()?;
                put_tiles(&mut directory, &tiles, (*columns, *rows), (*bands, 8, true))?;
                if first {
                    put_georeference(&mut directory, raster)?;
                } else {
                    directory.write_tag(Tag::NewSubfileType, 1_u32)?;
                    if let Some(text) = raster.no_data {
                        directory.write_tag(Tag::GdalNodata, text)?;
                    }
                }
                directory.finish()?;
                if *columns <= TILE && *rows <= TILE {
                    return Ok(());
                }
                level = halve(bytes, *columns, *rows, *bands);
                first = false;
            }
        }
    }
}

fn put_tiles<W: std::io::Write + std::io::Seek, K: TiffKind>(
    directory: &mut DirectoryEncoder<'_, W, K>,
    tiles: &[Vec<u8>],
    (columns, rows): (usize, usize),
    (bands, bits, interleaved): (usize, u16, bool),
) -> Result<(), tiff::TiffError> {
    let mut offsets = Vec::with_capacity(tiles.len());
    let mut counts = Vec::with_capacity(tiles.len());
    for tile in tiles {
        let at = directory.write_data(tile.as_slice())?;
        offsets.push(u32::try_from(at)?);
        counts.push(u32::try_from(tile.len())?);
    }
    directory.write_tag(Tag::ImageWidth, u32::try_from(columns)?)?;
    directory.write_tag(Tag::ImageLength, u32::try_from(rows)?)?;
    directory.write_tag(Tag::BitsPerSample, vec![bits; bands].as_slice())?;
    directory.write_tag(Tag::Compression, 8_u16)?;
    directory.write_tag(Tag::PhotometricInterpretation, if interleaved { 2_u16 } else { 1 })?;
    directory.write_tag(Tag::SamplesPerPixel, u16::try_from(bands)?)?;
    directory.write_tag(Tag::PlanarConfiguration, if interleaved { 1_u16 } else { 2 })?;
    directory.write_tag(Tag::Predictor, 2_u16)?;
    directory.write_tag(Tag::TileWidth, TILE as u32)?;
    directory.write_tag(Tag::TileLength, TILE as u32)?;
    directory.write_tag(Tag::TileOffsets, offsets.as_slice())?;
    directory.write_tag(Tag::TileByteCounts, counts.as_slice())?;
    let spare = if interleaved { bands.saturating_sub(3) } else { bands - 1 };
    if spare > 0 {
        let meaning = if interleaved { 2_u16 } else { 0 };
        directory.write_tag(Tag::ExtraSamples, vec![meaning; spare].as_slice())?;
    }
    directory.write_tag(Tag::SampleFormat, vec![1_u16; bands].as_slice())
}

fn put_georeference<W: std::io::Write + std::io::Seek, K: TiffKind>(
    directory: &mut DirectoryEncoder<'_, W, K>,
    raster: &Raster,
) -> Result<(), tiff::TiffError> {
    let t = raster.transform.to_gdal();
    let code = u16::try_from(raster.epsg)?;
    let keys: [u16; 16] = if raster.geographic {
        [1, 1, 0, 3, 1024, 0, 1, 2, 1025, 0, 1, 1, 2048, 0, 1, code]
    } else {
        [1, 1, 0, 3, 1024, 0, 1, 1, 1025, 0, 1, 1, 3072, 0, 1, code]
    };
    directory.write_tag(Tag::ModelPixelScaleTag, [t[1], -t[5], 0.0].as_slice())?;
    directory.write_tag(Tag::ModelTiepointTag, [0.0, 0.0, 0.0, t[0], t[3], 0.0].as_slice())?;
    directory.write_tag(Tag::GeoKeyDirectoryTag, keys.as_slice())?;
    if let Some(xml) = &raster.metadata {
        directory.write_tag(Tag::Unknown(42112), xml.as_str())?;
    }
    if let Some(text) = raster.no_data {
        directory.write_tag(Tag::GdalNodata, text)?;
    }
    Ok(())
}

fn deflate(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = ZlibEncoder::new(Vec::with_capacity(bytes.len() / 2), Compression::new(4));
    encoder.write_all(bytes)?;
    encoder.finish()
}

/// Corners of the tiles, row by row.
fn corners(columns: usize, rows: usize) -> Vec<(usize, usize)> {
    let across = columns.div_ceil(TILE);
    (0..rows.div_ceil(TILE) * across).map(|i| ((i % across) * TILE, (i / across) * TILE)).collect()
}

fn byte_tiles(bytes: &[u8], columns: usize, rows: usize, bands: usize) -> std::io::Result<Vec<Vec<u8>>> {
    corners(columns, rows)
        .into_par_iter()
        .map(|(left, top)| {
            let mut tile = vec![0_u8; TILE * TILE * bands];
            let width = TILE.min(columns - left) * bands;
            for y in 0..TILE.min(rows - top) {
                let from = ((top + y) * columns + left) * bands;
                let line = &mut tile[y * TILE * bands..][..TILE * bands];
                line[..width].copy_from_slice(&bytes[from..from + width]);
                for i in (bands..line.len()).rev() {
                    line[i] = line[i].wrapping_sub(line[i - bands]);
                }
            }
            deflate(&tile)
        })
        .collect()
}

fn word_tiles(
    plane: &[u16],
    columns: usize,
    rows: usize,
) -> impl Iterator<Item = std::io::Result<Vec<u8>>> + use<'_> {
    corners(columns, rows).into_iter().map(move |(left, top)| {
        let mut tile = Vec::with_capacity(TILE * TILE * 2);
        for y in 0..TILE {
            let mut before = 0_u16;
            for x in 0..TILE {
                let inside = top + y < rows && left + x < columns;
                let value = if inside { plane[(top + y) * columns + left + x] } else { 0 };
                tile.extend_from_slice(&value.wrapping_sub(before).to_le_bytes());
                before = value;
            }
        }
        deflate(&tile)
    })
}

/// Half the size, each pixel the mean of up to four that are not no-data.
fn halve(bytes: &[u8], columns: usize, rows: usize, bands: usize) -> (usize, usize, Vec<u8>) {
    let (w, h) = (columns.div_ceil(2), rows.div_ceil(2));
    let mut out = vec![0_u8; w * h * bands];
    out.par_chunks_mut(w * bands).enumerate().for_each(|(y, line)| {
        for x in 0..w {
            let (mut sum, mut count) = ([0_u32; 4], 0_u32);
            for (dx, dy) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
                let (sx, sy) = (2 * x + dx, 2 * y + dy);
                if sx >= columns || sy >= rows {
                    continue;
                }
                let pixel = &bytes[(sy * columns + sx) * bands..][..bands];
                if pixel[bands - 1] == 0 {
                    continue;
                }
                for (s, v) in sum.iter_mut().zip(pixel) {
                    *s += u32::from(*v);
                }
                count += 1;
            }
            for (o, s) in line[x * bands..][..bands].iter_mut().zip(sum) {
                *o = (s + count / 2).checked_div(count).unwrap_or(0) as u8;
            }
        }
    });
    (w, h, out)
}
