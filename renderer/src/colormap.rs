//! Colours for a single number.

use std::sync::OnceLock;

/// What the colours of a map tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ColormapKind {
    /// From little to much.
    Sequential,
    /// Away from a middle to both sides: for differences, and for indices around a value.
    Diverging,
    /// The end is the beginning: for directions and phases.
    Cyclic,
}

impl ColormapKind {
    /// All of them, in the order of lists.
    pub const ALL: [Self; 3] = [Self::Sequential, Self::Diverging, Self::Cyclic];

    /// As users read it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sequential => "sequential",
            Self::Diverging => "diverging",
            Self::Cyclic => "cyclic",
        }
    }
}

macro_rules! colormaps {
    ($($kind:ident $family:literal: $($map:ident $name:literal)*;)*) => {
        /// A sequence of 256 colours, even to the eye; the sources and licences are in
        /// `assets/colormaps/README.md`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, PartialOrd, Ord)]
        pub enum Colormap {
            /// Black to white.
            #[default]
            Grey,
            $($(
                #[doc = concat!("`", $name, "` by ", $family, ".")]
                $map,
            )*)*
        }

        impl Colormap {
            /// All of them, in the order in which the shader counts them.
            pub const ALL: &'static [Self] = &[Self::Grey, $($(Self::$map,)*)*];

            /// Its name as users read and write it.
            pub fn name(self) -> &'static str {
                match self {
                    Self::Grey => "grey",
                    $($(Self::$map => $name,)*)*
                }
            }

            /// Whose map it is.
            pub fn family(self) -> &'static str {
                match self {
                    Self::Grey => "plain",
                    $($(Self::$map => $family,)*)*
                }
            }

            /// What its colours tell.
            pub fn kind(self) -> ColormapKind {
                match self {
                    Self::Grey => ColormapKind::Sequential,
                    $($(Self::$map => ColormapKind::$kind,)*)*
                }
            }

            /// The published table: 256 times `rrggbb`.
            fn table(self) -> Option<&'static str> {
                match self {
                    Self::Grey => None,
                    $($(Self::$map => Some(include_str!(concat!("../../assets/colormaps/", $name, ".txt"))),)*)*
                }
            }
        }
    };
}

colormaps! {
    Sequential "matplotlib": Viridis "viridis" Plasma "plasma" Magma "magma" Inferno "inferno" Cividis "cividis";
    Sequential "Crameri": Batlow "batlow" BatlowK "batlowK" Lajolla "lajolla" Oslo "oslo" Davos "davos"
        Bamako "bamako" Tokyo "tokyo" Hawaii "hawaii" Imola "imola" Turku "turku" Acton "acton" Lapaz "lapaz";
    Sequential "cmocean": Thermal "thermal" Haline "haline" Solar "solar" Ice "ice" Dense "dense" Algae "algae"
        Matter "matter" Turbid "turbid" Speed "speed" Amp "amp" Tempo "tempo" Rain "rain" Deep "deep";
    Diverging "Crameri": Vik "vik" Roma "roma" Cork "cork" Broc "broc" Bam "bam" Vanimo "vanimo" Berlin "berlin"
        Managua "managua" Oleron "oleron";
    Diverging "cmocean": Balance "balance" Delta "delta" Curl "curl" Diff "diff" Tarn "tarn" Topo "topo";
    Cyclic "Crameri": RomaO "romaO";
    Cyclic "cmocean": Phase "phase";
}

impl Colormap {
    /// The map of a name, whatever the case.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|map| map.name().eq_ignore_ascii_case(name))
    }

    /// The 256 colours from low to high, for legends and for the texture.
    pub fn colors(self) -> &'static [[u8; 3]; 256] {
        static TABLES: OnceLock<Vec<[[u8; 3]; 256]>> = OnceLock::new();
        &TABLES.get_or_init(|| Self::ALL.iter().map(|map| map.read()).collect())[self as usize]
    }

    /// A line of colours for a legend, through `steps` where there are at least two.
    pub fn color_at(self, share: f32, reversed: bool, steps: u8) -> [u8; 3] {
        let way = if share.is_nan() { 0.0 } else { share.clamp(0.0, 1.0) };
        let way = if reversed { 1.0 - way } else { way };
        let last = f32::from(steps.max(2) - 1);
        let way = if steps > 1 { (way * f32::from(steps)).floor().min(last) / last } else { way };
        self.colors()[(way * 255.0 + 0.5) as usize]
    }

    fn read(self) -> [[u8; 3]; 256] {
        let Some(text) = self.table() else { return std::array::from_fn(|step| [step as u8; 3]) };
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
        assert_eq!(ends(Colormap::Batlow), ([0x01, 0x19, 0x59], [0xfa, 0xcc, 0xfa]));
        assert_eq!(ends(Colormap::Vik), ([0x00, 0x12, 0x61], [0x59, 0x00, 0x08]));
        assert_eq!(ends(Colormap::Balance), ([0x18, 0x1c, 0x43], [0x3c, 0x09, 0x12]));
    }

    #[test]
    fn every_file_holds_256_colours_and_every_name_its_map() {
        for map in Colormap::ALL {
            let words = map.table().map_or(256, |text| text.split_whitespace().count());
            assert_eq!(words, 256, "{}", map.name());
            assert!(!map.colors().contains(&[0xff, 0x00, 0xff]), "{} has a bad entry", map.name());
            assert_eq!(Colormap::ALL[map.row() as usize], *map);
            assert_eq!(Colormap::named(&map.name().to_uppercase()), Some(*map));
        }
    }

    /// How bright a colour is to the eye, 0 to 1: the Y of sRGB.
    fn brightness([r, g, b]: [u8; 3]) -> f64 {
        let linear = |byte: u8| (f64::from(byte) / 255.0).powf(2.2);
        0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
    }

    #[test]
    fn the_kinds_are_what_they_say() {
        for map in Colormap::ALL {
            let colors = map.colors();
            let at = |i: usize| brightness(colors[i]);
            match map.kind() {
                // One way, but for the last rounding.
                ColormapKind::Sequential => {
                    let way = (at(255) - at(0)).signum();
                    let back = (0..255).map(|i| (at(i) - at(i + 1)) * way).fold(0.0, f64::max);
                    assert!(back < 0.02, "{} goes back by {back}", map.name());
                }
                // The middle is the brightest or the darkest, or the one place where the colours break.
                ColormapKind::Diverging => {
                    let (low, high) = (at(0), at(255));
                    let between = at(128) > low.min(high) && at(128) < low.max(high);
                    assert!(!between || matches!(map, Colormap::Oleron | Colormap::Topo), "{}", map.name());
                }
                ColormapKind::Cyclic => {
                    let apart = colors[0].iter().zip(colors[255]).map(|(a, b)| a.abs_diff(b)).max();
                    assert!(apart <= Some(8), "{} has two ends", map.name());
                }
            }
        }
    }

    #[test]
    fn legends_are_cut_and_turned_as_pictures_are() {
        let grey = |share, reversed, steps| Colormap::Grey.color_at(share, reversed, steps)[0];
        assert_eq!([grey(0.0, false, 0), grey(0.25, false, 0), grey(1.0, false, 1)], [0, 64, 255]);
        assert_eq!([grey(0.25, true, 0), grey(0.6, false, 2), grey(0.49, false, 2)], [191, 255, 0]);
        assert_eq!([grey(0.5, false, 4), grey(f32::NAN, false, 0)], [170, 0]);
    }
}
