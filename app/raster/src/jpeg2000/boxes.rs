//! The boxes of a JP2 file: which hold its colours, its place and its codestream.

use crate::error::Fault;
use crate::file::RandomFile;

/// Boxes that are looked at.
const MOST_BOXES: usize = 4096;
/// The most bytes of a box that is taken into memory.
const MOST_BOX_BYTES: u64 = 8 << 20;
/// Boxes that hold boxes, at most so deep.
const MOST_DEPTH: usize = 6;
/// GeoJP2: a TIFF without pixels, whose tags say where the image lies.
const GEO_UUID: [u8; 16] =
    [0xb1, 0x4b, 0xf8, 0xbd, 0x08, 0x3d, 0x4b, 0x43, 0xa5, 0xae, 0x8c, 0xd7, 0xd5, 0xa6, 0xce, 0x03];
/// XMP, as XML.
const XMP_UUID: [u8; 16] =
    [0xbe, 0x7a, 0xcf, 0xcb, 0x97, 0xa9, 0x42, 0xe8, 0x9c, 0x71, 0x99, 0x94, 0x91, 0xe3, 0xaf, 0xac];

/// What a channel shows, by the channel definition box.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Channel {
    pub(crate) component: u16,
    /// 0 colour, 1 opacity, 2 opacity multiplied in.
    pub(crate) kind: u16,
    /// 1 to 3: red, green, blue.
    pub(crate) shows: u16,
}

/// What the boxes say.
#[derive(Debug, Default)]
pub(crate) struct Boxes {
    /// Where the codestream lies: offset and length.
    pub(crate) stream: Option<(u64, u64)>,
    /// 16 sRGB, 17 grey, 18 sYCC.
    pub(crate) color_space: Option<u32>,
    pub(crate) channels: Vec<Channel>,
    /// Colours by index: red, green, blue.
    pub(crate) palette: Vec<[u8; 3]>,
    /// A TIFF without pixels.
    pub(crate) geo_tiff: Option<Vec<u8>>,
    pub(crate) gml: Option<String>,
    pub(crate) xmp: Option<String>,
    /// Other XML, in order.
    pub(crate) xml: Vec<String>,
    /// Pixels per metre, down and across, as captured.
    pub(crate) resolution: Option<(f64, f64)>,
}

struct Walk<'a> {
    file: &'a RandomFile,
    seen: usize,
    found: Boxes,
    /// The label that an association begins with.
    label: String,
}

/// Reads the boxes of a file that begins with the signature of JP2.
pub(crate) fn read(file: &RandomFile) -> Result<Boxes, Fault> {
    let mut walk = Walk { file, seen: 0, found: Boxes::default(), label: String::new() };
    walk.level(0, file.len(), 0)?;
    Ok(walk.found)
}

