//! Where one image lies in the world of the map, whatever its CRS, and how to draw it there.
//!
//! A tile whose CRS is not the map's is drawn as a [`TileMesh`]: a small grid of exactly converted points
//! between which straight interpolation errs by less than a quarter of a pixel.
//!
//! ```
//! use spatial::{Crs, GeoTransform, Placement};
//! let image = GeoTransform::new([-94.52, 1e-6, 0.0, 37.09, 0.0, -1e-6]).unwrap();
//! let map = Crs::from_epsg(26915).unwrap();
//! let placement = Placement::new(image, (20_000, 10_000), Some(&Crs::wgs84()), Some(&map)).unwrap();
//! let pixel = placement.image_from_world(placement.world_bounds().unwrap().center()).unwrap();
//! assert!((pixel.x - 10_000.0).abs() < 50.0 && (pixel.y - 5_000.0).abs() < 50.0);
//! ```

use geo_types::{Coord, Rect};

use crate::{
    Crs, CrsError, GeoTransform, ImagePoint, Level, TileWindow, Transformer, Warp, WarpMethod, WorldPoint,
    WorldRect,
};

/// The finest mesh: cells across and down.
const CELLS_MAX: u32 = 16;
/// Allowed distance between the true and the interpolated position, in pixels of the level that is drawn.
const ERROR_PX: f64 = 0.25;
/// A cell whose interpolation errs by more than this share of its own size is torn (by the edge of a
/// projection or the antimeridian) and is not drawn.
const TORN: f64 = 0.25;
/// Samples along each edge of a box that is converted, and across its inside.
const EDGE_SAMPLES: u32 = 64;
const INNER_SAMPLES: u32 = 16;

/// Where one image lies in the world: its transform and CRS against the CRS of the map.
#[derive(Clone, Debug)]
pub struct Placement {
    way: Way,
    size: (u32, u32),
    to_world: Transformer,
    to_image: Transformer,
    /// Length of a full turn in units of a geographic image CRS, and the longitude in the image's middle.
    turn: Option<(f64, f64)>,
    bounds: Option<WorldRect>,
}

/// `world_from_image` in the image's own CRS.
#[derive(Clone, Debug)]
enum Way {
    Straight(GeoTransform),
    Bent(Warp),
}

impl Way {
    fn world_from_image(&self, p: ImagePoint) -> WorldPoint {
        match self {
            Self::Straight(transform) => transform.world_from_image(p),
            Self::Bent(warp) => warp.world_from_image(p),
        }
    }

    fn image_from_world(&self, p: WorldPoint) -> Option<ImagePoint> {
        match self {
            Self::Straight(transform) => Some(transform.image_from_world(p)),
            Self::Bent(warp) => warp.image_from_world(p),
        }
    }
}

impl Placement {
    /// An image of `size` full-resolution pixels. Where the image or the map has no CRS, the image's world
    /// is taken to be the map's.
    pub fn new(
        transform: GeoTransform,
        size: (u32, u32),
        image_crs: Option<&Crs>,
        world_crs: Option<&Crs>,
    ) -> Result<Self, CrsError> {
        Self::by(Way::Straight(transform), size, image_crs, world_crs)
    }

    /// The same for an image that is placed by ground control points.
    pub fn through(
        warp: &Warp,
        size: (u32, u32),
        image_crs: Option<&Crs>,
        world_crs: Option<&Crs>,
    ) -> Result<Self, CrsError> {
        let way = match warp.method() {
            WarpMethod::FirstOrder => Way::Straight(warp.affine()),
            WarpMethod::SecondOrder | WarpMethod::ThinPlate => Way::Bent(warp.clone()),
        };
        Self::by(way, size, image_crs, world_crs)
    }

