//! What a pixel is made of: the truth behind the colours, and the key to the cube's spectra.

use serde::{Deserialize, Serialize};

/// The stuff on top of one pixel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Material {
    /// Outside the picture's valid area.
    #[default]
    Nothing,
    Grass,
    DryGrass,
    Soil,
    Asphalt,
    Concrete,
    Gravel,
    RoadPaint,
    Shingle,
    Membrane,
    RoofMetal,
    /// Chimneys, vents, skylights, solar panels and air handlers: part of a roof.
    RoofFixture,
    Wood,
    Brick,
    Plaster,
    Insulation,
    Rubble,
    Tarp,
    Water,
    Canopy,
    Bark,
    CarPaint,
    Glass,
    Rubber,
    Metal,
}

impl Material {
    /// Every material, in the order of its number.
    pub const ALL: [Self; 25] = [
        Self::Nothing,
        Self::Grass,
        Self::DryGrass,
        Self::Soil,
        Self::Asphalt,
        Self::Concrete,
        Self::Gravel,
        Self::RoadPaint,
        Self::Shingle,
        Self::Membrane,
        Self::RoofMetal,
        Self::RoofFixture,
        Self::Wood,
        Self::Brick,
        Self::Plaster,
        Self::Insulation,
        Self::Rubble,
        Self::Tarp,
        Self::Water,
        Self::Canopy,
        Self::Bark,
        Self::CarPaint,
        Self::Glass,
        Self::Rubber,
        Self::Metal,
    ];

    /// The material of a number; [`Material::Nothing`] beyond the last.
    pub fn from_number(number: u8) -> Self {
        Self::ALL.get(usize::from(number)).copied().unwrap_or_default()
    }

    /// True for what an intact building shows to the sky.
    pub fn is_roof(self) -> bool {
        matches!(self, Self::Shingle | Self::Membrane | Self::RoofMetal | Self::RoofFixture)
    }
}
