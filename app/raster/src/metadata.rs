//! Names, units, no-data and remarks of a TIFF, from its own tags and GDAL's, and from `.aux.xml` beside it.

use std::collections::BTreeMap;
use std::path::Path;

use crate::about::{BandAbout, Domains};
use crate::describe::ColorRole;
use crate::ifd::{Directory, Tiff};
use crate::pam::{Pam, PamBand};
use crate::{markup, rpc, tags, wavelength};

/// What is said about one sample.
#[derive(Clone, Debug, Default)]
pub(crate) struct BandRemarks {
    pub(crate) name: Option<String>,
    pub(crate) color: Option<ColorRole>,
    pub(crate) scale: Option<f64>,
    pub(crate) offset: Option<f64>,
    pub(crate) unit: Option<String>,
    pub(crate) no_data: Option<f64>,
    pub(crate) wavelength_nm: Option<f64>,
    pub(crate) fwhm_nm: Option<f64>,
    /// Marked as not to be used.
    pub(crate) bad: bool,
    pub(crate) categories: Vec<String>,
    pub(crate) colors: Vec<[u16; 4]>,
    pub(crate) domains: Domains,
}

/// What a file says about itself besides its pixels.
#[derive(Clone, Debug, Default)]
pub(crate) struct Metadata {
    pub(crate) no_data: Option<f64>,
    pub(crate) domains: Domains,
    bands: BTreeMap<usize, BandRemarks>,
}

/// Bands are counted up to here.
const MOST_BANDS: usize = 65_536;

impl Metadata {
    pub(crate) fn band(&self, sample: usize) -> Option<&BandRemarks> {
        self.bands.get(&sample)
    }

    pub(crate) fn read(tiff: &Tiff, dir: &Directory, path: &Path) -> Self {
        let text = |tag| dir.entry(tag).and_then(|e| tiff.text(e));
        let mut new =
            Self { no_data: text(tags::GDAL_NODATA).and_then(|t| parse_number(&t)), ..Self::default() };
        new.add_tags(tiff, dir);
        if let Some(numbers) = dir.entry(tags::RPC_COEFFICIENTS).and_then(|e| tiff.doubles(e).ok()) {
            rpc::from_tag(&numbers, &mut new.domains);
        }
        if let Some(xml) = text(tags::GDAL_METADATA) {
            new.add_items(&xml);
        }
        rpc::from_neighbours(path, &mut new.domains);
        if let Some(pam) = Pam::beside(path) {
            new.add_pam(&pam);
        }
        new.find_wavelengths();
        new
    }

    /// Plain TIFF tags under the names that GDAL gives them.
    fn add_tags(&mut self, tiff: &Tiff, dir: &Directory) {
        let texts = [
            (tags::DOCUMENT_NAME, "TIFFTAG_DOCUMENTNAME"),
            (tags::IMAGE_DESCRIPTION, "TIFFTAG_IMAGEDESCRIPTION"),
            (tags::SOFTWARE, "TIFFTAG_SOFTWARE"),
            (tags::DATE_TIME, "TIFFTAG_DATETIME"),
            (tags::ARTIST, "TIFFTAG_ARTIST"),
            (tags::HOST_COMPUTER, "TIFFTAG_HOSTCOMPUTER"),
            (tags::COPYRIGHT, "TIFFTAG_COPYRIGHT"),
            (tags::GEO_METADATA, "GEO_METADATA"),
            (tags::TIFF_RSID, "TIFF_RSID"),
        ];
        for (tag, name) in texts {
            if let Some(text) = dir.entry(tag).and_then(|e| tiff.text(e)) {
                self.domains.set("", name, text);
            }
        }
        for (tag, name) in
            [(tags::X_RESOLUTION, "TIFFTAG_XRESOLUTION"), (tags::Y_RESOLUTION, "TIFFTAG_YRESOLUTION")]
        {
            let value = dir.entry(tag).and_then(|e| tiff.doubles(e).ok()).and_then(|d| d.first().copied());
            if let Some(value) = value {
                // GDAL has them as floats.
                self.domains.set("", name, significant(f64::from(value as f32), 8));
            }
        }
        let unit = match tiff.first(dir, tags::RESOLUTION_UNIT) {
            Ok(Some(1)) => Some("1 (unitless)".to_owned()),
            Ok(Some(2)) => Some("2 (pixels/inch)".to_owned()),
            Ok(Some(3)) => Some("3 (pixels/cm)".to_owned()),
            Ok(Some(other)) => Some(other.to_string()),
            Ok(None) | Err(_) => None,
        };
        if let Some(unit) = unit {
            self.domains.set("", "TIFFTAG_RESOLUTIONUNIT", unit);
        }
        for (tag, name) in [
            (tags::MIN_SAMPLE_VALUE, "TIFFTAG_MINSAMPLEVALUE"),
            (tags::MAX_SAMPLE_VALUE, "TIFFTAG_MAXSAMPLEVALUE"),
        ] {
            if let Ok(Some(value)) = tiff.first(dir, tag) {
                self.domains.set("", name, value.to_string());
            }
        }
        if let Some(text) = dir.entry(tags::XMP).and_then(|e| tiff.text(e)) {
            self.domains.set_text("xml:XMP", text);
        }
    }

