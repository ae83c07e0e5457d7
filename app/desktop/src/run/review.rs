//! Verdicts, and the way from case to case.

use std::sync::Arc;
use std::time::{Duration, Instant};

use editing::{ReviewCommand, Selection, Workspace};
use jobs::{Job, JobContext, JobFailure, Priority};
use project::review::{Stage, Verdict, Vote};
use project::{ClassCode, Project, RegionId};
use spatial::Viewport;

use super::view::grown;
use crate::frame::Program;
use crate::notice::Tone;
use crate::review::{Desk, Figures, List, Moment, Prompt, Refined, ReviewAsk, Survey, SurveyKey, is_own};

/// Ground around the object on the card, as a share of its longer side.
const CONTEXT: f64 = 0.5;
/// Projects with more regions are counted anew at most this often while votes are cast.
const LARGE: usize = 10_000;
const PAUSE: Duration = Duration::from_secs(3);

/// What is being computed for the review.
#[derive(Debug, Default)]
pub(crate) struct ReviewWork {
    survey: Option<(SurveyKey, Job<Survey>)>,
    figures: Option<Job<Figures>>,
    refined: Option<Job<Refined>>,
    /// When either was last asked for.
    asked: Option<Instant>,
}

impl ReviewWork {
    pub(crate) fn is_busy(&self) -> bool {
        self.survey.is_some() || self.figures.is_some() || self.refined.is_some()
    }
}

impl Program {
    pub(super) fn run_review(&mut self, command: ReviewCommand) {
        match command {
            ReviewCommand::Vote(Verdict::Accept) => self.accept(),
            ReviewCommand::Vote(Verdict::Reject) => {
                self.state.review.prompt = Some(Prompt::Reason(String::new()));
            }
            ReviewCommand::Vote(Verdict::Edit) => {
                self.state.review.prompt = Some(Prompt::Class(String::new()));
            }
            ReviewCommand::Vote(Verdict::Abstain) => {
                let class = self.label_class();
                self.cast(Verdict::Abstain, class, "");
            }
            ReviewCommand::Vote(verdict @ (Verdict::Undetermined | Verdict::BadImagery)) => {
                self.cast(verdict, None, "");
            }
            ReviewCommand::Outline => self.draw_outline(),
            ReviewCommand::VoteClass(digit) => {
                let schema = self.state.content().and_then(Project::schema);
                let class = schema.and_then(|s| s.class_for_digit(digit)).map(|c| c.code.clone());
                if let Some(class) = class {
                    self.vote_class(class);
                } else {
                    let text = format!("No class has the digit {digit}.");
                    self.state.notices.tell(Tone::Info, text, "");
                }
            }
            ReviewCommand::NextCase => match self.state.review.next() {
                Some(case) => self.put_on_card(case, true),
                None => self.state.notices.done("That was the last case of the list."),
            },
            ReviewCommand::PreviousCase => {
                if let Some(case) = self.state.review.previous() {
                    self.put_on_card(case, false);
                }
            }
        }
    }

    pub(super) fn review(&mut self, ask: ReviewAsk) {
        let desk = &mut self.state.review;
        match ask {
            ReviewAsk::Stage(stage) if stage == desk.stage => {}
            ReviewAsk::Stage(stage) => {
                *desk = Desk { stage, figures: desk.figures.take(), ..Desk::default() };
            }
            ReviewAsk::List(list) => {
                desk.list = list;
                desk.trail.clear();
                if let Some(first) = desk.listed().first().map(|i| i.case).filter(|_| desk.place().is_none())
                {
                    self.put_on_card(first, false);
                }
            }
            ReviewAsk::Show(case) => self.put_on_card(case, true),
            ReviewAsk::Prompt(prompt) => desk.prompt = prompt,
            ReviewAsk::Reject(reason) => {
                desk.prompt = None;
                let class = self.label_class();
                self.cast(Verdict::Reject, class, &reason);
            }
            ReviewAsk::Class(class) => {
                desk.prompt = None;
                self.vote_class(class);
            }
        }
    }

    /// The class that the case's label has now.
    fn label_class(&self) -> Option<ClassCode> {
        let case = self.state.review.case()?;
        self.state.content()?.label_of(case).map(|(_, label)| label.class.clone())
    }

    fn accept(&mut self) {
        if let Some(class) = self.label_class() {
            self.cast(Verdict::Accept, Some(class), "");
        } else {
            let text = "Nobody has labelled this object: vote for a class by its digit.";
            self.state.notices.tell(Tone::Info, text, "");
        }
    }

