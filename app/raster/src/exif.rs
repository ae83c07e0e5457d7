//! What a camera wrote into a picture: every field under the name that GDAL gives it, and when, where and by
//! what the picture was taken.

use std::io::Cursor;

use exif::{Exif, Field, In, Rational, Reader, Tag, Value};

use crate::about::{Domains, Taken};
use crate::metadata::significant;

/// Longer values than this are left out.
const MOST_VALUES: usize = 4096;

/// What a camera wrote.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Remarks {
    /// Names without `EXIF_`, and values.
    pub(crate) items: Vec<(String, String)>,
    pub(crate) taken: Option<Taken>,
    /// 1 as stored, 2 to 8 turned or mirrored.
    pub(crate) orientation: Option<u32>,
}

/// From a whole PNG, JPEG or WebP file.
pub(crate) fn in_picture(packed: &[u8]) -> Option<Remarks> {
    let read = Reader::new().continue_on_error(true).read_from_container(&mut Cursor::new(packed));
    partial(read).map(|exif| remarks(&exif))
}

/// From a block that begins as a TIFF does.
pub(crate) fn in_block(block: Vec<u8>) -> Option<Remarks> {
    partial(Reader::new().continue_on_error(true).read_raw(block)).map(|exif| remarks(&exif))
}

/// Sound fields also where others are damaged.
fn partial(read: Result<Exif, exif::Error>) -> Option<Exif> {
    read.or_else(|e| e.distill_partial_result(|_| ())).ok()
}

fn remarks(exif: &Exif) -> Remarks {
    let mut new = Remarks::default();
    for field in exif.fields().filter(|f| f.ifd_num == In::PRIMARY) {
        if let (Some(name), Some(value)) = (name(field.tag), text(field)) {
            new.items.push((name, value));
        }
    }
    let get = |tag| exif.get_field(tag, In::PRIMARY);
    new.orientation = get(Tag::Orientation).and_then(|f| f.value.get_uint(0)).filter(|o| (1..=8).contains(o));
    new.taken = taken(exif);
    new
}

/// GDAL's name of a field; `None` for what it does not list.
fn name(tag: Tag) -> Option<String> {
    Some(match tag {
        Tag::PhotographicSensitivity => "ISOSpeedRatings".into(),
        Tag::InteroperabilityIndex => "Interoperability_Index".into(),
        Tag::InteroperabilityVersion => "Interoperability_Version".into(),
        Tag::SubSecTimeOriginal => "SubSecTime_Original".into(),
        Tag::SubSecTimeDigitized => "SubSecTime_Digitized".into(),
        Tag::ExifIFDPointer | Tag::GPSInfoIFDPointer | Tag::InteropIFDPointer => return None,
        other => {
            other.description().map(|_| other.to_string()).filter(|n| n.chars().all(char::is_alphanumeric))?
        }
    })
}

/// A value as GDAL writes it.
fn text(field: &Field) -> Option<String> {
    let joined = |all: Vec<String>| (all.len() <= MOST_VALUES).then(|| all.join(" "));
    let fraction = |over: f64, under: f64| {
        if under == 0.0 { "(0)".into() } else { format!("({})", significant(over / under, 6)) }
    };
    let bytes = |v: &[u8]| joined(v.iter().map(|b| format!("0x{b:02x}")).collect());
    match &field.value {
        Value::Ascii(parts) => Some(plain(&parts.join(&b' '))),
        Value::Undefined(v, _) => match field.tag {
            Tag::ExifVersion | Tag::FlashpixVersion | Tag::MakerNote => Some(plain(v)),
            Tag::UserComment => Some(plain(v.get(8..).unwrap_or_default())),
            _ => bytes(v),
        },
        Value::Byte(v) => bytes(v),
        Value::Short(v) => joined(v.iter().map(u16::to_string).collect()),
        Value::Long(v) => joined(v.iter().map(u32::to_string).collect()),
        Value::SByte(v) => joined(v.iter().map(i8::to_string).collect()),
        Value::SShort(v) => joined(v.iter().map(i16::to_string).collect()),
        Value::SLong(v) => joined(v.iter().map(i32::to_string).collect()),
        Value::Rational(v) => joined(v.iter().map(|r| fraction(r.num.into(), r.denom.into())).collect()),
        Value::SRational(v) => joined(v.iter().map(|r| fraction(r.num.into(), r.denom.into())).collect()),
        Value::Float(v) => joined(v.iter().map(|n| significant(f64::from(*n), 6)).collect()),
        Value::Double(v) => joined(v.iter().map(|n| significant(*n, 6)).collect()),
        Value::Unknown(..) => None,
    }
}

