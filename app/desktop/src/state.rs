//! Everything the window shows, as plain values. Panels read it by `&`; only the frame's `act` step and what
//! it calls change it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use editing::{
    AlignContext, Answer, Composite, Draft, SelectedShapes, Selection, Situation, SnapSettings, Tool,
    ToolContext, Workspace,
};
use egui::Rect;
use jobs::{JobStatus, Priority};
use project::{Author, ClassCode, Edit, LayerId, Project, RegionId, Seq};
use renderer::GpuDescription;
use spatial::{ScreenPoint, Viewport, WorldPoint, WorldRect};
use store::{Session, StoreError};

use crate::alignment::Aligning;
use crate::attention::Attention;
use crate::classes::Classes;
use crate::committee::Committee;
use crate::counts::Counts;
use crate::cube::{ImageCube, bands_of};
use crate::exchange::Exchange;
use crate::finder::Finder;
use crate::journal::Journal;
use crate::map::aids::Aids;
use crate::map::basemap::BasemapTile;
use crate::map::layer::MapLayer;
use crate::notice::Notices;
use crate::paper_draft::PaperDraft;
use crate::preferences::Preferences;
use crate::products::Products;
use crate::relating::Relating;
use crate::returned::ReturnedCases;
use crate::review::Desk;
use crate::run::backups::Unopened;
use crate::run::shape::SelectionBox;
use crate::run::wand::Seen;
use crate::spectra::Spectra;
use crate::theme::Theme;
use crate::workspaces::arrangement::Arrangement;

/// Selected regions that are asked for predictions in each frame.
const PREDICTED_AMONG: usize = 500;

/// The open project and its file.
#[derive(Debug)]
pub struct OpenProject {
    pub session: Session,
    /// Nobody has named it yet: it lives in the user's data folder.
    pub scratch: bool,
    /// The local time of the newest entry on disk, as shown.
    pub saved_at: Option<String>,
    /// What waits for the disk was already noticed to be waiting.
    pub saving: bool,
    /// How far the labelling is, and the order of reading.
    pub counts: Counts,
    /// The history panel.
    pub journal: Journal,
    /// What is back with the member.
    pub returned: ReturnedCases,
    /// The table of regions.
    pub finder: Finder,
}

impl OpenProject {
    pub fn new(session: Session, scratch: bool, counts: Counts) -> Self {
        let (journal, returned) = (Journal::default(), ReturnedCases::default());
        let finder = Finder::default();
        Self { session, scratch, saved_at: None, saving: false, counts, journal, returned, finder }
    }

    /// What undo would take back: anything but the classes that the project began with.
    pub fn undo_target(&self) -> Option<(Seq, &Edit)> {
        let target = self.session.history().undo_target()?;
        let began = matches!(target.1, Edit::Schema(change) if change.before.is_none());
        (!began).then_some(target)
    }

    /// Writes what waits and closes the file. An unnamed project that nothing was put into leaves none.
    pub fn close(self) -> Result<(), StoreError> {
        let project = self.session.project();
        let empty = self.scratch
            && project.layers().is_empty()
            && project.regions().is_empty()
            && project.questions().is_empty();
        let path = self.session.path().to_owned();
        let closed = self.session.close();
        if empty && closed.is_ok() {
            // A leftover does no harm.
            store::backups::forget_generations(&path);
            let _ = std::fs::remove_file(path);
        }
        closed
    }

    /// What a person calls it.
    pub fn title(&self) -> String {
        let name = &self.session.project().settings().name;
        if !name.is_empty() {
            return name.clone();
        }
        if self.scratch {
            return "Untitled".to_owned();
        }
        let stem = self.session.path().file_stem();
        stem.map_or_else(|| "Untitled".to_owned(), |s| s.to_string_lossy().into_owned())
    }
}

/// The samples under the pointer.
#[derive(Clone, Debug, PartialEq)]
pub struct Probe {
    pub layer: LayerId,
    /// Column and row in the full resolution.
    pub pixel: (u32, u32),
    /// Name and value of each shown band; `None`: nothing there.
    pub values: Option<Vec<(String, f64)>>,
    /// They are of a coarser level, as it is shown: means of many pixels, as a rule.
    pub is_coarse: bool,
}

/// Where the pointer is over the map.
#[derive(Clone, Debug, Default)]
pub struct PointerState {
    pub screen: Option<ScreenPoint>,
    pub world: Option<WorldPoint>,
    pub probe: Option<Probe>,
    pub region: Option<RegionId>,
}

/// What lies over the frame.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Overlays {
    /// What was typed into the palette, when it is open.
    pub palette: Option<String>,
    /// What was typed into the shortcut sheet's filter, when it is open.
    pub shortcuts: Option<String>,
    pub preferences: bool,
    pub jobs: bool,
    /// A question that must be answered before something goes on.
    pub question: Option<Question>,
}

