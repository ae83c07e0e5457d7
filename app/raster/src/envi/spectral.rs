//! What an ENVI header says about bands: wavelengths in any unit, widths, bad bands, names, scales.

use crate::envi::header::Header;

/// Unit of `wavelength` and `fwhm`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Unit {
    /// So many nanometres.
    Length(f64),
    /// Waves per centimetre.
    Wavenumber,
    /// So many hertz.
    Frequency(f64),
    /// Numbers that are no wavelengths.
    Index,
}

/// Nanometres that light travels in a second.
const LIGHT_NM_PER_S: f64 = 299_792_458e9;

impl Unit {
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Some(match name.trim().to_lowercase().as_str() {
            "nanometers" | "nanometer" | "nanometres" | "nanometre" | "nm" => Self::Length(1.0),
            "micrometers" | "micrometer" | "micrometres" | "micrometre" | "microns" | "micron" | "um"
            | "µm" | "μm" => Self::Length(1e3),
            "millimeters" | "millimetres" | "mm" => Self::Length(1e6),
            "centimeters" | "centimetres" | "cm" => Self::Length(1e7),
            "meters" | "metres" | "m" => Self::Length(1e9),
            "angstroms" | "angstrom" | "å" => Self::Length(0.1),
            "wavenumber" | "wavenumbers" | "1/cm" | "cm-1" | "cm^-1" => Self::Wavenumber,
            "ghz" => Self::Frequency(1e9),
            "mhz" => Self::Frequency(1e6),
            "index" => Self::Index,
            _ => return None,
        })
    }

    /// A header without unit: where all numbers are below 100 they can only be micrometres.
    pub(crate) fn guess(numbers: &[f64]) -> Self {
        let largest = numbers.iter().copied().filter(|n| n.is_finite()).fold(0.0, f64::max);
        Self::Length(if largest < 100.0 { 1e3 } else { 1.0 })
    }

    pub(crate) fn wavelength_nm(self, n: f64) -> Option<f64> {
        let nm = match self {
            Self::Length(nm) => n * nm,
            Self::Wavenumber => 1e7 / n,
            Self::Frequency(hertz) => LIGHT_NM_PER_S / (n * hertz),
            Self::Index => return None,
        };
        (n > 0.0 && nm.is_finite() && nm > 0.0).then_some(nm)
    }

    /// The width in nanometres of a band at `at` whose width is given in this unit.
    pub(crate) fn width_nm(self, at: f64, width: f64) -> Option<f64> {
        let nm = match self {
            Self::Length(nm) => width * nm,
            Self::Wavenumber => 1e7 * width / (at * at),
            Self::Frequency(hertz) => LIGHT_NM_PER_S * width / (at * at * hertz),
            Self::Index => return None,
        };
        (width > 0.0 && nm.is_finite() && nm > 0.0).then_some(nm)
    }
}

impl Header {
    fn unit(&self, wavelengths: &[f64]) -> Unit {
        self.text("wavelength units").and_then(Unit::from_name).unwrap_or_else(|| Unit::guess(wavelengths))
    }

    /// Centre wavelength of each of `count` bands (or channels of a library) in nanometres; `None` where
    /// the header says none or nothing sensible. Empty when there is no list of that length.
    pub fn wavelengths_nm(&self, count: usize) -> Vec<Option<f64>> {
        let numbers = self.numbers("wavelength");
        let unit = self.unit(&numbers);
        let nm: Vec<Option<f64>> = numbers.iter().map(|n| unit.wavelength_nm(*n)).collect();
        if nm.len() == count && nm.iter().any(Option::is_some) { nm } else { Vec::new() }
    }

    /// Width of each of `count` bands at half of its height, in nanometres, like [`Header::wavelengths_nm`].
    pub fn fwhm_nm(&self, count: usize) -> Vec<Option<f64>> {
        let (at, widths) = (self.numbers("wavelength"), self.numbers("fwhm"));
        if at.len() != count || widths.len() != count {
            return Vec::new();
        }
        let unit = self.unit(&at);
        at.iter().zip(&widths).map(|(at, width)| unit.width_nm(*at, *width)).collect()
    }

    /// True for each of `count` bands that `bbl` marks as bad (0). Empty without a list of that length.
    pub fn bad_bands(&self, count: usize) -> Vec<bool> {
        let flags = self.numbers("bbl");
        if flags.len() == count { flags.into_iter().map(|flag| flag == 0.0).collect() } else { Vec::new() }
    }

