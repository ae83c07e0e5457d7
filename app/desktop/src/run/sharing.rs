//! A project on a server: shared, opened from there, and kept in step beside the window. No frame waits for the network:
//! each exchange is a job, and what it brings is appended to the open session.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::{Duration, Instant};

use jobs::{Job, JobContext, JobFailure, Priority};
use places::{Keys as _, UserKeys};
use project::{Author, Change, Edit, Seq, Settings};
use server::{Address, Beside, Connection, Desk, Exchanged, Kept, News, Noted, ServerError, Watch};
use store::{Adopted, SetAside, Signer};

use crate::exchange::Trouble;
use crate::format::count;
use crate::frame::Program;
use crate::notice::Tone;
use crate::sharing::{
    AdmitDraft, Admitted, Condition, Errand, Hidden, ShareAsk, ShareDraft, ShareForm, Shared,
};

/// What new files say they were made by.
const PROGRAM: &str = concat!("orthoscope ", env!("CARGO_PKG_VERSION"));
/// After something was saved, and after news: others that come in this time go with it.
const SOON: Duration = Duration::from_millis(600);
const AT_ONCE: Duration = Duration::from_millis(50);
/// Between two tries of a server that does not answer: at first, and at the most.
const PAUSE: Duration = Duration::from_secs(2);
const LONGEST_PAUSE: Duration = Duration::from_mins(1);
/// How often a lead's program tells the server of members, rules and regions.
const GOVERN_EVERY: Duration = Duration::from_secs(30);
/// News that may wait to be looked at; more is the same news.
const NEWS: usize = 16;

/// The server of the open project, and what is under way with it.
#[derive(Debug, Default)]
pub(crate) struct ShareWork {
    of: PathBuf,
    kept: Option<Kept>,
    /// With the password, where one was typed or found.
    address: Option<Address>,
    watch: Option<(Watch, Receiver<News>)>,
    exchange: Option<Job<Exchanged>>,
    due: Option<Instant>,
    pause: Duration,
    /// The newest entry on the disk when the last exchange was begun.
    upto: Option<Seq>,
    /// What was joined, and the entry that says so.
    noted: Option<(Seq, Noted)>,
    governed: Option<Instant>,
    /// Sets aside that were told of.
    told: Vec<String>,
    step: Option<Step>,
    admitting: Option<Job<Admitted>>,
}

/// How far sharing, or fetching, has come.
#[derive(Debug)]
enum Step {
    /// Whether the server is there at all.
    Reaching(Job<()>, Address),
    /// What changes before it is shared must be on the disk.
    Saving(Address),
    Sharing(Job<server::Shared>, Address),
    Fetching(Job<server::Synced>, PathBuf),
}

impl ShareWork {
    pub(crate) fn is_busy(&self) -> bool {
        self.step.is_some() || self.admitting.is_some()
    }
}

/// Who works at a file.
struct Seat {
    path: PathBuf,
    folder: PathBuf,
    signer: Option<Signer>,
    at_ms: i64,
}

impl Seat {
    fn desk(&self) -> Desk<'_> {
        let Self { path, folder, signer, at_ms } = self;
        Desk { path, folder, signer: signer.as_ref(), program: PROGRAM, at_ms: *at_ms }
    }
}

fn trouble(failure: &JobFailure) -> Trouble {
    let hint = failure.error::<ServerError>().and_then(ServerError::hint).unwrap_or_default();
    Trouble { text: crate::format::sentence(&failure.to_string()), hint: in_the_window(hint).to_owned() }
}

