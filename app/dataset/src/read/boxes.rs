//! Turned boxes in text files, one a picture: DOTA's `x1 y1 … x4 y4 class difficult` in pixels, and YOLO's
//! `class x1 y1 … x4 y4` in shares of the picture.
//!
//! Where a picture is a chip, its name says where it lies in the image: `…_x512_y1024.txt`. YOLO's numbers of classes
//! have their names in a `data.yaml` above, and the size of the picture is that of the file it belongs to.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use geo::{LineString, Polygon};
use project::{AttributeValue, CoordinateSpace, Feature};

use super::{FeatureFile, FeatureFormat, Limits, read_bounded, without_mark};
use crate::{DatasetError, Rejected};

/// Endings of pictures that labels may belong to.
const PICTURES: [&str; 6] = ["png", "jpg", "jpeg", "tif", "tiff", "bmp"];
/// A list of names is not longer than this.
const MOST_YAML: u64 = 1 << 20;
/// Folders above the labels in which `data.yaml` and pictures are looked for.
const ABOVE: usize = 4;

/// Reads a file of turned boxes; which of the two kinds it is is seen from its first line.
pub(super) fn read(path: &Path, limits: &Limits) -> Result<FeatureFile, DatasetError> {
    let bytes = read_bounded(path, limits.file_bytes)?;
    let text = std::str::from_utf8(without_mark(&bytes)?).map_err(|_| DatasetError::NotUtf8)?;
    let is_box = |line: &&str| {
        let words = line.split_whitespace().count();
        (9..=10).contains(&words)
    };
    let first = text.lines().find(is_box).ok_or_else(no_boxes)?;
    let yolo = yolo_line(first).is_some() && dota_line(first).is_none();
    if !yolo && dota_line(first).is_none() {
        return Err(no_boxes());
    }
    let beside = if yolo { Beside::of(path)? } else { Beside { names: BTreeMap::new(), size: [1.0; 2] } };
    let origin = origin(path);
    let mut file = FeatureFile {
        format: if yolo { FeatureFormat::YoloBoxes } else { FeatureFormat::Dota },
        features: Vec::new(),
        rejected: Vec::new(),
        warnings: Vec::new(),
        model: None,
    };
    for (index, line) in text.lines().enumerate() {
        // DOTA's files begin with where the picture is from and its resolution.
        if line.trim().is_empty() || line.starts_with("imagesource:") || line.starts_with("gsd:") {
            continue;
        }
        let read = if yolo { yolo_line(line) } else { dota_line(line) };
        match read {
            Some((corners, class)) => {
                file.features.push(feature(index, corners, &class, &beside, origin, yolo));
            }
            None => file
                .rejected
                .push(Rejected::line(index as u64 + 1, "it is no box of eight numbers and a class")),
        }
        if file.features.len() > limits.features {
            return Err(DatasetError::TooMany { what: "shapes", limit: limits.features });
        }
        if file.rejected.len() > limits.rejected {
            return Err(DatasetError::TooMany { what: "unusable shapes", limit: limits.rejected });
        }
    }
    Ok(file)
}

fn no_boxes() -> DatasetError {
    DatasetError::NotShapes("text that is no list of turned boxes".into())
}

fn feature(
    index: usize,
    corners: [f64; 8],
    class: &str,
    beside: &Beside,
    origin: [f64; 2],
    yolo: bool,
) -> Feature {
    let ring: Vec<(f64, f64)> = corners
        .chunks_exact(2)
        .map(|c| (c[0] * beside.size[0] + origin[0], c[1] * beside.size[1] + origin[1]))
        .collect();
    let named = class.parse().ok().filter(|_| yolo).and_then(|n: usize| beside.names.get(&n));
    let class = named.map_or_else(|| class.to_owned(), Clone::clone);
    Feature {
        index,
        id: None,
        geometry: Some(Polygon::new(LineString::from(ring), Vec::new()).into()),
        space: CoordinateSpace::Image,
        image_geometry: None,
        properties: [("class".to_owned(), AttributeValue::Text(class))].into(),
    }
}

fn numbers(words: &[&str]) -> Option<[f64; 8]> {
    let numbers: Option<Vec<f64>> =
        words.iter().map(|w| w.parse().ok().filter(|n: &f64| n.is_finite())).collect();
    numbers?.try_into().ok()
}

/// Eight numbers, a class that is none, and how difficult it is.
fn dota_line(line: &str) -> Option<([f64; 8], String)> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let (corners, class) = (words.get(..8)?, words.get(8)?);
    if words.len() > 10 || class.parse::<f64>().is_ok() {
        return None;
    }
    Some((numbers(corners)?, (*class).to_owned()))
}

/// The number of a class and eight shares of the picture; a score may stand behind them.
fn yolo_line(line: &str) -> Option<([f64; 8], String)> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let (class, corners) = (words.first()?, words.get(1..9)?);
    class.parse::<u32>().ok()?;
    let corners = numbers(corners)?;
    let near = corners.iter().all(|n| (-0.5..=1.5).contains(n));
    (near && words.len() <= 10).then(|| (corners, (*class).to_owned()))
}

/// Where a chip lies in its image, by the name of its file; the corner where the name does not say.
fn origin(path: &Path) -> [f64; 2] {
    chip_origin(path).unwrap_or_default()
}

