//! Of commands that cut an image into what belongs together.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use segment::Method;

use super::DeviceArgs;

#[derive(Debug, Args)]
pub(crate) struct SegmentArgs {
    /// An image or a project.
    pub(crate) file: PathBuf,
    /// A layer of the project, by name or number; default: the one after the event.
    #[arg(long)]
    pub(crate) layer: Option<String>,
    /// X,Y on what is meant, in the image's CRS (or --crs, or --px); may be given several times.
    #[arg(long, value_name = "X,Y", allow_hyphen_values = true)]
    pub(crate) at: Vec<String>,
    /// X,Y on what is not meant; may be given several times.
    #[arg(long, value_name = "X,Y", allow_hyphen_values = true)]
    pub(crate) not: Vec<String>,
    /// A box around it: xmin,ymin,xmax,ymax.
    #[arg(
        long = "box",
        value_name = "XMIN,YMIN,XMAX,YMAX",
        value_delimiter = ',',
        allow_hyphen_values = true,
        num_args = 1
    )]
    pub(crate) around: Vec<f64>,
    /// The CRS of the places, such as EPSG:4326.
    #[arg(long)]
    pub(crate) crs: Option<String>,
    /// Places are in image pixels (x right, y down).
    #[arg(long, conflicts_with = "crs")]
    pub(crate) px: bool,
    #[arg(long, value_enum, default_value_t = MethodName::Walker)]
    pub(crate) method: MethodName,
    /// Ask a network of the SAM family, by the file of its weights: mobile_sam.pt, sam_vit_*.pth, or the safetensors
    /// file of a SamModel.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["method", "tolerance", "superpixel"])]
    pub(crate) model: Option<PathBuf>,
    /// Which of the masks that a network offers, the likeliest first.
    #[arg(long, value_name = "N", default_value_t = 1, requires = "model", value_parser = clap::value_parser!(u8).range(1..=4))]
    pub(crate) mask: u8,
    #[command(flatten)]
    pub(crate) device: DeviceArgs,
    /// Pixels around the places that are looked at.
    #[arg(long, value_name = "PIXELS", default_value_t = 512)]
    pub(crate) reach: u32,
    /// Bands counted from 1; default: red, green and blue, else the first eight that the file does not call bad.
    #[arg(long, value_delimiter = ',')]
    pub(crate) bands: Vec<usize>,
    /// How far values may differ, as a share of their range (flood).
    #[arg(long, default_value_t = 0.08)]
    pub(crate) tolerance: f64,
    /// About how many pixels a superpixel has (superpixels).
    #[arg(long, value_name = "PIXELS", default_value_t = 400)]
    pub(crate) superpixel: usize,
    /// The mask (.tif, where the image lies) or the outline (.geojson) to write.
    #[arg(short, long, value_name = "MASK")]
    pub(crate) output: Option<PathBuf>,
}

/// How an object is told from what is around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum MethodName {
    Walker,
    Grabcut,
    Watershed,
    Superpixels,
    Flood,
}

impl MethodName {
    pub(crate) fn method(self) -> Method {
        match self {
            Self::Walker => Method::Walker,
            Self::Grabcut => Method::GrabCut,
            Self::Watershed => Method::Watershed,
            Self::Superpixels => Method::Superpixels,
            Self::Flood => Method::Flood,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct ClassifyArgs {
    /// An image of any size and any number of bands.
    pub(crate) file: PathBuf,
    /// Shapes that show what the classes look like: areas or points with a class each.
    #[arg(long, value_name = "TRAINING.geojson")]
    pub(crate) from: PathBuf,
    /// The property that names the class; default: class, label, code or type.
    #[arg(long, value_name = "NAME")]
    pub(crate) attribute: Option<String>,
    /// The classes of all pixels, as a GeoTIFF of bytes; 0 where there is no imagery.
    #[arg(short, long, value_name = "CLASSES.tif")]
    pub(crate) output: PathBuf,
    /// How likely each class is at each pixel: a GeoTIFF with a band for each class.
    #[arg(long, value_name = "SHARES.tif")]
    pub(crate) probabilities: Option<PathBuf>,
    #[arg(long, value_enum, default_value_t = LearnerName::Forest)]
    pub(crate) learner: LearnerName,
    /// How many trees (forest).
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..=2000))]
    pub(crate) trees: u16,
    /// Scales at which surroundings are looked at, in pixels; default: 0.3, 0.7, 1, 1.6, 3.5, 5 and 10.
    #[arg(long, value_delimiter = ',')]
    pub(crate) scales: Vec<f64>,
    /// Bands counted from 1; default: all that the file does not call bad.
    #[arg(long, value_delimiter = ',')]
    pub(crate) bands: Vec<usize>,
    /// The most pixels of each class that are learnt from.
    #[arg(long, value_name = "PIXELS", default_value_t = 3000)]
    pub(crate) examples: usize,
    #[arg(long, default_value_t = 0)]
    pub(crate) seed: u64,
}

/// Which way to learn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LearnerName {
    /// A random forest.
    Forest,
    /// Multinomial logistic regression: quicker, and smoother.
    Logistic,
    /// A perceptron with one hidden layer: smooth too, and bends where no line divides.
    Perceptron,
}
