//! Reads and writes labelled datasets, byte-for-byte repeatable.
//!
//! Five nouns: a [`FeatureFile`] is what a foreign file holds, as neutral [`Feature`](project::Feature)s;
//! an [`ImportPlan`] is the one edit that takes them into a project, and what it left out and why; an
//! [`ExportSpec`] says what to write; [`export`] writes it beside its place, reads it back, and only then
//! moves it there; a [`Manifest`] says what was written, from what.
//!
//! ```
//! use dataset::{ImportAs, ImportOptions, Limits, parse_features, plan_import};
//! use project::{Change, Edit, IdSource, Project, Settings};
//!
//! let mut project = Project::new();
//! let before = project.settings().clone();
//! let after = Settings { crs: Some(spatial::Crs::from_epsg(32615).unwrap()), ..before.clone() };
//! project.apply(&Edit::Settings(Change::replace((), before, after))).unwrap();
//!
//! let text = br#"{"type": "Polygon", "coordinates": [[[-94.5, 37], [-94.4, 37], [-94.4, 37.1], [-94.5, 37]]]}"#;
//! let file = parse_features(text, &Limits::default()).unwrap();
//! let options = ImportOptions { kind: ImportAs::Regions, ..ImportOptions::default() };
//! let plan = plan_import(&project, file.features, &options, &mut IdSource::new(0, 1)).unwrap();
//! project.apply(&plan.edit).unwrap();
//! assert_eq!((plan.accepted, project.regions().len()), (1, 1));
//! ```

mod adjustments;
mod bundle;
mod error;
mod export;
mod import;
mod read;
mod screening;
#[cfg(test)]
mod testing;

pub use adjustments::{
    AdjustmentFile, AdjustmentOptions, AdjustmentPlan, Order, OrderGuess, Suggestion, adjustments_json,
    guess_order, is_adjustments, parse_adjustments, plan_adjustments, read_adjustments, suggest_adjustments,
};
pub use bundle::{
    BundleCase, BundleClass, BundleOrigin, BundleWriter, Header, Take, TakeError, TakeOptions, VotesFile,
    bundle_header, plan_take,
};
pub use error::DatasetError;
pub use export::{
    AlignmentEntry, Block, Display, ExportError, ExportFormat, ExportReport, ExportSpec, FolderSource,
    LayerSource, LeftOut, Manifest, Progress, RelationCounts, Written, check_export, export, export_with,
};
pub use import::{
    ImportAs, ImportOptions, ImportPlan, Place, Rejected, VotePlan, plan_import, plan_known, plan_labels,
    plan_relations, plan_votes,
};
pub use read::{
    FeatureFile, FeatureFormat, Limits, Row, Table, parse_features, parse_table, read_features, read_table,
};
pub use screening::{
    CoverageError, JournalEnd, area_of_features, area_of_regions, cells_without_data, coverage,
    screening_geojson, write_coverage,
};
