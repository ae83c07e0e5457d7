//! Turned boxes on chips of the image, one text file a chip: corners in pixels as DOTA has them, or as shares of the
//! chip as YOLO reads them.
//!
//! A region that a chip shows whole is its own box there; of one that is cut, the box is the smallest around what
//! shows. Corners never leave their chip, because readers refuse those that do. File names say where a chip lies.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

use geo::Coord;
use project::{RegionId, Schema};
use serde_json::json;
use spatial::geometry;

use super::chips::{Chip, Piece, cut};
use super::coco::{pictures, write_chips};
use super::folder::Staging;
use super::item::Item;
use super::oriented::{self, Corners};
use super::split::Split;
use super::{ExportError, Job, Outcome, Progress};

/// As much of a region must show for its box to be its own.
const WHOLE: f64 = 0.999;
/// With less of a region in its chip, DOTA calls it difficult.
const EASY: f64 = 0.7;

/// How boxes are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Dota,
    Yolo,
}

/// One box of one chip.
struct Line {
    region: RegionId,
    corners: Corners,
    /// Place of the class in the schema, from 0.
    class: usize,
    visible: f64,
}

pub(super) fn write(
    job: &Job<'_>,
    staging: &mut Staging,
    progress: &mut Progress<'_>,
    form: Form,
) -> Result<Outcome, ExportError> {
    let schema = job.project.schema().ok_or(ExportError::NoSchema)?;
    let mut outcome = Outcome::default();
    let (mut items, mut boxes): (Vec<Item<'_>>, Vec<(Corners, usize)>) = (Vec::new(), Vec::new());
    for item in job.items {
        let class = schema.classes.iter().position(|class| Some(&class.code) == item.class.as_ref());
        match (oriented::corners(job, item), class) {
            (Ok(corners), Some(class)) => {
                items.push(item.clone());
                boxes.push((corners, class));
            }
            (Err(reason), _) => outcome.left_out.push(item.left_out(reason)),
            (_, None) => outcome.left_out.push(item.left_out("has no class of the schema")),
        }
    }
    let boxed = job.with(&items);
    let cut = cut(&boxed, &mut outcome)?;
    let pictures = pictures(&boxed, &cut.chips);
    write_chips(&boxed, staging, &cut, &pictures, progress)?;
    for (n, (chip, picture)) in cut.chips.iter().zip(&pictures).enumerate() {
        let pieces = cut.pieces.iter().filter(|piece| piece.chip == n);
        let lines: Vec<Line> =
            pieces.map(|piece| line(piece, chip, items[piece.item].id, boxes[piece.item])).collect();
        let name = text_name(&picture.file_name, form);
        let written: Vec<String> = lines.iter().map(|line| text(line, chip, schema, form)).collect();
        let path = staging
            .write(&name, written.len(), |out| written.iter().try_for_each(|line| writeln!(out, "{line}")))?;
        outcome.regions.extend(read_back(&path, &lines, &written, schema, form)?);
        if let Some(split) = chip.split {
            *outcome.by_split.entry(split.key().to_owned()).or_insert(0) += lines.len();
        }
    }
    if form == Form::Yolo {
        staging.write("data.yaml", 0, |out| out.write_all(data(schema, &cut.chips).as_bytes()))?;
    }
    Ok(outcome)
}

/// The text beside a picture: `labelTxt/…` for DOTA, `labels/…` for YOLO.
fn text_name(picture: &str, form: Form) -> String {
    let folder = if form == Form::Dota { "labelTxt" } else { "labels" };
    let rest = picture.strip_prefix("images/").unwrap_or(picture);
    let stem = rest.strip_suffix(".png").unwrap_or(rest);
    format!("{folder}/{stem}.txt")
}

fn line(piece: &Piece, chip: &Chip, region: RegionId, (own, class): (Corners, usize)) -> Line {
    let origin = Coord { x: f64::from(chip.x), y: f64::from(chip.y) };
    let (width, height) = (f64::from(chip.width), f64::from(chip.height));
    let cut = || geometry::oriented_box(&geo::Geometry::MultiPolygon(piece.shape.clone())).ok();
    let corners = if piece.visible >= WHOLE {
        own.map(|at| at - origin)
    } else {
        // What is cut to a line has no box of its own; the corners that show of the whole one stand for it.
        cut().as_ref().and_then(oriented::four).unwrap_or_else(|| own.map(|at| at - origin))
    };
    let inside = |at: Coord<f64>| Coord { x: at.x.clamp(0.0, width), y: at.y.clamp(0.0, height) };
    let corners = corners.map(|at| oriented::rounded(inside(at)));
    Line { region, corners, class, visible: piece.visible }
}

/// The name of a class where blanks part words.
fn word(schema: &Schema, class: usize) -> String {
    let code = schema.classes.get(class).map_or("", |class| class.code.as_str());
    code.split_whitespace().collect::<Vec<_>>().join("-")
}

fn text(line: &Line, chip: &Chip, schema: &Schema, form: Form) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    match form {
        Form::Dota => {
            for number in oriented::flat(&line.corners) {
                let _ = write!(text, "{number} ");
            }
            let difficult = u8::from(line.visible < EASY);
            let _ = write!(text, "{} {difficult}", word(schema, line.class));
        }
        Form::Yolo => {
            let _ = write!(text, "{}", line.class);
            let sides = [f64::from(chip.width), f64::from(chip.height)];
            for (i, number) in oriented::flat(&line.corners).into_iter().enumerate() {
                let share = (number / sides[i % 2] * 1e6).round() / 1e6;
                let _ = write!(text, " {share}");
            }
        }
    }
    text
}

