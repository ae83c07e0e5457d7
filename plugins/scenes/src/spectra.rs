//! Reflectance of each material from 400 to 2400 nm, put together from the absorptions that shape it.

use crate::material::Material;

/// A dip (or, when negative, a peak) of Gaussian shape.
struct Feature {
    centre_nm: f32,
    width_nm: f32,
    depth: f32,
}

const fn dip(centre_nm: f32, width_nm: f32, depth: f32) -> Feature {
    Feature { centre_nm, width_nm, depth }
}

/// Straight lines between knots of (wavelength, reflectance), deepened by features.
struct Curve {
    knots: &'static [(f32, f32)],
    features: &'static [Feature],
}

/// Liquid water in leaves.
const LEAF_WATER: [Feature; 4] =
    [dip(975.0, 35.0, 0.10), dip(1190.0, 45.0, 0.18), dip(1450.0, 75.0, 0.55), dip(1940.0, 95.0, 0.72)];
/// Cellulose and lignin in dry plants and wood.
const DRY_PLANT: [Feature; 4] =
    [dip(1200.0, 50.0, 0.06), dip(1450.0, 70.0, 0.16), dip(1930.0, 80.0, 0.26), dip(2100.0, 55.0, 0.16)];
const CLAY: [Feature; 4] =
    [dip(900.0, 90.0, 0.08), dip(1414.0, 28.0, 0.10), dip(1915.0, 45.0, 0.18), dip(2205.0, 32.0, 0.16)];
const PLASTIC: [Feature; 4] =
    [dip(1215.0, 28.0, 0.22), dip(1395.0, 35.0, 0.12), dip(1730.0, 34.0, 0.42), dip(2310.0, 45.0, 0.40)];
const CARBONATE: [Feature; 3] = [dip(1415.0, 35.0, 0.08), dip(1935.0, 60.0, 0.16), dip(2335.0, 40.0, 0.14)];
const ALUMINIUM: [Feature; 1] = [dip(850.0, 70.0, 0.06)];
const BITUMEN: [Feature; 2] = [dip(1730.0, 25.0, 0.05), dip(2310.0, 45.0, 0.10)];
const GYPSUM: [Feature; 4] =
    [dip(1446.0, 32.0, 0.30), dip(1750.0, 28.0, 0.16), dip(1940.0, 45.0, 0.42), dip(2215.0, 40.0, 0.18)];

fn curve(material: Material) -> Curve {
    let (knots, features): (&'static [(f32, f32)], &'static [Feature]) = match material {
        Material::Nothing => (&[(400.0, 0.0)], &[]),
        Material::Grass => (&LAWN, &LEAF_WATER),
        Material::Canopy => (&LEAVES, &LEAF_WATER),
        Material::DryGrass => (
            &[
                (400.0, 0.06),
                (550.0, 0.13),
                (680.0, 0.19),
                (760.0, 0.27),
                (1300.0, 0.43),
                (1700.0, 0.40),
                (2400.0, 0.20),
            ],
            &DRY_PLANT,
        ),
        Material::Soil => (
            &[(400.0, 0.07), (550.0, 0.15), (700.0, 0.23), (1000.0, 0.31), (1600.0, 0.40), (2400.0, 0.33)],
            &CLAY,
        ),
        Material::Asphalt => {
            (&[(400.0, 0.085), (700.0, 0.125), (1200.0, 0.155), (1900.0, 0.185), (2400.0, 0.175)], &BITUMEN)
        }
        Material::Concrete => {
            (&[(400.0, 0.22), (600.0, 0.33), (1000.0, 0.38), (1700.0, 0.40), (2400.0, 0.32)], &CARBONATE)
        }
        Material::Gravel => {
            (&[(400.0, 0.18), (600.0, 0.28), (1000.0, 0.34), (1700.0, 0.37), (2400.0, 0.28)], &CARBONATE)
        }
        Material::RoadPaint => {
            (&[(400.0, 0.20), (450.0, 0.52), (900.0, 0.60), (1700.0, 0.50), (2400.0, 0.33)], &CARBONATE)
        }
        Material::Shingle => {
            (&[(400.0, 0.09), (600.0, 0.125), (1000.0, 0.15), (1700.0, 0.19), (2400.0, 0.17)], &BITUMEN)
        }
        Material::Membrane => {
            (&[(400.0, 0.38), (500.0, 0.55), (1000.0, 0.60), (1600.0, 0.48), (2400.0, 0.26)], &PLASTIC)
        }
        Material::RoofMetal | Material::Metal => {
            (&[(400.0, 0.30), (800.0, 0.36), (1000.0, 0.40), (1700.0, 0.50), (2400.0, 0.52)], &ALUMINIUM)
        }
        Material::RoofFixture => (&[(400.0, 0.24), (1000.0, 0.30), (2400.0, 0.30)], &BITUMEN),
        Material::Wood | Material::Bark => (
            &[(400.0, 0.10), (600.0, 0.27), (800.0, 0.44), (1300.0, 0.56), (1700.0, 0.50), (2400.0, 0.24)],
            &DRY_PLANT,
        ),
        Material::Brick => (
            &[(400.0, 0.07), (530.0, 0.09), (620.0, 0.23), (1000.0, 0.34), (1700.0, 0.46), (2400.0, 0.44)],
            &CLAY,
        ),
        Material::Plaster => (&[(400.0, 0.48), (600.0, 0.66), (1300.0, 0.70), (2400.0, 0.42)], &GYPSUM),
        Material::Insulation => (
            &[(400.0, 0.28), (500.0, 0.33), (600.0, 0.56), (1000.0, 0.62), (1700.0, 0.55), (2400.0, 0.38)],
            &PLASTIC,
        ),
        Material::Rubble => {
            (&[(400.0, 0.13), (600.0, 0.24), (1000.0, 0.34), (1700.0, 0.38), (2400.0, 0.25)], &DRY_PLANT)
        }
        Material::Tarp => (&TARP, &PLASTIC),
        Material::Water => (
            &[(400.0, 0.075), (480.0, 0.085), (560.0, 0.06), (700.0, 0.018), (760.0, 0.008), (2400.0, 0.003)],
            &[],
        ),
        Material::CarPaint => (&[(400.0, 0.28), (700.0, 0.32), (1500.0, 0.30), (2400.0, 0.22)], &BITUMEN),
        Material::Glass => (&[(400.0, 0.055), (800.0, 0.05), (1100.0, 0.045), (2400.0, 0.06)], &[]),
        Material::Rubber => (&[(400.0, 0.045), (2400.0, 0.05)], &[]),
    };
    Curve { knots, features }
}

