//! Questions: written, cited, answered blind, drafted, read and written.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use editing::{Pane, QuestionCommand};
use jobs::{Job, JobContext, Priority};
use project::question::{Answer, Evidence, QuestionKind, QuestionVote, Said, View};
use project::review::Stage;
use project::{Change, Edit, Question, QuestionId};
use questions::{Content, Evaluation, Form, Ground, Template, plan_questions};
use spatial::WorldRect;

use super::inquiry::InquiryWork;
use super::interview::InterviewWork;
use super::question_check::CheckWork;
use crate::asking::{Desk, QuestionAsk, Timer};
use crate::frame::Program;
use crate::notice::Tone;
use crate::outbox::CameraMove;

/// What is being done with questions beside the window.
#[derive(Debug, Default)]
pub(crate) struct QuestionsWork {
    reading: Option<Job<(PathBuf, Content)>>,
    drafting: Option<Job<Vec<Question>>>,
    scoring: Option<Job<Evaluation>>,
    pub(super) inquiry: InquiryWork,
    pub(super) interview: InterviewWork,
    pub(super) check: CheckWork,
}

impl QuestionsWork {
    pub(crate) fn is_busy(&self) -> bool {
        self.reading.is_some()
            || self.drafting.is_some()
            || self.scoring.is_some()
            || self.inquiry.is_busy()
            || self.interview.is_busy()
            || self.check.is_busy()
    }
}

impl Program {
    pub(super) fn run_question(&mut self, command: QuestionCommand) {
        if command != QuestionCommand::Offline && self.state.workspace != editing::Workspace::Questions {
            self.change_workspace(editing::Workspace::Questions);
        }
        match command {
            QuestionCommand::New => self.new_question(),
            QuestionCommand::Save => {
                if self.keep_question() {
                    self.state.notices.done("Saved.");
                }
            }
            QuestionCommand::Next => self.go_in_list(1),
            QuestionCommand::Previous => self.go_in_list(-1),
            QuestionCommand::Delete => self.delete_question(),
            QuestionCommand::CiteView => {
                let view = self.view_on_map();
                self.cite(Evidence::View(view));
            }
            QuestionCommand::CiteSelection => {
                for region in self.state.selected().to_vec() {
                    self.cite(Evidence::Region(region));
                }
            }
            QuestionCommand::CitePicture => self.cite_picture(),
            QuestionCommand::Ask => self.show_inquiry(),
            QuestionCommand::Offline => self.work_offline(!self.state.preferences.offline),
            QuestionCommand::Draft => {
                self.state.asking.drafting.get_or_insert_default();
                self.show_pane(Pane::Questions);
            }
            QuestionCommand::Import => self.ask_for_file(crate::work::Purpose::ImportQuestions),
            QuestionCommand::Export => self.ask_for_file(crate::work::Purpose::ExportQuestions(Form::Jsonl)),
        }
    }

    pub(super) fn question(&mut self, ask: QuestionAsk) {
        let desk = &mut self.state.asking;
        match ask {
            QuestionAsk::Filter(filter) => {
                desk.filter = filter;
                desk.found = desk.index.find(&desk.filter);
            }
            QuestionAsk::Choose(id) => {
                if self.keep_question() {
                    self.open_question(id);
                }
            }
            QuestionAsk::Edit(question) => desk.draft = Some(*question),
            QuestionAsk::Discard => {
                desk.draft = desk.before.as_deref().cloned();
                (desk.own, desk.reason) = (None, String::new());
            }
            QuestionAsk::Cite(evidence) => self.cite(evidence),
            QuestionAsk::Show(place) => self.show_evidence(place),
            QuestionAsk::Describe => self.describe_view(),
            QuestionAsk::MiddleOfMap => self.answer_with_middle(),
            QuestionAsk::SelectionIsAnswer => {
                let selected = self.state.selected().to_vec();
                self.answer(Answer::regions(selected));
            }
            QuestionAsk::Own(answer) => desk.own = answer,
            QuestionAsk::Reason(reason) => desk.reason = reason,
            QuestionAsk::Vote(said) => self.vote_on_question(said),
            QuestionAsk::Timer(how) => desk.timer = how.map(|how| Timer { how, since: None }),
            QuestionAsk::Drafting(drafting) => desk.drafting = drafting,
            QuestionAsk::DraftNow => self.draft_questions(),
            QuestionAsk::Export(form) => self.ask_for_file(crate::work::Purpose::ExportQuestions(form)),
        }
    }

