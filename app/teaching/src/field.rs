//! A layer on the grid of a model.

use geo::{BoundingRect as _, Geometry, MapCoords as _, Rect};
use learning::{Chip, Ground, IGNORED, LearningError, burn};
use project::alignment::Alignment;
use project::{ClassCode, LayerId, Project, Region, RegionId};
use raster::{ColorRole, ImageDescription, ReadError, Samples, Source};
use rstar::primitives::{GeomWithData, Rectangle};
use rstar::{AABB, RTree};

/// The most samples that are read for one chip: a grid far coarser than the imagery needs its overviews.
const MOST_READ: u64 = 64 << 20;

/// Why a layer cannot be learnt from or asked about.
#[derive(Debug, thiserror::Error)]
pub enum FieldError {
    #[error("{0}")]
    Read(#[from] ReadError),
    #[error(
        "a pixel of the model spans {0:.0} pixels of the imagery, which has no overviews that are so coarse"
    )]
    TooCoarse(f64),
}

/// How a layer is seen: which bands, and how many of its pixels one pixel of the grid spans.
#[derive(Clone, Debug, PartialEq)]
pub struct View {
    pub bands: Vec<usize>,
    pub scale: f64,
}

impl View {
    /// The bands that are learnt from where nobody names any: all that hold colours, up to sixteen; of more the three that
    /// are shown.
    pub fn usual_bands(image: &ImageDescription) -> Vec<usize> {
        const FEW: usize = 16;
        let plain = image.bands.iter().filter(|b| b.color != ColorRole::Alpha && !b.bad);
        let plain: Vec<usize> = plain.map(|b| b.index).collect();
        if plain.len() <= FEW { plain } else { image.default_bands() }
    }
}

/// A region on the grid.
#[derive(Clone, Debug)]
pub struct Shape {
    pub region: RegionId,
    /// In pixels of the grid; y down.
    pub geometry: Geometry<f64>,
    /// Which class of the lesson it is; none where it is not labelled.
    pub class: Option<u8>,
    /// Of what claims a pixel, the highest wins; of equals the smaller one.
    pub priority: i32,
}

/// A layer on the grid of a model, with the regions that lie on it.
#[derive(Debug)]
pub struct Field {
    source: Source,
    view: View,
    size: (usize, usize),
    shapes: Vec<Shape>,
    tree: RTree<GeomWithData<Rectangle<[f64; 2]>, usize>>,
    /// What stands where no region claims a pixel.
    unclaimed: u8,
}

impl Field {
    /// A layer without regions.
    pub fn new(source: Source, view: View) -> Self {
        let (width, height) = source.pyramid().size();
        let on_grid = |side: u32| (f64::from(side) / view.scale).floor().max(1.0) as usize;
        let size = (on_grid(width), on_grid(height));
        Self { source, view, size, shapes: Vec::new(), tree: RTree::new(), unclaimed: IGNORED }
    }

