//! The keys that QGIS Deepness puts into the metadata of an ONNX file (its documentation, "Adding metadata to ONNX model").

use std::collections::BTreeMap;
use std::path::Path;

use learning::LearningError;
use serde_json::Value;

/// What a file says of itself by the keys of QGIS Deepness. Everything may be missing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Keys {
    /// `class_names` (or `names`): one name for each output channel, from 0.
    pub class_names: Option<Vec<String>>,
    /// `resolution`, in metres (the file has centimetres per pixel).
    pub metres_per_px: Option<f64>,
    /// `tile_size` (or `tiles_size`): side of a tile in pixels.
    pub tile_px: Option<usize>,
    /// `tiles_overlap`: by how much of a side neighbours overlap, 0 to 0.9 (the file has percent).
    pub overlap: Option<f64>,
    /// `seg_thresh`: a class less probable than this does not count.
    pub threshold: Option<f32>,
    /// `seg_small_segment`: side in pixels of the median filter that removes what is small.
    pub small_px: Option<u32>,
    /// `standardization_mean` and `standardization_std`, of samples that were divided by 255.
    pub standard: Option<(Vec<f32>, Vec<f32>)>,
}

impl Keys {
    /// `model_type`: Segmentor, Detector, Regressor, Recognition, Superresolution.
    pub fn model_type(metadata: &BTreeMap<String, String>) -> Option<&str> {
        metadata.get("model_type").map(|text| text.trim().trim_matches(['"', '\'']))
    }

    pub(crate) fn read(metadata: &BTreeMap<String, String>, path: &Path) -> Result<Self, LearningError> {
        let refuse = |key: &str, found: &str, expected: &str| {
            let mut found: String = found.chars().take(60).collect();
            found.retain(|c| !c.is_control());
            LearningError::refused(
                format!("{} says {key} = {found}, where {expected} is expected", path.display()),
                format!("write the key {key} anew, as QGIS Deepness documents it, or leave it out"),
            )
        };
        let get = |names: &[&'static str]| {
            names
                .iter()
                .find_map(|name| Some((*name, metadata.get(*name)?.trim())))
                .filter(|(_, v)| !v.is_empty())
        };
        let number = |names: &[&'static str], low: f64, high: f64, expected: &str| {
            let Some((key, text)) = get(names) else { return Ok(None) };
            let value = text.trim_matches(['"', '\'']).parse::<f64>().ok();
            match value.filter(|n| n.is_finite() && (low..=high).contains(n)) {
                Some(value) => Ok(Some(value)),
                None => Err(refuse(key, text, expected)),
            }
        };
        let class_names = get(&["class_names", "names"]).map(|(key, text)| {
            names(text).ok_or_else(|| {
                refuse(key, text, "a name for each class, such as {\"0\": \"background\", \"1\": \"roof\"},")
            })
        });
        let list = |key: &'static str| -> Result<Option<Vec<f32>>, LearningError> {
            let Some((key, text)) = get(&[key]) else { return Ok(None) };
            let numbers =
                serde_json::from_str::<Vec<f32>>(text).ok().filter(|n| n.iter().all(|v| v.is_finite()));
            numbers.map(Some).ok_or_else(|| refuse(key, text, "a number for each band"))
        };
        let standard = match (list("standardization_mean")?, list("standardization_std")?) {
            (Some(mean), Some(spread)) if mean.len() == spread.len() && spread.iter().all(|s| *s > 0.0) => {
                Some((mean, spread))
            }
            (None, None) => None,
            (_, spread) => {
                let found = spread.map_or_else(|| "nothing".to_owned(), |s| format!("{s:?}"));
                return Err(refuse(
                    "standardization_std",
                    &found,
                    "a number above 0 for each of standardization_mean",
                ));
            }
        };
        let centimetres = number(&["resolution"], 1e-3, 1e7, "centimetres per pixel")?;
        Ok(Self {
            class_names: class_names.transpose()?,
            metres_per_px: centimetres.map(|cm| cm / 100.0),
            tile_px: number(&["tile_size", "tiles_size"], 1.0, 1e9, "a number of pixels")?
                .map(|n| n as usize),
            overlap: number(&["tiles_overlap"], 0.0, 90.0, "a percentage from 0 to 90")?.map(|n| n / 100.0),
            threshold: number(&["seg_thresh"], 0.0, 1.0, "a probability from 0 to 1")?.map(|n| n as f32),
            small_px: number(&["seg_small_segment"], 0.0, 1e4, "a number of pixels")?.map(|n| n as u32),
            standard,
        })
    }
}

