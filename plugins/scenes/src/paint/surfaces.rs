//! Flat things around buildings: drives, decks, pools and beds.

use super::{Lift, Paint, Tile, View};
use crate::colour::{Rgb, hex};
use crate::geometry::{V2, box_distance, smooth};
use crate::material::Material;
use crate::noise::{cell, fractal, value, vein};
use crate::town::{Surface, SurfaceKind};

/// One point of a surface.
pub(super) struct Spot {
    pub p: V2,
    pub q: V2,
    pub distance: f32,
    pub pixel_m: f32,
    pub salt: u32,
    pub half: V2,
}

pub(super) fn paint(view: &View, tile: &mut Tile, surface: &Surface) {
    let reach = surface.frame.reach(surface.half.x, surface.half.y, 0.6);
    let pixel_m = tile.pixel_m;
    let streets = &view.town.streets;
    let on_kerb = matches!(surface.kind, SurfaceKind::Concrete | SurfaceKind::Asphalt | SurfaceKind::Gravel);
    tile.paint(&reach, |p, below| {
        let q = surface.frame.local(p);
        let ragged = match surface.kind {
            SurfaceKind::Gravel | SurfaceKind::WornGrass => 0.9 * (fractal(p * 1.3, 3, surface.salt) - 0.5),
            SurfaceKind::Mulch | SurfaceKind::VegetableBed => 0.3 * (fractal(p * 2.0, 2, surface.salt) - 0.5),
            _ => 0.05 * (value(p * 1.7, surface.salt) - 0.5),
        };
        let distance = match surface.kind {
            SurfaceKind::RoundPool | SurfaceKind::Trampoline => q.length() - surface.half.x,
            SurfaceKind::WornGrass => (q.length() - surface.half.x) * 0.6,
            SurfaceKind::BallField => {
                V2::new(q.x + surface.half.x, q.y - surface.half.y).length() - 2.0 * surface.half.x
            }
            _ => box_distance(q, surface.half.x, surface.half.y),
        } + ragged;
        if distance > 0.5 * pixel_m.max(0.3) || below.material == Material::RoadPaint {
            return None;
        }
        if on_kerb && below.height < 0.1 && streets.place(p).kerb < -0.02 {
            return None;
        }
        let spot = Spot { p, q, distance, pixel_m, salt: surface.salt, half: surface.half };
        Some(spot.paint(surface.kind))
    });
}

impl Spot {
    pub(super) fn cover(&self) -> f32 {
        (0.5 - self.distance / self.pixel_m).clamp(0.0, 1.0)
    }

    pub(super) fn flat(&self, rgb: Rgb, material: Material) -> Paint {
        Paint::flat(self.cover(), rgb, material)
    }

    pub(super) fn raised(&self, rgb: Rgb, by_m: f32, material: Material) -> Paint {
        Paint { lift: Lift::Raise(by_m), ..self.flat(rgb, material) }
    }

    /// Darkens along lines every `step` metres of `along`.
    pub(super) fn joint(&self, along: f32, step: f32, strength: f32) -> f32 {
        let t = (along / step - (along / step).round()).abs() * step;
        1.0 - strength * (1.0 - (t / self.pixel_m.max(0.04)).min(1.0))
    }

    /// Grain of one cell in `per_m` a metre, 0 to 1.
    pub(super) fn grain(&self, per_m: f32) -> f32 {
        cell((self.p.x * per_m) as i32, (self.p.y * per_m) as i32, self.salt)
    }

