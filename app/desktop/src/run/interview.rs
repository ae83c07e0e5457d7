//! Asks models beside the window, and keeps every reply as it comes.

use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use jobs::{Job, JobContext, JobFailure, Priority};
use places::{
    AskError, Chat, ChatReply, Commission, Interview, Keeper, Line, Network, Pauses, Proposed, Tally,
    UserKeys,
};
use project::question::{Context, Evidence, Run, View};
use project::{Change, Edit, IdSource, Project, Response, ResponseId};
use questions::{Ground, RepliesPlan, Wish, decide, plan_replies};

use crate::frame::Program;
use crate::interview::{Expected, ExpectedOf, InterviewAsk, UnderWay};
use crate::notice::Tone;

/// Messages that may wait for the window.
const MOST_WAITING: usize = 64;
/// Messages that a frame takes up.
const AT_ONCE: usize = 256;
/// Bytes of an evidence that is described for a model.
const LONGEST_EVIDENCE: usize = 256 << 10;

/// What comes back while models are asked.
enum Told {
    Response(Arc<Response>),
    Reused(ResponseId),
    Run(Box<Run>),
    Line(Box<UnderWay>),
    Asked(Box<Tally>),
    Proposed(Box<Proposed>),
    Failed(AskError),
}

/// Asking that is under way.
#[derive(Debug)]
struct Asking {
    job: Job<()>,
    told: Receiver<Told>,
    /// The project that keeps it.
    path: std::path::PathBuf,
}

/// What is being asked of models beside the window.
#[derive(Debug, Default)]
pub(crate) struct InterviewWork {
    expecting: Option<(ExpectedOf, Job<Expected>)>,
    asking: Option<Asking>,
    reading: Option<Job<(String, RepliesPlan)>>,
}

impl InterviewWork {
    pub(crate) fn is_busy(&self) -> bool {
        self.expecting.is_some() || self.asking.is_some() || self.reading.is_some()
    }
}

/// A snapshot of the project that keeps what models say, and tells the window.
struct Notebook<'a> {
    ctx: &'a JobContext,
    project: Project,
    ids: IdSource,
    begun: (Instant, i64),
    tell: SyncSender<Told>,
    drafts: bool,
}

impl Notebook<'_> {
    fn tell(&self, told: Told) -> Result<(), AskError> {
        self.tell.send(told).map_err(|_| AskError::Stopped)
    }
}

impl Keeper for Notebook<'_> {
    type Fault = AskError;

    fn project(&self) -> &Project {
        &self.project
    }

    fn keep(&mut self, chat: &Chat, reply: ChatReply) -> Result<ResponseId, AskError> {
        let at_ms = self.now_ms();
        self.ids.set_time(at_ms.max(0) as u64);
        let response = Arc::new(reply.into_response(self.ids.response(), chat, at_ms)?);
        let id = response.id;
        let kept = self.project.record_response(Arc::clone(&response));
        kept.map_err(|e| AskError::Unfit(e.to_string()))?;
        self.tell(Told::Response(response))?;
        Ok(id)
    }

    fn reused(&mut self, response: ResponseId) {
        // Whoever does not listen any more is found out with the next reply.
        let _ = self.tell(Told::Reused(response));
    }

    fn finish(&mut self, run: Run) -> Result<(), AskError> {
        self.tell(Told::Run(Box::new(run)))
    }

    fn goes_on(&self) -> bool {
        self.ctx.check().is_ok()
    }

    fn told(&mut self, line: &Line<'_>) {
        self.ctx.progress(line.n as u64, line.of as u64);
        let order = line.seed.map_or_else(String::new, |seed| format!(", order {seed}"));
        let now = UnderWay {
            drafts: self.drafts,
            way: format!("{}{order}", line.prompt.map_or("", questions::Prompt::key)),
            n: line.n,
            of: line.of,
            sent: line.tally.sent,
            kept: line.tally.kept,
            tokens: line.tally.tokens,
            stops: false,
        };
        let _ = self.tell(Told::Line(Box::new(now)));
    }

    fn now_ms(&self) -> i64 {
        let (since, at_ms) = self.begun;
        at_ms.saturating_add(i64::try_from(since.elapsed().as_millis()).unwrap_or(i64::MAX))
    }
}

impl Program {
    pub(super) fn interview(&mut self, ask: InterviewAsk) {
        match ask {
            InterviewAsk::Form(form) => self.state.interview.form = *form,
            InterviewAsk::Wish(wish) => self.state.interview.wish = *wish,
            InterviewAsk::Ask => self.ask_models(),
            InterviewAsk::Draft => self.draft_with_model(),
            InterviewAsk::Stop => self.stop_models(),
            InterviewAsk::ChooseAnswers => self.ask_for_file(crate::work::Purpose::Answers),
            InterviewAsk::Decide { takes_over } => self.decide_proposal(takes_over),
        }
    }

