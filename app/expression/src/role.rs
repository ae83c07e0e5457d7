//! Parts of the spectrum that bands are asked for by, whatever the sensor.

/// A part of the spectrum under the names that people and catalogues give it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Role {
    /// How it is written in an expression.
    pub name: &'static str,
    /// The letters of the catalogue of spectral indices.
    pub letters: &'static str,
    /// What else it is called, in small letters without blanks, for expressions and for names of bands.
    pub aliases: &'static [&'static str],
    /// From and to in nm.
    pub range_nm: (u32, u32),
    /// Of several bands in the range the one nearest to this is taken.
    pub center_nm: u32,
}

macro_rules! roles {
    ($($name:literal $letters:literal $from:literal..$to:literal at $center:literal, $aliases:expr;)*) => {
        /// Every role, by wavelength. Ranges and letters are those of the catalogue of Awesome Spectral Indices
        /// (Montero et al. 2023, doi:10.1038/s41597-023-02096-0), centres those of Sentinel-2 and Landsat 8.
        pub const ROLES: &[Role] = &[$(Role {
            name: $name,
            letters: $letters,
            aliases: &$aliases,
            range_nm: ($from, $to),
            center_nm: $center,
        },)*];
    };
}

roles! {
    "coastal" "A" 400..455 at 443, ["aerosol", "coastalaerosol", "aerosols"];
    "blue" "B" 450..530 at 490, [];
    "green1" "G1" 510..550 at 531, ["greeni"];
    "green" "G" 510..600 at 560, [];
    "yellow" "Y" 585..625 at 605, [];
    "red" "R" 620..690 at 662, [];
    "rededge1" "RE1" 695..715 at 705, ["rededge", "rededge071", "redege", "vegetationrededge1"];
    "rededge2" "RE2" 730..750 at 740, ["rededge075", "vegetationrededge2"];
    "rededge3" "RE3" 765..795 at 783, ["rededge078", "vegetationrededge3"];
    "nir" "N" 760..900 at 842, ["nearinfrared", "nearir", "infrared"];
    "nir2" "N2" 850..880 at 865, ["nir08", "narrownir", "nir8a"];
    "watervapour" "WV" 930..960 at 945, ["watervapor", "nir09"];
    "swir1" "S1" 1550..1750 at 1610, ["swir16", "shortwaveinfrared1"];
    "swir2" "S2" 2080..2350 at 2200, ["swir22", "shortwaveinfrared2"];
    "thermal" "T" 10400..12500 at 11450, ["lwir", "tir", "thermalinfrared"];
    "thermal1" "T1" 10600..11190 at 10895, ["lwir11", "tir1"];
    "thermal2" "T2" 11500..12510 at 12005, ["lwir12", "tir2"];
}

impl Role {
    /// The role that a word of an expression names: its letters as they are, its name whatever the case.
    pub fn of(word: &str) -> Option<&'static Self> {
        let plain = plain(word);
        let by_letters = ROLES.iter().find(|role| role.letters == word);
        by_letters.or_else(|| ROLES.iter().find(|role| role.is_called(&plain)))
    }

    /// True for its name and aliases, given without blanks and in small letters.
    pub(crate) fn is_called(&self, plain: &str) -> bool {
        self.name == plain || self.aliases.contains(&plain)
    }

    /// True when a wavelength in nm belongs to it.
    pub(crate) fn holds(&self, nm: f64) -> bool {
        (f64::from(self.range_nm.0)..=f64::from(self.range_nm.1)).contains(&nm)
    }
}

/// Letters and digits only, small.
pub(crate) fn plain(word: &str) -> String {
    word.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
