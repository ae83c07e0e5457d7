//! The tables of a project file, and the look at a stranger's file before anything of it is believed.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension as _, params};

use crate::gpkg::srs;
use crate::{Identity, StoreError};

/// Version of the file layout that this program writes.
pub const VERSION: u32 = 4;
/// The oldest version whose journal this program reads as it is, where it cannot bring the file up to date.
pub(crate) const READABLE: u32 = 1;
/// `GPKG`.
pub(crate) const APPLICATION_ID: i32 = 0x4750_4B47;
/// GeoPackage 1.3.
const USER_VERSION: i32 = 10_300;
const FORMAT: &str = "orthoscope project";

const GPKG_TABLES: &str = "
CREATE TABLE gpkg_spatial_ref_sys (
  srs_name TEXT NOT NULL, srs_id INTEGER NOT NULL PRIMARY KEY, organization TEXT NOT NULL,
  organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT);
CREATE TABLE gpkg_contents (
  table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE,
  description TEXT DEFAULT '',
  last_change DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
  min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id INTEGER,
  CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id));
CREATE TABLE gpkg_geometry_columns (
  table_name TEXT NOT NULL, column_name TEXT NOT NULL, geometry_type_name TEXT NOT NULL,
  srs_id INTEGER NOT NULL, z TINYINT NOT NULL, m TINYINT NOT NULL,
  CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name),
  CONSTRAINT uk_gc_table_name UNIQUE (table_name),
  CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name),
  CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys (srs_id));
";

/// One of our own tables: name, columns as in `CREATE TABLE`, and what it is for.
pub(crate) struct Table {
    pub(crate) name: &'static str,
    pub(crate) columns: &'static str,
    pub(crate) description: &'static str,
    /// The first version of the file that has it.
    pub(crate) since: u32,
}

/// The truth: what opening a project reads. Nobody else has a reason to change how these are made.
const JOURNAL: [Table; 5] = [
    Table {
        name: "entry",
        columns: "seq INTEGER PRIMARY KEY NOT NULL, at DATETIME, at_ms INTEGER NOT NULL, author TEXT NOT NULL, \
                  kind TEXT NOT NULL, body TEXT NOT NULL, first_change INTEGER, changes INTEGER NOT NULL, \
                  hash BLOB NOT NULL",
        description: "Journal: one line per edit, revert or vote; never changed, each chained to the one before",
        since: 1,
    },
    Table {
        name: "change",
        columns: "fid INTEGER PRIMARY KEY NOT NULL, seq INTEGER NOT NULL, body TEXT NOT NULL",
        description: "Journal: the parts of large batches",
        since: 1,
    },
    Table {
        name: "draft",
        columns: "fid INTEGER PRIMARY KEY NOT NULL, body TEXT NOT NULL",
        description: "The shape that was being drawn",
        since: 1,
    },
    Table {
        name: "meta",
        columns: "fid INTEGER PRIMARY KEY NOT NULL, key TEXT NOT NULL UNIQUE, value TEXT NOT NULL",
        description: "Version of the file and the end of the journal",
        since: 1,
    },
    Table {
        name: "packed",
        columns: "fid INTEGER PRIMARY KEY NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, \
                  hash BLOB NOT NULL, sum BLOB NOT NULL, body BLOB NOT NULL",
        description: "The journal once more, for opening fast; not used where it does not match the journal",
        since: 3,
    },
];

