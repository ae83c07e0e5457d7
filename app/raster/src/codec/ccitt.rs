//! CCITT: black and white in runs (ITU-T T.4 and T.6), as fax machines send it. The code tables are the
//! `fax` crate's; how TIFF puts rows together (without ends of lines, in two dimensions, aligned to bytes)
//! is here.

use fax::BitReader;
use fax::maps::{Mode, black, mode, white};

use crate::compression::Ccitt;
use crate::error::Fault;

/// Bits of the packed bytes, most significant first; zeros without end after the last.
struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl BitReader for Bits<'_> {
    type Error = std::convert::Infallible;

    fn peek(&self, bits: u8) -> Option<u16> {
        let byte = |i: usize| u32::from(self.bytes.get(self.at / 8 + i).copied().unwrap_or(0));
        let three = byte(0) << 16 | byte(1) << 8 | byte(2);
        let shift = 24_u32.checked_sub(self.at as u32 % 8 + u32::from(bits))?;
        Some((three >> shift & ((1 << bits) - 1)) as u16)
    }

    fn consume(&mut self, bits: u8) -> Result<(), Self::Error> {
        self.at += usize::from(bits);
        Ok(())
    }

    fn bits_to_byte_boundary(&self) -> u8 {
        (self.at.next_multiple_of(8) - self.at) as u8
    }
}

impl Bits<'_> {
    fn is_at_end(&self) -> bool {
        self.at >= self.bytes.len() * 8
    }

    fn align(&mut self, bits: usize) {
        self.at = self.at.next_multiple_of(bits);
    }

    /// Goes past an end of line, which any number of zeros may precede; false when there is none here.
    fn skip_end_of_line(&mut self) -> bool {
        if !self.is_before_end_of_line() {
            return false;
        }
        while !self.is_at_end() {
            self.at += 1;
            if self.peek(1) == Some(1) {
                self.at += 1;
                return true;
            }
        }
        false
    }

    /// Goes to the next end of line, when the row before it was damaged.
    fn find_end_of_line(&mut self) {
        while !self.is_at_end() && !self.is_before_end_of_line() {
            self.at += 1;
        }
    }

    /// True before an end of line: no code begins with so many zeros.
    fn is_before_end_of_line(&self) -> bool {
        self.peek(11) == Some(0)
    }

    /// Pixels of one colour: any number of long codes, then one of less than 64. Where there is no such code,
    /// what stands there is left for the search for the end of the line.
    fn run(&mut self, is_black: bool) -> Option<u32> {
        let mut sum = 0_u32;
        loop {
            if self.is_before_end_of_line() {
                return None;
            }
            let before = self.at;
            let Some(part) = (if is_black { black::decode(self) } else { white::decode(self) }) else {
                self.at = before;
                return None;
            };
            sum = sum.checked_add(u32::from(part)).filter(|_| !self.is_at_end_plus())?;
            if part < 64 {
                return Some(sum);
            }
        }
    }

    /// True where codes are read from beyond the last byte.
    fn is_at_end_plus(&self) -> bool {
        self.at > self.bytes.len() * 8
    }
}

/// Unpacks rows of `width` pixels, each padded to whole bytes, black as 1. Rows that are missing or damaged
/// are left white, as libtiff does; an error when there is none at all.
pub(crate) fn unpack(packed: &[u8], out: &mut [u8], width: u32, kind: Ccitt) -> Result<(), Fault> {
    let bits = Bits { bytes: packed, at: 0 };
    let mut rows = Rows { bits, width, is_marked: None, above: Vec::new(), row: Vec::new() };
    let row_bytes = (width as usize).div_ceil(8);
    let mut read = 0;
    for row in out.chunks_exact_mut(row_bytes) {
        row.fill(0);
        if rows.bits.is_at_end() || !rows.next(kind) {
            break;
        }
        for run in rows.above.chunks(2) {
            paint(row, run[0], run.get(1).copied().unwrap_or(width).min(width));
        }
        read += 1;
    }
    if read == 0 {
        return Err(Fault::damaged("the CCITT data are damaged in their first row"));
    }
    out.chunks_exact_mut(row_bytes).skip(read).for_each(|row| row.fill(0));
    Ok(())
}

/// Rows as the places where the colour changes, beginning with white.
struct Rows<'a> {
    bits: Bits<'a>,
    width: u32,
    /// Ends of line stand between rows, as the first one says.
    is_marked: Option<bool>,
    /// The last row that was read.
    above: Vec<u32>,
    row: Vec<u32>,
}

