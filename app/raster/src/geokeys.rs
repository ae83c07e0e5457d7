//! GeoKeys: the small key table in which a GeoTIFF names its coordinate reference system.

use std::collections::BTreeMap;

use crate::ifd::{Directory, Tiff};
use crate::tags;

pub(crate) const GT_MODEL_TYPE: u16 = 1024;
pub(crate) const GT_RASTER_TYPE: u16 = 1025;
pub(crate) const GT_CITATION: u16 = 1026;
pub(crate) const GEODETIC_CRS: u16 = 2048;
pub(crate) const PROJECTED_CRS: u16 = 3072;
pub(crate) const PROJECTED_CITATION: u16 = 3073;
pub(crate) const VERTICAL_CRS: u16 = 4096;
pub(crate) const VERTICAL_UNITS: u16 = 4099;
pub(crate) const COORDINATE_EPOCH: u16 = 5120;
/// What stands before WKT in the citation of a projected CRS.
pub(crate) const PE_STRING: &str = "ESRI PE String = ";

/// “The file defines it itself.”
pub(crate) const USER_DEFINED: u32 = 32767;

/// One value of the key table.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum GeoValue {
    Code(u32),
    Doubles(Vec<f64>),
    Text(String),
}

/// The keys of one image.
#[derive(Clone, Debug, Default)]
pub(crate) struct GeoKeys(BTreeMap<u16, GeoValue>);

impl GeoKeys {
    /// Reads the three tags; keys that contradict them are left out.
    pub(crate) fn read(tiff: &Tiff, dir: &Directory) -> Self {
        let Some(directory) = dir.entry(tags::GEO_KEY_DIRECTORY).and_then(|e| tiff.numbers(e).ok()) else {
            return Self::default();
        };
        let doubles =
            dir.entry(tags::GEO_DOUBLE_PARAMS).and_then(|e| tiff.doubles(e).ok()).unwrap_or_default();
        let ascii = dir.entry(tags::GEO_ASCII_PARAMS).and_then(|e| tiff.bytes(e).ok()).unwrap_or_default();
        let count = directory.get(3).copied().unwrap_or(0) as usize;
        let mut keys = BTreeMap::new();
        for entry in directory.get(4..).unwrap_or_default().chunks_exact(4).take(count) {
            let (key, place, n, at) =
                (entry[0] as u16, entry[1] as u16, entry[2] as usize, entry[3] as usize);
            let value = match place {
                0 => Some(GeoValue::Code(at as u32)),
                tags::GEO_KEY_DIRECTORY => directory.get(at).map(|n| GeoValue::Code(*n as u32)),
                tags::GEO_DOUBLE_PARAMS => part(&doubles, at, n).map(|d| GeoValue::Doubles(d.to_vec())),
                tags::GEO_ASCII_PARAMS => part(&ascii, at, n).map(|text| {
                    let text = String::from_utf8_lossy(text);
                    GeoValue::Text(text.trim_end_matches(['\0', '|']).to_owned())
                }),
                _ => None,
            };
            if let Some(value) = value {
                keys.insert(key, value);
            }
        }
        Self(keys)
    }

    /// The code of a key, `None` when absent, 0 or not a code.
    pub(crate) fn code(&self, key: u16) -> Option<u32> {
        match self.0.get(&key) {
            Some(GeoValue::Code(n)) if *n != 0 => Some(*n),
            _ => None,
        }
    }

    /// The numbers of a key.
    pub(crate) fn doubles(&self, key: u16) -> Option<&[f64]> {
        match self.0.get(&key) {
            Some(GeoValue::Doubles(d)) => Some(d),
            _ => None,
        }
    }

    /// The first number of a key.
    pub(crate) fn double(&self, key: u16) -> Option<f64> {
        self.doubles(key)?.first().copied().filter(|n| n.is_finite())
    }

    pub(crate) fn text(&self, key: u16) -> Option<&str> {
        match self.0.get(&key) {
            Some(GeoValue::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// True when the coordinates are those of pixel centres.
    pub(crate) fn pixel_is_point(&self) -> bool {
        self.code(GT_RASTER_TYPE) == Some(2)
    }
}

fn part<T>(all: &[T], at: usize, n: usize) -> Option<&[T]> {
    let end = at.checked_add(n)?.min(all.len());
    all.get(at..end)
}