    /// Follows the journal: the index, the list, and the question in the editor where nobody has changed it.
    pub(crate) fn plan_questions(&mut self) {
        self.receive_questions();
        self.plan_desk();
        self.plan_inquiry();
        self.plan_check();
        self.plan_scores();
        let questions = self.state.workspace == editing::Workspace::Questions;
        let seen = questions && self.state.arrangement().is_open(Pane::Scores);
        self.plan_interview(seen);
    }

    /// Scores the models anew, beside the window, while somebody looks and something has changed.
    fn plan_scores(&mut self) {
        if let Some(result) = self.questions_work.scoring.as_ref().and_then(Job::poll) {
            self.questions_work.scoring = None;
            match result {
                Ok(evaluation) => self.state.asking.evaluation = Some(Arc::new(evaluation)),
                Err(failure) => self.job_failed(&failure),
            }
        }
        let seen = self.state.workspace == editing::Workspace::Questions
            && self.state.arrangement().is_open(Pane::Scores);
        let Some(open) = self.state.project.as_ref().filter(|_| seen) else { return };
        let now = (open.session.history().last_seq(), open.session.history().retractions());
        if self.state.asking.evaluated == Some(now) || self.questions_work.scoring.is_some() {
            return;
        }
        let project = open.session.project().clone();
        self.state.asking.evaluated = Some(now);
        let body = move |_: &JobContext| -> Result<Evaluation, jobs::JobFailure> {
            Ok(questions::evaluate(&project, &[]))
        };
        self.questions_work.scoring = Some(self.jobs.spawn(Priority::Normal, "Score the models", body));
    }

    fn plan_desk(&mut self) {
        self.state.asking.reveal = self.state.asking.reveal.saturating_sub(1);
        let Some(open) = &self.state.project else {
            if self.state.asking.of.is_some() {
                self.state.asking = Desk::default();
            }
            return;
        };
        let history = open.session.history();
        let key = (open.session.path().to_owned(), history.last_seq(), history.retractions());
        let desk = &mut self.state.asking;
        if desk.of.as_ref() == Some(&key) {
            return;
        }
        if desk.of.as_ref().is_none_or(|(path, ..)| *path != key.0) {
            *desk = Desk::default();
        }
        let project = open.session.project();
        desk.index.renew(project);
        desk.found = desk.index.find(&desk.filter);
        desk.categories = desk.index.categories();
        desk.of = Some(key);
        let Some(chosen) = desk.chosen else { return };
        let now = project.questions().get(&chosen);
        if now.map(Arc::as_ptr) == desk.before.as_ref().map(Arc::as_ptr) || desk.is_changed() {
            return;
        }
        desk.before = now.cloned();
        desk.draft = now.map(|question| (**question).clone());
        if now.is_none() {
            desk.chosen = None;
        }
    }

    fn open_question(&mut self, id: QuestionId) {
        let held = self.state.content().and_then(|project| project.questions().get(&id).cloned());
        let desk = &mut self.state.asking;
        desk.chosen = held.is_some().then_some(id);
        desk.draft = held.as_deref().cloned();
        desk.before = held;
        (desk.own, desk.reason, desk.reveal) = (None, String::new(), 2);
    }

    fn new_question(&mut self) {
        if !self.keep_question() {
            return;
        }
        let author = self.state.author();
        let desk = &mut self.state.asking;
        let kind = desk.draft.as_ref().map_or(QuestionKind::SingleChoice, |question| question.kind);
        let mut question = Question::new("", kind, author);
        if matches!(kind, QuestionKind::SingleChoice | QuestionKind::MultipleChoice) {
            question.options = vec![String::new(), String::new()];
        }
        if let Some(category) = &desk.filter.category {
            question.category.clone_from(category);
        }
        (desk.chosen, desk.before, desk.draft) = (None, None, Some(question));
        if let Some(timer) = &mut desk.timer {
            timer.since = Some(self.state.attention.active());
        }
        (desk.own, desk.reason) = (None, String::new());
        self.show_pane(Pane::Question);
    }

