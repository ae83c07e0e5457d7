//! Moments of the window as an animated PNG of few colours; of each frame only what changed.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

use anyhow::{Context as _, ensure};
use color_quant::NeuQuant;
use png::{BitDepth, BlendOp, ColorType, DisposeOp, Encoder};
use renderer::RgbaImage;

/// Of so many pixels one teaches the palette.
const TAUGHT: usize = 37;
/// Colours of a film.
const COLORS: usize = 160;
/// Moments that teach the palette, evenly over the film.
const TEACHERS: usize = 6;

/// What is seen for so long.
#[derive(Clone, Debug)]
pub(crate) struct Moment {
    pub(crate) picture: RgbaImage,
    pub(crate) hundredths: u16,
}

/// Moments in their order.
#[derive(Debug, Default)]
pub(crate) struct Film {
    moments: Vec<Moment>,
}

/// A rectangle of pixels: left, top, width, height.
type Part = [usize; 4];

impl Film {
    /// Adds a moment; where nothing is to be seen that was not before, the one before lasts longer.
    pub(crate) fn add(&mut self, moment: Moment) {
        match self.moments.last_mut() {
            Some(last) if last.picture.pixels == moment.picture.pixels => {
                last.hundredths += moment.hundredths;
            }
            _ => self.moments.push(moment),
        }
    }

    /// Seconds that it lasts.
    pub(crate) fn seconds(&self) -> f64 {
        self.moments.iter().map(|moment| f64::from(moment.hundredths) / 100.0).sum()
    }

    /// Writes it, to be played for ever.
    pub(crate) fn write(&self, path: &Path) -> anyhow::Result<()> {
        let first = self.moments.first().context("a film has at least one moment")?;
        let (width, height) = (first.picture.width, first.picture.height);
        ensure!(self.moments.iter().all(|m| (m.picture.width, m.picture.height) == (width, height)));
        let palette = self.palette();
        let colors: Vec<u8> = palette.color_map_rgb();
        let frames: Vec<Vec<u8>> = self.moments.iter().map(|m| indices(&palette, &m.picture)).collect();
        let mut encoder = Encoder::new(BufWriter::new(File::create(path)?), width, height);
        encoder.set_color(ColorType::Indexed);
        encoder.set_depth(BitDepth::Eight);
        encoder.set_palette(colors);
        encoder.set_compression(png::Compression::High);
        encoder.set_animated(frames.len() as u32, 0)?;
        encoder.set_blend_op(BlendOp::Source)?;
        encoder.set_dispose_op(DisposeOp::None)?;
        let mut writer = encoder.write_header()?;
        let width = width as usize;
        for (at, frame) in frames.iter().enumerate() {
            let whole = [0, 0, width, height as usize];
            let part = if at == 0 { whole } else { changed(&frames[at - 1], frame, width) };
            let [x, y, w, h] = part;
            if at > 0 {
                // Each call is checked with what the others said before.
                writer.set_frame_position(0, 0)?;
                writer.set_frame_dimension(w as u32, h as u32)?;
                writer.set_frame_position(x as u32, y as u32)?;
            }
            writer.set_frame_delay(self.moments[at].hundredths, 100)?;
            let rows = (y..y + h).flat_map(|row| &frame[row * width + x..row * width + x + w]);
            let bytes: Vec<u8> = rows.copied().collect();
            writer.write_image_data(&bytes)?;
        }
        Ok(writer.finish()?)
    }

    fn palette(&self) -> NeuQuant {
        let every = (self.moments.len() / TEACHERS).max(1);
        let pixels = self.moments.iter().step_by(every).flat_map(|m| m.picture.pixels.chunks_exact(4));
        let taught: Vec<u8> = pixels.step_by(TAUGHT).flatten().copied().collect();
        NeuQuant::new(1, COLORS, &taught)
    }
}

fn indices(palette: &NeuQuant, picture: &RgbaImage) -> Vec<u8> {
    // Neighbours are often alike, and looking a colour up is slow.
    let mut known = std::collections::HashMap::new();
    let pixels = picture.pixels.chunks_exact(4);
    pixels.map(|p| *known.entry([p[0], p[1], p[2]]).or_insert_with(|| palette.index_of(p) as u8)).collect()
}

/// The smallest rectangle that holds all that differs; one pixel where nothing does.
fn changed(before: &[u8], after: &[u8], width: usize) -> Part {
    let rows = || before.chunks_exact(width).zip(after.chunks_exact(width)).enumerate();
    let differing = || rows().filter(|(_, (a, b))| a != b);
    let (Some((top, _)), Some((bottom, _))) = (differing().next(), differing().next_back()) else {
        return [0, 0, 1, 1];
    };
    let (mut left, mut right) = (width, 0);
    for (_, (a, b)) in differing() {
        let differs = || a.iter().zip(b).map(|(a, b)| a != b);
        left = left.min(differs().position(|differs| differs).unwrap_or(width));
        right = right.max(differs().rposition(|differs| differs).unwrap_or(0));
    }
    [left, top, right + 1 - left, bottom + 1 - top]
}