    fn by(
        way: Way,
        size: (u32, u32),
        image_crs: Option<&Crs>,
        world_crs: Option<&Crs>,
    ) -> Result<Self, CrsError> {
        let both = image_crs.zip(world_crs);
        let (to_world, to_image) = match both {
            Some((image, world)) => (Transformer::new(image, world)?, Transformer::new(world, image)?),
            None => (Transformer::IDENTITY, Transformer::IDENTITY),
        };
        let middle = way.world_from_image(Coord { x: f64::from(size.0), y: f64::from(size.1) } / 2.0);
        let geographic = image_crs.filter(|crs| crs.is_geographic() && !to_world.is_identity());
        let turn = geographic.map(|crs| (360.0 / crs.degrees_per_unit(), middle.x));
        let mut placement = Self { way, size, to_world, to_image, turn, bounds: None };
        placement.bounds = placement.outline();
        Ok(placement)
    }

    /// Full-resolution size in pixels.
    pub fn size(&self) -> (u32, u32) {
        self.size
    }

    /// True when pixels lie on the world by the image's own transform, so that one quad draws any tile.
    pub fn is_affine(&self) -> bool {
        self.to_world.is_identity() && matches!(self.way, Way::Straight(_))
    }

    /// Where a full-resolution pixel position lies; `None` outside the map's projection.
    pub fn world_from_image(&self, p: ImagePoint) -> Option<WorldPoint> {
        self.to_world.convert(self.way.world_from_image(p))
    }

    /// Which full-resolution pixel position lies there, inside the image or not.
    pub fn image_from_world(&self, p: WorldPoint) -> Option<ImagePoint> {
        let mut q = self.to_image.convert(p)?;
        if let Some((turn, middle)) = self.turn {
            // An image across the antimeridian has longitudes beyond 180°, which conversions never give.
            q.x -= ((q.x - middle) / turn).round() * turn;
        }
        self.way.image_from_world(q)
    }

    /// The box around the image in world units; `None` where no part of it lies in the map's projection.
    pub fn world_bounds(&self) -> Option<WorldRect> {
        self.bounds
    }

    /// World units that one full-resolution pixel spans at the middle of the image (mean of both axes).
    pub fn pixel_size(&self) -> Option<f64> {
        let middle = Coord { x: f64::from(self.size.0), y: f64::from(self.size.1) } / 2.0;
        self.pixel_size_at(middle)
    }

    /// World units that one full-resolution pixel spans there (geometric mean of both axes).
    pub fn pixel_size_at(&self, p: ImagePoint) -> Option<f64> {
        let at = |dx: f64, dy: f64| self.world_from_image(p + Coord { x: dx, y: dy });
        let (o, x, y) = (at(0.0, 0.0)?, at(1.0, 0.0)?, at(0.0, 1.0)?);
        let area = ((x.x - o.x) * (y.y - o.y) - (x.y - o.y) * (y.x - o.x)).abs();
        (area > 0.0).then(|| area.sqrt())
    }

    /// The full-resolution pixels `[x0, y0, x1, y1]` that a part of the world may show, cut to the image;
    /// `None` when it shows nothing of it.
    pub fn image_box_of(&self, world: WorldRect) -> Option<[f64; 4]> {
        let bounds = self.bounds?;
        let common = Rect::new(
            Coord { x: world.min().x.max(bounds.min().x), y: world.min().y.max(bounds.min().y) },
            Coord { x: world.max().x.min(bounds.max().x), y: world.max().y.min(bounds.max().y) },
        );
        let apart = world.min().x > bounds.max().x
            || bounds.min().x > world.max().x
            || world.min().y > bounds.max().y
            || bounds.min().y > world.max().y;
        if apart {
            return None;
        }
        let (w, h) = (f64::from(self.size.0), f64::from(self.size.1));
        let mut hull = Hull::default();
        for p in samples(common.min(), common.max()) {
            match self.image_from_world(p) {
                Some(q) => hull.add(q),
                // Part of the box lies off the earth: everything may be visible.
                None => return Some([0.0, 0.0, w, h]),
            }
        }
        let found = hull.rect()?;
        // A pixel and a little more, for the bulge between two samples.
        let (dx, dy) = (1.0 + found.width() / 256.0, 1.0 + found.height() / 256.0);
        let (x0, y0) = ((found.min().x - dx).max(0.0), (found.min().y - dy).max(0.0));
        let (x1, y1) = ((found.max().x + dx).min(w), (found.max().y + dy).min(h));
        (x0 < x1 && y0 < y1).then_some([x0, y0, x1, y1])
    }

