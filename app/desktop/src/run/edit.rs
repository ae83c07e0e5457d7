//! Changes to the project and the selection.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use editing::{EditCommand, Selection, Tool, Workspace};
use project::{Author, Change, ClassCode, Edit, IdSource, LayerId, Project, RegionId, Settings, Touched};

use super::bulk::Bulk;
use super::view::with_ground;
use crate::frame::Program;
use crate::notice::Tone;
use crate::outbox::CameraMove;
use crate::panels::attributes;
use crate::preferences::ClassLook;

/// More regions than this are selected beside the window.
pub(super) const SELECTED_AT_ONCE: usize = 20_000;
/// Screen pixels per image pixel at which a visited region is shown at most.
const CLOSEST: f64 = 3.0;

impl Program {
    pub(super) fn run_edit(&mut self, command: EditCommand) {
        match command {
            EditCommand::Undo => self.undo(),
            EditCommand::Redo => self.redo(),
            EditCommand::Delete => self.delete_selected(),
            EditCommand::SelectAll => self.select_all(),
            EditCommand::SelectNone => {
                self.state.committee.drawing = None;
                self.select(Selection::default());
            }
            EditCommand::NextRegion => self.step_through(Step::Next),
            EditCommand::PreviousRegion => self.step_through(Step::Previous),
            EditCommand::NextUnlabelled => self.step_through(Step::NextUnlabelled),
            EditCommand::ToggleGoOn => self.toggle_go_on(),
            EditCommand::Class(digit) => self.class_digit(digit),
            EditCommand::AcceptPredictions => self.accept_predictions(),
            EditCommand::RemoveLabels => {
                let (author, selected) = (self.state.author(), self.state.selection.shared());
                let make = move |project: &Project, _: &mut IdSource| {
                    editing::unlabel_edit(project, &selected, &author)
                };
                let title = format!("Remove the labels of {}", many(self.state.selection.len()));
                self.apply_many(self.state.selection.len(), Bulk::new(title, make));
            }
            EditCommand::SendBack => self.send_back(),
            EditCommand::OnlyReturned => self.toggle_only_returned(),
            EditCommand::BringBackDraft => self.bring_back_draft(),
            EditCommand::ToggleSnap => {
                self.state.snap = self.state.snap.toggled();
                let on = self.state.snap.on;
                self.state.notices.done(if on { "New corners snap." } else { "New corners do not snap." });
            }
            EditCommand::ToggleGrid => {
                let snap = &mut self.state.snap;
                snap.grid = if snap.grid.is_some() { None } else { Some(1.0) };
                let text =
                    if snap.grid.is_some() { "New corners snap to a grid." } else { "No grid to snap to." };
                self.state.notices.done(text);
            }
            EditCommand::ToggleRightAngles => {
                let snap = &mut self.state.snap;
                snap.to_right_angles = !snap.to_right_angles;
                let text =
                    if snap.to_right_angles { "Edges snap to right angles." } else { "Edges turn freely." };
                self.state.notices.done(text);
            }
            EditCommand::ToggleSharedBorders => {
                let snap = &mut self.state.snap;
                snap.shared_borders = !snap.shared_borders;
                let text = if snap.shared_borders {
                    "Corners that regions share move together."
                } else {
                    "Corners move in the selected region alone."
                };
                self.state.notices.done(text);
            }
        }
    }

    /// Applies an edit, journals it, and renews what depends on it. False when it was refused.
    pub(crate) fn apply(&mut self, edit: Edit) -> bool {
        let author = self.state.author();
        self.apply_by(&author, edit)
    }

    /// The same, signed with another name: a model's.
    pub(super) fn apply_by(&mut self, author: &Author, edit: Edit) -> bool {
        let looks = &self.state.preferences.class_looks;
        if let Some(class) = self.state.content().and_then(|project| locked_class(project, looks, &edit)) {
            let text = format!("“{class}” is locked: unlock it in Classes.");
            self.state.notices.tell(Tone::Warning, text, "");
            return false;
        }
        let at_ms = self.state.now_ms;
        let Some(open) = &mut self.state.project else { return false };
        match open.session.edit(author, at_ms, edit) {
            Ok(touched) => {
                self.after(&touched);
                true
            }
            Err(error) => {
                self.refused(&error);
                false
            }
        }
    }

