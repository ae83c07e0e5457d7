//! Sets of pixels, and the outlines round them.

use geo::{Coord, LineString, MultiPolygon, Polygon};
use spatial::WorldPoint;

use crate::composite::Composite;
use crate::watershed::beside;

/// A box of whole pixels, its last column and row among them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PixelBox {
    pub(crate) left: usize,
    pub(crate) top: usize,
    right: usize,
    bottom: usize,
}

impl PixelBox {
    /// One pixel.
    pub fn of([x, y]: [usize; 2]) -> Self {
        Self { left: x, top: y, right: x, bottom: y }
    }
    /// Wide enough for a pixel, too.
    #[must_use]
    pub fn with(self, at: [usize; 2]) -> Self {
        self.and(Self::of(at))
    }
    /// Wide enough for both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            left: self.left.min(other.left),
            top: self.top.min(other.top),
            right: self.right.max(other.right),
            bottom: self.bottom.max(other.bottom),
        }
    }

    /// Wider by so many pixels, within a picture of this size.
    #[must_use]
    pub fn grown(self, by: usize, [width, height]: [usize; 2]) -> Self {
        Self {
            left: self.left.saturating_sub(by),
            top: self.top.saturating_sub(by),
            right: (self.right + by).min(width - 1),
            bottom: (self.bottom + by).min(height - 1),
        }
    }
    /// From the top.
    pub fn rows(self) -> std::ops::RangeInclusive<usize> {
        self.top..=self.bottom
    }

    fn width(self) -> usize {
        self.right - self.left + 1
    }

    fn height(self) -> usize {
        self.bottom - self.top + 1
    }
}

/// Pixels of a box of a picture that are in.
#[derive(Clone, Debug, PartialEq)]
pub struct Mask {
    around: PixelBox,
    /// With a rim of one pixel all round, which is never in.
    inside: Vec<bool>,
}

impl Mask {
    /// None of the pixels of a box.
    pub fn empty(around: PixelBox) -> Self {
        Self { around, inside: vec![false; (around.width() + 2) * (around.height() + 2)] }
    }

    /// Its rows without the rim, from the top.
    pub fn rows_mut(&mut self) -> impl Iterator<Item = &mut [bool]> {
        let width = self.around.width();
        let height = self.around.height();
        self.inside.chunks_exact_mut(width + 2).skip(1).take(height).map(move |row| &mut row[1..=width])
    }

    /// How many pixels are in.
    #[cfg(test)]
    fn count(&self) -> usize {
        self.inside.iter().filter(|inside| **inside).count()
    }

    fn stride(&self) -> usize {
        self.around.width() + 2
    }

    /// Grows by one pixel to each side, where that may be.
    pub fn grow(&mut self, may_be: impl Fn([usize; 2]) -> bool) {
        let stride = self.stride();
        let before = self.inside.clone();
        for y in 1..=self.around.height() {
            for x in 1..=self.around.width() {
                let at = y * stride + x;
                let touched = !before[at]
                    && (before[at - 1] || before[at + 1] || before[at - stride] || before[at + stride]);
                if touched && may_be([self.around.left + x - 1, self.around.top + y - 1]) {
                    self.inside[at] = true;
                }
            }
        }
    }

    /// Takes notches of one pixel in, and takes bumps and the ends of hairs of one pixel off; corners stay, and what hangs
    /// together does so still. Where the seed would go, nothing is smoothed.
    pub fn smooth(&mut self, [x, y]: [usize; 2]) {
        /// Bumps as long as this come off.
        const LONG: usize = 2;
        let seed = (y - self.around.top + 1) * self.stride() + x - self.around.left + 1;
        let before = self.inside.clone();
        for _ in 0..LONG {
            self.each_with_beside(|inside, beside| inside || beside > 2);
            self.each_with_beside(|inside, beside| inside && beside > 1);
        }
        if !self.inside[seed] {
            self.inside = before;
        }
    }