    fn add_items(&mut self, xml: &str) {
        for item in markup::elements(xml, "Item") {
            let Some(name) = item.attribute("name") else { continue };
            // GDAL escapes what it puts there twice.
            let text = markup::resolve(&item.text);
            let domain = item.attribute("domain").unwrap_or_default();
            let sample = item.attribute("sample").and_then(|s| s.parse::<usize>().ok());
            let role = item.attribute("role").unwrap_or_default();
            let Some(sample) = sample else {
                if domain.starts_with("xml:") {
                    self.domains.set_text(&domain, text);
                } else {
                    self.domains.set(&domain, &name, text);
                }
                continue;
            };
            if sample >= MOST_BANDS {
                continue;
            }
            let band = self.bands.entry(sample).or_default();
            match role.as_str() {
                "description" => band.name = Some(text),
                "scale" => band.scale = parse_number(&text),
                "offset" => band.offset = parse_number(&text),
                "unittype" => band.unit = Some(text),
                "colorinterp" => band.color = color_role(&text),
                _ => band.domains.set(&domain, &name, text),
            }
        }
    }

    /// What was added without touching the image wins over what the image says.
    fn add_pam(&mut self, pam: &Pam) {
        self.domains.overlay(&pam.domains);
        for (sample, band) in &pam.bands {
            self.bands.entry(*sample).or_default().overlay(band);
        }
        // One value for all bands, as a TIFF has it.
        if let Some(no_data) = pam.bands.values().find_map(|b| b.no_data) {
            self.no_data = Some(no_data);
        }
    }

    fn find_wavelengths(&mut self) {
        let of_all = wavelength::Lists::of(&self.domains);
        for sample in 0..of_all.len() {
            let band = self.bands.entry(sample).or_default();
            band.wavelength_nm = of_all.wavelength(sample);
            band.fwhm_nm = of_all.fwhm(sample);
            band.bad = of_all.is_bad(sample);
        }
        for band in self.bands.values_mut() {
            let own = wavelength::of_band(&band.domains, band.name.as_deref());
            band.wavelength_nm = own.wavelength_nm.or(band.wavelength_nm);
            band.fwhm_nm = own.fwhm_nm.or(band.fwhm_nm);
            band.bad |= own.bad;
        }
    }
}

impl BandRemarks {
    /// What of it has no place of its own in a band's description.
    pub(crate) fn about(&self) -> BandAbout {
        BandAbout {
            unit: self.unit.clone(),
            categories: self.categories.clone(),
            colors: self.colors.clone(),
            domains: self.domains.clone(),
            ..BandAbout::default()
        }
    }

    fn overlay(&mut self, pam: &PamBand) {
        let take = |own: &mut Option<String>, other: &Option<String>| {
            if other.is_some() {
                own.clone_from(other);
            }
        };
        take(&mut self.name, &pam.name);
        take(&mut self.unit, &pam.unit);
        self.scale = pam.scale.or(self.scale);
        self.offset = pam.offset.or(self.offset);
        self.color = pam.color.or(self.color);
        self.no_data = pam.no_data.or(self.no_data);
        if !pam.categories.is_empty() {
            self.categories.clone_from(&pam.categories);
        }
        if !pam.colors.is_empty() {
            self.colors.clone_from(&pam.colors);
        }
        self.domains.overlay(&pam.domains);
    }
}

