//! What is asked about places that are alike.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use similar::Projection;

/// How places are brought onto a map.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ProjectionName {
    /// Alike places lie together.
    Umap,
    /// The first two principal components.
    Pca,
}

impl ProjectionName {
    pub(crate) fn projection(self) -> Projection {
        match self {
            Self::Umap => Projection::Umap,
            Self::Pca => Projection::Components,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct SimilarArgs {
    pub(crate) project: PathBuf,
    /// The layer to look at, by name or number; default: the one after the event, else the topmost.
    #[arg(long)]
    pub(crate) layer: Option<String>,
    /// Only regions that this query finds, such as 'area_m2 > 20'.
    #[arg(long = "where", value_name = "QUERY", conflicts_with = "grid")]
    pub(crate) query: Option<String>,
    /// Square cells of the layer instead of regions: their side in metres (pixels where there is no CRS).
    #[arg(long, value_name = "SIDE")]
    pub(crate) grid: Option<f64>,
    /// List those most like this region, nearest first.
    #[arg(long, value_name = "ID", conflicts_with_all = ["grid", "outliers", "suggest"])]
    pub(crate) to: Option<String>,
    /// List the cells most like the one at X,Y of the project's CRS.
    #[arg(
        long,
        value_name = "X,Y",
        value_delimiter = ',',
        allow_hyphen_values = true,
        num_args = 1,
        requires = "grid",
        conflicts_with = "outliers"
    )]
    pub(crate) at: Vec<f64>,
    /// List so many that are most unlike all others, the farthest out first.
    #[arg(long, value_name = "COUNT", num_args = 0..=1, default_missing_value = "20")]
    pub(crate) outliers: Option<usize>,
    /// How many to list that are alike.
    #[arg(long, default_value_t = 20)]
    pub(crate) count: usize,
    /// How places are brought onto the map.
    #[arg(long, value_enum, default_value_t = ProjectionName::Umap)]
    pub(crate) map: ProjectionName,
    /// Neighbours that hold together on the map: few show small groups, many the whole.
    #[arg(long, default_value_t = 15, value_parser = clap::value_parser!(u16).range(2..=200))]
    pub(crate) neighbours: u16,
    /// The same seed gives the same map.
    #[arg(long, default_value_t = 0)]
    pub(crate) seed: u64,
    /// Bring every number of the features to the same spread first.
    #[arg(long)]
    pub(crate) standardise: bool,
    /// Propose classes for regions that nobody has labelled, by a vote of the labelled ones most like them.
    #[arg(long, conflicts_with = "grid")]
    pub(crate) suggest: bool,
    /// Labelled regions that vote on each.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=200))]
    pub(crate) voters: u16,
    /// Propose nothing that is less probable.
    #[arg(long, default_value_t = 0.6)]
    pub(crate) least: f64,
    /// Only what review has accepted votes, with the class that was agreed on.
    #[arg(long)]
    pub(crate) accepted: bool,
    /// Say what would be proposed, and change nothing.
    #[arg(long, requires = "suggest")]
    pub(crate) dry_run: bool,
    /// Places as CSV.
    #[arg(long)]
    pub(crate) csv: bool,
}