    /// Makes every pixel anew of what it is and how many of the four beside it are in.
    fn each_with_beside(&mut self, made: impl Fn(bool, u8) -> bool) {
        let stride = self.stride();
        let before = self.inside.clone();
        for y in 1..=self.around.height() {
            let row = |y: usize| &before[y * stride..(y + 1) * stride];
            let (above, here, below) = (row(y - 1), row(y), row(y + 1));
            let across = here.iter().zip(&here[1..]).zip(&here[2..]);
            let near = across.zip(above[1..].iter().zip(&below[1..]));
            let out = &mut self.inside[y * stride + 1..(y + 1) * stride - 1];
            for (inside, (((left, was), right), (up, down))) in out.iter_mut().zip(near) {
                let beside = u8::from(*left) + u8::from(*right) + u8::from(*up) + u8::from(*down);
                *inside = made(*was, beside);
            }
        }
    }

    /// Takes holes of fewer pixels in.
    pub fn fill_holes(&mut self, smaller_than: usize) {
        if smaller_than < 2 {
            return;
        }
        let stride = self.stride();
        let count = self.inside.len();
        let mut seen = self.inside.clone();
        let (mut queue, mut hole) = (Vec::new(), Vec::new());
        // The rim is one piece, and all that can be reached from it is no hole.
        for start in 0..count {
            if seen[start] {
                continue;
            }
            seen[start] = true;
            queue.push(start);
            hole.clear();
            let is_outside = start == 0;
            let mut size = 0;
            while let Some(pixel) = queue.pop() {
                size += 1;
                if !is_outside && size < smaller_than {
                    hole.push(pixel);
                }
                // Through corners, too: what is in goes together by sides only.
                for (dx, dy) in [(-1, 0), (1, 0), (0, -1), (0, 1), (-1, -1), (1, -1), (-1, 1), (1, 1)] {
                    let x = (pixel % stride) as isize + dx;
                    let next = pixel as isize + dx + dy * stride as isize;
                    let within = x >= 0 && x < stride as isize && next >= 0 && (next as usize) < count;
                    if within && !seen[next as usize] {
                        seen[next as usize] = true;
                        queue.push(next as usize);
                    }
                }
            }
            if !is_outside && size < smaller_than {
                for pixel in &hole {
                    self.inside[*pixel] = true;
                }
            }
        }
    }

    /// The outline of pixels that hang together by their sides, by marching squares: through the middles of the
    /// pixels' sides, but for corners between two long sides, which stay sharp. `None` when no pixel is in.
    pub fn outline(&self, picture: &Composite) -> Option<Polygon<f64>> {
        self.outline_by(|x, y| picture.world(x, y))
    }

    /// The same, with the place of each corner from columns and rows, 0, 0 being the upper left corner of the picture.
    pub fn outline_by(&self, place: impl Fn(f64, f64) -> WorldPoint) -> Option<Polygon<f64>> {
        let stride = self.stride();
        let mut gone = vec![false; self.inside.len()];
        let (mut outer, mut holes) = (None, Vec::new());
        for pixel in stride..self.inside.len() {
            let is_top = self.inside[pixel] && !self.inside[pixel - stride];
            if !is_top || gone[pixel] {
                continue;
            }
            let ring = self.ring(pixel, &mut gone).into_iter();
            let world = |[x, y]: [f64; 2]| {
                // Less the rim.
                place(x - 1.0 + self.around.left as f64, y - 1.0 + self.around.top as f64)
            };
            let ring = LineString::new(ring.map(world).collect::<Vec<WorldPoint>>());
            // What hangs together has one border to the outside, and its highest pixel is on it.
            match outer {
                None => outer = Some(ring),
                Some(_) => holes.push(ring),
            }
        }
        Some(Polygon::new(outer?, holes))
    }

