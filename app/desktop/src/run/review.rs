//! Verdicts, and the way from case to case.

use std::sync::Arc;
use std::time::{Duration, Instant};

use editing::{ReviewCommand, Selection, Workspace};
use jobs::{Job, JobContext, JobFailure, Priority};
use picture::cards;
use project::review::Verdict;
use project::{Project, RegionId};

use super::grid::Sorting;
use super::handing::Dealt;
use super::judging::Seen;
use super::means::Reading;
use crate::frame::Program;
use crate::notice::Tone;
use crate::paper_draft::Kind;
use crate::review::{Desk, Figures, Moment, Prompt, Refined, ReviewAsk, Survey, SurveyKey};
use crate::work::Purpose;

/// Projects with more regions are counted anew at most this often while votes are cast.
const LARGE: usize = 10_000;
const PAUSE: Duration = Duration::from_secs(3);

/// What is being computed for the review.
#[derive(Debug, Default)]
pub(crate) struct ReviewWork {
    survey: Option<(SurveyKey, Job<Survey>)>,
    figures: Option<Job<Figures>>,
    refined: Option<Job<Refined>>,
    /// The order of the grid.
    pub(super) sorting: Option<Sorting>,
    /// What the case on the card is like.
    pub(super) means: Option<Reading>,
    /// Work that is to be handed out.
    pub(super) dealing: Option<Job<Dealt>>,
    /// When either was last asked for.
    asked: Option<Instant>,
}

impl ReviewWork {
    pub(crate) fn is_busy(&self) -> bool {
        self.survey.is_some()
            || self.figures.is_some()
            || self.refined.is_some()
            || self.sorting.is_some()
            || self.dealing.is_some()
            || self.means.is_some()
    }
}

impl Program {
    pub(super) fn run_review(&mut self, command: ReviewCommand) {
        match command {
            ReviewCommand::Vote(Verdict::Reject) => {
                self.state.review.prompt = Some(Prompt::Reason(String::new()));
            }
            ReviewCommand::Vote(Verdict::Edit) => {
                self.state.review.prompt = Some(Prompt::Class(String::new()));
            }
            ReviewCommand::Vote(verdict @ (Verdict::Accept | Verdict::Abstain)) => {
                self.judge(verdict, &Seen::Label, "");
            }
            ReviewCommand::Vote(verdict @ (Verdict::Undetermined | Verdict::BadImagery)) => {
                self.judge(verdict, &Seen::Nothing, "");
            }
            ReviewCommand::Outline => self.draw_outline(),
            ReviewCommand::VoteClass(digit) => {
                let schema = self.state.content().and_then(Project::schema);
                let class = schema.and_then(|s| s.class_for_digit(digit)).map(|c| c.code.clone());
                if let Some(class) = class {
                    self.judge_class(class);
                } else {
                    let text = format!("No class has the digit {digit}.");
                    self.state.notices.tell(Tone::Info, text, "");
                }
            }
            ReviewCommand::NextCase | ReviewCommand::PreviousCase => self.walk(command),
            ReviewCommand::Grid => self.toggle_grid(),
            ReviewCommand::Print => self.begin_paper(Kind::Sheet),
            ReviewCommand::Bundle => self.begin_paper(Kind::Bundle),
            ReviewCommand::TakeVotes => self.ask_for_file(Purpose::Votes),
            ReviewCommand::Report => self.ask_for_file(Purpose::Report),
        }
    }

    pub(super) fn review(&mut self, ask: ReviewAsk) {
        let desk = &mut self.state.review;
        match ask {
            ReviewAsk::Stage(stage) if stage == desk.stage => {}
            ReviewAsk::Stage(stage) => {
                *desk = Desk {
                    stage,
                    figures: desk.figures.take(),
                    grid: desk.grid.emptied(),
                    ..Desk::default()
                };
            }
            ReviewAsk::List(list) => {
                desk.list = list;
                desk.trail.clear();
                desk.grid = desk.grid.emptied();
                if let Some(first) = desk.listed().first().map(|i| i.case).filter(|_| desk.place().is_none())
                {
                    self.put_on_card(first, false);
                }
            }
            ReviewAsk::Show(case) => self.put_on_card(case, true),
            ReviewAsk::Prompt(prompt) => desk.prompt = prompt,
            ReviewAsk::Reject(reason) => {
                desk.prompt = None;
                self.judge(Verdict::Reject, &Seen::Label, &reason);
            }
            ReviewAsk::Class(class) => {
                desk.prompt = None;
                self.judge_class(class);
            }
            ReviewAsk::Grid(ask) => self.grid(ask),
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
        self.receive_grid();
        self.receive_dealing();
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
        desk.follow_list();
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
            *desk = Desk {
                stage: desk.stage,
                figures: desk.figures.take(),
                grid: desk.grid.emptied(),
                ..Desk::default()
            };
        }
        if desk.case.is_none()
            && let Some(first) = desk.listed().first().map(|i| i.case)
        {
            self.put_on_card(first, false);
        }
        self.plan_survey(&key);
        self.plan_grid();
        self.plan_means();
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
        let Some(case) = self.state.review.case().filter(|_| !self.state.review.grid.open) else { return };
        let wanted = (case, self.state.camera.size_px);
        if self.state.review.framed == Some(wanted) {
            return;
        }
        let Some(bounds) = self.state.content().and_then(|p| p.region(case)?.bounds()) else { return };
        self.state.camera = cards::camera(bounds, self.state.camera.size_px);
        self.view_chosen = true;
        self.state.review.framed = Some(wanted);
        self.refresh_pointer();
        self.ctx.request_repaint();
    }
}
