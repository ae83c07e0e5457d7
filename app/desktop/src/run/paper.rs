//! Contact sheets, bundles and the votes that come back from them, made beside the window.

use std::path::{Path, PathBuf};

use dataset::{BundleOrigin, TakeError, TakeOptions, bundle_header};
use jobs::{Job, JobContext, JobFailure, Priority};
use picture::LayerView;
use picture::cards::{PrintError, Wanted};
use project::{IdSource, LayerId, Project, RegionId};
use report::{Form, Options, Report};

use crate::fonts;
use crate::format::{count, sentence};
use crate::frame::Program;
use crate::notice::Tone;
use crate::paper::{self, Receiver};
use crate::paper_draft::{Kind, Of, PaperAsk, PaperDraft};
use crate::work::Purpose;

/// Bytes of a votes file at most.
const LARGEST: u64 = 64 << 20;
/// Votes that were left out and are named one by one.
const NAMED: usize = 12;

/// What a job made.
#[derive(Debug)]
pub(crate) struct Made {
    text: String,
    warnings: Vec<String>,
}

/// Votes that a file holds, ready to be cast.
#[derive(Debug)]
pub(crate) struct Brought {
    path: PathBuf,
    project: String,
    member: String,
    taken: Result<dataset::Take, (String, &'static str)>,
}

/// What is under way.
#[derive(Debug, Default)]
pub(crate) struct PaperWork {
    made: Option<Job<Made>>,
    brought: Option<Job<Brought>>,
    report: Option<Job<PathBuf>>,
}

impl PaperWork {
    pub(crate) fn is_busy(&self) -> bool {
        self.made.is_some() || self.brought.is_some() || self.report.is_some()
    }
}

impl Program {
    pub(super) fn paper(&mut self, ask: PaperAsk) {
        match ask {
            PaperAsk::Open(kind) => self.begin_paper(kind),
            PaperAsk::Draft(draft) => self.state.paper = Some(draft),
            PaperAsk::ChooseFile => {
                let kind = self.state.paper.as_ref().map(|draft| draft.kind);
                self.ask_for_file(if kind == Some(Kind::Bundle) {
                    Purpose::BundleFolder
                } else {
                    Purpose::Sheet
                });
            }
            PaperAsk::Make => self.make_paper(),
            PaperAsk::Close => (self.state.paper, self.paper_work.made) = (None, None),
            PaperAsk::TakeVotes => self.ask_for_file(Purpose::Votes),
        }
    }

    pub(super) fn begin_paper(&mut self, kind: Kind) {
        if self.state.paper.is_some() {
            return;
        }
        let folder =
            self.state.project_folder().filter(|_| self.state.project.as_ref().is_some_and(|p| !p.scratch));
        let folder = folder.or_else(std::env::home_dir).unwrap_or_default();
        let mut draft = PaperDraft::new(kind, &folder);
        let chosen = self.state.review.grid.open && self.state.review.grid.chosen.len() > 1;
        if chosen {
            draft.of = Of::Chosen;
        }
        self.state.paper = Some(Box::new(draft));
    }

    /// A file or folder was chosen in a file dialog.
    pub(super) fn paper_path(&mut self, path: &Path) {
        let Some(draft) = &mut self.state.paper else { return };
        let path = match draft.kind {
            Kind::Sheet => path.to_owned(),
            // A bundle makes its own folder in the one that was chosen.
            Kind::Bundle => {
                let name = draft.member.as_ref().map_or_else(|| "bundle".to_owned(), |m| format!("for {m}"));
                path.join(name)
            }
        };
        draft.path = path.display().to_string();
    }

    /// Esc closes the dialog, but not while it draws. True when it was open.
    pub(crate) fn close_paper(&mut self) -> bool {
        let open = self.state.paper.as_ref();
        let was_open = open.is_some();
        if open.is_some_and(|draft| draft.running.is_none()) {
            self.state.paper = None;
        }
        was_open
    }

    /// The cases that a draft means.
    fn cases_of(&self, of: Of) -> Vec<RegionId> {
        let desk = &self.state.review;
        match of {
            Of::Listed => (0..desk.count()).filter_map(|place| desk.at(place)).collect(),
            Of::Chosen => desk.targets(),
            Of::Table => self.state.project.as_ref().map(|open| open.finder.regions()).unwrap_or_default(),
            Of::Every => {
                self.state.content().map(|p| p.regions().keys().copied().collect()).unwrap_or_default()
            }
        }
    }

    /// The open layers, the topmost first.
    fn open_layers(&self) -> Vec<(LayerId, LayerView)> {
        let layers = self.state.layers_top_first().into_iter();
        layers.filter_map(|(id, _)| Some((id, self.state.layers.get(&id)?.view()?.clone()))).collect()
    }