    /// The regions of a project where this layer shows them. `class` says which class of the lesson a region is, and
    /// none for those that are only shown; `wanted` leaves out the rest.
    #[must_use]
    pub fn with_regions(
        mut self,
        project: &Project,
        layer: LayerId,
        wanted: &dyn Fn(RegionId) -> bool,
        class: &dyn Fn(RegionId) -> Option<(u8, i32)>,
    ) -> Self {
        let Ok(alignment) = Alignment::of(project, layer) else { return self };
        let scale = self.view.scale;
        let (width, height) = (self.size.0 as f64, self.size.1 as f64);
        for (id, region) in project.regions().iter().filter(|(id, _)| wanted(**id)) {
            let Some(geometry) = shown(&alignment, region) else { continue };
            let geometry = geometry.map_coords(|c| c / scale);
            let Some(bounds) = geometry.bounding_rect() else { continue };
            let meets = bounds.max().x > 0.0
                && bounds.max().y > 0.0
                && bounds.min().x < width
                && bounds.min().y < height;
            let is_area = matches!(geometry, Geometry::Polygon(_) | Geometry::MultiPolygon(_));
            if !meets || !is_area {
                continue;
            }
            let (class, priority) = class(*id).map_or((None, 0), |(class, priority)| (Some(class), priority));
            self.shapes.push(Shape { region: *id, geometry, class, priority });
        }
        // Painted in this order: the last one stays.
        let area = |shape: &Shape| shape.geometry.bounding_rect().map_or(0.0, |b| b.width() * b.height());
        self.shapes.sort_by(|a, b| {
            a.priority.cmp(&b.priority).then(area(b).total_cmp(&area(a))).then(a.region.cmp(&b.region))
        });
        let boxes = self.shapes.iter().enumerate().filter_map(|(i, shape)| {
            let b: Rect<f64> = shape.geometry.bounding_rect()?;
            let corners = Rectangle::from_corners([b.min().x, b.min().y], [b.max().x, b.max().y]);
            Some(GeomWithData::new(corners, i))
        });
        self.tree = RTree::bulk_load(boxes.collect());
        self
    }

    /// What no region claims is this class, rather than unknown.
    #[must_use]
    pub fn unclaimed_is(mut self, class: u8) -> Self {
        self.unclaimed = class;
        self
    }

    pub fn shapes(&self) -> &[Shape] {
        &self.shapes
    }

    pub fn source(&self) -> &Source {
        &self.source
    }

    pub fn view(&self) -> &View {
        &self.view
    }

    /// Shapes that meet a square, in the order in which they are painted.
    pub(crate) fn shapes_in(&self, x: i64, y: i64, side: usize) -> Vec<usize> {
        let (x, y, side) = (x as f64, y as f64, side as f64);
        let square = AABB::from_corners([x, y], [x + side, y + side]);
        let mut found: Vec<usize> =
            self.tree.locate_in_envelope_intersecting(square).map(|entry| entry.data).collect();
        found.sort_unstable();
        found
    }

    /// True where a square meets a shape that is meant.
    pub fn is_met(&self, x: i64, y: i64, side: usize, meant: &dyn Fn(&Geometry<f64>) -> bool) -> bool {
        self.shapes_in(x, y, side).iter().any(|at| meant(&self.shapes[*at].geometry))
    }

    /// Classes and owners of a square: [`Chip::target`] and [`Chip::owner`], before it is known which pixels are valid.
    pub(crate) fn burnt(&self, x: i64, y: i64, side: usize) -> (Vec<u8>, Vec<u32>) {
        let (mut target, mut owner) = (vec![self.unclaimed; side * side], vec![0; side * side]);
        let corner = geo::Coord { x: x as f64, y: y as f64 };
        for at in self.shapes_in(x, y, side) {
            let shape = &self.shapes[at];
            let moved = shape.geometry.map_coords(|c| c - corner);
            let class = shape.class.unwrap_or(IGNORED);
            burn(&moved, (side, side), |row, columns| {
                target[row * side..][columns.clone()].fill(class);
                owner[row * side..][columns].fill(at as u32 + 1);
            });
        }
        (target, owner)
    }

