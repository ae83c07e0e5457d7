//! Recognises a JPEG 2000 file and says what it is.

use std::sync::OnceLock;

use super::boxes::{self, Boxes};
use super::decode;
use super::header::Header;
use super::place;
use super::reader::Jpeg2000;
use crate::about::{About, BandAbout, Domains};
use crate::cache::next_source_id;
use crate::describe::{BandDescription, BandOrigin, ColorRole, ImageDescription};
use crate::driver::{Candidate, Driver as _, Opened};
use crate::error::Fault;
use crate::file::{RandomFile, name_of};
use crate::plan::BandPlan;
use crate::samples::SampleType;

/// Signature box of a JP2 file.
const JP2: &[u8] = b"\0\0\0\x0cjP  \r\n\x87\n";
/// The first two markers of a bare codestream.
const BARE: &[u8] = b"\xff\x4f\xff\x51";
/// Headers are tried with the first, and when they are longer with the second.
const HEADER_BYTES: [u64; 2] = [64 << 10, 4 << 20];

pub(crate) fn try_open(candidate: &mut Candidate<'_>) -> Result<Option<Opened>, Fault> {
    let boxes = if candidate.head.starts_with(JP2) {
        boxes::read(&candidate.file)?
    } else if candidate.head.starts_with(BARE) {
        Boxes { stream: Some((0, candidate.file.len())), ..Boxes::default() }
    } else {
        return Ok(None);
    };
    let stream = boxes.stream.ok_or_else(|| Fault::damaged("the file ends before its JPEG 2000 data"))?;
    let header = read_header(&candidate.file, stream)?;
    if header.size(0).0 == 0 || header.size(0).1 == 0 {
        return Err(Fault::damaged("it has no pixels"));
    }
    let image = Jpeg2000 {
        id: next_source_id(),
        file: candidate.file.clone(),
        stream,
        header,
        cache: candidate.options.cache.clone(),
        budget: candidate.options.picture_budget,
        index: OnceLock::new(),
    };
    let description = describe(&image, &boxes, candidate);
    let has_palette = description.palette.is_some();
    let plan = if has_palette {
        BandPlan::classes(&description, None, &boxes.palette)
    } else {
        BandPlan::direct(&description)
    };
    let files = vec![candidate.path.to_path_buf()];
    Ok(Some(Opened { image: description, plan, driver: Box::new(image), files }))
}

fn read_header(file: &RandomFile, stream: (u64, u64)) -> Result<Header, Fault> {
    for most in HEADER_BYTES {
        let len = stream.1.min(most);
        let bytes = file.read_range(stream.0, len as usize)?;
        if !bytes.starts_with(BARE) {
            return Err(Fault::damaged("its JPEG 2000 data do not begin as such data do"));
        }
        if let Some(header) = Header::read(&bytes)? {
            return Ok(header);
        }
        if len == stream.1 {
            break;
        }
    }
    Err(Fault::damaged("the file ends within its JPEG 2000 header"))
}

/// What each component shows; of a palette image the colours come first.
fn roles(boxes: &Boxes, count: usize, has_palette: bool) -> Vec<ColorRole> {
    use ColorRole::{Alpha, Blue, Gray, Green, PaletteIndex, Red, Undefined};
    if has_palette {
        return vec![Red, Green, Blue, PaletteIndex];
    }
    let is_rgb = matches!(boxes.color_space, Some(16 | 18)) || (boxes.color_space.is_none() && count >= 3);
    let mut roles = vec![Undefined; count];
    let named: &[ColorRole] = match (is_rgb && count >= 3, boxes.color_space) {
        (true, _) => &[Red, Green, Blue],
        (_, Some(17)) => &[Gray],
        _ => &[],
    };
    roles.iter_mut().zip(named).for_each(|(role, name)| *role = *name);
    for channel in &boxes.channels {
        let Some(role) = roles.get_mut(usize::from(channel.component)) else { continue };
        *role = match (channel.kind, channel.shows, is_rgb) {
            (1 | 2, ..) => Alpha,
            (0, 1, true) => Red,
            (0, 2, true) => Green,
            (0, 3, true) => Blue,
            _ => continue,
        };
    }
    roles
}

