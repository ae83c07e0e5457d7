//! Spectra as tables of text: wide (a column or a row a spectrum) and long (a row a value).

use csv::{ReaderBuilder, StringRecord, WriterBuilder};

use super::{Library, LibraryError, MOST_VALUES, Unit, text_of};
use crate::spectrum::Spectrum;

/// Reads a table. Its first row says which kind it is:
///
/// - wavelengths behind the first cell: each row is a spectrum, by name;
/// - a column of names, one of wavelengths and one of values: each row is a value, those of a spectrum in any
///   order, with an optional column `bad`;
/// - anything else: the first column is wavelengths, each other column a spectrum.
///
/// Separated by commas, semicolons or tabs. Empty cells are values that are missing.
pub fn read(bytes: &[u8]) -> Result<Library, LibraryError> {
    let text = text_of(bytes);
    let first_line = text.lines().next().unwrap_or_default();
    let delimiter = [b';', b'\t', b','].into_iter().max_by_key(|d| {
        // Of equally many the last: commas.
        first_line.bytes().filter(|b| b == d).count()
    });
    let mut table = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter.unwrap_or(b','))
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let mut rows = Vec::new();
    let mut cells = 0;
    for row in table.records() {
        let row = row.map_err(|e| LibraryError::Line {
            line: e.position().map_or(0, csv::Position::line),
            reason: "it cannot be read as a table".into(),
        })?;
        cells += row.len();
        if cells > MOST_VALUES {
            return Err(LibraryError::TooLarge(MOST_VALUES));
        }
        if row.iter().any(|cell| !cell.is_empty()) {
            rows.push(row);
        }
    }
    let Some((head, body)) = rows.split_first().filter(|(head, body)| head.len() > 1 && !body.is_empty())
    else {
        return Err(LibraryError::NotALibrary("a table of spectra: it needs a head, two columns and a row"));
    };
    if head.iter().skip(1).all(|cell| cell.parse::<f64>().is_ok()) {
        read_rows(head, body)
    } else if let Some(long) = Long::of(head) {
        long.read(head, body)
    } else {
        read_columns(head, body)
    }
}

fn line_of(row: &StringRecord) -> u64 {
    row.position().map_or(0, csv::Position::line)
}

fn number(row: &StringRecord, column: usize) -> Result<f64, LibraryError> {
    let cell = row.get(column).unwrap_or_default();
    if cell.is_empty() {
        return Ok(f64::NAN);
    }
    cell.parse().map_err(|_| {
        let shown: String = cell.chars().take(40).collect();
        LibraryError::Line { line: line_of(row), reason: format!("`{shown}` is not a number") }
    })
}

fn unit(name: &str, numbers: &[f64]) -> Unit {
    Unit::named(&name.replace('_', " ")).unwrap_or_else(|| Unit::guessed(numbers))
}

fn read_rows(head: &StringRecord, body: &[StringRecord]) -> Result<Library, LibraryError> {
    let numbers: Vec<f64> = (1..head.len()).map(|i| number(head, i)).collect::<Result<_, _>>()?;
    let unit = unit(&head[0], &numbers);
    let wavelength_nm: Vec<f64> = numbers.iter().map(|n| unit.to_nm(*n)).collect();
    let mut spectra = Vec::with_capacity(body.len());
    for row in body {
        if row.len() != head.len() {
            let reason = format!("it has {} cells and the head has {}", row.len(), head.len());
            return Err(LibraryError::Line { line: line_of(row), reason });
        }
        let values = (1..row.len()).map(|i| number(row, i)).collect::<Result<_, _>>()?;
        spectra.push(Spectrum::new(&row[0], wavelength_nm.clone(), values));
    }
    Ok(Library { spectra, warnings: Vec::new() })
}