/// A number as GDAL writes it, which may be “nan”, “inf” or have a comma for its point.
pub(crate) fn parse_number(text: &str) -> Option<f64> {
    let text = text.trim().trim_end_matches('\0');
    match text.to_ascii_lowercase().as_str() {
        "nan" | "-nan" | "1.#qnan" | "-1.#ind" | "1.#ind" => Some(f64::NAN),
        "1.#inf" => Some(f64::INFINITY),
        "-1.#inf" => Some(f64::NEG_INFINITY),
        "" => None,
        _ => text.parse().ok(),
    }
}

/// A number with up to so many digits, as C's `%.15g` writes it for 15.
pub(crate) fn significant(value: f64, digits: usize) -> String {
    let last = digits.max(1) - 1;
    if !value.is_finite() {
        return if value.is_nan() {
            "nan".into()
        } else if value > 0.0 {
            "inf".into()
        } else {
            "-inf".into()
        };
    }
    let text = format!("{value:.last$e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let short = |text: &str| {
        let is_fraction = text.contains('.');
        if is_fraction {
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        } else {
            text.to_owned()
        }
    };
    if (-4..=last as i32).contains(&exponent) {
        return short(&format!("{value:.*}", (last as i32 - exponent) as usize));
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{}e{sign}{:02}", short(mantissa), exponent.abs())
}

/// The role that GDAL's name of a colour stands for.
pub(crate) fn color_role(name: &str) -> Option<ColorRole> {
    Some(match name.trim().to_ascii_lowercase().as_str() {
        "gray" | "grey" => ColorRole::Gray,
        "red" => ColorRole::Red,
        "green" => ColorRole::Green,
        "blue" => ColorRole::Blue,
        "alpha" => ColorRole::Alpha,
        "cyan" => ColorRole::Cyan,
        "magenta" => ColorRole::Magenta,
        "yellow" => ColorRole::Yellow,
        "black" => ColorRole::Black,
        "undefined" => ColorRole::Undefined,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_go_to_their_band_and_their_group() {
        let mut metadata = Metadata::default();
        metadata.add_items(
            r#"<GDALMetadata><Item name="DESCRIPTION" sample="1" role="description">nir</Item>
            <Item name="UNITTYPE" sample="1" role="unittype">W/m2</Item>
            <Item name="CENTRAL_WAVELENGTH_UM" sample="1" domain="IMAGERY">0.842</Item>
            <Item name="wavelength" sample="0">665</Item><Item name="wavelength_units" sample="0">Nanometers</Item>
            <Item name="LAYOUT" domain="rio">x</Item><Item name="TIFFTAG_DATETIME">2015:07:12 10:00:00</Item>
            </GDALMetadata>"#,
        );
        metadata.find_wavelengths();
        let nir = metadata.band(1).expect("there");
        assert_eq!((nir.name.as_deref(), nir.unit.as_deref()), (Some("nir"), Some("W/m2")));
        assert_eq!(nir.wavelength_nm, Some(842.0));
        assert_eq!(metadata.band(0).and_then(|b| b.wavelength_nm), Some(665.0));
        assert_eq!(metadata.domains.get("rio", "LAYOUT"), Some("x"));
        assert_eq!(metadata.domains.get("", "TIFFTAG_DATETIME"), Some("2015:07:12 10:00:00"));
    }

    #[test]
    fn numbers_are_read_and_written_as_gdal_does() {
        assert!(parse_number(" nan ").is_some_and(f64::is_nan));
        assert_eq!([parse_number("-1e3"), parse_number("x"), parse_number("")], [Some(-1000.0), None, None]);
        for (value, text) in
            [(72.0, "72"), (0.1, "0.1"), (1e-5, "1e-05"), (1e20, "1e+20"), (0.0, "0"), (-2.5, "-2.5")]
        {
            assert_eq!(significant(value, 15), text);
        }
        assert_eq!(significant(f64::from(0.1_f32), 15), "0.100000001490116");
        assert_eq!(significant(f64::from(72.8_f32), 8), "72.800003");
    }
}
