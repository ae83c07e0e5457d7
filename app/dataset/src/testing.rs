//! Projects and files that the tests of this crate share.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use project::{Change, Edit, IdSource, Layer, LayerId, LayerRole, Project, Schema, Settings};
use spatial::{Crs, GeoTransform};

/// Fresh identities: no two sources of one test run hand out the same.
pub(crate) fn ids() -> IdSource {
    static NEXT: AtomicU64 = AtomicU64::new(1_700_000_000_000);
    IdSource::new(NEXT.fetch_add(1, Ordering::Relaxed), 42)
}

/// 200 × 100 pixels of half a metre in UTM 15N; the upper left corner is (500 000, 4 100 000).
pub(crate) fn layer() -> Layer {
    Layer {
        name: "post".into(),
        path: "post.tif".into(),
        role: LayerRole::After,
        crs: Some(Crs::from_epsg(32615).expect("known")),
        transform: GeoTransform::new([500_000.0, 0.5, 0.0, 4_100_000.0, 0.0, -0.5]),
        warp: None,
        width: 200,
        height: 100,
        bands: 3,
        order: 0,
        alignment: spatial::align::Method::default(),
        sha256: None,
    }
}

/// A project with the schema, a CRS and one layer.
pub(crate) fn project(layer: &Layer) -> (Project, LayerId) {
    let mut project = Project::new();
    let before = project.settings().clone();
    let after = Settings { crs: layer.crs.clone(), pixel_space: layer.crs.is_none(), ..before.clone() };
    let id = ids().layer();
    let schema = Schema::joint_damage_scale();
    for edit in [
        Edit::Settings(Change::replace((), before, after)),
        Edit::Schema(Change::create((), Arc::new(schema))),
        Edit::Layer(Change::create(id, layer.clone())),
    ] {
        project.apply(&edit).expect("applies");
    }
    (project, id)
}

/// The folder of real sample files, or `None` with a loud line.
pub(crate) fn samples(folder: &str) -> Option<PathBuf> {
    let found = std::env::var_os("ORTHOSCOPE_SAMPLES").map(|root| PathBuf::from(root).join(folder));
    if found.as_ref().is_none_or(|f| !f.exists()) {
        let line = format!("SKIPPED: set ORTHOSCOPE_SAMPLES to a folder with {folder} to run this test\n");
        std::io::Write::write_all(&mut std::io::stderr(), line.as_bytes()).expect("stderr");
        return None;
    }
    found
}
