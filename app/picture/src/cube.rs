//! An image as a block that is turned in space: the picture on top, the spectra of its edges down the sides. Each face
//! is a layer of a scene like any other, laid over a parallelogram, so that the top has the very look of the map.

use renderer::{BandMix, Colormap, Filter, LayerScene, TileDraw, TileId, TileMesh};
use spatial::TileKey;

use crate::layer::LayerView;

/// How deep the block is, for a longest side of 1.
const DEPTH: f32 = 0.55;
/// Screen pixels for a sample from which on samples are sharp.
const SHARP_FROM: f32 = 2.0;

/// How a block is looked at, without perspective, so that equal lengths look equal.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Turn {
    /// Around the upright axis: 0 looks at the lower edge.
    pub yaw_deg: f32,
    /// 90 looks straight down.
    pub pitch_deg: f32,
    /// 1 shows the block whole however it is turned.
    pub zoom: f32,
    /// The middle of the block from the middle of its room, as shares of the room's smaller side.
    pub shift: [f32; 2],
}

impl Default for Turn {
    fn default() -> Self {
        Self { yaw_deg: 32.0, pitch_deg: 34.0, zoom: 1.0, shift: [0.0; 2] }
    }
}

impl Turn {
    /// Within what can be looked at: never from below, never lost.
    #[must_use]
    pub fn kept(self) -> Self {
        let finite = |value: f32, otherwise: f32| if value.is_finite() { value } else { otherwise };
        Self {
            yaw_deg: finite(self.yaw_deg, 0.0).rem_euclid(360.0),
            pitch_deg: finite(self.pitch_deg, 30.0).clamp(5.0, 90.0),
            zoom: finite(self.zoom, 1.0).clamp(0.5, 16.0),
            shift: self.shift.map(|s| finite(s, 0.0).clamp(-8.0, 8.0)),
        }
    }
}

/// A face that can be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Face {
    Top,
    /// Along the last column that stands.
    Right,
    /// Along the last row that stands.
    Lower,
    /// Along the first column.
    Left,
    /// Along the first row.
    Upper,
}

impl Face {
    /// The name of its texture on the GPU; `number` is that of no layer.
    pub fn tile(self, number: u64) -> TileId {
        // Columns that do not touch: no face takes another for its neighbour.
        TileId { layer: number, key: TileKey { level: 0, col: 2 * self as u32, row: 0 } }
    }
}

/// The block, and how much of it stands: who cuts into it sees spectra inside the image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// Columns, rows and bands of the whole.
    pub size: [u32; 3],
    /// Columns and rows that are gone from the left and from the top.
    pub start: [u32; 2],
    /// The column after the last that stands.
    pub columns: u32,
    /// The row after the last that stands.
    pub rows: u32,
    /// Bands taken off.
    pub off: u32,
}

impl Block {
    /// All of it.
    pub fn whole(size: [u32; 3]) -> Self {
        Self { size, start: [0, 0], columns: size[0], rows: size[1], off: 0 }
    }

    /// At least one column, row and band of it.
    #[must_use]
    pub fn kept(self) -> Self {
        let [width, height, bands] = self.size.map(|side| side.max(1));
        let [left, upper] = self.start;
        let (left, upper) = (left.min(width - 1), upper.min(height - 1));
        Self {
            size: [width, height, bands],
            start: [left, upper],
            columns: self.columns.clamp(left + 1, width),
            rows: self.rows.clamp(upper + 1, height),
            off: self.off.min(bands - 1),
        }
    }
}

/// A block in a picture of so many pixels.
#[derive(Clone, Copy, Debug)]
pub struct Placed {
    block: Block,
    turn: Turn,
    /// Of the longest side, in pixels.
    scale: f32,
    middle: [f32; 2],
}

impl Placed {
    /// Puts a block into the middle of a part of a picture: left, top, right, bottom in its pixels.
    pub fn new(block: Block, turn: Turn, [left, top, right, bottom]: [f32; 4]) -> Self {
        let (block, turn) = (block.kept(), turn.kept());
        let [a, b, c] = sides(&block);
        let diagonal = a.hypot(b);
        let (width, height) = ((right - left).max(1.0), (bottom - top).max(1.0));
        let scale = (width / diagonal).min(height / diagonal.hypot(c)) * turn.zoom;
        let smaller = width.min(height);
        let middle = [
            f32::midpoint(left, right) + turn.shift[0] * smaller,
            f32::midpoint(top, bottom) + turn.shift[1] * smaller,
        ];
        Self { block, turn, scale, middle }
    }

