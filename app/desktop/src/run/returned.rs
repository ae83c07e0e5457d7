//! What came back from review: going through it, and sending it back.

use std::collections::BTreeSet;

use editing::Selection;
use project::{ClassCode, Project, RegionId};

use crate::frame::Program;
use crate::journal::Names;
use crate::notice::Tone;

impl Program {
    /// Goes through what came back only, or through everything again.
    pub(super) fn toggle_only_returned(&mut self) {
        let selected = self.state.selection.primary();
        let Some(open) = &mut self.state.project else { return };
        open.returned.only = !open.returned.only;
        let (only, returned) = (open.returned.only, &open.returned);
        if only && !selected.is_some_and(|id| returned.contains(id)) {
            let order = &open.counts.order;
            if let Some(first) = order.next(selected, |id| returned.contains(id)) {
                self.visit(first);
            }
        }
    }

    /// Sends the selected case back to review with the class that it has.
    pub(super) fn send_back(&mut self) {
        let Some(id) = self.state.selection.primary() else { return };
        let class = self.state.content().and_then(|p| p.label_of(id)).map(|(_, label)| label.class.clone());
        if let Some(class) = class {
            self.answer_review(id, &class);
        }
    }

    /// True when the region is back with the member, who has now said what it is. What was said against it is
    /// read first: nothing goes back unread.
    pub(super) fn answer_review(&mut self, id: RegionId, class: &ClassCode) -> bool {
        let (author, at_ms) = (self.state.author(), self.state.now_ms);
        let seconds = self.seconds_looked(&[id]);
        let Some(open) = &mut self.state.project else { return false };
        if !open.returned.contains(id) {
            return false;
        }
        let project = open.session.project();
        if project.may_send_back(&author, id).is_err() {
            let why = why(project, Names { project, order: &open.counts.order }, id, &author);
            open.returned.mark_read(id);
            let text = format!("Read first why it came back: {why}. Then say again what it is.");
            self.state.notices.tell(Tone::Info, text, "");
            self.keep_reading(id);
            return true;
        }
        let mut ids = open.session.ids(at_ms).clone();
        let project = open.session.project();
        let edit = project::review::reply_edit(project, &mut ids, id, class, &author, at_ms, seconds);
        *open.session.ids(at_ms) = ids;
        let next = open.returned.only.then(|| {
            let other = |candidate: RegionId| candidate != id && open.returned.contains(candidate);
            open.counts.order.next(Some(id), other)
        });
        let sent = edit.is_some_and(|edit| self.apply(edit));
        if sent && let Some(next) = next {
            match next {
                Some(next) => self.visit(next),
                None => self.state.notices.done("Everything that came back is back in review."),
            }
        }
        true
    }

    /// The regions of a selection that are not labelled together with the rest: what came back is looked at one by one.
    pub(super) fn returned_among(&mut self, selection: &Selection) -> BTreeSet<RegionId> {
        let left = self.state.project.as_ref().map(|open| open.returned.among(selection)).unwrap_or_default();
        if !left.is_empty() {
            let text = match left.len() {
                1 => "One region was left as it is: it came back from review and is looked at alone."
                    .to_owned(),
                n => format!(
                    "{n} regions were left as they are: they came back from review and are looked at one by one."
                ),
            };
            self.state.notices.tell(Tone::Info, text, "");
        }
        left
    }

    /// Its reasons have been on the screen.
    pub(super) fn mark_read(&mut self, id: RegionId) {
        let selected = self.state.selection == Selection::one(id);
        if let Some(open) = self.state.project.as_mut().filter(|_| selected) {
            open.returned.mark_read(id);
            self.keep_reading(id);
        }
    }

    /// Follows the member.
    pub(crate) fn plan_returned(&mut self) {
        let member = self.state.author();
        if let Some(open) = &mut self.state.project {
            open.returned.plan(open.session.project(), &member, &open.counts.order);
        }
    }
}

/// Everything that was said against a label, in one line.
fn why(project: &Project, names: Names<'_>, id: RegionId, member: &project::Author) -> String {
    let Some(returned) = project.returned_to(member, id) else { return String::new() };
    let said = returned.votes.iter().map(|vote| {
        let verb = crate::review::verb(vote.verdict);
        let class = vote.class.as_ref().filter(|_| vote.verdict == project::review::Verdict::Edit);
        let class = class.map_or_else(String::new, |class| format!(" “{}”", names.class(class)));
        let note = if vote.note.is_empty() { String::new() } else { format!(" (“{}”)", vote.note) };
        format!("{} {verb}{class}{note}", vote.member)
    });
    said.collect::<Vec<_>>().join(", ")
}
