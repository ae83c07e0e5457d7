//! What an export is to be: a dataset is a function of the journal, the sources, this and nothing else.

use std::collections::BTreeSet;
use std::str::FromStr;

use project::{LayerId, RegionId};
use serde::{Deserialize, Serialize};

use super::ExportError;

/// The families of files that are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ExportFormat {
    /// Regions in EPSG:4326 (RFC 7946) and in the layer's CRS.
    #[default]
    GeoJson,
    /// Instance segmentation on chips of the image.
    Coco,
    /// One label raster aligned to the image.
    Masks,
    /// CRASAR-U-DROIDs annotations of the image.
    Crasar,
    /// A scene graph of the image: turned boxes, and how they stand to each other.
    Star,
    /// Turned boxes on chips of the image: corners in pixels and the name of the class, one text file a chip.
    Dota,
    /// The same as shares of the chip, and the number of the class.
    #[serde(rename = "yolo-obb")]
    YoloObb,
}

impl ExportFormat {
    pub const ALL: [Self; 7] =
        [Self::GeoJson, Self::Coco, Self::Masks, Self::Crasar, Self::Star, Self::Dota, Self::YoloObb];

    /// The name on the command line and in the manifest.
    pub const fn key(self) -> &'static str {
        match self {
            Self::GeoJson => "geojson",
            Self::Coco => "coco",
            Self::Masks => "masks",
            Self::Crasar => "crasar",
            Self::Star => "star",
            Self::Dota => "dota",
            Self::YoloObb => "yolo-obb",
        }
    }

    /// True where regions are written as turned boxes.
    pub const fn holds_boxes(self) -> bool {
        matches!(self, Self::Star | Self::Dota | Self::YoloObb)
    }

    /// True where the image is cut into chips.
    pub const fn has_chips(self) -> bool {
        matches!(self, Self::Coco | Self::Dota | Self::YoloObb)
    }
}

impl FromStr for ExportFormat {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let names = Self::ALL.map(Self::key).join(", ");
        let found = Self::ALL.into_iter().find(|f| f.key().eq_ignore_ascii_case(text));
        found.ok_or_else(|| format!("`{text}` is not a format that is written; there are {names}"))
    }
}

/// A split by blocks of ground, so that neighbours are not on both sides.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Block {
    /// Shares, such as 80, 10 and 10.
    pub train: u32,
    pub val: u32,
    pub test: u32,
    /// What lies nearer than this to another split is in none.
    pub gap_m: f64,
    /// Side of a block; `None` = one to four chips, by the size of the image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub block_px: Option<u32>,
}

/// How samples become the bytes of a chip: which bands are red, green and blue, and which values are 0 and
/// 255 in each.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Display {
    pub bands: [usize; 3],
    pub range: [[f64; 2]; 3],
}

/// What to export, and how.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExportSpec {
    pub format: ExportFormat,
    /// The image; `None` = the topmost one taken after the event, else the topmost.
    pub layer: Option<LayerId>,
    /// Only regions that review has settled, with the class it settled on.
    pub only_accepted: bool,
    /// Only these regions; `None`: all.
    #[serde(skip)]
    pub regions: Option<BTreeSet<RegionId>>,
    /// The condition that chose them, for the manifest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
    /// Regions that the format cannot hold (outside the image, no area) are named and left out; without
    /// it the export fails.
    pub allow_left_out: bool,
    /// Regions as they are drawn, whatever the layer's adjustments say.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub as_drawn: bool,
    /// Where a format holds boxes: regions that are none get the smallest one around them; without it they are
    /// left out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub boxes_around: bool,
    /// The labels of this view in place of those of objects as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub view: Option<LayerId>,
    /// Side of a chip, and the distance from one to the next.
    pub chip_px: u32,
    pub stride_px: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub split: Option<Block>,
    pub seed: u64,
    /// `None`: bytes as they are; other samples from their 2nd to their 98th percentile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display: Option<Display>,
    /// An earlier export in the folder is replaced.
    #[serde(skip)]
    pub replace: bool,
    /// The state of the project that is exported.
    #[serde(skip)]
    pub journal_seq: u64,
    #[serde(skip)]
    pub program_version: String,
}

impl Default for ExportSpec {
    fn default() -> Self {
        Self {
            format: ExportFormat::GeoJson,
            layer: None,
            only_accepted: false,
            regions: None,
            condition: None,
            allow_left_out: false,
            as_drawn: false,
            boxes_around: false,
            view: None,
            chip_px: 512,
            stride_px: 512,
            split: None,
            seed: 0,
            display: None,
            replace: false,
            journal_seq: 0,
            program_version: String::new(),
        }
    }
}

impl ExportSpec {
    pub(super) fn check(&self) -> Result<(), ExportError> {
        let bad = |what: &str| Err(ExportError::BadSpec(what.into()));
        if !(16..=8192).contains(&self.chip_px) {
            return bad("a chip is 16 to 8192 pixels wide");
        }
        if self.stride_px == 0 || self.stride_px > self.chip_px {
            return bad("the stride is at least 1 and at most the chip, or places between chips are lost");
        }
        if u64::from(self.stride_px) * 16 < u64::from(self.chip_px) {
            return bad("the stride is less than a sixteenth of the chip");
        }
        if let Some(display) = &self.display
            && display.range.iter().flatten().any(|v| !v.is_finite())
        {
            return bad("the display range is not a number");
        }
        let Some(split) = &self.split else { return Ok(()) };
        match self.format {
            ExportFormat::Masks => {
                return bad(
                    "a mask is one raster and cannot be split; split chips (coco) or regions (geojson)",
                );
            }
            ExportFormat::Crasar => {
                return bad(
                    "a CRASAR file is one image's and cannot be split; split chips (coco) or regions (geojson)",
                );
            }
            ExportFormat::Star => {
                return bad(
                    "a scene graph is one image's and cannot be split; split chips (coco) or regions (geojson)",
                );
            }
            ExportFormat::GeoJson | ExportFormat::Coco | ExportFormat::Dota | ExportFormat::YoloObb => {}
        }
        if split.train == 0
            || u64::from(split.train) + u64::from(split.val) + u64::from(split.test) > 1_000_000
        {
            return bad("the shares of a split are whole numbers such as 80/10/10, and train has one");
        }
        if !(split.gap_m.is_finite() && split.gap_m >= 0.0) {
            return bad("the gap between splits is a number of metres");
        }
        if split.block_px.is_some_and(|b| b < self.chip_px) {
            return bad("a block is at least as large as a chip");
        }
        Ok(())
    }
}