/// A cache of the journal for other programs; never read back.
pub(crate) const CURRENT: [Table; 8] = [
    Table {
        name: "region",
        columns: "fid INTEGER PRIMARY KEY NOT NULL, geom GEOMETRY, id TEXT NOT NULL UNIQUE, layer TEXT, \
                  source TEXT, source_id TEXT, class TEXT, stage TEXT, author TEXT, confidence DOUBLE, \
                  attributes TEXT",
        description: "Labelled shapes (written by Orthoscope from its journal; changes made here are not read back)",
        since: 1,
    },
    Table {
        name: "label",
        columns: "fid INTEGER PRIMARY KEY NOT NULL, id TEXT NOT NULL UNIQUE, region TEXT NOT NULL, \
                  class TEXT NOT NULL, author TEXT NOT NULL, confidence DOUBLE, note TEXT, seconds DOUBLE, \
                  at DATETIME, at_ms INTEGER, layer TEXT, schema_version INTEGER",
        description: "What each author says each region is",
        since: 1,
    },
    Table {
        name: "vote",
        columns: "fid INTEGER PRIMARY KEY NOT NULL, id TEXT NOT NULL UNIQUE, region TEXT NOT NULL, \
                  member TEXT NOT NULL, stage TEXT NOT NULL, verdict TEXT NOT NULL, class TEXT, \
                  confidence DOUBLE, note TEXT, seconds DOUBLE, at DATETIME, at_ms INTEGER, outline TEXT",
        description: "Every vote of the review, superseded ones included",
        since: 1,
    },
    Table {
        name: "layer",
        columns: "fid INTEGER PRIMARY KEY NOT NULL, id TEXT NOT NULL UNIQUE, name TEXT NOT NULL, \
                  path TEXT NOT NULL, role TEXT NOT NULL, crs TEXT, width INTEGER, height INTEGER, \
                  bands INTEGER, position INTEGER, sha256 TEXT, body TEXT NOT NULL",
        description: "Images the project refers to",
        since: 1,
    },
    Table {
        name: "adjustment",
        columns: "fid INTEGER PRIMARY KEY NOT NULL, id TEXT NOT NULL UNIQUE, layer TEXT NOT NULL, source TEXT, \
                  start_x DOUBLE NOT NULL, start_y DOUBLE NOT NULL, end_x DOUBLE NOT NULL, end_y DOUBLE NOT NULL, \
                  author TEXT NOT NULL, at DATETIME, at_ms INTEGER",
        description: "Arrows from where footprints are drawn to where a layer shows them, in pixels of the layer",
        since: 2,
    },
    Table {
        name: "relation",
        columns: "fid INTEGER PRIMARY KEY NOT NULL, geom GEOMETRY, id TEXT NOT NULL UNIQUE, \
                  from_region TEXT NOT NULL, to_region TEXT NOT NULL, predicate TEXT NOT NULL, \
                  author TEXT NOT NULL, at DATETIME, at_ms INTEGER",
        description: "How regions stand to each other, as lines from one to the other",
        since: 3,
    },
    Table {
        name: "schema",
        columns: "fid INTEGER PRIMARY KEY NOT NULL, id TEXT NOT NULL UNIQUE, version INTEGER NOT NULL, \
                  name TEXT NOT NULL, body TEXT NOT NULL",
        description: "The classes in use",
        since: 1,
    },
    Table {
        name: "setting",
        columns: "fid INTEGER PRIMARY KEY NOT NULL, name TEXT NOT NULL UNIQUE, value TEXT NOT NULL",
        description: "What holds for the whole project",
        since: 1,
    },
];

/// What is neither journal nor a cache of it: counted beside, and compared with nothing.
const BESIDE: [Table; 1] = [Table {
    name: "response_hit",
    columns: "fid INTEGER PRIMARY KEY NOT NULL, response TEXT NOT NULL UNIQUE, hits INTEGER NOT NULL, at DATETIME",
    description: "How often each answer of a service was read from this file instead of being asked for again",
    since: 4,
}];

/// Every table that is a cache of the journal.
pub(crate) fn current() -> impl Iterator<Item = &'static Table> {
    let of_places = crate::responses::TABLES.iter().chain(&crate::questions::TABLES);
    let of_copies = crate::copies::TABLES.iter().chain(&crate::handed::TABLES);
    CURRENT.iter().chain(&crate::screening::TABLES).chain(of_places).chain(of_copies)
}

/// Every table that is read when a project is opened or joined.
fn journal() -> impl Iterator<Item = &'static Table> {
    JOURNAL.iter().chain(&crate::copies::JOURNAL)
}

/// Every table of ours.
fn tables() -> impl Iterator<Item = &'static Table> {
    current().chain(journal()).chain(&BESIDE)
}

impl Table {
    fn create(&self) -> String {
        format!("CREATE TABLE {} ({})", self.name, self.columns)
    }

