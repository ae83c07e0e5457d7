//! Rational polynomial coefficients: kept as remarks, under GDAL's names. They do not place an image here.

use std::path::Path;

use crate::about::Domains;
use crate::file::small_text;
use crate::metadata::significant;

const DOMAIN: &str = "RPC";
/// The numbers before the coefficients, in the order of the TIFF tag.
const LEADING: [&str; 12] = [
    "ERR_BIAS",
    "ERR_RAND",
    "LINE_OFF",
    "SAMP_OFF",
    "LAT_OFF",
    "LONG_OFF",
    "HEIGHT_OFF",
    "LINE_SCALE",
    "SAMP_SCALE",
    "LAT_SCALE",
    "LONG_SCALE",
    "HEIGHT_SCALE",
];
const COEFFICIENTS: [&str; 4] = ["LINE_NUM_COEFF", "LINE_DEN_COEFF", "SAMP_NUM_COEFF", "SAMP_DEN_COEFF"];

/// From the numbers of the TIFF tag.
pub(crate) fn from_tag(numbers: &[f64], domains: &mut Domains) {
    if numbers.len() != 92 {
        return;
    }
    for (name, value) in LEADING.iter().zip(numbers) {
        domains.set(DOMAIN, name, significant(*value, 15));
    }
    for (name, values) in COEFFICIENTS.iter().zip(numbers[12..].chunks_exact(20)) {
        domains.set(DOMAIN, name, joined(values));
    }
}

fn joined(values: &[f64]) -> String {
    values.iter().map(|v| significant(*v, 15)).collect::<Vec<_>>().join(" ")
}

/// From `NAME.RPB` or `NAME_RPC.TXT` beside the image, where the image has none of its own.
pub(crate) fn from_neighbours(image: &Path, domains: &mut Domains) {
    if domains.items(DOMAIN).is_some() {
        return;
    }
    let Some(stem) = image.file_stem().map(|s| s.to_string_lossy().into_owned()) else { return };
    let beside = |name: String| small_text(&image.with_file_name(name));
    if let Some(text) = ["RPB", "rpb"].iter().find_map(|e| beside(format!("{stem}.{e}"))) {
        from_rpb(&text, domains);
    } else if let Some(text) = ["_RPC.TXT", "_rpc.txt"].iter().find_map(|e| beside(format!("{stem}{e}"))) {
        from_text(&text, domains);
    }
}

/// `key = value;` lines, lists in brackets.
fn from_rpb(text: &str, domains: &mut Domains) {
    let names = [
        ("errBias", "ERR_BIAS"),
        ("errRand", "ERR_RAND"),
        ("lineOffset", "LINE_OFF"),
        ("sampOffset", "SAMP_OFF"),
        ("latOffset", "LAT_OFF"),
        ("longOffset", "LONG_OFF"),
        ("heightOffset", "HEIGHT_OFF"),
        ("lineScale", "LINE_SCALE"),
        ("sampScale", "SAMP_SCALE"),
        ("latScale", "LAT_SCALE"),
        ("longScale", "LONG_SCALE"),
        ("heightScale", "HEIGHT_SCALE"),
        ("lineNumCoef", "LINE_NUM_COEFF"),
        ("lineDenCoef", "LINE_DEN_COEFF"),
        ("sampNumCoef", "SAMP_NUM_COEFF"),
        ("sampDenCoef", "SAMP_DEN_COEFF"),
    ];
    for statement in text.split(';') {
        let Some((key, value)) = statement.rsplit_once('=') else { continue };
        let key = key.split_whitespace().last().unwrap_or_default();
        let Some((_, name)) = names.iter().find(|(own, _)| *own == key) else { continue };
        let plain = value.replace(['(', ')', ','], " ");
        domains.set(DOMAIN, name, plain.split_whitespace().take(20).collect::<Vec<_>>().join(" "));
    }
}

/// `KEY: value unit` lines, one coefficient each.
fn from_text(text: &str, domains: &mut Domains) {
    let mut lists: [Vec<&str>; 4] = Default::default();
    for line in text.lines() {
        let Some((key, value)) = line.split_once(':') else { continue };
        let Some(value) = value.split_whitespace().next() else { continue };
        let key = key.trim();
        if let Some(name) = LEADING.iter().find(|name| **name == key) {
            domains.set(DOMAIN, name, value);
        }
        for (list, name) in lists.iter_mut().zip(COEFFICIENTS) {
            if key.strip_prefix(name).is_some_and(|rest| rest.starts_with('_')) && list.len() < 20 {
                list.push(value);
            }
        }
    }
    for (list, name) in lists.iter().zip(COEFFICIENTS) {
        if list.len() == 20 {
            domains.set(DOMAIN, name, list.join(" "));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    #[test]
    fn all_three_ways_to_write_them_say_the_same() {
        let mut numbers =
            vec![-1.0, -1.0, 1200.5, 800.0, 37.1, -94.5, 300.0, 1201.0, 801.0, 0.05, 0.06, 500.0];
        numbers.extend((0..80).map(|i| f64::from(i) * 0.5));
        let mut tag = Domains::default();
        from_tag(&numbers, &mut tag);
        let mut rpb = Domains::default();
        let list = |from: usize| {
            let numbers = numbers[from..from + 20].iter().map(f64::to_string).collect::<Vec<_>>();
            numbers.join(",\n\t\t\t")
        };
        from_rpb(
            &format!(
                "satId = \"X\";\nBEGIN_GROUP = IMAGE\n\terrBias = -1;\n\terrRand = -1;\n\tlineOffset = 1200.5;\n\tsampOffset = 800;\n\tlatOffset = 37.1;\n\tlongOffset = -94.5;\n\theightOffset = 300;\n\tlineScale = 1201;\n\tsampScale = 801;\n\tlatScale = 0.05;\n\tlongScale = 0.06;\n\theightScale = 500;\n\tlineNumCoef = (\n{});\n\tlineDenCoef = ({});\n\tsampNumCoef = ({});\n\tsampDenCoef = ({});\nEND_GROUP = IMAGE\nEND;",
                list(12),
                list(32),
                list(52),
                list(72)
            ),
            &mut rpb,
        );
        assert_eq!(tag, rpb);
        let mut lines = String::new();
        for (name, value) in LEADING.iter().zip(&numbers) {
            writeln!(lines, "{name}: {value} pixels").expect("text");
        }
        for (name, values) in COEFFICIENTS.iter().zip(numbers[12..].chunks(20)) {
            for (i, v) in values.iter().enumerate() {
                writeln!(lines, "{name}_{}: {v}", i + 1).expect("text");
            }
        }
        let mut text = Domains::default();
        from_text(&lines, &mut text);
        assert_eq!(tag, text);
    }

    #[test]
    fn what_is_not_whole_is_left_out() {
        let mut domains = Domains::default();
        from_tag(&[1.0; 91], &mut domains);
        from_text("LINE_NUM_COEFF_1: 5\nLINE_NUM_COEFFX: 5\n:::\n", &mut domains);
        assert!(domains.is_empty());
    }
}