    /// Keeps what was changed in the editor; false where the project does not take it.
    pub(crate) fn keep_question(&mut self) -> bool {
        if !self.state.asking.is_changed() {
            return true;
        }
        let (author, at_ms) = (self.state.author(), self.state.now_ms);
        let Some(mut after) = self.state.asking.draft.clone() else { return true };
        let before = self.state.asking.before.clone();
        // Who takes a proposal over stands for it from then on.
        if after.author.is_model() || after.author.name().is_empty() {
            after.author = author;
        }
        after.at_ms = Some(at_ms);
        self.note_time(&mut after);
        after.text = String::from(after.text.trim());
        let Some(open) = &mut self.state.project else { return false };
        let id = self.state.asking.chosen.unwrap_or_else(|| open.session.ids(at_ms).question());
        let after = Arc::new(after);
        let change = Change { id, before, after: Some(Arc::clone(&after)) };
        if !self.apply(Edit::Question(change)) {
            return false;
        }
        let desk = &mut self.state.asking;
        (desk.chosen, desk.draft, desk.before) = (Some(id), Some((*after).clone()), Some(after));
        true
    }

    /// What a timed question took; what is changed in it later is not timed.
    fn note_time(&mut self, question: &mut Question) {
        let attention = &self.state.attention;
        let Some(timer) = self.state.asking.timer.as_mut().filter(|_| self.state.asking.before.is_none())
        else {
            return;
        };
        if let Some(since) = timer.since.take() {
            (question.seconds, question.timed) = (Some(attention.seconds_since(since)), Some(timer.how));
        }
    }

    fn delete_question(&mut self) {
        let desk = &mut self.state.asking;
        let Some((id, before)) = desk.chosen.zip(desk.before.clone()) else {
            // It was never kept.
            (desk.draft, desk.chosen) = (None, None);
            return;
        };
        let next = desk
            .place()
            .and_then(|place| desk.found.get(place + 1).or(desk.found.get(place.checked_sub(1)?)));
        let next = next.copied();
        let after = Question { deleted: !before.deleted, ..(*before).clone() };
        if self.apply(Edit::Question(Change::replace(id, before, after))) {
            self.plan_questions();
            if let Some(next) = next {
                self.open_question(next);
            } else {
                (self.state.asking.draft, self.state.asking.chosen) = (None, None);
            }
        }
    }

    fn go_in_list(&mut self, by: isize) {
        if !self.keep_question() {
            return;
        }
        self.plan_questions();
        let desk = &self.state.asking;
        let to = match desk.place() {
            Some(place) => place.checked_add_signed(by),
            None => Some(0),
        };
        match to.and_then(|to| desk.found.get(to).copied()) {
            Some(next) => self.open_question(next),
            None => self.state.notices.done("This is the end of the list."),
        }
    }

    /// Opens what stands at a place of the list now, or the last before it.
    pub(super) fn go_to_place(&mut self, place: Option<usize>) {
        let found = &self.state.asking.found;
        let next = place.and_then(|place| found.get(place).or(found.last())).copied();
        if let Some(next) = next {
            self.open_question(next);
        } else {
            (self.state.asking.draft, self.state.asking.chosen) = (None, None);
            self.state.asking.before = None;
        }
    }

    fn cite(&mut self, evidence: Evidence) {
        let Some(draft) = &mut self.state.asking.draft else { return };
        if !draft.evidence.contains(&evidence) {
            draft.evidence.push(evidence);
        }
    }

    pub(super) fn view_on_map(&self) -> View {
        let rect = self.state.camera.bounds();
        let (min, max) = (rect.min(), rect.max());
        let shown = |id: &project::LayerId| self.state.layers.get(id).is_none_or(|layer| layer.visible);
        let layers = self.state.content().map(project::Project::layers_in_order).unwrap_or_default();
        let layers = layers.into_iter().map(|(id, _)| id).filter(shown).collect();
        View { bounds: [min.x, min.y, max.x, max.y], layers }
    }