    fn make_paper(&mut self) {
        let Some(draft) = self.state.paper.clone().filter(|draft| draft.running.is_none()) else { return };
        let cases = self.cases_of(draft.of);
        let job = match draft.kind {
            Kind::Sheet => self.print_job(&draft, cases),
            Kind::Bundle => self.bundle_job(&draft, cases),
        };
        let Some(shown) = &mut self.state.paper else { return };
        match job {
            Ok(job) => {
                (shown.running, shown.trouble) = (Some(job.id()), None);
                self.paper_work.made = Some(job);
            }
            Err(why) => shown.trouble = Some(sentence(&why)),
        }
    }

    fn print_job(&self, draft: &PaperDraft, cases: Vec<RegionId>) -> Result<Job<Made>, String> {
        let project = self.state.content().cloned().ok_or("No project is open")?;
        let (gpu, layers) = (self.gpu(), self.open_layers());
        let path = PathBuf::from(draft.path.trim());
        let wanted = Wanted {
            cases,
            paper: draft.paper,
            landscape: draft.landscape,
            per_page: draft.per_page,
            heading: draft.heading.clone(),
            labels: draft.labels,
            votes: draft.votes,
            boxes: draft.boxes,
            ..Wanted::default()
        };
        let task = move |ctx: &JobContext| -> Result<Made, JobFailure> {
            let layers = paper::shown(&project, layers);
            let mut go_on = progress(ctx);
            let color = project::Class::rgb;
            let printed = paper::print_sheet(gpu, layers, &project, &wanted, &color, &path, &mut go_on)?;
            let Some(printed) = printed else { return Err(JobFailure::Cancelled) };
            let (cards, pages) =
                (count(printed.cards, "card", "cards"), count(printed.pages, "page", "pages"));
            let text = format!("{cards} on {pages}: {}.", path.display());
            Ok(Made { text, warnings: printed.failed })
        };
        Ok(self.jobs.spawn(Priority::Normal, "Print cards", task))
    }

    fn bundle_job(&self, draft: &PaperDraft, cases: Vec<RegionId>) -> Result<Job<Made>, String> {
        let open = self.state.project.as_ref().ok_or("No project is open")?;
        let member = draft.member.clone().ok_or("Choose a member first")?;
        let (file, name, id) =
            (open.session.path().to_owned(), open.title(), open.session.project_id().to_owned());
        let (project, signer): (Project, _) =
            (open.session.project().clone(), open.session.signer().cloned());
        let (gpu, layers, stage) = (self.gpu(), self.open_layers(), self.state.review.stage);
        let (target, made_at_ms) = (PathBuf::from(draft.path.trim()), self.state.now_ms);
        let task = move |ctx: &JobContext| -> Result<Made, JobFailure> {
            let (journal_seq, journal_hash) = store::journal_end(&file)?;
            let origin = BundleOrigin { project: id, name, journal_seq, journal_hash, made_at_ms };
            let header = bundle_header(&project, &cases, &member, stage, origin)
                .map_err(|why| JobFailure::from(std::io::Error::other(why)))?;
            let layers = paper::shown(&project, layers);
            let mut go_on = progress(ctx);
            let made =
                paper::make_bundle(gpu, layers, &project, &header, signer.as_ref(), &target, &mut go_on)?;
            let Some(warnings) = made else { return Err(JobFailure::Cancelled) };
            let cases = count(header.cases.len(), "case", "cases");
            let text = format!("{cases} for {member}: {}.", target.join("index.html").display());
            Ok(Made { text, warnings })
        };
        Ok(self.jobs.spawn(Priority::Normal, "Make a bundle", task))
    }

    /// Reads what came back from a bundle, beside the window.
    pub(crate) fn take_votes(&mut self, path: PathBuf) {
        let Some(open) = &self.state.project else { return };
        let (project, id) = (open.session.project().clone(), open.session.project_id().to_owned());
        let (signer, now_ms) = (open.session.signer().cloned(), self.state.now_ms);
        let task = move |_: &JobContext| -> Result<Brought, JobFailure> {
            if std::fs::metadata(&path)?.len() > LARGEST {
                let error = TakeError::TooLarge;
                let taken = Err((error.to_string(), error.hint()));
                return Ok(Brought { path, project: id, member: String::new(), taken });
            }
            let bytes = std::fs::read(&path)?;
            let to = Receiver { project: &project, id: &id, own: signer.as_ref(), unsigned: false };
            let options = TakeOptions { replace: false, now_ms };
            // Votes get their identities when they are cast.
            let read = paper::read_votes(&bytes, &to, options, &mut IdSource::new(0, 1));
            let member =
                read.as_ref().map_or_else(|_| String::new(), |(file, _)| file.header.member.to_string());
            let taken = read.map(|(_, take)| take).map_err(|error| (error.to_string(), error.hint()));
            Ok(Brought { path, project: id, member, taken })
        };
        self.paper_work.brought = Some(self.jobs.spawn(Priority::Normal, "Read votes", task));
    }

