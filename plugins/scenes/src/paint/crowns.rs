//! Trees from above: a crown is a heap of leafy clumps, each lit on its own; a conifer is a star.

use super::{Lift, Paint, Tile};
use crate::colour::Rgb;
use crate::geometry::{Bounds, V2, smooth};
use crate::material::Material;
use crate::noise::{cell, fractal, hash, value};
use crate::season::Season;
use crate::town::{Habit, Tree};

pub(super) fn paint(season: &Season, tile: &mut Tile, tree: &Tree) {
    let reach = Bounds::around(tree.at, tree.radius + 0.4, tree.radius + 0.4);
    if !reach.meets(&tile.bounds) {
        return;
    }
    match tree.habit {
        Habit::Conifer => conifer(season, tile, tree, &reach),
        Habit::Broad | Habit::Shrub => broad(season, tile, tree),
    }
}

fn leaf(season: &Season, tone: f32) -> Rgb {
    let last = season.leaves.len() - 1;
    let at = tone.clamp(0.0, 0.999) * last as f32;
    season.leaves[at as usize].mix(season.leaves[(at as usize + 1).min(last)], at.fract())
}

/// A clump of leaves: a bumpy half ball.
struct Clump {
    at: V2,
    radius: f32,
    height: f32,
    rgb: Rgb,
}

fn clumps(season: &Season, tree: &Tree) -> Vec<Clump> {
    let shrub = tree.habit == Habit::Shrub;
    let count = if shrub { 5 } else { 16 + (tree.radius * tree.radius * 3.4) as i32 };
    let own = leaf(season, tree.tone);
    let lopsided = V2::turned(tree.tone * std::f32::consts::TAU) * (0.1 * tree.radius);
    (0..count)
        .filter(|i| shrub || cell(*i, 9, tree.salt) >= season.thinning)
        .map(|i| {
            let unit = |k: i32| cell(i, k, tree.salt);
            let angle = i as f32 * 2.399_963 + 0.9 * unit(1);
            let share = ((i as f32 + 0.5) / count as f32).sqrt();
            let lobe =
                0.82 + 0.24 * value(V2::turned(angle) * 1.3 + V2::new(9.0, tree.tone * 50.0), tree.salt);
            let out = share * lobe * tree.radius * 0.84;
            let radius = tree.radius * (0.17 + 0.14 * unit(2)) + 0.12;
            let dome = (1.0 - share * share).max(0.0).sqrt();
            let height = tree.height_m * (0.5 + 0.4 * dome) + 0.35 * (unit(3) - 0.5) * tree.radius;
            let warm = leaf(season, tree.tone + 0.16 * (unit(4) - 0.5));
            let rgb = own.mix(warm, 0.6) * (0.68 + 0.36 * dome + 0.26 * (unit(5) - 0.5));
            Clump { at: tree.at + V2::turned(angle) * out + lopsided * dome, radius, height, rgb }
        })
        .collect()
}

fn broad(season: &Season, tile: &mut Tile, tree: &Tree) {
    for clump in clumps(season, tree) {
        let reach = Bounds::around(clump.at, clump.radius * 1.25, clump.radius * 1.25);
        let salt = tree.salt ^ hash((clump.at.x * 50.0) as i32, (clump.at.y * 50.0) as i32, 5);
        let pixel_m = tile.pixel_m;
        tile.paint(&reach, |p, _| {
            let d = p - clump.at;
            let ragged = 0.62 + 0.62 * fractal(p * 3.2, 2, salt);
            let radius = clump.radius * ragged;
            let distance = d.length();
            let cover = (0.5 - (distance - radius) / pixel_m).clamp(0.0, 1.0);
            if cover <= 0.0 {
                return None;
            }
            let bulge = (1.0 - (distance / (radius * 1.04)).powi(2)).max(0.05).sqrt();
            let leaves = value(p * 7.0, tree.salt) - 0.5;
            let spark = cell((p.x * 20.0) as i32, (p.y * 20.0) as i32, salt) - 0.5;
            let rgb = clump.rgb * (0.82 + 0.3 * bulge + 0.42 * leaves + 0.24 * spark).max(0.2);
            let fall = d * (-1.15 / (radius * (0.35 + bulge)));
            let rough = V2::new(value(p * 8.0, 61) - 0.5, value(p * 8.0, 62) - 0.5) * 1.5;
            let height = clump.height + clump.radius * (bulge - 0.5) + 0.25 * leaves;
            Some(Paint {
                cover,
                rgb,
                lift: Lift::Over(height),
                slope: fall + rough,
                material: Material::Canopy,
            })
        });
    }
}

fn conifer(season: &Season, tile: &mut Tile, tree: &Tree, reach: &Bounds) {
    let pixel_m = tile.pixel_m;
    let own = season.conifer * (0.85 + 0.35 * tree.tone);
    tile.paint(reach, |p, _| {
        let d = p - tree.at;
        let angle = d.angle();
        let star = (angle * 9.0 + tree.tone * 20.0 + 1.8 * value(d * 1.2, tree.salt)).cos();
        let radius = tree.radius * (0.8 + 0.13 * star + 0.16 * (fractal(p * 1.5, 2, tree.salt) - 0.5));
        let distance = d.length();
        let cover = (0.5 - (distance - radius) / pixel_m).clamp(0.0, 1.0);
        if cover <= 0.0 {
            return None;
        }
        let t = distance / radius;
        let tier = (t * 5.0 + 0.25 * star).fract();
        let needles = value(p * 8.0, tree.salt) - 0.5;
        let rgb = own * (1.12 - 0.42 * t + 0.22 * star * t + 0.4 * needles - 0.2 * smooth(0.75, 1.0, tier));
        let slope = d * (-2.0 / distance.max(0.15)) + V2::new(needles, -needles);
        let height = tree.height_m * (1.0 - 0.8 * t) + 0.3 * needles;
        Some(Paint { cover, rgb, lift: Lift::Over(height), slope, material: Material::Canopy })
    });
}
