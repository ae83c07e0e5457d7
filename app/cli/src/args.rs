//! The command line as a contract: names, flags and their help.

mod asking;
mod cards;
mod copies;
mod handing;
mod judging;
mod learning;
mod segmenting;
mod sharing;
mod similar;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use compute::Preference;
use dataset::Order;
use spatial::align::Method;

pub(crate) use self::similar::SimilarArgs;
pub(crate) use asking::{AskArgs, ProvidersArgs};
pub(crate) use cards::{BundleArgs, CasesArgs, SheetOfCardsArgs, TakeArgs};
pub(crate) use copies::{BackupArgs, ConflictsArgs, MemberArgs, MergeArgs, Part, RestoreArgs, RulesArgs};
pub(crate) use handing::{
    AssignArgs, BoardArgs, CaseArgs, NamedArgs, ReleaseArgs, ResolveArgs, ReviewArgs, ReviewView, SayArgs,
    SendBackArgs,
};
pub(crate) use judging::{AgreementArgs, By, FuseArgs, ReportArgs, VotesOf};
pub(crate) use learning::{PredictArgs, TaskArg, TrainArgs, Unlabelled};
pub(crate) use segmenting::{ClassifyArgs, LearnerName, SegmentArgs};
pub(crate) use sharing::{ShareArgs, ShareCommand, ShareMemberArgs, ShareMemberCommand, SyncArgs};

/// Look at, label and judge overhead imagery.
#[derive(Debug, Parser)]
#[command(name = "orthoscope", version, about, args_conflicts_with_subcommands = true)]
pub(crate) struct Cli {
    /// One JSON document on standard output, nothing else.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// More detail on standard error (repeat for more).
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    /// Project, imagery or label files to open in the window.
    #[arg(value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Open the window.
    Open(OpenArgs),
    /// Do the whole job on a scene made by seed, or on a folder of yours.
    Demo(DemoArgs),
    /// Say what the graphics, fonts and display of this machine can do, and how to mend what they cannot.
    Doctor,
    /// Describe an image or a project.
    Info(InfoArgs),
    /// Draw a view of an image or a project into a PNG.
    Render(RenderArgs),
    /// Statistics of each band, or of an expression.
    Stats(StatsArgs),
    /// The values of pixels and regions over wavelengths.
    Spectrum(SpectrumArgs),
    /// A hyperspectral product of an image: angles, filters, anomalies, components, mixtures or clusters.
    Product(ProductArgs),
    /// Find one object of an image by a few places or a box around it.
    Segment(SegmentArgs),
    /// Say what every pixel of an image is, by shapes that show what the classes look like.
    Classify(ClassifyArgs),
    /// List what an expression or a picture can be asked for.
    List(ListArgs),
    /// Make an empty project.
    New(NewArgs),
    /// Register imagery as layers of a project.
    Add(AddArgs),
    /// Read regions, labels, predictions or adjustments from a file.
    Import(ImportArgs),
    /// Set labels from a CSV file: region,class[,confidence,note,seconds].
    Label(LabelArgs),
    /// Cast votes from a CSV file: case,member,stage,verdict[,class,confidence,note].
    Vote(VoteArgs),
    /// Say how regions stand to each other, from a CSV file: from,predicate,to.
    Relate(RelateArgs),
    /// Look at the review, hand work out, talk about cases.
    Review(ReviewArgs),
    /// Say how well the members agree: every coefficient, with intervals.
    Agreement(AgreementArgs),
    /// Make one proposal for each case out of its votes; nobody's label is touched.
    Fuse(FuseArgs),
    /// Write a report of the review: one HTML or PDF file with every number, its method and its source.
    Report(ReportArgs),
    /// Join copies of a project that were worked on apart: the same whatever the order.
    Merge(MergeArgs),
    /// List what copies say against each other, and decide it.
    Conflicts(ConflictsArgs),
    /// Show who works on a project, or say which part somebody has.
    Member(MemberArgs),
    /// Share a project on a PostgreSQL server, where its members' work comes together by itself.
    Share(ShareArgs),
    /// Send what is new in a project to its server, and fetch what is new there.
    Sync(SyncArgs),
    /// Show the rules of the review, in words and as TOML, or set them from a file.
    Rules(RulesArgs),
    /// Bring footprints onto a layer by adjustments, and say how far they are off.
    Align(AlignArgs),
    /// Show the classes of a project, or change them: what becomes of the labels is said first with --dry-run.
    Schema(SchemaArgs),
    /// Find regions by a condition, such as 'class = destroyed and area_m2 > 200 and author != me'.
    Query(QueryArgs),
    /// Ask a map service, or the project itself, and keep the answer.
    Ask(AskArgs),
    /// List who can be asked for what, and keep keys in the system's keyring.
    Providers(ProvidersArgs),
    /// Questions about places and images: draft, import, review, judge models by them, export.
    Qa(crate::commands::qa::QaArgs),
    /// Plan to go over a layer cell by cell, and say what was looked at.
    Screening(crate::commands::screening::ScreeningArgs),
    /// Teach a network on what is labelled, and say how good it is on what was held out.
    Train(TrainArgs),
    /// Ask a model about a layer: its predictions go into the project, and no person's label is touched.
    Predict(PredictArgs),
    /// Find places that are alike or stand out, bring them onto a map, and have labelled ones suggest classes.
    Similar(SimilarArgs),
    /// Write a labelled dataset.
    Export(ExportArgs),
    /// Show the journal, or take one entry back.
    History(HistoryArgs),
    /// Check a project's invariants and rebuild its tables from the journal.
    Verify(ProjectArgs),
    /// Keep a checked copy of a project beside it, or list those that there are; the window does so by itself.
    Backup(BackupArgs),
    /// Bring a project back from a backup, with everything done since that can still be read.
    Restore(RestoreArgs),
}