    /// The columns that files of a version have.
    fn column_names(&self, version: u32) -> impl Iterator<Item = &'static str> {
        let later = move |column: &&str| {
            ADDED
                .iter()
                .any(|(table, name, _, since)| *table == self.name && name == column && *since > version)
        };
        self.columns.split(',').filter_map(|c| c.split_whitespace().next()).filter(move |c| !later(c))
    }
}

/// Columns that came after their table: table, name, type, and the first version that has them.
const ADDED: [(&str, &str, &str, u32); 3] = [
    ("label", "layer", "TEXT", 3),
    ("label", "schema_version", "INTEGER", 3),
    ("vote", "outline", "TEXT", 4),
];

/// The tables that have shapes, and of which kind; all are in the project's CRS.
pub(crate) const SHAPED: [(&str, &str); 3] =
    [("region", "GEOMETRY"), ("relation", "LINESTRING"), ("screening_cell", "POLYGON")];

/// The kind of the shapes of a table that has any.
fn shape_of(table: &str) -> Option<&'static str> {
    SHAPED.iter().find(|(name, _)| *name == table).map(|(_, kind)| *kind)
}

/// Makes an empty GeoPackage.
pub(crate) fn create_geopackage(db: &Connection) -> rusqlite::Result<()> {
    db.pragma_update(None, "application_id", APPLICATION_ID)?;
    db.pragma_update(None, "user_version", USER_VERSION)?;
    db.execute_batch(GPKG_TABLES)?;
    srs::insert_mandatory(db)
}

/// Makes the tables of an empty project.
pub(crate) fn create(db: &Connection, identity: &Identity) -> rusqlite::Result<()> {
    create_geopackage(db)?;
    for table in tables() {
        make(db, table)?;
    }
    db.execute_batch("CREATE INDEX label_region ON label (region)")?;
    let made_at = crate::time::iso(identity.at_ms).unwrap_or_default();
    for (key, value) in [
        ("format", FORMAT),
        ("version", &VERSION.to_string()),
        ("project", &identity.id.to_string()),
        ("program", &identity.program),
        ("made_at", &made_at),
    ] {
        set_meta(db, key, value)?;
    }
    Ok(())
}

/// Makes a table and registers it, so that other programs find it.
fn make(db: &Connection, table: &Table) -> rusqlite::Result<()> {
    db.execute_batch(&table.create())?;
    let shape = shape_of(table.name);
    let (kind, srs) =
        if shape.is_some() { ("features", Some(srs_in_use(db)?)) } else { ("attributes", None) };
    db.execute(
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, srs_id) \
         VALUES (?1, ?2, ?1, ?3, ?4)",
        params![table.name, kind, table.description, srs],
    )?;
    if let Some(shape) = shape {
        db.execute(
            "INSERT INTO gpkg_geometry_columns VALUES (?1, 'geom', ?2, ?3, 0, 0)",
            params![table.name, shape, srs],
        )?;
    }
    if table.name == "question_evidence" {
        db.execute_batch("CREATE INDEX question_evidence_question ON question_evidence (question)")?;
    }
    if table.name == "run_reply" {
        db.execute_batch("CREATE INDEX run_reply_run ON run_reply (run)")?;
    }
    if table.name == "screening_cell" {
        db.execute_batch("CREATE INDEX screening_cell_screening ON screening_cell (screening, cell)")?;
    }
    if table.name == "response" {
        db.execute_batch("CREATE INDEX response_key ON response (key)")?;
    }
    Ok(())
}

/// The number of the project's CRS in the file; pixels where nothing says otherwise yet.
fn srs_in_use(db: &Connection) -> rusqlite::Result<i32> {
    let of_regions = "SELECT srs_id FROM gpkg_geometry_columns WHERE table_name = 'region'";
    Ok(db.query_row(of_regions, [], |row| row.get(0)).optional()?.unwrap_or(srs::PIXELS))
}

/// Makes the tables that a version of the file has and the one before had not.
pub(crate) fn make_since(db: &Connection, version: u32) -> rusqlite::Result<()> {
    tables().filter(|table| table.since == version).try_for_each(|table| make(db, table))?;
    for (table, column, kind, _) in ADDED.iter().filter(|(.., since)| *since == version) {
        db.execute_batch(&format!("ALTER TABLE {table} ADD COLUMN {column} {kind}"))?;
    }
    Ok(())
}

