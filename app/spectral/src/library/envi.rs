//! ENVI spectral libraries: a text header (`.hdr`) and the values (`.sli`), spectrum after spectrum.

use std::fmt::Write as _;

use super::header::Header;
use super::{Library, LibraryError, MOST_VALUES, Unit};
use crate::spectrum::Spectrum;

/// A library as two files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnviFiles {
    /// The text of the `.hdr`.
    pub header: String,
    /// The bytes of the `.sli`.
    pub values: Vec<u8>,
}

/// Reads a library from its header and its values. Values are divided by the reflectance scale factor where
/// there is one.
pub fn read(header: &[u8], values: &[u8]) -> Result<Library, LibraryError> {
    let header = Header::parse(header)?;
    let kind = header.get("file type").unwrap_or_default();
    if !kind.eq_ignore_ascii_case("envi spectral library") {
        return Err(LibraryError::NotALibrary(
            "an ENVI spectral library: its header names another file type",
        ));
    }
    let bands = header.whole("samples", None)?;
    let count = header.whole("lines", None)?;
    if header.whole("bands", Some(1))? != 1 {
        return Err(LibraryError::Unsupported("Libraries with more than one plane are not read".into()));
    }
    let total = bands.checked_mul(count).filter(|n| *n <= MOST_VALUES as u64);
    let total = total.ok_or(LibraryError::TooLarge(MOST_VALUES))? as usize;
    if total == 0 {
        return Err(LibraryError::Damaged("it has no values".into()));
    }
    let bands = bands as usize;
    let stored = Stored::of(&header)?;
    let start = usize::try_from(header.whole("header offset", Some(0))?).unwrap_or(usize::MAX);
    let bytes = values.get(start..).unwrap_or_default();
    let needed = total * stored.size();
    if bytes.len() < needed {
        let have = bytes.len();
        return Err(LibraryError::Damaged(format!("its values should have {needed} bytes and have {have}")));
    }
    let mut warnings = Vec::new();
    let wavelength_nm = wavelengths(&header, bands, &mut warnings)?;
    let bad = header.numbers("bbl", bands)?.unwrap_or_default().iter().map(|b| *b == 0.0).collect();
    let scale = header.get("reflectance scale factor").and_then(|s| s.parse::<f64>().ok());
    let scale = scale.filter(|s| s.is_finite() && *s != 0.0).unwrap_or(1.0);
    let all: Vec<f64> =
        bytes[..needed].chunks_exact(stored.size()).map(|b| stored.value(b) / scale).collect();
    let names = names(&header, count as usize, &mut warnings);
    let blank = Spectrum { name: String::new(), wavelength_nm, values: Vec::new(), bad };
    let spectra = names
        .into_iter()
        .zip(all.chunks_exact(bands))
        .map(|(name, values)| Spectrum { name, values: values.to_vec(), ..blank.clone() })
        .collect();
    Ok(Library { spectra, warnings })
}

fn wavelengths(header: &Header, bands: usize, warnings: &mut Vec<String>) -> Result<Vec<f64>, LibraryError> {
    let Some(numbers) = header.numbers("wavelength", bands)? else { return Ok(Vec::new()) };
    let named = header.get("wavelength units").and_then(Unit::named);
    let unit = named.unwrap_or_else(|| {
        let guess = Unit::guessed(&numbers);
        warnings
            .push(format!("It names no unit of wavelength; {guess:?} was taken by the size of the numbers."));
        guess
    });
    Ok(numbers.into_iter().map(|n| unit.to_nm(n)).collect())
}

fn names(header: &Header, count: usize, warnings: &mut Vec<String>) -> Vec<String> {
    let mut names = header.list("spectra names");
    if !names.is_empty() && names.len() != count {
        warnings.push(format!("It has {} names for {count} spectra.", names.len()));
    }
    names.truncate(count);
    let given = names.len();
    names.extend((given..count).map(|i| format!("Spectrum {}", i + 1)));
    names
}

/// How values are stored.
#[derive(Clone, Copy, Debug)]
struct Stored {
    kind: u64,
    is_big: bool,
}

