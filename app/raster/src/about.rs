//! What a file says besides its pixels: remarks in groups, control points, pages, when and where it was taken.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// One group of remarks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Domain {
    /// Keys and values.
    Items(BTreeMap<String, String>),
    /// A text of its own, as in `xml:XMP`.
    Text(String),
}

/// Remarks by GDAL's names of their groups; the main group is `""`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Domains(BTreeMap<String, Domain>);

/// More remarks than this are left out.
const MOST_ITEMS: usize = 100_000;

impl Domains {
    /// Sets one remark, replacing an older one of the same name.
    pub fn set(&mut self, domain: &str, key: &str, value: impl Into<String>) {
        if self.0.len() >= MOST_ITEMS && !self.0.contains_key(domain) {
            return;
        }
        let group = self.0.entry(domain.to_owned()).or_insert_with(|| Domain::Items(BTreeMap::new()));
        if let Domain::Text(_) = group {
            *group = Domain::Items(BTreeMap::new());
        }
        if let Domain::Items(items) = group
            && items.len() < MOST_ITEMS
        {
            items.insert(key.to_owned(), value.into());
        }
    }

    /// Sets a group that is one text.
    pub fn set_text(&mut self, domain: &str, text: impl Into<String>) {
        self.0.insert(domain.to_owned(), Domain::Text(text.into()));
    }

    /// One remark.
    pub fn get(&self, domain: &str, key: &str) -> Option<&str> {
        self.items(domain)?.get(key).map(String::as_str)
    }

    /// The keys and values of a group.
    pub fn items(&self, domain: &str) -> Option<&BTreeMap<String, String>> {
        match self.0.get(domain)? {
            Domain::Items(items) => Some(items),
            Domain::Text(_) => None,
        }
    }

    /// The text of a group that is one text.
    pub fn text(&self, domain: &str) -> Option<&str> {
        match self.0.get(domain)? {
            Domain::Items(_) => None,
            Domain::Text(text) => Some(text),
        }
    }

    /// All groups by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Domain)> {
        self.0.iter().map(|(name, domain)| (name.as_str(), domain))
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes over what another says; its remarks win.
    pub fn overlay(&mut self, other: &Self) {
        for (name, domain) in &other.0 {
            match domain {
                Domain::Items(items) => items.iter().for_each(|(key, value)| self.set(name, key, value)),
                Domain::Text(text) => self.set_text(name, text),
            }
        }
    }

    /// Takes a group out.
    pub fn take(&mut self, domain: &str) -> BTreeMap<String, String> {
        match self.0.remove(domain) {
            Some(Domain::Items(items)) => items,
            Some(Domain::Text(_)) | None => BTreeMap::new(),
        }
    }
}

/// A ground control point as its file has it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct GroundPoint {
    pub id: String,
    pub info: String,
    /// Position in the image in pixels, from the outer corner of the first one.
    pub pixel: f64,
    pub line: f64,
    /// Position in the world in units of the image's CRS.
    pub x: f64,
    pub y: f64,
    pub z: f64,
}

/// One image of a file that holds several.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Page {
    /// Counted from 1; `FILE:2` opens the second.
    pub number: u32,
    pub width: u32,
    pub height: u32,
    pub bands: u32,
}

/// When, where and by what a photograph was taken.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Taken {
    /// Longitude and latitude of the camera in degrees on WGS 84.
    pub position: Option<(f64, f64)>,
    /// Of the camera above the sea.
    pub altitude_m: Option<f64>,
    /// Where the camera looked, clockwise from north.
    pub direction_deg: Option<f64>,
    /// As in `2008-10-22T16:43:21`, by the camera's own clock.
    pub time: Option<String>,
    /// Maker and model.
    pub camera: Option<String>,
}

/// What a file says besides its pixels.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct About {
    /// GDAL's name of the format in words, as in `GeoTIFF`.
    pub format: String,
    /// The file and those beside it that belong to it.
    pub files: Vec<PathBuf>,
    /// Groups of remarks; the main group is in [`crate::ImageDescription::metadata`].
    pub domains: Domains,
    /// Sizes of the overviews that the file or its `.ovr` neighbour holds, and of those of its mask.
    pub overviews: Vec<(u32, u32)>,
    pub mask_overviews: Vec<(u32, u32)>,
    /// Ground control points.
    pub control_points: Vec<GroundPoint>,
    /// The images of a file that holds more than one, and which of them this is.
    pub pages: Vec<Page>,
    pub page: Option<u32>,
    /// The moment at which coordinates of a dynamic CRS hold, as a decimal year.
    pub coordinate_epoch: Option<f64>,
    /// When, where and by what a photograph was taken.
    pub taken: Option<Taken>,
}

/// What else is said about a band.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct BandAbout {
    /// Unit of `value · scale + offset`.
    pub unit: Option<String>,
    /// Names of classes by number.
    pub categories: Vec<String>,
    /// Colours of classes by number: red, green, blue, alpha.
    pub colors: Vec<[u16; 4]>,
    /// Pixels that are read at once: width and height.
    pub block: (u32, u32),
    /// Groups of remarks; the main group is `""`.
    pub domains: Domains,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remarks_of_another_win_and_texts_replace_groups() {
        let mut own = Domains::default();
        own.set("", "A", "1");
        own.set("", "B", "2");
        own.set("xml:XMP", "odd", "items");
        let mut other = Domains::default();
        other.set("", "B", "3");
        other.set_text("xml:XMP", "<x/>");
        own.overlay(&other);
        assert_eq!((own.get("", "A"), own.get("", "B")), (Some("1"), Some("3")));
        assert_eq!(own.text("xml:XMP"), Some("<x/>"));
        assert_eq!(serde_json::to_string(&own).expect("text"), r#"{"":{"A":"1","B":"3"},"xml:XMP":"<x/>"}"#);
        assert_eq!(own.take("").len(), 2);
        assert!(own.items("").is_none());
    }
}