    /// The grid that draws one tile: a window in pixels of a level of this image.
    pub fn mesh(&self, level: &Level, window: TileWindow) -> TileMesh {
        let full = Coord {
            x: f64::from(self.size.0) / f64::from(level.width.max(1)),
            y: f64::from(self.size.1) / f64::from(level.height.max(1)),
        };
        let (x, y) = (f64::from(window.x), f64::from(window.y));
        let (w, h) = (f64::from(window.width), f64::from(window.height));
        let at = |u: f64, v: f64| {
            self.world_from_image(Coord { x: (x + u * w) * full.x, y: (y + v * h) * full.y })
        };
        if self.is_affine() {
            return TileMesh::sample(1, at);
        }
        let mut cells = 1;
        loop {
            let mesh = TileMesh::sample(cells, at);
            let errors = mesh.relative_errors(at);
            let error = mesh.error_px([w, h], &errors);
            if error <= ERROR_PX || cells >= CELLS_MAX {
                return mesh.without_torn_cells(&errors);
            }
            // The error falls with the square of the number of cells.
            let wanted = (f64::from(cells) * (error / ERROR_PX).sqrt()).ceil();
            cells = (wanted.min(f64::from(CELLS_MAX)) as u32).max(cells + 1);
        }
    }

    fn outline(&self) -> Option<WorldRect> {
        let far = Coord { x: f64::from(self.size.0), y: f64::from(self.size.1) };
        if let (Way::Straight(transform), true) = (&self.way, self.to_world.is_identity()) {
            return Some(transform.bounds(self.size.0, self.size.1));
        }
        let mut hull = Hull::default();
        for p in samples(Coord { x: 0.0, y: 0.0 }, far) {
            if let Some(q) = self.world_from_image(p) {
                hull.add(q);
            }
        }
        hull.rect()
    }
}

/// A grid of world points under one tile, `n + 1` by `n + 1`, row by row from the tile's upper left corner.
#[derive(Clone, Debug, PartialEq)]
pub struct TileMesh {
    n: u32,
    points: Vec<Option<WorldPoint>>,
    torn: Vec<bool>,
}

/// One cell of a mesh: a part of the tile and where it lies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MeshCell {
    /// `[u0, v0, u1, v1]`, as shares of the tile's width and height.
    pub uv: [f64; 4],
    /// Upper left, upper right, lower left, lower right in the image's sense.
    pub corners: [WorldPoint; 4],
}

impl TileMesh {
    fn sample(n: u32, at: impl Fn(f64, f64) -> Option<WorldPoint>) -> Self {
        let share = |i: u32| f64::from(i) / f64::from(n);
        let points = (0..=n).flat_map(|row| (0..=n).map(move |col| (col, row)));
        let points = points.map(|(col, row)| at(share(col), share(row))).collect();
        Self { n, points, torn: Vec::new() }
    }

    /// Cells across and down, 1 to 16.
    pub fn n(&self) -> u32 {
        self.n
    }

    /// The grid's points; `None` where the tile leaves the map's projection.
    pub fn points(&self) -> &[Option<WorldPoint>] {
        &self.points
    }

    /// The cells that can be drawn, row by row.
    pub fn cells(&self) -> impl Iterator<Item = MeshCell> + '_ {
        (0..self.n * self.n).filter_map(|i| {
            let torn = self.torn.get(i as usize).copied().unwrap_or(false);
            if torn { None } else { self.cell(i % self.n, i / self.n) }
        })
    }

    fn cell(&self, col: u32, row: u32) -> Option<MeshCell> {
        let point = |col: u32, row: u32| self.points[(row * (self.n + 1) + col) as usize];
        let share = |i: u32| f64::from(i) / f64::from(self.n);
        Some(MeshCell {
            uv: [share(col), share(row), share(col + 1), share(row + 1)],
            corners: [point(col, row)?, point(col + 1, row)?, point(col, row + 1)?, point(col + 1, row + 1)?],
        })
    }

    /// For each cell, how far straight interpolation errs, as a share of the cell's size.
    fn relative_errors(&self, at: impl Fn(f64, f64) -> Option<WorldPoint>) -> Vec<f64> {
        let cells = (0..self.n * self.n).map(|i| self.cell(i % self.n, i / self.n));
        cells.map(|cell| cell.map_or(f64::INFINITY, |c| c.relative_error(&at))).collect()
    }

    /// The largest error of any cell, in pixels of a tile of this size. Once the mesh is fine, torn cells do
    /// not count: no mesh mends them.
    fn error_px(&self, size_px: [f64; 2], relative: &[f64]) -> f64 {
        let cell_px = (size_px[0].max(size_px[1]) / f64::from(self.n)).max(1.0);
        let counts = |error: &f64| self.n < CELLS_MAX / 2 || *error <= TORN;
        relative.iter().copied().filter(counts).fold(0.0, f64::max) * cell_px
    }

    fn without_torn_cells(mut self, relative: &[f64]) -> Self {
        self.torn = relative.iter().map(|error| *error > TORN).collect();
        self
    }
}

