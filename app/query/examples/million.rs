//! How long queries, sorting and sums take on synthetic regions in UTM zone 17.
//!
//! ```sh
//! cargo run --release -p orthoscope-query --example million -- 1000000
//! ```

use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::Arc;
use std::time::Instant;

use project::{
    AttributeValue, Author, Change, ClassCode, Edit, GeometrySource, IdSource, Label, Project, Region,
    Schema, Settings,
};
use query::{Asker, Column, Condition, Facts, Needs, Order, Query, Vocabulary, sums};

fn town(count: usize) -> Result<Project, Box<dyn std::error::Error>> {
    let mut ids = IdSource::new(1_767_225_600_000, 1);
    let mut project = Project::new();
    let before = project.settings().clone();
    let after = Settings { crs: Some(spatial::Crs::from_epsg(32617)?), ..before.clone() };
    project.apply(&Edit::Settings(Change::replace((), before, after)))?;
    project.apply(&Edit::Schema(Change::create((), Arc::new(Schema::joint_damage_scale()))))?;
    let classes = ["no damage", "minor damage", "major damage", "destroyed"];
    let people = ["Ana", "Ben", "Cem", "model:unet"];
    let mut edits = Vec::with_capacity(2 * count);
    for at in 0..count {
        let (x, y) = (500_000.0 + (at % 1000) as f64 * 30.0, 3_200_000.0 + (at / 1000) as f64 * 30.0);
        let side = 8.0 + (at * 7 % 17) as f64;
        let corners = vec![(x, y), (x + side, y), (x + side, y + 12.0), (x, y + 12.0), (x, y)];
        let storeys = AttributeValue::Integer((at % 5) as i64);
        let region = Region {
            geometry: geo::Polygon::new(corners.into(), Vec::new()).into(),
            layer: None,
            source: GeometrySource::custom(),
            source_id: Some(format!("osm/{at}")),
            attributes: BTreeMap::from([("storeys".to_owned(), storeys)]),
        };
        let id = ids.region();
        edits.push(Edit::Region(Change::create(id, Arc::new(region))));
        let label = Label {
            region: id,
            class: ClassCode::new(classes[at * 13 % 4]),
            author: Author::new(people[at * 5 % 4]),
            confidence: Some((at * 31 % 100) as f64 / 100.0),
            note: String::new(),
            seconds: None,
            at_ms: Some(1_767_225_600_000 + at as i64),
            replies_to: Vec::new(),
            layer: None,
            schema_version: None,
        };
        edits.push(Edit::Label(Change::create(ids.label(), label)));
    }
    project.apply(&Edit::batch("Import", edits))?;
    Ok(project)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let count = std::env::args().nth(1).map_or(Ok(1_000_000), |n| n.parse())?;
    let mut out = std::io::stdout();
    let project = town(count)?;
    let mut timed = |what: &str, started: Instant| writeln!(out, "{what}: {:.1?}", started.elapsed());
    let started = Instant::now();
    let vocabulary = Vocabulary::of(&project);
    timed("words of the project", started)?;
    let started = Instant::now();
    let facts = Facts::of(&project, Needs::default());
    timed(&format!("facts of {count} regions"), started)?;
    let started = Instant::now();
    let facts = facts.follow(&project, Needs { measures: true, edits: false }, &[], false);
    timed("areas and lengths on the ground", started)?;
    let one = [facts.rows()[count / 2].id];
    let started = Instant::now();
    let facts = facts.follow(&project, Needs::default(), &one, false);
    timed("facts after one edit", started)?;
    let asker = Asker::new(&Author::new("Ana"));
    for text in [
        "class = destroyed and area_m2 > 200 and confidence < 0.6 and author != me",
        "confidence < 0.1",
        "storeys > 3",
        "source_id ~ 99",
        "created >= 2026-01-01 and not settled",
    ] {
        let started = Instant::now();
        let condition = Condition::new(&Query::parse(text)?, &vocabulary, &asker)?;
        let rows = condition.rows(&facts);
        timed(&format!("{text} ({} found)", rows.len()), started)?;
    }
    let all: Vec<u32> = (0..count as u32).collect();
    for column in [Column::Area, Column::Author, Column::SourceId] {
        let mut rows = all.clone();
        let started = Instant::now();
        Order { column: column.clone(), descending: true }.sort(&facts, &mut rows, |at| at);
        timed(&format!("sorted by {}", column.key()), started)?;
    }
    let started = Instant::now();
    let sums = sums(&facts, &all);
    timed(&format!("sums of {} classes", sums.classes.len()), started)?;
    Ok(())
}
