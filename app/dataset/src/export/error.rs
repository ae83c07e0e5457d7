//! Why an export failed. Nothing of it is left in the target folder.

use std::path::PathBuf;

use crate::LeftOut;

/// Why an export failed.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    #[error("cannot write {}: {source}", path.display())]
    Io { path: PathBuf, source: std::io::Error },
    #[error("{} is there already and is not empty", .0.display())]
    NotEmpty(PathBuf),
    #[error("the project has no layer to export on")]
    NoLayer,
    #[error("layer {0} is not in the project")]
    UnknownLayer(project::LayerId),
    #[error("the project has no schema, so there are no classes to export")]
    NoSchema,
    #[error("class `{0}` has no raster value in the schema, so a mask cannot hold it")]
    NoRasterValue(String),
    #[error("there is nothing to export: no region {}{}",
        if *condition { "that the condition holds for " } else { "" },
        if *only_accepted { "is accepted" } else { "is labelled" })]
    Nothing { only_accepted: bool, condition: bool },
    #[error("{missing} of {asked} regions would not be in the export: {named}")]
    LeftOut { missing: usize, asked: usize, named: String },
    #[error("the export cannot be made like this: {0}")]
    BadSpec(String),
    #[error("layer {layer} was {}×{} pixels when it was added and is {}×{} now", was.0, was.1, is.0, is.1)]
    Changed { layer: String, was: (u32, u32), is: (u32, u32) },
    #[error("what was written is not what was meant: {0}")]
    Mismatch(String),
    #[error("the project is not sound: {0}")]
    Unsound(String),
    #[error("the export was stopped")]
    Stopped,
    #[error("{0}")]
    Convert(#[from] spatial::CrsError),
    #[error("the layer's adjustments cannot be used: {0}")]
    Alignment(#[from] project::alignment::AlignmentError),
    #[error("{0}")]
    Open(#[from] raster::OpenError),
    #[error("{0}")]
    Read(#[from] raster::ReadError),
    #[error("{0}")]
    WriteImage(#[from] raster::WriteError),
    #[error("{0}")]
    ReadBack(#[from] crate::DatasetError),
}

impl ExportError {
    pub(crate) fn io(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        |source| Self::Io { path, source }
    }

    /// Names the first few.
    pub(crate) fn left_out(asked: usize, left_out: &[LeftOut]) -> Self {
        let name = |l: &LeftOut| {
            format!("{} {}", l.source_id.clone().unwrap_or_else(|| l.region.to_string()), l.reason)
        };
        let mut named: Vec<String> = left_out.iter().take(3).map(name).collect();
        if left_out.len() > 3 {
            named.push("…".into());
        }
        Self::LeftOut { missing: left_out.len(), asked, named: named.join("; ") }
    }

    /// What to do about it, in one sentence, where there is something to do.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Io { .. } => "check that the folder can be written and the disk is not full".into(),
            Self::NotEmpty(_) => "choose another folder, or `--replace` if it is an earlier export".into(),
            Self::NoLayer => "add the imagery first: `orthoscope add P.gpkg IMAGE.tif`".into(),
            Self::NoSchema => {
                "make the project with `orthoscope new P.gpkg --schema joint-damage-scale`".into()
            }
            Self::NoRasterValue(_) => {
                "give every class a `raster_value` from 1 to 255 in the schema file".into()
            }
            Self::Nothing { condition: true, .. } => {
                "look what the condition finds with `orthoscope query`".into()
            }
            Self::Nothing { only_accepted: true, .. } => {
                "review the labels first, or export all of them".into()
            }
            Self::Nothing { only_accepted: false, .. } => "label some regions first".into(),
            Self::LeftOut { .. } => {
                "mend these regions, or leave them out knowingly with `--allow-left-out`".into()
            }
            Self::Changed { .. } => "bring the original file back, or add the new one as a layer".into(),
            Self::Mismatch(_) | Self::Unsound(_) => {
                "this is a bug or a damaged disk: please report it".into()
            }
            Self::Alignment(_) => {
                "choose another method with `orthoscope align P.gpkg --method nearest`, or `--as-drawn`"
                    .into()
            }
            Self::Open(error) => error.hint().into(),
            Self::Read(error) => error.hint().into(),
            Self::WriteImage(error) => error.hint().into(),
            Self::UnknownLayer(_)
            | Self::BadSpec(_)
            | Self::Stopped
            | Self::Convert(_)
            | Self::ReadBack(_) => return None,
        })
    }
}