/// Where a chip lies in its image, by the name of its file: `…_x512_y1024`.
pub(super) fn chip_origin(path: &Path) -> Option<[f64; 2]> {
    let stem = path.file_stem()?.to_string_lossy().into_owned();
    let (front, y) = stem.rsplit_once("_y")?;
    let (_, x) = front.rsplit_once("_x")?;
    let number = |text: &str| text.parse::<u32>().ok().map(f64::from);
    Some([number(x)?, number(y)?])
}

/// What a file of YOLO's boxes says nothing about itself.
struct Beside {
    names: BTreeMap<usize, String>,
    /// Width and height of the picture in pixels.
    size: [f64; 2],
}

impl Beside {
    fn of(path: &Path) -> Result<Self, DatasetError> {
        let picture = picture_of(path).ok_or_else(|| {
            let what = "boxes as shares of a picture that is not beside them (images/… or the same folder)";
            DatasetError::NotShapes(what.to_owned())
        })?;
        let (width, height) = image::image_dimensions(&picture)
            .map_err(|e| DatasetError::NotShapes(format!("boxes of a picture that cannot be read ({e})")))?;
        let names = above(path).find_map(|folder| {
            let bytes = read_bounded(&folder.join("data.yaml"), MOST_YAML).ok()?;
            Some(names(&String::from_utf8_lossy(&bytes)))
        });
        Ok(Self { names: names.unwrap_or_default(), size: [f64::from(width), f64::from(height)] })
    }
}

fn above(path: &Path) -> impl Iterator<Item = &Path> {
    path.ancestors().skip(1).take(ABOVE)
}

/// The picture of the same name: beside the labels, or in `images` where these are in `labels`.
fn picture_of(path: &Path) -> Option<PathBuf> {
    let stem = path.file_stem()?;
    let twin = above(path).find_map(|folder| {
        let inner = path.parent()?.strip_prefix(folder.join("labels")).ok()?;
        Some(folder.join("images").join(inner))
    });
    let folders = path.parent().map(Path::to_path_buf).into_iter().chain(twin);
    folders
        .flat_map(|folder| PICTURES.map(|ending| folder.join(format!("{}.{ending}", stem.to_string_lossy()))))
        .find(|path| path.is_file())
}

/// The names under `names:`: `0: ship`, `- ship`, or all in brackets.
fn names(text: &str) -> BTreeMap<usize, String> {
    let mut found = BTreeMap::new();
    let mut lines = text.lines().skip_while(|line| !line.trim_start().starts_with("names:"));
    let Some(head) = lines.next() else { return found };
    let plain = |text: &str| {
        let text = text.trim();
        let quoted = serde_json::from_str::<String>(text).ok();
        quoted.unwrap_or_else(|| text.trim_matches('\'').to_owned())
    };
    let inline = head.trim_start().trim_start_matches("names:").trim();
    if let Some(list) = inline.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return list.split(',').map(plain).enumerate().collect();
    }
    for line in lines {
        let indented = line.starts_with([' ', '\t', '-']);
        let text = line.trim();
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        if !indented {
            break;
        }
        if let Some(name) = text.strip_prefix("- ") {
            found.insert(found.len(), plain(name));
        } else if let Some((number, name)) = text.split_once(':')
            && let Ok(number) = number.trim().parse()
        {
            found.insert(number, plain(name));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_from_every_way_to_write_them() {
        let listed = |text: &str| names(text).into_values().collect::<Vec<_>>();
        assert_eq!(listed("path: .\nnames:\n  0: \"no damage\"\n  1: ship\nnc: 2\n"), ["no damage", "ship"]);
        assert_eq!(listed("names:\n- 'a b'\n- c\n"), ["a b", "c"]);
        assert_eq!(listed("names: [a, \"b\", 'c']"), ["a", "b", "c"]);
        assert!(listed("nc: 3").is_empty() && listed("").is_empty());
    }

    #[test]
    fn chips_say_where_they_lie_and_other_files_begin_at_the_corner() {
        assert_eq!(origin("a/post_x512_y1024.txt".as_ref()), [512.0, 1024.0]);
        for other in ["post.txt", "post_x12.txt", "post_x1_yes.txt", "_y3.txt"] {
            assert_eq!(origin(other.as_ref()), [0.0, 0.0], "{other}");
        }
    }

    #[test]
    fn what_is_no_box_is_rejected_by_its_line_and_nonsense_as_a_whole() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.txt");
        let parse = |text: &str| {
            std::fs::write(&path, text).expect("written");
            read(&path, &Limits::default())
        };
        let file = parse(
            "imagesource:GoogleEarth\ngsd:0.14\n1 2 3 2 3 4 1 4 ship 0\n1 2 3\n1 2 3 2 3 4 1 NaN ship 0\n\n1 2 3 2 3 4 1 4 no-damage\n",
        )
        .expect("read");
        assert_eq!((file.features.len(), file.rejected.len()), (2, 2), "{:?}", file.rejected);
        assert_eq!(file.format, FeatureFormat::Dota);
        for wrong in ["", "hello", "1 2 3 4 5 6 7 8 9", "\u{0}\u{1}", "0 5 5 5 5 5 5 5 5"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
        let told = parse("0 0.1 0.1 0.4 0.1 0.4 0.3 0.1 0.3\n").expect_err("no picture").to_string();
        assert!(told.contains("beside"), "{told}");
        let few = Limits { features: 1, ..Limits::default() };
        std::fs::write(&path, "1 2 3 2 3 4 1 4 a 0\n".repeat(3)).expect("written");
        assert!(matches!(read(&path, &few), Err(DatasetError::TooMany { .. })));
    }
}