    /// Follows what comes back, and says beforehand what asking would take while somebody looks.
    pub(super) fn plan_interview(&mut self, is_seen: bool) {
        self.receive_interview();
        self.plan_forecast(is_seen);
    }

    fn plan_forecast(&mut self, is_seen: bool) {
        let work = &mut self.questions_work.interview;
        if let Some((of, result)) =
            work.expecting.as_ref().and_then(|(of, job)| Some((of.clone(), job.poll()?)))
        {
            work.expecting = None;
            match result {
                Ok(expected) => {
                    self.state.interview.expected = Some(expected);
                    self.state.interview.expected_of = Some(of);
                }
                Err(failure) => self.job_failed(&failure),
            }
        }
        let Some(open) = self.state.project.as_ref().filter(|_| is_seen) else { return };
        let models = &self.state.interview;
        if models.under_way.is_some() || !models.form.is_filled() {
            return;
        }
        let history = open.session.history();
        let of: ExpectedOf = (
            models.form.clone(),
            self.state.asking.filter.clone(),
            open.session.path().to_owned(),
            history.last_seq(),
            history.retractions(),
        );
        let under_way = self.questions_work.interview.expecting.as_ref().is_some_and(|(now, _)| *now == of);
        if models.expected_of.as_ref() == Some(&of) || under_way {
            return;
        }
        let (form, project) = (models.form.clone(), open.session.project().clone());
        let found = self.state.asking.found.clone();
        let author = self.state.author();
        let body = move |ctx: &JobContext| -> Result<Expected, JobFailure> {
            let stands = |id: &project::QuestionId| {
                project.questions().get(id).is_some_and(|q| !q.deleted && !q.is_proposal())
            };
            let questions: Vec<_> = found.into_iter().filter(stands).collect();
            let forecast = form.terms(false).and_then(|terms| {
                let interview = Interview { terms, ways: form.ways(), questions: questions.clone(), author };
                interview.foretell(&project, &|| ctx.check().is_ok())
            });
            ctx.check()?;
            let name = form.key.trim();
            let key = (!name.is_empty() && forecast.is_ok()).then(|| UserKeys.place(name));
            Ok(Expected { questions, forecast, key })
        };
        let job = self.jobs.spawn(Priority::Background, "Foretell what asking takes", body);
        self.questions_work.interview.expecting = Some((of, job));
    }

    fn ask_models(&mut self) {
        let Some(expected) = self.state.interview.expected.clone() else { return };
        let form = self.state.interview.form.clone();
        let (offline, author) = (self.state.preferences.offline, self.state.author());
        let interview = form.terms(offline).map(|terms| Interview {
            terms,
            ways: form.ways(),
            questions: expected.questions,
            author,
        });
        let interview = match interview {
            Ok(interview) => interview,
            Err(error) => {
                self.state.interview.trouble = Some(error);
                return;
            }
        };
        let title = format!("Ask {}", form.model.trim());
        self.begin_asking(title, false, move |network, notebook| {
            let tally = interview.hold(network, &UserKeys, notebook)?;
            notebook.tell(Told::Asked(Box::new(tally)))
        });
    }

    /// What a model is given to draft from: what the question in the editor rests on, else what the map shows.
    fn given_to_model(&self) -> (Context, Vec<Evidence>, Option<View>) {
        let draft = self.state.asking.draft.as_ref().filter(|draft| !draft.context.text.trim().is_empty());
        if let Some(draft) = draft.filter(|_| !crate::panels::questions::is_blind(&self.state)) {
            return (draft.context.clone(), draft.evidence.clone(), None);
        }
        let view = self.view_on_map();
        (Context::default(), vec![Evidence::View(view.clone())], Some(view))
    }

    fn draft_with_model(&mut self) {
        let Some(project) = self.state.content().cloned() else { return };
        let (mut context, evidence, view) = self.given_to_model();
        let form = self.state.interview.form.clone();
        let terms = match form.drafting_terms(self.state.preferences.offline) {
            Ok(terms) => terms,
            Err(error) => {
                self.state.interview.trouble = Some(error);
                return;
            }
        };
        let wish: Wish = self.state.interview.wish.clone();
        let title = format!("Draft questions with {}", form.model.trim());
        self.begin_asking(title, true, move |network, notebook| {
            if let Some(view) = view {
                context.text = Ground::of(&project, false).describe(view.bounds);
            }
            if context.text.len() > LONGEST_EVIDENCE {
                let why = "there is too much in view for a model: look at less of the map".to_owned();
                return Err(AskError::Unfit(why));
            }
            let commission = Commission { terms, wish, context, evidence };
            let proposed = commission.give(network, &UserKeys, notebook)?;
            notebook.tell(Told::Proposed(Box::new(proposed)))
        });
    }