    /// Where a point is in the picture, given in shares of the whole block from its first column, row and band.
    pub fn point(&self, [x, y, z]: [f32; 3]) -> [f32; 2] {
        let [a, b, c] = sides(&self.block);
        let (x, y, z) = ((x - 0.5) * a, (y - 0.5) * b, (z - 0.5) * c);
        let (sin, cos) = self.turn.yaw_deg.to_radians().sin_cos();
        let (up, across) = self.turn.pitch_deg.to_radians().sin_cos();
        let (right, near) = (x * cos - y * sin, x * sin + y * cos);
        [self.middle[0] + self.scale * right, self.middle[1] + self.scale * (near * up + z * across)]
    }

    /// The faces that look this way.
    pub fn faces(&self) -> Vec<Face> {
        let (sin, cos) = self.turn.yaw_deg.to_radians().sin_cos();
        let mut faces = vec![Face::Top];
        // Looked at from above, no side is seen.
        if self.turn.pitch_deg < 89.5 {
            let sides = [(Face::Right, sin), (Face::Lower, cos), (Face::Left, -sin), (Face::Upper, -cos)];
            faces.extend(sides.into_iter().filter(|(_, near)| *near > 1e-4).map(|(face, _)| face));
        }
        faces
    }

    /// Where a face's texture lies: its corners (upper left, upper right, lower left, lower right of the texture), in
    /// pixels of the picture.
    pub fn corners(&self, face: Face) -> [[f32; 2]; 4] {
        let [width, height, bands] = self.block.size.map(|side| side as f32);
        let (x, y, z) = (
            self.block.columns as f32 / width,
            self.block.rows as f32 / height,
            self.block.off as f32 / bands,
        );
        let (l, u) = (self.block.start[0] as f32 / width, self.block.start[1] as f32 / height);
        let corners = match face {
            Face::Top => [[l, u, z], [x, u, z], [l, y, z], [x, y, z]],
            Face::Right => [[x, u, z], [x, y, z], [x, u, 1.0], [x, y, 1.0]],
            Face::Left => [[l, u, z], [l, y, z], [l, u, 1.0], [l, y, 1.0]],
            Face::Lower => [[l, y, z], [x, y, z], [l, y, 1.0], [x, y, 1.0]],
            Face::Upper => [[l, u, z], [x, u, z], [l, u, 1.0], [x, u, 1.0]],
        };
        corners.map(|corner| self.point(corner))
    }

    /// The texels that it shows: left, top, right, bottom.
    fn texels(&self, face: Face) -> [f32; 4] {
        let Block { size: [_, _, bands], start: [left, upper], columns, rows, off } = self.block;
        match face {
            Face::Top => [left, upper, columns, rows],
            Face::Right | Face::Left => [upper, off, rows, bands],
            Face::Lower | Face::Upper => [left, off, columns, bands],
        }
        .map(|side| side as f32)
    }

    /// The upright edge farthest to the right of what can be seen, from its top to its end, in pixels: where the
    /// scale of the bands stands. The first is where the first band would be, though it was taken off. `None` looked
    /// at from above.
    pub fn scale_edge(&self) -> Option<[[f32; 2]; 2]> {
        let [width, height, _] = self.block.size.map(|side| side as f32);
        let (x, y) = (self.block.columns as f32 / width, self.block.rows as f32 / height);
        let (l, u) = (self.block.start[0] as f32 / width, self.block.start[1] as f32 / height);
        let edges = [[l, u], [x, u], [l, y], [x, y]];
        let edges = edges.map(|[x, y]| [self.point([x, y, 0.0]), self.point([x, y, 1.0])]);
        let rightmost = edges.into_iter().max_by(|a, b| a[0][0].total_cmp(&b[0][0]));
        rightmost.filter(|_| self.turn.pitch_deg < 80.0)
    }

    /// The top as the map shows its layer; the texture holds samples as they are stored.
    pub fn top(&self, view: &LayerView, number: u64) -> LayerScene {
        view.elsewhere(vec![self.tile(Face::Top, number)], self.filter(Face::Top))
    }

    /// A face of plain numbers in colours, from the first of the limits to the second.
    pub fn plain(&self, face: Face, number: u64, colormap: Colormap, limits: [f32; 2]) -> LayerScene {
        let mut layer = LayerScene::rgb(vec![self.tile(face, number)]);
        layer.mix = BandMix::Single { band: 0, colormap };
        layer.stretch = [limits; 3];
        layer.filter = self.filter(face);
        layer
    }

    fn tile(&self, face: Face, number: u64) -> TileDraw {
        let mesh = TileMesh::quad(self.corners(face));
        TileDraw { id: face.tile(number), mesh, source: self.texels(face), fade: 1.0, failed: false }
    }

    fn filter(&self, face: Face) -> Filter {
        let [a, b, c] = sides(&self.block);
        let [width, height, bands] = self.block.size.map(|side| side as f32);
        let texel = match face {
            Face::Top => (a / width).min(b / height),
            Face::Right | Face::Left => (b / height).min(c / bands),
            Face::Lower | Face::Upper => (a / width).min(c / bands),
        };
        if texel * self.scale > SHARP_FROM { Filter::Nearest } else { Filter::Bilinear }
    }
}