    /// Says why a change was not made.
    pub(super) fn refused(&mut self, error: &store::StoreError) {
        let hint = error.hint().unwrap_or_default();
        if let store::StoreError::Stopped(_) = error {
            // The banner says what keeps them waiting.
            let text = "Not changed: earlier changes wait to be saved first.";
            self.state.notices.tell(Tone::Warning, text, hint);
        } else {
            self.state.notices.problem(crate::format::sentence(&error.to_string()), hint);
        }
    }

    /// Renews what depends on regions, labels and layers that were touched.
    pub(crate) fn after(&mut self, touched: &Touched) {
        let Some(open) = &mut self.state.project else { return };
        open.counts.follow(open.session.project(), touched);
        open.returned.follow(open.session.project(), touched);
        let project = open.session.project();
        let gone = touched.everything || touched.regions.iter().any(|id| project.region(*id).is_none());
        if gone {
            self.state.selection = std::mem::take(&mut self.state.selection).existing(project);
        }
        self.renew(touched);
    }

    /// The same where regions were counted and the selection was looked through elsewhere.
    pub(super) fn renew(&mut self, touched: &Touched) {
        let Some(open) = &mut self.state.project else { return };
        open.saving = true;
        self.regions.touched(touched, &mut self.renderer.lock());
        open.finder.follow(touched);
        self.state.models.queue.follow(open.session.project(), touched);
        if !touched.layers.is_empty() || touched.everything {
            self.follow_layers();
        }
        self.follow_alignment(touched);
    }

    fn undo(&mut self) {
        if self.step_beside(false) {
            return;
        }
        let (author, at_ms) = (self.state.author(), self.state.now_ms);
        let Some(open) = &mut self.state.project else { return };
        let Some(title) = open.undo_target().map(|(_, edit)| edit.title()) else { return };
        let undone = open.session.undo(&author, at_ms);
        self.took_back(undone, Some(format!("Undone: {title}.")));
    }

    fn redo(&mut self) {
        if self.step_beside(true) {
            return;
        }
        let (author, at_ms) = (self.state.author(), self.state.now_ms);
        let Some(open) = &mut self.state.project else { return };
        let title = open.session.history().redo_target().map(|(_, edit)| edit.title());
        let redone = open.session.redo(&author, at_ms);
        self.took_back(redone, title.map(|t| format!("Done again: {t}.")));
    }

    pub(super) fn took_back(
        &mut self,
        result: Result<Option<Touched>, store::StoreError>,
        text: Option<String>,
    ) {
        match result {
            Ok(Some(touched)) => {
                self.after(&touched);
                self.state.notices.done(text.unwrap_or_default());
            }
            Ok(None) => {}
            Err(error) => self.refused(&error),
        }
    }

    pub(super) fn delete_selected(&mut self) {
        let (selection, selected) = (self.state.selection.clone(), self.state.selection.shared());
        let make = move |project: &Project, _: &mut IdSource| editing::delete_edit(project, &selected);
        let bulk = Bulk::new(format!("Delete {}", many(selection.len())), make);
        self.apply_many(selection.len(), bulk.selecting(selection, Selection::default()));
    }

    fn accept_predictions(&mut self) {
        let (author, at_ms) = (self.state.author(), self.state.now_ms);
        let (count, selected) = (self.state.selection.len(), self.state.selection.shared());
        let make = move |project: &Project, ids: &mut IdSource| {
            editing::accept_predictions_edit(project, ids, &selected, &author, at_ms)
        };
        self.apply_many(count, Bulk::new(format!("Accept predictions of {}", many(count)), make));
    }