    fn begin_asking(
        &mut self,
        title: String,
        drafts: bool,
        work: impl FnOnce(&Network, &mut Notebook<'_>) -> Result<(), AskError> + Send + 'static,
    ) {
        let at_ms = self.state.now_ms;
        let Some(open) = &mut self.state.project else { return };
        if self.questions_work.interview.asking.is_some() {
            return;
        }
        let path = open.session.path().to_owned();
        let project = open.session.project().clone();
        // Identities of its own, which no other source hands out.
        let seed = open.session.ids(at_ms).response().uuid().as_u128() as u64;
        let ids = IdSource::new(at_ms.max(0) as u64, seed);
        let (tell, told) = sync_channel(MOST_WAITING);
        let network: Arc<OnceLock<Network>> = self.questions_work.inquiry.network();
        let body = move |ctx: &JobContext| -> Result<(), JobFailure> {
            let network = if let Some(network) = network.get() {
                network
            } else {
                let made = Network::new(Pauses::default())?;
                network.get_or_init(|| made)
            };
            let begun = (Instant::now(), at_ms);
            let mut notebook = Notebook { ctx, project, ids, begun, tell, drafts };
            if let Err(error) = work(network, &mut notebook) {
                let _ = notebook.tell(Told::Failed(error));
            }
            Ok(())
        };
        let job = self.jobs.spawn_alone(title, body);
        self.questions_work.interview.asking = Some(Asking { job, told, path });
        let models = &mut self.state.interview;
        models.under_way = Some(UnderWay { drafts, ..UnderWay::default() });
        (models.tally, models.trouble) = (None, None);
    }

    /// What is on its way is waited for and kept; nothing more is sent.
    pub(super) fn stop_models(&mut self) {
        if let Some(asking) = &self.questions_work.interview.asking {
            asking.job.cancel();
        }
        if let Some(now) = &mut self.state.interview.under_way {
            now.stops = true;
        }
    }

    fn receive_interview(&mut self) {
        if let Some(result) = self.questions_work.interview.reading.as_ref().and_then(Job::poll) {
            self.questions_work.interview.reading = None;
            match result {
                Ok((name, plan)) => self.take_replies(&name, plan),
                Err(failure) => self.job_failed(&failure),
            }
        }
        let open = self.state.project.as_ref().map(|open| open.session.path().to_owned());
        let Some(asking) = self.questions_work.interview.asking.take() else { return };
        // What belongs to a project that is closed by now is let go of.
        if open.as_ref() != Some(&asking.path) {
            self.state.interview.under_way = None;
            return;
        }
        for _ in 0..AT_ONCE {
            match asking.told.try_recv() {
                Ok(told) => self.take_told(told),
                Err(TryRecvError::Empty) => {
                    self.questions_work.interview.asking = Some(asking);
                    return;
                }
                Err(TryRecvError::Disconnected) => {
                    self.state.interview.under_way = None;
                    if let Some(Err(failure)) = asking.job.poll()
                        && !failure.is_cancelled()
                    {
                        self.job_failed(&failure);
                    }
                    return;
                }
            }
        }
        self.questions_work.interview.asking = Some(asking);
        self.ctx.request_repaint();
    }

    fn take_told(&mut self, told: Told) {
        let (author, at_ms) = (self.state.author(), self.state.now_ms);
        let models = &mut self.state.interview;
        match told {
            Told::Line(now) => {
                let stops = models.under_way.as_ref().is_some_and(|before| before.stops);
                models.under_way = Some(UnderWay { stops, ..*now });
            }
            Told::Response(response) => {
                let Some(open) = &mut self.state.project else { return };
                match open.session.respond(&author, at_ms, Response::clone(&response)) {
                    Ok(touched) => self.after(&touched),
                    Err(error) => {
                        self.stop_models();
                        self.refused(&error);
                    }
                }
            }
            Told::Reused(response) => {
                if let Some(open) = &mut self.state.project {
                    open.session.note_hit(at_ms, response);
                }
            }
            Told::Run(run) => {
                let Some(open) = &mut self.state.project else { return };
                let id = open.session.ids(at_ms).run();
                self.apply(Edit::Run(Change::create(id, *run)));
            }
            Told::Asked(tally) => models.tally = Some(*tally),
            Told::Proposed(proposed) => self.take_proposals(*proposed),
            Told::Failed(error) => models.trouble = Some(error),
        }
    }

    /// What a model proposes joins the list, and nobody stands for it yet.
    fn take_proposals(&mut self, proposed: Proposed) {
        self.state.interview.tally = Some(proposed.tally);
        let read = match proposed.read {
            Ok(read) => read,
            Err(why) => {
                let text = format!("No questions were drafted: {why}.");
                let hint = "What the model said is kept. Ask another one, or say more about what you want.";
                self.state.notices.tell(Tone::Problem, text, hint);
                return;
            }
        };
        let at_ms = self.state.now_ms;
        let Some(open) = &mut self.state.project else { return };
        let ids = open.session.ids(at_ms);
        let edits: Vec<Edit> = read
            .questions
            .into_iter()
            .map(|mut question| {
                question.at_ms = Some(at_ms);
                Edit::Question(Change::create(ids.question(), question))
            })
            .collect();
        let count = crate::format::count(edits.len(), "question", "questions");
        if edits.is_empty() || !self.apply(Edit::batch(format!("Propose {count}"), edits)) {
            let first = read.refused.first().map_or("It proposed none", |refused| &refused.reason);
            self.state.notices.tell(
                Tone::Info,
                "Nothing of the reply is fit to be proposed.",
                first.to_owned(),
            );
            return;
        }
        self.state.asking.drafting = None;
        let filter =
            questions::Filter { answer: Some(questions::Answered::Proposed), ..questions::Filter::default() };
        self.question(crate::asking::QuestionAsk::Filter(filter));
        self.plan_questions();
        if let Some(first) = self.state.asking.found.first().copied() {
            self.question(crate::asking::QuestionAsk::Choose(first));
            self.show_pane(editing::Pane::Question);
        }
        let text = format!("{count} proposed. Take each over, change it, or reject it.");
        match read.refused.first() {
            None => self.state.notices.done(text),
            Some(first) => {
                let left = format!("{text} {} left out.", read.refused.len());
                self.state.notices.tell(Tone::Info, left, crate::format::sentence(&first.reason));
            }
        }
    }

    fn decide_proposal(&mut self, takes_over: bool) {
        let (author, at_ms) = (self.state.author(), self.state.now_ms);
        let Some(id) = self.state.asking.chosen else { return };
        if takes_over && self.state.asking.is_changed() {
            // Saving what was changed takes it over.
            self.keep_question();
            return;
        }
        let Some(project) = self.state.content() else { return };
        let Some(edit) = decide(project, &[id], &author, takes_over, at_ms).pop() else { return };
        let place = self.state.asking.place();
        if !takes_over {
            self.state.asking.draft = self.state.asking.before.as_deref().cloned();
        }
        if self.apply(edit) {
            self.plan_questions();
            self.go_to_place(place);
        }
    }

    /// Takes in what a model answered elsewhere.
    pub(crate) fn import_answers(&mut self, path: &Path) {
        let Some(project) = self.state.content().cloned() else { return };
        let form = &self.state.interview.form;
        let name = crate::work::file_name(path);
        let model = match form.model.trim() {
            "" => path.file_stem().map_or_else(|| name.clone(), |stem| stem.to_string_lossy().into_owned()),
            model => model.to_owned(),
        };
        let prompt = form.prompts.first().copied().unwrap_or_default();
        let (author, at_ms, path) = (self.state.author(), self.state.now_ms, path.to_owned());
        let title = format!("Read answers of {name}");
        let body = move |_: &JobContext| -> Result<(String, RepliesPlan), JobFailure> {
            let size = std::fs::metadata(&path)?.len();
            if size > questions::MOST_BYTES {
                return Err(questions::ExchangeError::TooLarge { bytes: size }.into());
            }
            let run = RepliesPlan::begin(&model, prompt.key(), None, author, at_ms);
            let plan = plan_replies(&project, &std::fs::read(&path)?, run);
            Ok((name, plan.map_err(JobFailure::message)?))
        };
        self.questions_work.interview.reading = Some(self.jobs.spawn(Priority::Normal, title, body));
    }

    fn take_replies(&mut self, name: &str, plan: RepliesPlan) {
        let at_ms = self.state.now_ms;
        let why = plan.rejected.iter().take(20).map(|r| format!("Row {}: {}", r.index, r.reason));
        let why = why.collect::<Vec<_>>().join("\n");
        if plan.accepted == 0 {
            let text = format!("{name} holds no answer to a question of this project.");
            self.state.notices.problem(text, why);
            return;
        }
        let Some(open) = &mut self.state.project else { return };
        let id = open.session.ids(at_ms).run();
        if !self.apply(Edit::Run(Change::create(id, plan.run))) {
            return;
        }
        let text = format!("{name}: {} taken", crate::format::count(plan.accepted, "answer", "answers"));
        if plan.rejected.is_empty() {
            self.state.notices.done(format!("{text}."));
        } else {
            let text = format!("{text}, {} left out.", plan.rejected.len());
            self.state.notices.tell(Tone::Warning, text, why);
        }
    }
}
