//! The time of year and of day: leaves, grass, and where the sun stands.

use crate::colour::{Rgb, hex};
use crate::geometry::V2;

/// Colours and light of one picture.
#[derive(Clone, Debug)]
pub(crate) struct Season {
    /// Lush, plain and dry grass.
    pub grass: [Rgb; 3],
    pub leaves: Vec<Rgb>,
    pub conifer: Rgb,
    /// Degrees clockwise from north, and above the horizon.
    pub sun_azimuth_deg: f32,
    pub sun_elevation_deg: f32,
    pub sunlight: Rgb,
    pub skylight: Rgb,
    /// Leaves that thin the crowns, 0 full to 1 bare.
    pub thinning: f32,
}

impl Season {
    /// Late May, the morning after the storm.
    pub(crate) fn after() -> Self {
        Self {
            grass: [hex(0x5e_7044), hex(0x7a_8656), hex(0xa6_9c74)],
            leaves: [0x48_5f38, 0x56_6e42, 0x62_7848, 0x3f_5638, 0x6f_804c, 0x4e_6540, 0x69_6a40]
                .map(hex)
                .into(),
            conifer: hex(0x36_4e36),
            sun_azimuth_deg: 128.0,
            sun_elevation_deg: 52.0,
            sunlight: Rgb([0.83, 0.80, 0.74]),
            skylight: Rgb([0.21, 0.235, 0.285]),
            thinning: 0.0,
        }
    }

    /// Mid October, an afternoon of the year before.
    pub(crate) fn before() -> Self {
        Self {
            grass: [hex(0x76_7e54), hex(0x90_8e64), hex(0xb2_a680)],
            leaves: [0x5e_6a40, 0x6c_7246, 0x8a_7c48, 0x9c_8650, 0x94_7044, 0x7e_7646, 0x8c_5c40, 0x6a_6a44]
                .map(hex)
                .into(),
            conifer: hex(0x3c_5038),
            sun_azimuth_deg: 214.0,
            sun_elevation_deg: 43.0,
            sunlight: Rgb([0.90, 0.82, 0.70]),
            skylight: Rgb([0.19, 0.215, 0.265]),
            thinning: 0.12,
        }
    }

    /// Unit vector over the ground towards the sun, and the tangent of its elevation.
    pub(crate) fn sun(&self) -> (V2, f32) {
        let azimuth = self.sun_azimuth_deg.to_radians();
        (V2::new(azimuth.sin(), -azimuth.cos()), self.sun_elevation_deg.to_radians().tan())
    }
}
