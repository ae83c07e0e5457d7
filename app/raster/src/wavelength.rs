//! Wavelengths of bands, in whatever words and units a file says them.

use crate::about::Domains;
use crate::metadata::parse_number;

/// What is said about the wavelength of one band.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Spectral {
    pub(crate) wavelength_nm: Option<f64>,
    pub(crate) fwhm_nm: Option<f64>,
    pub(crate) bad: bool,
}

/// From the remarks on a band, and from its name where that is a wavelength, as in `366.55 nm`.
pub(crate) fn of_band(domains: &Domains, name: Option<&str>) -> Spectral {
    let get = |domain: &str, wanted: &str| {
        let items = domains.items(domain)?;
        items.iter().find(|(key, _)| key.eq_ignore_ascii_case(wanted)).map(|(_, value)| value.as_str())
    };
    let any = |wanted: &str| get("", wanted).or_else(|| get("IMAGERY", wanted));
    let unit = ["wavelength_units", "wavelength_unit", "wavelengthunits"].iter().find_map(|key| any(key));
    let number = |key: &str| any(key).and_then(positive);
    let either = |nm: &str, plain: &str, um: &str, read: Read| {
        number(nm)
            .or_else(|| number(um).map(|n| n * 1000.0))
            .or_else(|| any(plain).and_then(|text| read(text, unit)))
    };
    let named = || name.and_then(of_name);
    Spectral {
        wavelength_nm: either("WAVELENGTH_NM", "wavelength", "CENTRAL_WAVELENGTH_UM", wavelength)
            .or_else(named),
        fwhm_nm: either("FWHM_NM", "fwhm", "FWHM_UM", width),
        bad: any("bbl").is_some_and(|text| parse_number(text) == Some(0.0)),
    }
}

/// Lists for all bands in a group of ENVI header fields.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lists {
    wavelengths: Vec<Option<f64>>,
    fwhm: Vec<Option<f64>>,
    bbl: Vec<Option<f64>>,
}