impl Overlays {
    /// True while something lies over the frame that has the keyboard.
    pub fn is_open(&self) -> bool {
        self.palette.is_some()
            || self.shortcuts.is_some()
            || self.preferences
            || self.jobs
            || self.question.is_some()
    }
}

/// A question before something that cannot be taken back.
#[derive(Clone, Debug, PartialEq)]
pub enum Question {
    /// The program is to be closed while something is not on disk.
    CloseUnsaved,
    /// The program is to be closed while a network is being taught.
    CloseTeaching,
    /// A project does not open, and there is a backup of it.
    Restore(Unopened),
}

/// Everything the window shows.
#[derive(Debug)]
pub struct State {
    pub preferences: Preferences,
    pub theme: Arc<Theme>,
    pub workspace: Workspace,
    pub project: Option<OpenProject>,
    /// Files being opened, as they are called.
    pub opening: Vec<String>,
    pub layers: BTreeMap<LayerId, MapLayer>,
    /// The layer whose bands and values are shown.
    pub active_layer: Option<LayerId>,
    pub camera: Viewport,
    /// The map's rectangle in points.
    pub map_rect: Rect,
    /// The map as a widget, to know whether it has the keyboard.
    pub map_focus: egui::Id,
    /// Physical pixels per point.
    pub pixels_per_point: f32,
    pub selection: Selection,
    /// The box around it, where it is of very many.
    pub(crate) selection_box: Option<SelectionBox>,
    pub tool: Tool,
    pub snap: SnapSettings,
    /// The class that new regions get.
    pub armed_class: Option<ClassCode>,
    /// The digits of a class's key, while the rest is waited for.
    pub chord: String,
    /// What is asked about classes.
    pub classes: Classes,
    /// What a cancelled tool left, until it is brought back.
    pub dropped: Option<Draft>,
    pub pointer: PointerState,
    /// How long somebody has been at work.
    pub attention: Attention,
    /// How much time at work there had been when the selected region came to be looked at; labelling time is measured
    /// from here.
    pub looked_since: Option<(RegionId, Duration)>,
    pub notices: Notices,
    /// Live jobs but for the reading of tiles.
    pub jobs: Vec<JobStatus>,
    /// Tiles on their way.
    pub tiles_under_way: usize,
    pub gpu: GpuDescription,
    pub overlays: Overlays,
    pub panels_hidden: bool,
    /// While H is held.
    pub labels_hidden: bool,
    /// Why nothing can be saved, while that is so.
    pub store_failure: Option<String>,
    /// Unix milliseconds at the start of the frame.
    pub now_ms: i64,
    /// What is wrong with the basemap, or that it is off line.
    pub basemap_note: Option<String>,
    /// The tiles of the basemap in view.
    pub basemap_tiles: Vec<BasemapTile>,
    /// The basemap is switched off.
    pub basemap_hidden: bool,
    pub review: Desk,
    /// What is said, handed out and ruled in review.
    pub committee: Committee,
    /// Cards that are to be printed or bundled.
    pub paper: Option<Box<PaperDraft>>,
    pub exchange: Exchange,
    pub aids: Aids,
    /// Spectra that are looked at.
    pub spectra: Spectra,
    /// The product to be made, and those that were.
    pub products: Products,
    /// Where regions are shown.
    pub alignment: Aligning,
    /// The layer as a block.
    pub cube: ImageCube,
    /// What tools that look at the map see while they are armed: the layers as they were seen, and of what that was drawn.
    pub(crate) seen: Option<(Seen, Arc<Composite>)>,
    /// What the tool has wished for and was found last.
    pub(crate) found: Option<Answer>,
    /// The pixel classifier.
    pub teaching: crate::teaching::Teaching,
    /// How one region is to stand to another, while it is asked for.
    pub relating: Relating,
    /// Going over a layer cell by cell.
    pub screening: crate::screening::Desk,
    /// The question in work, and the list of them.
    pub asking: crate::asking::Desk,
    /// What is asked of services and of the project itself.
    pub inquiry: crate::inquiry::Inquiry,
    /// Models that are asked.
    pub interview: crate::interview::Models,
    /// Models, and what they propose.
    pub models: crate::models::Desk,
    /// Regions that are alike.
    pub alike: crate::alike::Desk,
    /// The network that clicks are asked of.
    pub sam: crate::sam::SamDesk,
}

