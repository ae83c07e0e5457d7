//! When a scene was taken: by what its file says, else by its name.

use crate::describe::ImageDescription;

/// Remarks that hold the time of the picture rather than that of the file, likeliest first.
const KEYS: [&str; 7] = [
    "ACQUISITIONDATETIME",
    "ACQUISITION_DATE",
    "DATE_ACQUIRED",
    "acquisition time",
    "PRODUCT_START_TIME",
    "EXIF_DateTimeOriginal",
    "TIFFTAG_DATETIME",
];

/// As in `2023-05-01`; of a name that holds a year only, that.
pub(super) fn of(image: &ImageDescription, stem: &str) -> Option<String> {
    let remark = |key: &str| {
        let main =
            image.metadata.iter().find(|(name, _)| name.eq_ignore_ascii_case(key)).map(|m| m.1.as_str());
        main.or_else(|| image.about.domains.get("IMAGERY", key))
    };
    KEYS[..6]
        .iter()
        .find_map(|key| in_text(remark(key)?))
        .or_else(|| in_text(stem))
        .or_else(|| in_text(remark(KEYS[6])?))
        .or_else(|| year_in(stem))
}

/// The first date in a text: `20230501`, `2023-05-01`, `2023:05:01`, `2023_05_01`, or a day of the year as in
/// `2023121`.
fn in_text(text: &str) -> Option<String> {
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

fn in_run(run: &str) -> Option<String> {
    let number = |range: std::ops::Range<usize>| run.get(range)?.parse::<u16>().ok();
    match run.len() {
        // Also with the time behind it.
        8 | 12 | 14 => written(number(0..4)?, number(4..6)?, number(6..8)?),
        7 => {
            let (year, day) = (sane_year(number(0..4)?)?, number(4..7)?);
            let mut left = day.checked_sub(1)?;
            for month in 1..=12 {
                let days = days_of(year, month);
                if left < days {
                    return written(year, month, left + 1);
                }
                left -= days;
            }
            None
        }
        _ => None,
    }
}

fn in_parts(run: &str, after: &str) -> Option<String> {
    let separator = after.chars().next().filter(|c| matches!(c, '-' | '_' | ':' | '.'))?;
    let mut parts = after[1..].split(|c: char| !c.is_ascii_digit());
    let (month, day) = (parts.next()?, parts.next()?);
    let is_second = after.get(1 + month.len()..)?.starts_with(separator);
    if run.len() != 4 || month.len() != 2 || day.len() != 2 || !is_second {
        return None;
    }
    written(run.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
}

fn year_in(stem: &str) -> Option<String> {
    let mut runs = stem.split(|c: char| !c.is_ascii_digit()).filter(|run| run.len() == 4);
    runs.find_map(|run| sane_year(run.parse().ok()?)).map(|year| year.to_string())
}

fn sane_year(year: u16) -> Option<u16> {
    (1900..2100).contains(&year).then_some(year)
}

fn written(year: u16, month: u16, day: u16) -> Option<String> {
    let sane =
        sane_year(year).is_some() && (1..=12).contains(&month) && day >= 1 && day <= days_of(year, month);
    sane.then(|| format!("{year:04}-{month:02}-{day:02}"))
}

fn days_of(year: u16, month: u16) -> u16 {
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 => 28 + u16::from(is_leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_found_in_names_and_remarks() {
        let of = |text| in_text(text).unwrap_or_default();
        assert_eq!(of("T19UDP_20160720T151912_B02"), "2016-07-20");
        assert_eq!(of("2022-07-24T10:45:26Z"), "2022-07-24");
        assert_eq!(of("2008:10:22 16:43:21"), "2008-10-22");
        assert_eq!(of("LC08_L1TP_233013_20150101_01"), "2015-01-01");
        assert_eq!(of("MOD13Q1.A2024060.h12v04"), "2024-02-29");
        assert_eq!(of("scene_20231301"), "");
        assert_eq!(of("20230229"), "");
        assert_eq!(of("tile_12_5-06-07"), "");
        assert_eq!(year_in("peru_1985").as_deref(), Some("1985"));
        assert_eq!(year_in("tile_0042"), None);
    }
}