fn describe(image: &Jpeg2000, boxes: &Boxes, candidate: &mut Candidate<'_>) -> ImageDescription {
    let mut warnings = std::mem::take(&mut candidate.warnings);
    let header = &image.header;
    let (width, height) = header.size(0);
    let mut place = place::read(boxes, &mut warnings);
    place.add_neighbours(candidate.path, &mut warnings);
    place.check_extent(width, height, &mut warnings);
    let kind = decode::number_type(&header.components);
    let has_palette =
        boxes.palette.len() > 1 && header.components.len() == 1 && kind.sample_type() == SampleType::U8;
    let roles = roles(boxes, header.components.len(), has_palette);
    let band = |(index, color): (usize, &ColorRole)| {
        let component = header.components[if has_palette { 0 } else { index }];
        let is_made = has_palette && *color != ColorRole::PaletteIndex;
        let mut domains = Domains::default();
        domains.set("IMAGE_STRUCTURE", "COMPRESSION", "JPEG2000");
        if !matches!(component.bits, 8 | 16) {
            domains.set("IMAGE_STRUCTURE", "NBITS", component.bits.to_string());
        }
        let largest = 2_f64.powi(i32::from(component.bits));
        let colors = if *color == ColorRole::PaletteIndex { &boxes.palette[..] } else { &[] };
        let range =
            if component.is_signed { (-largest / 2.0, largest / 2.0 - 1.0) } else { (0.0, largest - 1.0) };
        BandDescription {
            color: *color,
            origin: if is_made { BandOrigin::Palette } else { BandOrigin::Stored },
            range: Some(range),
            about: BandAbout {
                block: (header.tile.0.min(width), header.tile.1.min(height)),
                colors: colors.iter().map(|c| [c[0].into(), c[1].into(), c[2].into(), 255]).collect(),
                domains,
                ..BandAbout::default()
            },
            ..BandDescription::plain(
                index,
                &format!("{}{}", if component.is_signed { "int" } else { "uint" }, component.bits),
            )
        }
    };
    let bands: Vec<BandDescription> = roles.iter().enumerate().map(band).collect();
    let overviews = image.levels()[1..].iter().map(|l| (l.width, l.height)).collect();
    let interleave = if header.components.len() > 1 { "PIXEL" } else { "BAND" };
    ImageDescription {
        has_alpha: roles.contains(&ColorRole::Alpha),
        crs: place.crs,
        transform: place.transform,
        warp: place.warp,
        pixel_is_point: place.pixel_is_point,
        compression: "JPEG2000".into(),
        interleave: interleave.into(),
        tiled: header.grid() != (1, 1),
        palette: has_palette.then(|| boxes.palette.clone()),
        warnings,
        metadata: resolution(boxes),
        about: About {
            format: "JPEG-2000".into(),
            files: std::iter::once(candidate.path.to_owned()).chain(place.files).collect(),
            domains: domains(header, boxes, interleave),
            overviews,
            control_points: place.control_points,
            coordinate_epoch: place.coordinate_epoch,
            ..About::default()
        },
        ..ImageDescription::plain(
            name_of(candidate.path),
            "JPEG2000",
            (width, height),
            bands,
            kind.sample_type(),
        )
    }
}

fn domains(header: &Header, boxes: &Boxes, interleave: &str) -> Domains {
    let mut domains = Domains::default();
    if interleave == "PIXEL" {
        domains.set("IMAGE_STRUCTURE", "INTERLEAVE", interleave);
    }
    let kept = if header.is_reversible() { "LOSSLESS" } else { "LOSSY" };
    domains.set("IMAGE_STRUCTURE", "COMPRESSION_REVERSIBILITY", kept);
    if let Some(gml) = &boxes.gml {
        domains.set_text("xml:gml.root-instance", gml.clone());
    }
    if let Some(xmp) = &boxes.xmp {
        domains.set_text("xml:XMP", xmp.clone());
    }
    for (i, xml) in boxes.xml.iter().enumerate() {
        domains.set_text(&format!("xml:BOX_{i}"), xml.clone());
    }
    domains
}

/// Pixels per centimetre, as GDAL says it.
fn resolution(boxes: &Boxes) -> Vec<(String, String)> {
    let Some((down, across)) = boxes.resolution else { return Vec::new() };
    let item = |key: &str, value: String| (format!("TIFFTAG_{key}"), value);
    let round = |n: f64| crate::metadata::significant(n / 100.0, 6);
    vec![
        item("RESOLUTIONUNIT", "3 (pixels/cm)".into()),
        item("XRESOLUTION", round(across)),
        item("YRESOLUTION", round(down)),
    ]
}
