//! From names to the bands of an image.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::ExpressionError;
use crate::parse::{BandName, Name};
use crate::role::{ROLES, Role, plain};

/// What is known of a band by which an expression may name it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BandLabel {
    /// As the file says.
    pub name: Option<String>,
    /// The middle of what it senses.
    pub wavelength_nm: Option<f64>,
    /// What the file says that it shows, such as `red`, where it does not say so by name.
    pub color: Option<String>,
    /// Noisy by the file's own word: no role is given to it while another band fits.
    pub is_bad: bool,
}

/// A band may lie so far from a wavelength that was asked for.
const REACH_NM: f64 = 30.0;
/// Bands that a message lists.
const LISTED: usize = 8;

/// The band that a name means, counted from 0.
pub(crate) fn find(name: &Name, bands: &[BandLabel]) -> Result<usize, ExpressionError> {
    match &name.kind {
        BandName::Quoted(wanted) => {
            by_name(wanted, bands).ok_or_else(|| unknown(format!("There is no band '{wanted}'"), name, bands))
        }
        BandName::Wavelength(nm) => by_wavelength(f64::from(*nm), bands).ok_or_else(|| {
            let message = format!("No band lies within {REACH_NM} nm of {nm} nm");
            ExpressionError::new(name.at.clone(), message).hint(listed(bands))
        }),
        BandName::Word(word) => by_word(word, &name.at, bands),
    }
}

fn by_word(word: &str, at: &Range<usize>, bands: &[BandLabel]) -> Result<usize, ExpressionError> {
    let is_named = |b: &BandLabel| b.name.as_deref() == Some(word);
    if let Some(band) = bands.iter().position(is_named) {
        return Ok(band);
    }
    let number = word.strip_prefix(['b', 'B']).filter(|rest| rest.bytes().all(|b| b.is_ascii_digit()));
    let number = number.filter(|rest| !rest.is_empty());
    if let Some(band) = number.and_then(|n| n.parse::<usize>().ok()).and_then(|n| n.checked_sub(1))
        && band < bands.len()
    {
        return Ok(band);
    }
    if let Some(band) = by_name(word, bands) {
        return Ok(band);
    }
    if let Some(role) = Role::of(word) {
        return by_role(role, bands).ok_or_else(|| {
            let (from, to) = role.range_nm;
            let has_wavelengths = bands.iter().any(|b| b.wavelength_nm.is_some());
            let message = if has_wavelengths {
                format!("No band lies at {from} to {to} nm, which is '{word}'")
            } else {
                format!("No band is known as '{word}': the image tells neither wavelengths nor such a name")
            };
            ExpressionError::new(at.clone(), message)
                .hint(format!("name a band by its number, as in b1; {}", listed(bands)))
        });
    }
    let message = match number {
        Some(_) => format!("There is no band {}: the image has {}", &word[1..], bands.len()),
        None => format!("There is no band, role or constant '{word}'"),
    };
    let name = Name { kind: BandName::Word(word.to_owned()), at: at.clone(), is_asked: false };
    Err(unknown(message, &name, bands))
}

/// By its whole name, or by the first word of it where that says enough; whatever the case.
fn by_name(wanted: &str, bands: &[BandLabel]) -> Option<usize> {
    let exact = bands.iter().position(|b| b.name.as_deref() == Some(wanted));
    if exact.is_some() {
        return exact;
    }
    let wanted = plain(wanted);
    let only = |fits: &dyn Fn(&str) -> bool| {
        let mut found = bands.iter().enumerate().filter(|(_, b)| b.name.as_deref().is_some_and(fits));
        found.next().map(|(band, _)| band).filter(|_| found.next().is_none())
    };
    let first_word =
        |name: &str| plain(name.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or(""));
    only(&|name| plain(name) == wanted).or_else(|| only(&|name| first_word(name) == wanted))
}

fn by_wavelength(nm: f64, bands: &[BandLabel]) -> Option<usize> {
    nearest(nm, bands, &|other| (other - nm).abs() <= REACH_NM)
}

/// The band with the wavelength nearest to one, of those that fit; bad ones only if there is no other.
fn nearest(nm: f64, bands: &[BandLabel], fits: &dyn Fn(f64) -> bool) -> Option<usize> {
    let near = bands.iter().enumerate().filter_map(|(band, label)| {
        let apart = label.wavelength_nm.filter(|other| fits(*other))? - nm;
        Some((label.is_bad, apart.abs(), band))
    });
    near.min_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1))).map(|(_, _, band)| band)
}

