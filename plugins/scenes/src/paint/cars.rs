//! Cars from above: body, glass, bed, lights; or wheels and axles where one lies on its roof.

use super::{Lift, Paint, Tile};
use crate::colour::{Rgb, hex};
use crate::geometry::{V2, box_distance, smooth};
use crate::material::Material;
use crate::noise::value;
use crate::town::{Body, Car};

/// Where a body's parts lie along its length: hood end, roof front, roof back, tail glass end.
fn parts(body: Body) -> [f32; 4] {
    match body {
        Body::Saloon => [0.95, 0.35, -0.95, -1.55],
        Body::Wagon => [1.05, 0.5, -1.75, -2.15],
        Body::Pickup => [1.25, 0.75, -0.45, -0.6],
        Body::Van => [1.6, 1.05, -2.1, -2.35],
    }
}

pub(super) fn paint(tile: &mut Tile, car: &Car) {
    let half = car.half();
    let reach = car.frame.reach(half.x, half.y, 0.2);
    let pixel_m = tile.pixel_m;
    tile.paint(&reach, |p, _| {
        let q = car.frame.local(p);
        let distance = box_distance(q, half.x - 0.32, half.y - 0.32) - 0.32;
        let cover = (0.5 - distance / pixel_m).clamp(0.0, 1.0);
        if cover <= 0.0 {
            return None;
        }
        let part = if car.overturned { underside(car, q, half) } else { top(car, q, half, pixel_m) };
        let (rgb, height, slope, material) = part;
        let slope = car.frame.turn(slope);
        Some(Paint { cover, rgb, lift: Lift::Over(height), slope, material })
    });
}

fn top(car: &Car, q: V2, half: V2, pixel_m: f32) -> (Rgb, f32, V2, Material) {
    let [hood, front, back, tail] = parts(car.body);
    let side = q.y.abs();
    let tall = if car.body == Body::Saloon { 1.42 } else { 1.75 };
    let glass = hex(0x2a_3238).mix(hex(0x6a_7884), 0.35 * smooth(-0.8, 0.8, q.y + q.x * 0.3));
    let crown = V2::new(0.0, -q.y * 0.5);
    let sheen = 0.94 + 0.1 * value(q * 1.1, car.salt);
    let paint = car.colour * sheen;
    let cabin = half.y - 0.16;
    if q.x < hood && q.x > tail && side < cabin {
        let narrow = cabin - 0.2;
        if q.x > front {
            let t = (q.x - front) / (hood - front);
            return (glass, tall - t * 0.55, V2::new(-0.9, 0.0), Material::Glass);
        }
        if q.x < back {
            let t = (back - q.x) / (back - tail);
            return (glass, tall - t * 0.45, V2::new(0.8, 0.0), Material::Glass);
        }
        let pillar = (q.x - 0.5 * (front + back)).abs() < 0.06;
        if side > narrow && !pillar {
            return (glass * 0.9, tall - 0.2, V2::new(0.0, -q.y.signum() * 0.9), Material::Glass);
        }
        let rib = 1.0 - 0.08 * smooth(0.05, 0.0, (side - 0.45).abs());
        return (paint * (1.03 * rib), tall, crown, Material::CarPaint);
    }
    if car.body == Body::Pickup && q.x < tail && side < half.y - 0.16 && q.x > -half.x + 0.14 {
        let bed = hex(0x3a_3a3c) * (0.8 + 0.4 * value(q * 6.0, car.salt));
        let ribs = 1.0 - 0.2 * f32::from(((q.y * 7.0).floor() as i32 & 1) as i8);
        return (bed * ribs, 0.65, V2::default(), Material::Metal);
    }
    let end = half.x - q.x.abs();
    let seam = smooth(pixel_m.max(0.03), 0.0, (q.x - hood - 0.04).abs()) * 0.35;
    if end < 0.16 && side > half.y - 0.52 && side < half.y - 0.12 {
        let lamp = if q.x > 0.0 { hex(0xe8_e8e4) } else { hex(0x8a_1e1a) };
        return (lamp, 0.75, V2::default(), Material::Glass);
    }
    let fall = if end < 0.35 { V2::new(-q.x.signum() * 0.6, 0.0) } else { V2::default() };
    (paint * (1.0 - seam), 0.95, crown + fall, Material::CarPaint)
}

fn underside(car: &Car, q: V2, half: V2) -> (Rgb, f32, V2, Material) {
    let wheel = V2::new(q.x.abs() - half.x * 0.6, q.y.abs() - half.y + 0.18);
    if wheel.x.abs() < 0.34 && wheel.y.abs() < 0.16 {
        return (hex(0x1e_1e20), 1.2, V2::default(), Material::Rubber);
    }
    let metal = hex(0x56_504a) * (0.6 + 0.7 * value(q * 4.0, car.salt));
    let axle = q.y.abs() < 0.07 || (q.x.abs() - half.x * 0.6).abs() < 0.06;
    let tank = (q - V2::new(-half.x * 0.35, 0.35)).length() < 0.35;
    let rgb = if axle || tank { hex(0x9a_958c) } else { metal };
    let rim = half.y - q.y.abs() < 0.12;
    (if rim { car.colour * 0.8 } else { rgb }, if axle { 1.15 } else { 0.95 }, V2::default(), Material::Metal)
}