impl State {
    pub fn new(preferences: Preferences, theme: Arc<Theme>, gpu: GpuDescription) -> Self {
        Self {
            preferences,
            theme,
            workspace: Workspace::Explore,
            project: None,
            opening: Vec::new(),
            layers: BTreeMap::new(),
            active_layer: None,
            camera: Viewport::new(WorldPoint { x: 0.0, y: 0.0 }, 1.0, [1.0, 1.0]),
            map_rect: Rect::ZERO,
            map_focus: egui::Id::NULL,
            pixels_per_point: 1.0,
            selection: Selection::default(),
            selection_box: None,
            tool: Tool::default(),
            snap: SnapSettings::default(),
            armed_class: None,
            chord: String::new(),
            classes: Classes::default(),
            dropped: None,
            pointer: PointerState::default(),
            attention: Attention::default(),
            looked_since: None,
            notices: Notices::default(),
            jobs: Vec::new(),
            tiles_under_way: 0,
            gpu,
            overlays: Overlays::default(),
            panels_hidden: false,
            labels_hidden: false,
            store_failure: None,
            now_ms: 0,
            basemap_note: None,
            basemap_tiles: Vec::new(),
            basemap_hidden: false,
            review: Desk::default(),
            committee: Committee::default(),
            paper: None,
            exchange: Exchange::default(),
            aids: Aids::default(),
            spectra: Spectra::default(),
            products: Products::default(),
            alignment: Aligning::default(),
            cube: ImageCube::default(),
            seen: None,
            found: None,
            teaching: crate::teaching::Teaching::default(),
            relating: Relating::default(),
            screening: crate::screening::Desk::default(),
            asking: crate::asking::Desk::default(),
            inquiry: crate::inquiry::Inquiry::default(),
            interview: crate::interview::Models::default(),
            models: crate::models::Desk::default(),
            alike: crate::alike::Desk::default(),
            sam: crate::sam::SamDesk::default(),
        }
    }

    /// The project's content.
    pub fn content(&self) -> Option<&Project> {
        self.project.as_ref().map(|p| p.session.project())
    }

    /// The project as it is looked at: its regions where the layer shows them, unless they are shown as drawn.
    /// Nothing of it is ever saved.
    pub fn shown(&self) -> Option<&Project> {
        let content = self.content()?;
        Some(self.alignment.shown().unwrap_or(content))
    }

    /// Who signs labels.
    pub fn author(&self) -> Author {
        Author::new(&self.preferences.author)
    }

    /// Why nothing can be changed, where that is so.
    pub fn read_only(&self) -> Option<String> {
        if self.store_failure.is_some() {
            return Some("earlier changes wait to be saved first".to_owned());
        }
        let session = &self.project.as_ref()?.session;
        session.read_only().map(ToString::to_string)
    }

    /// Layers from the topmost to the lowest, as lists show them.
    pub fn layers_top_first(&self) -> Vec<(LayerId, &project::Layer)> {
        let mut layers = self.content().map(Project::layers_in_order).unwrap_or_default();
        layers.reverse();
        layers
    }

    /// The active layer, else the topmost one that is open.
    pub fn shown_layer(&self) -> Option<(LayerId, &MapLayer)> {
        let active = self.active_layer.and_then(|id| Some((id, self.layers.get(&id)?)));
        active.or_else(|| {
            let tops = self.layers_top_first();
            tops.into_iter().find_map(|(id, _)| self.layers.get(&id).map(|l| (id, l)))
        })
    }

    /// The box around every open layer, else around all regions.
    pub fn world_bounds(&self) -> Option<WorldRect> {
        let layers = self.layers.values().filter_map(MapLayer::world_bounds).reduce(union);
        layers.or_else(|| self.content()?.bounds())
    }

    /// The regions that commands act on, none when there is no project.
    pub fn selected(&self) -> &[RegionId] {
        self.selection.regions()
    }

    /// Jobs that a person waits for or may want to stop.
    pub fn visible_jobs(&self) -> impl Iterator<Item = &JobStatus> {
        self.jobs.iter().filter(|job| job.priority != Priority::Visible)
    }

    /// Where the panels of the present workspace stand.
    pub fn arrangement(&self) -> Arrangement {
        let own = self.preferences.panels.get(workspace_key(self.workspace));
        own.cloned().unwrap_or_else(|| Arrangement::first(self.workspace))
    }

    /// True in the workspace with the card.
    pub fn is_reviewing(&self) -> bool {
        self.workspace == Workspace::Review
    }

    /// The folder of the open project.
    pub fn project_folder(&self) -> Option<PathBuf> {
        Some(self.project.as_ref()?.session.path().parent()?.to_owned())
    }
}

