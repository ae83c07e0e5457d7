//! The feature tables of any GeoPackage, read so that an import can take them.
//!
//! ```no_run
//! let found = store::features::read("footprints.gpkg".as_ref(), None)?;
//! for feature in &found.features {
//!     println!("{} with {} attributes", feature.table, feature.properties.len());
//! }
//! # Ok::<(), store::StoreError>(())
//! ```

use std::collections::BTreeMap;
use std::path::Path;

use geo::Geometry;
use project::AttributeValue;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension as _};
use spatial::Crs;

use crate::gpkg::blob;
use crate::{StoreError, connect, layout};

/// One row of a feature table.
#[derive(Clone, Debug, PartialEq)]
pub struct ForeignFeature {
    /// The table it stands in.
    pub table: String,
    /// In the table's CRS, x = east or longitude; heights and measures dropped.
    pub geometry: Geometry<f64>,
    /// `None` where the table names none, or one that cannot be read (which [`Found::notes`] says).
    pub crs: Option<Crs>,
    pub properties: BTreeMap<String, AttributeValue>,
}

/// What a GeoPackage holds for an import.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Found {
    pub features: Vec<ForeignFeature>,
    /// What was left out and why, one sentence each with its count, and CRSs that cannot be read.
    pub notes: Vec<String>,
}

/// How much of a stranger's file is read; more is refused, so that memory stays bounded.
const MOST_FEATURES: usize = 5_000_000;
const MOST_BYTES: usize = 2 << 30;
const MOST_TABLES: usize = 1_000;

/// Reads every feature table, or the one named.
pub fn read(path: &Path, table: Option<&str>) -> Result<Found, StoreError> {
    if !path.exists() {
        return Err(StoreError::NotFound { path: path.to_path_buf() });
    }
    let db = connect::reading(path)?;
    let sql = |e| StoreError::sqlite("read", path, e);
    let refused = |why: String| StoreError::NotAGeoPackage { path: path.to_path_buf(), why };
    for needed in ["gpkg_contents", "gpkg_geometry_columns", "gpkg_spatial_ref_sys"] {
        if layout::kind_of(&db, needed).map_err(sql)?.as_deref() != Some("table") {
            return Err(refused(format!("its table `{needed}` is missing")));
        }
    }
    let mut tables = feature_tables(&db).map_err(sql)?;
    if let Some(wanted) = table {
        tables.retain(|t| t.name == wanted);
    } else if tables.iter().any(|t| t.name == "region") {
        // Of a project of ours only regions are shapes to take; the grids of screenings come by name.
        tables.retain(|t| t.name != "screening_cell");
    }
    if tables.is_empty() {
        let which = table.map_or_else(String::new, |t| format!(" of the name `{t}`"));
        return Err(refused(format!("it has no table of features{which}")));
    }
    let mut reader =
        Reader { path, features: Vec::new(), skipped: BTreeMap::new(), notes: Vec::new(), bytes: 0 };
    for table in &tables {
        reader.table(&db, table)?;
    }
    if table.is_none() && layout::is_project(&db) {
        reader.features = with_relations(reader.features);
    }
    let skipped = reader.skipped.into_iter().map(|((table, why), n)| match n {
        1 => format!("table {table}: one was left out: {why}"),
        n => format!("table {table}: {n} were left out: {why}"),
    });
    Ok(Found { notes: reader.notes.into_iter().chain(skipped).collect(), features: reader.features })
}

/// In a project the lines of relations are no shapes: each is said of the region that it begins at, by the property
/// `relations`.
fn with_relations(features: Vec<ForeignFeature>) -> Vec<ForeignFeature> {
    let (lines, mut shapes): (Vec<_>, Vec<_>) = features.into_iter().partition(|f| f.table == "relation");
    let mut said: BTreeMap<String, Vec<serde_json::Value>> = BTreeMap::new();
    let text = |feature: &ForeignFeature, name: &str| match feature.properties.get(name) {
        Some(AttributeValue::Text(text)) => Some(text.clone()),
        _ => None,
    };
    for line in &lines {
        let [from, to, predicate] = ["from_region", "to_region", "predicate"].map(|name| text(line, name));
        if let Some(((from, to), predicate)) = from.zip(to).zip(predicate) {
            let author = text(line, "author");
            let relation = serde_json::json!({"predicate": predicate, "to": to, "author": author});
            said.entry(from).or_default().push(relation);
        }
    }
    for shape in &mut shapes {
        if let Some(relations) = text(shape, "id").and_then(|id| said.remove(&id)) {
            let relations = AttributeValue::Json(serde_json::Value::Array(relations));
            shape.properties.insert("relations".to_owned(), relations);
        }
    }
    shapes
}

struct FeatureTable {
    name: String,
    geometry: String,
    srs_id: i64,
}

