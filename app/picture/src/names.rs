//! What parts of an image are called.

use raster::{ColorRole, ImageDescription};

/// What a person calls a band: its number, its name or colour, its wavelength.
pub fn band_name(image: &ImageDescription, band: usize) -> String {
    let Some(b) = image.bands.get(band) else { return format!("{}", band + 1) };
    let color = match b.color {
        ColorRole::Red => Some("red"),
        ColorRole::Green => Some("green"),
        ColorRole::Blue => Some("blue"),
        ColorRole::Alpha => Some("alpha"),
        _ => None,
    };
    let number = Some(format!("{}", band + 1));
    let words = b.name.clone().or_else(|| color.map(ToOwned::to_owned));
    // Many cubes name their bands by the wavelength.
    let says_it = words.as_ref().is_some_and(|words| words.contains("nm"));
    let wavelength = b.wavelength_nm.filter(|_| !says_it).map(|nm| format!("{nm:.0}\u{a0}nm"));
    [number, words, wavelength].into_iter().flatten().collect::<Vec<_>>().join("  ")
}