impl MeshCell {
    /// Distance between the true and the interpolated position in the cell's middle and on its edges, as a
    /// share of its shorter side. Both ways to cut the cell into two triangles are covered.
    fn relative_error(&self, at: &impl Fn(f64, f64) -> Option<WorldPoint>) -> f64 {
        let [u0, v0, u1, v1] = self.uv;
        let (u, v) = (f64::midpoint(u0, u1), f64::midpoint(v0, v1));
        let [a, b, c, d] = self.corners;
        let checks = [(u, v, a, d), (u, v, b, c), (u, v0, a, b), (u, v1, c, d), (u0, v, a, c), (u1, v, b, d)];
        let distance = |p: WorldPoint, q: WorldPoint| (p.x - q.x).hypot(p.y - q.y);
        let side = distance(a, b).min(distance(a, c)).min(distance(c, d)).min(distance(b, d));
        let off = checks
            .iter()
            .map(|(u, v, p, q)| at(*u, *v).map_or(f64::INFINITY, |truth| distance(truth, (*p + *q) / 2.0)));
        let worst = off.fold(0.0, f64::max);
        if side > 0.0 { worst / side } else { f64::INFINITY }
    }
}

/// The box around points.
#[derive(Default)]
struct Hull(Option<(Coord<f64>, Coord<f64>)>);

impl Hull {
    fn add(&mut self, p: Coord<f64>) {
        let (min, max) = self.0.unwrap_or((p, p));
        self.0 = Some((
            Coord { x: min.x.min(p.x), y: min.y.min(p.y) },
            Coord { x: max.x.max(p.x), y: max.y.max(p.y) },
        ));
    }

    fn rect(&self) -> Option<Rect<f64>> {
        self.0.map(|(min, max)| Rect::new(min, max))
    }
}

