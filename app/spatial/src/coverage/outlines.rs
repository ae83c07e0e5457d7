//! Shapes in few bytes, neighbours together.

use super::{Cell, Fading};
use crate::{WorldPoint, WorldRect};

/// One ring or line of a shape.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Outline {
    first: u32,
    count: u32,
    /// The shape that it is of, by its number in the list.
    shape: u32,
    /// The longer side of the box of the shape.
    pub(crate) side: f32,
    /// The area of the shape without its holes, of a line without an end: it is never too small.
    pub(crate) area: f32,
    pub(crate) kind: u16,
    form: Form,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Outer,
    Hole,
    Line,
    Hidden,
}

impl Outline {
    pub(crate) fn is_hole(&self) -> bool {
        self.form == Form::Hole
    }

    pub(crate) fn is_line(&self) -> bool {
        self.form == Form::Line
    }

    pub(crate) fn is_hidden(&self) -> bool {
        self.form == Form::Hidden
    }
}

/// Outlines that lie near each other and are of like size.
#[derive(Clone, Debug)]
struct Group {
    middle: [f64; 2],
    bounds: WorldRect,
    /// The side of the smallest of its shapes.
    smallest: f32,
    first: u32,
    count: u32,
}

/// A group while it is looked at.
#[derive(Debug)]
pub(crate) struct Seen<'a> {
    /// What the points of its outlines are relative to.
    pub(crate) middle: [f64; 2],
    pub(crate) outlines: &'a [Outline],
}

/// Polygons and lines in world units, to be looked at from afar again and again: about 50 bytes for a building.
#[derive(Clone, Debug, Default)]
pub struct Outlines {
    groups: Vec<Group>,
    drawn: Vec<Outline>,
    points: Vec<[f32; 2]>,
}

/// Shapes of one group at most.
const GROUP: usize = 256;

/// A shape while the list is made.
struct Given<'a> {
    number: u32,
    kind: u16,
    closed: bool,
    rings: &'a [Vec<[f64; 2]>],
    bounds: WorldRect,
}

impl Given<'_> {
    fn side(&self) -> f64 {
        self.bounds.width().max(self.bounds.height())
    }
}

