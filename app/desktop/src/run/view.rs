//! The camera, the panels, and what is shown.

use editing::{Pane, ViewCommand};
use egui::Rect;
use spatial::{ScreenPoint, Viewport, WorldRect};

use crate::frame::Program;
use crate::outbox::CameraMove;
use crate::preferences::{Basemap, Preferences, ThemeChoice};
use crate::state::{union, workspace_key};
use crate::theme::Mode;
use crate::workspaces::arrangement::Arrangement;

/// One press of + or −.
const ZOOM_STEP: f64 = 1.5;
/// One press of an arrow, as a share of the map.
const PAN_STEP: f64 = 0.15;
/// Ground around what is shown whole.
const MARGIN: f64 = 0.04;

impl Program {
    pub(super) fn run_view(&mut self, command: ViewCommand) {
        let [w, h] = self.state.camera.size_px;
        let middle = ScreenPoint { x: w / 2.0, y: h / 2.0 };
        let pan = |x: f64, y: f64| CameraMove::Pan { dx: x * w * PAN_STEP, dy: y * h * PAN_STEP };
        match command {
            ViewCommand::ZoomIn => self.move_camera(CameraMove::Zoom { factor: ZOOM_STEP, at: middle }),
            ViewCommand::ZoomOut => {
                self.move_camera(CameraMove::Zoom { factor: 1.0 / ZOOM_STEP, at: middle });
            }
            ViewCommand::ZoomFit => self.fit_all(),
            ViewCommand::ZoomSelection => self.fit_selection(),
            ViewCommand::OneToOne => self.one_to_one(),
            ViewCommand::PanLeft => self.move_camera(pan(1.0, 0.0)),
            ViewCommand::PanRight => self.move_camera(pan(-1.0, 0.0)),
            ViewCommand::PanUp => self.move_camera(pan(0.0, 1.0)),
            ViewCommand::PanDown => self.move_camera(pan(0.0, -1.0)),
            ViewCommand::HideRegions => self.state.labels_hidden = !self.state.labels_hidden,
            ViewCommand::HideClass
            | ViewCommand::ShowOnlyClass
            | ViewCommand::ShowAllClasses
            | ViewCommand::LockClass => self.look_at_classes(command),
            ViewCommand::NextBand => self.scrub(1),
            ViewCommand::PreviousBand => self.scrub(-1),
            ViewCommand::TogglePanels => self.state.panels_hidden = !self.state.panels_hidden,
            ViewCommand::Pane(pane) => self.toggle_pane(pane),
            ViewCommand::States => self.toggle_states(),
            ViewCommand::ResetPanels => self.reset_panels(),
            ViewCommand::ToggleTheme => self.toggle_theme(),
            ViewCommand::ToggleBasemap => self.toggle_basemap(),
            ViewCommand::ToggleJobs => self.state.overlays.jobs = !self.state.overlays.jobs,
            ViewCommand::Show(workspace) => self.change_workspace(workspace),
            ViewCommand::GoTo | ViewCommand::CommandPalette => {
                let open = self.state.overlays.palette.is_some();
                self.state.overlays.palette = (!open).then(String::new);
            }
            ViewCommand::Preferences => {
                self.state.overlays.preferences = !self.state.overlays.preferences;
            }
            ViewCommand::ShortcutSheet => {
                let open = self.state.overlays.shortcuts.is_some();
                self.state.overlays.shortcuts = (!open).then(String::new);
            }
            ViewCommand::ToggleSwipe => self.toggle_swipe(),
        }
    }

    pub(crate) fn move_camera(&mut self, to: CameraMove) {
        let camera = self.state.camera;
        self.state.camera = match to {
            CameraMove::Zoom { factor, at } => camera.zoomed(factor, at),
            CameraMove::Pan { dx, dy } => camera.panned(dx, dy),
            CameraMove::Fit(rect) => Viewport::fit(rect, camera.size_px, MARGIN),
            CameraMove::Go(at, resolution) => Viewport::new(at, resolution, camera.size_px),
            CameraMove::Center(at) => Viewport::new(at, camera.resolution, camera.size_px),
        };
        self.view_chosen = true;
        self.refresh_pointer();
    }

