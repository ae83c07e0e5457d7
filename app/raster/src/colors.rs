//! Red, green and blue from inks and from CIE L*a*b*, in the arithmetic of libtiff so that pictures come
//! out as they do elsewhere.

/// One colour (0 red, 1 green, 2 blue) of what cyan, magenta, yellow and black ink leave of white light.
pub(crate) fn of_inks(color: usize, inks: [u32; 4], largest: u32) -> u32 {
    let left = |ink: u32| largest.saturating_sub(ink);
    let product = u64::from(left(inks[3])) * u64::from(left(inks[color.min(2)]));
    (product / u64::from(largest.max(1))) as u32
}

/// The steps in which brightness is looked up.
const STEPS: usize = 1500;
/// The white of print, where a file names no other.
const D50: [f64; 2] = [0.3457, 0.3585];

/// Turns CIE L*a*b* of one white into codes of an sRGB display.
#[derive(Clone, Debug)]
pub(crate) struct LabToRgb {
    /// X, Y and Z of white, Y being 100.
    white: [f32; 3],
    /// Codes by brightness.
    codes: Vec<u8>,
}

impl LabToRgb {
    /// `white` is x and y of the file's white point.
    pub(crate) fn new(white: Option<[f64; 2]>) -> Self {
        let [x, y] = white.filter(|w| w.iter().all(|n| *n > 0.0 && *n < 1.0)).unwrap_or(D50);
        let codes = (0..=STEPS).map(|i| ((i as f64 / STEPS as f64).powf(1.0 / 2.4) * 255.0).round() as u8);
        Self {
            white: [(x / y * 100.0) as f32, 100.0, ((1.0 - x - y) / y * 100.0) as f32],
            codes: codes.collect(),
        }
    }

    /// `l` from 0 to 100, `a` and `b` about −128 to 127.
    pub(crate) fn rgb(&self, l: f32, a: f32, b: f32) -> [u8; 3] {
        let (of_y, y) = if l < 8.856 {
            let y = l * self.white[1] / 903.292;
            (7.787 * (y / self.white[1]) + 16.0 / 116.0, y)
        } else {
            let root = (l + 16.0) / 116.0;
            (root, self.white[1] * root * root * root)
        };
        let other = |root: f32, white: f32| {
            if root < 0.2069 { white * (root - 0.13793) / 7.787 } else { white * root * root * root }
        };
        let x = other(a / 500.0 + of_y, self.white[0]);
        let z = other(of_y - b / 200.0, self.white[2]);
        [
            3.2410 * x - 1.5374 * y - 0.4986 * z,
            -0.9692 * x + 1.8760 * y + 0.0416 * z,
            0.0556 * x - 0.2040 * y + 1.0570 * z,
        ]
        .map(|light| self.code(light))
    }

    /// The display shows 1 % to 100 % of white.
    fn code(&self, light: f32) -> u8 {
        let step = (100.0 - 1.0) / STEPS as f32;
        let index = ((light.clamp(1.0, 100.0) - 1.0) / step) as usize;
        self.codes.get(index).copied().unwrap_or(255)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inks_take_light_away() {
        assert_eq!([0, 1, 2].map(|c| of_inks(c, [0, 0, 0, 0], 255)), [255; 3]);
        assert_eq!([0, 1, 2].map(|c| of_inks(c, [255, 0, 0, 0], 255)), [0, 255, 255]);
        assert_eq!([0, 1, 2].map(|c| of_inks(c, [0, 0, 0, 65_535], 65_535)), [0; 3]);
        assert_eq!(of_inks(0, [100, 0, 0, 100], 255), 155 * 155 / 255);
    }

    #[test]
    fn lightness_runs_from_black_to_white_and_red_is_red() {
        let lab = LabToRgb::new(None);
        assert_eq!(lab.rgb(0.0, 0.0, 0.0), [0; 3]);
        let [r, g, b] = lab.rgb(100.0, 0.0, 0.0);
        assert!(r > 250 && g > 250 && b > 200, "{r} {g} {b}");
        let [r, g, b] = lab.rgb(54.0, 80.0, 67.0);
        assert!(r > 240 && g < 60 && b < 60, "{r} {g} {b}");
    }
}
