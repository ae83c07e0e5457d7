//! Relations in the file, and files from before there were any.

use std::sync::Arc;

use project::{
    AttributeValue, Change, Edit, Predicate, PredicateCode, Region, RegionId, Relation, RelationId,
};
use rusqlite::Connection;

use super::fixture::{Folder, ada, create, draw, furnish, make_old, read_write};
use crate::{OpenMode, Session};

fn relate(session: &mut Session, from: RegionId, to: RegionId) -> RelationId {
    let known = PredicateCode::new("over");
    let before = session.project().schema().cloned().expect("a schema");
    if before.predicate(&known).is_none() {
        let mut after = (*before).clone();
        after.relations.push(Predicate::new("over"));
        session.edit(&ada(), 9, Edit::Schema(Change::replace((), before, after))).expect("known");
    }
    let id = session.ids(10).relation();
    let relation = Relation { from, to, predicate: known, author: ada(), at_ms: Some(1_700_000_000_000) };
    session.edit(&ada(), 10, Edit::Relation(Change::create(id, relation))).expect("related");
    id
}

fn row(path: &std::path::Path) -> (String, String, String, Vec<u8>) {
    let db = Connection::open(path).expect("any program opens it");
    let row = "SELECT from_region, to_region, predicate, geom FROM relation";
    db.query_row(row, [], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?))).expect("a row")
}

#[test]
fn relations_come_back_and_other_programs_draw_them_as_lines() {
    let folder = Folder::new();
    let mut session = create(&folder.file());
    furnish(&mut session);
    let (a, b) = (draw(&mut session, 0.0), draw(&mut session, 100.0));
    relate(&mut session, a, b);
    let project = session.project().clone();
    session.close().expect("closes");
    let (from, to, predicate, first) = row(&folder.file());
    assert_eq!((from, to, predicate.as_str()), (a.to_string(), b.to_string(), "over"));
    let found = crate::features::read(&folder.file(), Some("relation")).expect("a table of features");
    let [line] = &found.features[..] else { panic!("{found:?}") };
    let geo::Geometry::LineString(points) = &line.geometry else { panic!("{line:?}") };
    let ends = project.ends_of(project.relations().values().next().expect("one")).expect("on the map");
    assert_eq!(points.0, ends);
    assert_eq!(line.crs.as_ref().map(spatial::Crs::label), project.crs().map(spatial::Crs::label));
    let all = crate::features::read(&folder.file(), None).expect("read as an import does").features;
    assert!(all.iter().all(|f| f.table == "region"), "the lines are no shapes of an import");
    let said = all.iter().filter_map(|f| f.properties.get("relations")).collect::<Vec<_>>();
    assert!(matches!(&said[..], [AttributeValue::Json(one)] if one[0]["to"] == b.to_string()), "{said:?}");
    // What the line ends at is moved, and the line with it.
    let mut session = Session::open(&folder.file(), read_write()).expect("opens");
    assert!(*session.project() == project);
    let before = Arc::clone(session.project().region(b).expect("there"));
    let geometry = geo::Translate::translate(&before.geometry, 7.0, 0.0);
    let after = Region { geometry, ..(*before).clone() };
    session.edit(&ada(), 20, Edit::Region(Change::replace(b, before, Arc::new(after)))).expect("moved");
    assert!(session.verify().expect("verifies").is_clean());
    session.close().expect("closes");
    assert_ne!(row(&folder.file()).3, first);
    let db = Connection::open(folder.file()).expect("opens");
    db.execute("UPDATE relation SET predicate = 'under'", []).expect("altered");
    drop(db);
    let found = crate::verify_file(&folder.file()).expect("a project");
    assert!(found.violations.iter().any(|v| v.contains("relation") && v.contains("predicate")), "{found:?}");
}

#[test]
fn a_project_from_before_relations_takes_them_once_it_is_edited() {
    let folder = Folder::new();
    let mut session = create(&folder.file());
    furnish(&mut session);
    let (a, b) = (draw(&mut session, 0.0), draw(&mut session, 100.0));
    session.close().expect("closes");
    make_old(&folder.file(), 2);
    let reading = Session::open(&folder.file(), OpenMode::ReadOnly).expect("opens");
    assert!(reading.verify().expect("verifies").is_clean());
    drop(reading);
    let mut session = Session::open(&folder.file(), read_write()).expect("opens");
    relate(&mut session, a, b);
    assert!(session.verify().expect("verifies").is_clean());
    session.close().expect("closes");
    let db = Connection::open(folder.file()).expect("opens");
    let srs = |table: &str| -> i64 {
        let srs = "SELECT srs_id FROM gpkg_geometry_columns WHERE table_name = ?";
        db.query_row(srs, [table], |r| r.get(0)).expect("there")
    };
    assert_eq!(srs("relation"), srs("region"));
}

#[test]
fn indices_that_other_programs_made_of_relations_are_taken_out() {
    let folder = Folder::new();
    let mut session = create(&folder.file());
    furnish(&mut session);
    let (a, b) = (draw(&mut session, 0.0), draw(&mut session, 100.0));
    session.close().expect("closes");
    let db = Connection::open(folder.file()).expect("opens");
    db.execute_batch(
        "CREATE VIRTUAL TABLE rtree_relation_geom USING rtree(id, minx, maxx, miny, maxy); \
         CREATE TRIGGER rtree_relation_geom_insert AFTER INSERT ON relation BEGIN SELECT no_such_function(1); END;",
    )
    .expect("indexed");
    drop(db);
    let mut session = Session::open(&folder.file(), read_write()).expect("opens");
    relate(&mut session, a, b);
    assert!(session.verify().expect("verifies").is_clean());
}
