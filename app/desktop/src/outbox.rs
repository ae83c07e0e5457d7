//! What panels ask for: collected while they are shown, carried out afterwards.

use editing::{Command, Pane, SnapSettings, ToolEvent};
use jiff::civil::Date;
use jobs::JobId;
use picture::{BandMix, Classes};
use project::{ClassCode, LayerId, LayerRole, RegionId};
use renderer::Filter;
use spatial::{ScreenPoint, WorldPoint, WorldRect};

use crate::alignment::AlignAsk;
use crate::alike::AlikeAsk;
use crate::asking::QuestionAsk;
use crate::classes::ClassAsk;
use crate::committee::CommitteeAsk;
use crate::cube::CubeAsk;
use crate::exchange::ExchangeAsk;
use crate::finder::FinderAsk;
use crate::inquiry::InquiryAsk;
use crate::interview::InterviewAsk;
use crate::journal::HistoryAsk;
use crate::map::layer::{Contrast, Extent};
use crate::models::ModelAsk;
use crate::paper_draft::PaperAsk;
use crate::preferences::Preferences;
use crate::products::ProductsAsk;
use crate::relating::RelateAsk;
use crate::review::ReviewAsk;
use crate::run::map::MapAsk;
use crate::sam::SamAsk;
use crate::screening::ScreeningAsk;
use crate::spectra::SpectraAsk;
use crate::state::Overlays;
use crate::workspaces::arrangement::Arrangement;

/// How the camera is to move.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum CameraMove {
    /// The world point under `at` stays; a factor above 1 goes closer.
    Zoom { factor: f64, at: ScreenPoint },
    /// The picture moves by physical pixels.
    Pan { dx: f64, dy: f64 },
    /// Shows a box whole.
    Fit(WorldRect),
    /// Puts a point in the middle.
    Center(WorldPoint),
    /// Puts a point in the middle at a resolution in world units per physical pixel.
    Go(WorldPoint, f64),
}

/// What is to happen to how a layer is shown.
#[derive(Clone, Debug, PartialEq)]
pub enum LayerAsk {
    Visible(bool),
    Opacity(f32),
    Gamma(f32),
    Mix(BandMix),
    Contrast(Contrast),
    /// Black and white of one colour, by hand.
    Limits(usize, [f32; 2]),
    /// Red, green and blue have the same black and white.
    Linked(bool),
    /// Whose values black and white are chosen by.
    Extent(Extent),
    /// The value that the middle of the colour map shows.
    Centre(Option<f32>),
    Inverted(bool),
    Reversed(bool),
    /// Steps that the colour map is cut into; 0 = smooth.
    Steps(u8),
    Classes(Option<Classes>),
    /// `None`: nearest when magnified, else bilinear.
    Filter(Option<Filter>),
    /// The bands so many after the present ones.
    Scrub(isize),
    /// As it looked when it was opened.
    FirstLook,
    /// The day on which it was taken, said by hand; `None`: what the file says.
    Taken(Option<Date>),
    /// Open the image again whose tiles could not be read.
    Retry,
    /// Choose where the image lies now.
    Relink,
    Fit,
    Activate,
    Raise,
    Lower,
    Role(LayerRole),
    Remove,
}

/// Something that a panel asks for.
#[derive(Clone, Debug)]
pub enum Ask {
    Command(Command),
    Tool(ToolEvent),
    Snap(SnapSettings),
    Camera(CameraMove),
    /// Where the map is now, in points, and physical pixels per point.
    MapRect(egui::Rect, f32, egui::Id),
    /// Where the pointer is over the map now.
    Pointer(Option<ScreenPoint>),
    Layer(LayerId, LayerAsk),
    /// Select one region and show it.
    Visit(RegionId),
    /// Why this region came back from review is on the screen.
    Read(RegionId),
    /// Label the selection; arm the class when nothing is selected.
    Class(ClassCode),
    DismissNotice(u64),
    NoticeDetails(u64),
    StopJob(JobId),
    Preferences(Box<Preferences>),
    Overlays(Overlays),
    OpenFiles(Vec<std::path::PathBuf>),
    /// Panels were moved, sized, folded or hidden by hand.
    Arrange(Box<Arrangement>),
    /// Show a panel in front.
    ShowPane(Pane),
    /// Write again what could not be written.
    RetrySaving,
    /// Go on with the ring that was given up.
    BringBack,
    Review(ReviewAsk),
    Committee(CommitteeAsk),
    Paper(PaperAsk),
    History(HistoryAsk),
    Finder(FinderAsk),
    Classes(ClassAsk),
    Exchange(ExchangeAsk),
    Map(MapAsk),
    Spectra(SpectraAsk),
    Products(ProductsAsk),
    Align(AlignAsk),
    Cube(CubeAsk),
    Relate(RelateAsk),
    Screening(ScreeningAsk),
    Question(QuestionAsk),
    Inquiry(InquiryAsk),
    Interview(InterviewAsk),
    Model(ModelAsk),
    Sam(SamAsk),
    Alike(AlikeAsk),
    /// Leave although something is not saved, or is still being taught.
    CloseAnyway,
    /// Bring the project back that does not open.
    RestoreBackup,
}

/// Collects what panels ask for.
#[derive(Debug, Default)]
pub struct Outbox {
    asks: Vec<Ask>,
}

impl Outbox {
    pub fn push(&mut self, ask: Ask) {
        self.asks.push(ask);
    }

    pub fn command(&mut self, command: Command) {
        self.push(Ask::Command(command));
    }

    pub fn layer(&mut self, id: LayerId, ask: LayerAsk) {
        self.push(Ask::Layer(id, ask));
    }

    pub fn take(&mut self) -> Vec<Ask> {
        std::mem::take(&mut self.asks)
    }

    pub fn is_empty(&self) -> bool {
        self.asks.is_empty()
    }
}
