//! What the table of regions asks for, and the looking behind it.

use std::fmt::Write as _;

use editing::{Command, FindCommand, Pane, Selection};
use jobs::{Job, JobContext, JobFailure, Priority};
use project::{
    AttributeValue, ClassCode, Edit, IdSource, Project, RegionId, keep_list_edit, remove_list_edit,
};
use query::{Cell, Column, csv_line};

use super::bulk::Bulk;
use super::edit::SELECTED_AT_ONCE;
use crate::finder::{Answer, Finder, FinderAsk, Pick, Question, View};
use crate::frame::Program;
use crate::map::thumbnails::camera_of;
use crate::map::tiles::{self, Wanted};
use crate::notice::Tone;
use crate::outbox::CameraMove;
use crate::panels::table;

/// Rows that go to the clipboard at most; the command line writes any number.
const COPIED: usize = 100_000;

/// What is being looked for.
#[derive(Debug, Default)]
pub(crate) struct FinderWork {
    job: Option<Job<Answer>>,
}

impl FinderWork {
    pub(crate) fn is_busy(&self) -> bool {
        self.job.is_some()
    }
}

impl Program {
    pub(super) fn run_find(&mut self, command: FindCommand) {
        match command {
            FindCommand::Regions => {
                self.show_pane(Pane::Table);
                self.ctx.memory_mut(|m| m.request_focus(table::field_id()));
            }
            FindCommand::SelectFound => self.finder(FinderAsk::SelectFound),
            FindCommand::OnlyFound => {
                let only = self.finder_state().is_some_and(|finder| finder.only);
                self.finder(FinderAsk::Only(!only));
            }
            FindCommand::MoreLikeThis => self.more_like(None),
            FindCommand::Reclass => self.open_reclass(),
            FindCommand::EditClasses => self.open_schema(),
            FindCommand::ChangeClasses => self.choose_schema(),
            FindCommand::ChangeRelations => self.open_predicates(),
            FindCommand::LabelEachView => self.toggle_views(),
        }
    }

    fn finder_state(&self) -> Option<&Finder> {
        Some(&self.state.project.as_ref()?.finder)
    }

    pub(super) fn finder(&mut self, ask: FinderAsk) {
        let member = self.state.author();
        let Some(open) = &mut self.state.project else { return };
        let finder = &mut open.finder;
        match ask {
            FinderAsk::Text(text) => finder.type_text(text, &member),
            FinderAsk::Order(order) => (finder.order, finder.like) = (order, None),
            FinderAsk::View(view) => finder.view = view,
            FinderAsk::Looked(rows) => finder.looked = rows,
            FinderAsk::Only(only) => {
                finder.only = only;
                let start = self.state.selection.primary();
                let inside = start.is_some_and(|id| finder.row_of(id).is_some());
                if let Some(first) = finder.step(start, false, |_| true).filter(|_| only && !inside) {
                    self.visit(first);
                }
            }
            FinderAsk::SelectFound => {
                let text = format!("{} selected.", crate::format::count(finder.len(), "region", "regions"));
                let find = finder.finding();
                if finder.len() > SELECTED_AT_ONCE {
                    self.select_beside(find);
                } else {
                    self.select(find());
                }
                self.state.notices.done(text);
            }
            FinderAsk::Pick(region, pick) => self.pick(region, pick),
            FinderAsk::Label(regions, class) => self.label_regions(regions, &class),
            FinderAsk::Attribute(regions, name, value) => self.set_attribute(&regions, &name, value.as_ref()),
            FinderAsk::Keep(name) => {
                let edit = keep_list_edit(open.session.project(), &name, &finder.text);
                self.apply_list(edit, format!("Kept as “{}”.", name.trim()));
            }
            FinderAsk::Remove(name) => {
                let edit = remove_list_edit(open.session.project(), &name);
                self.apply_list(edit, format!("The list “{name}” is removed."));
            }
            FinderAsk::Columns(columns) => {
                self.state.preferences.table_columns = columns;
                self.preferences_changed = true;
            }
            FinderAsk::Copy => self.copy_table(),
            FinderAsk::Like(region) => self.more_like(region),
        }
    }

    fn apply_list(&mut self, edit: Option<Edit>, text: String) {
        if edit.is_some_and(|edit| self.apply(edit)) {
            self.state.notices.done(text);
        }
    }

    /// A row was clicked: it joins the selection, and the map shows it when it is out of sight.
    fn pick(&mut self, region: RegionId, pick: Pick) {
        let Some(finder) = self.finder_state() else { return };
        let selection = self.state.selection.clone();
        let selection = match pick {
            Pick::One => Selection::one(region),
            Pick::Toggle => selection.toggled(region),
            Pick::UpTo => {
                let row = finder.row_of(region).unwrap_or(0);
                let start = selection.primary().and_then(|id| finder.row_of(id)).unwrap_or(row);
                // The primary stays what it was, so that the other end can be chosen anew.
                let rows: Vec<usize> =
                    if start <= row { (start..=row).rev().collect() } else { (row..=start).collect() };
                rows.into_iter().filter_map(|row| finder.region(row)).collect()
            }
        };
        self.select(selection);
        let bounds = self.state.shown().and_then(|p| p.region(region)?.bounds());
        let seen = self.state.camera.bounds();
        if let Some(bounds) = bounds.filter(|b| !geo::Intersects::intersects(&seen, b)) {
            self.move_camera(CameraMove::Center(bounds.center()));
        }
    }

