//! Remarks, rules, and outlines that go with verdicts.

use std::path::Path;
use std::sync::Arc;

use editing::{Selection, ToolKind, ViewCommand, Workspace};
use project::assignment::Known;
use project::remark::{Pin, Remark, RemarkKind, reading};
use project::review::{Outline, Rule};
use project::{AssignmentId, Change, Edit, RegionId, RemarkId, Settings};

use crate::committee::CommitteeAsk;
use crate::frame::Program;
use crate::notice::Tone;
use crate::outbox::CameraMove;
use crate::work::Purpose;
use crate::workspaces::review::ghosts;

/// Bytes of a file of rules.
const LARGEST: u64 = 1 << 20;

impl Program {
    pub(super) fn committee(&mut self, ask: CommitteeAsk) {
        match ask {
            CommitteeAsk::Say { on, text } => self.remark(RemarkKind::Open { on, text }, Some(on)),
            CommitteeAsk::Reply { thread, text } => {
                let member = self.state.author();
                let on = self.state.content().and_then(|p| p.thread(thread, &member)).map(|thread| thread.on);
                self.remark(RemarkKind::Reply { thread, text }, on);
            }
            CommitteeAsk::Resolve { thread, resolved } => {
                self.remark(RemarkKind::Resolve { thread, resolved }, None);
            }
            CommitteeAsk::Heard(remarks) => self.heard(remarks),
            CommitteeAsk::Show(Pin::Region(case)) if self.state.workspace == Workspace::Review => {
                self.put_on_card(case, true);
            }
            CommitteeAsk::Show(Pin::Region(case)) => self.visit(case),
            CommitteeAsk::Show(Pin::Place([x, y])) => {
                self.move_camera(CameraMove::Center(spatial::WorldPoint { x, y }));
            }
            CommitteeAsk::Rule(rule) => self.set_rule(*rule),
            CommitteeAsk::ImportRules => self.ask_for_file(Purpose::ImportRules),
            CommitteeAsk::ExportRules => self.ask_for_file(Purpose::ExportRules),
            CommitteeAsk::Form(form) => {
                if form.is_none() {
                    self.stop_dealing();
                }
                self.state.committee.form = form;
            }
            CommitteeAsk::HandOut => self.hand_out(),
            CommitteeAsk::ChooseKnown => self.ask_for_file(Purpose::KnownCases),
            CommitteeAsk::Release(id) => {
                let now = self.state.now_ms;
                self.change_assignment(id, |before| {
                    Some(project::assignment::Assignment { release_ms: Some(now), ..before.clone() })
                });
            }
            CommitteeAsk::TakeBack(id) => self.change_assignment(id, |_| None),
            CommitteeAsk::DropOutline => self.state.committee.outline = None,
        }
    }

    fn remark(&mut self, kind: RemarkKind, on: Option<Pin>) {
        let (member, at_ms) = (self.state.author(), self.state.now_ms);
        let Some(open) = &mut self.state.project else { return };
        let blind = on.is_some_and(|on| open.session.project().is_blind(&on));
        let id = open.session.ids(at_ms).remark();
        let remark = Remark { id, member, at_ms: Some(at_ms), kind, blind };
        self.keep_remark(remark);
    }