    /// Selects every region within reach; of very many beside the window.
    fn select_all(&mut self) {
        let Some(project) = self.state.content() else { return };
        let (project, out) = (project.clone(), self.state.preferences.classes_out_of_reach());
        let count = project.regions().len();
        let find = move || -> Selection {
            let within = |id: &RegionId| {
                out.is_empty() || !editing::class_of(&project, *id).is_some_and(|class| out.holds(&class))
            };
            project.regions().keys().copied().filter(within).collect()
        };
        if count > SELECTED_AT_ONCE {
            self.select_beside(find);
        } else {
            self.select(find());
        }
    }

    /// Labels the selection; with nothing selected, arms the class for what is drawn next.
    pub(super) fn set_class(&mut self, class: &ClassCode) {
        if self.state.selection.is_empty() || self.state.tool.is_drawing() {
            self.state.armed_class = Some(class.clone());
            self.show_what_is_drawn(class);
            return;
        }
        let view = self.labelled_view();
        if let [one] = *self.state.selected()
            && view.is_none()
            && self.answer_review(one, class)
        {
            return;
        }
        let selection = self.state.selection.clone();
        if self.label_many(&selection, class, view) && !self.ask_what_is_missing() {
            self.go_on_after_class();
        }
    }

    /// Labels regions, in one view or as a whole; of very many beside the window. False where that was refused.
    pub(super) fn label_many(
        &mut self,
        regions: &Selection,
        class: &ClassCode,
        view: Option<LayerId>,
    ) -> bool {
        let (author, at_ms) = (self.state.author(), self.state.now_ms);
        let left = if view.is_some() { BTreeSet::new() } else { self.returned_among(regions) };
        let seconds = self.seconds_looked(regions.regions());
        let (count, selected, class) = (regions.len(), regions.shared(), class.clone());
        let title = format!("Label {} “{class}”", many(count));
        let make = move |project: &Project, ids: &mut IdSource| {
            let rest: Vec<RegionId>;
            let selected: &[RegionId] = if left.is_empty() {
                &selected
            } else {
                rest = selected.iter().copied().filter(|id| !left.contains(id)).collect();
                &rest
            };
            match view {
                Some(view) => {
                    let view = (view, seconds);
                    editing::view_label_edit(project, ids, selected, &class, &author, at_ms, view)
                }
                None => editing::label_edit(project, ids, selected, &class, &author, at_ms, seconds),
            }
        };
        self.apply_many(count, Bulk::new(title, make))
    }

    fn toggle_go_on(&mut self) {
        let on = !self.state.preferences.go_on;
        self.state.preferences.go_on = on;
        let text = if on {
            "Each class leads to the next region without one."
        } else {
            "The region stays selected when it has its class."
        };
        self.state.notices.done(text);
    }

    /// To the next region without a class, where the user wants that.
    fn go_on_after_class(&mut self) {
        let alone = self.state.selected().len() == 1;
        if alone && self.state.preferences.go_on && self.state.workspace == Workspace::Annotate {
            self.step_through(Step::NextUnlabelled);
        } else if alone && self.state.workspace == Workspace::Models {
            self.proposal_is_judged();
        }
    }

    /// The view that digits label, where views are labelled apart.
    fn labelled_view(&self) -> Option<LayerId> {
        let project = self.state.content().filter(|project| project.settings().label_each_view)?;
        let (layer, _) = self.state.shown_layer()?;
        project.layers().contains_key(&layer).then_some(layer)
    }

    /// Digits label each view apart from now on, or objects as a whole.
    pub(super) fn toggle_views(&mut self) {
        let Some(before) = self.state.content().map(|project| project.settings().clone()) else { return };
        let apart = !before.label_each_view;
        let after = Settings { label_each_view: apart, ..before.clone() };
        if self.apply(Edit::Settings(Change::replace((), before, after))) {
            let text = if apart {
                "Digits label what the chosen layer shows; review still judges objects as a whole."
            } else {
                "Digits label objects as a whole."
            };
            self.state.notices.done(text);
        }
    }

    /// The pointer goes into the first field of what the class of the selected region asks for. False when it asks
    /// for nothing.
    fn ask_what_is_missing(&self) -> bool {
        let ([id], Some(project)) = (self.state.selected(), self.state.content()) else { return false };
        let missing = attributes::missing(project, *id);
        if missing.first().is_some_and(|first| attributes::is_typed(first)) {
            let now = self.ctx.cumulative_pass_nr();
            self.ctx.data_mut(|d| d.insert_temp(attributes::wish_id(), (*id, now)));
        }
        !missing.is_empty()
    }