    /// Goes round along the sides of pixels, with what is in on the right, from the upper side of a pixel at which that
    /// way turns. Notes which upper sides it has come along.
    fn ring(&self, start: usize, gone: &mut [bool]) -> Vec<[f64; 2]> {
        let stride = self.stride();
        let (mut pixel, mut side) = (start, Side::Up);
        let mut runs: Vec<Run> = Vec::new();
        loop {
            if side == Side::Up {
                gone[pixel] = true;
            }
            let (x, y) = ((pixel % stride) as f64, (pixel / stride) as f64);
            let (middle, end) = side.places(x, y);
            match runs.last_mut().filter(|run| run.side == side && !run.has_ended) {
                Some(run) => (run.last, run.end, run.length) = (middle, end, run.length + 1),
                None => runs.push(Run {
                    side,
                    first: middle,
                    last: middle,
                    end,
                    length: 1,
                    has_ended: false,
                    is_pinched: false,
                }),
            }
            // The pixel straight on, and the one on its left.
            let (on, left) = match side {
                Side::Up => (pixel + 1, pixel + 1 - stride),
                Side::Right => (pixel + stride, pixel + stride + 1),
                Side::Down => (pixel - 1, pixel - 1 + stride),
                Side::Left => (pixel - stride, pixel - stride - 1),
            };
            let (next, turned) = match (self.inside[on], self.inside[left]) {
                (false, _) => (pixel, side.after()),
                (true, false) => (on, side),
                (true, true) => (left, side.before()),
            };
            if let Some(run) = runs.last_mut().filter(|_| turned != side) {
                (run.has_ended, run.is_pinched) = (true, !self.inside[on] && self.inside[left]);
            }
            (pixel, side) = (next, turned);
            if (pixel, side) == (start, Side::Up) {
                return corners(&runs);
            }
        }
    }
}

/// The outlines of all that is in, piece by piece, in pixels from the upper left corner; pieces of fewer pixels than
/// `fewest` are left out. `inside` is row by row, `width` to a row.
pub fn outlines(inside: &[bool], width: usize, fewest: usize) -> MultiPolygon<f64> {
    let mut seen = vec![false; inside.len()];
    let (mut pieces, mut piece) = (Vec::new(), Vec::new());
    for start in 0..inside.len() {
        if !inside[start] || seen[start] {
            continue;
        }
        seen[start] = true;
        piece.clear();
        piece.push(start);
        let mut around = PixelBox::of([start % width, start / width]);
        let mut done = 0;
        while let Some(pixel) = piece.get(done).copied() {
            done += 1;
            around = around.with([pixel % width, pixel / width]);
            for next in beside(pixel, width, inside.len()).into_iter().flatten() {
                if inside[next] && !std::mem::replace(&mut seen[next], true) {
                    piece.push(next);
                }
            }
        }
        if piece.len() < fewest {
            continue;
        }
        let mut mask = Mask::empty(around);
        let stride = mask.stride();
        for pixel in &piece {
            let (x, y) = (pixel % width - around.left, pixel / width - around.top);
            mask.inside[(y + 1) * stride + x + 1] = true;
        }
        pieces.extend(mask.outline_by(|x, y| Coord { x, y }));
    }
    MultiPolygon(pieces)
}

/// A side of a pixel, in the order in which one goes round it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Up,
    Right,
    Down,
    Left,
}

impl Side {
    const ALL: [Self; 4] = [Self::Up, Self::Right, Self::Down, Self::Left];

    fn after(self) -> Self {
        Self::ALL[(self as usize + 1) % 4]
    }

    fn before(self) -> Self {
        Self::ALL[(self as usize + 3) % 4]
    }

    /// Its middle and its end, of the pixel with this upper left corner.
    fn places(self, x: f64, y: f64) -> ([f64; 2], [f64; 2]) {
        match self {
            Self::Up => ([x + 0.5, y], [x + 1.0, y]),
            Self::Right => ([x + 1.0, y + 0.5], [x + 1.0, y + 1.0]),
            Self::Down => ([x + 0.5, y + 1.0], [x, y + 1.0]),
            Self::Left => ([x, y + 0.5], [x, y]),
        }
    }
}

/// Sides on one straight line.
#[derive(Clone, Copy, Debug)]
struct Run {
    side: Side,
    /// The middles of the first and the last of them.
    first: [f64; 2],
    last: [f64; 2],
    end: [f64; 2],
    length: usize,
    has_ended: bool,
    /// Pixels that are in meet at its end by their corners only.
    is_pinched: bool,
}

/// The corners of an outline: where two long sides meet the corner of the pixels, else the middles of their sides.
fn corners(runs: &[Run]) -> Vec<[f64; 2]> {
    let is_sharp = |i: usize| {
        let (run, next) = (&runs[i % runs.len()], &runs[(i + 1) % runs.len()]);
        run.length > 1 && next.length > 1 && !run.is_pinched
    };
    let mut points = Vec::new();
    for (i, run) in runs.iter().enumerate() {
        if !is_sharp(i + runs.len() - 1) {
            points.push(run.first);
        }
        if is_sharp(i) {
            points.push(run.end);
        } else if run.length > 1 {
            points.push(run.last);
        }
    }
    points
}