/// Where YOLO finds the pictures of each split and the names of classes.
fn data(schema: &Schema, chips: &[Chip]) -> String {
    let mut text = String::from("path: .\n");
    let has = |split: Split| chips.iter().any(|chip| chip.split == Some(split));
    let of = |split: Split| if has(split) { format!("images/{}", split.key()) } else { "images".to_owned() };
    let is_split = chips.iter().any(|chip| chip.split.is_some());
    // Writing to a string cannot fail.
    let _ = writeln!(text, "train: {}\nval: {}", of(Split::Train), of(Split::Val));
    if is_split && has(Split::Test) {
        let _ = writeln!(text, "test: {}", of(Split::Test));
    }
    text.push_str("names:\n");
    for (n, class) in schema.classes.iter().enumerate() {
        let _ = writeln!(text, "  {n}: {}", json!(class.code));
    }
    text
}

/// Reads the file as a stranger would and compares it with what was meant.
fn read_back(
    path: &Path,
    lines: &[Line],
    written: &[String],
    schema: &Schema,
    form: Form,
) -> Result<BTreeSet<RegionId>, ExportError> {
    let mismatch = |what: String| ExportError::Mismatch(format!("{}: {what}", path.display()));
    let text = std::fs::read_to_string(path).map_err(ExportError::io(path))?;
    let read: Vec<&str> = text.lines().collect();
    if read.len() != lines.len() {
        return Err(mismatch(format!("{} boxes were written and {} can be read", lines.len(), read.len())));
    }
    for ((line, meant), read) in lines.iter().zip(written).zip(&read) {
        let words: Vec<&str> = read.split_whitespace().collect();
        let (class, numbers) = match (form, &words[..]) {
            (Form::Dota, [numbers @ .., class, _]) => ((*class).to_owned(), numbers),
            (Form::Yolo, [class, numbers @ ..]) => {
                let place: Option<usize> = class.parse().ok();
                (place.map(|place| word(schema, place)).unwrap_or_default(), numbers)
            }
            _ => return Err(mismatch("a line is no box".into())),
        };
        let numbers: Option<Vec<f64>> = numbers.iter().map(|n| n.parse().ok()).collect();
        let eight = numbers.is_some_and(|n| n.len() == 8 && n.iter().all(|v| v.is_finite()));
        if read != meant || !eight || class != word(schema, line.class) {
            return Err(mismatch(format!("the box of region {} is not what was meant", line.region)));
        }
    }
    Ok(lines.iter().map(|line| line.region).collect())
}