    /// How long the one selected region was looked at, idle time left out, to a tenth of a second.
    pub(super) fn seconds_looked(&self, selected: &[RegionId]) -> Option<f64> {
        let (region, since) = self.state.looked_since?;
        let alone = selected.len() == 1 && selected[0] == region;
        alone.then(|| self.state.attention.seconds_since(since))
    }

    pub(crate) fn select(&mut self, selection: Selection) {
        let primary = selection.primary();
        if self.state.looked_since.map(|(id, _)| id) != primary {
            self.state.looked_since = primary.map(|id| (id, self.state.attention.active()));
        }
        self.state.selection = selection;
    }

    /// Selects a region and brings it into view, as close as it must be to be judged.
    pub(super) fn visit(&mut self, region: RegionId) {
        self.select(Selection::one(region));
        let bounds = self.state.shown().and_then(|p| p.region(region)?.bounds());
        if let Some(bounds) = bounds {
            self.move_camera(CameraMove::Fit(with_ground(bounds)));
            self.not_closer_than_pixels();
        }
    }

    /// A small region is shown with more ground rather than as a few large pixels.
    pub(super) fn not_closer_than_pixels(&mut self) {
        let pixel = self.state.shown_layer().and_then(|(_, l)| l.view()?.placement.pixel_size());
        let camera = &mut self.state.camera;
        if let Some(pixel) = pixel {
            camera.resolution = camera.resolution.max(pixel / CLOSEST);
        }
    }

    fn step_through(&mut self, step: Step) {
        let Some(open) = &self.state.project else { return };
        let (order, project) = (Arc::clone(&open.counts.order), open.session.project());
        let from = self.state.selection.primary();
        let returned = &open.returned;
        let exists = |id: RegionId| project.region(id).is_some() && (!returned.only || returned.contains(id));
        let to = match step {
            _ if open.finder.only => {
                let back = matches!(step, Step::Previous);
                let unlabelled = matches!(step, Step::NextUnlabelled);
                let wanted = |id: RegionId| exists(id) && !(unlabelled && project.label_of(id).is_some());
                open.finder.step(from, back, wanted)
            }
            Step::Next => order.next(from, exists),
            Step::Previous => order.previous(from, exists),
            Step::NextUnlabelled => order.next_unlabelled(project, from),
        };
        match to {
            Some(region) => self.visit(region),
            None => self.state.notices.done("Every region is labelled."),
        }
    }

    pub(super) fn bring_back_draft(&mut self) {
        if let Some(draft) = self.state.dropped.take() {
            if draft.class.is_some() {
                self.state.armed_class.clone_from(&draft.class);
            }
            self.state.tool = Tool::resume(draft);
        }
    }
}

fn many(count: usize) -> String {
    crate::format::count(count, "region", "regions")
}

/// The locked class, where an edit would change a region that has one.
pub(super) fn locked_class(
    project: &Project,
    looks: &BTreeMap<String, ClassLook>,
    edit: &Edit,
) -> Option<String> {
    if !looks.values().any(|look| look.locked) {
        return None;
    }
    let changes_region =
        !matches!(edit, Edit::Schema(_) | Edit::Settings(_) | Edit::Layer(_) | Edit::Relation(_));
    let regions = if changes_region { edit.regions() } else { Vec::new() };
    let classes = regions.into_iter().filter_map(|id| project.label_of(id).map(|(_, label)| &label.class));
    let locked = |class: &&ClassCode| looks.get(class.as_str()).is_some_and(|look| look.locked);
    let class = classes.into_iter().find(locked)?;
    let known = project.schema().and_then(|schema| schema.class(class));
    Some(known.map_or_else(|| class.to_string(), |class| class.name.clone()))
}

/// Where to go from the selected region.
#[derive(Clone, Copy)]
enum Step {
    Next,
    Previous,
    NextUnlabelled,
}