    /// Gathers the report of the review and writes it beside the window, in the form that the file name asks for; PDF
    /// where it asks for none.
    pub(crate) fn save_report(&mut self, path: PathBuf) {
        let Some(open) = &self.state.project else { return };
        let path = if path.extension().is_none() { path.with_extension("pdf") } else { path };
        let Some(form) = Form::of(&path) else {
            let text = format!("{} ends in neither .pdf nor .html.", path.display());
            self.state.notices.problem(text, "End the name of the report in one of these.");
            return;
        };
        let (project, history) = (open.session.project().clone(), open.session.history().clone());
        let title = open.title();
        let task = move |ctx: &JobContext| -> Result<PathBuf, JobFailure> {
            let mut report = Report::of(&project, Some(&history), Options::default());
            if report.project.is_empty() {
                report.project = title;
            }
            ctx.check()?;
            let bytes = match form {
                Form::Html => report::html(&report).into_bytes(),
                Form::Pdf => report::pdf(&report, &fonts::FOR_PICTURES)?,
            };
            ctx.check()?;
            picture::sheet::keep(&path, &bytes)?;
            Ok(path)
        };
        self.paper_work.report = Some(self.jobs.spawn(Priority::Normal, "Save report", task));
    }

    fn receive_report(&mut self) {
        if let Some(result) = self.paper_work.report.as_ref().and_then(Job::poll) {
            self.paper_work.report = None;
            match result {
                Ok(path) => self.state.notices.done(format!("Saved {}.", path.display())),
                Err(failure) => self.job_failed(&failure),
            }
        }
    }

    pub(crate) fn receive_paper(&mut self) {
        self.receive_report();
        if let Some(result) = self.paper_work.made.as_ref().and_then(Job::poll) {
            self.paper_work.made = None;
            match result {
                Ok(made) => {
                    self.state.paper = None;
                    self.state.notices.done(made.text);
                    if !made.warnings.is_empty() {
                        let text = "Parts of the imagery could not be read for the cards.";
                        self.state.notices.tell(Tone::Warning, text, made.warnings.join("\n"));
                    }
                }
                Err(failure) => {
                    let hint = failure.error::<PrintError>().map_or("", PrintError::hint);
                    let text = sentence(&failure.to_string());
                    if let Some(draft) = &mut self.state.paper {
                        draft.running = None;
                        let stopped = matches!(failure, JobFailure::Cancelled);
                        draft.trouble = (!stopped).then(|| format!("{text} {}", sentence(hint)));
                    }
                }
            }
        }
        if let Some(result) = self.paper_work.brought.as_ref().and_then(Job::poll) {
            self.paper_work.brought = None;
            match result {
                Ok(brought) => self.brought(brought),
                Err(failure) => self.job_failed(&failure),
            }
        }
    }

    /// Casts the votes that came back, and says what was left out.
    fn brought(&mut self, brought: Brought) {
        let Brought { path, project, member, taken } = brought;
        let take = match taken {
            Ok(take) => take,
            Err((text, hint)) => {
                let text = format!("{}: {text}.", path.display());
                self.state.notices.problem(text, sentence(hint));
                return;
            }
        };
        let at_ms = self.state.now_ms;
        let Some(open) = self.state.project.as_mut().filter(|open| open.session.project_id() == project)
        else {
            return;
        };
        let mut votes = take.votes;
        for vote in &mut votes {
            vote.id = open.session.ids(at_ms).vote();
        }
        let taken = votes.len();
        if taken > 0 {
            match open.session.votes(at_ms, votes) {
                Ok(touched) => self.after(&touched),
                Err(error) => {
                    self.state.notices.problem(error.to_string(), error.hint().unwrap_or_default());
                    return;
                }
            }
        }
        let there = if take.unchanged > 0 {
            format!(", {} were there already", take.unchanged)
        } else {
            String::new()
        };
        let left = take.rejected.len();
        let text = format!("{} of {member} taken{there}.", count(taken, "vote", "votes"));
        if left == 0 && take.warnings.is_empty() {
            self.state.notices.done(text);
            return;
        }
        let mut details = take.warnings;
        let named = take.rejected.iter().take(NAMED).map(|one| match one.at {
            dataset::Place::Line(line) => format!("Vote {line}: {}", one.reason),
            dataset::Place::Index(at) => format!("Vote {}: {}", at + 1, one.reason),
        });
        details.extend(named);
        if left > NAMED {
            details.push(format!("and {} more", left - NAMED));
        }
        let text = if left > 0 { format!("{text} {} left out.", count(left, "vote", "votes")) } else { text };
        self.state.notices.tell(Tone::Warning, text, details.join("\n"));
    }
}

fn progress(ctx: &JobContext) -> impl FnMut(u64, u64) -> bool + '_ {
    |done, all| {
        ctx.progress(done, all);
        ctx.check().is_ok()
    }
}