#[derive(Debug, Args)]
pub(crate) struct OpenArgs {
    /// Project, imagery or label files.
    pub(crate) files: Vec<PathBuf>,
    /// The name that your labels and votes carry.
    #[arg(long, value_name = "NAME")]
    pub(crate) author: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// Where project, dataset and pictures go.
    #[arg(long, value_name = "DIR", default_value = "orthoscope-demo")]
    pub(crate) dir: PathBuf,
    /// A folder with imagery and footprints to use instead of the synthetic town.
    #[arg(long, value_name = "DIR")]
    pub(crate) scene: Option<PathBuf>,
    /// Which synthetic town.
    #[arg(long, default_value_t = 7)]
    pub(crate) seed: u64,
    /// Do the whole job without opening a window.
    #[arg(long)]
    pub(crate) no_window: bool,
}

#[derive(Debug, Args)]
pub(crate) struct InfoArgs {
    pub(crate) file: PathBuf,
    /// Read every pixel: smallest, largest, mean and spread of each band.
    #[arg(long)]
    pub(crate) stats: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ProjectArgs {
    pub(crate) project: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct RenderArgs {
    /// An image or a project.
    pub(crate) file: PathBuf,
    /// The picture to write: .png, .tif that lies where the map does, .pdf or .svg.
    #[arg(short, long, value_name = "OUT.png")]
    pub(crate) output: PathBuf,
    /// Bands for red, green and blue (or one), counted from 1.
    #[arg(long, value_name = "R,G,B", value_delimiter = ',')]
    pub(crate) bands: Vec<usize>,
    #[command(flatten)]
    pub(crate) value: ValueArgs,
    /// Colour map of a single band or an expression (`orthoscope list colormaps`).
    #[arg(long, default_value = "grey")]
    pub(crate) colormap: String,
    /// The colour map runs from its end to its beginning.
    #[arg(long)]
    pub(crate) reverse: bool,
    /// Cut the colour map into so many steps.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(2..=64))]
    pub(crate) steps: Option<u8>,
    /// The value that the middle of the colour map shows.
    #[arg(long, value_name = "VALUE", allow_hyphen_values = true)]
    pub(crate) centre: Option<f32>,
    /// Colours for whole numbers in place of a colour map: 1=#d73027,2=#1a9850.
    #[arg(long, value_name = "N=#RRGGBB,…", allow_hyphen_values = true, conflicts_with_all = ["steps", "centre", "reverse"])]
    pub(crate) classes: Option<String>,
    /// Black and white change places.
    #[arg(long)]
    pub(crate) invert: bool,
    /// minmax, percentile:2,98, stddev:2 or LO,HI. Default: 8-bit as it is, else percentile:2,98.
    #[arg(long, allow_hyphen_values = true)]
    pub(crate) stretch: Option<String>,
    #[arg(long, default_value_t = 1.0)]
    pub(crate) gamma: f64,
    /// xmin,ymin,xmax,ymax in the layer's CRS (or --crs, or --px).
    #[arg(long, value_delimiter = ',', allow_hyphen_values = true, num_args = 1)]
    pub(crate) bbox: Vec<f64>,
    /// The CRS of --bbox, such as EPSG:4326.
    #[arg(long)]
    pub(crate) crs: Option<String>,
    /// --bbox is in image pixels (x right, y down).
    #[arg(long, conflicts_with = "crs")]
    pub(crate) px: bool,
    /// Picture size; default: the shape of the view, 1600 pixels on the longer side.
    #[arg(long, value_name = "WxH")]
    pub(crate) size: Option<String>,
    /// Draw this project's regions over the image.
    #[arg(long, value_name = "P.gpkg")]
    pub(crate) project: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) sheet: SheetArgs,
}

/// What stands on a picture besides the map.
#[derive(Debug, Args)]
pub(crate) struct SheetArgs {
    /// Say what the colours of layers and regions mean.
    #[arg(long)]
    pub(crate) legend: bool,
    /// A round length on the ground.
    #[arg(long)]
    pub(crate) scale_bar: bool,
    /// An arrow to true north.
    #[arg(long)]
    pub(crate) north: bool,
    /// Words above the map.
    #[arg(long, default_value = "", hide_default_value = true)]
    pub(crate) title: String,
    /// Pixels to the inch on paper: words and lines have their size by it.
    #[arg(long, default_value_t = 96.0)]
    pub(crate) dpi: f64,
}

#[derive(Debug, Args)]
pub(crate) struct StatsArgs {
    pub(crate) file: PathBuf,
    /// Bands counted from 1; default: all.
    #[arg(long, value_delimiter = ',')]
    pub(crate) bands: Vec<usize>,
    #[command(flatten)]
    pub(crate) value: ValueArgs,
    /// From an overview: quick, not exact.
    #[arg(long)]
    pub(crate) approximate: bool,
    /// Count the samples of bands on the graphics card; the result is the same.
    #[arg(long, conflicts_with_all = ["approximate", "expression", "index"])]
    pub(crate) gpu: bool,
}

/// Who computes.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct DeviceArgs {
    /// Compute on the graphics adapter, whatever it is; default: on a graphics card where there is one.
    #[arg(long, conflicts_with = "cpu")]
    pub(crate) gpu: bool,
    /// Compute on the processor.
    #[arg(long)]
    pub(crate) cpu: bool,
}