/// Notes the pixels whose middles lie in an area, or those that do not, in a picture of so many columns. The area is
/// given by its rings, in pixels from the upper left of the picture.
pub fn fence(fenced: &mut [bool], width: usize, rings: &[Vec<(f64, f64)>], outside: bool) {
    let height = fenced.len() / width.max(1);
    let row_of = |y: f64| (y - 0.5).ceil().clamp(0.0, height as f64) as usize;
    let ys = || rings.iter().flatten().map(|(_, y)| *y);
    let (first, end) =
        (row_of(ys().fold(f64::INFINITY, f64::min)), row_of(ys().fold(f64::NEG_INFINITY, f64::max)));
    let mut by_row: Vec<Vec<f64>> = vec![Vec::new(); end.saturating_sub(first)];
    for edge in rings.iter().flat_map(|ring| ring.windows(2)) {
        let ((x0, y0), (x1, y1)) = (edge[0], edge[1]);
        // Rows whose middle the edge crosses, the upper end among them and the lower not.
        for row in row_of(y0.min(y1))..row_of(y0.max(y1)) {
            let share = (row as f64 + 0.5 - y0) / (y1 - y0);
            by_row[row - first].push(x0 + share * (x1 - x0));
        }
    }
    if outside {
        fenced[..first * width].fill(true);
        fenced[(first + by_row.len()) * width..].fill(true);
    }
    let column = |x: f64| (x - 0.5).ceil().clamp(0.0, width as f64) as usize;
    for (row, crossings) in fenced.chunks_exact_mut(width).skip(first).zip(&mut by_row) {
        crossings.sort_by(f64::total_cmp);
        let mut from = 0;
        for pair in crossings.chunks_exact(2) {
            let (enter, leave) = (column(pair[0]), column(pair[1]));
            if outside {
                row[from.min(enter)..enter].fill(true);
                from = leave.max(from);
            } else {
                row[enter..leave.max(enter)].fill(true);
            }
        }
        if outside {
            row[from..].fill(true);
        }
    }
}

#[cfg(test)]
mod tests {
    use geo::Area as _;
    use proptest::prelude::*;
    use spatial::Viewport;

    use super::*;

    fn blank(width: usize, height: usize) -> Composite {
        let camera = Viewport::new((0.0, 0.0).into(), 1.0, [width as f64, height as f64]);
        Composite::new(camera, &vec![255; width * height * 4]).expect("a picture")
    }

    fn drawn(rows: &[&str]) -> Mask {
        let around = PixelBox::of([0, 0]).with([rows[0].len() - 1, rows.len() - 1]);
        let mut mask = Mask::empty(around);
        for (row, text) in mask.rows_mut().zip(rows) {
            for (inside, c) in row.iter_mut().zip(text.chars()) {
                *inside = c == '#';
            }
        }
        mask
    }

    #[test]
    fn an_outline_goes_through_the_middles_of_the_sides_and_keeps_large_corners() {
        let one = drawn(&["#"]).outline(&blank(3, 3)).expect("a pixel");
        assert!((one.unsigned_area() - 0.5).abs() < 1e-12, "a diamond: {one:?}");
        let block = drawn(&["####", "####", "####", "####"]).outline(&blank(6, 6)).expect("pixels");
        assert!((block.unsigned_area() - 16.0).abs() < 1e-12);
        assert_eq!(
            block.exterior().0.len(),
            5,
            "corners between long sides are sharp, none lie along the sides"
        );
        let bevelled = drawn(&[".##.", "####", "####", ".##."]).outline(&blank(6, 6)).expect("pixels");
        // Eight corners point out and lose an eighth of a pixel each, four point in and gain it.
        assert!((bevelled.unsigned_area() - 11.5).abs() < 1e-12, "{bevelled:?}");
        let at: Vec<f64> = block.exterior().0.iter().map(|c| c.y).collect();
        assert!(at.iter().all(|y| *y <= 3.0 && *y >= -1.0), "from the upper left of the picture: {at:?}");
    }