impl Walk<'_> {
    fn level(&mut self, mut at: u64, end: u64, depth: usize) -> Result<(), Fault> {
        while at + 8 <= end && self.seen < MOST_BOXES {
            self.seen += 1;
            let mut head = [0; 16];
            let have = (end - at).min(16) as usize;
            self.file.read_exact_at(&mut head[..have], at)?;
            let kind = [head[4], head[5], head[6], head[7]];
            let said = u64::from(u32::from_be_bytes([head[0], head[1], head[2], head[3]]));
            let (len, skip) = match said {
                0 => (end - at, 8),
                1 if have == 16 => (u64::from_be_bytes(*head.last_chunk().unwrap_or(&[0; 8])), 16),
                n => (n, 8),
            };
            if len < skip {
                break;
            }
            let (start, stop) = (at + skip, at.saturating_add(len).min(end));
            if start <= stop {
                self.take(kind, start, stop, depth)?;
            }
            at = at.saturating_add(len);
        }
        Ok(())
    }

    fn content(&self, start: u64, stop: u64) -> Option<Vec<u8>> {
        (stop - start <= MOST_BOX_BYTES)
            .then(|| self.file.read_range(start, (stop - start) as usize).ok())
            .flatten()
    }

    fn take(&mut self, kind: [u8; 4], start: u64, stop: u64, depth: usize) -> Result<(), Fault> {
        match &kind {
            b"jp2h" | b"res " if depth < MOST_DEPTH => return self.level(start, stop, depth + 1),
            b"asoc" if depth < MOST_DEPTH => {
                let outer = std::mem::take(&mut self.label);
                self.level(start, stop, depth + 1)?;
                self.label = outer;
                return Ok(());
            }
            b"jp2c" => {
                self.found.stream.get_or_insert((start, stop - start));
                return Ok(());
            }
            b"lbl " | b"xml " | b"uuid" | b"colr" | b"cdef" | b"pclr" | b"resc" => {}
            _ => return Ok(()),
        }
        let Some(content) = self.content(start, stop) else { return Ok(()) };
        match &kind {
            b"lbl " => self.label = text(&content),
            b"xml " if self.label == "gml.root-instance" => {
                self.found.gml.get_or_insert_with(|| text(&content));
            }
            b"xml " => self.found.xml.push(text(&content)),
            b"uuid" => self.take_uuid(&content),
            b"colr" => {
                if let [1, _, _, a, b, c, d, ..] = content[..] {
                    self.found.color_space.get_or_insert(u32::from_be_bytes([a, b, c, d]));
                }
            }
            b"cdef" => self.found.channels = channels(&content),
            b"pclr" => self.found.palette = palette(&content),
            _ => self.found.resolution = resolution(&content),
        }
        Ok(())
    }

    fn take_uuid(&mut self, content: &[u8]) {
        let Some((uuid, rest)) = content.split_first_chunk::<16>() else { return };
        if *uuid == GEO_UUID {
            self.found.geo_tiff.get_or_insert_with(|| rest.to_vec());
        } else if *uuid == XMP_UUID {
            self.found.xmp.get_or_insert_with(|| text(rest));
        }
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim_end_matches('\0').to_owned()
}

fn short(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn channels(content: &[u8]) -> Vec<Channel> {
    let count = usize::from(short(content, 0).unwrap_or(0));
    let entries = content.get(2..).unwrap_or_default().chunks_exact(6).take(count);
    let channel =
        |e: &[u8]| Some(Channel { component: short(e, 0)?, kind: short(e, 2)?, shows: short(e, 4)? });
    entries.filter_map(channel).collect()
}

/// Colours of three columns of eight bits; none where the palette is of another kind.
fn palette(content: &[u8]) -> Vec<[u8; 3]> {
    let (Some(count), Some(columns)) = (short(content, 0), content.get(2)) else { return Vec::new() };
    let columns = usize::from(*columns);
    let depths = content.get(3..3 + columns).unwrap_or_default();
    if columns < 3 || depths.len() < columns || depths.iter().any(|d| *d != 7) {
        return Vec::new();
    }
    let rows = content[3 + columns..].chunks_exact(columns).take(usize::from(count).min(1024));
    rows.map(|c| [c[0], c[1], c[2]]).collect()
}

/// Pixels per metre: two fractions and their powers of ten.
fn resolution(content: &[u8]) -> Option<(f64, f64)> {
    let fraction = |at: usize, power: usize| {
        let (over, under) = (short(content, at)?, short(content, at + 2)?);
        let power = i32::from(i8::from_be_bytes([*content.get(power)?]));
        (under > 0).then(|| f64::from(over) / f64::from(under) * 10_f64.powi(power))
    };
    Some((fraction(0, 8)?, fraction(4, 9)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_boxes_say_what_they_say() {
        assert_eq!(palette(&[0, 2, 3, 7, 7, 7, 1, 2, 3, 4, 5, 6]), [[1, 2, 3], [4, 5, 6]]);
        assert!(palette(&[0, 2, 3, 7, 7]).is_empty());
        let found = channels(&[0, 1, 0, 3, 0, 1, 0, 0]);
        assert_eq!(found, [Channel { component: 3, kind: 1, shows: 0 }]);
        assert_eq!(resolution(&[0, 100, 0, 1, 0, 50, 0, 1, 1, 0]), Some((1000.0, 50.0)));
        assert_eq!(resolution(&[0, 100, 0, 0, 0, 50, 0, 1, 1, 0]), None);
    }
}
