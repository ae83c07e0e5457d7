//! Colours for a single band.

/// A sequence of 256 colours; the sources and licences are in `assets/colormaps/README.md`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Colormap {
    /// Black to white.
    #[default]
    Grey,
    Viridis,
    Magma,
    Inferno,
    Cividis,
}

impl Colormap {
    /// All of them, in the order in which the shader counts them.
    pub const ALL: [Self; 5] = [Self::Grey, Self::Viridis, Self::Magma, Self::Inferno, Self::Cividis];

    /// Its name as users read and write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Grey => "grey",
            Self::Viridis => "viridis",
            Self::Magma => "magma",
            Self::Inferno => "inferno",
            Self::Cividis => "cividis",
        }
    }

    /// The map of a name, whatever the case.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|map| map.name().eq_ignore_ascii_case(name))
    }

    /// The 256 colours from low to high, for legends and for the texture.
    pub fn colors(self) -> [[u8; 3]; 256] {
        let text = match self {
            Self::Grey => return std::array::from_fn(|step| [step as u8; 3]),
            Self::Viridis => include_str!("../../assets/colormaps/viridis.txt"),
            Self::Magma => include_str!("../../assets/colormaps/magma.txt"),
            Self::Inferno => include_str!("../../assets/colormaps/inferno.txt"),
            Self::Cividis => include_str!("../../assets/colormaps/cividis.txt"),
        };
        let mut colors = [[0; 3]; 256];
        for (color, word) in colors.iter_mut().zip(text.split_whitespace()) {
            let rgb = u32::from_str_radix(word, 16).unwrap_or(0x00ff_00ff);
            *color = [(rgb >> 16) as u8, (rgb >> 8) as u8, rgb as u8];
        }
        colors
    }

    /// Its row in the table that the shader reads.
    pub(crate) fn row(self) -> u32 {
        self as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_map_has_its_published_ends() {
        let ends = |map: Colormap| (map.colors()[0], map.colors()[255]);
        assert_eq!(ends(Colormap::Grey), ([0, 0, 0], [255, 255, 255]));
        assert_eq!(ends(Colormap::Viridis), ([0x44, 0x01, 0x54], [0xfd, 0xe7, 0x25]));
        assert_eq!(ends(Colormap::Magma), ([0x00, 0x00, 0x04], [0xfc, 0xfd, 0xbf]));
        assert_eq!(ends(Colormap::Inferno), ([0x00, 0x00, 0x04], [0xfc, 0xff, 0xa4]));
        assert_eq!(ends(Colormap::Cividis), ([0x00, 0x22, 0x4e], [0xfe, 0xe8, 0x38]));
    }

    #[test]
    fn every_file_holds_256_colours() {
        for map in Colormap::ALL {
            assert!(!map.colors().contains(&[0xff, 0x00, 0xff]), "{} has a bad entry", map.name());
            assert_eq!(Colormap::ALL[map.row() as usize], map);
        }
    }
}