/// Text up to its end mark, without what no screen shows.
fn plain(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|b| *b == 0).unwrap_or(bytes.len());
    let text = String::from_utf8_lossy(&bytes[..end.min(MOST_VALUES)]);
    text.chars().map(|c| if c.is_control() && c != '\n' { ' ' } else { c }).collect()
}

fn number(r: Rational) -> Option<f64> {
    (r.denom != 0).then(|| f64::from(r.num) / f64::from(r.denom))
}

/// Position, time and camera, as far as the fields are sound; `None` where none is.
fn taken(exif: &Exif) -> Option<Taken> {
    let get = |tag| exif.get_field(tag, In::PRIMARY).map(|f| &f.value);
    let first = |tag| match get(tag) {
        Some(Value::Ascii(v)) => v.first().map(|t| plain(t).trim().to_owned()).filter(|t| !t.is_empty()),
        _ => None,
    };
    let rationals = |tag| match get(tag) {
        Some(Value::Rational(v)) => v.iter().copied().map(number).collect::<Option<Vec<f64>>>(),
        _ => None,
    };
    let degrees = |tag, of, negative: &str| {
        let parts = rationals(tag)?;
        let sum = parts.iter().take(3).rev().fold(0.0, |sum, n| sum / 60.0 + n);
        let is_negative = first(of).is_some_and(|t| t.eq_ignore_ascii_case(negative));
        Some(if is_negative { -sum } else { sum })
    };
    let longitude = degrees(Tag::GPSLongitude, Tag::GPSLongitudeRef, "W").filter(|n| n.abs() <= 180.0);
    let latitude = degrees(Tag::GPSLatitude, Tag::GPSLatitudeRef, "S").filter(|n| n.abs() <= 90.0);
    let single = |tag| rationals(tag).and_then(|v| v.first().copied());
    let is_below = matches!(get(Tag::GPSAltitudeRef), Some(Value::Byte(v)) if v.first() == Some(&1));
    let camera: Vec<String> = [Tag::Make, Tag::Model].into_iter().filter_map(first).collect();
    let new = Taken {
        // A receiver without a fix writes zeros.
        position: longitude.zip(latitude).filter(|p| *p != (0.0, 0.0)),
        altitude_m: single(Tag::GPSAltitude).map(|m| if is_below { -m } else { m }),
        direction_deg: single(Tag::GPSImgDirection).filter(|d| (0.0..=360.0).contains(d)),
        time: first(Tag::DateTimeOriginal).or_else(|| first(Tag::DateTime)).and_then(|t| iso_time(&t)),
        camera: (!camera.is_empty()).then(|| one_name(&camera)),
    };
    (new != Taken::default()).then_some(new)
}

/// Maker and model, the maker not twice.
fn one_name(parts: &[String]) -> String {
    match parts {
        [make, model] if model.to_lowercase().starts_with(&make.to_lowercase()) => model.clone(),
        parts => parts.join(" "),
    }
}

/// `2008:10:22 16:43:21` as `2008-10-22T16:43:21`, by the camera's own clock.
fn iso_time(text: &str) -> Option<String> {
    let time = exif::DateTime::from_ascii(text.as_bytes()).ok()?;
    let sane = (1..=12).contains(&time.month) && (1..=31).contains(&time.day) && time.year > 1800;
    sane.then(|| {
        format!(
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}",
            time.year, time.month, time.day, time.hour, time.minute, time.second
        )
    })
}