    /// The bands to show at first, counted from 0: one, or three as red, green and blue.
    pub fn default_bands(&self, count: usize) -> Vec<usize> {
        let bands: Vec<usize> = self
            .numbers("default bands")
            .into_iter()
            .filter(|n| n.fract() == 0.0 && *n >= 1.0 && *n <= count as f64)
            .map(|n| n as usize - 1)
            .collect();
        if matches!(bands.len(), 1 | 3) { bands } else { Vec::new() }
    }

    /// What each of `count` stored values is to be multiplied with, and what is then added, to get the
    /// physical value: gains and offsets of bands where they are given, else one reflectance scale factor.
    pub fn scales(&self, count: usize) -> Vec<(Option<f64>, Option<f64>)> {
        let listed = |key: &str| {
            let numbers = self.numbers(key);
            if numbers.len() == count { numbers } else { vec![f64::NAN; count] }
        };
        let finite = |n: f64| n.is_finite().then_some(n);
        let (gains, offsets) = (listed("data gain values"), listed("data offset values"));
        let factor = self.number("reflectance scale factor").filter(|n| n.is_finite() && *n > 0.0);
        let scales =
            gains.into_iter().zip(offsets).map(|(gain, offset)| match (finite(gain), finite(offset)) {
                (None, None) => (factor.map(|f| 1.0 / f), None),
                both => both,
            });
        scales.collect()
    }

    /// Colours by class number, at most 65536.
    pub fn class_colors(&self) -> Vec<[u8; 3]> {
        let numbers = self.numbers("class lookup");
        let (colors, _) = numbers.as_chunks::<3>();
        colors.iter().take(65536).map(|rgb| rgb.map(|n| n.clamp(0.0, 255.0) as u8)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(fields: &str) -> Header {
        Header::parse(&format!("ENVI\n{fields}\n")).expect("a header")
    }

    fn close(found: &[Option<f64>], expected: &[f64]) {
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(expected) {
            assert!(found.is_some_and(|f| (f - expected).abs() < 1e-6 * expected), "{found:?} {expected}");
        }
    }

    #[test]
    fn wavelengths_come_in_nanometres_whatever_their_unit() {
        for (unit, numbers, fwhm) in [
            ("Nanometers", "500, 2000", "10, 20"),
            ("Micrometers", "0.5, 2.0", "0.01, 0.02"),
            ("µm", "0.5, 2.0", "0.01, 0.02"),
            ("Angstroms", "5000, 20000", "100, 200"),
            ("Wavenumber", "20000, 5000", "400, 50"),
            ("GHz", "599584.916, 149896.229", "11991.69832, 1498.96229"),
            ("Unknown", "500, 2000", "10, 20"),
            ("Unknown", "0.5, 2.0", "0.01, 0.02"),
        ] {
            let h =
                header(&format!("wavelength units = {unit}\nwavelength = {{{numbers}}}\nfwhm = {{{fwhm}}}"));
            close(&h.wavelengths_nm(2), &[500.0, 2000.0]);
            close(&h.fwhm_nm(2), &[10.0, 20.0]);
        }
        assert!(header("wavelength units = Index\nwavelength = {1, 2}").wavelengths_nm(2).is_empty());
    }

    #[test]
    fn nonsense_among_wavelengths_is_left_out_and_lists_of_another_length_altogether() {
        let h = header("wavelength = {NaN, -5, 700, inf, x, 0}\nfwhm = {1, 1, 0, 1, 1, 1}\nbbl = {1, 0, 1}");
        assert_eq!(h.wavelengths_nm(6), [None, None, Some(700.0), None, None, None]);
        assert_eq!(h.fwhm_nm(6)[2], None);
        assert!(h.wavelengths_nm(5).is_empty() && h.bad_bands(6).is_empty());
        assert_eq!(h.bad_bands(3), [false, true, false]);
    }

    #[test]
    fn default_bands_count_from_one_in_the_file_and_from_zero_here() {
        assert_eq!(header("default bands = {47, 29, 14}").default_bands(50), [46, 28, 13]);
        assert_eq!(header("default bands = {2}").default_bands(50), [1]);
        assert!(header("default bands = {0, 2, 3}").default_bands(50).is_empty());
        assert!(header("default bands = {51, 2, 3}").default_bands(50).is_empty());
    }

    #[test]
    fn a_scale_factor_divides_and_gains_go_before_it() {
        assert_eq!(header("reflectance scale factor = 10000").scales(1), [(Some(1e-4), None)]);
        let h = header(
            "reflectance scale factor = 10000\ndata gain values = {0.5, 2}\ndata offset values = {1, 3}",
        );
        assert_eq!(h.scales(2), [(Some(0.5), Some(1.0)), (Some(2.0), Some(3.0))]);
        assert_eq!(h.scales(3), [(Some(1e-4), None); 3]);
    }
}
