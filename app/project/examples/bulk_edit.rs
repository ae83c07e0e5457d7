//! How long one edit of many regions and labels takes to apply, to undo and to check.
//!
//! ```sh
//! cargo run --release -p orthoscope-project --example bulk_edit -- 100000
//! ```

use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::Arc;
use std::time::Instant;

use geo::Intersects as _;
use project::{
    Author, Change, ClassCode, Edit, GeometrySource, IdSource, Label, Project, Region, Schema, violations,
};

fn footprint(at: usize) -> Region {
    let (x, y) = ((at % 1000) as f64 * 20.0, (at / 1000) as f64 * 20.0);
    let corners = [(x, y), (x + 12.0, y), (x + 12.0, y + 9.0), (x, y + 9.0), (x, y)];
    Region {
        geometry: geo::Polygon::new(corners.to_vec().into(), Vec::new()).into(),
        layer: None,
        source: GeometrySource::custom(),
        source_id: None,
        attributes: BTreeMap::new(),
    }
}

fn import(count: usize, ids: &mut IdSource) -> Edit {
    let mut edits = Vec::with_capacity(2 * count);
    for at in 0..count {
        let region = ids.region();
        edits.push(Edit::Region(Change::create(region, Arc::new(footprint(at)))));
        let label = Label {
            region,
            class: ClassCode::new("no damage"),
            author: Author::new("model:unet"),
            confidence: Some(0.9),
            note: String::new(),
            seconds: None,
            at_ms: None,
            replies_to: Vec::new(),
            layer: None,
            schema_version: None,
        };
        edits.push(Edit::Label(Change::create(ids.label(), label)));
    }
    Edit::batch("Import", edits)
}

/// Which region is under each of many points, and which meet a box around about 100,000.
fn look(project: &Project, out: &mut impl std::io::Write) -> std::io::Result<()> {
    let Some(bounds) = project.bounds() else { return Ok(()) };
    let (points, mut hits) = (200_000, 0);
    let started = Instant::now();
    for i in 0..points {
        // Multiples of irrational numbers fall everywhere.
        let (a, b) = ((f64::from(i) * 0.618_034).fract(), (f64::from(i) * 0.414_214).fract());
        let at =
            geo::Coord { x: bounds.min().x + a * bounds.width(), y: bounds.min().y + b * bounds.height() };
        let near = project.regions_in(geo::Rect::new(at, at));
        hits += near.filter(|(_, region)| region.geometry.intersects(&at)).count();
    }
    let each = started.elapsed().as_secs_f64() * 1e6 / f64::from(points);
    writeln!(out, "which region is under a point: {each:.2} µs, {hits} of {points} on one")?;
    let corner = bounds.min() + geo::coord! { x: 20.0 * 1000.0, y: 20.0 * 100.0 };
    let view = geo::Rect::new(bounds.min(), corner);
    let started = Instant::now();
    let met = project.regions_in(view).filter(|(_, region)| region.geometry.intersects(&view)).count();
    writeln!(out, "which regions meet a box: {:.1?}, {met} do", started.elapsed())
}

/// Gives every region another class, and takes that back.
fn reclass(project: &mut Project, out: &mut impl std::io::Write) -> Result<(), Box<dyn std::error::Error>> {
    let other = |(id, label): (&project::LabelId, &Arc<Label>)| {
        let after = Label { class: ClassCode::new("destroyed"), ..(**label).clone() };
        Edit::Label(Change::replace(*id, Arc::clone(label), after))
    };
    let edit = Edit::batch("Give every region a class", project.labels().iter().map(other).collect());
    let started = Instant::now();
    project.apply(&edit)?;
    writeln!(out, "another class for all: {:.0?}", started.elapsed())?;
    let back = edit.inverse();
    let started = Instant::now();
    project.apply(&back)?;
    Ok(writeln!(out, "and that taken back: {:.0?}", started.elapsed())?)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let count = std::env::args().nth(1).map_or(Ok(100_000), |n| n.parse())?;
    let mut ids = IdSource::new(1, 1);
    let mut project = Project::new();
    project.apply(&Edit::Schema(Change::create((), Arc::new(Schema::joint_damage_scale()))))?;
    let edit = import(count, &mut ids);
    let mut out = std::io::stdout();
    let started = Instant::now();
    project.apply(&edit)?;
    writeln!(out, "apply {count} regions and labels: {:.0?}", started.elapsed())?;
    let one = Edit::Region(Change::create(ids.region(), Arc::new(footprint(7))));
    let started = Instant::now();
    project.apply(&one)?;
    writeln!(out, "one more region: {:.1?}", started.elapsed())?;
    project.apply(&one.inverse())?;
    look(&project, &mut out)?;
    reclass(&mut project, &mut out)?;
    let started = Instant::now();
    let faults = violations(&project).len();
    writeln!(out, "check every rule: {:.0?}, {faults} faults", started.elapsed())?;
    let started = Instant::now();
    let counts = project::review::status(&project);
    writeln!(out, "review state of every case: {:.0?}, {counts:?}", started.elapsed())?;
    let started = Instant::now();
    project.apply(&edit.inverse())?;
    writeln!(out, "undo: {:.0?}", started.elapsed())?;
    Ok(())
}
