//! A small project that has everything in it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use geo::{LineString, MultiPolygon, Polygon};
use project::review::{Stage, Verdict, Vote};
use project::{
    AttributeValue, Author, Change, ClassCode, Edit, GeometrySource, IdSource, Label, Layer, LayerRole,
    Region, RegionId, Schema, Settings,
};
use spatial::{Crs, GeoTransform};

use crate::{Identity, OpenMode, Session};

/// So many cases, or as many as `PROPTEST_CASES` asks for.
pub(super) fn cases(usual: u32) -> proptest::prelude::ProptestConfig {
    let asked = std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok());
    proptest::prelude::ProptestConfig::with_cases(asked.unwrap_or(usual))
}

/// Makes a closed project what a program of an older version would have left.
pub(super) fn make_old(project: &Path, version: u32) {
    let db = rusqlite::Connection::open(project).expect("opens");
    for table in crate::layout::names_after(version) {
        let gone = format!(
            "DROP TABLE {table}; DELETE FROM gpkg_geometry_columns WHERE table_name = '{table}'; \
             DELETE FROM gpkg_contents WHERE table_name = '{table}'"
        );
        db.execute_batch(&gone).expect("dropped");
    }
    crate::layout::without_columns_after(&db, version).expect("columns dropped");
    crate::layout::set_meta(&db, "version", &version.to_string()).expect("made old");
}

pub(super) fn ada() -> Author {
    Author::new("Ada")
}

pub(super) fn square(x: f64, y: f64, side: f64) -> Polygon<f64> {
    let ring = [(x, y), (x + side, y), (x + side, y + side), (x, y + side), (x, y)];
    Polygon::new(LineString::from(ring.to_vec()), Vec::new())
}

pub(super) fn region(x: f64, y: f64) -> Region {
    let attributes = [
        ("height".to_owned(), AttributeValue::Number(7.25)),
        ("levels".to_owned(), AttributeValue::Integer(2)),
        (
            "note'; DROP TABLE entry;--".to_owned(),
            AttributeValue::Text("Ünïcode \u{202e}\n\"quoted\"".to_owned()),
        ),
        ("list".to_owned(), AttributeValue::Json(serde_json::json!([1, null, {"a": "b"}]))),
    ];
    Region {
        geometry: square(x, y, 10.0).into(),
        layer: None,
        source: GeometrySource::custom(),
        source_id: Some("osm/1".to_owned()),
        attributes: attributes.into(),
    }
}

pub(super) fn label(region: RegionId, author: &str, class: &str) -> Label {
    Label {
        region,
        class: ClassCode::new(class),
        author: Author::new(author),
        confidence: Some(0.75),
        note: "roof gone".to_owned(),
        seconds: Some(3.5),
        at_ms: Some(1_700_000_000_000),
        replies_to: Vec::new(),
        layer: None,
        schema_version: None,
    }
}

pub(super) fn vote(ids: &mut IdSource, case: RegionId, member: &str) -> Vote {
    Vote {
        seal: None,
        shape: None,
        id: ids.vote(),
        case,
        member: Author::new(member),
        stage: Stage::One,
        verdict: Verdict::Accept,
        class: Some(ClassCode::new("destroyed")),
        confidence: None,
        note: String::new(),
        seconds: Some(1.0),
        at_ms: Some(1_700_000_001_000),
    }
}

pub(super) fn create(path: &Path) -> Session {
    let identity = Identity { id: uuid::Uuid::from_u128(7), ..Identity::new("test 1", 1_700_000_000_000) };
    let session = Session::create(path, &identity, "Ada").expect("a new project");
    session.with_ids(IdSource::new(1_700_000_000_000, 5))
}

/// Gives a project a CRS, a schema and a layer.
pub(super) fn furnish(session: &mut Session) {
    let before = session.project().settings().clone();
    let crs = Some(Crs::from_epsg(26915).expect("in the table"));
    let after = Settings { name: "Joplin".to_owned(), crs: crs.clone(), ..before.clone() };
    session.edit(&ada(), 1, Edit::Settings(Change::replace((), before, after))).expect("settings");
    let schema = Arc::new(Schema::joint_damage_scale());
    session.edit(&ada(), 2, Edit::Schema(Change::create((), schema))).expect("schema");
    let layer = Layer {
        name: "after".to_owned(),
        path: "images/after.tif".to_owned(),
        role: LayerRole::After,
        crs,
        transform: GeoTransform::new([500_000.0, 0.05, 0.0, 4_100_000.0, 0.0, -0.05]),
        warp: None,
        width: 20_000,
        height: 10_000,
        bands: 3,
        order: 0,
        alignment: spatial::align::Method::default(),
        sha256: None,
    };
    let id = session.ids(3).layer();
    session.edit(&ada(), 3, Edit::Layer(Change::create(id, layer))).expect("layer");
}

/// Adds one region.
pub(super) fn draw(session: &mut Session, x: f64) -> RegionId {
    let id = session.ids(4).region();
    let edit = Edit::Region(Change::create(id, Arc::new(region(500_000.0 + x, 4_000_000.123))));
    session.edit(&ada(), 4, edit).expect("region");
    id
}

/// A project with three labelled regions, a vote, an undo, a redo and a large batch.
pub(super) fn busy(path: &Path) -> Session {
    let mut session = create(path);
    furnish(&mut session);
    for i in 0..3 {
        let id = draw(&mut session, f64::from(i) * 20.0);
        let edit = Change::create(session.ids(5).label(), label(id, "Ada", "destroyed"));
        session.edit(&ada(), 5, Edit::Label(edit)).expect("label");
    }
    let first = *session.project().regions().keys().next().expect("a region");
    let vote = vote(session.ids(6), first, "Ben");
    session.vote(6, vote).expect("vote");
    session.undo(&ada(), 7).expect("undone");
    session.redo(&ada(), 8).expect("redone");
    let parts = MultiPolygon::new(vec![square(0.0, 0.0, 1.0), square(5.0, 5.0, 1.0)]);
    let edits = (0..40).map(|_| {
        let region = Region { geometry: parts.clone().into(), ..region(0.0, 0.0) };
        Edit::Region(Change::create(session.ids(9).region(), Arc::new(region)))
    });
    let edits = edits.collect();
    session.edit(&ada(), 9, Edit::batch("Import 40 regions", edits)).expect("batch");
    session.save_draft(Some("{\"ring\":[[1,2]]}")).expect("draft");
    session
}

pub(super) struct Folder(tempfile::TempDir);

impl Folder {
    pub(super) fn new() -> Self {
        Self(tempfile::tempdir().expect("folder"))
    }

    pub(super) fn file(&self) -> PathBuf {
        self.0.path().join("town's #1 100%.gpkg")
    }

    /// Names of everything in the folder.
    pub(super) fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.0.path()).expect("folder");
        let mut names: Vec<_> =
            entries.map(|e| e.expect("entry").file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }
}

pub(super) fn read_write() -> OpenMode {
    OpenMode::ReadWrite { holder: "Ben".to_owned() }
}