fn feature_tables(db: &Connection) -> rusqlite::Result<Vec<FeatureTable>> {
    let mut statement = db.prepare(
        "SELECT c.table_name, g.column_name, g.srs_id FROM gpkg_contents c \
         JOIN gpkg_geometry_columns g ON lower(g.table_name) = lower(c.table_name) \
         WHERE c.data_type = 'features' ORDER BY c.table_name LIMIT ?",
    )?;
    let rows = statement.query_map([MOST_TABLES as i64], |row| {
        Ok(FeatureTable { name: row.get(0)?, geometry: row.get(1)?, srs_id: row.get(2)? })
    })?;
    rows.collect()
}

/// A name in SQL text. Names are the only thing that is ever put there; values are bound.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

struct Column {
    name: String,
    is_boolean: bool,
}

struct Reader<'a> {
    path: &'a Path,
    features: Vec<ForeignFeature>,
    /// Table and reason, with how often.
    skipped: BTreeMap<(String, String), usize>,
    notes: Vec<String>,
    bytes: usize,
}

impl Reader<'_> {
    fn table(&mut self, db: &Connection, table: &FeatureTable) -> Result<(), StoreError> {
        let path = self.path;
        let sql = |e| StoreError::sqlite("read", path, e);
        if layout::kind_of(db, &table.name).map_err(sql)?.as_deref() != Some("table") {
            self.skip(table, "the table is a view or does not exist".to_owned());
            return Ok(());
        }
        let columns = columns(db, table).map_err(sql)?;
        let crs = match crs(db, table.srs_id).map_err(sql)? {
            Ok(crs) => crs,
            Err(why) => {
                self.notes.push(format!("table {}: {why}", table.name));
                None
            }
        };
        let names = std::iter::once(&table.geometry).chain(columns.iter().map(|c| &c.name));
        let names = names.map(|name| quoted(name)).collect::<Vec<_>>().join(", ");
        let text = format!("SELECT {names} FROM {}", quoted(&table.name));
        let mut statement = db.prepare(&text).map_err(sql)?;
        let mut rows = statement.query([]).map_err(sql)?;
        while let Some(row) = rows.next().map_err(sql)? {
            let geometry = match row.get_ref(0).map_err(sql)? {
                ValueRef::Blob(bytes) => {
                    self.count(bytes.len())?;
                    blob::decode(bytes).map(|b| b.geometry)
                }
                ValueRef::Null => Ok(None),
                _ => Err("its geometry is not a blob".to_owned()),
            };
            let geometry = match geometry {
                Ok(Some(geometry)) => geometry,
                Ok(None) => {
                    self.skip(table, "it has no geometry".to_owned());
                    continue;
                }
                Err(why) => {
                    self.skip(table, format!("its geometry cannot be read: {why}"));
                    continue;
                }
            };
            let properties = self.properties(row, &columns).map_err(sql)??;
            let feature =
                ForeignFeature { table: table.name.clone(), geometry, crs: crs.clone(), properties };
            self.features.push(feature);
            if self.features.len() > MOST_FEATURES {
                return Err(self.too_much(&format!("more than {MOST_FEATURES} features")));
            }
        }
        Ok(())
    }

    fn properties(
        &mut self,
        row: &rusqlite::Row<'_>,
        columns: &[Column],
    ) -> rusqlite::Result<Result<BTreeMap<String, AttributeValue>, StoreError>> {
        let mut properties = BTreeMap::new();
        for (i, column) in columns.iter().enumerate() {
            let value = match row.get_ref(i + 1)? {
                // What is binary has no place among attributes; what is null is not there.
                ValueRef::Null | ValueRef::Blob(_) => continue,
                ValueRef::Integer(n) if column.is_boolean => AttributeValue::Boolean(n != 0),
                ValueRef::Integer(n) => AttributeValue::Integer(n),
                ValueRef::Real(n) if n.is_finite() => AttributeValue::Number(n),
                ValueRef::Real(n) => AttributeValue::Text(n.to_string()),
                ValueRef::Text(text) => {
                    if let Err(e) = self.count(text.len()) {
                        return Ok(Err(e));
                    }
                    AttributeValue::Text(String::from_utf8_lossy(text).into_owned())
                }
            };
            properties.insert(column.name.clone(), value);
        }
        Ok(Ok(properties))
    }

    fn skip(&mut self, table: &FeatureTable, why: String) {
        *self.skipped.entry((table.name.clone(), why)).or_default() += 1;
    }

    fn count(&mut self, bytes: usize) -> Result<(), StoreError> {
        self.bytes = self.bytes.saturating_add(bytes);
        if self.bytes > MOST_BYTES {
            return Err(self.too_much("more than 2 GiB of shapes and text"));
        }
        Ok(())
    }

    fn too_much(&self, what: &str) -> StoreError {
        StoreError::NotAGeoPackage {
            path: self.path.to_path_buf(),
            why: format!("it holds {what}, which is more than one import takes"),
        }
    }
}

