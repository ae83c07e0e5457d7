//! The scene as files.

mod geotiff;
mod labels;
mod vectors;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use geotiff::{Raster, Samples};

use crate::options::{SceneError, SceneOptions};
use crate::picture::Picture;
use crate::scene::{Cube, Scene};

/// Where each file of a scene is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SceneFiles {
    /// After the storm: RGBA, UTM zone 15N.
    pub post: PathBuf,
    /// Before the storm: RGB with no-data 0, longitude and latitude.
    pub pre: PathBuf,
    /// Reflectance × 10 000 in 96 bands.
    pub cube: PathBuf,
    /// Outlines as a footprint file draws them, shifted against the image.
    pub footprints: PathBuf,
    /// The same outlines where the image shows them.
    pub footprints_aligned: PathBuf,
    /// Arrows from the one to the other, in pixels of `post`.
    pub adjustments: PathBuf,
    /// The true class of each footprint in CRASAR's building JSON.
    pub annotations: PathBuf,
    pub truth: PathBuf,
    pub labels: PathBuf,
    pub votes: PathBuf,
    pub predictions: PathBuf,
    pub description: PathBuf,
}

impl SceneFiles {
    /// The names that the files of a scene have in `dir`.
    pub fn in_dir(dir: &Path) -> Self {
        Self {
            post: dir.join("post.tif"),
            pre: dir.join("pre.tif"),
            cube: dir.join("cube.tif"),
            footprints: dir.join("footprints.geojson"),
            footprints_aligned: dir.join("footprints_aligned.geojson"),
            adjustments: dir.join("adjustments.json"),
            annotations: dir.join("annotations.crasar.json"),
            truth: dir.join("truth.csv"),
            labels: dir.join("labels_ana.csv"),
            votes: dir.join("votes.csv"),
            predictions: dir.join("predictions.json"),
            description: dir.join("scene.json"),
        }
    }

    /// All of them.
    pub fn all(&self) -> [&Path; 12] {
        [
            &self.post,
            &self.pre,
            &self.cube,
            &self.footprints,
            &self.footprints_aligned,
            &self.adjustments,
            &self.annotations,
            &self.truth,
            &self.labels,
            &self.votes,
            &self.predictions,
            &self.description,
        ]
    }
}

/// Makes the scene of a seed and writes its files into `dir`, which is made if need be.
pub fn write_scene(
    dir: &Path,
    seed: u64,
    options: &SceneOptions,
    progress: &dyn Fn(f32),
) -> Result<SceneFiles, SceneError> {
    let scene = Scene::generate(seed, options, &|done| progress(0.7 * done))?;
    scene.write(dir, &|done| progress(0.7 + 0.3 * done))
}

impl Scene {
    /// Writes the scene's files into `dir`, which is made if need be.
    pub fn write(&self, dir: &Path, progress: &dyn Fn(f32)) -> Result<SceneFiles, SceneError> {
        std::fs::create_dir_all(dir)
            .map_err(|e| SceneError::Write { path: dir.to_owned(), reason: e.to_string() })?;
        let files = SceneFiles::in_dir(dir);
        write_picture(&files.post, &self.post, true)?;
        progress(0.6);
        write_picture(&files.pre, &self.pre, false)?;
        progress(0.8);
        write_cube(&files.cube, &self.cube)?;
        progress(0.95);
        vectors::write(self, &files)?;
        labels::write(self, &files)?;
        progress(1.0);
        Ok(files)
    }
}

/// Writes a text file whole.
fn put(path: &Path, text: &str) -> Result<(), SceneError> {
    std::fs::write(path, text).map_err(|e| SceneError::Write { path: path.to_owned(), reason: e.to_string() })
}

fn write_picture(path: &Path, picture: &Picture, alpha: bool) -> Result<(), SceneError> {
    let plain: Vec<u8>;
    let (samples, bands) = if alpha {
        (picture.rgba.as_slice(), 4)
    } else {
        plain = picture.rgba.chunks_exact(4).flat_map(|p| [p[0], p[1], p[2]]).collect();
        (plain.as_slice(), 3)
    };
    let raster = Raster {
        columns: picture.columns,
        rows: picture.rows,
        transform: picture.transform,
        epsg: picture.crs.epsg().unwrap_or_default(),
        geographic: picture.crs.is_geographic(),
        samples: Samples::Bytes { samples, bands },
        no_data: (!alpha).then_some("0"),
        metadata: None,
    };
    geotiff::write(path, &raster)
}

fn write_cube(path: &Path, cube: &Cube) -> Result<(), SceneError> {
    let mut xml = String::from("<GDALMetadata>\n");
    for (band, nm) in cube.wavelengths_nm.iter().enumerate() {
        let mut item = |name: &str, role: &str, value: &str| {
            let _ = writeln!(xml, "  <Item name=\"{name}\" sample=\"{band}\"{role}>{value}</Item>");
        };
        item("wavelength", "", &format!("{nm:.2}"));
        item("wavelength_units", "", "nanometers");
        item("fwhm", "", &format!("{:.2}", cube.fwhm_nm));
        item("SCALE", " role=\"scale\"", "0.0001");
        item("DESCRIPTION", " role=\"description\"", &format!("{nm:.1} nm"));
    }
    xml.push_str("</GDALMetadata>\n");
    let raster = Raster {
        columns: cube.columns,
        rows: cube.rows,
        transform: cube.transform,
        epsg: cube.crs.epsg().unwrap_or_default(),
        geographic: false,
        samples: Samples::Words { samples: &cube.samples, bands: cube.wavelengths_nm.len() },
        no_data: Some("0"),
        metadata: Some(xml),
    };
    geotiff::write(path, &raster)
}