/// Lengths of the block: the longer side of its top is 1.
fn sides(block: &Block) -> [f32; 3] {
    let [width, height, _] = block.size.map(|side| side as f32);
    let longest = width.max(height);
    // A strip of a single row is still to be taken hold of.
    [(width / longest).max(0.05), (height / longest).max(0.05), DEPTH]
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: [f32; 4] = [0.0, 0.0, 400.0, 300.0];

    fn placed(yaw_deg: f32, pitch_deg: f32) -> Placed {
        let turn = Turn { yaw_deg, pitch_deg, ..Turn::default() };
        Placed::new(Block::whole([100, 60, 30]), turn, ROOM)
    }

    #[test]
    fn a_block_stays_in_its_picture_however_it_is_turned() {
        for yaw in (0..360).step_by(15) {
            for pitch in [5, 20, 45, 70, 90] {
                let placed = placed(yaw as f32, pitch as f32);
                for face in placed.faces() {
                    for [x, y] in placed.corners(face) {
                        let inside = (-0.01..=400.01).contains(&x) && (-0.01..=300.01).contains(&y);
                        assert!(inside, "{yaw} {pitch} {face:?} {x} {y}");
                    }
                }
            }
        }
    }

    #[test]
    fn the_faces_in_front_are_seen_and_meet_in_their_edges() {
        assert_eq!(placed(30.0, 30.0).faces(), [Face::Top, Face::Right, Face::Lower]);
        assert_eq!(placed(120.0, 30.0).faces(), [Face::Top, Face::Right, Face::Upper]);
        assert_eq!(placed(300.0, 30.0).faces(), [Face::Top, Face::Lower, Face::Left]);
        assert_eq!(placed(0.0, 30.0).faces(), [Face::Top, Face::Lower]);
        assert_eq!(placed(30.0, 90.0).faces(), [Face::Top]);
        let placed = placed(30.0, 30.0);
        let (top, right, lower) =
            (placed.corners(Face::Top), placed.corners(Face::Right), placed.corners(Face::Lower));
        assert_eq!((top[1], top[3]), (right[0], right[1]));
        assert_eq!((top[2], top[3]), (lower[0], lower[1]));
        assert_eq!(right[3], lower[3]);
        assert!(lower[2][1] > lower[0][1], "bands go down");
        assert!(right[3][0] > lower[2][0], "the right side is at the right");
    }

    #[test]
    fn what_is_cut_away_is_gone_from_every_face() {
        let block = Block { columns: 50, rows: 30, off: 10, ..Block::whole([100, 60, 30]) };
        let cut = Placed::new(block, Turn::default(), ROOM);
        let whole = Placed::new(Block::whole([100, 60, 30]), Turn::default(), ROOM);
        let third = 10.0 / 30.0;
        assert_eq!(cut.corners(Face::Top)[3], whole.point([0.5, 0.5, third]));
        assert_eq!(cut.texels(Face::Right), [0.0, 10.0, 30.0, 30.0]);
        assert_eq!(cut.texels(Face::Lower), [0.0, 10.0, 50.0, 30.0]);
        assert_eq!(cut.texels(Face::Top), [0.0, 0.0, 50.0, 30.0]);
        let none = Block { start: [20, 999], columns: 0, rows: 999, off: 999, size: [100, 60, 30] }.kept();
        assert_eq!((none.start, none.columns, none.rows, none.off), ([20, 59], 21, 60, 29));
        let rim = Block { start: [10, 6], ..Block::whole([100, 60, 30]) };
        let rim = Placed::new(rim, Turn { yaw_deg: 210.0, ..Turn::default() }, ROOM);
        assert_eq!(rim.faces(), [Face::Top, Face::Left, Face::Upper]);
        assert_eq!(rim.texels(Face::Left), [6.0, 0.0, 60.0, 30.0]);
        assert_eq!(rim.corners(Face::Left)[0], rim.point([0.1, 0.1, 0.0]));
    }

    #[test]
    fn turns_that_make_no_sense_are_set_right() {
        let wild =
            Turn { yaw_deg: f32::NAN, pitch_deg: -400.0, zoom: f32::INFINITY, shift: [f32::NAN, 99.0] };
        let kept = wild.kept();
        assert_eq!((kept.yaw_deg, kept.pitch_deg, kept.zoom), (0.0, 5.0, 1.0));
        assert_eq!(kept.shift, [0.0, 8.0]);
        assert_eq!(Turn { yaw_deg: -30.0, ..Turn::default() }.kept().yaw_deg, 330.0);
    }
}