    /// Naming the label's own class accepts it.
    fn vote_class(&mut self, class: ClassCode) {
        let same = self.label_class().is_some_and(|label| label == class);
        let verdict = if same { Verdict::Accept } else { Verdict::Edit };
        self.cast(verdict, Some(class), "");
    }

    /// Casts the member's vote on the case on the card, and goes on to the next.
    fn cast(&mut self, verdict: Verdict, class: Option<ClassCode>, note: &str) {
        let (member, at_ms) = (self.state.author(), self.state.now_ms);
        let Some((case, since)) = self.state.review.case else { return };
        let stage = self.state.review.stage;
        let Some(open) = &mut self.state.project else { return };
        if stage == Stage::One && is_own(open.session.project(), case, &member) {
            let text = "This is your own label: somebody else reviews it at stage 1.";
            self.state.notices.tell(Tone::Info, text, "");
            return;
        }
        let before = open.session.project().outcome(case).state;
        let seconds = (since.elapsed().as_secs_f64() * 10.0).round() / 10.0;
        let id = open.session.ids(at_ms).vote();
        let vote = Vote {
            seal: None,
            shape: self.state.committee.outline_of(case).cloned(),
            id,
            case,
            member,
            stage,
            verdict,
            class,
            confidence: None,
            note: note.trim().to_owned(),
            seconds: Some(seconds),
            at_ms: Some(at_ms),
        };
        match open.session.vote(at_ms, vote) {
            Ok(touched) => self.after(&touched),
            Err(error) => {
                self.state.notices.problem(error.to_string(), error.hint().unwrap_or_default());
                return;
            }
        }
        self.state.committee.outline = None;
        let Some(open) = &mut self.state.project else { return };
        let next = self.state.review.next();
        let seq = open.session.history().last_seq();
        if let Some(survey) = &mut self.state.review.survey {
            survey.voted(open.session.project(), case, before, seq);
        }
        // Only figures of the moment before the vote can take it in.
        if let Some(figures) = self.state.review.figures.as_mut().filter(|f| f.seq + 1 == seq) {
            figures.voted(open.session.project(), case, at_ms, seq);
        }
        let desk = &mut self.state.review;
        if desk.list != List::Voted {
            // At the end of the list, what was passed over is next.
            let next = next.or_else(|| desk.listed().first().map(|i| i.case));
            if let Some(next) = next {
                self.put_on_card(next, true);
            } else {
                desk.trail.push(case);
                desk.case = None;
            }
        }
    }

    pub(super) fn put_on_card(&mut self, case: RegionId, remember: bool) {
        let desk = &mut self.state.review;
        if desk.case() == Some(case) {
            return;
        }
        if let Some(before) = desk.case().filter(|_| remember) {
            desk.trail.push(before);
        }
        desk.case = Some((case, Instant::now()));
        desk.framed = None;
        desk.prompt = None;
    }

    /// Entering, the selected region comes on the card; leaving, the case is the selection.
    pub(super) fn change_workspace(&mut self, to: Workspace) {
        let from = std::mem::replace(&mut self.state.workspace, to);
        if from == to {
            return;
        }
        if to == Workspace::Review {
            self.leave_screening();
            self.pay_wishes();
            self.tool_event(editing::ToolEvent::Cancel);
            let selected = self.state.selection.primary();
            self.select(Selection::default());
            if let Some(case) = selected {
                self.put_on_card(case, false);
            }
        } else if from == Workspace::Review
            && let Some(case) = self.state.review.case()
        {
            self.select(Selection::one(case));
        }
    }

    /// Takes what was computed.
    pub(crate) fn receive_review(&mut self) {
        if let Some(result) = self.review_work.survey.as_ref().and_then(|(_, job)| job.poll()) {
            self.review_work.survey = None;
            match result {
                Ok(survey) if Some(&survey.key) == self.survey_key().as_ref() => self.surveyed(survey),
                Ok(_) => {}
                Err(failure) => self.job_failed(&failure),
            }
        }
        if let Some(result) = self.review_work.figures.as_ref().and_then(Job::poll) {
            self.review_work.figures = None;
            match result {
                Ok(figures) => self.state.review.figures = Some(figures),
                Err(failure) => self.job_failed(&failure),
            }
        }
        if let Some(result) = self.review_work.refined.as_ref().and_then(Job::poll) {
            self.review_work.refined = None;
            match (result, &mut self.state.review.figures) {
                (Ok(refined), Some(figures)) => figures.refined = refined,
                (Ok(_), None) => {}
                (Err(failure), _) => self.job_failed(&failure),
            }
        }
    }

