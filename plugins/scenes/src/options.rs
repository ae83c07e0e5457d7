//! What to make, and why making it can fail.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// Largest picture that is made: samples of the post-event image.
const MAX_PIXELS: u64 = 200_000_000;

/// Size and resolution of the scene.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SceneOptions {
    /// Columns and rows of the post-event image.
    pub size_px: [u32; 2],
    /// Metres per pixel of the post-event image; the pre-event image is 1.6 times as coarse.
    pub gsd_m: f64,
    /// Metres per pixel of the hyperspectral cube.
    pub cube_gsd_m: f64,
}

impl Default for SceneOptions {
    /// 205 m × 154 m of town at 5 cm, a cube of 256 × 192 pixels at 80 cm.
    fn default() -> Self {
        Self { size_px: [4096, 3072], gsd_m: 0.05, cube_gsd_m: 0.8 }
    }
}

impl SceneOptions {
    /// A scene of the same kind in another size.
    pub fn sized(width_px: u32, height_px: u32, gsd_m: f64) -> Self {
        Self { size_px: [width_px, height_px], gsd_m, cube_gsd_m: 16.0 * gsd_m }
    }

    /// Width and height of the scene in metres.
    pub fn size_m(&self) -> [f64; 2] {
        [f64::from(self.size_px[0]) * self.gsd_m, f64::from(self.size_px[1]) * self.gsd_m]
    }

    pub(crate) fn check(&self) -> Result<(), SceneError> {
        let [w, h] = self.size_px;
        let pixels = u64::from(w) * u64::from(h);
        if w < 64 || h < 64 || pixels > MAX_PIXELS {
            return Err(SceneError::Size { width_px: w, height_px: h });
        }
        if !(0.02..=1.0).contains(&self.gsd_m) {
            return Err(SceneError::Resolution(self.gsd_m));
        }
        if !(self.gsd_m..=20.0).contains(&self.cube_gsd_m) {
            return Err(SceneError::Resolution(self.cube_gsd_m));
        }
        let side = self.size_m().into_iter().fold(0.0, f64::max);
        if side > 2_000.0 { Err(SceneError::TooWide(side)) } else { Ok(()) }
    }
}

/// Why a scene is not made or not written.
#[derive(Debug, thiserror::Error)]
pub enum SceneError {
    #[error("a scene of {width_px} × {height_px} pixels cannot be made")]
    Size { width_px: u32, height_px: u32 },
    #[error("a scene cannot be made at {0} metres per pixel")]
    Resolution(f64),
    #[error("a scene {0:.0} metres wide is too large to make")]
    TooWide(f64),
    #[error("the scene's place cannot be given coordinates: {0}")]
    Place(String),
    #[error("cannot write {path}: {reason}", path = path.display())]
    Write { path: PathBuf, reason: String },
}

impl SceneError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Size { .. } => "choose a width and height of at least 64 pixels and at most 200 megapixels",
            Self::Resolution(_) => {
                "choose between 0.02 and 1 metre per pixel for the images, and a cube no finer than they are"
            }
            Self::TooWide(_) => {
                "choose fewer pixels or a finer resolution, so that no side passes 2000 metres"
            }
            Self::Place(_) => "this is a fault of the program; please report it with the seed",
            Self::Write { .. } => "check that the folder exists, may be written to and has room",
        }
    }
}