impl Stored {
    fn of(header: &Header) -> Result<Self, LibraryError> {
        let kind = header.whole("data type", None)?;
        if !matches!(kind, 1..=5 | 12..=15) {
            return Err(LibraryError::Unsupported(format!("ENVI data type {kind} is not read in libraries")));
        }
        Ok(Self { kind, is_big: header.whole("byte order", Some(0))? == 1 })
    }

    fn size(self) -> usize {
        match self.kind {
            1 => 1,
            2 | 12 => 2,
            3 | 4 | 13 => 4,
            _ => 8,
        }
    }

    fn value(self, bytes: &[u8]) -> f64 {
        let mut raw = [0; 8];
        for (i, byte) in bytes.iter().enumerate() {
            raw[if self.is_big { bytes.len() - 1 - i } else { i }] = *byte;
        }
        let whole = u64::from_le_bytes(raw);
        match self.kind {
            2 => f64::from(whole as u16 as i16),
            3 => f64::from(whole as u32 as i32),
            4 => f64::from(f32::from_bits(whole as u32)),
            5 => f64::from_bits(whole),
            14 => whole as i64 as f64,
            _ => whole as f64,
        }
    }
}

/// Writes a library as doubles. ENVI's libraries have one list of wavelengths and of bad bands for all
/// spectra, and names without commas and braces (they become semicolons and parentheses).
pub fn write(library: &Library) -> Result<EnviFiles, LibraryError> {
    let Some(first) = library.spectra.first().filter(|s| !s.values.is_empty()) else {
        return Err(LibraryError::CannotHold("An ENVI library needs at least one spectrum with values"));
    };
    let is_alike = |s: &Spectrum| {
        s.values.len() == first.values.len() && s.wavelength_nm == first.wavelength_nm && s.bad == first.bad
    };
    if !library.spectra.iter().all(is_alike) {
        return Err(LibraryError::CannotHold(
            "An ENVI library holds one list of wavelengths for all its spectra",
        ));
    }
    let clean = |name: &str| {
        let plain: String = name
            .chars()
            .map(|c| match c {
                ',' => ';',
                '{' => '(',
                '}' => ')',
                c if c.is_control() => ' ',
                c => c,
            })
            .collect();
        plain.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let (bands, count) = (first.values.len(), library.spectra.len());
    let mut header = format!(
        "ENVI\ndescription = {{\n  Spectral library}}\nsamples = {bands}\nlines = {count}\nbands = 1\n\
         header offset = 0\nfile type = ENVI Spectral Library\ndata type = 5\ninterleave = bsq\n\
         byte order = 0\n"
    );
    let mut list = |key: &str, items: Vec<String>| {
        // Writing to a string cannot fail.
        let _ = write!(header, "{key} = {{\n {}}}\n", items.join(",\n "));
    };
    if first.has_wavelengths() {
        list("wavelength", first.wavelength_nm.iter().map(ToString::to_string).collect());
    }
    if first.bad.len() == bands {
        list("bbl", first.bad.iter().map(|b| u8::from(!b).to_string()).collect());
    }
    list("spectra names", library.spectra.iter().map(|s| clean(&s.name)).collect());
    if first.has_wavelengths() {
        header.push_str("wavelength units = Nanometers\n");
    }
    let values = library.spectra.iter().flat_map(|s| &s.values).flat_map(|v| v.to_le_bytes()).collect();
    Ok(EnviFiles { header, values })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::two_spectra;
    use proptest::prelude::*;

    #[test]
    fn what_is_written_is_read_back() {
        let mut library = two_spectra();
        for spectrum in &mut library.spectra {
            spectrum.bad = vec![false, true, false, false];
        }
        let files = write(&library).expect("written");
        assert_eq!(read(&files.header.into_bytes(), &files.values).expect("read"), library);
    }

    #[test]
    fn every_data_type_and_byte_order_is_read() {
        let wanted = [1.0_f64, 2.0, 3.0, 100.0];
        for (kind, size) in [(1, 1), (2, 2), (3, 4), (4, 4), (5, 8), (12, 2), (13, 4), (14, 8), (15, 8)] {
            for order in [0, 1] {
                let header = format!(
                    "ENVI\nsamples=2\nlines = 2\nfile type = ENVI Spectral Library\n\
                     data type = {kind}\nbyte order = {order}\nheader offset = 3\n"
                );
                let mut values = vec![9, 9, 9];
                for v in wanted {
                    let mut bytes = match kind {
                        4 => (v as f32).to_le_bytes().to_vec(),
                        5 => v.to_le_bytes().to_vec(),
                        _ => (v as u64).to_le_bytes()[..size].to_vec(),
                    };
                    if order == 1 {
                        bytes.reverse();
                    }
                    values.extend(bytes);
                }
                let library = read(header.as_bytes(), &values).unwrap_or_else(|e| panic!("{kind}: {e}"));
                assert_eq!(library.spectra[0].values, wanted[..2], "type {kind} order {order}");
                assert_eq!(library.spectra[1].values, wanted[2..], "type {kind} order {order}");
                assert_eq!(library.spectra[1].name, "Spectrum 2");
            }
        }
    }

    #[test]
    fn lies_and_cuts_are_refused_in_a_sentence() {
        let good = write(&two_spectra()).expect("written");
        let cut = &good.values[..good.values.len() - 1];
        let refused = read(good.header.as_bytes(), cut).expect_err("cut").to_string();
        assert!(refused.contains("64 bytes and have 63"), "{refused}");
        for (from, to) in [
            ("samples = 4", "samples = 18446744073709551615"),
            ("lines = 2", "lines = 4000000000"),
            ("samples = 4", "samples = 0"),
            ("samples = 4", "samples = -4"),
            ("data type = 5", "data type = 6"),
            ("bands = 1", "bands = 7"),
            ("header offset = 0", "header offset = 18446744073709551615"),
            ("Spectral Library\n", "Standard\n"),
            ("401.25", "many"),
            ("401.25,", ""),
            ("ENVI\n", "ENVY\n"),
            ("leaf}", "leaf"),
        ] {
            assert!(good.header.contains(from), "{from}");
            let lie = good.header.replacen(from, to, 1);
            let refused = read(lie.as_bytes(), &good.values);
            assert!(refused.is_err(), "{from} -> {to}: {refused:?}");
        }
        let mut two = two_spectra();
        two.spectra[1].wavelength_nm[0] = 1.0;
        assert!(matches!(write(&two), Err(LibraryError::CannotHold(_))));
    }

    #[test]
    fn a_library_of_the_berlin_urban_gradient_is_read() {
        let Some(folder) = std::env::var_os("ORTHOSCOPE_SAMPLES") else {
            eprintln!("SKIPPED: set ORTHOSCOPE_SAMPLES to read a real library");
            return;
        };
        let folder = std::path::Path::new(&folder).join("hyperspectral/engeomap");
        let header = std::fs::read(folder.join("library_berlin.hdr")).expect("header");
        let values = std::fs::read(folder.join("library_berlin.sli")).expect("values");
        let library = read(&header, &values).expect("read");
        assert_eq!((library.spectra.len(), library.spectra[0].values.len()), (75, 177));
        assert_eq!(library.spectra[0].name, "red clay tile 1");
        assert!(library.warnings.is_empty(), "{:?}", library.warnings);
        let nm = &library.spectra[0].wavelength_nm;
        assert!(nm[0] > 400.0 && nm[176] < 2600.0 && nm.is_sorted(), "{} … {}", nm[0], nm[176]);
    }

    proptest! {
        #[test]
        fn no_change_to_a_header_makes_it_panic(at in 0_usize..400, byte in any::<u8>(), cut in 0_usize..400) {
            let good = write(&two_spectra()).expect("written");
            let mut header = good.header.into_bytes();
            let at = at % header.len();
            header[at] = byte;
            let _ = read(&header, &good.values);
            header.truncate(cut);
            let _ = read(&header, &good.values);
        }
    }
}
