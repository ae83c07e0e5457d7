//! Colours that are not stored as red, green and blue.

use raster::{BandOrigin, ColorRole};

use super::forge::{Value, gray, with};
use super::open;

/// One pixel of some bytes.
fn pixel(photometric: u16, samples: &[u8]) -> super::Forged {
    let entries = with(gray(1, 1, 1, samples.len()), 277, Value::Short(samples.len() as u16));
    open(&with(entries, 262, Value::Short(photometric)), samples)
}

#[test]
fn inks_are_shown_as_the_colours_they_make_and_stay_at_hand() {
    let file = pixel(5, &[255, 0, 51, 51]);
    let image = file.source.image();
    assert_eq!(image.default_bands(), [0, 1, 2]);
    assert_eq!([0, 1, 2].map(|b| file.shown(b)[0]), [0.0, 204.0, 163.0]);
    let stored: Vec<ColorRole> =
        image.bands.iter().filter(|b| b.origin == BandOrigin::Stored).map(|b| b.color).collect();
    assert_eq!(stored, [ColorRole::Cyan, ColorRole::Magenta, ColorRole::Yellow, ColorRole::Black]);
    assert_eq!([3, 4, 5, 6].map(|b| file.shown(b)[0]), [255.0, 0.0, 51.0, 51.0]);
}

#[test]
fn lightness_is_shown_as_light() {
    let white = pixel(8, &[255, 0, 0]);
    let [r, g, b] = [0, 1, 2].map(|b| white.shown(b)[0]);
    assert!(r > 250.0 && g > 250.0 && b > 200.0, "{r} {g} {b}");
    let signed = pixel(8, &[138, 80, 67]);
    let centred = pixel(9, &[138, 208, 195]);
    let [r, g, _] = [0, 1, 2].map(|b| signed.shown(b)[0]);
    assert!(r > 240.0 && g < 80.0, "{r} {g}");
    assert_eq!([0, 1, 2].map(|b| signed.shown(b)[0]), [0, 1, 2].map(|b| centred.shown(b)[0]));
    let green = pixel(8, &[138, 176, 67]);
    assert!(green.shown(1)[0] > green.shown(0)[0], "a* of 176 is −80");
}

#[test]
fn hues_that_pixels_share_become_colours() {
    // Two blocks of 2×2 pixels: a grey one, and one as red as can be.
    let data = [10, 20, 30, 40, 128, 128, 76, 76, 76, 76, 85, 255];
    let mut entries = with(gray(4, 2, 1, 12), 277, Value::Short(3));
    entries = with(entries, 262, Value::Short(6));
    let file = open(&entries, &data);
    assert_eq!(file.source.image().default_bands(), [0, 1, 2]);
    assert_eq!(file.shown(0), [10.0, 20.0, 254.0, 254.0, 30.0, 40.0, 254.0, 254.0]);
    assert_eq!(file.shown(2), [10.0, 20.0, 0.0, 0.0, 30.0, 40.0, 0.0, 0.0]);
}

#[test]
fn a_file_may_say_which_codes_are_black_and_white() {
    let mut entries = with(gray(2, 1, 1, 4), 277, Value::Short(3));
    for (tag, value) in [
        (262, Value::Short(6)),
        (530, Value::Raw(3, 2, 0x0001_0002)),
        (532, Value::Doubles(vec![16.0, 235.0, 128.0, 240.0, 128.0, 240.0])),
    ] {
        entries = with(entries, tag, value);
    }
    let file = open(&entries, &[16, 235, 128, 128]);
    assert_eq!([0, 1, 2].map(|b| file.shown(b)), [[0.0, 255.0]; 3].map(Vec::from));
    // Nonsense there is as good as nothing.
    let file = open(&with(entries, 532, Value::Doubles(vec![f64::NAN; 6])), &[16, 235, 128, 128]);
    assert_eq!(file.shown(0), [16.0, 235.0]);
}

#[test]
fn white_below_black_is_turned_round() {
    let file = pixel(0, &[3]);
    assert_eq!(file.shown(0), [252.0]);
}

#[test]
fn an_unknown_colour_model_is_shown_as_stored_and_said() {
    let file = pixel(32803, &[77]);
    assert_eq!(file.shown(0), [77.0]);
    assert!(file.source.image().warnings.iter().any(|w| w.contains("32803")));
}