/// By wavelength where there are any; else by what the file calls its bands or says that they show.
fn by_role(role: &Role, bands: &[BandLabel]) -> Option<usize> {
    if bands.iter().any(|b| b.wavelength_nm.is_some()) {
        return nearest(f64::from(role.center_nm), bands, &|nm| role.holds(nm));
    }
    let is_called = |text: &Option<String>| {
        text.as_deref().is_some_and(|text| {
            let plain = plain(text);
            role.is_called(&plain) || plain == role.letters.to_lowercase()
        })
    };
    let named = bands.iter().position(|b| is_called(&b.name));
    named.or_else(|| bands.iter().position(|b| is_called(&b.color))).or_else(|| by_sensor(role, bands))
}

/// Sentinel-2 is known by the one band whose name no other sensor has.
fn by_sensor(role: &Role, bands: &[BandLabel]) -> Option<usize> {
    const SENTINEL_2: [(&str, &str); 13] = [
        ("coastal", "1"),
        ("blue", "2"),
        ("green", "3"),
        ("red", "4"),
        ("rededge1", "5"),
        ("rededge2", "6"),
        ("rededge3", "7"),
        ("nir", "8"),
        ("nir2", "8a"),
        ("watervapour", "9"),
        ("swir1", "11"),
        ("swir2", "12"),
        ("green1", "3"),
    ];
    let number = |b: &BandLabel| {
        let name = plain(b.name.as_deref()?);
        name.strip_prefix('b').map(|rest| rest.trim_start_matches('0').to_owned())
    };
    let has = |wanted: &str| bands.iter().position(|b| number(b).as_deref() == Some(wanted));
    has("8a")?;
    SENTINEL_2.iter().find(|(name, _)| *name == role.name).and_then(|(_, wanted)| has(wanted))
}

fn unknown(message: String, name: &Name, bands: &[BandLabel]) -> ExpressionError {
    let error = ExpressionError::new(name.at.clone(), message);
    let (BandName::Word(word) | BandName::Quoted(word)) = &name.kind else { return error };
    if crate::function::find(word).is_some() {
        return error.hint(format!("{word} is a function: write {word}(…)"));
    }
    let names = bands.iter().filter_map(|b| b.name.as_deref()).filter(|n| n.len() < 40).take(500);
    let roles = ROLES.iter().flat_map(|r| [r.name, r.letters]);
    match closest(word, names.chain(roles)) {
        Some(near) => error.hint(format!("did you mean {near}?")),
        None => error.hint(listed(bands)),
    }
}

/// What the bands are called, in a few words.
fn listed(bands: &[BandLabel]) -> String {
    let label = |(band, label): (usize, &BandLabel)| {
        let name = label.name.as_ref().map(|n| format!(" ({})", n.chars().take(30).collect::<String>()));
        let nm = label.wavelength_nm.map(|nm| format!(" at {nm:.0} nm"));
        format!("b{}{}{}", band + 1, name.unwrap_or_default(), nm.unwrap_or_default())
    };
    let shown: Vec<String> = bands.iter().enumerate().take(LISTED).map(label).collect();
    let more = if bands.len() > LISTED { format!(" … b{}", bands.len()) } else { String::new() };
    format!("the bands are {}{more}", shown.join(", "))
}

/// The word that a person may have meant: at most two letters off, and at most half of them.
pub fn closest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    if word.len() > 40 {
        return None;
    }
    let most = (word.chars().count() / 2).min(2);
    let near: BTreeSet<(usize, &str)> =
        known.map(|k| (edits(&word, &k.to_lowercase()), k)).filter(|(n, _)| *n <= most).collect();
    near.first().map(|(_, near)| *near)
}