    fn show_evidence(&mut self, place: usize) {
        let Some(evidence) = self.state.asking.draft.as_ref().and_then(|draft| draft.evidence.get(place))
        else {
            return;
        };
        match evidence {
            Evidence::View(view) => {
                let [left, bottom, right, top] = view.bounds;
                self.move_camera(CameraMove::Fit(WorldRect::new((left, bottom), (right, top))));
            }
            Evidence::Region(region) => {
                let region = *region;
                self.visit(region);
            }
            _ => {}
        }
    }

    /// The context of the question says what the map shows.
    fn describe_view(&mut self) {
        let cited = self.state.asking.draft.iter().flat_map(|draft| &draft.evidence);
        let mut cited =
            cited.filter_map(|one| if let Evidence::View(view) = one { Some(view.bounds) } else { None });
        let view = cited.next_back().unwrap_or_else(|| self.view_on_map().bounds);
        let Some(project) = self.state.content() else { return };
        let text = Ground::of(project, false).describe(view);
        if let Some(draft) = &mut self.state.asking.draft {
            draft.context.text = text;
        }
    }

    fn answer_with_middle(&mut self) {
        if let Some(place) = self.middle_of_map() {
            self.answer(Answer::Place(place));
        }
    }

    /// An answer that was taken from the map: the question's own, or that of a member who answers blind.
    fn answer(&mut self, answer: Answer) {
        if crate::panels::questions::is_blind(&self.state) {
            self.state.asking.own = Some(answer);
        } else if let Some(draft) = &mut self.state.asking.draft {
            draft.answer = Some(answer);
        }
    }

    fn vote_on_question(&mut self, said: Said) {
        let (member, at_ms) = (self.state.author(), self.state.now_ms);
        let note = std::mem::take(&mut self.state.asking.reason);
        let Some((question, held)) = self.state.asking.chosen.zip(self.state.asking.before.clone()) else {
            return;
        };
        let Some(open) = &mut self.state.project else { return };
        let state = open.session.project().question_outcome(question).state;
        let disputed = matches!(
            state,
            project::review::ReviewState::Disputed
                | project::review::ReviewState::StageTwo
                | project::review::ReviewState::Returned
        );
        let vote = QuestionVote {
            id: open.session.ids(at_ms).vote(),
            question,
            asked: held.asked(),
            member,
            stage: match state {
                project::review::ReviewState::Tied => Stage::Lead,
                _ if disputed => Stage::Two,
                _ => Stage::One,
            },
            said,
            note,
            seconds: None,
            at_ms: Some(at_ms),
        };
        match open.session.question_votes(at_ms, [vote]) {
            Ok(touched) => {
                self.after(&touched);
                self.state.asking.own = None;
            }
            Err(error) => self.refused(&error),
        }
    }

    fn draft_questions(&mut self) {
        let Some(drafting) = self.state.asking.drafting.clone() else { return };
        let Some(project) = self.state.content().cloned() else { return };
        let author = self.state.author();
        let body = move |_: &JobContext| -> Result<Vec<Question>, jobs::JobFailure> {
            let ground = Ground::of(&project, drafting.accepted);
            let one = drafting.template.map(|template| [template]);
            let templates: &[Template] = one.as_ref().map_or(&Template::ALL, |one| one);
            let count = drafting.count as usize;
            Ok(questions::draft(&project, &ground, templates, count, drafting.seed, &author))
        };
        self.questions_work.drafting = Some(self.jobs.spawn(Priority::Normal, "Draft questions", body));
    }

    /// Reads a file of questions beside the window.
    pub(crate) fn import_questions(&mut self, path: PathBuf) {
        let author = self.state.author();
        let title = format!("Read questions of {}", crate::work::file_name(&path));
        let body = move |_: &JobContext| -> Result<(PathBuf, Content), jobs::JobFailure> {
            let size = std::fs::metadata(&path)?.len();
            if size > questions::MOST_BYTES {
                return Err(questions::ExchangeError::TooLarge { bytes: size }.into());
            }
            let content = questions::read(&std::fs::read(&path)?, None, &author)?;
            Ok((path, content))
        };
        self.questions_work.reading = Some(self.jobs.spawn(Priority::Normal, title, body));
    }