/// Points along the edges of a box, and a coarser grid inside it (a pole inside is no edge's business).
fn samples(min: Coord<f64>, max: Coord<f64>) -> impl Iterator<Item = Coord<f64>> {
    let at = move |u: f64, v: f64| Coord { x: min.x + (max.x - min.x) * u, y: min.y + (max.y - min.y) * v };
    let edges = (0..=EDGE_SAMPLES).flat_map(move |i| {
        let s = f64::from(i) / f64::from(EDGE_SAMPLES);
        [at(s, 0.0), at(s, 1.0), at(0.0, s), at(1.0, s)]
    });
    let inner = (1..INNER_SAMPLES * INNER_SAMPLES).map(move |i| {
        let share = |n: u32| f64::from(n) / f64::from(INNER_SAMPLES);
        at(share(i % INNER_SAMPLES), share(i / INNER_SAMPLES))
    });
    edges.chain(inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEVEL: Level = Level { width: 20_000, height: 20_000, tile_width: 512, tile_height: 512 };

    fn placed(gdal: [f64; 6], image: u32, world: u32) -> Placement {
        let transform = GeoTransform::new(gdal).expect("invertible");
        let crs = |code| Crs::from_epsg(code).expect("in the table");
        Placement::new(transform, (20_000, 20_000), Some(&crs(image)), Some(&crs(world))).expect("known")
    }

    fn window(x: u32, y: u32) -> TileWindow {
        TileWindow { x, y, width: 512, height: 512 }
    }

    /// The largest error in pixels of the tile at 40 × 40 places, found by undoing the exact conversion.
    fn worst_px(placement: &Placement, mesh: &TileMesh, window: TileWindow) -> f64 {
        let mut worst: f64 = 0.0;
        for cell in mesh.cells() {
            let [u0, v0, u1, v1] = cell.uv;
            let [a, b, c, d] = cell.corners;
            for i in 0..=6 {
                for k in 0..=6 {
                    let (s, t) = (f64::from(i) / 6.0, f64::from(k) / 6.0);
                    // The lower left triangle, then the upper right one, as a graphics card draws them.
                    let p = if s + t <= 1.0 {
                        a + (b - a) * s + (c - a) * t
                    } else {
                        d + (c - d) * (1.0 - s) + (b - d) * (1.0 - t)
                    };
                    let q = placement.image_from_world(p).expect("comes back");
                    let x = f64::from(window.x) + (u0 + (u1 - u0) * s) * f64::from(window.width);
                    let y = f64::from(window.y) + (v0 + (v1 - v0) * t) * f64::from(window.height);
                    worst = worst.max((q.x - x).hypot(q.y - y));
                }
            }
        }
        worst
    }

    #[test]
    fn a_layer_in_the_maps_crs_is_drawn_as_one_quad() {
        let mesh = placed([366_000.0, 0.05, 0.0, 4_104_000.0, 0.0, -0.05], 26915, 26915)
            .mesh(&LEVEL, window(512, 0));
        assert_eq!(mesh.n(), 1);
        assert_eq!(mesh.points()[3], Some(Coord { x: 366_051.2, y: 4_103_974.4 }));
        assert_eq!(mesh.cells().count(), 1);
    }

    #[test]
    fn drone_and_satellite_tiles_in_degrees_err_less_than_a_quarter_pixel() {
        for (pixel, most) in [(5e-7, 1), (1e-4, 16), (1e-3, 16)] {
            let placement = placed([-94.52, pixel, 0.0, 37.09, 0.0, -pixel], 4326, 26915);
            let mesh = placement.mesh(&LEVEL, window(19_000, 19_000));
            let worst = worst_px(&placement, &mesh, window(19_000, 19_000));
            assert!(worst <= ERROR_PX && mesh.n() <= most, "{pixel}: {worst} px with n = {}", mesh.n());
        }
    }

    #[test]
    fn the_mesh_grows_only_as_needed() {
        let n = |pixel| {
            placed([-94.52, pixel, 0.0, 37.09, 0.0, -pixel], 4326, 26915).mesh(&LEVEL, window(0, 0)).n()
        };
        assert!(n(5e-7) == 1 && n(2e-5) <= 4 && n(1e-3) > n(2e-5), "{} {} {}", n(5e-7), n(2e-5), n(1e-3));
    }

    #[test]
    fn a_box_of_the_world_finds_exactly_the_pixels_under_it() {
        let placement = placed([-94.52, 1e-6, 0.0, 37.09, 0.0, -1e-6], 4326, 26915);
        let centre = placement.world_from_image(Coord { x: 5_000.0, y: 6_000.0 }).expect("inside");
        let reach = Coord { x: 20.0, y: 10.0 };
        let [x0, y0, x1, y1] =
            placement.image_box_of(Rect::new(centre - reach, centre + reach)).expect("visible");
        assert!((x0..x1).contains(&5_000.0) && (y0..y1).contains(&6_000.0));
        assert!(x1 - x0 < 470.0 && y1 - y0 < 200.0, "{x0} {y0} {x1} {y1}");
        let bounds = placement.world_bounds().expect("inside");
        assert_eq!(placement.image_box_of(bounds), Some([0.0, 0.0, 20_000.0, 20_000.0]));
        let far = Rect::new(bounds.max() + reach, bounds.max() + reach * 2.0);
        assert_eq!(placement.image_box_of(far), None);
    }

    #[test]
    fn a_view_of_half_the_globe_still_finds_a_small_image() {
        let placement = placed([-94.52, 1e-6, 0.0, 37.09, 0.0, -1e-6], 4326, 26915);
        let globe = Rect::new((-2e7, -2e7), (2e7, 2e7));
        assert_eq!(placement.image_box_of(globe), Some([0.0, 0.0, 20_000.0, 20_000.0]));
    }

    #[test]
    fn an_image_across_the_antimeridian_is_whole_in_its_utm_zone() {
        let placement = placed([179.99, 1e-6, 0.0, -17.0, 0.0, -1e-6], 4326, 32760);
        let bounds = placement.world_bounds().expect("inside");
        assert!(bounds.width() < 3_000.0);
        let right = placement.world_from_image(Coord { x: 19_000.0, y: 10.0 }).expect("inside");
        let back = placement.image_from_world(right).expect("inside");
        assert!((back.x - 19_000.0).abs() < 1e-3 && (back.y - 10.0).abs() < 1e-3);
    }

    #[test]
    fn a_world_map_in_web_mercator_is_torn_nowhere_but_at_the_seam_and_the_poles() {
        // 0° to 360°: the seam of the map's projection lies in the middle of the image.
        let transform = GeoTransform::new([0.0, 0.09, 0.0, 90.0, 0.0, -0.09]).expect("invertible");
        let crs = |code| Crs::from_epsg(code).expect("in the table");
        let placement =
            Placement::new(transform, (4000, 2000), Some(&crs(4326)), Some(&crs(3857))).expect("known");
        let level = Level { width: 4000, height: 2000, tile_width: 4000, tile_height: 2000 };
        let mesh = placement.mesh(&level, TileWindow { x: 0, y: 0, width: 4000, height: 2000 });
        let cells: Vec<MeshCell> = mesh.cells().collect();
        assert!(cells.len() >= 16 * 12 && cells.len() < 16 * 16, "{}", cells.len());
        for cell in cells {
            assert!((cell.corners[1].x - cell.corners[0].x - 40_075_016.7 / 16.0).abs() < 1.0);
        }
    }

    #[test]
    fn the_size_of_a_pixel_is_in_world_units() {
        let placement = placed([-94.52, 1e-6, 0.0, 37.09, 0.0, -1e-6], 4326, 26915);
        let size = placement.pixel_size().expect("inside");
        // 1e-6° is 0.111 m north and 0.0889 m east there.
        assert!((size - 0.0993).abs() < 0.0005, "{size}");
    }

    #[test]
    fn without_a_crs_pixels_are_the_map() {
        let placement = Placement::new(GeoTransform::PIXELS, (100, 50), None, None).expect("plain");
        assert!(placement.is_affine());
        assert_eq!(placement.world_bounds(), Some(Rect::new((0.0, -50.0), (100.0, 0.0))));
        assert_eq!(placement.pixel_size(), Some(1.0));
    }

    #[test]
    fn an_image_placed_by_control_points_is_drawn_within_a_quarter_pixel() {
        let at = |x: f64, y: f64| (366_000.0 + x + 2e-6 * x * y, 4_100_000.0 - y + 1e-6 * x * x);
        let grid = (0..25).map(|i| (f64::from(i % 5) * 5000.0, f64::from(i / 5) * 5000.0));
        let points: Vec<crate::ControlPoint> =
            grid.map(|(x, y)| crate::ControlPoint { image: (x, y).into(), world: at(x, y).into() }).collect();
        let warp = Warp::fit(&points).expect("fits");
        let crs = |code| Crs::from_epsg(code).expect("in the table");
        for map in [26915, 3857] {
            let placement = Placement::through(&warp, (20_000, 20_000), Some(&crs(26915)), Some(&crs(map)))
                .expect("known");
            assert!(!placement.is_affine());
            let window = window(9216, 17_408);
            let mesh = placement.mesh(&LEVEL, window);
            assert!(worst_px(&placement, &mesh, window) < 0.25, "on {map}");
            let bounds = placement.world_bounds().expect("somewhere");
            let whole = placement.image_box_of(bounds).expect("all of it");
            assert_eq!(whole, [0.0, 0.0, 20_000.0, 20_000.0]);
        }
    }
}