/// How many letters must be put in, taken out or changed to make one word of another (Levenshtein).
fn edits(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, letter) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, other) in b.iter().enumerate() {
            let changed = diagonal + usize::from(letter != *other);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Expression;

    fn named(names: &[&str]) -> Vec<BandLabel> {
        let label = |n: &&str| BandLabel { name: Some((*n).to_owned()), ..BandLabel::default() };
        names.iter().map(label).collect()
    }

    fn waves(nm: &[f64]) -> Vec<BandLabel> {
        nm.iter().map(|nm| BandLabel { wavelength_nm: Some(*nm), ..BandLabel::default() }).collect()
    }

    fn found(text: &str, bands: &[BandLabel]) -> Vec<usize> {
        Expression::parse(text).expect(text).resolve(bands).expect(text).bands().to_vec()
    }

    fn refused(text: &str, bands: &[BandLabel]) -> (String, String, Range<usize>) {
        let error = Expression::parse(text).expect(text).resolve(bands).expect_err(text);
        (error.to_string(), error.hint, error.at)
    }

    #[test]
    fn numbers_count_from_one_and_an_exact_name_comes_first() {
        let bands = named(&["B2", "B3", "B4", "B8"]);
        assert_eq!(found("b1 + b2", &bands), [0, 1]);
        assert_eq!(found("B8 + B2", &bands), [3, 0]);
        assert_eq!(found("b8", &bands), [3], "no eighth band, so the one of that name");
        assert_eq!(found("\"B4\"", &bands), [2]);
    }

    #[test]
    fn names_are_found_whatever_the_case_and_by_their_first_word() {
        let bands = named(&["NDVI (mean)", "Red Edge", "Panchromatic 50 cm"]);
        assert_eq!(found("'red edge' / ndvi + panchromatic", &bands), [1, 0, 2]);
        let twice = named(&["red a", "red b"]);
        assert!(Expression::parse("'red'").unwrap().resolve(&twice).is_err(), "which of the two?");
    }

    #[test]
    fn roles_go_by_wavelength_to_the_nearest_band_that_is_not_bad() {
        let mut bands = waves(&[443.0, 490.0, 560.0, 665.0, 705.0, 842.0, 865.0, 1610.0, 2190.0]);
        assert_eq!(found("(nir-red)/(nir+red)", &bands), [5, 3]);
        assert_eq!(found("N2 - RE1 + S1 + swir2 + coastal", &bands), [6, 4, 7, 8, 0]);
        assert_eq!(found("nm(860) - nm(2200)", &bands), [6, 8]);
        bands[5].is_bad = true;
        assert_eq!(found("nir", &bands), [6]);
        let (message, hint, at) = refused("1 + thermal", &bands);
        assert_eq!(message, "No band lies at 10400 to 12500 nm, which is 'thermal'.");
        assert!(hint.contains("b1 at 443 nm") && hint.ends_with("… b9"), "{hint}");
        assert_eq!(at, 4..11);
        assert_eq!(refused("nm(1000)", &bands).0, "No band lies within 30 nm of 1000 nm.");
    }

    #[test]
    fn roles_go_by_name_colour_or_sensor_where_there_is_no_wavelength() {
        assert_eq!(found("nir - SWIR1", &named(&["Red", "Near-Infrared", "swir16"])), [1, 2]);
        let mut colors = vec![BandLabel::default(); 4];
        colors[0].color = Some("Red".into());
        assert_eq!(found("red - b4", &colors), [0, 3]);
        let (message, hint, _) = refused("nir - b4", &colors);
        assert!(message.contains("neither wavelengths nor such a name") && hint.contains("b1, b2, b3, b4"));
        let sentinel = named(&["B02", "B03", "B04", "B08", "B8A", "B11"]);
        assert_eq!(found("(nir - red) / swir1 + nir2", &sentinel), [3, 2, 5, 4]);
    }

    #[test]
    fn an_unknown_name_is_told_with_what_may_be_meant() {
        let bands = named(&["elevation", "slope"]);
        assert_eq!(refused("slop + 1", &bands).1, "did you mean slope?");
        assert_eq!(refused("b1 + swirl1", &bands).1, "did you mean swir1?");
        assert_eq!(refused("sqrt + 1", &bands).1, "sqrt is a function: write sqrt(…)");
        assert_eq!(refused("b3", &bands).0, "There is no band 3: the image has 2.");
        assert_eq!(refused("b0", &bands).0, "There is no band 0: the image has 2.");
        assert_eq!(refused("b99999999999999999999", &bands).2, 0..21);
        let (message, hint, _) = refused("unlikely", &bands);
        assert_eq!(message, "There is no band, role or constant 'unlikely'.");
        assert_eq!(hint, "the bands are b1 (elevation), b2 (slope)");
    }
}
