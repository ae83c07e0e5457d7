//! Painting: what each pixel shows before light falls on it. A tile is painted from the ground up, each
//! thing over the last, with the share of the pixel that it covers.

mod cars;
mod courts;
mod crowns;
mod fixtures;
mod ground;
mod markings;
mod pieces;
mod roofs;
mod ruins;
mod surfaces;

use crate::colour::Rgb;
use crate::damage::Damage;
use crate::geometry::{Bounds, V2};
use crate::material::Material;
use crate::season::Season;
use crate::tornado::Tornado;
use crate::town::{Car, Fixture, Town, Tree};
use crate::wreckage::{Piece, Stroke};

/// Everything that one picture shows.
#[derive(Debug)]
pub(crate) struct View<'a> {
    pub town: &'a Town,
    pub season: &'a Season,
    pub storm: Option<&'a Tornado>,
    pub damages: &'a [Damage],
    pub trees: &'a [Tree],
    pub cars: &'a [Car],
    pub fixtures: &'a [Fixture],
    pub strewn: &'a [Piece],
    pub heaped: &'a [Piece],
    pub strokes: &'a [Stroke],
}

/// One pixel without light.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Texel {
    pub rgb: Rgb,
    /// Metres above the ground.
    pub height: f32,
    /// Rise per metre to the right and down.
    pub slope: V2,
    pub material: Material,
    /// Share of the sun that thin things above (branches, wires) let through.
    pub sun: f32,
}

/// How a thing stands on what is below it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Lift {
    /// At this height, whatever is below.
    Set(f32),
    /// At this height where nothing is higher.
    Over(f32),
    /// This much above what is below.
    Raise(f32),
}

/// What a thing shows at one point.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Paint {
    /// Share of the pixel, 0 to 1.
    pub cover: f32,
    pub rgb: Rgb,
    pub lift: Lift,
    pub slope: V2,
    pub material: Material,
}

impl Paint {
    /// Something flat that lies on what is below.
    pub(crate) fn flat(cover: f32, rgb: Rgb, material: Material) -> Self {
        Self { cover, rgb, lift: Lift::Raise(0.0), slope: V2::default(), material }
    }
}

/// A block of pixels being painted.
#[derive(Debug)]
pub(crate) struct Tile {
    pub origin: V2,
    pub pixel_m: f32,
    pub columns: usize,
    pub texels: Vec<Texel>,
    pub bounds: Bounds,
}

impl Tile {
    pub(crate) fn new(origin: V2, pixel_m: f32, columns: usize, rows: usize) -> Self {
        let max = origin + V2::new(columns as f32, rows as f32) * pixel_m;
        let texels = vec![Texel { sun: 1.0, ..Texel::default() }; columns * rows];
        Self { origin, pixel_m, columns, texels, bounds: Bounds { min: origin, max } }
    }

    /// Takes away the share of the sun that `shade` says.
    pub(crate) fn shade(&mut self, reach: &Bounds, shade: impl Fn(V2) -> f32) {
        self.visit(reach, |p, texel| texel.sun *= 1.0 - shade(p).clamp(0.0, 1.0));
    }

    /// Asks `what` for every pixel of `reach` and lays the answers over the tile.
    pub(crate) fn paint(&mut self, reach: &Bounds, what: impl Fn(V2, &Texel) -> Option<Paint>) {
        self.visit(reach, |p, below| {
            if let Some(paint) = what(p, below) {
                lay(below, &paint);
            }
        });
    }

    fn visit(&mut self, reach: &Bounds, mut each: impl FnMut(V2, &mut Texel)) {
        if !reach.meets(&self.bounds) {
            return;
        }
        let rows = self.texels.len() / self.columns.max(1);
        let index = |v: f32, most: usize| (v.max(0.0) as usize).min(most);
        let low = (reach.min - self.origin) * (1.0 / self.pixel_m);
        let high = (reach.max - self.origin) * (1.0 / self.pixel_m);
        let (x0, x1) = (index(low.x, self.columns), index(high.x + 1.0, self.columns));
        let (y0, y1) = (index(low.y, rows), index(high.y + 1.0, rows));
        for y in y0..y1 {
            let py = self.origin.y + (y as f32 + 0.5) * self.pixel_m;
            let row = y * self.columns;
            for x in x0..x1 {
                let p = V2::new(self.origin.x + (x as f32 + 0.5) * self.pixel_m, py);
                each(p, &mut self.texels[row + x]);
            }
        }
    }
}

fn lay(below: &mut Texel, paint: &Paint) {
    let height = match paint.lift {
        Lift::Over(h) if h < below.height => return,
        Lift::Set(h) | Lift::Over(h) => h,
        Lift::Raise(d) => below.height + d,
    };
    let t = paint.cover.clamp(0.0, 1.0);
    if t <= 0.0 {
        return;
    }
    below.rgb = below.rgb.mix(paint.rgb, t);
    if !matches!(paint.lift, Lift::Raise(0.0)) || paint.slope != V2::default() {
        below.slope = below.slope * (1.0 - t) + paint.slope * t;
    }
    if !matches!(paint.lift, Lift::Raise(_)) {
        below.sun += (1.0 - below.sun) * t;
    }
    if t >= 0.5 {
        below.height = height;
        below.material = paint.material;
    }
}

impl View<'_> {
    /// Paints everything that reaches into the tile.
    pub(crate) fn paint(&self, tile: &mut Tile) {
        ground::paint(self, tile);
        for surface in &self.town.surfaces {
            surfaces::paint(self, tile, surface);
        }
        markings::paint(self, tile);
        ground::scour(self, tile);
        for fixture in self.fixtures.iter().filter(|f| !fixtures::is_overhead(f)) {
            fixtures::paint(tile, fixture);
        }
        for piece in self.strewn {
            pieces::scrap(tile, piece);
        }
        for car in self.cars {
            cars::paint(tile, car);
        }
        for stroke in self.strokes {
            pieces::stroke_shadow(tile, stroke, self.season);
        }
        for (building, damage) in self.town.buildings.iter().zip(self.damages) {
            let reach = building.bounds(2.5);
            if reach.meets(&tile.bounds) {
                ruins::paint(tile, building, damage);
                roofs::paint(tile, building, damage);
            }
        }
        for piece in self.heaped {
            pieces::scrap(tile, piece);
        }
        for stroke in self.strokes {
            pieces::stroke(tile, stroke);
        }
        for tree in self.trees {
            crowns::paint(self.season, tile, tree);
        }
        for fixture in self.fixtures.iter().filter(|f| fixtures::is_overhead(f)) {
            fixtures::paint(tile, fixture);
        }
    }
}
