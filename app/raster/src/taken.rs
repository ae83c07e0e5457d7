//! When an image was taken: by what its file says, else by its name.

use std::fmt;

use jiff::civil::Date;

use crate::describe::ImageDescription;

/// Remarks that say when a picture was taken rather than made into a file, the surest first.
const KEYS: [&str; 10] = [
    "ACQUISITIONDATETIME",
    "ACQUISITION_DATE",
    "ACQUISITION DATE",
    "ACQUISITION_TIME",
    "ACQUISITION TIME",
    "DATE_ACQUIRED",
    "SENSING_TIME",
    "PRODUCT_START_TIME",
    "TIME_COVERAGE_START",
    "EXIF_DateTimeOriginal",
];
/// Many programs put here when they wrote the file: the last that is asked.
const WRITTEN: &str = "TIFFTAG_DATETIME";
/// Years that aerial and satellite pictures are from.
const YEARS: std::ops::Range<i16> = 1900..2100;

/// When an image was taken, as exactly as is known. Shown as `2023-05-01` or `1985`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Taken {
    Year(i16),
    Day(Date),
}

impl Taken {
    /// The day; the first of a year that is known alone.
    pub fn day(self) -> Date {
        match self {
            Self::Day(day) => day,
            Self::Year(year) => Date::new(year, 1, 1).unwrap_or_default(),
        }
    }
}

impl fmt::Display for Taken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Day(day) => write!(f, "{day}"),
            Self::Year(year) => write!(f, "{year}"),
        }
    }
}

/// When an image was taken: by its metadata or its camera, else by its name (`S2A_20220512T075611`, `2011-05-22 after`,
/// `MOD13Q1.A2024060`, `peru_1985`).
pub fn of(image: &ImageDescription, name: &str) -> Option<Taken> {
    let remark = |wanted: &str| {
        let last = |key: &str| key.rsplit([':', '#']).next().unwrap_or_default().eq_ignore_ascii_case(wanted);
        let main = image.metadata.iter().find(|(key, _)| last(key)).map(|(_, text)| text.as_str());
        main.or_else(|| image.about.domains.get("IMAGERY", wanted))
    };
    let camera = || in_text(image.about.taken.as_ref()?.time.as_deref()?);
    let day = KEYS.iter().find_map(|key| in_text(remark(key)?)).or_else(camera).or_else(|| in_text(name));
    let day = day.or_else(|| in_text(remark(WRITTEN)?));
    day.map(Taken::Day).or_else(|| year_in(name).map(Taken::Year))
}

/// The first date in a text: `20230501` also with the time behind it, `2023-05-01`, `2023:05:01`, `2023_05_01`, or
/// a day of the year as in `2023121`.
fn in_text(text: &str) -> Option<Date> {
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| c.is_ascii_digit()) {
        rest = &rest[at..];
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let (run, after) = rest.split_at(digits);
        if let Some(date) = in_run(run).or_else(|| in_parts(run, after)) {
            return Some(date);
        }
        rest = after;
    }
    None
}

fn in_run(run: &str) -> Option<Date> {
    let number = |range: std::ops::Range<usize>| run.get(range)?.parse::<i16>().ok();
    match run.len() {
        8 | 12 | 14 => date(number(0..4)?, number(4..6)?, number(6..8)?),
        7 => {
            let first = date(number(0..4)?, 1, 1)?;
            let day = number(4..7)?;
            (1..=first.days_in_year()).contains(&day).then(|| first.with().day_of_year(day).build().ok())?
        }
        _ => None,
    }
}

fn in_parts(run: &str, after: &str) -> Option<Date> {
    let separator = after.chars().next().filter(|c| matches!(c, '-' | '_' | ':' | '.' | '/'))?;
    let mut parts = after[1..].split(|c: char| !c.is_ascii_digit());
    let (month, day) = (parts.next()?, parts.next()?);
    let is_second = after.get(1 + month.len()..)?.starts_with(separator);
    if run.len() != 4 || month.len() != 2 || day.len() != 2 || !is_second {
        return None;
    }
    date(run.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
}

fn date(year: i16, month: i16, day: i16) -> Option<Date> {
    let known = YEARS.contains(&year);
    known.then(|| Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok())?
}

/// A word of the name that is a year and nothing else.
fn year_in(name: &str) -> Option<i16> {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let words = stem.split(|c: char| !c.is_alphanumeric());
    words.filter(|w| w.len() == 4).find_map(|w| w.parse().ok().filter(|year| YEARS.contains(year)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_found_in_names_and_remarks() {
        for (text, day) in [
            ("T19UDP_20160720T151912_B02", "2016-07-20"),
            ("2022-07-24T10:45:26Z", "2022-07-24"),
            ("2008:10:22 16:43:21", "2008-10-22"),
            ("LC08_L1TP_233013_20150101_01", "2015-01-01"),
            ("MOD13Q1.A2024060.h12v04", "2024-02-29"),
            ("S2A_MSIL2A_20220512T075611_N0400.jp2", "2022-05-12"),
            ("m_3607824_se_17_1_20160620_sub.tif", "2016-06-20"),
            ("LS5_TM_NBAR_P54_GANBAR01-002_090_084_19920323_B20.tif", "1992-03-23"),
            ("joplin 2011-05-22 after.tif", "2011-05-22"),
            ("2023_05_01 field", "2023-05-01"),
        ] {
            assert_eq!(in_text(text).map(|d| d.to_string()).as_deref(), Some(day), "{text}");
        }
        assert_eq!(year_in("peru_1985.tif"), Some(1985));
        assert_eq!(year_in("1985"), Some(1985));
    }

    #[test]
    fn numbers_that_are_no_dates_are_left_alone() {
        for text in [
            "scene_20231301",
            "20230229",
            "2023366",
            "2023000",
            "tile_12_5-06-07",
            "5b90f92da0d7280005fab355_4310.tif",
            "20119922.tif",
            "LC08_200220110522.tif",
            "ortho 120200831",
            "tile_2048x1024.tif",
            "tile_0042",
            "äö 2020-0",
            "é2011",
            "99990101",
            "",
        ] {
            assert_eq!(in_text(text), None, "{text}");
        }
        for text in ["tile_0042", "tile_2048x1024.tif", "é2011", "5b90f92da0d7280005fab355_4310.tif"] {
            assert_eq!(year_in(text), None, "{text}");
        }
    }
}
