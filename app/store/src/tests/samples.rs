//! Real files by other programs, where they are at hand.

use std::path::PathBuf;

use super::fixture::read_write;
use crate::{Session, features};

/// A file from the folder that `ORTHOSCOPE_SAMPLES` names; said loudly when there is none.
fn sample(relative: &str) -> Option<PathBuf> {
    let Some(folder) = std::env::var_os("ORTHOSCOPE_SAMPLES") else {
        eprintln!("SKIPPED: {relative} is a real sample; set ORTHOSCOPE_SAMPLES to the folder that holds it");
        return None;
    };
    let path = PathBuf::from(folder).join(relative);
    assert!(path.exists(), "ORTHOSCOPE_SAMPLES is set but {} does not exist", path.display());
    Some(path)
}

#[test]
fn damage_predictions_of_joplin_are_read_whole() {
    let Some(path) = sample("building_damage/joplin2011/joplin_damage_pred_west.gpkg") else { return };
    let before = std::fs::read(&path).expect("readable");
    let found = features::read(&path, None).expect("read");
    assert!(found.notes.is_empty(), "{:?}", found.notes);
    assert!(found.features.len() > 100, "{}", found.features.len());
    assert!(found.features.iter().all(|f| f.crs.is_some() && !f.properties.is_empty()));
    assert!(std::fs::read(&path).expect("readable") == before);
}

#[test]
fn geopackages_of_many_makers_are_read_or_refused_with_a_reason() {
    let counts = [
        ("vector/gdal/2d_envelope.gpkg", 1),
        ("vector/gdal/domains.gpkg", 0),
        ("vector/gdal/first_geometry_null.gpkg", 1),
        ("vector/gdal/poly_golden_gpkg_1_4.gpkg", 10),
        ("vector/gdal/relation_mapping_table.gpkg", 0),
        ("vector/mapshaper/mixed_crs.gpkg", 2),
        ("vector/mapshaper/null_crs_gdal.gpkg", 1),
        ("vector/mapshaper/world_land_robin.gpkg", 1),
        ("vector/planetiler/geopackage-unindexed.gpkg", 1),
        ("vector/sf/nospatial.gpkg", 0),
        ("vector_malformed/gdal/huge_feature_count.gpkg", 0),
        ("vector_malformed/gdal/poly_non_conformant.gpkg", 1),
    ];
    for (name, at_least) in counts {
        let Some(path) = sample(name) else { return };
        match features::read(&path, None) {
            Ok(found) => assert!(
                found.features.len() >= at_least,
                "{name}: {} {:?}",
                found.features.len(),
                found.notes
            ),
            Err(e) => assert!(at_least == 0 && e.hint().is_some(), "{name}: {e}"),
        }
        let refused = Session::open(&path, read_write()).expect_err("no project");
        assert!(refused.to_string().contains("not a") && refused.hint().is_some(), "{name}: {refused}");
    }
}