    /// The pixels of a square, without regions.
    fn pixels(&self, x: i64, y: i64, side: usize) -> Result<Chip, FieldError> {
        let bands = &self.view.bands;
        let mut chip = Chip::empty(side, bands.len());
        let scale = self.view.scale;
        let pyramid = self.source.pyramid();
        let level = pyramid.level_for(scale);
        let (sx, sy) = pyramid.scale(level);
        let (lw, lh) = {
            let level = &pyramid.levels()[usize::from(level)];
            (i64::from(level.width), i64::from(level.height))
        };
        // How many pixels of the level one of the grid spans.
        let (rx, ry) = (scale / sx, scale / sy);
        let from = |c: i64, r: f64| ((c as f64 * r).floor() as i64) - 1;
        let to = |c: i64, r: f64| (((c + side as i64) as f64 * r).ceil() as i64) + 1;
        let (x0, x1) = (from(x, rx).clamp(0, lw), to(x, rx).clamp(0, lw));
        let (y0, y1) = (from(y, ry).clamp(0, lh), to(y, ry).clamp(0, lh));
        if x0 >= x1 || y0 >= y1 {
            return Ok(chip);
        }
        if ((x1 - x0) * (y1 - y0)) as u64 * bands.len() as u64 > MOST_READ {
            return Err(FieldError::TooCoarse(scale));
        }
        let read = self.source.read_window(
            level,
            x0 as u32,
            y0 as u32,
            (x1 - x0) as u32,
            (y1 - y0) as u32,
            bands,
        )?;
        let window = Window { samples: &read, origin: (x0 as f64, y0 as f64) };
        for row in 0..side {
            for column in 0..side {
                let (gx, gy) = (x + column as i64, y + row as i64);
                let inside = gx >= 0 && gy >= 0 && gx < self.size.0 as i64 && gy < self.size.1 as i64;
                if inside {
                    window.sample((gx, gy), (rx, ry), &mut chip, row * side + column);
                }
            }
        }
        read.recycle();
        Ok(chip)
    }
}

/// The shape of a region in pixels of the layer, where the layer shows it.
fn shown(alignment: &Alignment, region: &Region) -> Option<Geometry<f64>> {
    match alignment.shape(region) {
        Some(shape) => alignment.in_pixels(&shape),
        None => alignment.in_pixels(&region.geometry),
    }
}

/// Samples that were read, to be looked up by pixels of the grid.
struct Window<'a> {
    samples: &'a Samples,
    origin: (f64, f64),
}

impl Window<'_> {
    /// Puts a pixel of the grid in its place: the nearest sample, or the mean of those that it spans.
    fn sample(&self, (gx, gy): (i64, i64), (rx, ry): (f64, f64), chip: &mut Chip, at: usize) {
        let area = chip.side * chip.side;
        let many = |r: f64| if r <= 1.25 { 1 } else { (r.ceil() as usize).min(64) };
        let (nx, ny) = (many(rx), many(ry));
        let mut count = 0.0_f32;
        for j in 0..ny {
            for i in 0..nx {
                let part = |g: i64, r: f64, k: usize, n: usize| (g as f64 + (k as f64 + 0.5) / n as f64) * r;
                let (u, v) = (part(gx, rx, i, nx) - self.origin.0, part(gy, ry, j, ny) - self.origin.1);
                if u < 0.0 || v < 0.0 {
                    continue;
                }
                let (u, v) = (u as u32, v as u32);
                if u >= self.samples.width || v >= self.samples.height || !self.samples.is_valid(u, v) {
                    continue;
                }
                count += 1.0;
                for band in 0..chip.pixels.len() / area {
                    let value = self.samples.value(band, u, v).unwrap_or(f64::NAN) as f32;
                    chip.pixels[band * area + at] += value;
                }
            }
        }
        if count > 0.0 {
            chip.valid[at] = true;
            (0..chip.pixels.len() / area).for_each(|band| chip.pixels[band * area + at] /= count);
        }
    }
}

impl Ground for Field {
    fn size(&self) -> (usize, usize) {
        self.size
    }

    fn chip(&self, x: i64, y: i64, side: usize) -> Result<Chip, LearningError> {
        let mut chip = self.pixels(x, y, side).map_err(LearningError::pixels)?;
        (chip.target, chip.owner) = self.burnt(x, y, side);
        for (target, _) in chip.target.iter_mut().zip(&chip.valid).filter(|(_, valid)| !**valid) {
            *target = IGNORED;
        }
        Ok(chip)
    }
}

/// The class code of the label that counts, by a person; predictions do not.
pub(crate) fn label_of(project: &Project, region: RegionId) -> Option<&ClassCode> {
    project.label_of(region).map(|(_, label)| &label.class)
}
