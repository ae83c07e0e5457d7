//! Why a label file cannot be used at all. What is wrong with one of its rows is a [`Rejected`](crate::Rejected).

use std::path::PathBuf;

/// Why a label file is refused as a whole. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum DatasetError {
    #[error("cannot read {}: {source}", path.display())]
    Io { path: PathBuf, source: std::io::Error },
    #[error("{what} is {bytes} bytes, more than the {limit} bytes that are read at most")]
    TooLarge { what: String, bytes: u64, limit: u64 },
    #[error("the file is empty")]
    Empty,
    #[error("the file is not UTF-8 text")]
    NotUtf8,
    #[error("the file is not valid JSON: {reason}")]
    NotJson { reason: String },
    #[error("the file is nested too deeply to be a label file")]
    TooDeep,
    #[error("the file holds {0}, not labelled shapes")]
    NotShapes(String),
    #[error("the file holds more than {limit} {what}")]
    TooMany { what: &'static str, limit: usize },
    #[error("the file's coordinate reference system `{text}` is not known: {reason}")]
    UnknownCrs { text: String, reason: String },
    #[error("coordinate ({x}, {y}) cannot be a longitude and a latitude")]
    NotLonLat { x: f64, y: f64 },
    #[error("the project has no imagery yet, so it has no coordinate reference system to place shapes in")]
    NoProjectCrs,
    #[error("the project is in pixel space and cannot place coordinates in {0}")]
    PixelProject(String),
    #[error("{0}")]
    Convert(#[from] spatial::CrsError),
    #[error("the project has no schema, so labels have no classes to be of")]
    NoSchema,
    #[error("labels need an author, and the file names none")]
    NoAuthor,
    #[error("no shape of the file has a property `{0}`")]
    NoClassField(String),
    #[error("screening {0} is not in the project")]
    NoScreening(project::ScreeningId),
    #[error("layer {0} is not in the project")]
    NoLayer(project::LayerId),
    #[error("the table has no column `{column}`; its header is `{header}`")]
    MissingColumn { column: &'static str, header: String },
    #[error("the table cannot be read: {0}")]
    BadTable(String),
}

impl DatasetError {
    /// What to do about it, in one sentence, where there is something to do.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Io { .. } => "check the path and that you may read the file".into(),
            Self::TooLarge { .. } | Self::TooMany { .. } => {
                "cut the file by area or take out what is not needed, and import the pieces".into()
            }
            Self::NotUtf8 => "save it as UTF-8 and try again".into(),
            Self::NotJson { .. } => "the file may be cut off; get it again or validate it".into(),
            Self::NotShapes(_) => "GeoJSON, CRASAR JSON, CRASAR predictions and scene graphs are read; convert other formats with `ogr2ogr out.geojson IN`".into(),
            Self::UnknownCrs { .. } => "name it yourself with `--crs EPSG:n`".into(),
            Self::NotLonLat { .. } => "the file does not name its coordinate reference system; name it with `--crs EPSG:n`".into(),
            Self::NoProjectCrs => "add the imagery first: `orthoscope add P.gpkg IMAGE.tif`".into(),
            Self::PixelProject(_) => "import into a project of georeferenced imagery".into(),
            Self::NoSchema => "make the project with `orthoscope new P.gpkg --schema joint-damage-scale`".into(),
            Self::NoAuthor => "say whose labels they are with `--author NAME`".into(),
            Self::NoClassField(_) => "name the property that holds the class with `--class-field NAME`".into(),
            Self::MissingColumn { .. } => {
                "labels need `region,class`, votes `case,member,stage,verdict`, relations `from,predicate,to`".into()
            }
            Self::Empty | Self::TooDeep | Self::Convert(_) | Self::NoLayer(_) | Self::NoScreening(_) | Self::BadTable(_) => return None,
        })
    }
}
