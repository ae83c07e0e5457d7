//! YCbCr colours that no JPEG packs: blocks of pixels that share their hues, turned into red, green and
//! blue by the rule of CCIR 601 or the file's own (TIFF 6.0, section 21), in libtiff's whole numbers so
//! that the result is the same.

use crate::error::Fault;
use crate::ifd::{Directory, Tiff};
use crate::layout::{Layout, NumberFormat};
use crate::tags;

/// How colours are stored, with the sums of the conversion tabulated.
#[derive(Clone, Debug)]
pub(crate) struct Chroma {
    /// Pixels across and down that share their hues.
    across: u32,
    down: u32,
    tables: Tables,
}

/// What each code of brightness, blueness and redness adds to which colour.
#[derive(Clone, Debug)]
struct Tables {
    brightness: [i32; 256],
    red_of_cr: [i32; 256],
    blue_of_cb: [i32; 256],
    /// In 65,536ths.
    green_of_cr: [i32; 256],
    green_of_cb: [i32; 256],
}

impl Chroma {
    pub(crate) fn read(tiff: &Tiff, dir: &Directory, layout: &Layout) -> Result<Self, Fault> {
        let fits = layout.bits == 8
            && layout.format == NumberFormat::Unsigned
            && layout.samples == 3
            && !layout.separate
            && !layout.is_complex;
        if !fits {
            return Err(Fault::unsupported(format!(
                "YCbCr colour of {} samples of {} bits{} is not read",
                layout.samples,
                layout.bits,
                if layout.separate { " in planes of their own" } else { "" }
            )));
        }
        let shared = dir.entry(tags::YCBCR_SUBSAMPLING).map(|e| tiff.numbers(e)).transpose()?;
        let (across, down) = match shared.as_deref() {
            None => (2, 2),
            Some([across @ (1 | 2 | 4), down @ (1 | 2 | 4), ..]) => (*across as u32, *down as u32),
            Some(_) => return Err(Fault::damaged("it shares hues among an impossible number of pixels")),
        };
        let doubles = |tag| dir.entry(tag).map(|e| tiff.doubles(e)).transpose();
        let coefficients = doubles(tags::YCBCR_COEFFICIENTS)?
            .and_then(|v| v.first_chunk::<3>().copied())
            .filter(|c| c.iter().all(|n| n.is_finite()) && c[1] != 0.0)
            .unwrap_or([0.299, 0.587, 0.114]);
        let range = doubles(tags::REFERENCE_BLACK_WHITE)?
            .and_then(|v| v.first_chunk::<6>().copied())
            .filter(|r| r.iter().all(|n| n.is_finite() && n.abs() < 1e6))
            .unwrap_or([0.0, 255.0, 128.0, 255.0, 128.0, 255.0]);
        Ok(Self { across, down, tables: Tables::new(coefficients, range) })
    }

    /// Bytes of one block: a brightness for each of its pixels and two hues.
    fn block_bytes(&self) -> usize {
        (self.across * self.down) as usize + 2
    }

    /// Bytes of a chunk of this many rows.
    pub(crate) fn unpacked_bytes(&self, width: u32, rows: u32) -> u64 {
        u64::from(width.div_ceil(self.across))
            * u64::from(rows.div_ceil(self.down))
            * self.block_bytes() as u64
    }

    /// Red, green and blue, pixel after pixel.
    pub(crate) fn to_rgb(&self, raw: &[u8], width: u32, rows: u32) -> Vec<u8> {
        let (width, rows) = (width as usize, rows as usize);
        let (across, down) = (self.across as usize, self.down as usize);
        let mut out = vec![0; width * rows * 3];
        let blocks_across = width.div_ceil(across);
        for (index, block) in raw.chunks_exact(self.block_bytes()).enumerate() {
            let (left, top) = (index % blocks_across * across, index / blocks_across * down);
            let (brightness, hues) = block.split_at(across * down);
            for (i, y) in brightness.iter().enumerate() {
                let (x, row) = (left + i % across, top + i / across);
                if x < width && row < rows {
                    let at = (row * width + x) * 3;
                    out[at..at + 3].copy_from_slice(&self.tables.rgb(*y, hues[0], hues[1]));
                }
            }
        }
        out
    }
}