    fn receive_questions(&mut self) {
        if let Some(result) = self.questions_work.drafting.as_ref().and_then(Job::poll) {
            self.questions_work.drafting = None;
            match result {
                Ok(drafted) if drafted.is_empty() => {
                    let text = "The labels give no clear answer to any question of this kind.";
                    self.state.notices.tell(Tone::Info, text, "");
                }
                Ok(drafted) => self.take_questions(drafted, "Draft"),
                Err(failure) => self.job_failed(&failure),
            }
        }
        if let Some(result) = self.questions_work.reading.as_ref().and_then(Job::poll) {
            self.questions_work.reading = None;
            match result {
                Ok((path, content)) => self.take_content(&path, content),
                Err(failure) => self.job_failed(&failure),
            }
        }
    }

    fn take_questions(&mut self, drafted: Vec<Question>, verb: &str) {
        let at_ms = self.state.now_ms;
        let Some(open) = &mut self.state.project else { return };
        let ids = open.session.ids(at_ms);
        let edits: Vec<Edit> = drafted
            .into_iter()
            .map(|question| {
                Edit::Question(Change::create(ids.question(), Question { at_ms: Some(at_ms), ..question }))
            })
            .collect();
        let count = crate::format::count(edits.len(), "question", "questions");
        if self.apply(Edit::batch(format!("{verb} {count}"), edits)) {
            self.state.asking.drafting = None;
            self.state.notices.done(format!("{count} drafted. Each shows how its answer was computed."));
        }
    }

    fn take_content(&mut self, path: &Path, content: Content) {
        let at_ms = self.state.now_ms;
        let Some(open) = &mut self.state.project else { return };
        let mut ids = open.session.ids(at_ms).clone();
        let plan = plan_questions(open.session.project(), content, at_ms, &mut ids);
        *open.session.ids(at_ms) = ids;
        if plan.accepted > 0 && !self.apply(plan.edit) {
            return;
        }
        let name = crate::work::file_name(path);
        let mut text =
            format!("{name}: {} taken", crate::format::count(plan.accepted, "question", "questions"));
        if plan.known > 0 {
            // Writing to a string cannot fail.
            let _ = write!(text, ", {} were there already", plan.known);
        }
        match plan.rejected.first() {
            None => self.state.notices.done(format!("{text}.")),
            Some(first) => {
                let text = format!("{text}, {} left out.", plan.rejected.len());
                let why = plan.rejected.iter().take(20).map(|r| format!("Row {}: {}", r.index, r.reason));
                let why = why.collect::<Vec<_>>().join("\n");
                let tone = if plan.accepted > 0 { Tone::Warning } else { Tone::Problem };
                debug_assert!(!first.reason.is_empty());
                self.state.notices.tell(tone, text, why);
            }
        }
    }

    /// Writes the questions that the list shows.
    pub(crate) fn export_questions(&mut self, form: Form, path: &Path) {
        if !self.keep_question() {
            return;
        }
        self.plan_questions();
        let Some(project) = self.state.content() else { return };
        match questions::write(project, &self.state.asking.found, form, true) {
            Ok(written) => match std::fs::write(path, &written.bytes) {
                Ok(()) => {
                    let count = crate::format::count(written.questions, "question", "questions");
                    let text = format!("Wrote {count} to {}.", path.display());
                    match written.left_out.first() {
                        None => self.state.notices.done(text),
                        Some((_, why)) => {
                            let left = format!("{text} {} left out: {why}.", written.left_out.len());
                            self.state.notices.tell(Tone::Warning, left, "JSON lines hold every question.");
                        }
                    }
                }
                Err(error) => {
                    let text = format!("The questions cannot be written: {error}.");
                    self.state.notices.problem(text, "Choose another folder.");
                }
            },
            Err(error) => {
                self.state.notices.problem(crate::format::sentence(&error.to_string()), error.hint());
            }
        }
    }
}
