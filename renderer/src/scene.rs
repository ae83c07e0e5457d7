//! What to draw, as plain data. Colours are RGBA bytes, display-referred sRGB, straight alpha.

use std::sync::Arc;

use expression::Program;
use spatial::coverage::Fading;
use spatial::{TileKey, Viewport};

use crate::Colormap;

/// One picture: imagery, then coverage, batches, shapes, handles and labels on top, each list in drawing order.
#[derive(Clone, Debug, PartialEq)]
pub struct Scene {
    /// Width and height in physical pixels.
    pub size_px: [u32; 2],
    /// Drawn under everything; alpha 0 leaves what is there already.
    pub background: [u8; 4],
    /// Physical pixels per point of the user interface: hatches and dashes grow with it.
    pub pixels_per_point: f32,
    /// The screen point that hatches are pinned to; move it with the map so that they do not swim.
    pub anchor_px: [f32; 2],
    /// Imagery.
    pub layers: Vec<LayerScene>,
    /// What is seen of very many shapes from afar.
    pub coverage: Option<CoverageDraw>,
    /// Many shapes that stay on the GPU from frame to frame.
    pub batches: Vec<BatchDraw>,
    /// A few shapes in screen pixels: drafts, selections, measurements.
    pub shapes: Vec<ShapeScene>,
    /// Grips of what is being edited.
    pub handles: Vec<HandleScene>,
    /// Words on the map.
    pub labels: Vec<LabelScene>,
}

impl Scene {
    /// An empty picture of a size in physical pixels on an opaque background.
    pub fn new(size_px: [u32; 2], background: [u8; 4]) -> Self {
        Self {
            size_px,
            background,
            pixels_per_point: 1.0,
            anchor_px: [0.0, 0.0],
            layers: Vec::new(),
            coverage: None,
            batches: Vec::new(),
            shapes: Vec::new(),
            handles: Vec::new(),
            labels: Vec::new(),
        }
    }
}

/// Which tile of which layer: the layer's number is the caller's, unique while its tiles are resident.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TileId {
    /// The caller's number for the layer.
    pub layer: u64,
    /// The tile within it.
    pub key: TileKey,
}

impl TileId {
    /// The tile of a layer at a level, column and row.
    pub fn new(layer: u64, level: u8, col: u32, row: u32) -> Self {
        Self { layer, key: TileKey { level, col, row } }
    }
}

/// One georeferenced image.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerScene {
    /// Its tiles, coarse before fine: later ones cover earlier ones.
    pub tiles: Vec<TileDraw>,
    /// Which bands are shown and how.
    pub mix: BandMix,
    /// Samples that become black and white: red, green, blue; the first alone for a single band.
    pub stretch: [[f32; 2]; 3],
    /// Output = input^(1/gamma) after the stretch.
    pub gamma: f32,
    /// A pixel whose shown bands all have this value is transparent. (A formula has its own for each band.)
    pub no_data: Option<f32>,
    /// The colour map runs from its end to its beginning.
    pub reversed: bool,
    /// Into how many steps the colour map is cut; 0 and 1 = smooth.
    pub steps: u8,
    /// Colours for whole numbers, in place of the stretch and the colour map of a single number.
    pub classes: Option<Arc<Palette>>,
    /// 0–1.
    pub opacity: f32,
    /// How samples between texels are made.
    pub filter: Filter,
    /// The colour of the hatch over tiles that could not be read.
    pub failed_color: [u8; 4],
}

impl LayerScene {
    /// Three 8-bit bands as they are: nothing stretched, nearest, opaque.
    pub fn rgb(tiles: Vec<TileDraw>) -> Self {
        Self {
            tiles,
            mix: BandMix::Rgb([0, 1, 2]),
            stretch: [[0.0, 255.0]; 3],
            gamma: 1.0,
            no_data: None,
            reversed: false,
            steps: 0,
            classes: None,
            opacity: 1.0,
            filter: Filter::Nearest,
            failed_color: [0xff, 0xb0, 0x20, 0xff],
        }
    }

    /// The fade to give a coarser tile that lies under a finer one which is at `fade`, so that the two
    /// together have exactly the layer's opacity.
    pub fn fade_under(opacity: f32, fade: f32) -> f32 {
        let rest = 1.0 - opacity * fade;
        if rest <= f32::EPSILON { 1.0 } else { ((1.0 - fade) / rest).clamp(0.0, 1.0) }
    }
}

/// Which bands are shown (by their numbers in the image, from 0) and how.
#[derive(Clone, Debug, PartialEq)]
pub enum BandMix {
    /// Three bands as red, green and blue.
    Rgb([usize; 3]),
    /// One band through a colour map.
    Single {
        /// The band.
        band: usize,
        /// Its colours from black to white of the stretch.
        colormap: Colormap,
    },
    /// What an expression gives, through a colour map.
    Formula {
        /// Its steps and bands.
        program: Arc<Program>,
        /// How the samples of each of the program's bands are taken.
        units: Arc<[SampleUnit]>,
        /// Its colours from black to white of the stretch.
        colormap: Colormap,
    },
}

