//! COCO instance segmentation: PNG chips of the image and `annotations.json` (one per split).
//!
//! A region is one annotation in every chip that it is in; `region_id` says which, and `visible` how much
//! of its area is in that chip. Shapes without holes are polygons; a COCO polygon has no holes, so shapes
//! with holes are compressed run lengths. Category ids are the schema's raster values. Relations between annotations
//! of one picture stand in an array of their own, `relations`, which other programs pass over.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::Path;

use geo::{Area as _, BoundingRect as _, LineString, MultiPolygon, Polygon};
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder as _};
use project::{AttributeValue, RegionId, RelationId, Schema};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use spatial::geometry;

use super::chips::{Chip, Cut, Piece, cut};
use super::folder::Staging;
use super::image::Painter;
use super::scan::Scan;
use super::split::Split;
use super::{ExportError, Job, Outcome, Progress, lines, relations, rle};

/// Chips that are written between two looks at the stop sign.
const AT_ONCE: usize = 32;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Segmentation {
    Polygons(Vec<Vec<f64>>),
    RunLengths { size: [u32; 2], counts: String },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Annotation {
    id: usize,
    image_id: usize,
    category_id: usize,
    segmentation: Segmentation,
    area: f64,
    bbox: [f64; 4],
    iscrowd: u8,
    /// Middle, longer and shorter side in pixels of the picture, and how the longer is turned (degrees, clockwise), where
    /// the region is a turned box that the picture shows whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rbox: Option<[f64; 5]>,
    region_id: RegionId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    source_id: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    attributes: BTreeMap<String, AttributeValue>,
    visible: f64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Picture {
    id: usize,
    pub(super) file_name: String,
    width: u32,
    height: u32,
    /// Upper left pixel of the chip in the image.
    x_px: u32,
    y_px: u32,
}

/// How an annotation stands to another of the same picture.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Related {
    id: usize,
    image_id: usize,
    subject_id: usize,
    predicate_id: usize,
    object_id: usize,
    relation_id: RelationId,
}

/// What is read back.
#[derive(Deserialize)]
struct Document {
    images: Vec<Picture>,
    annotations: Vec<Annotation>,
    #[serde(default)]
    relations: Vec<Related>,
}

pub(super) fn write(
    job: &Job<'_>,
    staging: &mut Staging,
    progress: &mut Progress<'_>,
) -> Result<Outcome, ExportError> {
    let mut outcome = Outcome::default();
    let schema = job.project.schema().ok_or(ExportError::NoSchema)?;
    let categories = category_ids(schema);
    let cut = cut(job, &mut outcome)?;
    let pictures = pictures(job, &cut.chips);
    write_chips(job, staging, &cut, &pictures, progress)?;
    let annotations: Vec<Annotation> = cut
        .pieces
        .par_iter()
        .enumerate()
        .map(|(n, piece)| annotation(job, n + 1, piece, &cut.chips[piece.chip], &categories))
        .collect();
    let related = related(job, schema, &annotations);
    outcome.relations = Some(BTreeSet::new());
    let mut splits: Vec<Option<Split>> = cut.chips.iter().map(|c| c.split).collect();
    splits.dedup();
    for split in splits {
        let name =
            split.map_or_else(|| "annotations.json".into(), |s| format!("annotations_{}.json", s.key()));
        let mine = |image: &usize| cut.chips[*image - 1].split == split;
        let pictures: Vec<&Picture> = pictures.iter().filter(|p| mine(&p.id)).collect();
        let annotations: Vec<&Annotation> = annotations.iter().filter(|a| mine(&a.image_id)).collect();
        let related: Vec<&Related> = related.iter().filter(|r| mine(&r.image_id)).collect();
        let path = staging.write(&name, annotations.len(), |out| {
            writeln!(out, "{{\n\"info\": {},", info(job))?;
            out.write_all(b"\"licenses\": [],\n\"images\": [\n")?;
            lines(out, &pictures)?;
            out.write_all(b"],\n\"annotations\": [\n")?;
            lines(out, &annotations)?;
            out.write_all(b"],\n\"categories\": [\n")?;
            lines(out, &category_entries(schema, &categories))?;
            if !job.relations.is_empty() {
                out.write_all(b"],\n\"relations\": [\n")?;
                lines(out, &related)?;
                out.write_all(b"],\n\"predicates\": [\n")?;
                lines(out, &predicate_entries(schema))?;
            }
            out.write_all(b"]\n}\n")
        })?;
        let (regions, held) = read_back(staging.path(), &path, &pictures, &annotations, &related)?;
        outcome.relations.get_or_insert_default().extend(held);
        if let Some(split) = split {
            outcome.by_split.insert(split.key().to_owned(), regions.len());
        }
        outcome.regions.extend(regions);
    }
    Ok(outcome)
}

/// The relations that a picture shows both ends of, in the order of pictures.
fn related(job: &Job<'_>, schema: &Schema, annotations: &[Annotation]) -> Vec<Related> {
    if job.relations.is_empty() {
        return Vec::new();
    }
    let mut seen: BTreeMap<RegionId, BTreeMap<usize, usize>> = BTreeMap::new();
    for annotation in annotations {
        seen.entry(annotation.region_id).or_default().insert(annotation.image_id, annotation.id);
    }
    let numbers = relations::numbers(schema);
    let mut all = Vec::new();
    for (relation_id, relation) in &job.relations {
        let both = seen.get(&relation.from).zip(seen.get(&relation.to));
        let Some(((from, to), predicate_id)) = both.zip(numbers.get(&relation.predicate)) else { continue };
        for (image_id, subject_id) in from {
            if let Some(object_id) = to.get(image_id) {
                let (image_id, subject_id, object_id) = (*image_id, *subject_id, *object_id);
                let (predicate_id, relation_id) = (*predicate_id, *relation_id);
                all.push(Related { id: 0, image_id, subject_id, predicate_id, object_id, relation_id });
            }
        }
    }
    all.sort_by_key(|r| (r.image_id, r.subject_id, r.object_id, r.predicate_id));
    all.iter_mut().enumerate().for_each(|(n, related)| related.id = n + 1);
    all
}

fn predicate_entries(schema: &Schema) -> Vec<Value> {
    let entry = |(at, predicate): (usize, &project::Predicate)| json!({"id": at + 1, "name": predicate.code});
    schema.relations.iter().enumerate().map(entry).collect()
}

fn info(job: &Job<'_>) -> Value {
    json!({
        "description": format!("{} on {}", job.project.settings().name, job.frame.layer.name),
        "version": job.spec.program_version,
        "journal_seq": job.spec.journal_seq,
    })
}

/// The schema's raster values where they are there, other numbers above them where they are not.
fn category_ids(schema: &Schema) -> BTreeMap<String, usize> {
    let taken = schema.classes.iter().filter_map(|c| c.raster_value).max().map_or(0, usize::from);
    let mut next = taken;
    let mut id = |value: Option<u8>| match value {
        Some(value) if value > 0 => usize::from(value),
        _ => {
            next += 1;
            next
        }
    };
    schema.classes.iter().map(|c| (c.code.to_string(), id(c.raster_value))).collect()
}

fn category_entries(schema: &Schema, ids: &BTreeMap<String, usize>) -> Vec<Value> {
    let mut entries: Vec<(usize, Value)> = Vec::new();
    for class in &schema.classes {
        let Some(id) = ids.get(class.code.as_str()) else { continue };
        let above = class.parent.as_ref().map_or(schema.id.as_str(), |p| p.as_str());
        entries
            .push((*id, json!({"id": id, "name": class.code, "supercategory": above, "color": class.rgb()})));
    }
    entries.sort_by_key(|(id, _)| *id);
    entries.into_iter().map(|(_, entry)| entry).collect()
}

pub(super) fn pictures(job: &Job<'_>, chips: &[Chip]) -> Vec<Picture> {
    let stem = job.frame.stem();
    let picture = |(n, chip): (usize, &Chip)| {
        let folder = chip.split.map_or_else(String::new, |s| format!("{}/", s.key()));
        Picture {
            id: n + 1,
            file_name: format!("images/{folder}{stem}_x{}_y{}.png", chip.x, chip.y),
            width: chip.width,
            height: chip.height,
            x_px: chip.x,
            y_px: chip.y,
        }
    };
    chips.iter().enumerate().map(picture).collect()
}

pub(super) fn write_chips(
    job: &Job<'_>,
    staging: &mut Staging,
    cut: &Cut,
    pictures: &[Picture],
    progress: &mut Progress<'_>,
) -> Result<(), ExportError> {
    let source = job.open()?;
    let painter = Painter::new(&source, job.spec.display)?;
    let mut counts = vec![0; cut.chips.len()];
    for piece in &cut.pieces {
        counts[piece.chip] += 1;
    }
    let paths: Result<Vec<_>, _> =
        pictures.iter().zip(&counts).map(|(p, count)| staging.place(&p.file_name, *count)).collect();
    let paths = paths?;
    let work: Vec<_> = cut.chips.iter().zip(&paths).collect();
    for (done, some) in work.chunks(AT_ONCE).enumerate() {
        super::step(progress, done * AT_ONCE, work.len())?;
        some.par_iter().try_for_each(|(chip, path)| {
            let bytes = painter.window(chip.x, chip.y, chip.width, chip.height)?;
            let mut png = Vec::new();
            let encoder = PngEncoder::new_with_quality(&mut png, CompressionType::Fast, FilterType::Adaptive);
            encoder
                .write_image(&bytes, chip.width, chip.height, ExtendedColorType::Rgb8)
                .map_err(|e| ExportError::io(path.as_path())(std::io::Error::other(e)))?;
            std::fs::write(path, png).map_err(ExportError::io(path.as_path()))
        })?;
    }
    Ok(())
}

fn annotation(
    job: &Job<'_>,
    id: usize,
    piece: &Piece,
    chip: &Chip,
    categories: &BTreeMap<String, usize>,
) -> Annotation {
    let item = &job.items[piece.item];
    let bounds = piece.shape.bounding_rect();
    let bbox = bounds.map_or([0.0; 4], |r| [r.min().x, r.min().y, r.width(), r.height()].map(rounded));
    let (segmentation, area) = segmentation(&piece.shape, chip);
    Annotation {
        id,
        image_id: piece.chip + 1,
        category_id: categories.get(item.class_key()).copied().unwrap_or(0),
        segmentation,
        area,
        bbox,
        iscrowd: 0,
        rbox: rbox(job, piece),
        region_id: item.id,
        source_id: item.region.source_id.clone(),
        attributes: item.region.attributes.clone(),
        visible: rounded(piece.visible),
    }
}

/// The turned box of a region that the picture shows whole; around one that is none only where that is asked for.
fn rbox(job: &Job<'_>, piece: &Piece) -> Option<[f64; 5]> {
    if piece.visible < 0.999 {
        return None;
    }
    let own = match &piece.shape.0[..] {
        [one] => geometry::box_of(&one.clone().into()),
        _ => None,
    };
    let around = || geometry::box_of(&geometry::oriented_box(&piece.shape.clone().into()).ok()?);
    let found = own.or_else(|| job.spec.boxes_around.then(around).flatten())?;
    Some([found.middle.x, found.middle.y, found.length, found.width, found.angle_deg].map(rounded))
}

/// Four decimals: differences of rounded positions are not round themselves.
fn rounded(value: f64) -> f64 {
    (value * 10_000.0).round() / 10_000.0
}

fn segmentation(shape: &MultiPolygon<f64>, chip: &Chip) -> (Segmentation, f64) {
    if shape.iter().any(|p| !p.interiors().is_empty()) {
        let (width, height) = (chip.width as usize, chip.height as usize);
        let mut mask = vec![false; width * height];
        let rows = i64::from(chip.height);
        Scan::new(shape, 0, rows).runs(0, rows, chip.width, |row, start, end| {
            mask[row as usize * width..][start..end].fill(true);
        });
        let covered = mask.iter().filter(|m| **m).count();
        if covered > 0 {
            let counts = rle::encode(&mask, width, height);
            return (Segmentation::RunLengths { size: [chip.height, chip.width], counts }, covered as f64);
        }
    }
    // Nothing of a hole shows where no pixel's centre is covered, so the outline says all.
    let outlines: Vec<Vec<f64>> = shape.iter().map(|p| flat(p.exterior())).collect();
    let area = outlines.iter().map(|o| ring_area(o)).sum();
    (Segmentation::Polygons(outlines), rounded(area))
}

fn flat(ring: &LineString<f64>) -> Vec<f64> {
    let corners = ring.0.len().saturating_sub(1);
    ring.0[..corners].iter().flat_map(|c| [c.x, c.y]).collect()
}

/// Compares the file with what was meant, and the pictures and masks with what it says of them.
fn read_back(
    folder: &Path,
    path: &Path,
    pictures: &[&Picture],
    annotations: &[&Annotation],
    related: &[&Related],
) -> Result<(BTreeSet<RegionId>, BTreeSet<RelationId>), ExportError> {
    let mismatch = |what: String| ExportError::Mismatch(format!("the COCO file: {what}"));
    let bytes = std::fs::read(path).map_err(ExportError::io(path))?;
    let read: Document =
        serde_json::from_slice(&bytes).map_err(|e| mismatch(format!("it cannot be read back ({e})")))?;
    if !read.images.iter().eq(pictures.iter().copied())
        || !read.annotations.iter().eq(annotations.iter().copied())
    {
        return Err(mismatch("it holds other images or annotations than were written".into()));
    }
    if !read.relations.iter().eq(related.iter().copied()) {
        return Err(mismatch("it holds other relations than were written".into()));
    }
    for picture in &read.images {
        let at = folder.join(&picture.file_name);
        let size =
            image::image_dimensions(&at).map_err(|e| mismatch(format!("{} ({e})", picture.file_name)))?;
        if size != (picture.width, picture.height) {
            return Err(mismatch(format!("{} has another size", picture.file_name)));
        }
    }
    let sizes: BTreeMap<usize, usize> =
        read.images.iter().map(|p| (p.id, p.width as usize * p.height as usize)).collect();
    let mut regions = BTreeSet::new();
    for annotation in &read.annotations {
        let pixels = sizes.get(&annotation.image_id).copied().unwrap_or(0);
        let area = match &annotation.segmentation {
            Segmentation::RunLengths { counts, .. } => rle::covered(counts, pixels).map(|n| n as f64),
            Segmentation::Polygons(rings) => Some(rings.iter().map(|r| ring_area(r)).sum()),
        };
        if area.is_none_or(|a: f64| (a - annotation.area).abs() > 1e-3) {
            return Err(mismatch(format!("annotation {} does not have its area", annotation.id)));
        }
        regions.insert(annotation.region_id);
    }
    Ok((regions, read.relations.iter().map(|r| r.relation_id).collect()))
}

fn ring_area(flat: &[f64]) -> f64 {
    let ring = flat.chunks_exact(2).map(|c| (c[0], c[1])).collect::<Vec<_>>();
    Polygon::new(LineString::from(ring), Vec::new()).unsigned_area()
}
