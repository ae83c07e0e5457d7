//! A finished picture with its georeference and the material of every pixel.

use rayon::prelude::*;
use spatial::{Crs, GeoTransform, ImagePoint, LonLat, WorldPoint};

use crate::camera::{Border, Camera};
use crate::geometry::V2;
use crate::light::Painted;
use crate::material::Material;
use crate::options::SceneError;
use crate::place::{Ground, scene_from_world, transform};

/// Pixels between two exactly projected grid points of the reprojection.
const GRID_STEP: usize = 32;

/// An image in memory.
#[derive(Clone, Debug)]
pub struct Picture {
    pub columns: usize,
    pub rows: usize,
    pub crs: Crs,
    pub transform: GeoTransform,
    /// Four bytes a pixel; alpha 0 where there is no image.
    pub rgba: Vec<u8>,
    /// Number of the [`Material`] of each pixel.
    pub materials: Vec<u8>,
}

impl Picture {
    /// The material at a point of the picture's own CRS; [`Material::Nothing`] outside.
    pub fn material_at(&self, world: WorldPoint) -> Material {
        let p = self.transform.image_from_world(world);
        self.material_at_pixel(p)
    }

    /// The material at an image position.
    pub fn material_at_pixel(&self, p: ImagePoint) -> Material {
        let inside = p.x >= 0.0 && p.y >= 0.0 && p.x < self.columns as f64 && p.y < self.rows as f64;
        if !inside {
            return Material::Nothing;
        }
        let index = p.y as usize * self.columns + p.x as usize;
        self.materials.get(index).copied().map_or(Material::Nothing, Material::from_number)
    }

    /// Develops a painted surface on its own grid.
    pub(crate) fn develop(
        painted: &Painted,
        camera: &Camera,
        border: &Border,
        crs: Crs,
        transform: GeoTransform,
    ) -> Self {
        let mut rgba = camera.expose(painted);
        let mut materials: Vec<u8> = painted.pixels.iter().map(|p| p.material).collect();
        let columns = painted.columns;
        rgba.par_chunks_mut(columns * 4).zip(materials.par_chunks_mut(columns)).enumerate().for_each(
            |(row, (bytes, row_materials))| {
                for column in 0..columns {
                    let at = V2::new(column as f32 + 0.5, row as f32 + 0.5) * painted.pixel_m;
                    if !border.holds(at) {
                        bytes[column * 4..][..4].fill(0);
                        row_materials[column] = Material::Nothing as u8;
                    }
                }
            },
        );
        Self { columns, rows: painted.rows, crs, transform, rgba, materials }
    }

    /// Brings this picture of scene metres onto a grid of degrees inside `window` (west, south, east, north
    /// edges as scene points), with about the same pixel size.
    pub(crate) fn to_lonlat(
        painted: &Painted,
        rgba: &[u8],
        ground: &Ground,
        window: (V2, V2),
        crs: Crs,
    ) -> Result<Self, SceneError> {
        let (min, max) = window;
        let north_west = ground.lonlat(f64::from(min.x), f64::from(min.y))?;
        let south_east = ground.lonlat(f64::from(max.x), f64::from(max.y))?;
        let pixel_m = f64::from(painted.pixel_m);
        let dy = pixel_m / 110_990.0;
        let dx = dy / north_west.y.to_radians().cos();
        let columns = ((south_east.x - north_west.x) / dx) as usize;
        let rows = ((north_west.y - south_east.y) / dy) as usize;
        let six = [north_west.x, dx, 0.0, north_west.y, 0.0, -dy];
        let transform = transform(six)?;
        let grid = Grid::new(ground, transform, columns, rows)?;
        let mut out = vec![0_u8; columns * rows * 4];
        let mut materials = vec![0_u8; columns * rows];
        out.par_chunks_mut(columns * 4).zip(materials.par_chunks_mut(columns)).enumerate().for_each(
            |(row, (bytes, row_materials))| {
                for column in 0..columns {
                    let scene = grid.scene(column, row);
                    let p = (scene - painted.origin) * (1.0 / painted.pixel_m);
                    if let Some((pixel, material)) = sample(painted, rgba, p) {
                        bytes[column * 4..][..4].copy_from_slice(&pixel);
                        row_materials[column] = material;
                    }
                }
            },
        );
        Ok(Self { columns, rows, crs, transform, rgba: out, materials })
    }
}

/// Bilinear colour and nearest material; `None` outside.
fn sample(painted: &Painted, rgba: &[u8], p: V2) -> Option<([u8; 4], u8)> {
    let (columns, rows) = (painted.columns, painted.rows);
    if p.x < 0.0 || p.y < 0.0 || p.x >= columns as f32 || p.y >= rows as f32 {
        return None;
    }
    let q = V2::new((p.x - 0.5).max(0.0), (p.y - 0.5).max(0.0));
    let (x0, y0) = (q.x as usize, q.y as usize);
    let (x1, y1) = ((x0 + 1).min(columns - 1), (y0 + 1).min(rows - 1));
    let (tx, ty) = (q.x.fract(), q.y.fract());
    let at = |x: usize, y: usize, band: usize| f32::from(rgba[(y * columns + x) * 4 + band]);
    let mut pixel = [255_u8; 4];
    for (band, value) in pixel.iter_mut().take(3).enumerate() {
        let top = at(x0, y0, band) * (1.0 - tx) + at(x1, y0, band) * tx;
        let low = at(x0, y1, band) * (1.0 - tx) + at(x1, y1, band) * tx;
        *value = (top * (1.0 - ty) + low * ty).round().clamp(1.0, 255.0) as u8;
    }
    Some((pixel, painted.pixels[p.y as usize * columns + p.x as usize].material))
}

/// Scene points of a coarse grid of pixels; between them straight lines do.
struct Grid {
    columns: usize,
    points: Vec<V2>,
}

impl Grid {
    fn new(
        ground: &Ground,
        transform: GeoTransform,
        columns: usize,
        rows: usize,
    ) -> Result<Self, SceneError> {
        let across = columns / GRID_STEP + 2;
        let down = rows / GRID_STEP + 2;
        let mut points = Vec::with_capacity(across * down);
        for y in 0..down {
            for x in 0..across {
                let image = ImagePoint { x: (x * GRID_STEP) as f64, y: (y * GRID_STEP) as f64 };
                let lonlat: LonLat = transform.world_from_image(image);
                points.push(scene_from_world(ground.world_from_lonlat(lonlat)?));
            }
        }
        Ok(Self { columns: across, points })
    }

    fn scene(&self, column: usize, row: usize) -> V2 {
        let step = GRID_STEP as f32;
        let (x, y) = ((column as f32 + 0.5) / step, (row as f32 + 0.5) / step);
        let i = y as usize * self.columns + x as usize;
        let (tx, ty) = (x.fract(), y.fract());
        let top = self.points[i] * (1.0 - tx) + self.points[i + 1] * tx;
        let low = self.points[i + self.columns] * (1.0 - tx) + self.points[i + self.columns + 1] * tx;
        top * (1.0 - ty) + low * ty
    }
}