impl DeviceArgs {
    /// What was asked for, else what ORTHOSCOPE_COMPUTE says.
    pub(crate) fn preference(self) -> Preference {
        match self {
            Self { gpu: true, .. } => Preference::Gpu,
            Self { cpu: true, .. } => Preference::Processor,
            Self { .. } => Preference::from_environment(),
        }
    }
}

/// Places in an image.
#[derive(Debug, Args)]
pub(crate) struct PlaceArgs {
    /// X,Y in the image's CRS (or --crs, or --px); may be given several times.
    #[arg(long, value_name = "X,Y", allow_hyphen_values = true)]
    pub(crate) at: Vec<String>,
    /// The CRS of --at, such as EPSG:4326.
    #[arg(long)]
    pub(crate) crs: Option<String>,
    /// --at is in image pixels (x right, y down).
    #[arg(long, conflicts_with = "crs")]
    pub(crate) px: bool,
}

#[derive(Debug, Args)]
pub(crate) struct SpectrumArgs {
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) places: PlaceArgs,
    /// A region of --project, by its id or the one it had in its file; may be given several times.
    #[arg(long, value_name = "ID", requires = "project")]
    pub(crate) region: Vec<String>,
    /// The project of --region.
    #[arg(long, value_name = "P.gpkg")]
    pub(crate) project: Option<PathBuf>,
    /// Bands counted from 1; default: all.
    #[arg(long, value_delimiter = ',')]
    pub(crate) bands: Vec<usize>,
    /// Write the spectra as a library too: .sli (ENVI), .csv or .txt (ECOSTRESS).
    #[arg(short, long, value_name = "LIBRARY")]
    pub(crate) output: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ProductKind {
    /// Spectral angle to each spectrum.
    Sam,
    /// Matched filter of each spectrum against the background.
    Mf,
    /// Adaptive coherence with each spectrum.
    Ace,
    /// How far each pixel lies from the background.
    Rx,
    /// Principal components.
    Pca,
    /// Components ordered by noise.
    Mnf,
    /// How much of each spectrum a pixel is made of.
    Unmix,
    /// Groups of like pixels.
    Kmeans,
}

