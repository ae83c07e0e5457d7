//! What models propose, judged one by one and at once.

use std::path::Path;

use editing::{ModelCommand, Selection};
use jobs::{Job, JobContext, JobFailure, Priority};
use project::RegionId;
use query::ProposalOrder;

use super::models::Queued;
use crate::frame::Program;
use crate::proposing::{ProposalAsk, QueueKey, queue_of};

impl Program {
    pub(super) fn proposal(&mut self, ask: ProposalAsk) {
        let queue = &mut self.state.models.queue;
        match ask {
            ProposalAsk::Order(order) => queue.order = order,
            ProposalAsk::Query(query) => queue.query = query,
            ProposalAsk::Bulk(bulk) => queue.bulk = bulk,
            ProposalAsk::Go(region) => self.look_at_proposal(region),
            ProposalAsk::AcceptBulk => self.accept_bulk(),
            ProposalAsk::RejectBulk => self.reject_bulk(),
        }
    }

    /// Judges the prediction that is looked at and goes on to the next; where the map shows something else, it goes there
    /// first, so that nothing is judged unseen.
    pub(super) fn run_proposal(&mut self, command: ModelCommand) {
        let queue = &self.state.models.queue;
        let Some(current) = queue.looked_at().map(|one| one.region).or_else(|| queue.neighbour(None, false))
        else {
            return;
        };
        let seen = *self.state.selected() == [current];
        match command {
            ModelCommand::Next | ModelCommand::Previous if seen => {
                let back = command == ModelCommand::Previous;
                let next = queue.neighbour(Some(current), back);
                self.look_at_proposal(next.unwrap_or(current));
            }
            _ if !seen => self.look_at_proposal(current),
            ModelCommand::Accept => self.accept_proposal(current),
            ModelCommand::Reject => self.reject_proposals(&[current]),
            ModelCommand::Class(digit) => self.class_digit(digit),
            _ => {}
        }
    }

    fn look_at_proposal(&mut self, region: RegionId) {
        let queue = &mut self.state.models.queue;
        (queue.current, queue.reveal) = (Some(region), 2);
        self.visit(region);
    }

    fn accept_proposal(&mut self, region: RegionId) {
        let Some(project) = self.state.content() else { return };
        let Some(class) = project.prediction_of(region).map(|(_, label)| label.class.clone()) else { return };
        if project.label_of(region).is_some() {
            // A person says otherwise; whoever looks at it now says so with a label of their own.
            self.set_class(&class);
            return;
        }
        if self.accept_regions(&[region]) {
            self.proposal_is_judged();
        }
    }

    fn accept_regions(&mut self, regions: &[RegionId]) -> bool {
        let (author, at_ms) = (self.state.author(), self.state.now_ms);
        let Some(open) = &mut self.state.project else { return false };
        let mut ids = open.session.ids(at_ms).clone();
        let project = open.session.project();
        let edit = editing::accept_predictions_edit(project, &mut ids, regions, &author, at_ms);
        *open.session.ids(at_ms) = ids;
        edit.is_some_and(|edit| self.apply(edit))
    }

    fn reject_proposals(&mut self, regions: &[RegionId]) {
        let edit = self.state.content().and_then(|p| editing::reject_predictions_edit(p, regions));
        if !edit.is_some_and(|edit| self.apply(edit)) {
            return;
        }
        if let [one] = regions {
            self.go_on_from(*one);
        }
    }

    /// The selected region was judged by whoever looks at it: on to the next prediction.
    pub(super) fn proposal_is_judged(&mut self) {
        let current = self.state.models.queue.current;
        let Some(region) = current.filter(|id| *self.state.selected() == [*id]) else { return };
        self.state.models.queue.decide(region);
        self.go_on_from(region);
    }

    fn go_on_from(&mut self, region: RegionId) {
        if let Some(next) = self.state.models.queue.neighbour(Some(region), false) {
            self.look_at_proposal(next);
        } else {
            self.state.models.queue.current = None;
            self.select(Selection::default());
            self.state.notices.done("Every prediction of this list is judged.");
        }
    }

    fn accept_bulk(&mut self) {
        let taken = self.state.models.queue.taken();
        if self.accept_regions(&taken) {
            let count = crate::format::count(taken.len(), "prediction is", "predictions are");
            self.state.notices.done(format!("{count} accepted. Undo takes it back at once."));
        }
    }

    fn reject_bulk(&mut self) {
        let taken = self.state.models.queue.taken();
        let count = crate::format::count(taken.len(), "prediction is", "predictions are");
        let edit = self.state.content().and_then(|p| editing::reject_predictions_edit(p, &taken));
        if edit.is_some_and(|edit| self.apply(edit)) {
            self.state.notices.done(format!("{count} rejected. Undo takes it back at once."));
        }
    }

    /// Puts what waits in order anew where that is due, and takes what was found.
    pub(super) fn plan_proposals(&mut self, path: &Path) {
        if let Some(result) = self.models_work.queueing.as_ref().and_then(Job::poll) {
            self.models_work.queueing = None;
            match result {
                Ok((key, found)) => self.state.models.queue.receive(key, found),
                Err(failure) => self.job_failed(&failure),
            }
            self.ctx.request_repaint();
        }
        let member = self.state.author();
        let queue = &mut self.state.models.queue;
        queue.reveal = queue.reveal.saturating_sub(1);
        queue.look_ahead();
        let key = QueueKey { path: path.to_owned(), order: queue.order, query: queue.query.clone(), member };
        if self.models_work.queueing.is_some() || !queue.is_due(&key) {
            return;
        }
        let Some(project) = self.state.content().cloned() else { return };
        let title = match key.order {
            ProposalOrder::Diversity => "Spread predictions out",
            _ => "Put predictions in order",
        };
        let find = move |_: &JobContext| -> Result<Queued, JobFailure> {
            let found = queue_of(&project, &key);
            Ok((key, found))
        };
        self.models_work.queueing = Some(self.jobs.spawn(Priority::Normal, title, find));
    }
}