/// The names in `{"0": "a", "1": "b"}`, in a list of one such, or in the same as Python writes it. None where it is something
/// else, or where the numbers are not 0, 1, 2 and so on.
fn names(text: &str) -> Option<Vec<String>> {
    let value: Value = serde_json::from_str(text).or_else(|_| serde_json::from_str(&as_json(text))).ok()?;
    let value = match value {
        Value::Array(list) if list.len() == 1 => list.into_iter().next()?,
        Value::Array(list) => {
            return list.into_iter().map(|name| name.as_str().map(ToOwned::to_owned)).collect();
        }
        value => value,
    };
    let pairs = value
        .as_object()?
        .iter()
        .map(|(key, name)| Some((key.trim().parse::<usize>().ok()?, name.as_str()?.to_owned())));
    let named: BTreeMap<usize, String> = pairs.collect::<Option<_>>()?;
    let in_turn = named.keys().copied().eq(0..named.len());
    (in_turn && !named.is_empty()).then(|| named.into_values().collect())
}

/// A dictionary of Python's as JSON: numbers that are keys get quotes, single quotes become double ones.
fn as_json(text: &str) -> String {
    let mut json = String::with_capacity(text.len() + 16);
    let mut quote = None;
    let mut digits = String::new();
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match (quote, letter) {
            (Some(open), end) if end == open => {
                quote = None;
                json.push('"');
            }
            (Some(_), '\\') => {
                let next = letters.next().unwrap_or_default();
                if next == '\'' { json.push('\'') } else { json.extend(['\\', next]) }
            }
            (Some(_), '"') => json.push_str("\\\""),
            (None, '\'' | '"') => {
                quote = Some(letter);
                json.push('"');
            }
            (None, digit) if digit.is_ascii_digit() => {
                digits.push(digit);
                if !letters.peek().is_some_and(char::is_ascii_digit) {
                    json.extend(["\"", &digits, "\""]);
                    digits.clear();
                }
            }
            (_, other) => json.push(other),
        }
    }
    json
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(pairs: &[(&str, &str)]) -> Result<Keys, LearningError> {
        let metadata = pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        Keys::read(&metadata, Path::new("m.onnx"))
    }

    #[test]
    fn names_are_read_as_json_and_as_python_writes_them() {
        let two = Some(vec!["a".to_owned(), "it's \"b\"".to_owned()]);
        assert_eq!(names(r#"{"0": "a", "1": "it's \"b\""}"#), two);
        assert_eq!(names(r#"[{"1": "it's \"b\"", "0": "a"}]"#), two);
        assert_eq!(names(r#"{0: 'a', 1: 'it\'s "b"'}"#), two);
        assert_eq!(names(r#"["a", "it's \"b\""]"#), two);
        for wrong in ["{0: 'a', 2: 'b'}", "{}", "{'x': 'a'}", "7", "{0: 'a'", "[[]]"] {
            assert_eq!(names(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn every_key_has_its_unit() {
        let read = keys(&[
            ("resolution", "25"),
            ("tiles_size", "512"),
            ("tiles_overlap", "15"),
            ("seg_thresh", "0.4"),
            ("seg_small_segment", "7"),
            ("standardization_mean", "[0.5, 0.25, 0]"),
            ("standardization_std", "[0.1, 1, 2]"),
        ])
        .expect("all sound");
        let metadata = BTreeMap::from([("model_type".to_owned(), "\"Segmentor\"".to_owned())]);
        assert_eq!(Keys::model_type(&metadata), Some("Segmentor"));
        assert_eq!((read.metres_per_px, read.tile_px, read.overlap), (Some(0.25), Some(512), Some(0.15)));
        assert_eq!((read.threshold, read.small_px), (Some(0.4), Some(7)));
        assert_eq!(read.standard, Some((vec![0.5, 0.25, 0.0], vec![0.1, 1.0, 2.0])));
    }

    #[test]
    fn what_a_key_cannot_mean_is_refused_with_its_name() {
        for (key, value) in [
            ("resolution", "fine"),
            ("resolution", "0"),
            ("resolution", "NaN"),
            ("tile_size", "-3"),
            ("tiles_overlap", "100"),
            ("seg_thresh", "2"),
            ("class_names", "{0: 'a', 2: 'b'}"),
            ("standardization_mean", "[1, 2]"),
        ] {
            let error = keys(&[(key, value)]).expect_err(key).to_string();
            assert!(
                error.contains("m.onnx") && error.contains(key.split('_').next().unwrap_or(key)),
                "{error}"
            );
        }
        let zero = keys(&[("standardization_mean", "[1]"), ("standardization_std", "[0]")]);
        assert!(zero.is_err(), "a spread of nothing divides by it");
    }
}