impl ProductKind {
    pub(crate) fn kind(self) -> cubes::Kind {
        match self {
            Self::Sam => cubes::Kind::Angle,
            Self::Mf => cubes::Kind::MatchedFilter,
            Self::Ace => cubes::Kind::Coherence,
            Self::Rx => cubes::Kind::Anomaly,
            Self::Pca => cubes::Kind::Principal,
            Self::Mnf => cubes::Kind::NoiseOrdered,
            Self::Unmix => cubes::Kind::Unmix,
            Self::Kmeans => cubes::Kind::Clusters,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct ProductArgs {
    pub(crate) file: PathBuf,
    #[arg(long, value_enum)]
    pub(crate) kind: ProductKind,
    /// The GeoTIFF to write.
    #[arg(short, long, value_name = "OUT.tif")]
    pub(crate) output: PathBuf,
    /// A library to compare with (.sli, .csv, .txt), resampled to the image's bands; may be given several times.
    #[arg(long, value_name = "LIBRARY")]
    pub(crate) spectra: Vec<PathBuf>,
    /// Library values times this are the image's (10000 for shares of 1 against integers).
    #[arg(long, default_value_t = 1.0)]
    pub(crate) scale_spectra: f64,
    #[command(flatten)]
    pub(crate) places: PlaceArgs,
    /// Bands counted from 1; default: all that the file does not call bad.
    #[arg(long, value_delimiter = ',')]
    pub(crate) bands: Vec<usize>,
    /// Use bands that the file calls bad, too.
    #[arg(long)]
    pub(crate) keep_bad: bool,
    /// How many components (pca, mnf).
    #[arg(long, default_value_t = 10)]
    pub(crate) components: usize,
    /// Write the bands again, as the components tell them (pca, mnf).
    #[arg(long)]
    pub(crate) inverse: bool,
    /// How many clusters (kmeans).
    #[arg(long, default_value_t = 8)]
    pub(crate) clusters: usize,
    /// Which first clusters.
    #[arg(long, default_value_t = 0)]
    pub(crate) seed: u64,
    /// Draw the covariance towards a sphere by this share, 0 to 1 (mf, ace, rx).
    #[arg(long, default_value_t = 0.0)]
    pub(crate) shrinkage: f64,
    /// Abundances need not sum to one (unmix).
    #[arg(long)]
    pub(crate) nonnegative: bool,
    #[command(flatten)]
    pub(crate) device: DeviceArgs,
}

/// One number for each pixel, made of several bands.
#[derive(Debug, Args)]
pub(crate) struct ValueArgs {
    /// A formula over bands by number, name or role, as in "(nir-red)/(nir+red)" or "b3 > 1.2*b1 ? b3 : nan".
    #[arg(long, value_name = "FORMULA", conflicts_with = "bands")]
    pub(crate) expression: Option<String>,
    /// A spectral index by its short name, as in NDVI or SAVI:L=0.25 (`orthoscope list indices`).
    #[arg(long, value_name = "NAME", conflicts_with_all = ["bands", "expression"])]
    pub(crate) index: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    #[command(subcommand)]
    pub(crate) what: ListCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ListCommand {
    /// Spectral indices: short name, formula, and who published it.
    Indices {
        /// Only those that this image has the bands for.
        file: Option<PathBuf>,
        /// Only vegetation, water, burn, snow, urban, soil, clouds, kernel or radar.
        #[arg(long)]
        domain: Option<String>,
    },
    /// The functions of expressions.
    Functions,
    /// The roles by which expressions name bands, with their wavelengths.
    Roles,
    /// Colour maps of a single band or an expression.
    Colormaps,
}

#[derive(Debug, Args)]
pub(crate) struct NewArgs {
    /// The project file to make (.gpkg); or postgres://you@host/town, to share it there at once.
    pub(crate) project: PathBuf,
    /// A shipped schema by name, or a TOML file.
    #[arg(long, default_value = "joint-damage-scale")]
    pub(crate) schema: String,
}

#[derive(Debug, Args)]
pub(crate) struct AddArgs {
    pub(crate) project: PathBuf,
    #[arg(required = true)]
    pub(crate) imagery: Vec<PathBuf>,
    /// What these layers show.
    #[arg(long, value_enum)]
    pub(crate) role: Option<Role>,
    /// The image is that of this layer, which was moved: the layer keeps all that was drawn on it.
    #[arg(long, value_name = "LAYER", conflicts_with = "role")]
    pub(crate) in_place_of: Option<String>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Role {
    Before,
    After,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum ImportKind {
    Regions,
    Labels,
    Predictions,
    /// Arrows from where footprints are drawn to where the layer shows them (CRASAR JSON).
    Adjustments,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ImportFormat {
    Auto,
    Geojson,
    Crasar,
    /// Instances on chips, as COCO has them.
    Coco,
    /// Scene graphs in the manner of STAR.
    Star,
    /// Turned boxes in pixels of a picture, as DOTA has them (.txt).
    Dota,
    /// Turned boxes as shares of a picture, as YOLO has them (.txt).
    YoloObb,
    Gpkg,
}

#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    pub(crate) project: PathBuf,
    #[arg(required = true)]
    pub(crate) files: Vec<PathBuf>,
    #[arg(long, value_enum, default_value = "auto")]
    pub(crate) format: ImportFormat,
    /// What the file holds; default: labels where the file has classes, else regions.
    #[arg(long = "as", value_enum)]
    pub(crate) kind: Option<ImportKind>,
    /// Who made the labels; for predictions the model's name.
    #[arg(long)]
    pub(crate) author: Option<String>,
    /// The property that holds the class.
    #[arg(long, value_name = "PROPERTY")]
    pub(crate) class_field: Option<String>,
    /// Other spellings of classes: `1=no damage,4=destroyed`.
    #[arg(long, value_delimiter = ',', value_name = "TEXT=CLASS")]
    pub(crate) class_map: Vec<String>,
    /// The CRS of a file that names none or a wrong one.
    #[arg(long)]
    pub(crate) crs: Option<String>,
    /// The layer that the shapes belong to (name or number); default: the only one, or the after-event one.
    #[arg(long)]
    pub(crate) layer: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct LabelArgs {
    pub(crate) project: PathBuf,
    /// The CSV file, or - for standard input.
    #[arg(long, value_name = "labels.csv")]
    pub(crate) from: PathBuf,
    #[arg(long)]
    pub(crate) author: String,
    /// Write each label by itself and print its region when it is safely on disk.
    #[arg(long)]
    pub(crate) each: bool,
}

#[derive(Debug, Args)]
pub(crate) struct VoteArgs {
    pub(crate) project: PathBuf,
    /// The CSV file, or - for standard input.
    #[arg(long, value_name = "votes.csv", required_unless_present = "open")]
    pub(crate) from: Option<PathBuf>,
    /// Open the sealed votes that were cast here and whose rounds are over.
    #[arg(long)]
    pub(crate) open: bool,
}

#[derive(Debug, Args)]
pub(crate) struct RelateArgs {
    pub(crate) project: PathBuf,
    /// The CSV file, or - for standard input.
    #[arg(long, value_name = "relations.csv")]
    pub(crate) from: PathBuf,
    #[arg(long)]
    pub(crate) author: String,
    /// Take these relations away.
    #[arg(long)]
    pub(crate) remove: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum ExportFormat {
    Geojson,
    Coco,
    Masks,
    Crasar,
    /// Turned boxes and how they stand to each other, as JSON in the manner of STAR.
    Star,
    /// Turned boxes on chips, one text file a chip, as DOTA has them.
    Dota,
    /// The same as YOLO reads them.
    YoloObb,
}

#[derive(Debug, Args)]
pub(crate) struct SchemaArgs {
    pub(crate) project: PathBuf,
    /// The classes to change to: a TOML file, or the id of a schema that comes with the program.
    #[arg(long, value_name = "FILE")]
    pub(crate) to: Option<String>,
    /// What becomes of the labels of a class that will be gone; without NEW they keep it.
    #[arg(long, value_name = "OLD=NEW", requires = "to")]
    pub(crate) map: Vec<String>,
    /// Say what would happen, and change nothing.
    #[arg(long, requires = "to")]
    pub(crate) dry_run: bool,
    /// Who changes them.
    #[arg(long, value_name = "NAME")]
    pub(crate) author: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct QueryArgs {
    pub(crate) project: PathBuf,
    /// The condition, such as 'class = destroyed and area_m2 > 200'.
    pub(crate) words: Option<String>,
    /// A list that the project keeps, instead of a condition.
    #[arg(long, value_name = "NAME", conflicts_with = "words")]
    pub(crate) list: Option<String>,
    /// Keep the condition in the project as a list of work.
    #[arg(long, value_name = "NAME")]
    pub(crate) keep: Option<String>,
    /// Whom `me` means.
    #[arg(long, value_name = "NAME")]
    pub(crate) author: Option<String>,
    /// What to tell of each region: fields or attributes, such as id,class,area_m2,roof.
    #[arg(long, value_delimiter = ',', value_name = "COLUMN,…")]
    pub(crate) columns: Vec<String>,
    /// The field or attribute to sort by.
    #[arg(long, value_name = "COLUMN")]
    pub(crate) sort: Option<String>,
    /// The largest first.
    #[arg(long, requires = "sort")]
    pub(crate) descending: bool,
    /// Those first that look most like this region in the imagery; the topmost layer that shows it counts.
    #[arg(long, value_name = "ID", conflicts_with_all = ["sort", "relations"])]
    pub(crate) like: Option<String>,
    /// Tell no more than the first ones.
    #[arg(long, value_name = "COUNT")]
    pub(crate) limit: Option<usize>,
    /// Regions as CSV.
    #[arg(long)]
    pub(crate) csv: bool,
    /// The relations of these regions instead of the regions: from,predicate,to.
    #[arg(long, conflicts_with_all = ["columns", "sort", "keep"])]
    pub(crate) relations: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    pub(crate) project: PathBuf,
    #[arg(long, value_enum)]
    pub(crate) format: ExportFormat,
    /// The folder to make.
    #[arg(short, long, value_name = "DIR")]
    pub(crate) output: PathBuf,
    /// Side of a chip in pixels (COCO, DOTA, YOLO).
    #[arg(long, default_value_t = 512)]
    pub(crate) chip: u32,
    /// Distance from chip to chip in pixels; default: the chip's side.
    #[arg(long)]
    pub(crate) stride: Option<u32>,
    /// Spatial split, such as block:80/10/10.
    #[arg(long)]
    pub(crate) split: Option<String>,
    /// Distance in metres kept free between splits.
    #[arg(long, default_value_t = 0.0)]
    pub(crate) gap_m: f64,
    #[arg(long, default_value_t = 0)]
    pub(crate) seed: u64,
    /// `accepted`: only what the review agreed on.
    #[arg(long, value_enum)]
    pub(crate) only: Option<Only>,
    /// Only regions that a condition holds for, such as 'class = destroyed and confidence > 0.6'.
    #[arg(long = "where", value_name = "CONDITION")]
    pub(crate) condition: Option<String>,
    /// Whom `me` means in the condition.
    #[arg(long, value_name = "NAME", requires = "condition")]
    pub(crate) author: Option<String>,
    /// Name what the format cannot hold (outside the image, no area) and leave it out; without this the
    /// export fails and says which.
    #[arg(long)]
    pub(crate) allow_left_out: bool,
    /// Where the format holds boxes: give a region that is none the smallest turned box around it; without
    /// this it is left out.
    #[arg(long)]
    pub(crate) boxes_around: bool,
    /// Take the labels of this view (name or number of a layer) in place of those of objects as a whole.
    #[arg(long, value_name = "LAYER")]
    pub(crate) view: Option<String>,
    /// Write shapes as they are drawn, whatever the layer's adjustments say.
    #[arg(long)]
    pub(crate) as_drawn: bool,
    /// The layer to export for (name or number); default: the only one, or the after-event one.
    #[arg(long)]
    pub(crate) layer: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Only {
    Accepted,
}

#[derive(Debug, Args)]
pub(crate) struct AlignArgs {
    pub(crate) project: PathBuf,
    /// The layer (name or number); default: the only one, or the after-event one.
    #[arg(long)]
    pub(crate) layer: Option<String>,
    /// nearest, translation, affine, inverse-distance or thin-plate; default: the layer's own.
    #[arg(long)]
    pub(crate) method: Option<Method>,
    /// Make --method the layer's own: what the window shows and exports write.
    #[arg(long, requires = "method")]
    pub(crate) keep: bool,
    /// Take adjustments from a file first: a JSON list of [[x0, y0], [x1, y1]] in pixels of the layer.
    #[arg(long, value_name = "FILE")]
    pub(crate) import: Option<PathBuf>,
    /// Which number comes first in the file; default: what the image and the footprints show.
    #[arg(long, value_name = "column-row|row-column", requires = "import")]
    pub(crate) order: Option<Order>,
    /// The layer's adjustments about the same footprints go.
    #[arg(long, requires = "import")]
    pub(crate) replace: bool,
    /// Write the layer's adjustments to a file of the same form.
    #[arg(long, value_name = "FILE")]
    pub(crate) export: Option<PathBuf>,
    /// Look for footprints in the image's edges, and say where they are; nothing is taken by itself.
    #[arg(long)]
    pub(crate) suggest: bool,
    /// How far from where it is shown a footprint is looked for, in pixels of the image.
    #[arg(long, value_name = "PX", default_value_t = 48.0)]
    pub(crate) reach: f64,
    /// Adjustments about the footprints of this source only.
    #[arg(long)]
    pub(crate) source: Option<String>,
    /// Who drew the adjustments.
    #[arg(long)]
    pub(crate) author: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct HistoryArgs {
    pub(crate) project: PathBuf,
    /// Take back this one entry.
    #[arg(long, value_name = "SEQ")]
    pub(crate) undo: Option<u64>,
    /// Who takes it back.
    #[arg(long, default_value = "command line")]
    pub(crate) author: String,
    /// How many of the newest entries to show.
    #[arg(long, default_value_t = 50)]
    pub(crate) last: usize,
    /// Whose own votes are shown although their committee is still voting.
    #[arg(long, value_name = "NAME")]
    pub(crate) member: Option<String>,
}
