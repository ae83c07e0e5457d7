//! What helps to look at the map: which of it is wanted, and what is kept between two frames for it.

use std::sync::Arc;

use jiff::civil::Date;
use project::LayerId;
use serde::{Deserialize, Serialize};
use spatial::{Crs, LonLat, Transformer, Viewport, WorldPoint};

use super::compare::{Swipe, Views};
use super::dates::Time;
use super::pixels::PixelBlock;
use super::scale_bar::ground_per_px;
use crate::picture_draft::PictureDraft;

/// Lines over the map with coordinates at their ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Graticule {
    #[default]
    None,
    /// Longitude and latitude on WGS 84.
    Degrees,
    /// The coordinates of the map itself.
    Map,
}

impl Graticule {
    pub const ALL: [Self; 3] = [Self::None, Self::Degrees, Self::Map];

    pub fn text(self) -> &'static str {
        match self {
            Self::None => "None",
            Self::Degrees => "Degrees",
            Self::Map => "Map grid",
        }
    }

    /// What comes after it; where the map has no place on the earth there are no degrees.
    #[must_use]
    pub fn next(self, on_earth: bool) -> Self {
        match self {
            Self::None if on_earth => Self::Degrees,
            Self::None | Self::Degrees => Self::Map,
            Self::Map => Self::None,
        }
    }
}

/// Which aids a person wants; kept in the preferences.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MapAids {
    /// Edges and values of pixels, where they are large enough.
    pub pixel_values: bool,
    pub graticule: Graticule,
    pub north_arrow: bool,
    pub minimap: bool,
}

impl Default for MapAids {
    fn default() -> Self {
        Self { pixel_values: true, graticule: Graticule::None, north_arrow: false, minimap: false }
    }
}

/// The way between the map and the earth.
#[derive(Clone, Debug)]
pub struct Ground {
    pub crs: Crs,
    to_lonlat: Transformer,
    from_lonlat: Transformer,
}

impl Ground {
    /// `None` where a CRS has no way to the earth, which none in use is without.
    pub fn new(crs: &Crs) -> Option<Self> {
        let earth = Crs::wgs84();
        let to_lonlat = Transformer::new(crs, &earth).ok()?;
        let from_lonlat = Transformer::new(&earth, crs).ok()?;
        Some(Self { crs: crs.clone(), to_lonlat, from_lonlat })
    }

    /// Degrees on WGS 84 of a place on the map.
    pub fn lonlat(&self, at: WorldPoint) -> Option<LonLat> {
        self.to_lonlat.convert(at)
    }

    /// Where degrees on WGS 84 lie on the map.
    pub fn world(&self, at: LonLat) -> Option<WorldPoint> {
        self.from_lonlat.convert(at)
    }

    /// Metres that a world unit spans across the middle of a view.
    pub fn metres_per_unit(&self, view: &Viewport) -> Option<f64> {
        Some(ground_per_px(view, Some(&self.crs))? / view.resolution)
    }
}

/// What the aids keep between two frames. Never in a file.
#[derive(Clone, Debug, Default)]
pub struct Aids {
    /// The way to the earth of the open map; `None` in pixel space.
    pub ground: Option<Arc<Ground>>,
    /// Values for the pixels in view, as far as they have been read.
    pub pixels: Option<Arc<PixelBlock>>,
    /// Two layers with a divider between them.
    pub swipe: Option<Swipe>,
    /// Views side by side.
    pub views: Views,
    /// The dialog that saves a picture, while it is open.
    pub picture: Option<PictureDraft>,
    /// When the open layers were taken, as far as they say.
    pub dates: Vec<(LayerId, Date)>,
    /// How many layers were open when that was looked up.
    pub dated: usize,
    /// The day that is shown, while the slider is on.
    pub time: Option<Time>,
    /// The bookmark that was gone to last.
    pub bookmark: Option<usize>,
}