impl Outlines {
    /// Of shapes: the kind of each, whether it is closed, and its rings, the first the outer one, others holes. What is not finite or has
    /// too few points is left out; shapes are numbered all the same.
    pub fn new<'a>(shapes: impl IntoIterator<Item = (u16, bool, &'a [Vec<[f64; 2]>])>) -> Self {
        let given = shapes.into_iter().zip(0..).filter_map(|((kind, closed, rings), number)| {
            let bounds = bounds_of(rings)?;
            Some(Given { number, kind, closed, rings, bounds })
        });
        let mut given: Vec<Given<'_>> = given.collect();
        let whole = given.iter().map(|shape| shape.bounds).reduce(joined);
        let Some(whole) = whole else { return Self::default() };
        let place =
            |at: f64, from: f64, span: f64| ((at - from) / span.max(f64::MIN_POSITIVE) * 65_535.0) as u64;
        given.sort_by_cached_key(|shape| {
            let at = shape.bounds.center();
            let x = place(at.x, whole.min().x, whole.width());
            let y = place(at.y, whole.min().y, whole.height());
            // Of like size first, so that a group is seen or not as a whole.
            let size = (shape.side().max(f64::MIN_POSITIVE).log2() as i64 + 2_000) as u64;
            size << 32 | interleaved(x) | interleaved(y) << 1
        });
        let mut outlines = Self::default();
        let size = |shape: &Given<'_>| shape.side().max(f64::MIN_POSITIVE).log2() as i64;
        for of_size in given.chunk_by(|a, b| size(a) == size(b)) {
            for near in of_size.chunks(GROUP) {
                outlines.add_group(near);
            }
        }
        outlines.groups.shrink_to_fit();
        outlines.drawn.shrink_to_fit();
        outlines.points.shrink_to_fit();
        outlines
    }

    fn add_group(&mut self, shapes: &[Given<'_>]) {
        let Some(bounds) = shapes.iter().map(|shape| shape.bounds).reduce(joined) else { return };
        let middle = bounds.center();
        let first = self.drawn.len() as u32;
        for shape in shapes {
            self.add_shape(shape, middle);
        }
        let smallest = shapes.iter().map(|shape| shape.side() as f32).fold(f32::INFINITY, f32::min);
        let count = self.drawn.len() as u32 - first;
        self.groups.push(Group { middle: [middle.x, middle.y], bounds, smallest, first, count });
    }

    fn add_shape(&mut self, shape: &Given<'_>, middle: WorldPoint) {
        let from = self.drawn.len();
        let mut area = 0.0;
        for (at, ring) in shape.rings.iter().enumerate() {
            let mut ring = ring.as_slice();
            if let ([first, .., last], true) = (ring, shape.closed)
                && first == last
            {
                ring = &ring[..ring.len() - 1];
            }
            if ring.len() < if shape.closed { 3 } else { 2 } {
                continue;
            }
            let first = self.points.len() as u32;
            self.points.extend(ring.iter().map(|p| [(p[0] - middle.x) as f32, (p[1] - middle.y) as f32]));
            let count = self.points.len() as u32 - first;
            let form = match (shape.closed, at) {
                (false, _) => Form::Line,
                (true, 0) => Form::Outer,
                (true, _) => Form::Hole,
            };
            let points = &self.points[first as usize..];
            area += match form {
                Form::Hole => -super::area::of_ring(points.iter().copied()).abs(),
                Form::Line => 0.0,
                _ => super::area::of_ring(points.iter().copied()).abs(),
            };
            let (side, kind) = (shape.side() as f32, shape.kind);
            self.drawn.push(Outline { first, count, shape: shape.number, side, area: 0.0, kind, form });
        }
        for outline in &mut self.drawn[from..] {
            // A line is as wide as a pixel at any scale.
            outline.area = if outline.form == Form::Line { f32::INFINITY } else { area.max(0.0) };
        }
    }

    /// The groups that meet a box, but for those whose shapes all have a longer side than `largest`.
    pub(crate) fn groups_in(&self, seen: WorldRect, largest: f64) -> impl Iterator<Item = Seen<'_>> {
        let meets = move |group: &&Group| {
            let (min, max) = (group.bounds.min(), group.bounds.max());
            f64::from(group.smallest) <= largest
                && min.x <= seen.max().x
                && max.x >= seen.min().x
                && min.y <= seen.max().y
                && max.y >= seen.min().y
        };
        self.groups.iter().filter(meets).map(|group| {
            let outlines = &self.drawn[group.first as usize..(group.first + group.count) as usize];
            Seen { middle: group.middle, outlines }
        })
    }

    pub(crate) fn points_of(&self, outline: &Outline) -> &[[f32; 2]] {
        &self.points[outline.first as usize..(outline.first + outline.count) as usize]
    }

    /// Leaves some shapes out from now on, by their numbers; the box of what was there.
    pub fn hide(&mut self, shapes: std::ops::Range<u32>) -> Option<WorldRect> {
        let mut bounds: Option<WorldRect> = None;
        for group in &self.groups {
            let of_group = group.first as usize..(group.first + group.count) as usize;
            for outline in self.drawn[of_group].iter_mut().filter(|outline| shapes.contains(&outline.shape)) {
                outline.form = Form::Hidden;
                let points = &self.points[outline.first as usize..(outline.first + outline.count) as usize];
                let in_world = points.iter().map(|p| WorldPoint {
                    x: group.middle[0] + f64::from(p[0]),
                    y: group.middle[1] + f64::from(p[1]),
                });
                let around = in_world.map(|at| WorldRect::new(at, at));
                bounds = around.chain(bounds).reduce(joined);
            }
        }
        bounds
    }

    /// The box around all shapes.
    pub fn bounds(&self) -> Option<WorldRect> {
        self.groups.iter().map(|group| group.bounds).reduce(joined)
    }

    /// True when a shape has a side no longer than this.
    pub fn has_below(&self, largest: f64) -> bool {
        self.groups.iter().any(|group| f64::from(group.smallest) <= largest)
    }

    /// True when something may lie in a cell (or on its border) that counts there.
    pub fn has_any_in(&self, cell: Cell, fading: Fading) -> bool {
        self.groups_in(cell.bordered(), f64::from(fading.high_px) * cell.texel()).next().is_some()
    }

    /// Bytes of memory that it takes.
    pub fn bytes(&self) -> usize {
        self.groups.capacity() * size_of::<Group>()
            + self.drawn.capacity() * size_of::<Outline>()
            + self.points.capacity() * size_of::<[f32; 2]>()
    }
}

fn bounds_of(rings: &[Vec<[f64; 2]>]) -> Option<WorldRect> {
    let mut points = rings.iter().flatten();
    let first = points.next()?;
    let (mut min, mut max) = (*first, *first);
    for point in std::iter::once(first).chain(points) {
        if !point[0].is_finite() || !point[1].is_finite() {
            return None;
        }
        for axis in 0..2 {
            min[axis] = min[axis].min(point[axis]);
            max[axis] = max[axis].max(point[axis]);
        }
    }
    Some(WorldRect::new(WorldPoint { x: min[0], y: min[1] }, WorldPoint { x: max[0], y: max[1] }))
}

fn joined(a: WorldRect, b: WorldRect) -> WorldRect {
    WorldRect::new(
        WorldPoint { x: a.min().x.min(b.min().x), y: a.min().y.min(b.min().y) },
        WorldPoint { x: a.max().x.max(b.max().x), y: a.max().y.max(b.max().y) },
    )
}

/// The lower 16 bits with a gap after each.
fn interleaved(bits: u64) -> u64 {
    let mut bits = bits & 0xffff;
    bits = (bits | bits << 8) & 0x00ff_00ff;
    bits = (bits | bits << 4) & 0x0f0f_0f0f;
    bits = (bits | bits << 2) & 0x3333_3333;
    (bits | bits << 1) & 0x5555_5555
}
