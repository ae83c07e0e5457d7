//! The grid of cards: choosing, going from card to card, and putting them in order.

use std::collections::HashMap;
use std::time::Instant;

use editing::{Key, ReviewCommand, Selection, Shortcut};
use jobs::{Job, JobContext, JobFailure, Priority};
use project::RegionId;

use crate::cards::{GridAsk, Sort, Sorted, Step, put_by_looks, put_in_order};
use crate::finder::Pick;
use crate::frame::Program;
use crate::notice::Tone;

/// An order that is being found.
pub(crate) type Sorting = Job<Sorted>;

impl Program {
    pub(super) fn grid(&mut self, ask: GridAsk) {
        let desk = &mut self.state.review;
        match ask {
            GridAsk::Open(open) => self.open_grid(open),
            GridAsk::Sort(Sort::Alike) if desk.case().is_none() => {}
            GridAsk::Sort(sort) => {
                desk.grid.sort = sort;
                desk.grid.sorted = None;
                desk.grid.like = desk.case().filter(|_| sort == Sort::Alike);
                self.review_work.sorting = None;
                self.likeness.ask_anew();
            }
            GridAsk::Side(side) => (desk.grid.side, desk.grid.fitted) = (side, side),
            GridAsk::Fitted(side) => desk.grid.fitted = side,
            GridAsk::Pick(case, pick) => {
                desk.grid.chosen = desk.picked(case, pick);
                self.put_on_card(case, false);
            }
            GridAsk::Show(case) => {
                self.put_on_card(case, true);
                self.open_grid(false);
            }
            GridAsk::Looked(looked, across) => (desk.grid.looked, desk.grid.across) = (looked, across),
        }
    }

    pub(super) fn open_grid(&mut self, open: bool) {
        let desk = &mut self.state.review;
        desk.grid.open = open;
        desk.grid.chosen = Selection::default();
        desk.framed = None;
        // Time with many cards is not time with one.
        desk.case = desk.case.map(|(case, _)| (case, Instant::now()));
    }

    /// Arrows go from card to card, Space chooses, Enter opens. True when the key was one of these.
    pub(crate) fn walks_grid(&mut self, shortcut: Shortcut) -> bool {
        let desk = &self.state.review;
        if !self.state.is_reviewing() || !desk.grid.open || desk.count() == 0 {
            return false;
        }
        let held = shortcut.modifiers;
        if held.ctrl || held.alt {
            return false;
        }
        let step = match shortcut.key {
            Key::Left => Step::Left,
            Key::Right => Step::Right,
            Key::Up => Step::Up,
            Key::Down => Step::Down,
            Key::Space => {
                if let Some(case) = desk.case() {
                    self.grid(GridAsk::Pick(case, Pick::Toggle));
                }
                return true;
            }
            Key::Enter => {
                if let Some(case) = desk.case() {
                    self.grid(GridAsk::Show(case));
                }
                return true;
            }
            Key::Escape if !desk.grid.chosen.is_empty() => {
                self.state.review.grid.chosen = Selection::default();
                return true;
            }
            _ => return false,
        };
        let to = desk.step(step).or_else(|| desk.at(0).filter(|_| desk.place().is_none()));
        if let Some(case) = to {
            if held.shift {
                self.grid(GridAsk::Pick(case, Pick::UpTo));
            } else {
                self.state.review.grid.chosen = Selection::default();
                self.put_on_card(case, false);
            }
        }
        true
    }

    /// Starts finding the order that the grid is to have.
    pub(super) fn plan_grid(&mut self) {
        let Some(open) = &self.state.project else { return };
        let desk = &self.state.review;
        let known =
            |sorted: &Sorted| sorted.sort == desk.grid.sort && sorted.list == desk.list && !sorted.stale;
        let Some(order) = desk.grid.sort.order().filter(|_| desk.grid.open && desk.survey.is_some()) else {
            self.review_work.sorting = None;
            return;
        };
        if desk.grid.sorted.as_ref().is_some_and(known) || self.review_work.sorting.is_some() {
            return;
        }
        let (project, reading) = (open.session.project().clone(), std::sync::Arc::clone(&open.counts.order));
        let cases: Vec<_> = desk.listed().iter().map(|item| item.case).collect();
        let (sort, list) = (desk.grid.sort, desk.list);
        let task = move |_: &JobContext| -> Result<Sorted, JobFailure> {
            let cases = put_in_order(&project, &cases, &order, &reading);
            Ok(Sorted { sort, list, cases, stale: false, left: 0 })
        };
        self.review_work.sorting = Some(self.jobs.spawn(Priority::Visible, "Put cards in order", task));
    }

    /// What the cards of the grid are compared with, where they stand by their looks.
    pub(super) fn looks_wanted(&self) -> Option<RegionId> {
        let desk = &self.state.review;
        let open = self.state.is_reviewing() && desk.grid.open && desk.survey.is_some();
        desk.grid.like.filter(|_| open && desk.grid.sort == Sort::Alike)
    }

    /// True once every card stands where its looks put it.
    pub(super) fn looks_settled(&self) -> bool {
        let desk = &self.state.review;
        let settled =
            |one: &Sorted| (one.sort, one.list, one.left, one.stale) == (Sort::Alike, desk.list, 0, false);
        desk.grid.sorted.as_ref().is_some_and(settled)
    }

    /// Puts the grid in the order of likeness; without ranks it cannot be.
    pub(super) fn looked_like(&mut self, ranks: Option<&HashMap<RegionId, u32>>, left: usize) {
        let desk = &mut self.state.review;
        let Some(ranks) = ranks else {
            desk.grid.sort = Sort::Listed;
            let text = "No layer shows what is on this card, so nothing can be compared with it.";
            self.state.notices.tell(Tone::Info, text, "");
            return;
        };
        let cases: Vec<RegionId> = desk.listed().iter().map(|item| item.case).collect();
        let cases = put_by_looks(&cases, ranks);
        desk.grid.sorted = Some(Sorted { sort: Sort::Alike, list: desk.list, cases, stale: false, left });
        desk.follow_list();
    }

    /// Takes the order that was found.
    pub(super) fn receive_grid(&mut self) {
        let Some(result) = self.review_work.sorting.as_ref().and_then(Job::poll) else { return };
        self.review_work.sorting = None;
        match result {
            Ok(sorted) => {
                self.state.review.grid.sorted = Some(sorted);
                // A verdict may have been given meanwhile.
                self.state.review.follow_list();
                self.ctx.request_repaint();
            }
            Err(failure) => {
                self.state.review.grid.sort = Sort::Listed;
                self.job_failed(&failure);
            }
        }
    }

    /// Commands that only the grid has.
    pub(super) fn toggle_grid(&mut self) {
        self.open_grid(!self.state.review.grid.open);
    }

    /// Next and previous, in the order that is on the screen.
    pub(super) fn walk(&mut self, command: ReviewCommand) {
        self.state.review.grid.chosen = Selection::default();
        match command {
            ReviewCommand::NextCase => match self.state.review.next() {
                Some(case) => self.put_on_card(case, true),
                None => self.state.notices.done("That was the last case of the list."),
            },
            _ => {
                if let Some(case) = self.state.review.previous() {
                    self.put_on_card(case, false);
                }
            }
        }
    }
}
