//! What the history panel asks for.

use editing::{Pane, Selection, Workspace};
use project::{Edit, Project, RegionId, Seq, Touched, What};
use spatial::WorldRect;

use super::view::with_ground;
use crate::frame::Program;
use crate::journal::{HistoryAsk, Names};
use crate::notice::Tone;
use crate::outbox::CameraMove;
use crate::state::union;

impl Program {
    pub(super) fn history(&mut self, ask: HistoryAsk) {
        match ask {
            HistoryAsk::Filter(filter) => {
                if let Some(open) = &mut self.state.project {
                    open.journal.filter = filter;
                }
            }
            HistoryAsk::Show(seq) => self.show_entry(seq),
            HistoryAsk::TakeBack(seq) => self.take_back(seq),
            HistoryAsk::States(shown) => {
                if let Some(open) = &mut self.state.project {
                    open.journal.shows_states = shown;
                }
            }
            HistoryAsk::GoTo(seq) => self.go_to_state(seq),
        }
    }

    /// Chooses an entry, selects what it touched, and goes to where that is or was.
    fn show_entry(&mut self, seq: Seq) {
        let Some(open) = &mut self.state.project else { return };
        open.journal.chosen = Some(seq);
        let (project, history) = (open.session.project(), open.session.history());
        let Some(line) = history.line(seq) else { return };
        let there: Vec<RegionId> =
            line.regions(project).into_iter().filter(|id| project.region(*id).is_some()).collect();
        let edit = match line.what {
            What::Edit(edit) | What::Revert { edit, .. } => Some(edit),
            // Facts, and what others did in their copies.
            _ => None,
        };
        let ground = ground(project, &there).or_else(|| edit?.ground());
        let layer = edit.and_then(layer_of);
        if self.state.workspace == Workspace::Review {
            if let [case] = there[..] {
                self.put_on_card(case, true);
            }
            return;
        }
        if !there.is_empty() || ground.is_some() {
            self.select(there.into_iter().collect::<Selection>());
        }
        if let Some(ground) = ground {
            self.move_camera(CameraMove::Fit(with_ground(ground)));
            self.not_closer_than_pixels();
        } else if let Some(bounds) = layer.and_then(|id| self.state.layers.get(&id)?.world_bounds()) {
            self.move_camera(CameraMove::Fit(bounds));
        }
    }

    fn take_back(&mut self, seq: Seq) {
        if let Some(reason) = self.state.read_only() {
            self.state.notices.tell(Tone::Info, reason, "");
            return;
        }
        let (author, at_ms) = (self.state.author(), self.state.now_ms);
        let Some(open) = &mut self.state.project else { return };
        let (project, history) = (open.session.project(), open.session.history());
        if let Some(refusal) = history.refusal(project, &author, seq) {
            let text = format!("Entry {seq} cannot be taken back: {refusal}.");
            self.state.notices.tell(Tone::Warning, text, "");
            return;
        }
        let names = Names { project, order: &open.counts.order };
        let title = history.line(seq).map(|line| names.sentence(&line.deed(project, &author)));
        let taken_back = open.session.revert(&author, at_ms, seq).map(Some);
        self.took_back(taken_back, title.map(|title| format!("Taken back: {title}.")));
    }

    /// Shows the states with their branches; once more hides the panel.
    pub(super) fn toggle_states(&mut self) {
        let Some(open) = &mut self.state.project else { return };
        let shown = std::mem::replace(&mut open.journal.shows_states, true);
        if shown || !self.state.arrangement().is_open(Pane::History) {
            self.toggle_pane(Pane::History);
        }
    }

    /// Brings the project into the state that an entry made, one entry of the journal for each step of the way.
    fn go_to_state(&mut self, seq: Seq) {
        if let Some(reason) = self.state.read_only() {
            self.state.notices.tell(Tone::Info, reason, "");
            return;
        }
        let (author, at_ms) = (self.state.author(), self.state.now_ms);
        let Some(open) = &mut self.state.project else { return };
        open.journal.chosen = Some(seq);
        let Some(state) = open.journal.tree(open.session.history()).made(seq) else { return };
        let (mut touched, mut steps, mut refused) = (Touched::default(), 0, None);
        while let Some(next) = open.journal.tree(open.session.history()).step_to(state) {
            match open.session.revert(&author, at_ms, next) {
                Ok(more) => {
                    touched = with(touched, more);
                    steps += 1;
                }
                Err(error) => {
                    refused = Some((next, error));
                    break;
                }
            }
        }
        if steps > 0 {
            self.after(&touched);
        }
        match refused {
            Some((next, error)) => {
                let why = crate::format::sentence(&error.to_string());
                let text = format!("The way to that state ends at entry {next}: {why}");
                self.state.notices.problem(text, "What was done on the way can be undone.");
            }
            None if steps > 0 => {
                let text = format!("The project is as it was after entry {}.", spatial::format::count(seq));
                self.state.notices.done(text);
            }
            None => {}
        }
    }

    /// Looks through a few more entries for the filter of the panel.
    pub(crate) fn plan_history(&mut self) {
        let member = self.state.author();
        let Some(open) = &mut self.state.project else { return };
        let (project, history) = (open.session.project(), open.session.history());
        if open.journal.look(history, project, &open.counts.order, &member) {
            self.ctx.request_repaint();
        }
    }
}

/// What several edits touched, each thing once.
fn with(mut all: Touched, more: Touched) -> Touched {
    fn join<T: Copy + Ord>(all: &mut Vec<T>, more: Vec<T>) {
        all.extend(more);
        all.sort_unstable();
        all.dedup();
    }
    join(&mut all.regions, more.regions);
    join(&mut all.layers, more.layers);
    join(&mut all.adjustments, more.adjustments);
    join(&mut all.relations, more.relations);
    join(&mut all.questions, more.questions);
    join(&mut all.runs, more.runs);
    all.everything |= more.everything;
    all
}

fn ground(project: &Project, regions: &[RegionId]) -> Option<WorldRect> {
    regions.iter().filter_map(|id| project.region(*id)?.bounds()).reduce(union)
}

/// The one layer that an edit is about.
fn layer_of(edit: &Edit) -> Option<project::LayerId> {
    match edit {
        Edit::Layer(change) => Some(change.id),
        Edit::Batch { edits, .. } => edits.iter().find_map(layer_of),
        _ => None,
    }
}