    /// False when it was refused.
    fn keep_remark(&mut self, remark: Remark) -> bool {
        let at_ms = self.state.now_ms;
        let Some(open) = &mut self.state.project else { return false };
        match open.session.remark(at_ms, remark) {
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

    fn heard(&mut self, remarks: Vec<RemarkId>) {
        let waiting: Vec<RemarkId> = {
            let Some(project) = self.state.content() else { return };
            let unheard: Vec<RemarkId> =
                project.unheard(&self.state.author()).iter().map(|one| one.id).collect();
            remarks.into_iter().filter(|id| unheard.contains(id)).collect()
        };
        if !waiting.is_empty() && self.state.read_only().is_none() {
            self.remark(RemarkKind::Read { votes: Vec::new(), remarks: waiting }, None);
        }
    }

    /// Says that the member has read why a case came back to them. Nothing is written where nothing is unread.
    pub(super) fn keep_reading(&mut self, case: RegionId) {
        let (member, at_ms) = (self.state.author(), self.state.now_ms);
        if self.state.read_only().is_some() {
            return;
        }
        let Some(open) = &mut self.state.project else { return };
        if open.session.project().unread(&member, case).is_empty() {
            return;
        }
        let id = open.session.ids(at_ms).remark();
        if let Some(remark) = reading(open.session.project(), id, &member, case, at_ms) {
            self.keep_remark(remark);
        }
    }

    pub(super) fn leads(&mut self) -> bool {
        let author = self.state.author();
        let leads = self.state.content().is_some_and(|project| project.may_manage(&author));
        if !leads {
            let text =
                format!("{author} does not lead this project: its lead hands work out and sets the rules.");
            self.state.notices.tell(Tone::Info, text, "");
        }
        leads
    }

    fn set_rule(&mut self, rule: Rule) {
        if !self.leads() {
            return;
        }
        let Some(project) = self.state.content() else { return };
        let before = project.settings().clone();
        if before.rule != rule {
            let after = Settings { rule, ..before.clone() };
            self.apply(Edit::Settings(Change::replace((), before, after)));
        }
    }

    /// Takes the rules of a file over.
    pub(super) fn import_rules(&mut self, path: &Path) {
        let read = || -> Result<String, String> {
            let size = std::fs::metadata(path).map_err(|e| e.to_string())?.len();
            if size > LARGEST {
                return Err("the file is larger than 1 MiB, which no rules are".to_owned());
            }
            std::fs::read_to_string(path).map_err(|e| e.to_string())
        };
        let Some(rule) = self.state.content().map(|project| project.settings().rule.clone()) else { return };
        match read().and_then(|text| rule.with_toml(&text)) {
            Ok(rule) => self.set_rule(rule),
            Err(why) => {
                let text = format!("The rules of {} cannot be used: {why}.", path.display());
                self.state.notices.problem(text, "docs/review.md lists every rule.");
            }
        }
    }

    /// Writes the rules to a file.
    pub(super) fn export_rules(&mut self, path: &Path) {
        let Some(project) = self.state.content() else { return };
        match std::fs::write(path, project.settings().rule.to_toml()) {
            Ok(()) => self.state.notices.done(format!("Saved {}.", path.display())),
            Err(error) => {
                let text = format!("The rules cannot be saved as {}: {error}.", path.display());
                self.state.notices.problem(text, "Choose another place.");
            }
        }
    }

    fn change_assignment(
        &mut self,
        id: AssignmentId,
        to: impl FnOnce(&project::assignment::Assignment) -> Option<project::assignment::Assignment>,
    ) {
        if !self.leads() {
            return;
        }
        let Some(before) = self.state.content().and_then(|p| p.assignments().get(&id)).cloned() else {
            return;
        };
        let after = to(&before).map(Arc::new);
        self.apply(Edit::Assignment(Change { id, before: Some(before), after }));
    }

    /// The answers that this computer's lead knows of the open project, read once.
    pub(super) fn known(&mut self) -> Arc<Known> {
        let Some(open) = &self.state.project else { return Arc::default() };
        let path = open.session.path().to_owned();
        if let Some((of, known)) = &self.state.committee.known
            && *of == path
        {
            return Arc::clone(known);
        }
        // What cannot be read is no reason not to work: the command line says what is wrong with it.
        let known = Arc::new(open.session.known().unwrap_or_default());
        self.state.committee.known = Some((path, Arc::clone(&known)));
        known
    }

    /// Goes to the map to draw the outline of the case on the card as the member sees it.
    pub(super) fn draw_outline(&mut self) {
        let Some(case) = self.state.review.case() else { return };
        self.run_view(ViewCommand::Show(Workspace::Annotate));
        self.select(Selection::one(case));
        self.arm(ToolKind::Polygon);
        self.state.committee.drawing = Some(case);
        let text = "Draw the outline as you see it, around the whole object. It goes with your verdict; the region stays.";
        self.state.notices.tell(Tone::Info, text, "");
    }

    /// Takes what was drawn as the outline that goes with the next verdict; the edit that it would have been otherwise is
    /// given back where no outline is wanted.
    pub(super) fn take_outline(&mut self, edit: Edit) -> Option<Edit> {
        let Some(case) = self.state.committee.drawing else { return Some(edit) };
        let mut drawn = None;
        edit.each(&mut |one| {
            if let Edit::Region(Change { before: None, after: Some(region), .. }) = one {
                drawn = Some(region.geometry.clone());
            }
        });
        let Some(geometry) = drawn else { return Some(edit) };
        self.state.committee.drawing = None;
        // Where arrows move what is shown, it is taken back to where the region is drawn.
        let shown = self.state.shown().and_then(|project| project.region(case));
        let drawn = self.state.content().and_then(|project| project.region(case));
        let geometry = match shown.zip(drawn) {
            Some((shown, drawn)) => ghosts::placed(&geometry, &shown.geometry, &drawn.geometry),
            None => geometry,
        };
        self.state.committee.outline = Some((case, Arc::new(Outline { geometry })));
        self.select(Selection::default());
        self.run_view(ViewCommand::Show(Workspace::Review));
        self.put_on_card(case, false);
        None
    }
}
