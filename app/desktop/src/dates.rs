//! When a layer was taken, as far as its file or its name says.

use jiff::civil::Date;
use raster::ImageDescription;

/// Remarks that say when an image was taken; when it was processed is another matter.
const REMARKS: [&str; 6] = [
    "acquisition time",
    "acquisition date",
    "acquisition_date",
    "date_acquired",
    "acquisitiondatetime",
    "sensing_time",
];

/// The day on which an image was taken: of a remark in the file, else of its name (`2024-08-24`, `2024_08_24`,
/// `20240824`); of a name that is a year alone, the middle of that year.
pub fn date_of(image: &ImageDescription) -> Option<Date> {
    let remark = |key: &&str| {
        let found = image.metadata.iter().find(|(name, _)| name.eq_ignore_ascii_case(key));
        found.and_then(|(_, text)| date_in(text))
    };
    let stem = std::path::Path::new(&image.name).file_stem().map(|s| s.to_string_lossy().into_owned());
    REMARKS.iter().find_map(remark).or_else(|| {
        let stem = stem?;
        let year = || stem.parse().ok().filter(|y| (1900..2100).contains(y) && stem.len() == 4);
        date_in(&stem).or_else(|| Date::new(year()?, 7, 1).ok())
    })
}

/// The first day that is written in a text.
fn date_in(text: &str) -> Option<Date> {
    let bytes = text.as_bytes();
    (0..bytes.len()).find_map(|at| {
        // A longer run of digits is a number, not a date.
        if at > 0 && bytes[at - 1].is_ascii_digit() {
            return None;
        }
        let digits = |from: usize, n: usize| -> Option<i16> {
            let part = bytes.get(from..from + n)?;
            part.iter().all(u8::is_ascii_digit).then(|| text[from..from + n].parse().ok()).flatten()
        };
        let apart = |i: usize| bytes.get(i).is_some_and(|b| matches!(b, b'-' | b'_' | b':' | b'.' | b'/'));
        let ends = |i: usize| !bytes.get(i).is_some_and(u8::is_ascii_digit);
        let year = digits(at, 4).filter(|y| (1900..2100).contains(y))?;
        let (month, day) = if apart(at + 4) && apart(at + 7) && ends(at + 10) {
            (digits(at + 5, 2)?, digits(at + 8, 2)?)
        } else if ends(at + 8) {
            (digits(at + 4, 2)?, digits(at + 6, 2)?)
        } else {
            return None;
        };
        Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_found_in_the_names_that_imagery_has() {
        for (text, day) in [
            ("sent2_L2A_2024-08-24", Some((2024, 8, 24))),
            ("LS5_TM_NBAR_P54_GANBAR01-002_090_084_19920323_B20", Some((1992, 3, 23))),
            ("S2A_MSIL2A_20200831T105031", Some((2020, 8, 31))),
            ("2023_05_01 field", Some((2023, 5, 1))),
            ("m_4709963_se_14_1_20200831", Some((2020, 8, 31))),
            ("20201399", None),
            ("ortho 120200831", None),
            ("roofs", None),
            ("äö 2020-0", None),
        ] {
            let wanted = day.and_then(|(y, m, d)| Date::new(y, m, d).ok());
            assert_eq!(date_in(text), wanted, "{text}");
        }
    }
}
