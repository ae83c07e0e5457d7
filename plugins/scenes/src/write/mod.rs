//! The scene as files.

mod labels;
mod vectors;

use std::path::{Path, PathBuf};

use raster::write::{NewImage, WriteOptions};
use raster::{ColorRole, SampleBuffer, SampleType};
use rayon::prelude::*;

use crate::options::{SceneError, SceneOptions};
use crate::picture::Picture;
use crate::scene::{Cube, Scene};

/// Noise packs no smaller however hard one tries; a scene is for now, not for keeping.
const PACK_FAST: i32 = 1;

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

fn store(path: &Path, image: &NewImage, overviews: bool, samples: &SampleBuffer) -> Result<(), SceneError> {
    let options = WriteOptions { overviews, deflate_level: PACK_FAST, ..WriteOptions::default() };
    raster::write::image(path, image, &options, samples)
        .map_err(|e| SceneError::Write { path: path.to_owned(), reason: e.fault.to_string() })
}

fn size(columns: usize, rows: usize) -> (u32, u32) {
    // Scenes are at most 200 megapixels, so both sides fit.
    (columns as u32, rows as u32)
}

/// With alpha, or with 0 as no-data.
fn write_picture(path: &Path, picture: &Picture, alpha: bool) -> Result<(), SceneError> {
    let (width, height) = size(picture.columns, picture.rows);
    let colors = [ColorRole::Red, ColorRole::Green, ColorRole::Blue, ColorRole::Alpha];
    let bands = if alpha { 4 } else { 3 };
    let plane = picture.columns * picture.rows;
    let mut samples = vec![0_u8; plane * bands];
    samples.par_chunks_mut(plane).enumerate().for_each(|(band, out)| {
        for (sample, pixel) in out.iter_mut().zip(picture.rgba.chunks_exact(4)) {
            *sample = pixel[band];
        }
    });
    let mut image = NewImage::new(width, height, SampleType::U8, &colors[..bands])
        .at(Some(picture.crs.clone()), Some(picture.transform));
    image.no_data = (!alpha).then_some(0.0);
    store(path, &image, true, &SampleBuffer::U8(samples))
}

fn write_cube(path: &Path, cube: &Cube) -> Result<(), SceneError> {
    let (width, height) = size(cube.columns, cube.rows);
    let colors = vec![ColorRole::Undefined; cube.wavelengths_nm.len()];
    let mut image = NewImage::new(width, height, SampleType::U16, &colors)
        .at(Some(cube.crs.clone()), Some(cube.transform));
    for (band, nm) in image.bands.iter_mut().zip(&cube.wavelengths_nm) {
        let nm = (f64::from(*nm) * 100.0).round() / 100.0;
        band.name = Some(format!("{nm:.1} nm"));
        band.wavelength_nm = Some(nm);
    }
    image.no_data = Some(0.0);
    let remark = |key: &str, value: String| (key.to_owned(), value);
    image.metadata = vec![
        remark("wavelength_units", "nanometers".into()),
        remark("fwhm_nm", format!("{:.2}", cube.fwhm_nm)),
        remark("reflectance_scale", "0.0001".into()),
    ];
    store(path, &image, false, &SampleBuffer::U16(cube.samples.clone()))
}