/// The columns beside the geometry and the row number.
fn columns(db: &Connection, table: &FeatureTable) -> rusqlite::Result<Vec<Column>> {
    let mut statement = db.prepare("SELECT name, upper(type), pk, hidden FROM pragma_table_xinfo(?)")?;
    let mut rows = statement.query([&table.name])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let (name, kind): (String, String) = (row.get(0)?, row.get(1)?);
        let (key, hidden): (i64, i64) = (row.get(2)?, row.get(3)?);
        let is_row_number = key == 1 && kind == "INTEGER";
        if hidden == 0 && !is_row_number && !name.eq_ignore_ascii_case(&table.geometry) {
            found.push(Column { name, is_boolean: kind == "BOOLEAN" });
        }
    }
    Ok(found)
}

/// The CRS of a number in this file: by its EPSG code, else by its definition.
fn crs(db: &Connection, srs_id: i64) -> rusqlite::Result<Result<Option<Crs>, String>> {
    if srs_id == 0 || srs_id == -1 {
        return Ok(Ok(None));
    }
    let said = db
        .query_row(
            "SELECT organization, organization_coordsys_id, definition FROM gpkg_spatial_ref_sys \
             WHERE srs_id = ?",
            [srs_id],
            |row| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?, row.get::<_, String>(2)?)),
        )
        .optional()?;
    let Some((organization, code, definition)) = said else {
        return Ok(Err(format!("its coordinate reference system {srs_id} is not in the file")));
    };
    let by_code = || {
        let code = u32::try_from(code).ok().filter(|_| organization.eq_ignore_ascii_case("EPSG"))?;
        Crs::from_epsg(code).ok()
    };
    Ok(match by_code() {
        Some(crs) => Ok(Some(crs)),
        None => Crs::from_wkt(&definition).map(Some).map_err(|e| e.to_string()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file by nobody in particular: two rows, one without a geometry, one table that is a view.
    fn stranger(path: &Path) {
        let db = Connection::open(path).expect("opens");
        layout::create_geopackage(&db).expect("tables");
        db.execute_batch(
            "CREATE TABLE \"odd \"\"name\" (fid INTEGER PRIMARY KEY, shape BLOB, ok BOOLEAN, n REAL, t TEXT, b BLOB);
             CREATE VIEW v AS SELECT * FROM \"odd \"\"name\";
             INSERT INTO gpkg_contents (table_name, data_type, srs_id) VALUES ('odd \"name', 'features', 4326), ('v', 'features', 4326);
             INSERT INTO gpkg_geometry_columns VALUES ('odd \"name', 'shape', 'POINT', 4326, 0, 0), ('v', 'shape', 'POINT', 4326, 0, 0);
             INSERT INTO \"odd \"\"name\" VALUES (1, NULL, 1, 2.5, 'x', x'00'), (3, x'00', 0, 1, NULL, NULL);",
        )
        .expect("filled");
        let shape = blob::encode(&geo::Point::new(-94.5, 37.0).into(), 4326);
        let row = "INSERT INTO \"odd \"\"name\" VALUES (2, ?, 1, 9e999, 'ü', x'00')";
        db.execute(row, [shape]).expect("inserted");
    }

    #[test]
    fn rows_are_read_with_their_attributes_and_what_is_left_out_is_said() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("stranger.gpkg");
        stranger(&path);
        let found = read(&path, None).expect("read");
        let [feature] = &found.features[..] else { panic!("one feature, not {found:?}") };
        assert_eq!(feature.geometry, geo::Point::new(-94.5, 37.0).into());
        assert_eq!(feature.crs.as_ref().and_then(Crs::epsg), Some(4326));
        let text = |t: &str| AttributeValue::Text(t.into());
        let expected = [("n", text("inf")), ("ok", AttributeValue::Boolean(true)), ("t", text("ü"))];
        assert_eq!(feature.properties, expected.map(|(k, v)| (k.to_owned(), v)).into());
        let notes = found.notes.join("; ");
        assert!(notes.contains("no geometry") && notes.contains("shorter than"), "{notes}");
        assert!(notes.contains("table v: one was left out: the table is a view"), "{notes}");
        assert!(std::fs::read_dir(folder.path()).expect("folder").count() == 1, "nothing beside the file");
    }

    #[test]
    fn a_table_that_is_not_there_is_said_by_name() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("stranger.gpkg");
        stranger(&path);
        let error = read(&path, Some("buildings")).expect_err("refused").to_string();
        assert!(error.contains("`buildings`"), "{error}");
        std::fs::write(&path, "not a database, but longer than nothing").expect("written");
        assert!(read(&path, None).expect_err("refused").to_string().contains("is not a GeoPackage"));
    }
}