/// What preferences call a workspace.
pub fn workspace_key(workspace: Workspace) -> &'static str {
    match workspace {
        Workspace::Explore => "explore",
        Workspace::Annotate => "annotate",
        Workspace::Review => "review",
        Workspace::Questions => "questions",
        Workspace::Datasets => "datasets",
        Workspace::Models => "models",
    }
}

/// The box around two boxes.
pub fn union(a: WorldRect, b: WorldRect) -> WorldRect {
    let min = WorldPoint { x: a.min().x.min(b.min().x), y: a.min().y.min(b.min().y) };
    let max = WorldPoint { x: a.max().x.max(b.max().x), y: a.max().y.max(b.max().y) };
    WorldRect::new(min, max)
}

impl State {
    /// Those of a selection that a hand on the map may take.
    pub fn in_reach(&self, selection: Selection) -> Selection {
        let out = self.preferences.classes_out_of_reach();
        let Some(project) = self.content().filter(|_| !out.is_empty()) else { return selection };
        let within = |id: &RegionId| !editing::class_of(project, *id).is_some_and(|class| out.holds(&class));
        if selection.regions().iter().all(within) {
            return selection;
        }
        selection.regions().iter().copied().filter(within).collect()
    }

    /// What holds right now, as far as commands depend on it.
    pub fn situation(&self) -> Situation {
        let project = self.content();
        let history = self.project.as_ref().map(|p| p.session.history());
        let predicted = |project: &Project, id: RegionId| {
            project.label_of(id).is_none() && project.prediction_of(id).is_some()
        };
        Situation {
            has_project: project.is_some(),
            read_only: self.read_only().is_some(),
            unsaved: self.store_failure.is_some(),
            has_map: self.world_bounds().is_some(),
            regions: project.map_or(0, |p| p.regions().len()),
            has_schema: project.is_some_and(|p| p.schema().is_some()),
            has_author: !self.author().name().is_empty(),
            selected: self.selection.len(),
            shapes: project.map_or_else(SelectedShapes::default, |p| SelectedShapes::of(p, &self.selection)),
            found: self.project.as_ref().map_or(0, |p| p.finder.len()),
            has_prediction: project.is_some_and(|p| {
                // Of very many nobody asks each in every frame.
                self.selected().len() > PREDICTED_AMONG || self.selected().iter().any(|id| predicted(p, *id))
            }),
            returned: self.project.as_ref().map_or(0, |p| p.returned.len()),
            selection_returned: match (self.selected(), &self.project) {
                ([one], Some(open)) => open.returned.contains(*one),
                _ => false,
            },
            can_undo: self.project.as_ref().is_some_and(|p| p.undo_target().is_some()),
            can_redo: history.is_some_and(|h| h.redo_target().is_some()),
            has_dropped_draft: self.dropped.is_some(),
            layers: self.layers.len(),
            bands: self.shown_layer().and_then(|(_, l)| l.source()).map_or(0, |s| bands_of(s.image())),
            shows_cube: self.arrangement().shows(editing::Pane::Cube),
            days: crate::map::dates::days(&self.aids.dates).len(),
            bookmarks: crate::bookmarks::here(self).len(),
            has_screening: project.is_some_and(|p| !p.screenings().is_empty()),
            has_cell: self.screening.work.is_some(),
            questions: project.map_or(0, |p| p.questions().len()),
            has_question: self.asking.draft.is_some(),
            has_model: self.models.chosen().is_some(),
            is_teaching: self.models.is_teaching(),
            has_proposal: !self.models.queue.open.is_empty(),
            has_case: self.workspace == Workspace::Review && self.review.case.is_some(),
        }
    }

    /// Lends tools what they may look at; `None` without a project.
    pub fn with_tool_context<R>(&self, use_it: impl FnOnce(&ToolContext) -> R) -> Option<R> {
        let (project, drawn) = (self.shown()?, self.content()?);
        let author = self.author();
        let out_of_reach = self.preferences.classes_out_of_reach();
        let ctx = ToolContext {
            project,
            viewport: &self.camera,
            selection: &self.selection,
            selection_box: self
                .selection_box
                .as_ref()
                .filter(|held| held.is_of(self))
                .and_then(|held| held.found),
            author: &author,
            layer: self.active_layer.filter(|id| project.layers().contains_key(id)),
            class: self.armed_class.as_ref(),
            snap: self.snap,
            px_per_point: f64::from(self.pixels_per_point),
            at_ms: self.now_ms,
            align: self.alignment.current.as_deref().map(|alignment| AlignContext { drawn, alignment }),
            answer: self.found.as_ref(),
            composite: self.seen.as_ref().filter(|(seen, _)| seen.is_of(self)).map(|(_, c)| c),
            out_of_reach: &out_of_reach,
        };
        Some(use_it(&ctx))
    }
}