    #[test]
    fn holes_are_holes_and_small_ones_are_filled() {
        let rows = ["#######", "#.###.#", "#######", "##..###", "##..###", "#######"];
        let mut mask = drawn(&rows);
        let outline = mask.outline(&blank(9, 9)).expect("pixels");
        assert_eq!(outline.interiors().len(), 3);
        mask.fill_holes(4);
        assert_eq!(mask.outline(&blank(9, 9)).expect("pixels").interiors().len(), 1, "one of four pixels");
        mask.fill_holes(5);
        assert_eq!(mask.count(), 42);
    }

    #[test]
    fn a_bay_is_no_hole_and_pixels_that_meet_at_a_corner_are_apart() {
        let mut bay = drawn(&["###", "#..", "###"]);
        bay.fill_holes(1_000);
        assert_eq!(bay.count(), 7);
        let pinched = drawn(&["####", "#.##", "##.#", "####"]).outline(&blank(6, 6)).expect("pixels");
        assert_eq!(pinched.interiors().len(), 1, "two pixels of a hole that meet at a corner are one hole");
        assert!(spatial::geometry::is_sound(&pinched.into()));
    }

    #[test]
    fn pieces_have_outlines_of_their_own_and_small_ones_have_none() {
        let rows = ["##..###", "##..###", "....###", "#......"];
        let inside: Vec<bool> = rows.iter().flat_map(|r| r.chars().map(|c| c == '#')).collect();
        let found = outlines(&inside, 7, 2);
        let areas: Vec<f64> = found.iter().map(geo::Area::unsigned_area).collect();
        assert_eq!(areas, [4.0, 9.0]);
        assert_eq!(outlines(&inside, 7, 0).0.len(), 3);
    }

    #[test]
    fn walls_are_the_pixels_whose_middles_an_area_holds() {
        let square = vec![(1.0, 1.0), (4.0, 1.0), (4.0, 3.0), (1.0, 3.0), (1.0, 1.0)];
        let mut walls = vec![false; 24];
        fence(&mut walls, 6, std::slice::from_ref(&square), false);
        let rows: Vec<String> =
            walls.chunks(6).map(|r| r.iter().map(|w| if *w { '#' } else { '.' }).collect()).collect();
        assert_eq!(rows, ["......", ".###..", ".###..", "......"]);
        let mut rest = vec![false; 24];
        fence(&mut rest, 6, &[square], true);
        assert!(walls.iter().zip(&rest).all(|(a, b)| a != b));
        let far = vec![(-9.0, -9.0), (99.0, -9.0), (99.0, 99.0), (-9.0, 99.0), (-9.0, -9.0)];
        fence(&mut walls, 6, &[far, vec![(1.0, 50.0), (2.0, 60.0), (1.0, 50.0)]], false);
        assert!(walls.iter().all(|wall| *wall), "the picture lies in it");
    }

    proptest! {
        #[test]
        fn outlines_of_what_hangs_together_are_sound(bits in prop::collection::vec(prop::bool::weighted(0.6), 100)) {
            // The piece around the first pixel that is in.
            let Some(first) = bits.iter().position(|b| *b) else { return Ok(()) };
            let (mut seen, mut queue) = (vec![false; 100], vec![first]);
            while let Some(p) = queue.pop() {
                if !bits[p] || std::mem::replace(&mut seen[p], true) {
                    continue;
                }
                let (x, y) = (p % 10, p / 10);
                queue.extend((x > 0).then(|| p - 1));
                queue.extend((x < 9).then(|| p + 1));
                queue.extend((y > 0).then(|| p - 10));
                queue.extend((y < 9).then(|| p + 10));
            }
            let mut mask = Mask::empty(PixelBox::of([0, 0]).with([9, 9]));
            for (row, from) in mask.rows_mut().zip(seen.chunks(10)) {
                row.copy_from_slice(from);
            }
            let outline = mask.outline(&blank(12, 12)).expect("pixels");
            prop_assert!(spatial::geometry::is_sound(&outline.clone().into()), "{outline:?}");
            let differs = (outline.unsigned_area() - mask.count() as f64).abs();
            let corners = outline.exterior().0.len() + outline.interiors().iter().map(|r| r.0.len()).sum::<usize>();
            prop_assert!(differs <= corners as f64 / 8.0, "half a pixel at most: {differs}");
        }
    }
}
