//! Larger surfaces with lines: parking lots, courts, playgrounds, the ball field.

use super::Paint;
use super::surfaces::Spot;
use crate::colour::hex;
use crate::geometry::{V2, box_distance, smooth};
use crate::material::Material;
use crate::noise::{fractal, value, vein};

impl Spot {
    pub(super) fn parking(&self, tone: f32) -> Paint {
        let (q, half) = (self.q, self.half);
        let spill = 1.0 - 0.3 * smooth(0.6, 0.75, fractal(self.p * 0.8, 3, self.salt ^ 2));
        let crack = 1.0 - 0.35 * vein(self.p * 0.25, 0.012, self.salt);
        let rgb = hex(0x7e_7c7b) * (tone * spill * crack);
        let start = -half.x + 0.6;
        let step = (q.x - start) / 2.7;
        let line = (step - step.round()).abs() * 2.7;
        let inside = q.x > start - 0.1 && step.round() <= ((half.x - 0.6) * 2.0 / 2.7).floor();
        let deep = half.y - q.y.abs();
        let cover = (0.5 - (line - 0.05) / self.pixel_m).clamp(0.0, 1.0);
        if inside && (0.3..5.2).contains(&deep) && cover > 0.0 {
            return self.flat(rgb.mix(hex(0xe4_e2dc), 0.78 * cover), Material::RoadPaint);
        }
        let stop = (0.25..0.42).contains(&deep) && (step - step.floor() - 0.5).abs() < 0.3 && inside;
        if stop {
            self.raised(hex(0xcc_c8be), 0.14, Material::Concrete)
        } else {
            self.flat(rgb, Material::Asphalt)
        }
    }

    pub(super) fn court(&self, tone: f32) -> Paint {
        let (q, half) = (self.q, self.half);
        let key = q.x.abs() > half.x - 4.2 && q.y.abs() < 1.8;
        let rgb = if key { hex(0x8e_5c4e) } else { hex(0x66_7c70) } * tone;
        let edge = (box_distance(q, half.x - 0.5, half.y - 0.5)).abs();
        let arc = ((V2::new(q.x.abs() - half.x + 1.2, q.y)).length() - 3.9).abs();
        let middle = q.x.abs().min((q.length() - 1.3).abs());
        let key_line = box_distance(V2::new(q.x.abs() - half.x + 2.35, q.y), 1.85, 1.8).abs();
        let line = edge.min(arc).min(middle).min(key_line);
        let inside = box_distance(q, half.x - 0.42, half.y - 0.42) < 0.0;
        let cover = (0.5 - (line - 0.04) / self.pixel_m).clamp(0.0, 1.0) * f32::from(u8::from(inside));
        self.flat(rgb.mix(hex(0xea_e8e2), cover * 0.85), Material::Asphalt)
    }

    pub(super) fn playground(&self, wear: f32) -> Paint {
        const THINGS: [(V2, f32, u32); 3] = [
            (V2::new(-0.45, -0.2), 1.1, 0xb8_5446),
            (V2::new(-0.2, 0.25), 0.8, 0xcc_ac48),
            (V2::new(0.35, 0.1), 1.3, 0x4a_6c9c),
        ];
        for (at, size, colour) in THINGS {
            let c = V2::new(at.x * self.half.x, at.y * self.half.y);
            if box_distance(self.q - c, size, 0.5 * size) < 0.0 {
                let stripe = 0.8 + 0.2 * f32::from(((self.q.x * 3.0).floor() as i32 & 1) as i8);
                return self.raised(hex(colour) * stripe, 1.6, Material::Metal);
            }
        }
        let sand = hex(0xcb_b48c) * (wear * (0.88 + 0.24 * value(self.p * 6.0, self.salt)));
        self.flat(if self.distance > -0.22 { hex(0x8c_745a) } else { sand }, Material::Soil)
    }

    /// A diamond in the lower left corner of its square; what is not dirt or chalk stays grass.
    pub(super) fn ball_field(&self, wear: f32) -> Paint {
        const SIDE: f32 = 10.5;
        let c = V2::new(self.q.x + self.half.x - 2.5, self.half.y - 2.5 - self.q.y);
        let home = c.length();
        let infield = c.x > -1.2 && c.y > -1.2 && home < SIDE * 1.42;
        let turf = c.x > 1.4 && c.y > 1.4 && c.x < SIDE - 1.4 && c.y < SIDE - 1.4;
        let mound = (c - V2::new(SIDE * 0.48, SIDE * 0.48)).length() < 1.2;
        let line = (c.x.abs() < 0.06 && c.y > 0.0) || (c.y.abs() < 0.06 && c.x > 0.0);
        let bases = [V2::new(SIDE, 0.0), V2::new(0.0, SIDE), V2::new(SIDE, SIDE), V2::default()];
        if bases.iter().any(|b| (c - *b).x.abs() < 0.22 && (c - *b).y.abs() < 0.22) {
            return Paint::flat(1.0, hex(0xf2_f0ec), Material::RoadPaint);
        }
        if (infield && (!turf || mound)) || home < 1.9 {
            let dirt = hex(0xb0_8a64) * (wear * (0.9 + 0.2 * value(self.p * 4.0, self.salt)));
            return self.flat(if line { hex(0xe8_e4da) } else { dirt }, Material::Soil);
        }
        Paint::flat(if line { 0.6 * self.cover() } else { 0.0 }, hex(0xdc_d8cc), Material::Grass)
    }
}