/// What to do about it where there is no command line.
fn in_the_window(hint: &'static str) -> &'static str {
    if hint.contains("orthoscope sync`") {
        "Go on working: what you do is kept in your file and sent once, when the server answers."
    } else {
        hint
    }
}

impl Program {
    pub(super) fn share(&mut self, ask: ShareAsk) {
        match ask {
            ShareAsk::Begin(errand) => self.begin_sharing(errand),
            ShareAsk::Form(form) => {
                if let Some(draft) = &mut self.state.exchange.share {
                    draft.form = *form;
                    draft.trouble = None;
                }
            }
            ShareAsk::Go => self.go_sharing(),
            ShareAsk::Close => self.close_sharing(),
            ShareAsk::Retry => self.exchange_now(),
            ShareAsk::Leave => self.leave_server(),
            ShareAsk::Admit => {
                let draft = AdmitDraft {
                    name: String::new(),
                    role: project::Role::Annotator,
                    is_running: false,
                    outcome: None,
                };
                self.state.exchange.admit = Some(draft);
            }
            ShareAsk::AdmitForm(name, role) => {
                if let Some(draft) = &mut self.state.exchange.admit {
                    (draft.name, draft.role) = (name, role);
                    draft.outcome = None;
                }
            }
            ShareAsk::AdmitGo => self.admit(),
            ShareAsk::CloseAdmit => self.state.exchange.admit = None,
        }
    }

    fn begin_sharing(&mut self, errand: Errand) {
        let kept = self.exchange_work.share.kept.as_ref();
        let address = match errand {
            Errand::Enter => kept.map(|kept| kept.address.clone()).unwrap_or_default(),
            Errand::Share | Errand::Fetch => "postgres://".to_owned(),
        };
        let open_votes = self.state.content().map_or(0, server::unsealed_open_votes);
        let form = ShareForm { errand, address, seal: true, ..ShareForm::default() };
        let draft = ShareDraft { form, is_running: false, trouble: None, open_votes };
        self.state.exchange.share = Some(draft);
    }

    pub(super) fn close_sharing(&mut self) {
        if self.state.exchange.share.take().is_some() {
            self.exchange_work.share.step = None;
        }
    }

    fn share_trouble(&mut self, trouble: Trouble) {
        self.exchange_work.share.step = None;
        if let Some(draft) = &mut self.state.exchange.share {
            draft.is_running = false;
            draft.trouble = Some(trouble);
        }
    }

    /// Does what the dialog is for.
    fn go_sharing(&mut self) {
        let Some(draft) = &mut self.state.exchange.share else { return };
        let form = draft.form.clone();
        let address = match form.address.trim().parse::<Address>() {
            Ok(address) => address.with_password(&form.password.0),
            Err(error) => {
                let hint = error.hint().unwrap_or_default().to_owned();
                return self
                    .share_trouble(Trouble { text: crate::format::sentence(&error.to_string()), hint });
            }
        };
        draft.is_running = true;
        draft.trouble = None;
        match form.errand {
            Errand::Enter => self.enter(address, form.remember),
            Errand::Fetch => self.fetch_project(address, &form),
            Errand::Share => {
                let to = address.clone();
                let reach =
                    move |_: &JobContext| -> Result<(), JobFailure> { Ok(Connection::to(&to).map(drop)?) };
                let job = self.jobs.spawn(Priority::Normal, format!("Reach {}", address.host()), reach);
                self.exchange_work.share.step = Some(Step::Reaching(job, address));
            }
        }
    }

    /// Goes on with a password that was typed.
    fn enter(&mut self, address: Address, remember: bool) {
        self.remember_password(&address, remember);
        self.state.exchange.share = None;
        let work = &mut self.exchange_work.share;
        work.address = Some(address);
        work.watch = None;
        self.exchange_now();
    }

    /// Has the keyring keep the password beside the window.
    fn remember_password(&mut self, address: &Address, remember: bool) {
        let Some(password) = address.password().filter(|_| remember).map(str::to_owned) else { return };
        let name = address.to_string();
        let folder = self.config_folder().map(Path::to_owned);
        let path = self.exchange_work.share.of.clone();
        let keep = move |_: &JobContext| -> Result<(), JobFailure> {
            UserKeys.keep(&name, &password)?;
            if let Some(folder) = folder
                && let Some(mut kept) = Kept::load(&folder, &path)
            {
                kept.in_keyring = true;
                kept.save(&folder)?;
            }
            Ok(())
        };
        self.work.tidying.push(self.jobs.spawn(Priority::Normal, "Keep the password", keep));
    }

    fn seat(&mut self, path: PathBuf) -> Option<Seat> {
        let Some(folder) = self.config_folder().map(Path::to_owned) else {
            let text = "There is no place for settings on this computer.".to_owned();
            let hint = "Set HOME or XDG_CONFIG_HOME to a folder that can be written.".to_owned();
            self.share_trouble(Trouble { text, hint });
            return None;
        };
        let signer = self.key().map(|(signer, _)| signer);
        Some(Seat { path, folder, signer, at_ms: self.state.now_ms })
    }

    fn fetch_project(&mut self, address: Address, form: &ShareForm) {
        let file = form.file.trim();
        let name = if file.is_empty() { format!("{}.gpkg", address.database()) } else { file.to_owned() };
        let name = PathBuf::from(name).with_extension("gpkg");
        let folder = self.state.project_folder().or_else(|| self.data_folder.clone()).unwrap_or_default();
        let path = folder.join(name);
        if path.exists() {
            let text = format!("There is a file {} already.", path.display());
            let hint = "Open that one if it is this project, or give the file another name.".to_owned();
            return self.share_trouble(Trouble { text, hint });
        }
        let Some(seat) = self.seat(path.clone()) else { return };
        self.exchange_work.share.address = Some(address.clone());
        let title = format!("Fetch {}", address.database());
        let fetch = move |_: &JobContext| -> Result<server::Synced, JobFailure> {
            if let Some(folder) = seat.path.parent() {
                std::fs::create_dir_all(folder)?;
            }
            Ok(seat.desk().sync(Some(&address), &mut |_| {})?)
        };
        let job = self.jobs.spawn(Priority::Normal, title, fetch);
        self.exchange_work.share.step = Some(Step::Fetching(job, path));
    }

    /// The server is there: what changes in the project because it is shared.
    fn seal_and_save(&mut self, address: Address) {
        let author = self.state.author();
        let Some(draft) = &self.state.exchange.share else { return };
        let seal = draft.form.seal;
        let Some(project) = self.state.content() else { return };
        if !project.may_manage(&author) {
            let text = format!("{author} does not lead this project.");
            let hint = "Ask its lead to share it.".to_owned();
            return self.share_trouble(Trouble { text, hint });
        }
        let before = project.settings();
        if seal && !before.rule.sealed {
            let mut rule = before.rule.clone();
            rule.sealed = true;
            let after = Settings { rule, ..before.clone() };
            let edit = Edit::Settings(Change::replace((), before.clone(), after));
            if !self.apply(edit) {
                return self.close_sharing();
            }
        }
        self.exchange_work.share.step = Some(Step::Saving(address));
    }

    fn send_project(&mut self, address: Address) {
        let Some(open) = &self.state.project else { return self.close_sharing() };
        let path = open.session.path().to_owned();
        let (author, show) =
            (self.state.author(), self.state.exchange.share.as_ref().is_some_and(|d| d.form.show_open_votes));
        let Some(seat) = self.seat(path) else { return };
        let to = address.clone();
        let send = move |_: &JobContext| -> Result<server::Shared, JobFailure> {
            Ok(seat.desk().share(&to, &author, show, &mut |_| {})?)
        };
        let job = self.jobs.spawn(Priority::Normal, format!("Share on {}", address.host()), send);
        self.exchange_work.share.step = Some(Step::Sharing(job, address));
    }

    /// Takes what jobs about servers have ready, and begins what is due.
    pub(super) fn receive_sharing(&mut self) {
        self.receive_step();
        self.receive_admitted();
        self.follow_shared();
        self.receive_exchanged();
        self.hear_news();
        self.keep_in_step();
    }

    fn receive_step(&mut self) {
        match self.exchange_work.share.step.take() {
            None => {}
            Some(Step::Reaching(job, address)) => match job.poll() {
                None => self.exchange_work.share.step = Some(Step::Reaching(job, address)),
                Some(Ok(())) => self.seal_and_save(address),
                Some(Err(failure)) => self.share_trouble(trouble(&failure)),
            },
            Some(Step::Saving(address)) => {
                if self.state.project.as_ref().is_some_and(|open| open.session.is_saved()) {
                    self.send_project(address);
                } else {
                    self.exchange_work.share.step = Some(Step::Saving(address));
                    self.ctx.request_repaint_after(AT_ONCE);
                }
            }
            Some(Step::Sharing(job, address)) => match job.poll() {
                None => self.exchange_work.share.step = Some(Step::Sharing(job, address)),
                Some(Ok(shared)) => self.shared(&shared, address),
                Some(Err(failure)) => self.share_trouble(trouble(&failure)),
            },
            Some(Step::Fetching(job, path)) => match job.poll() {
                None => self.exchange_work.share.step = Some(Step::Fetching(job, path)),
                Some(Ok(synced)) => self.fetched(&synced, path),
                Some(Err(failure)) => self.share_trouble(trouble(&failure)),
            },
        }
    }

    fn shared(&mut self, shared: &server::Shared, address: Address) {
        let remember = self.state.exchange.share.take().is_some_and(|draft| draft.form.remember);
        let sent = usize::try_from(shared.sent.entries).unwrap_or(usize::MAX);
        let text = format!("Shared on {}: {} sent.", address.host(), count(sent, "entry", "entries"));
        if shared.about.sees_all {
            let hint = "You are connected as a superuser, whom PostgreSQL shows everything, open votes too. Share as an \
                        ordinary role that owns the database, and be blind like the others.";
            self.state.notices.tell(Tone::Warning, text, hint);
        } else {
            self.state.notices.done(text);
        }
        self.exchange_work.share.of = PathBuf::new();
        self.follow_shared();
        self.remember_password(&address, remember);
        self.exchange_work.share.address = Some(address);
    }

    fn fetched(&mut self, synced: &server::Synced, path: PathBuf) {
        self.state.exchange.share = None;
        let fetched = usize::try_from(synced.fetched).unwrap_or(usize::MAX);
        self.state.notices.done(format!("{} fetched.", count(fetched, "entry", "entries")));
        if self.state.author().name() != synced.about.author {
            let text = format!("The server knows you as {}.", synced.about.author);
            self.state.notices.tell(Tone::Info, text, "Your labels and votes are signed with that name.");
            let author = synced.about.author.clone();
            let preferences = crate::preferences::Preferences { author, ..self.state.preferences.clone() };
            self.prefer(preferences);
        }
        self.open_files(vec![path]);
    }

    /// Knows the server of the project that is open now.
    fn follow_shared(&mut self) {
        let path = self.state.project.as_ref().filter(|open| open.session.read_only().is_none());
        let path = path.map(|open| open.session.path().to_owned()).unwrap_or_default();
        if self.exchange_work.share.of == path {
            return;
        }
        // An address that was typed for this file is the one with the password.
        let typed = self.exchange_work.share.address.take();
        let step = self.exchange_work.share.step.take();
        let kept = self.config_folder().and_then(|folder| Kept::load(folder, &path));
        let read = kept.as_ref().and_then(|kept| kept.address().ok());
        let address = read.map(|read| typed.clone().filter(|typed| *typed == read).unwrap_or(read));
        self.state.exchange.shared = address.as_ref().map(|address| Shared {
            address: address.to_string(),
            host: address.host(),
            database: address.database().to_owned(),
            condition: Condition::Asking,
            waiting: 0,
            aside: Vec::new(),
            author: None,
            leads: false,
        });
        let due = address.is_some().then(Instant::now);
        // A project that is being fetched is not open yet.
        let address = address.or(typed.filter(|_| path.as_os_str().is_empty()));
        self.exchange_work.share =
            ShareWork { of: path, kept, address, due, step, pause: PAUSE, ..ShareWork::default() };
    }

    fn exchange_now(&mut self) {
        self.exchange_work.share.due = Some(Instant::now());
        self.exchange_work.share.pause = PAUSE;
        if let Some(shared) = &mut self.state.exchange.shared {
            shared.condition = Condition::Asking;
        }
        self.ctx.request_repaint();
    }

    fn due_within(&mut self, time: Duration) {
        let at = Instant::now() + time;
        let work = &mut self.exchange_work.share;
        work.due = Some(work.due.map_or(at, |due| due.min(at)));
        self.ctx.request_repaint_after(time);
    }

    fn hear_news(&mut self) {
        let Some((_, news)) = &self.exchange_work.share.watch else { return };
        let heard: Vec<News> = news.try_iter().collect();
        for one in heard {
            match one {
                News::Something => self.due_within(AT_ONCE * 4),
                News::Here => self.due_within(AT_ONCE),
                News::Gone(why) => self.away(why),
            }
        }
    }

    /// The server does not answer: it is said since when.
    fn away(&mut self, why: String) {
        let Some(shared) = &mut self.state.exchange.shared else { return };
        if let Condition::Away { why: known, .. } = &mut shared.condition {
            *known = why;
        } else if !matches!(shared.condition, Condition::Refused(_)) {
            let since = jiff::Zoned::now().strftime("%H:%M").to_string();
            shared.condition = Condition::Away { since, why };
        }
    }

    /// Begins an exchange where one is due and the session can be gone on from.
    fn keep_in_step(&mut self) {
        let offline = self.state.preferences.offline;
        let (Some(open), Some(shared)) = (&mut self.state.project, &mut self.state.exchange.shared) else {
            return;
        };
        let work = &mut self.exchange_work.share;
        let (Some(address), Some(kept)) = (&work.address, &work.kept) else { return };
        let history = open.session.history();
        let own = (kept.sent + 1..=history.last_seq()).filter_map(|seq| history.line(seq));
        shared.waiting = own.filter(|line| !matches!(line.what, project::What::Merge(_))).count();
        if offline {
            shared.condition = Condition::Offline;
            return;
        } else if shared.condition == Condition::Offline {
            shared.condition = Condition::Asking;
            work.due = Some(Instant::now());
        }
        if work.exchange.is_some() || matches!(shared.condition, Condition::Refused(_)) && work.due.is_none()
        {
            return;
        }
        let acked = open.session.acked();
        if work.upto != Some(acked) && work.due.is_none() {
            work.due = Some(Instant::now() + SOON);
        }
        let Some(due) = work.due else { return };
        let now = Instant::now();
        if now < due || !open.session.is_saved() {
            self.ctx.request_repaint_after(due.saturating_duration_since(now).max(AT_ONCE));
            return;
        }
        let (address, kept, at_ms) = (address.clone(), kept.clone(), self.state.now_ms);
        let base = match open.session.entry_base(at_ms) {
            Ok(base) => base,
            Err(error) => {
                let hint = error.hint().unwrap_or_default().to_owned();
                shared.condition = Condition::Refused(Trouble { text: error.to_string(), hint });
                work.due = None;
                return;
            }
        };
        if !open.session.is_saved() {
            // Who signs was introduced just now.
            self.ctx.request_repaint_after(AT_ONCE);
            return;
        }
        work.upto = Some(acked);
        work.due = None;
        let noted = work.noted.take_if(|(seq, _)| *seq <= acked).map(|(_, noted)| noted);
        let governs = work.governed.is_none_or(|at| at.elapsed() > GOVERN_EVERY);
        let author = self.state.author();
        self.begin_exchange(Beside { address, kept, author, base, noted, governs });
    }

    fn begin_exchange(&mut self, mut beside: Beside) {
        let path = self.exchange_work.share.of.clone();
        let Some(seat) = self.seat(path) else { return };
        if beside.governs {
            self.exchange_work.share.governed = Some(Instant::now());
        }
        let run = move |_: &JobContext| -> Result<Exchanged, JobFailure> {
            if beside.kept.in_keyring
                && beside.address.password().is_none()
                && let Ok(secret) = UserKeys.find(&beside.address.to_string())
            {
                beside.address = beside.address.with_password(secret.reveal());
            }
            Ok(seat.desk().exchange(beside)?)
        };
        let job = self.jobs.spawn(Priority::Background, "Exchange with the server", run);
        self.exchange_work.share.exchange = Some(job);
    }

    fn receive_exchanged(&mut self) {
        let Some(result) = self.exchange_work.share.exchange.as_ref().and_then(Job::poll) else { return };
        self.exchange_work.share.exchange = None;
        match result {
            Ok(done) => self.exchanged(done),
            Err(failure) => self.not_exchanged(&failure),
        }
    }

    fn not_exchanged(&mut self, failure: &JobFailure) {
        let trouble = trouble(failure);
        match failure.error::<ServerError>() {
            Some(error) if error.is_passing() => {
                self.away(trouble.text);
                let pause = self.exchange_work.share.pause;
                self.exchange_work.share.pause = (pause * 2).min(LONGEST_PAUSE);
                self.due_within(pause);
            }
            _ => {
                if let Some(shared) = &mut self.state.exchange.shared {
                    shared.condition = Condition::Refused(trouble);
                }
            }
        }
    }

    fn exchanged(&mut self, done: Exchanged) {
        let Exchanged {
            about, kept, fetched, aside, ready, noted, is_overtaken, conflicts, openings, ..
        } = done;
        let author = Author::new(&about.author);
        self.exchange_work.share.kept = Some(kept);
        self.exchange_work.share.pause = PAUSE;
        if let Some(shared) = &mut self.state.exchange.shared {
            shared.condition = Condition::Together;
            (shared.author, shared.leads) = (Some(about.author), about.leads);
        }
        self.watch_server();
        self.tell_aside(&aside);
        let Some(open) = &mut self.state.project else { return };
        if let Some(ready) = ready {
            match open.session.adopt(ready) {
                Ok(Adopted::Done(adopted)) => {
                    let (touched, before) = *adopted;
                    let seq = open.session.history().last_seq();
                    self.exchange_work.share.noted = noted.map(|noted| (seq, noted));
                    self.after(&touched);
                    drop(before);
                    self.open_what_is_due();
                    self.tell_of_news(fetched, conflicts);
                    // What rounds are over by now, and who else was told.
                    self.due_within(AT_ONCE * 4);
                }
                Ok(Adopted::Overtaken) => self.due_within(AT_ONCE * 4),
                Err(error) => self.refused(&error),
            }
        } else if is_overtaken {
            self.due_within(AT_ONCE * 4);
        } else if !openings.is_empty() {
            match open.session.open_votes(&author, self.state.now_ms, openings) {
                Ok((touched, _)) => self.after(&touched),
                Err(error) => self.refused(&error),
            }
        }
    }

    /// Opens what was sealed here and whose round what came has ended.
    fn open_what_is_due(&mut self) {
        let at_ms = self.state.now_ms;
        let Some(open) = &mut self.state.project else { return };
        if !open.session.project().settings().rule.sealed {
            return;
        }
        match open.session.open_due(at_ms) {
            Ok(touched) => self.after(&touched),
            Err(error) => self.refused(&error),
        }
    }

    /// Quiet work needs no words; what clashes does.
    fn tell_of_news(&mut self, fetched: u64, conflicts: usize) {
        if conflicts > 0 {
            let fetched = usize::try_from(fetched).unwrap_or(usize::MAX);
            let text = format!(
                "{} came, {} to decide.",
                count(fetched, "entry", "entries"),
                count(conflicts, "conflict", "conflicts")
            );
            let hint = "Their regions are disputed; select one to decide it, or leave it to the committee.";
            self.state.notices.tell(Tone::Info, text, hint);
        }
    }

    fn tell_aside(&mut self, aside: &[SetAside]) {
        let sentences = SetAside::sentences(aside);
        if let Some(shared) = &mut self.state.exchange.shared {
            shared.aside.clone_from(&sentences);
        }
        if sentences.is_empty() || self.exchange_work.share.told == sentences {
            return;
        }
        let text = format!("{} from the server set aside.", count(aside.len(), "entry", "entries"));
        self.state.notices.tell(Tone::Warning, text, sentences.join("\n"));
        self.exchange_work.share.told = sentences;
    }

    /// Listens to what others send.
    fn watch_server(&mut self) {
        let work = &mut self.exchange_work.share;
        let (None, Some(address)) = (&work.watch, &work.address) else { return };
        let (tell, news) = sync_channel(NEWS);
        let wake = self.ctx.clone();
        let watch = Watch::start(address.clone(), move |one| {
            let _ = tell.try_send(one);
            wake.request_repaint();
        });
        work.watch = watch.ok().map(|watch| (watch, news));
    }

    fn leave_server(&mut self) {
        let (Some(folder), Some(kept)) = (self.config_folder(), &self.exchange_work.share.kept) else {
            return;
        };
        if let Err(error) = kept.forget(folder) {
            let hint = error.hint().unwrap_or_default();
            return self.state.notices.problem(crate::format::sentence(&error.to_string()), hint);
        }
        self.exchange_work.share = ShareWork { of: kept.path.clone(), ..ShareWork::default() };
        self.state.exchange.shared = None;
        self.state.exchange.share = None;
        self.state.notices.done("Nothing is exchanged any more; the file has everything that was fetched.");
    }

    /// Lets somebody in.
    fn admit(&mut self) {
        let Some(address) = self.exchange_work.share.address.clone() else { return };
        let Some(draft) = &mut self.state.exchange.admit else { return };
        let (name, role) = (draft.name.trim().to_owned(), draft.role);
        draft.is_running = true;
        let in_keyring = self.exchange_work.share.kept.as_ref().is_some_and(|kept| kept.in_keyring);
        let run = move |_: &JobContext| -> Result<Admitted, JobFailure> {
            let mut address = address;
            if in_keyring
                && address.password().is_none()
                && let Ok(secret) = UserKeys.find(&address.to_string())
            {
                address = address.with_password(secret.reveal());
            }
            let mut connection = Connection::open(&address)?;
            let added = connection.add_member(&name, None, role, None)?;
            let theirs = connection.address().of_member(&added.role).to_string();
            Ok(Admitted { name, address: theirs, password: added.password.map(Hidden) })
        };
        self.exchange_work.share.admitting = Some(self.jobs.spawn(Priority::Normal, "Let a member in", run));
    }

    fn receive_admitted(&mut self) {
        let Some(result) = self.exchange_work.share.admitting.as_ref().and_then(Job::poll) else { return };
        self.exchange_work.share.admitting = None;
        if let Some(draft) = &mut self.state.exchange.admit {
            draft.is_running = false;
            draft.outcome = Some(result.map_err(|failure| trouble(&failure)));
        }
    }
}