fn read_columns(head: &StringRecord, body: &[StringRecord]) -> Result<Library, LibraryError> {
    if let Some(row) = body.iter().find(|row| row.len() != head.len()) {
        let reason = format!("it has {} cells and the head has {}", row.len(), head.len());
        return Err(LibraryError::Line { line: line_of(row), reason });
    }
    let column = |i: usize| body.iter().map(|row| number(row, i)).collect::<Result<Vec<f64>, _>>();
    let numbers = column(0)?;
    let unit = unit(&head[0], &numbers);
    let wavelength_nm: Vec<f64> = numbers.iter().map(|n| unit.to_nm(*n)).collect();
    let one = |i: usize| Ok(Spectrum::new(&head[i], wavelength_nm.clone(), column(i)?));
    let spectra = (1..head.len()).map(one).collect::<Result<_, LibraryError>>()?;
    Ok(Library { spectra, warnings: Vec::new() })
}

/// Which columns of a long table are what.
struct Long {
    name: usize,
    wavelength: usize,
    value: usize,
    bad: Option<usize>,
}

impl Long {
    fn of(head: &StringRecord) -> Option<Self> {
        let find = |words: &[&str]| {
            head.iter().position(|cell| words.iter().any(|w| cell.to_lowercase().starts_with(w)))
        };
        Some(Self {
            name: find(&["spectrum", "name", "id", "sample"])?,
            wavelength: find(&["wavelength", "wl", "lambda", "nm"])?,
            value: find(&["value", "reflectance", "radiance", "y"])?,
            bad: find(&["bad"]),
        })
    }

    fn read(&self, head: &StringRecord, body: &[StringRecord]) -> Result<Library, LibraryError> {
        let mut spectra: Vec<Spectrum> = Vec::new();
        let mut places = std::collections::HashMap::new();
        for row in body {
            let name = row.get(self.name).unwrap_or_default();
            let place = *places.entry(name).or_insert_with(|| {
                spectra.push(Spectrum::new(name, Vec::new(), Vec::new()));
                spectra.len() - 1
            });
            let spectrum = &mut spectra[place];
            spectrum.wavelength_nm.push(number(row, self.wavelength)?);
            spectrum.values.push(number(row, self.value)?);
            if let Some(bad) = self.bad {
                spectrum.bad.push(matches!(row.get(bad), Some("1" | "true" | "yes")));
            }
        }
        let all: Vec<f64> = spectra.iter().flat_map(|s| &s.wavelength_nm).copied().collect();
        let unit = unit(&head[self.wavelength], &all);
        for spectrum in &mut spectra {
            spectrum.wavelength_nm.iter_mut().for_each(|n| *n = unit.to_nm(*n));
            if !spectrum.bad.contains(&true) {
                spectrum.bad.clear();
            }
        }
        Ok(Library { spectra, warnings: Vec::new() })
    }
}

/// Writes a wide table: a column a spectrum, a row a wavelength. Bad values are written like others.
pub fn write_wide(library: &Library) -> Result<String, LibraryError> {
    let Some(first) = library.spectra.first().filter(|s| s.has_wavelengths()) else {
        return Err(LibraryError::CannotHold("A wide table needs spectra with wavelengths"));
    };
    if library.spectra.iter().any(|s| s.wavelength_nm != first.wavelength_nm || !s.has_wavelengths()) {
        return Err(LibraryError::CannotHold(
            "A wide table holds one list of wavelengths for all its spectra",
        ));
    }
    let names = library.spectra.iter().map(|s| s.name.clone());
    let head = std::iter::once("wavelength_nm".to_owned()).chain(names).collect();
    let row = |i: usize| {
        let values = library.spectra.iter().map(|s| cell(s.values[i]));
        std::iter::once(cell(first.wavelength_nm[i])).chain(values).collect()
    };
    Ok(table(std::iter::once(head).chain((0..first.values.len()).map(row))))
}

/// Writes a long table: `spectrum,wavelength_nm,value,bad`, which can hold any spectra with wavelengths.
pub fn write_long(library: &Library) -> Result<String, LibraryError> {
    if !library.spectra.iter().all(Spectrum::has_wavelengths) {
        return Err(LibraryError::CannotHold("A long table needs spectra with wavelengths"));
    }
    let head = ["spectrum", "wavelength_nm", "value", "bad"].map(str::to_owned).to_vec();
    let rows = library.spectra.iter().flat_map(|s| {
        (0..s.values.len()).map(move |i| {
            let is_bad = s.bad.get(i).copied().unwrap_or(false);
            vec![s.name.clone(), cell(s.wavelength_nm[i]), cell(s.values[i]), u8::from(is_bad).to_string()]
        })
    });
    Ok(table(std::iter::once(head).chain(rows)))
}