impl BandMix {
    /// The bands that are looked at.
    pub fn bands(&self) -> &[usize] {
        match self {
            Self::Rgb(bands) => bands,
            Self::Single { band, .. } => std::slice::from_ref(band),
            Self::Formula { program, .. } => program.bands(),
        }
    }
}

/// How the samples of one band become what an expression works with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SampleUnit {
    /// The sample that means "nothing here".
    pub no_data: Option<f32>,
    /// An expression works with `sample · scale + offset`.
    pub scale: f32,
    pub offset: f32,
}

impl SampleUnit {
    /// Samples as they are, all of them values.
    pub const PLAIN: Self = Self { no_data: None, scale: 1.0, offset: 0.0 };
}

/// Colours for whole numbers. What it does not name is transparent.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Palette {
    /// The number of the first colour.
    first: i32,
    colors: Vec<[u8; 4]>,
}

impl Palette {
    /// The most numbers between the least and the greatest class.
    pub const SPAN: usize = 1 << 16;

    /// Of numbers and their colours; `None` when there are none or they lie further apart than [`Self::SPAN`].
    pub fn new(classes: &[(i32, [u8; 4])]) -> Option<Self> {
        let first = classes.iter().map(|(number, _)| *number).min()?;
        let last = classes.iter().map(|(number, _)| *number).max()?;
        let span = usize::try_from(i64::from(last) - i64::from(first)).ok()? + 1;
        // Beyond, a shader's numbers are no longer whole ones.
        let exact = -(1 << 24)..=1 << 24;
        if span > Self::SPAN || !exact.contains(&first) || !exact.contains(&last) {
            return None;
        }
        let mut colors = vec![[0; 4]; span];
        for (number, color) in classes {
            colors[(number - first) as usize] = *color;
        }
        Some(Self { first, colors })
    }

    /// The number of the first colour.
    pub fn first(&self) -> i32 {
        self.first
    }

    /// The colour of each number from the first on; straight alpha.
    pub fn colors(&self) -> &[[u8; 4]] {
        &self.colors
    }
}

/// How samples between texels are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Filter {
    /// The texel that the pixel's centre lies in.
    #[default]
    Nearest,
    /// Between the four nearest texels, over the borders of tiles too.
    Bilinear,
}

/// One tile, or a part of a coarser one in its place.
#[derive(Clone, Debug, PartialEq)]
pub struct TileDraw {
    /// The texture to draw; not drawn (but counted) when it is not resident.
    pub id: TileId,
    /// Where on the screen.
    pub mesh: TileMesh,
    /// The part of the texture that the mesh shows, in texels: left, top, right, bottom.
    pub source: [f32; 4],
    /// 0–1: how far the tile has faded in.
    pub fade: f32,
    /// True when it could not be read: a hatch is drawn in its place.
    pub failed: bool,
}

/// A grid of screen points that a texture is laid over; one cell for straight tiles, more for warped ones.
#[derive(Clone, Debug, PartialEq)]
pub struct TileMesh {
    /// Cells across.
    pub columns: u32,
    /// Cells down.
    pub rows: u32,
    /// Physical pixels, `(columns + 1) * (rows + 1)` of them, row by row.
    pub points: Vec<[f32; 2]>,
}

impl TileMesh {
    /// An upright rectangle: left, top, right, bottom in physical pixels.
    pub fn rect(left: f32, top: f32, right: f32, bottom: f32) -> Self {
        let points = vec![[left, top], [right, top], [left, bottom], [right, bottom]];
        Self { columns: 1, rows: 1, points }
    }

    /// A quadrilateral: upper left, upper right, lower left, lower right in physical pixels.
    pub fn quad(corners: [[f32; 2]; 4]) -> Self {
        Self { columns: 1, rows: 1, points: corners.to_vec() }
    }
}

/// A pattern over the fill of a shape, in screen space.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Hash)]
pub enum Hatch {
    /// No pattern.
    #[default]
    None,
    /// Rising lines.
    Diagonal,
    /// Falling lines.
    BackDiagonal,
    /// Both diagonals.
    Cross,
    /// Level lines.
    Horizontal,
    /// Upright lines.
    Vertical,
    /// A grid of dots.
    Dots,
}

