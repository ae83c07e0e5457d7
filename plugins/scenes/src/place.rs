//! Where the town lies: a made-up place in the open country of south-west Missouri.

use spatial::{Crs, GeoTransform, LonLat, Transformer, WorldPoint};

use crate::geometry::V2;
use crate::options::SceneError;

/// UTM zone 15 north.
pub(crate) const POST_EPSG: u32 = 32615;
pub(crate) const LONLAT_EPSG: u32 = 4326;
/// The upper left corner of the post-event image.
const CORNER: [f64; 2] = [445_212.35, 4_140_386.4];

/// The two CRSs of the scene and the ways between them.
#[derive(Clone, Debug)]
pub(crate) struct Ground {
    to_lonlat: Transformer,
    from_lonlat: Transformer,
}

impl Ground {
    pub(crate) fn new() -> Result<Self, SceneError> {
        let place = |e: spatial::CrsError| SceneError::Place(e.to_string());
        let utm = Crs::from_epsg(POST_EPSG).map_err(place)?;
        let lonlat = Crs::from_epsg(LONLAT_EPSG).map_err(place)?;
        Ok(Self {
            to_lonlat: Transformer::new(&utm, &lonlat).map_err(place)?,
            from_lonlat: Transformer::new(&lonlat, &utm).map_err(place)?,
        })
    }

    pub(crate) fn lonlat(&self, x_m: f64, y_m: f64) -> Result<LonLat, SceneError> {
        let world = world_from_scene(x_m, y_m);
        self.to_lonlat.convert(world).ok_or_else(|| SceneError::Place(format!("{}, {}", world.x, world.y)))
    }

    pub(crate) fn world_from_lonlat(&self, p: LonLat) -> Result<WorldPoint, SceneError> {
        self.from_lonlat.convert(p).ok_or_else(|| SceneError::Place(format!("{}, {}", p.x, p.y)))
    }
}

/// UTM coordinates of a point of the scene.
pub(crate) fn world_from_scene(x_m: f64, y_m: f64) -> WorldPoint {
    WorldPoint { x: CORNER[0] + x_m, y: CORNER[1] - y_m }
}

/// The point of the scene with these UTM coordinates.
pub(crate) fn scene_from_world(p: WorldPoint) -> V2 {
    V2::new((p.x - CORNER[0]) as f32, (CORNER[1] - p.y) as f32)
}

/// `world_from_image` of a picture that begins in the scene's upper left corner.
pub(crate) fn scene_transform(gsd_m: f64) -> Result<GeoTransform, SceneError> {
    transform([CORNER[0], gsd_m, 0.0, CORNER[1], 0.0, -gsd_m])
}

pub(crate) fn transform(six: [f64; 6]) -> Result<GeoTransform, SceneError> {
    GeoTransform::new(six).ok_or_else(|| SceneError::Place(format!("{six:?}")))
}