impl Rows<'_> {
    /// Reads a row into `above`; false at the end, or where nothing more can be read.
    fn next(&mut self, kind: Ccitt) -> bool {
        self.row.clear();
        let is_sound = match kind {
            Ccitt::Rle | Ccitt::RleWords => {
                let is_sound = self.in_one_dimension();
                self.bits.align(if kind == Ccitt::Rle { 8 } else { 16 });
                is_sound
            }
            Ccitt::Group3 { two_dimensional } => {
                let mut ended = self.bits.skip_end_of_line();
                if !ended && *self.is_marked.get_or_insert(ended) {
                    // The row before was damaged and went on for too long.
                    self.bits.find_end_of_line();
                    ended = self.bits.skip_end_of_line();
                }
                self.is_marked.get_or_insert(ended);
                let in_two = two_dimensional && ended && {
                    let tag = self.bits.peek(1) == Some(0);
                    self.bits.at += 1;
                    tag
                };
                if ended && self.bits.peek(12) == Some(1) {
                    // Two ends of line in a row end the page.
                    return false;
                }
                let is_sound = if in_two { self.in_two_dimensions() } else { self.in_one_dimension() };
                if !is_sound {
                    self.bits.find_end_of_line();
                }
                is_sound || !self.bits.is_at_end()
            }
            Ccitt::Group4 => self.in_two_dimensions(),
        };
        std::mem::swap(&mut self.above, &mut self.row);
        is_sound
    }

    /// Where the row stands: after its last change.
    fn position(&self) -> u32 {
        self.row.last().copied().unwrap_or(0)
    }

    /// Adds a change of colour. Runs of no pixels are sound, but only so many.
    fn change_at(&mut self, x: u32) -> bool {
        self.row.push(x.min(self.width));
        self.row.len() <= 2 * self.width as usize + 4
    }

    fn in_one_dimension(&mut self) -> bool {
        let mut is_black = false;
        while self.position() < self.width {
            let Some(end) = self.bits.run(is_black).and_then(|run| self.position().checked_add(run)) else {
                return false;
            };
            if !self.change_at(end) {
                return false;
            }
            is_black = !is_black;
        }
        true
    }

    fn in_two_dimensions(&mut self) -> bool {
        // `None` before the first pixel.
        let mut at: Option<u32> = None;
        let mut is_black = false;
        let mut near = 0;
        while at.is_none_or(|x| x < self.width) {
            near = self.change_above(near, at, is_black);
            let above = |i: usize| self.above.get(i).copied().unwrap_or(self.width);
            if self.bits.is_before_end_of_line() {
                return false;
            }
            match mode::decode(&mut self.bits) {
                Some(Mode::Pass) => at = Some(above(near + 1)),
                Some(Mode::Vertical(by)) => {
                    let x = above(near).checked_add_signed(i32::from(by));
                    let Some(x) = x.filter(|x| *x >= at.unwrap_or(0)) else { return false };
                    if !self.change_at(x) {
                        return false;
                    }
                    (at, is_black) = (Some(x.min(self.width)), !is_black);
                }
                Some(Mode::Horizontal) => {
                    for is_black in [is_black, !is_black] {
                        let run = self.bits.run(is_black);
                        let Some(x) = run.and_then(|run| at.unwrap_or(0).checked_add(run)) else {
                            return false;
                        };
                        if !self.change_at(x) {
                            return false;
                        }
                        at = Some(x.min(self.width));
                    }
                }
                _ => return false,
            }
            if self.bits.is_at_end_plus() {
                return false;
            }
        }
        true
    }

    /// The first change of the row above that lies right of `at` and turns to the other colour than the
    /// present one; the search begins near the one before.
    fn change_above(&self, near: usize, at: Option<u32>, is_black: bool) -> usize {
        let is_right = |i: usize| self.above.get(i).is_none_or(|x| at.is_none_or(|at| *x > at));
        let mut i = near;
        while i > 0 && is_right(i - 1) {
            i -= 1;
        }
        while !is_right(i) || i % 2 != usize::from(is_black) {
            i += 1;
        }
        i
    }
}

/// Makes pixels from `from` to before `to` black.
fn paint(row: &mut [u8], from: u32, to: u32) {
    if from >= to {
        return;
    }
    let (first, last) = (from as usize / 8, (to as usize - 1) / 8);
    let left = 0xff_u8 >> (from % 8);
    let right = 0xff_u8 << (7 - (to - 1) % 8);
    if first == last {
        row[first] |= left & right;
        return;
    }
    row[first] |= left;
    row[first + 1..last].fill(0xff);
    row[last] |= right;
}