/// The columns of a table that a file has.
pub(crate) fn columns_of(db: &Connection, table: &str) -> rusqlite::Result<Vec<String>> {
    let mut statement = db.prepare("SELECT name FROM pragma_table_info(?)")?;
    statement.query_map([table], |row| row.get(0))?.collect()
}

/// Takes the columns out that files of a version do not have yet.
#[cfg(test)]
pub(crate) fn without_columns_after(db: &Connection, version: u32) -> rusqlite::Result<()> {
    for (table, column, _, _) in ADDED.iter().filter(|(.., since)| *since > version) {
        db.execute_batch(&format!("ALTER TABLE {table} DROP COLUMN {column}"))?;
    }
    Ok(())
}

/// The tables that files of a version do not have yet.
#[cfg(test)]
pub(crate) fn names_after(version: u32) -> impl Iterator<Item = &'static str> {
    tables().filter(move |table| table.since > version).map(|table| table.name)
}

/// A value of the `meta` table.
pub(crate) fn meta(db: &Connection, key: &str) -> rusqlite::Result<Option<String>> {
    db.prepare_cached("SELECT value FROM meta WHERE key = ?")?.query_row([key], |row| row.get(0)).optional()
}

pub(crate) fn set_meta(db: &Connection, key: &str, value: &str) -> rusqlite::Result<()> {
    db.prepare_cached(
        "INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
    )?
    .execute([key, value])?;
    Ok(())
}

/// What a file that may be a project turned out to be.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Vetted {
    pub(crate) version: u32,
}

/// Looks at a file that anybody may have made: is it a project, of which version, are its tables plain
/// tables of the expected shape? Reads only.
pub(crate) fn vet(db: &Connection, path: &Path) -> Result<Vetted, StoreError> {
    let sql = |e| StoreError::sqlite("read", path, e);
    let refused = |why: &str| StoreError::NotAProject { path: path.to_path_buf(), why: why.to_owned() };
    let application: i32 = db.pragma_query_value(None, "application_id", |row| row.get(0)).map_err(sql)?;
    let tables: i64 =
        db.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).map_err(sql)?;
    if tables == 0 {
        return Err(StoreError::NotAGeoPackage { path: path.to_path_buf(), why: "it is empty".into() });
    }
    if application != APPLICATION_ID {
        let why = "it is a database of another kind".to_owned();
        return Err(StoreError::NotAGeoPackage { path: path.to_path_buf(), why });
    }
    let foreign = || refused("it is a GeoPackage made by another program");
    if object(db, "meta").map_err(sql)?.is_none_or(|(kind, _)| kind != "table") || !has_meta_columns(db) {
        return Err(foreign());
    }
    if meta(db, "format").map_err(sql)?.as_deref() != Some(FORMAT) {
        return Err(foreign());
    }
    let version = meta(db, "version").map_err(sql)?;
    let version: u32 = version
        .and_then(|v| v.parse().ok())
        .filter(|v| *v > 0)
        .ok_or_else(|| refused("it does not say which version it has"))?;
    if version > VERSION {
        return Err(StoreError::Newer { path: path.to_path_buf(), version, supported: VERSION });
    }
    vet_tables(db, path, version)?;
    Ok(Vetted { version })
}

/// True for a file that says it is a project; nothing else about it is known then.
pub(crate) fn is_project(db: &Connection) -> bool {
    has_meta_columns(db) && meta(db, "format").is_ok_and(|format| format.as_deref() == Some(FORMAT))
}

fn has_meta_columns(db: &Connection) -> bool {
    db.prepare("SELECT key, value FROM meta").is_ok()
}

/// `table` or `view`, if there is one of this name.
pub(crate) fn kind_of(db: &Connection, name: &str) -> rusqlite::Result<Option<String>> {
    Ok(object(db, &name.to_lowercase())?.map(|(kind, _)| kind))
}