impl Tables {
    fn new([red, green, blue]: [f64; 3], range: [f64; 6]) -> Self {
        let fixed = |n: f64| (n * 65536.0 + 0.5) as i32;
        let (of_cr, of_cb) = (2.0 - 2.0 * red, 2.0 - 2.0 * blue);
        let red_of_cr = fixed(of_cr.clamp(0.0, 2.0));
        let green_of_cr = -fixed((red * of_cr / green).clamp(0.0, 2.0));
        let blue_of_cb = fixed(of_cb.clamp(0.0, 2.0));
        let green_of_cb = -fixed((blue * of_cb / green).clamp(0.0, 2.0));
        // What a code stands for, where black and white lie at other codes than 0 and the largest.
        let value = |code: f64, black: f64, white: f64, largest: f64| {
            let span = if white == black { 1.0 } else { white - black };
            ((code - black.trunc()) * largest / span).clamp(-4096.0, 4096.0) as i32
        };
        let hue =
            |i: usize, black: f64, white: f64| value(i as f64 - 128.0, black - 128.0, white - 128.0, 127.0);
        let table = |f: &dyn Fn(usize) -> i32| std::array::from_fn(f);
        let cb = |i| hue(i, range[2], range[3]);
        let cr = |i| hue(i, range[4], range[5]);
        Self {
            brightness: table(&|i| value(i as f64, range[0], range[1], 255.0)),
            red_of_cr: table(&|i| (red_of_cr * cr(i) + 32768) >> 16),
            blue_of_cb: table(&|i| (blue_of_cb * cb(i) + 32768) >> 16),
            green_of_cr: table(&|i| green_of_cr * cr(i)),
            green_of_cb: table(&|i| green_of_cb * cb(i) + 32768),
        }
    }

    fn rgb(&self, y: u8, cb: u8, cr: u8) -> [u8; 3] {
        let (y, cb, cr) = (self.brightness[usize::from(y)], usize::from(cb), usize::from(cr));
        let colors = [
            y + self.red_of_cr[cr],
            y + ((self.green_of_cb[cb] + self.green_of_cr[cr]) >> 16),
            y + self.blue_of_cb[cb],
        ];
        colors.map(|n| n.clamp(0, 255) as u8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain() -> Tables {
        Tables::new([0.299, 0.587, 0.114], [0.0, 255.0, 128.0, 255.0, 128.0, 255.0])
    }

    #[test]
    fn greys_stay_grey_and_hues_are_those_of_ccir_601() {
        assert_eq!(plain().rgb(77, 128, 128), [77; 3]);
        assert_eq!(plain().rgb(76, 85, 255), [254, 0, 0]);
        assert_eq!(plain().rgb(0, 0, 0), [0, 135, 0]);
    }

    #[test]
    fn narrow_ranges_are_stretched() {
        let video = Tables::new([0.299, 0.587, 0.114], [16.0, 235.0, 128.0, 240.0, 128.0, 240.0]);
        assert_eq!((video.rgb(16, 128, 128), video.rgb(235, 128, 128)), ([0; 3], [255; 3]));
    }

    #[test]
    fn blocks_that_stand_out_over_the_border_are_cut() {
        let chroma = Chroma { across: 2, down: 2, tables: plain() };
        assert_eq!(chroma.unpacked_bytes(3, 3), 24);
        let raw: Vec<u8> = (0..4_u8).flat_map(|b| [b, b + 10, b + 20, b + 30, 128, 128]).collect();
        let gray: Vec<u8> = chroma.to_rgb(&raw, 3, 3).into_iter().step_by(3).collect();
        assert_eq!(gray, [0, 10, 1, 20, 30, 21, 2, 12, 3]);
    }
}
