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
            grass: [hex(0x66_7c42), hex(0x82_9152), hex(0xae_a474)],
            leaves: [0x4a_6634, 0x58_7440, 0x66_8044, 0x3f_5a34, 0x75_8a4a, 0x51_6c3c, 0x6c_6e3a]
                .map(hex)
                .into(),
            conifer: hex(0x36_4e36),
            sun_azimuth_deg: 128.0,
            sun_elevation_deg: 47.0,
            sunlight: Rgb([0.86, 0.83, 0.77]),
            skylight: Rgb([0.17, 0.20, 0.25]),
            thinning: 0.0,
        }
    }

    /// Mid October, an afternoon of the year before.
    pub(crate) fn before() -> Self {
        Self {
            grass: [hex(0x7c_8450), hex(0x98_9560), hex(0xb9_aa7c)],
            leaves: [0xa0_6a34, 0xb0_863c, 0x8a_5530, 0x72_7440, 0xb4_9a4a, 0x60_6e3c, 0x94_4e30, 0x7c_7844]
                .map(hex)
                .into(),
            conifer: hex(0x3c_5038),
            sun_azimuth_deg: 214.0,
            sun_elevation_deg: 38.0,
            sunlight: Rgb([0.90, 0.82, 0.70]),
            skylight: Rgb([0.15, 0.18, 0.23]),
            thinning: 0.12,
        }
    }

    /// Unit vector over the ground towards the sun, and the tangent of its elevation.
    pub(crate) fn sun(&self) -> (V2, f32) {
        let azimuth = self.sun_azimuth_deg.to_radians();
        (V2::new(azimuth.sin(), -azimuth.cos()), self.sun_elevation_deg.to_radians().tan())
    }
}