fn cell(value: f64) -> String {
    if value.is_finite() { value.to_string() } else { String::new() }
}

fn table(rows: impl Iterator<Item = Vec<String>>) -> String {
    let mut writer = WriterBuilder::new().flexible(true).from_writer(Vec::new());
    for row in rows {
        // Writing to memory cannot fail.
        let _ = writer.write_record(&row);
    }
    String::from_utf8(writer.into_inner().unwrap_or_default()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::two_spectra;
    use proptest::prelude::*;

    #[test]
    fn what_is_written_is_read_back() {
        let mut library = two_spectra();
        library.spectra[1].name = "leaf, \"young\"; τ".into();
        assert_eq!(read(write_wide(&library).expect("written").as_bytes()).expect("read"), library);
        library.spectra[0].bad = vec![false, false, true, false];
        library.spectra[1].wavelength_nm.pop();
        library.spectra[1].values.pop();
        assert!(matches!(write_wide(&library), Err(LibraryError::CannotHold(_))));
        let mut back = read(write_long(&library).expect("written").as_bytes()).expect("read");
        back.spectra[1].bad.clear();
        assert_eq!(back, library);
    }

    #[test]
    fn rows_columns_separators_and_units_are_recognised() {
        for text in [
            "name,0.4,0.5,0.6\nsoil,1,2,3\nleaf,4,,6\n",
            "name;400;500;600\nsoil;1;2;3\nleaf;4;;6\n",
            "wavelength (um)\tsoil\tleaf\n0.4\t1\t4\n0.5\t2\t\n0.6\t3\t6\n",
            "\u{feff}nm,soil,leaf\r\n400,1,4\r\n\r\n500,2,\r\n600,3,6\r\n",
            "sample,wavelength_nm,reflectance\nsoil,400,1\nleaf,400,4\nsoil,500,2\nleaf,500,\nsoil,600,3\nleaf,600,6\n",
        ] {
            let library = read(text.as_bytes()).unwrap_or_else(|e| panic!("{text}: {e}"));
            let [soil, leaf] = &library.spectra[..] else { panic!("two spectra: {library:?}") };
            assert_eq!((soil.name.as_str(), leaf.name.as_str()), ("soil", "leaf"), "{text}");
            assert_eq!(soil.wavelength_nm, [400.0, 500.0, 600.0], "{text}");
            assert_eq!(soil.values, [1.0, 2.0, 3.0], "{text}");
            assert!(leaf.values[1].is_nan() && leaf.values[2] == 6.0, "{text}");
        }
    }

    #[test]
    fn broken_tables_name_the_line() {
        let refused = read(b"nm,soil\n400,1\n500,much\n").expect_err("not a number").to_string();
        assert_eq!(refused, "Line 3: `much` is not a number");
        assert!(matches!(read(b"nm,soil\n400,1,7\n"), Err(LibraryError::Line { line: 2, .. })));
        for empty in [&b""[..], b"nm,soil\n", b"nm\n400\n", b"\n\n\n"] {
            assert!(matches!(read(empty), Err(LibraryError::NotALibrary(_))), "{empty:?}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = read(&bytes);
        }

        #[test]
        fn any_values_survive_a_long_table(
            values in prop::collection::vec((100.0_f64..20_000.0, -1e6_f64..1e6), 1..20), name in "[ -~]{1,20}",
        ) {
            let (nm, values): (Vec<f64>, Vec<f64>) = values.into_iter().unzip();
            let library =
                Library { spectra: vec![Spectrum::new(name.trim(), nm, values)], warnings: Vec::new() };
            let back = read(write_long(&library).expect("written").as_bytes()).expect("read");
            prop_assert_eq!(back, library);
        }
    }
}