/// How a shape looks. Widths in physical pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ShapeStyle {
    /// Colour of the inside; alpha 0 = not filled.
    pub fill: [u8; 4],
    /// Pattern over the fill.
    pub hatch: Hatch,
    /// Colour of the pattern.
    pub hatch_color: [u8; 4],
    /// Colour of the line along the edge.
    pub outline: [u8; 4],
    /// Width of that line.
    pub width_px: f32,
    /// Colour of the rim on both sides of the line, which keeps it visible on any ground.
    pub casing: [u8; 4],
    /// Width of the rim on each side.
    pub casing_px: f32,
    /// True for a broken line (predictions).
    pub dashed: bool,
}

impl ShapeStyle {
    /// The look of a region in its class's colour: 1.5 px line, 1 px dark casing, 15 % fill.
    pub fn of_class(color: [u8; 3], hatch: Hatch, pixels_per_point: f32) -> Self {
        let [r, g, b] = color;
        Self {
            fill: [r, g, b, 38],
            hatch,
            hatch_color: [r, g, b, 150],
            outline: [r, g, b, 255],
            width_px: 1.5 * pixels_per_point,
            casing: [0, 0, 0, 160],
            casing_px: pixels_per_point,
            dashed: false,
        }
    }
}

/// One polygon (closed) or line (open) in screen pixels.
#[derive(Clone, Debug, PartialEq)]
pub struct ShapeScene {
    /// The first ring is the outer one, the others are holes. Rings need not repeat their first point.
    pub rings: Vec<Vec<[f32; 2]>>,
    /// False for lines: no fill, and the last point is not joined to the first.
    pub closed: bool,
    /// How it looks.
    pub style: ShapeStyle,
}

/// The caller's number for a batch of shapes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BatchId(pub u64);

/// Many shapes in world units, to be uploaded once and drawn under any camera.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ShapeBatch {
    /// The shapes; the order in which shapes of one batch cover each other is not defined.
    pub shapes: Vec<BatchShape>,
    /// The looks that they choose from.
    pub styles: Vec<ShapeStyle>,
}

/// One polygon or line of a batch, in world units with y up.
#[derive(Clone, Debug, PartialEq)]
pub struct BatchShape {
    /// The first ring is the outer one, the others are holes. Rings need not repeat their first point.
    pub rings: Vec<Vec<[f64; 2]>>,
    /// False for lines.
    pub closed: bool,
    /// Its row in [`ShapeBatch::styles`], or [`BatchShape::HIDDEN`].
    pub style: u32,
}

impl BatchShape {
    /// The style of a shape that is not drawn.
    pub const HIDDEN: u32 = u32::MAX;
}

/// A resident batch as one camera sees it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BatchDraw {
    /// Which batch; nothing is drawn (but it is counted) when it is not resident.
    pub id: BatchId,
    /// The camera, in the batch's world.
    pub view: Viewport,
    /// By their size on the screen shapes give way to the coverage ([`Scene::coverage`]) that shows them as a mass; `None`:
    /// they are drawn however small they are.
    pub fading: Option<Fading>,
}

/// The cells of coverage ([`crate::CoverageCells`]) as one camera sees them: of the level whose texels are at most a pixel
/// and of the next, each by its share.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CoverageDraw {
    /// The camera, in the world of the cells.
    pub view: Viewport,
    /// 0–1.
    pub opacity: f32,
}

/// A grip that the pointer can take hold of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HandleScene {
    /// Its centre in physical pixels.
    pub at: [f32; 2],
    /// What it stands for, which decides its form.
    pub kind: HandleKind,
    /// Width in physical pixels.
    pub size_px: f32,
    /// Colour of the inside.
    pub fill: [u8; 4],
    /// Colour of the rim.
    pub casing: [u8; 4],
    /// Width of the rim in physical pixels, outside of `size_px`.
    pub casing_px: f32,
}

/// What a handle stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HandleKind {
    /// A vertex: a square.
    Vertex,
    /// The middle of an edge, where a vertex can be added: a small disc.
    Midpoint,
    /// A chosen vertex: a square with a dot of the casing's colour.
    Selected,
    /// A point feature: a disc.
    Point,
    /// A mark of something disputed or found: a diamond.
    Mark,
}

/// Where a label lies about its point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Hash)]
pub enum Anchor {
    /// Middle of the text on the point.
    #[default]
    Center,
    /// The text begins right of the point.
    Left,
    /// The text ends left of the point.
    Right,
    /// The text lies under the point.
    Top,
    /// The text lies over the point.
    Bottom,
}

/// A word on the map, of one or several lines.
#[derive(Clone, Debug, PartialEq)]
pub struct LabelScene {
    /// The point that it belongs to, in physical pixels.
    pub at: [f32; 2],
    /// The words; `\n` begins a line.
    pub text: String,
    /// Colour of the letters.
    pub color: [u8; 4],
    /// Colour of the rim around them.
    pub halo: [u8; 4],
    /// Height of the type in physical pixels.
    pub size_px: f32,
    /// Where the text lies about the point.
    pub anchor: Anchor,
}