    /// The map has another place or size in the window; what is in the middle stays there.
    pub(super) fn place_map(&mut self, rect: Rect, pixels_per_point: f32, id: egui::Id) {
        self.state.map_focus = id;
        let side = |points: f32| f64::from((points * pixels_per_point).round().max(1.0));
        let size = [side(rect.width()), side(rect.height())];
        // The ground keeps its size in points when the interface is scaled.
        let ratio = f64::from(self.state.pixels_per_point / pixels_per_point);
        let first = self.state.map_rect == Rect::ZERO;
        let camera = self.state.camera.resized(size);
        let scaled = if first { camera.resolution } else { camera.resolution * ratio };
        self.state.camera = Viewport::new(camera.center, scaled, size);
        self.state.map_rect = rect;
        self.state.pixels_per_point = pixels_per_point;
        if !self.view_chosen {
            self.fit_all();
            self.view_chosen = false;
        }
    }

    pub(crate) fn fit_all(&mut self) {
        if let Some(bounds) = self.state.world_bounds() {
            self.move_camera(CameraMove::Fit(padded(bounds)));
        }
    }

    fn fit_selection(&mut self) {
        let Some(project) = self.state.content() else { return };
        let regions = self.state.selected().iter().filter_map(|id| project.region(*id)?.bounds());
        if let Some(bounds) = regions.reduce(union) {
            self.move_camera(CameraMove::Fit(with_ground(bounds)));
        }
    }

    fn one_to_one(&mut self) {
        let pixel = self.state.shown_layer().and_then(|(_, l)| l.view()?.placement.pixel_size());
        if let Some(pixel) = pixel {
            let camera = self.state.camera;
            self.state.camera = Viewport::new(camera.center, pixel, camera.size_px);
            self.view_chosen = true;
        }
    }

    fn toggle_theme(&mut self) {
        let mut preferences = self.state.preferences.clone();
        preferences.theme = match self.state.theme.mode {
            Mode::Dark => ThemeChoice::Light,
            Mode::Light => ThemeChoice::Dark,
        };
        self.prefer(preferences);
    }

    fn toggle_basemap(&mut self) {
        if self.state.preferences.basemap == Basemap::None {
            self.state.overlays.preferences = true;
            return;
        }
        self.state.basemap_hidden = !self.state.basemap_hidden;
    }

    /// Takes preferences over, shows them at once and keeps them.
    pub(super) fn prefer(&mut self, preferences: Preferences) {
        if preferences == self.state.preferences {
            return;
        }
        self.state.preferences = preferences;
        self.dress();
        self.save_preferences();
    }

    /// Takes over where the panels of this workspace stand; the file is written when the pointer lets go.
    pub(super) fn arrange(&mut self, arrangement: Arrangement) {
        let key = workspace_key(self.state.workspace).to_owned();
        self.state.preferences.panels.insert(key, arrangement);
        self.preferences_changed = true;
    }

    /// Shows a panel in front, in the workspace that it belongs to.
    pub fn show_pane(&mut self, pane: Pane) {
        if let Some(home) = pane.home().filter(|home| *home != self.state.workspace) {
            self.run_view(ViewCommand::Show(home));
        }
        self.state.panels_hidden = false;
        let mut arrangement = self.state.arrangement();
        arrangement.show(pane);
        self.arrange(arrangement);
    }

    /// Shows a panel that cannot be seen, be it behind another, and hides one that can.
    pub(super) fn toggle_pane(&mut self, pane: Pane) {
        let mut arrangement = self.state.arrangement();
        let here = !self.state.panels_hidden && pane.belongs_to(self.state.workspace);
        let in_front = if pane.floats() { arrangement.shows(pane) } else { arrangement.is_open(pane) };
        if here && in_front {
            arrangement.hide(pane);
            self.arrange(arrangement);
        } else {
            self.show_pane(pane);
        }
    }

    fn reset_panels(&mut self) {
        self.state.preferences.panels.remove(workspace_key(self.state.workspace));
        self.state.panels_hidden = false;
        self.preferences_changed = true;
    }
}

/// A region with as much ground around it as is needed to judge it.
pub(super) fn with_ground(bounds: WorldRect) -> WorldRect {
    grown(bounds, bounds.width().max(bounds.height()) * 0.75)
}

/// A point has no size; give it some.
fn padded(bounds: WorldRect) -> WorldRect {
    if bounds.width() > 0.0 || bounds.height() > 0.0 { bounds } else { grown(bounds, 1.0) }
}

pub(super) fn grown(bounds: WorldRect, by: f64) -> WorldRect {
    let by = by.max(1e-9);
    let d = spatial::WorldPoint { x: by, y: by };
    WorldRect::new(bounds.min() - d, bounds.max() + d)
}