    /// Labels regions that are not the selection, as one edit.
    pub(super) fn label_regions(&mut self, regions: Vec<RegionId>, class: &ClassCode) {
        let situation = editing::Situation { selected: regions.len(), ..self.state.situation() };
        if let Some(reason) = Command::Find(FindCommand::Reclass).unavailable(&situation) {
            self.state.notices.tell(Tone::Info, format!("{reason}."), "");
            return;
        }
        let selection = if self.state.selected() == regions {
            self.state.selection.clone()
        } else {
            regions.into_iter().collect()
        };
        self.label_many(&selection, class, None);
    }

    fn set_attribute(&mut self, regions: &[RegionId], name: &str, value: Option<&AttributeValue>) {
        if let Some(reason) = self.state.read_only() {
            self.state.notices.tell(Tone::Info, reason, "");
            return;
        }
        let (count, regions, name, value) =
            (regions.len(), regions.to_vec(), name.to_owned(), value.cloned());
        let title = format!("Set “{name}” of {}", crate::format::count(count, "region", "regions"));
        let make = move |project: &Project, _: &mut IdSource| {
            editing::attribute_edit(project, &regions, &name, value.as_ref())
        };
        self.apply_many(count, Bulk::new(title, make));
    }

    /// What was found goes to the clipboard; where several of it are selected, these only.
    fn copy_table(&mut self) {
        let columns = table::columns(&self.state);
        let Some(open) = &self.state.project else { return };
        let Some((facts, found)) = open.finder.shown() else { return };
        let place = |id: RegionId| open.counts.order.position(id).map(|at| at as f64 + 1.0);
        let row = |at: &&u32| &facts.rows()[**at as usize];
        let chosen = self.state.selection.len() > 1
            && found.rows.iter().any(|at| self.state.selection.contains(row(&at).id));
        let wanted = |at: &&u32| !chosen || self.state.selection.contains(row(at).id);
        let mut text = csv_line(columns.iter().map(|c| Cell::Text(c.key().to_owned())));
        let mut count = 0;
        for at in found.rows.iter().filter(wanted).take(COPIED + 1) {
            count += 1;
            let row = row(&at);
            let cell = |column: &Column| match column {
                Column::Place => place(row.id).map_or(Cell::Nothing, Cell::Number),
                other => other.cell(facts, row),
            };
            // Writing to a string cannot fail.
            let _ = write!(text, "{}", csv_line(columns.iter().map(cell)));
        }
        if count > COPIED {
            let hint = "`orthoscope query PROJECT CONDITION --csv` writes any number.";
            self.state.notices.tell(Tone::Warning, "More than 100 000 rows do not fit the clipboard.", hint);
            return;
        }
        self.ctx.copy_text(text);
        self.state.notices.done(format!("{} copied as CSV.", crate::format::count(count, "row", "rows")));
    }

    /// Takes what the job found.
    pub(crate) fn receive_finder(&mut self) {
        let Some(result) = self.finder_work.job.as_ref().and_then(Job::poll) else { return };
        self.finder_work.job = None;
        let Some(open) = &mut self.state.project else { return };
        match result {
            Ok(answer) => {
                let before = open.finder.receive(answer);
                self.ctx.request_repaint();
                if before.iter().flatten().any(|answer| answer.facts.rows().len() > SELECTED_AT_ONCE) {
                    self.let_go(before);
                }
            }
            Err(failure) => {
                open.finder.lost();
                if !matches!(failure, JobFailure::Cancelled) {
                    self.job_failed(&failure);
                }
            }
        }
    }

    /// Looks again where something changed and somebody sees it.
    pub(crate) fn plan_finder(&mut self) {
        let watched = self.state.arrangement().is_open(Pane::Table) && !self.state.panels_hidden;
        let member = self.state.author();
        let primary = self.state.selection.primary();
        let columns = if watched { table::columns(&self.state) } else { Vec::new() };
        let Some(open) = &mut self.state.project else {
            self.finder_work.job = None;
            return;
        };
        if let Some(row) = primary.and_then(|id| open.finder.row_of(id)) {
            open.finder.at = Some(row);
        }
        if !(watched || open.finder.only) || self.finder_work.job.is_some() {
            return;
        }
        let history = open.session.history();
        let question = Question {
            text: open.finder.text.clone(),
            order: open.finder.order.clone(),
            edits: open.finder.asks_for_edits(&columns, &member),
            member,
            reading: std::sync::Arc::clone(&open.counts.order),
            like: open.finder.like.as_ref().map(|like| std::sync::Arc::clone(&like.ranks)),
        };
        let edits = question.edits;
        let Some(task) = open.finder.task(open.session.project(), history, question) else {
            if edits && open.finder.takes_edits(history) {
                self.ctx.request_repaint();
            }
            return;
        };
        let job = move |_: &JobContext| -> Result<Answer, JobFailure> { Ok(task.answer()) };
        self.finder_work.job = Some(self.jobs.spawn(Priority::Visible, "Find regions", job));
    }

    /// The tiles of the pictures in the table.
    pub(crate) fn pictures_wanted(&self) -> Vec<Wanted> {
        let cameras =
            self.pictured().into_iter().filter_map(|region| camera_of(&self.state, region, table::PICTURE));
        let views = || self.state.layers.values().filter_map(|layer| layer.view());
        cameras.flat_map(|camera| views().map(move |view| tiles::wanted(&camera, view))).collect()
    }

    /// The rows whose pictures are on the screen.
    fn pictured(&self) -> Vec<RegionId> {
        let shown = self.state.arrangement().is_open(Pane::Table) && !self.state.panels_hidden;
        let Some(finder) = self.finder_state().filter(|finder| shown && finder.view == View::Pictures) else {
            return Vec::new();
        };
        finder.looked.clone().filter_map(|row| finder.region(row)).collect()
    }
}
