//! The whole scene: town, storm, two pictures, the cube, and the truth.

use spatial::{Crs, GeoTransform};

use crate::camera::{Border, Camera};
use crate::cube;
use crate::damage::Damage;
use crate::dice::Dice;
use crate::geometry::V2;
use crate::light::Painted;
use crate::material::Material;
use crate::options::{SceneError, SceneOptions};
use crate::paint::View;
use crate::people::{self, Ballot, Opinion};
use crate::picture::Picture;
use crate::place::{Ground, LONLAT_EPSG, POST_EPSG, scene_transform};
use crate::season::Season;
use crate::tornado::Tornado;
use crate::town::{BEYOND_M, Town};
use crate::truth::{self, Displacement, Footprint};
use crate::wreckage::Wreckage;

/// Pre-event pixels are this much coarser.
const PRE_COARSER: f64 = 1.6;

/// The hyperspectral cube, in the CRS of the post-event image.
#[derive(Clone, Debug)]
pub struct Cube {
    pub columns: usize,
    pub rows: usize,
    pub crs: Crs,
    pub transform: GeoTransform,
    /// Centre of each band in nanometres.
    pub wavelengths_nm: Vec<f32>,
    /// Width of every band in nanometres.
    pub fwhm_nm: f32,
    /// Reflectance × 10 000, band after band; 0 where there is no image.
    pub samples: Vec<u16>,
}

/// A town before and after a tornado, with the truth of every label.
#[derive(Clone, Debug)]
pub struct Scene {
    pub seed: u64,
    pub options: SceneOptions,
    /// After the storm, in UTM.
    pub post: Picture,
    /// Before the storm, in degrees.
    pub pre: Picture,
    pub cube: Cube,
    pub footprints: Vec<Footprint>,
    /// The annotator's labels, the votes on them, and the model's proposals.
    pub labels: Vec<Opinion>,
    pub votes: Vec<Ballot>,
    pub predictions: Vec<Opinion>,
    /// The truth as an annotator without error would have written it.
    pub truth: Vec<Opinion>,
    pub(crate) ground: Ground,
}

impl Scene {
    /// Makes the scene of a seed. `progress` is told the share done, 0 to 1.
    pub fn generate(seed: u64, options: &SceneOptions, progress: &dyn Fn(f32)) -> Result<Self, SceneError> {
        options.check()?;
        progress(0.0);
        let ground = Ground::new()?;
        let [width_m, height_m] = options.size_m();
        let size = V2::new(width_m as f32, height_m as f32);
        let town = Town::new(seed, size);
        let storm = Tornado::new(seed, size, BEYOND_M + 10.0);
        let mut dice = Dice::new(seed, "damage");
        let damages: Vec<Damage> = town.buildings.iter().map(|b| Damage::by(&storm, b, &mut dice)).collect();
        let wreckage = Wreckage::of(&town, &storm, &damages, seed);
        progress(0.05);
        let (post, cube) = after(seed, options, &town, &storm, &damages, &wreckage, progress)?;
        progress(0.7);
        let pre = before(seed, options, &ground, &town)?;
        progress(0.95);
        let gsd = options.gsd_m;
        let field = Displacement::new(seed);
        let footprints = truth::footprints(&town.buildings, &damages, size, gsd, &field, |p| {
            post.material_at_pixel((f64::from(p.x) / gsd, f64::from(p.y) / gsd).into())
        });
        let labels = people::labels(&footprints, &people::ANA, people::ANNOTATOR, seed);
        let predictions = people::labels(&footprints, &people::MODEL, "model", seed);
        let votes = people::ballots(&footprints, &labels, seed);
        let truth = footprints.iter().map(true_opinion).collect();
        progress(1.0);
        let options = options.clone();
        Ok(Self { seed, options, post, pre, cube, footprints, labels, votes, predictions, truth, ground })
    }
}

fn true_opinion(footprint: &Footprint) -> Opinion {
    Opinion {
        region: footprint.id.clone(),
        class: footprint.class,
        confidence: 1.0,
        note: String::new(),
        seconds: 0.0,
    }
}

fn crs(code: u32) -> Result<Crs, SceneError> {
    Crs::from_epsg(code).map_err(|e| SceneError::Place(e.to_string()))
}

fn after(
    seed: u64,
    options: &SceneOptions,
    town: &Town,
    storm: &Tornado,
    damages: &[Damage],
    wreckage: &Wreckage,
    progress: &dyn Fn(f32),
) -> Result<(Picture, Cube), SceneError> {
    let view = View {
        town,
        season: &Season::after(),
        storm: Some(storm),
        damages,
        trees: &wreckage.trees,
        cars: &wreckage.cars,
        fixtures: &wreckage.fixtures,
        strewn: &wreckage.strewn,
        heaped: &wreckage.heaped,
        strokes: &wreckage.strokes,
    };
    let [columns, rows] = options.size_px.map(|n| n as usize);
    let gsd = options.gsd_m;
    let painted = Painted::new(&view, V2::default(), gsd as f32, columns, rows);
    progress(0.4);
    let border = Border::new(seed, town.size);
    let transform = scene_transform(gsd)?;
    let post = Picture::develop(&painted, &Camera::drone(seed), &border, crs(POST_EPSG)?, transform);
    progress(0.55);
    let step = options.cube_gsd_m / gsd;
    let (cube_columns, cube_rows) = ((columns as f64 / step) as usize, (rows as f64 / step) as usize);
    let holds = |x: usize, y: usize| post.materials[y * columns + x] != Material::Nothing as u8;
    let samples = cube::measure(&painted, step, cube_columns, cube_rows, seed, holds);
    let cube = Cube {
        columns: cube_columns,
        rows: cube_rows,
        crs: crs(POST_EPSG)?,
        transform: scene_transform(options.cube_gsd_m)?,
        wavelengths_nm: cube::wavelengths_nm(),
        fwhm_nm: 21.0,
        samples,
    };
    Ok((post, cube))
}

fn before(seed: u64, options: &SceneOptions, ground: &Ground, town: &Town) -> Result<Picture, SceneError> {
    let none = vec![Damage::none(); town.buildings.len()];
    let view = View {
        town,
        season: &Season::before(),
        storm: None,
        damages: &none,
        trees: &town.trees,
        cars: &town.cars_before,
        fixtures: &town.fixtures,
        strewn: &[],
        heaped: &[],
        strokes: &[],
    };
    let pixel_m = (options.gsd_m * PRE_COARSER) as f32;
    let share = town.size * 0.02;
    let min = V2::new(-share.x.min(5.0), -share.y.min(3.0));
    let max = town.size + V2::new(share.x.min(4.0), share.y.min(6.0));
    // A row of the grid of degrees is not a row of UTM: paint as far as its corners may turn.
    let slack = V2::new(-0.5, -1.5);
    let (from, to) = (min + slack, max - slack);
    let span = (to - from) * (1.0 / pixel_m);
    let painted = Painted::new(&view, from, pixel_m, span.x as usize, span.y as usize);
    let rgba = Camera::survey(seed).expose(&painted);
    Picture::to_lonlat(&painted, &rgba, ground, (min, max), crs(LONLAT_EPSG)?)
}