    fn surveyed(&mut self, survey: Survey) {
        let content = self.state.project.as_ref().map(|p| p.session.project());
        let desk = &mut self.state.review;
        desk.survey = Some(survey);
        let exists = |id: &RegionId| content.is_some_and(|p| p.region(*id).is_some());
        desk.trail.retain(exists);
        if desk.case().is_some_and(|id| !exists(&id)) {
            desk.case = None;
        }
        if desk.case.is_none()
            && let Some(first) = desk.listed().first().map(|i| i.case)
        {
            self.put_on_card(first, false);
        }
    }

    fn survey_key(&self) -> Option<SurveyKey> {
        let seq = self.state.project.as_ref()?.session.history().last_seq();
        Some(SurveyKey { seq, member: self.state.author(), stage: self.state.review.stage })
    }

    /// Asks for what the workspace needs counted, and fits the card to its case.
    pub(crate) fn plan_review(&mut self) {
        let Some(key) = self.survey_key() else {
            self.state.review = Desk::default();
            self.review_work = ReviewWork::default();
            return;
        };
        if self.state.workspace != Workspace::Review {
            return;
        }
        let desk = &mut self.state.review;
        if desk.survey.as_ref().is_some_and(|s| s.key.member != key.member) {
            *desk = Desk { stage: desk.stage, figures: desk.figures.take(), ..Desk::default() };
        }
        if desk.case.is_none()
            && let Some(first) = desk.listed().first().map(|i| i.case)
        {
            self.put_on_card(first, false);
        }
        self.plan_survey(&key);
        self.frame_case();
    }

    fn plan_survey(&mut self, key: &SurveyKey) {
        let moment = Moment { now_ms: self.state.now_ms, known: self.known() };
        let Some(open) = &self.state.project else { return };
        let desk = &self.state.review;
        let project = open.session.project();
        let large = project.regions().len() > LARGE;
        let work = &mut self.review_work;
        let survey = desk.survey.as_ref().is_none_or(|s| s.key != *key)
            && work.survey.as_ref().is_none_or(|(asked, _)| asked != key);
        let idle = work.figures.is_none() && work.refined.is_none();
        let stale = desk.figures.as_ref().is_none_or(|f| f.seq != key.seq);
        let rough = desk.figures.as_ref().is_some_and(|f| f.refined.seq != key.seq);
        let due = !large || work.asked.is_none_or(|at| at.elapsed() >= PAUSE);
        if (stale || rough) && idle && !due {
            self.ctx.request_repaint_after(PAUSE);
        }
        let count = (stale || rough) && idle && due;
        if !survey && !count {
            return;
        }
        let snapshot = Arc::new(project.clone());
        if survey {
            let (project, wanted, now_ms) = (Arc::clone(&snapshot), key.clone(), moment.now_ms);
            let count = move |_: &JobContext| -> Result<Survey, JobFailure> {
                Ok(Survey::of(&project, wanted, now_ms))
            };
            let job = self.jobs.spawn(Priority::Normal, "Gather what waits for review", count);
            work.survey = Some((key.clone(), job));
        }
        if count {
            let seq = key.seq;
            work.asked = Some(Instant::now());
            if stale {
                let count = move |_: &JobContext| -> Result<Figures, JobFailure> {
                    Ok(Figures::of(&snapshot, seq, &moment))
                };
                work.figures = Some(self.jobs.spawn(Priority::Background, "Compute agreement", count));
            } else {
                let count = move |_: &JobContext| -> Result<Refined, JobFailure> {
                    Ok(Refined::of(&snapshot, seq, &moment))
                };
                work.refined = Some(self.jobs.spawn(Priority::Background, "Resample agreement", count));
            }
        }
    }

    /// The camera shows the case with its surroundings, until the user moves it.
    fn frame_case(&mut self) {
        let Some(case) = self.state.review.case() else { return };
        let wanted = (case, self.state.camera.size_px);
        if self.state.review.framed == Some(wanted) {
            return;
        }
        let Some(bounds) = self.state.content().and_then(|p| p.region(case)?.bounds()) else { return };
        let ground = grown(bounds, bounds.width().max(bounds.height()) * CONTEXT);
        self.state.camera = Viewport::fit(ground, self.state.camera.size_px, 0.0);
        self.view_chosen = true;
        self.state.review.framed = Some(wanted);
        self.refresh_pointer();
        self.ctx.request_repaint();
    }
}