/// Type and text of what the file has under a name.
fn object(db: &Connection, name: &str) -> rusqlite::Result<Option<(String, String)>> {
    db.query_row(
        "SELECT type, coalesce(sql, '') FROM sqlite_schema WHERE lower(name) = ? AND type IN ('table', 'view')",
        [name],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
    .optional()
}

/// Refuses a project whose tables are not what this program made: views, virtual tables, computed or
/// missing columns, triggers. What other programs add beside them is theirs and stays.
fn vet_tables(db: &Connection, path: &Path, version: u32) -> Result<(), StoreError> {
    let sql = |e| StoreError::sqlite("read", path, e);
    let refused = |why: String| StoreError::NotAProject { path: path.to_path_buf(), why };
    for table in tables().filter(|table| table.since <= version) {
        let name = table.name;
        let (kind, text) = object(db, name)
            .map_err(sql)?
            .ok_or_else(|| refused(format!("its table `{name}` is missing")))?;
        if kind != "table" || text.to_ascii_uppercase().starts_with("CREATE VIRTUAL") {
            return Err(refused(format!("its `{name}` is not a plain table")));
        }
        let is_journal = journal().any(|t| t.name == name);
        if is_journal && text != table.create() {
            return Err(refused(format!("its table `{name}` was altered")));
        }
        let mut found = Vec::new();
        let mut rows = db.prepare("SELECT name, hidden FROM pragma_table_xinfo(?)").map_err(sql)?;
        let mut rows = rows.query([name]).map_err(sql)?;
        while let Some(row) = rows.next().map_err(sql)? {
            let (column, hidden): (String, i64) = (row.get(0).map_err(sql)?, row.get(1).map_err(sql)?);
            if hidden == 0 {
                found.push(column);
            }
        }
        if let Some(missing) = table.column_names(version).find(|c| !found.iter().any(|f| f == c)) {
            return Err(refused(format!("its table `{name}` has no plain column `{missing}`")));
        }
    }
    vet_triggers(db, path)
}

/// GDAL and QGIS add triggers that keep their spatial index and feature count; any other is not welcome.
fn vet_triggers(db: &Connection, path: &Path) -> Result<(), StoreError> {
    let sql = |e| StoreError::sqlite("read", path, e);
    let mut statement =
        db.prepare("SELECT name, lower(tbl_name) FROM sqlite_schema WHERE type = 'trigger'").map_err(sql)?;
    let mut rows = statement.query([]).map_err(sql)?;
    while let Some(row) = rows.next().map_err(sql)? {
        let (name, table): (String, String) = (row.get(0).map_err(sql)?, row.get(1).map_err(sql)?);
        let ours = tables().any(|t| t.name == table);
        let known = name.starts_with(&format!("rtree_{table}_geom_")) || name.starts_with("trigger_");
        if ours && !(known && shape_of(&table).is_some()) {
            let why = format!("a trigger `{name}` hangs on its table `{table}`");
            return Err(StoreError::NotAProject { path: path.to_path_buf(), why });
        }
    }
    Ok(())
}

/// Removes the spatial indices and the feature counts that GDAL or QGIS may have added: both would be out of
/// date with the next change, as triggers do not run here.
pub(crate) fn drop_foreign_index(db: &Connection) -> rusqlite::Result<()> {
    SHAPED.iter().try_for_each(|(table, _)| drop_foreign_index_of(db, table))
}

fn drop_foreign_index_of(db: &Connection, table: &str) -> rusqlite::Result<()> {
    let mut found = Vec::new();
    let mut statement = db.prepare(
        "SELECT name FROM sqlite_schema WHERE type = 'trigger' AND lower(tbl_name) = ?1 \
         AND (substr(name, 1, length(?2)) = ?2 OR substr(name, 1, 8) = 'trigger_')",
    )?;
    let mut rows = statement.query(params![table, format!("rtree_{table}_geom_")])?;
    while let Some(row) = rows.next()? {
        found.push(row.get::<_, String>(0)?);
    }
    for name in found {
        db.execute_batch(&format!("DROP TRIGGER \"{}\"", name.replace('"', "\"\"")))?;
    }
    if object(db, &format!("rtree_{table}_geom"))?.is_some() {
        db.execute_batch(&format!("DROP TABLE rtree_{table}_geom"))?;
    }
    for bookkeeping in ["gpkg_extensions", "gpkg_ogr_contents"] {
        if object(db, bookkeeping)?.is_some() {
            db.execute(&format!("DELETE FROM {bookkeeping} WHERE lower(table_name) = ?"), [table])?;
        }
    }
    Ok(())
}
