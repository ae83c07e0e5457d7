//! When imagery was taken, as far as its file says.

use std::collections::BTreeMap;

use jiff::civil::Date;
use project::LayerId;
use raster::ImageDescription;

use crate::state::State;

/// Items of metadata that say when an image was taken, the surest first. That of TIFF comes last: many
/// programs put there when they wrote the file.
const ITEMS: [&str; 9] = [
    "ACQUISITION_DATE",
    "ACQUISITIONDATETIME",
    "ACQUISITION_TIME",
    "ACQUISITION TIME",
    "DATE_ACQUIRED",
    "SENSING_TIME",
    "PRODUCT_START_TIME",
    "TIME_COVERAGE_START",
    "TIFFTAG_DATETIME",
];

/// Years that aerial and satellite pictures are from.
const YEARS: std::ops::RangeInclusive<i16> = 1900..=2100;

/// When an image was taken: by its metadata, else by the name of its file.
pub fn taken(image: &ImageDescription, name: &str) -> Option<Date> {
    let item = |wanted: &str| {
        let found = image.metadata.iter().find(|(key, _)| {
            let key = key.rsplit([':', '#']).next().unwrap_or(key);
            key.eq_ignore_ascii_case(wanted)
        });
        found.and_then(|(_, value)| in_text(value))
    };
    let (written, sure) = ITEMS.split_last()?;
    sure.iter().find_map(|wanted| item(wanted)).or_else(|| in_text(name)).or_else(|| item(written))
}

/// The first date in a text: `2011-05-22`, `2011:05:22`, `20110522`, `2011_05_22`; a name that is a year and
/// nothing else is the first of January.
pub fn in_text(text: &str) -> Option<Date> {
    let stem = text.rsplit_once('.').map_or(text, |(stem, _)| stem);
    if let Ok(year) = stem.parse::<i16>()
        && stem.len() == 4
    {
        return date(year, 1, 1);
    }
    let bytes = text.as_bytes();
    (0..bytes.len()).find_map(|at| {
        // A number that goes on to the left is another one.
        let begins = at == 0 || !bytes[at - 1].is_ascii_digit();
        if begins { at_start(&bytes[at..]) } else { None }
    })
}

fn at_start(bytes: &[u8]) -> Option<Date> {
    let digits = bytes.iter().take_while(|b| b.is_ascii_digit()).count();
    let number = |part: &[u8]| std::str::from_utf8(part).ok()?.parse::<i16>().ok();
    // `20110522` and `20110522T164512`, but not the long numbers of scenes.
    if digits == 8 || digits == 14 {
        return date(number(&bytes[..4])?, number(&bytes[4..6])? as i8, number(&bytes[6..8])? as i8);
    }
    let apart = *bytes.get(4).filter(|b| digits == 4 && matches!(b, b'-' | b':' | b'_' | b'.' | b'/'))?;
    let (month, day) = (bytes.get(5..7)?, bytes.get(8..10)?);
    let same = bytes.get(7) == Some(&apart);
    let ends = bytes.get(10).is_none_or(|b| !b.is_ascii_digit());
    if !same || !ends {
        return None;
    }
    date(number(&bytes[..4])?, number(month)? as i8, number(day)? as i8)
}

fn date(year: i16, month: i8, day: i8) -> Option<Date> {
    if YEARS.contains(&year) { Date::new(year, month, day).ok() } else { None }
}

/// What the slider shows, and what was visible before it did.
#[derive(Clone, Debug, PartialEq)]
pub struct Time {
    pub day: Date,
    pub before: BTreeMap<LayerId, bool>,
}

/// The layers that say when they were taken.
pub fn of_layers(state: &State) -> Vec<(LayerId, Date)> {
    let layers = state.content().map(project::Project::layers_in_order).unwrap_or_default();
    let dated = layers.into_iter().filter_map(|(id, layer)| {
        let source = state.layers.get(&id)?.source()?;
        Some((id, taken(source.image(), &layer.name)?))
    });
    dated.collect()
}

/// The days of layers, each once, the earliest first.
pub fn days(dates: &[(LayerId, Date)]) -> Vec<Date> {
    let mut days: Vec<Date> = dates.iter().map(|(_, day)| *day).collect();
    days.sort_unstable();
    days.dedup();
    days
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(year: i16, month: i8, day: i8) -> Option<Date> {
        Some(Date::constant(year, month, day))
    }

    #[test]
    fn dates_are_found_in_the_names_of_scenes() {
        assert_eq!(in_text("S2A_MSIL2A_20220512T075611_N0400.jp2"), day(2022, 5, 12));
        assert_eq!(in_text("m_3607824_se_17_1_20160620_sub.tif"), day(2016, 6, 20));
        assert_eq!(in_text("LS5_TM_NBAR_P54_GANBAR01-002_090_084_19920323_B20.tif"), day(1992, 3, 23));
        assert_eq!(in_text("joplin 2011-05-22 after.tif"), day(2011, 5, 22));
        assert_eq!(in_text("2011:05:22 10:11:12"), day(2011, 5, 22));
        assert_eq!(in_text("1985.tif"), day(1985, 1, 1));
    }

    #[test]
    fn numbers_that_are_no_dates_are_left_alone() {
        for text in [
            "5b90f92da0d7280005fab355_4310.tif",
            "20119922.tif",
            "LC08_200220110522.tif",
            "tile_2048x1024.tif",
            "",
            "é2011",
            "99990101",
        ] {
            assert_eq!(in_text(text), None, "{text}");
        }
    }
}
