//! Composites that find their bands by wavelength.

use std::sync::OnceLock;

use serde::Deserialize;

use crate::spectrum::nearest_band;

const BUILT_IN: &str = include_str!("../../../assets/band_presets.toml");

/// Three wavelengths that make a picture.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct BandPreset {
    /// Stable, as in `color-infrared`.
    pub id: String,
    /// For people.
    pub name: String,
    /// What one sees, in a sentence.
    pub shows: String,
    /// For red, green and blue.
    pub wavelength_nm: [f64; 3],
    /// How far a band may lie from each.
    pub within_nm: [f64; 3],
    /// Where the combination is described.
    pub source: String,
}

#[derive(Deserialize)]
struct Table {
    preset: Vec<BandPreset>,
}

/// The presets of `assets/band_presets.toml`.
pub fn band_presets() -> &'static [BandPreset] {
    static PRESETS: OnceLock<Vec<BandPreset>> = OnceLock::new();
    // A test reads the file; one that is broken would leave the list empty, never end the program.
    PRESETS.get_or_init(|| toml::from_str::<Table>(BUILT_IN).map(|t| t.preset).unwrap_or_default())
}

impl BandPreset {
    /// The three bands for an image with these wavelengths, from 0; `None` when one is missing or two would
    /// be the same. Bad bands are passed over.
    pub fn bands(&self, wavelength_nm: &[Option<f64>], bad: &[bool]) -> Option<[usize; 3]> {
        let mut found = [0; 3];
        for ((band, nm), within) in found.iter_mut().zip(self.wavelength_nm).zip(self.within_nm) {
            *band = nearest_band(wavelength_nm, bad, nm, within)?;
        }
        let [r, g, b] = found;
        (r != g && g != b && r != b).then_some(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn preset(id: &str) -> &'static BandPreset {
        band_presets().iter().find(|p| p.id == id).unwrap_or_else(|| panic!("no preset {id}"))
    }

    #[test]
    fn the_table_reads_and_each_preset_is_complete_and_named_once() {
        let table: Table = toml::from_str(BUILT_IN).expect("TOML");
        assert!(table.preset.len() >= 8);
        let mut ids: Vec<&str> = table.preset.iter().map(|p| p.id.as_str()).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), table.preset.len());
        for p in &table.preset {
            assert!(p.wavelength_nm.iter().all(|nm| (300.0..3000.0).contains(nm)), "{}", p.id);
            assert!(p.within_nm.iter().all(|nm| *nm > 0.0) && !p.source.is_empty() && p.shows.ends_with('.'));
        }
    }

    #[test]
    fn sentinel_2_has_the_bands_of_every_preset() {
        let nm =
            [442.7, 492.4, 559.8, 664.6, 704.1, 740.5, 782.8, 832.8, 864.7, 945.1, 1613.7, 2202.4].map(Some);
        let none: Vec<&str> =
            band_presets().iter().filter(|p| p.bands(&nm, &[]).is_none()).map(|p| p.id.as_str()).collect();
        assert!(none.is_empty(), "{none:?}");
        assert_eq!(preset("true-color").bands(&nm, &[]), Some([3, 2, 1]));
        assert_eq!(preset("color-infrared").bands(&nm, &[]), Some([8, 3, 2]));
        assert_eq!(preset("shortwave-infrared").bands(&nm, &[]), Some([11, 8, 3]));
    }

    #[test]
    fn bad_bands_are_passed_over_and_a_camera_has_only_true_colour() {
        let nm = [450.0, 550.0, 560.0, 650.0, 660.0].map(Some);
        let bad = [false, false, true, false, false];
        assert_eq!(preset("true-color").bands(&nm, &bad), Some([3, 1, 0]));
        let possible: Vec<&str> =
            band_presets().iter().filter(|p| p.bands(&nm, &bad).is_some()).map(|p| p.id.as_str()).collect();
        assert_eq!(possible, ["true-color", "shallow-water"]);
        assert_eq!(preset("true-color").bands(&[None; 5], &[]), None);
    }
}
