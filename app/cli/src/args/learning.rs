//! What is asked about teaching networks and asking them.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::DeviceArgs;

/// What a network is taught.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum TaskArg {
    /// A class for each pixel.
    Segmentation,
    /// A class for each region, such as how badly a building is damaged.
    Damage,
}

/// What a pixel is that no region claims.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Unlabelled {
    /// A class of its own: everything else.
    Background,
    /// Unknown: nothing is learnt from it.
    Ignore,
}

#[derive(Debug, Args)]
pub(crate) struct TrainArgs {
    pub(crate) project: PathBuf,
    #[arg(long, value_enum)]
    pub(crate) task: TaskArg,
    /// The family of networks.
    #[arg(long, default_value = "unet")]
    pub(crate) family: String,
    /// The size of the network; default: the family's usual one.
    #[arg(long)]
    pub(crate) size: Option<String>,
    /// The folder that the model is written to.
    #[arg(short, long, value_name = "MODEL_DIR", default_value = "model")]
    pub(crate) out: PathBuf,
    /// Weights to begin with: a model's folder, or a safetensors or PyTorch file whose keys and shapes are the network's.
    #[arg(long, value_name = "WEIGHTS")]
    pub(crate) from: Option<PathBuf>,
    /// A layer to learn from, by name or number; may be given several times. Default: those after the event, else all but
    /// those before it.
    #[arg(long)]
    pub(crate) layer: Vec<String>,
    /// Learn only from regions that this query finds, such as 'author = Ana and area_m2 > 20'.
    #[arg(long = "where", value_name = "QUERY")]
    pub(crate) query: Option<String>,
    /// Learn only from what review has accepted, with the class that was agreed on.
    #[arg(long)]
    pub(crate) accepted: bool,
    /// Bands counted from 1; default: all colour bands, of more than sixteen those that are shown.
    #[arg(long, value_delimiter = ',')]
    pub(crate) bands: Vec<usize>,
    /// What a pixel of the network spans; default: the imagery's own, for damage coarser so that the usual building is 40
    /// pixels wide.
    #[arg(long, value_name = "METRES")]
    pub(crate) metres_per_px: Option<f64>,
    /// Side of the pieces that are learnt from, in pixels of the network.
    #[arg(long, default_value_t = 128, value_parser = clap::value_parser!(u32).range(16..=2048))]
    pub(crate) chip: u32,
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) epochs: u32,
    /// Pieces that are learnt from at once.
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=256))]
    pub(crate) batch: u32,
    /// Pieces that make an epoch; default: as many as there are, 64 to 512.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(crate) chips_per_epoch: Option<u32>,
    /// The highest rate of learning.
    #[arg(long, default_value_t = 0.002)]
    pub(crate) rate: f64,
    /// Epochs without a better score on what is held out after which it ends.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) patience: u32,
    /// The same seed on the same device gives the same model.
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u64).range(0..=i64::MAX as u64))]
    pub(crate) seed: u64,
    /// What is held out to judge by: blocks (a quarter of the ground), blocks:SHARE, or layer:NAME.
    #[arg(long, default_value = "blocks")]
    pub(crate) split: String,
    /// Side of the blocks in metres; default: about six across what is labelled.
    #[arg(long, value_name = "METRES")]
    pub(crate) block_m: Option<f64>,
    /// What a pixel is that no region claims (segmentation).
    #[arg(long, value_enum, default_value = "background")]
    pub(crate) unlabelled: Unlabelled,
    /// Leave out classes of fewer regions.
    #[arg(long, value_name = "N", default_value_t = 2)]
    pub(crate) least: usize,
    /// Learn from the imagery as it lies, not also turned, mirrored, nearer and in other light.
    #[arg(long)]
    pub(crate) plain: bool,
    #[command(flatten)]
    pub(crate) device: DeviceArgs,
}

#[derive(Debug, Args)]
pub(crate) struct PredictArgs {
    pub(crate) project: PathBuf,
    /// The folder that `orthoscope train` wrote, or an ONNX model of your own (.onnx; segmentation).
    #[arg(short, long, value_name = "MODEL")]
    pub(crate) model: PathBuf,
    /// The layer to look at, by name or number; default: the one after the event, else the topmost.
    #[arg(long)]
    pub(crate) layer: Option<String>,
    /// Only there: xmin,ymin,xmax,ymax in the project's CRS (or --px).
    #[arg(long, value_delimiter = ',', allow_hyphen_values = true, num_args = 1)]
    pub(crate) area: Vec<f64>,
    /// --area is in pixels of the layer (x right, y down).
    #[arg(long)]
    pub(crate) px: bool,
    /// Only the I-th of N parts of the area, from the top: for several machines.
    #[arg(long, value_name = "I/N", value_parser = shard)]
    pub(crate) shard: Option<(usize, usize)>,
    /// Corners of outlines that stand off by less are left out, in pixels of the network.
    #[arg(long, default_value_t = 1.0)]
    pub(crate) simplify: f64,
    /// Smaller parts go to their neighbours (square metres; square pixels of the network where there is no scale). Default: 4,
    /// for an ONNX model what its seg_small_segment says.
    #[arg(long, value_name = "AREA")]
    pub(crate) min_area: Option<f64>,
    /// Bands that an ONNX model is given, in its order, counted from 1; default: those that are shown.
    #[arg(long, value_delimiter = ',')]
    pub(crate) bands: Vec<usize>,
    /// Side of the tiles in pixels of the network; default: what suits the device.
    #[arg(long, value_parser = clap::value_parser!(u32).range(16..=4096))]
    pub(crate) tile: Option<u32>,
    /// Say what would be predicted, and change nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) device: DeviceArgs,
}

fn shard(text: &str) -> Result<(usize, usize), String> {
    let parts = text.split_once('/').and_then(|(i, n)| Some((i.parse().ok()?, n.parse().ok()?)));
    parts.filter(|(i, n)| (1..=*n).contains(i) && *n <= 100_000).ok_or_else(|| "say it as 2/8".to_owned())
}