/// Chlorophyll's dips at 450 and 670 nm, the green peak, the red edge near 715 nm, the infrared plateau.
const LEAVES: [(f32, f32); 12] = [
    (400.0, 0.030),
    (500.0, 0.034),
    (550.0, 0.085),
    (600.0, 0.052),
    (670.0, 0.030),
    (690.0, 0.045),
    (715.0, 0.20),
    (750.0, 0.42),
    (1100.0, 0.50),
    (1300.0, 0.45),
    (1680.0, 0.31),
    (2400.0, 0.10),
];
const LAWN: [(f32, f32); 12] = [
    (400.0, 0.038),
    (500.0, 0.045),
    (550.0, 0.105),
    (600.0, 0.075),
    (670.0, 0.050),
    (690.0, 0.065),
    (715.0, 0.19),
    (750.0, 0.35),
    (1100.0, 0.43),
    (1300.0, 0.40),
    (1680.0, 0.31),
    (2400.0, 0.13),
];
const TARP: [(f32, f32); 9] = [
    (400.0, 0.22),
    (460.0, 0.38),
    (510.0, 0.24),
    (570.0, 0.09),
    (690.0, 0.08),
    (740.0, 0.28),
    (850.0, 0.52),
    (1600.0, 0.50),
    (2400.0, 0.30),
];

/// Reflectance (0 to 1) of a material at one wavelength.
pub fn reflectance(material: Material, wavelength_nm: f32) -> f32 {
    let Curve { knots, features } = curve(material);
    let after = knots.iter().position(|k| k.0 > wavelength_nm).unwrap_or(knots.len());
    let last = knots[knots.len() - 1];
    let base = match after {
        0 => knots[0].1,
        i if i == knots.len() => last.1,
        i => {
            let (a, b) = (knots[i - 1], knots[i]);
            let t = (wavelength_nm - a.0) / (b.0 - a.0);
            let eased = t * t * (3.0 - 2.0 * t);
            a.1 + (b.1 - a.1) * (0.5 * t + 0.5 * eased)
        }
    };
    features.iter().fold(base, |r, f| {
        let off = (wavelength_nm - f.centre_nm) / f.width_nm;
        r * (1.0 - f.depth * (-0.5 * off * off).exp())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reflectance_is_a_share() {
        for material in Material::ALL {
            for nm in (400..=2400).step_by(10) {
                let r = reflectance(material, nm as f32);
                assert!((0.0..=1.0).contains(&r), "{material:?} {nm} {r}");
            }
        }
    }

    #[test]
    fn leaves_have_a_red_edge_water_drinks_the_infrared_and_a_tarp_is_blue() {
        let ndvi = |m| {
            let (red, near) = (reflectance(m, 670.0), reflectance(m, 800.0));
            (near - red) / (near + red)
        };
        assert!(ndvi(Material::Canopy) > 0.8 && ndvi(Material::Grass) > 0.6);
        assert!(ndvi(Material::Asphalt) < 0.2 && ndvi(Material::Soil) < 0.3);
        assert!(reflectance(Material::Water, 1000.0) < 0.02);
        assert!(reflectance(Material::Tarp, 460.0) > 3.0 * reflectance(Material::Tarp, 620.0));
    }
}