impl Lists {
    pub(crate) fn of(domains: &Domains) -> Self {
        let get = |key: &str| domains.get("ENVI", key);
        let unit = get("wavelength_units");
        let list = |key: &str, unit: Option<&str>, read: Read| {
            let text = get(key).unwrap_or_default().trim().trim_start_matches('{').trim_end_matches('}');
            let parts = text.split(',').take(65_536).filter(|_| !text.trim().is_empty());
            parts.map(|part| read(part, unit)).collect()
        };
        Self {
            wavelengths: list("wavelength", unit, wavelength),
            fwhm: list("fwhm", unit, width),
            bbl: list("bbl", None, |text, _| parse_number(text)),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.wavelengths.len().max(self.bbl.len())
    }

    pub(crate) fn wavelength(&self, band: usize) -> Option<f64> {
        self.wavelengths.get(band).copied().flatten()
    }

    pub(crate) fn fwhm(&self, band: usize) -> Option<f64> {
        self.fwhm.get(band).copied().flatten()
    }

    pub(crate) fn is_bad(&self, band: usize) -> bool {
        self.bbl.get(band).copied().flatten() == Some(0.0)
    }
}

/// Nanometres from a number and the unit that is named beside it.
type Read = fn(&str, Option<&str>) -> Option<f64>;

/// Without a unit, numbers below 100 can only be micrometres.
fn wavelength(text: &str, unit: Option<&str>) -> Option<f64> {
    with_unit(text, unit, 100.0)
}

/// Without a unit, numbers below 1 can only be micrometres.
fn width(text: &str, unit: Option<&str>) -> Option<f64> {
    with_unit(text, unit, 1.0)
}

/// A number with its unit behind it or named beside it.
fn with_unit(text: &str, unit: Option<&str>, micrometres_below: f64) -> Option<f64> {
    let text = text.trim();
    let end =
        text.find(|c: char| !matches!(c, '0'..='9' | '.' | '-' | '+' | 'e' | 'E')).unwrap_or(text.len());
    let (digits, own) = text.split_at(end);
    let number = positive(digits)?;
    let own = Some(own.trim()).filter(|u| !u.is_empty());
    match own.or(unit) {
        Some(unit) => Some(number * nanometres_in(unit)?),
        None if number < micrometres_below => Some(number * 1000.0),
        None => Some(number),
    }
}

fn nanometres_in(unit: &str) -> Option<f64> {
    Some(match unit.trim().to_ascii_lowercase().as_str() {
        "nm" | "nanometer" | "nanometers" | "nanometre" | "nanometres" | "unknown" | "" => 1.0,
        "um" | "µm" | "μm" | "micron" | "microns" | "micrometer" | "micrometers" | "micrometre"
        | "micrometres" => 1000.0,
        "mm" | "millimeters" => 1e6,
        "m" | "meters" => 1e9,
        "angstrom" | "angstroms" => 0.1,
        _ => return None,
    })
}

/// A name that ends in a number and a unit of wavelength.
fn of_name(name: &str) -> Option<f64> {
    let name = name.trim().trim_end_matches(')');
    let unit_at = name.rfind(|c: char| c.is_ascii_digit() || c == '.')? + 1;
    let (before, unit) = name.split_at(unit_at);
    let unit = Some(unit.trim()).filter(|u| !u.is_empty())?;
    let start = before
        .rfind(|c: char| !(c.is_ascii_digit() || c == '.'))
        .map_or(0, |i| i + before[i..].chars().next().map_or(1, char::len_utf8));
    // `m` alone ends many names that are no wavelengths.
    let metres = ["m", "meters", "mm"].contains(&unit);
    positive(&before[start..]).filter(|_| !metres).and_then(|n| Some(n * nanometres_in(unit)?))
}

fn positive(text: &str) -> Option<f64> {
    parse_number(text).filter(|n| *n > 0.0 && n.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_units_of_many_programs_are_understood() {
        let of = |pairs: &[(&str, &str, &str)]| {
            let mut domains = Domains::default();
            for (domain, key, value) in pairs {
                domains.set(domain, key, *value);
            }
            of_band(&domains, None)
        };
        let nm = |pairs| of(pairs).wavelength_nm;
        assert_eq!(nm(&[("", "WAVELENGTH_NM", "665")]), Some(665.0));
        assert_eq!(nm(&[("IMAGERY", "CENTRAL_WAVELENGTH_UM", "0.665")]), Some(665.0));
        assert_eq!(nm(&[("", "wavelength", "0.56"), ("", "wavelength_units", "Micrometers")]), Some(560.0));
        assert_eq!(nm(&[("", "wavelength", "0.5")]), Some(500.0));
        assert_eq!(nm(&[("", "wavelength", "842 nm")]), Some(842.0));
        assert_eq!(nm(&[("", "wavelength", "3"), ("", "wavelength_units", "Index")]), None);
        assert_eq!(of(&[("", "fwhm", "10"), ("", "wavelength_units", "nm")]).fwhm_nm, Some(10.0));
        assert!(of(&[("", "bbl", "0")]).bad && !of(&[("", "bbl", "1")]).bad);
    }

    #[test]
    fn a_name_may_be_a_wavelength() {
        let of = |name| of_band(&Domains::default(), Some(name)).wavelength_nm;
        assert_eq!(of("366.551 nm"), Some(366.551));
        assert_eq!(of("Band 12 (2.19 µm)"), Some(2190.0));
        assert_eq!(of("band 4: red, 665 Nanometers"), Some(665.0));
        assert_eq!([of("Band 12"), of("60 m"), of("B04"), of("nm"), of(""), of("é nm")], [None; 6]);
    }

    #[test]
    fn lists_of_an_envi_header_name_every_band() {
        let mut domains = Domains::default();
        domains.set("ENVI", "wavelength", "{ 0.45, 0.55 ,0.65}");
        domains.set("ENVI", "wavelength_units", "um");
        domains.set("ENVI", "fwhm", "{0.01}");
        domains.set("ENVI", "bbl", "{1, 0, 1}");
        let lists = Lists::of(&domains);
        assert_eq!(
            (lists.len(), lists.wavelength(1), lists.fwhm(0), lists.fwhm(1)),
            (3, Some(550.0), Some(10.0), None)
        );
        assert!(lists.is_bad(1) && !lists.is_bad(2) && !lists.is_bad(9));
        assert_eq!(Lists::of(&Domains::default()).len(), 0);
    }
}
