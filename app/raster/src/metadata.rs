//! Names, units, no-data and remarks of a TIFF, from its own tags and GDAL's.

use std::collections::BTreeMap;
use std::path::Path;

use crate::describe::ColorRole;
use crate::file::small_text;
use crate::ifd::{Directory, Tiff};
use crate::{markup, tags};

/// What is said about one sample.
#[derive(Clone, Debug, Default)]
pub(crate) struct BandRemarks {
    pub(crate) name: Option<String>,
    pub(crate) color: Option<ColorRole>,
    pub(crate) scale: Option<f64>,
    pub(crate) offset: Option<f64>,
    pub(crate) wavelength_nm: Option<f64>,
    pub(crate) fwhm_nm: Option<f64>,
}

/// What a file says about itself besides its pixels.
#[derive(Clone, Debug, Default)]
pub(crate) struct Metadata {
    pub(crate) no_data: Option<f64>,
    pub(crate) items: Vec<(String, String)>,
    bands: BTreeMap<usize, BandRemarks>,
}

impl Metadata {
    pub(crate) fn band(&self, sample: usize) -> Option<&BandRemarks> {
        self.bands.get(&sample)
    }

    pub(crate) fn read(tiff: &Tiff, dir: &Directory, path: &Path) -> Self {
        let text = |tag| dir.entry(tag).and_then(|e| tiff.text(e));
        let mut new =
            Self { no_data: text(tags::GDAL_NODATA).and_then(|t| parse_number(&t)), ..Self::default() };
        let named = [
            (tags::IMAGE_DESCRIPTION, "IMAGE_DESCRIPTION"),
            (tags::SOFTWARE, "SOFTWARE"),
            (tags::DATE_TIME, "DATE_TIME"),
        ];
        for (tag, name) in named {
            if let Some(text) = text(tag) {
                new.items.push((name.into(), text));
            }
        }
        if let Some(xml) = text(tags::GDAL_METADATA) {
            new.add_items(&xml);
        }
        new.add_neighbour(path);
        new
    }

    fn add_items(&mut self, xml: &str) {
        for item in markup::elements(xml, "Item") {
            let Some(name) = item.attribute("name") else { continue };
            let sample = item.attribute("sample").and_then(|s| s.parse::<usize>().ok());
            let role = item.attribute("role").unwrap_or_default();
            let Some(sample) = sample.filter(|s| *s < 65536) else {
                self.items.push((name, item.text));
                continue;
            };
            let band = self.bands.entry(sample).or_default();
            match role.as_str() {
                "description" => band.name = Some(item.text),
                "scale" => band.scale = parse_number(&item.text),
                "offset" => band.offset = parse_number(&item.text),
                "colorinterp" => band.color = color_role(&item.text),
                _ => {
                    band.remark(&name, &item.text);
                    self.items.push((format!("Band_{}_{name}", sample + 1), item.text));
                }
            }
        }
    }

    /// `.aux.xml`: band names and no-data that were added without touching the image.
    fn add_neighbour(&mut self, path: &Path) {
        let Some(name) = path.file_name() else { return };
        let mut name = name.to_os_string();
        name.push(".aux.xml");
        let Some(xml) = small_text(&path.with_file_name(name)) else { return };
        for element in markup::elements(&xml, "PAMRasterBand") {
            let Some(band) = element.attribute("band").and_then(|b| b.parse::<usize>().ok()) else {
                continue;
            };
            if !(1..=65536).contains(&band) {
                continue;
            }
            let remarks = self.bands.entry(band - 1).or_default();
            if let Some(name) = markup::first_text(&element.text, "Description") {
                remarks.name = Some(name);
            }
            if let Some(no_data) = markup::first_text(&element.text, "NoDataValue") {
                self.no_data = parse_number(&no_data).or(self.no_data);
            }
        }
    }
}

impl BandRemarks {
    fn remark(&mut self, name: &str, text: &str) {
        let number = || parse_number(text).filter(|n| *n > 0.0);
        match name.to_ascii_uppercase().as_str() {
            "WAVELENGTH_NM" => self.wavelength_nm = number(),
            "WAVELENGTH" => self.wavelength_nm = number().map(nanometres),
            "CENTRAL_WAVELENGTH_UM" => self.wavelength_nm = number().map(|n| n * 1000.0),
            "FWHM_NM" => self.fwhm_nm = number(),
            "FWHM" => self.fwhm_nm = number().map(nanometres),
            "FWHM_UM" => self.fwhm_nm = number().map(|n| n * 1000.0),
            _ => {}
        }
    }
}

/// A wavelength without unit: below 100 it can only be micrometres.
fn nanometres(n: f64) -> f64 {
    if n < 100.0 { n * 1000.0 } else { n }
}

fn parse_number(text: &str) -> Option<f64> {
    let text = text.trim().trim_end_matches('\0');
    match text.to_ascii_lowercase().as_str() {
        "nan" | "-nan" | "1.#qnan" | "-1.#ind" => Some(f64::NAN),
        "" => None,
        _ => text.parse().ok(),
    }
}

fn color_role(name: &str) -> Option<ColorRole> {
    Some(match name.to_ascii_lowercase().as_str() {
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
