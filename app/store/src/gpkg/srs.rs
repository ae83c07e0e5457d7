//! Spatial reference systems as GeoPackage numbers them.

use rusqlite::{Connection, OptionalExtension as _, params};
use spatial::Crs;

/// "Undefined Cartesian": pixel space.
pub(crate) const PIXELS: i32 = -1;
/// Where definitions without an EPSG code are numbered from.
const FIRST_CUSTOM: i32 = 100_000;

/// The rows every GeoPackage has.
pub(crate) fn insert_mandatory(db: &Connection) -> rusqlite::Result<()> {
    let mut row = db.prepare(INSERT)?;
    let note = "undefined Cartesian coordinate reference system";
    row.execute(params!["Undefined Cartesian SRS", PIXELS, "NONE", PIXELS, "undefined", note])?;
    let note = "undefined geographic coordinate reference system";
    row.execute(params!["Undefined geographic SRS", 0, "NONE", 0, "undefined", note])?;
    let note = "longitude/latitude coordinates in decimal degrees on the WGS 84 spheroid";
    row.execute(params!["WGS 84 geodetic", 4326, "EPSG", 4326, WGS84, note])?;
    Ok(())
}

const INSERT: &str = "INSERT INTO gpkg_spatial_ref_sys \
    (srs_name, srs_id, organization, organization_coordsys_id, definition, description) VALUES (?,?,?,?,?,?)";

const WGS84: &str = "GEOGCS[\"WGS 84\",DATUM[\"WGS_1984\",SPHEROID[\"WGS 84\",6378137,298.257223563,\
    AUTHORITY[\"EPSG\",\"7030\"]],AUTHORITY[\"EPSG\",\"6326\"]],PRIMEM[\"Greenwich\",0,AUTHORITY[\"EPSG\",\"8901\"]],\
    UNIT[\"degree\",0.0174532925199433,AUTHORITY[\"EPSG\",\"9122\"]],AXIS[\"Latitude\",NORTH],\
    AXIS[\"Longitude\",EAST],AUTHORITY[\"EPSG\",\"4326\"]]";

/// The number of a CRS in this file; registers it if it is new.
pub(crate) fn register(db: &Connection, crs: Option<&Crs>) -> rusqlite::Result<i32> {
    let Some(crs) = crs else { return Ok(PIXELS) };
    let definition = crs.to_wkt();
    if let Some(code) = crs.epsg().and_then(|c| i32::try_from(c).ok()) {
        let known = db
            .query_row("SELECT 1 FROM gpkg_spatial_ref_sys WHERE srs_id = ?", [code], |_| Ok(()))
            .optional()?;
        if known.is_none() {
            db.execute(INSERT, params![crs.name(), code, "EPSG", code, definition, crs.proj4()])?;
        }
        return Ok(code);
    }
    // A definition of a file's own is told apart by its PROJ string, which stands in the description.
    let known = db
        .query_row(
            "SELECT srs_id FROM gpkg_spatial_ref_sys WHERE organization = 'NONE' AND description = ?",
            [crs.proj4()],
            |row| row.get(0),
        )
        .optional()?;
    if let Some(id) = known {
        return Ok(id);
    }
    let id: i32 = db.query_row(
        "SELECT max(?, 1 + coalesce(max(srs_id), 0)) FROM gpkg_spatial_ref_sys",
        [FIRST_CUSTOM],
        |row| row.get(0),
    )?;
    db.execute(INSERT, params![crs.name(), id, "NONE", id, definition, crs.proj4()])?;
    Ok(id)
}