    fn paint(&self, kind: SurfaceKind) -> Paint {
        let wear = 0.86 + 0.28 * fractal(self.p * 0.7, 3, self.salt);
        let stony = wear * (0.93 + 0.14 * self.grain(25.0));
        match kind {
            SurfaceKind::Concrete => self.concrete(stony),
            SurfaceKind::Asphalt => {
                let crack = 1.0 - 0.3 * vein(self.p * 0.35, 0.014, self.salt);
                self.flat(hex(0x7c_7a79) * (stony * crack), Material::Asphalt)
            }
            SurfaceKind::Gravel => {
                let middle = 0.28 * smooth(0.35, 0.1, (self.q.x.abs() - 0.2).abs());
                let rgb = hex(0xb0_a694) * (wear * (0.8 + 0.4 * self.grain(17.0)));
                self.flat(rgb.mix(hex(0x84_8258), middle), Material::Gravel)
            }
            SurfaceKind::ParkingLot => self.parking(stony),
            SurfaceKind::Deck => self.deck(wear),
            SurfaceKind::Pool => self.pool(0.55),
            SurfaceKind::RoundPool => self.pool(0.14),
            SurfaceKind::Mulch => {
                self.flat(hex(0x74_5a44) * ((0.7 + 0.6 * self.grain(14.0)) * wear), Material::Soil)
            }
            SurfaceKind::VegetableBed => self.vegetables(wear),
            SurfaceKind::Trampoline => {
                let ring = self.distance > -0.34;
                let rgb = if ring { hex(0x34_62a0) } else { hex(0x2a_2a2c) * wear };
                self.raised(rgb, 0.9, Material::Rubber)
            }
            SurfaceKind::BasketballCourt => self.court(stony),
            SurfaceKind::Playground => self.playground(wear),
            SurfaceKind::BallField => self.ball_field(wear),
            SurfaceKind::WornGrass => {
                let rgb = hex(0xa0_8c6c) * (0.85 + 0.3 * value(self.p * 5.0, self.salt));
                Paint::flat(smooth(0.1, -0.5, self.distance) * 0.8, rgb, Material::Soil)
            }
        }
    }

    /// Slabs with joints, each a little its own grey.
    fn concrete(&self, tone: f32) -> Paint {
        let q = self.q;
        let own = 0.80 + 0.26 * cell(1, 2, self.salt);
        let slab = cell((q.x / 1.45 + 0.5).floor() as i32, (q.y / 2.6).floor() as i32, self.salt);
        let crack = 1.0 - 0.35 * vein(self.p * 0.5, 0.01, self.salt);
        let joints = self.joint(q.y, 2.6, 0.3) * self.joint(q.x, 1.45, 0.22);
        let oil = 1.0 - 0.16 * smooth(0.55, 0.75, fractal(self.p * 0.9, 3, self.salt ^ 5));
        let rgb = hex(0xbc_b5a7) * (own * tone * crack * joints * oil * (0.95 + 0.1 * slab));
        self.flat(rgb, Material::Concrete)
    }

    fn deck(&self, wear: f32) -> Paint {
        let own = hex(0xa0_8462).mix(hex(0x8c_857c), cell(3, 1, self.salt));
        let board = (self.q.x / 0.14).floor();
        let tone = 0.86 + 0.24 * cell(board as i32, 0, self.salt);
        let rail = self.distance > -0.1;
        let edge = if rail { 1.16 } else { 1.0 };
        let rgb = own * (tone * edge * (0.95 + 0.1 * wear) * self.joint(self.q.x, 0.14, 0.25));
        self.raised(rgb, if rail { 1.2 } else { 0.5 }, Material::Wood)
    }

    fn vegetables(&self, wear: f32) -> Paint {
        let row = (self.q.x * std::f32::consts::TAU / 0.62).cos();
        let plants = smooth(0.1, 0.5, row * 0.7 + 0.7 * (value(self.p * 4.5, self.salt) - 0.4));
        let soil = hex(0x80_6448) * (0.8 + 0.4 * value(self.p * 6.0, 3));
        self.raised(soil.mix(hex(0x5c_7c3c) * wear, plants), 0.3 * plants, Material::Soil)
    }

    /// A rim of concrete (or of steel, above the ground) around water with moving light.
    fn pool(&self, rim: f32) -> Paint {
        let above = rim < 0.3;
        if self.distance > -rim {
            let rgb = hex(0xd0_cabd) * self.joint(self.q.x + self.q.y, 0.6, 0.12);
            return self.raised(rgb, if above { 1.2 } else { 0.02 }, Material::Concrete);
        }
        let shallow = smooth(-self.half.x, self.half.x, self.q.x);
        let ripple = vein(self.p * 1.6, 0.06, self.salt);
        let deep = hex(0x3a_86a0).mix(hex(0x74_b8c4), shallow * 0.8 + 0.1);
        let edge = 1.0 - 0.25 * smooth(-rim - 0.35, -rim, self.distance);
        let rgb = deep * edge + Rgb([0.04, 0.06, 0.06]) * ripple;
        self.raised(rgb, if above { 0.9 } else { -0.1 }, Material::Water)
    }
}