impl Remarks {
    /// What the user is told besides: a picture is shown as it is stored, and a photograph is no map.
    pub(crate) fn warn(&self, is_placed: bool, warnings: &mut Vec<String>) {
        if self.orientation.is_some_and(|o| o > 1) {
            warnings.push(
                "Its orientation tag asks for a turned or mirrored picture; it is shown as stored.".into(),
            );
        }
        if let Some((lon, lat)) = self.taken.as_ref().and_then(|t| t.position).filter(|_| !is_placed) {
            warnings.push(format!(
                "It is a photograph taken at {lat:.6}, {lon:.6}, not a map: it is shown in pixels."
            ));
        }
    }

    pub(crate) fn put_into(&self, domains: &mut Domains, domain: &str) {
        for (name, value) in &self.items {
            domains.set(domain, &format!("EXIF_{name}"), value.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A block with maker, model, orientation, time and a position, written by the crate's own writer.
    fn block(latitude: [(u32, u32); 3]) -> Vec<u8> {
        let ascii = |tag, text: &str| Field {
            tag,
            ifd_num: In::PRIMARY,
            value: Value::Ascii(vec![text.as_bytes().to_vec()]),
        };
        let rational = |tag, parts: &[(u32, u32)]| Field {
            tag,
            ifd_num: In::PRIMARY,
            value: Value::Rational(
                parts.iter().map(|(num, denom)| Rational { num: *num, denom: *denom }).collect(),
            ),
        };
        let orientation = Field { tag: Tag::Orientation, ifd_num: In::PRIMARY, value: Value::Short(vec![6]) };
        let fields = [
            ascii(Tag::Make, "DJI"),
            ascii(Tag::Model, "DJI FC300S"),
            ascii(Tag::DateTimeOriginal, "2014:08:31 09:12:05"),
            orientation,
            ascii(Tag::GPSLatitudeRef, "N"),
            rational(Tag::GPSLatitude, &latitude),
            ascii(Tag::GPSLongitudeRef, "W"),
            rational(Tag::GPSLongitude, &[(91, 1), (59, 1), (4050, 100)]),
            rational(Tag::GPSAltitude, &[(198_600, 1000)]),
        ];
        let mut writer = exif::experimental::Writer::new();
        for field in &fields {
            writer.push_field(field);
        }
        let mut out = Cursor::new(Vec::new());
        writer.write(&mut out, false).expect("a block");
        out.into_inner()
    }

    #[test]
    fn position_time_and_camera_are_read_and_west_is_negative() {
        let found = in_block(block([(46, 1), (50, 1), (3360, 100)])).expect("fields");
        assert_eq!(found.orientation, Some(6));
        let taken = found.taken.clone().expect("taken");
        let (lon, lat) = taken.position.expect("a position");
        assert!((lat - 46.842_666).abs() < 1e-5 && (lon + 91.994_583).abs() < 1e-5, "{lat} {lon}");
        assert_eq!((taken.altitude_m, taken.time.as_deref()), (Some(198.6), Some("2014-08-31T09:12:05")));
        assert_eq!(taken.camera.as_deref(), Some("DJI FC300S"));
        let latitude = found.items.iter().find(|i| i.0 == "GPSLatitude").expect("an item");
        assert_eq!(latitude.1, "(46) (50) (33.6)");
        let mut warnings = Vec::new();
        found.warn(false, &mut warnings);
        assert_eq!(warnings.len(), 2, "{warnings:?}");
    }

    #[test]
    fn a_position_with_a_zero_below_the_line_or_off_the_globe_is_none() {
        for latitude in [[(46, 0), (50, 1), (0, 1)], [(460, 1), (0, 1), (0, 1)]] {
            let taken = in_block(block(latitude)).expect("fields").taken.expect("taken");
            assert_eq!(taken.position, None);
        }
    }

    #[test]
    fn a_block_cut_anywhere_is_no_trouble() {
        let whole = block([(46, 1), (50, 1), (3360, 100)]);
        for len in 0..whole.len() {
            let _ = in_block(whole[..len].to_vec());
        }
    }
}
