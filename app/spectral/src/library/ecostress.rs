//! Text files of the ECOSTRESS and ASTER spectral libraries (`.spectrum.txt`): lines of `key: value`, then two
//! columns.

use std::fmt::Write as _;

use super::{Library, LibraryError, MOST_VALUES, Unit, text_of};
use crate::spectrum::Spectrum;

/// Reads one spectrum. Percent become shares of 1; values by rising wavelength.
pub fn read(bytes: &[u8]) -> Result<Library, LibraryError> {
    let text = text_of(bytes);
    let mut keys: Vec<(String, String)> = Vec::new();
    let mut points: Vec<(f64, f64)> = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if let Some(point) = two_numbers(line) {
            points.push(point);
            if points.len() > MOST_VALUES {
                return Err(LibraryError::TooLarge(MOST_VALUES));
            }
        } else if !points.is_empty() && !line.is_empty() {
            let reason = "two numbers are expected here".to_owned();
            return Err(LibraryError::Line { line: number as u64 + 1, reason });
        } else if let Some((key, value)) = line.split_once(':') {
            keys.push((key.trim().to_lowercase(), value.trim().to_owned()));
        } else if let Some((_, value)) = keys.last_mut() {
            // A description goes on over the next lines.
            value.push(' ');
            value.push_str(line);
        }
    }
    let of = |key: &str| keys.iter().find(|(k, _)| k == key).map(|(_, v)| v.as_str());
    let Some(name) = of("name").filter(|_| of("x units").is_some() || of("first column").is_some()) else {
        return Err(LibraryError::NotALibrary("an ECOSTRESS or ASTER spectrum: it has no Name and X Units"));
    };
    if points.is_empty() {
        return Err(LibraryError::Damaged("it has no values".into()));
    }
    let mut warnings = Vec::new();
    if let Some(promised) = of("number of x values").and_then(|n| n.parse::<usize>().ok())
        && promised != points.len()
    {
        return Err(LibraryError::Damaged(format!("it promises {promised} values and has {}", points.len())));
    }
    let numbers: Vec<f64> = points.iter().map(|p| p.0).collect();
    let unit = of("x units").and_then(Unit::named).unwrap_or_else(|| {
        warnings.push("It names no unit of wavelength; it was taken by the size of the numbers.".into());
        Unit::guessed(&numbers)
    });
    let is_percent = of("y units").is_some_and(|u| u.to_lowercase().contains("percent"));
    let scale = if is_percent { 100.0 } else { 1.0 };
    points.sort_by(|a, b| unit.to_nm(a.0).total_cmp(&unit.to_nm(b.0)));
    let (wavelength_nm, values) = points.iter().map(|(x, y)| (unit.to_nm(*x), y / scale)).unzip();
    let sample = of("sample no.").filter(|s| !s.is_empty() && !name.contains(s));
    let name = sample.map_or_else(|| name.to_owned(), |s| format!("{name} ({s})"));
    Ok(Library { spectra: vec![Spectrum::new(name, wavelength_nm, values)], warnings })
}

fn two_numbers(line: &str) -> Option<(f64, f64)> {
    let mut parts = line.split(|c: char| c.is_whitespace() || c == ',').filter(|p| !p.is_empty());
    let both = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    parts.next().is_none().then_some(both)
}

/// Writes one spectrum, in micrometres and percent. Values that are bad or not numbers are left out.
pub fn write(spectrum: &Spectrum) -> Result<String, LibraryError> {
    let points = spectrum.by_wavelength();
    let (Some(first), Some(last)) = (points.first(), points.last()) else {
        return Err(LibraryError::CannotHold("An ECOSTRESS file needs a spectrum with wavelengths"));
    };
    let name: String = spectrum.name.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let micrometres = |nm: f64| (nm * 1e9).round() / 1e12;
    let mut text = format!(
        "Name: {name}\nFirst Column: X\nSecond Column: Y\nX Units: Wavelength (micrometers)\n\
         Y Units: Reflectance (percent)\nFirst X Value: {}\nLast X Value: {}\nNumber of X Values: {}\n\
         Additional Information: none\n\n",
        micrometres(first.0),
        micrometres(last.0),
        points.len()
    );
    for (nm, value, _) in &points {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{}\t{}", micrometres(*nm), value * 100.0);
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::two_spectra;
    use proptest::prelude::*;

    /// As the library writes them: falling wavelengths, a description over two lines, Latin-1.
    const OAK: &[u8] =
        b"Name: Quercus robur\r\nType: vegetation\r\nSample No.: VH352\r\nDescription: Leaves,\r\n\
        taken in June at 20\xb0C\r\nX Units: Wavelength (micrometers)\r\nY Units: Reflectance (percent)\r\n\
        First X Value: 2.5\r\nNumber of X Values: 3\r\nAdditional Information: none\r\n\r\n\
        2.500\t10.0\r\n 1.000  50.5\r\n0.3500 4.25\r\n";

    #[test]
    fn a_spectrum_is_read_as_shares_by_rising_wavelength() {
        let spectrum = &read(OAK).expect("read").spectra[0];
        assert_eq!(spectrum.name, "Quercus robur (VH352)");
        assert_eq!(spectrum.wavelength_nm, [350.0, 1000.0, 2500.0]);
        assert_eq!(spectrum.values, [0.0425, 0.505, 0.1]);
    }

    #[test]
    fn what_is_written_is_read_back() {
        for spectrum in two_spectra().spectra {
            let back = read(write(&spectrum).expect("written").as_bytes()).expect("read");
            assert_eq!(
                (&back.spectra[0].name, &back.spectra[0].wavelength_nm),
                (&spectrum.name, &spectrum.wavelength_nm)
            );
            for (a, b) in back.spectra[0].values.iter().zip(&spectrum.values) {
                assert!((a - b).abs() < 1e-15, "{a} {b}");
            }
        }
        assert!(write(&Spectrum::new("bare", vec![], vec![1.0])).is_err());
    }

    #[test]
    fn lies_and_cuts_are_refused_in_a_sentence() {
        let text = String::from_utf8_lossy(OAK);
        let cut = &text[..text.len() - 13];
        assert!(read(cut.as_bytes()).expect_err("cut").to_string().contains("promises 3 values and has 2"));
        let broken = text.replace(" 1.000  50.5", " 1.000  fifty");
        assert!(matches!(read(broken.as_bytes()), Err(LibraryError::Line { line: 13, .. })));
        assert!(matches!(read(b""), Err(LibraryError::NotALibrary(_))));
        assert!(matches!(read(b"Name: x\nX Units: um\n"), Err(LibraryError::Damaged(_))));
        assert!(matches!(read(b"400 1\n410 2\n"), Err(LibraryError::NotALibrary(_))));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(at in 0_usize..OAK.len(), byte in any::<u8>(), cut in 0_usize..OAK.len()) {
            let mut text = OAK.to_vec();
            text[at] = byte;
            let _ = read(&text);
            let _ = read(&text[..cut]);
        }
    }
}
