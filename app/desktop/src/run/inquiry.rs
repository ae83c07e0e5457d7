//! Asks services and the project itself, beside the window, and keeps what they answer.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use editing::{Pane, Workspace};
use geo::Centroid as _;
use jobs::{Job, JobContext, JobFailure, Priority};
use places::plugin_api::{Answer, Point};
use places::{
    AskError, Card, Keys as _, LOCAL, LocalMap, Network, Pauses, Question, Registry, Reply, UserKeys,
    context, difference, read_again,
};
use project::question::Evidence;
use project::{Project, ResponseId, Seq};
use spatial::{Crs, Transformer, WorldPoint, WorldRect};

use crate::asking::QuestionAsk;
use crate::frame::Program;
use crate::inquiry::{Inquiry, InquiryAsk, Reading, Shown, Spot};
use crate::notice::Tone;
use crate::outbox::CameraMove;

/// Answers that are read to be shown at a time.
const MOST_READ: usize = 40;

/// Kept answers that a frame takes up, so that a project with very many holds none up.
const AT_ONCE: usize = 5_000;

/// What the map of the local provider was made of.
type MapKey = (PathBuf, Seq, u64, Vec<PathBuf>);
type Readings = Vec<(ResponseId, Result<Reading, String>)>;

/// What is being asked beside the window.
#[derive(Debug, Default)]
pub(crate) struct InquiryWork {
    looking: Option<Job<Looked>>,
    asking: Option<Job<Asked>>,
    reading: Option<Job<Readings>>,
    pub(super) picture: Option<Job<super::inquiry_picture::Drawn>>,
    network: Arc<OnceLock<Network>>,
    map: Option<(MapKey, Arc<LocalMap>)>,
}

impl InquiryWork {
    /// The one that everything of this window is asked through.
    pub(super) fn network(&self) -> Arc<OnceLock<Network>> {
        Arc::clone(&self.network)
    }

    pub(crate) fn is_busy(&self) -> bool {
        self.looking.is_some() || self.asking.is_some() || self.reading.is_some() || self.picture.is_some()
    }
}

/// Who can be asked.
#[derive(Debug)]
struct Looked {
    registry: Registry,
    keys: BTreeMap<String, &'static str>,
    faults: Vec<String>,
}

/// How a question went.
#[derive(Debug)]
struct Asked {
    question: Question,
    outcome: Outcome,
    map: Option<(MapKey, Arc<LocalMap>)>,
}

#[derive(Debug)]
enum Outcome {
    /// The project keeps the answer; nobody was asked.
    Kept(ResponseId),
    /// A new answer, and the one that was kept before.
    New(Box<Reply>, Option<Answer>),
}

impl Program {
    pub(super) fn inquiry(&mut self, ask: InquiryAsk) {
        let inquiry = &mut self.state.inquiry;
        match ask {
            InquiryAsk::Form(form) => inquiry.form = *form,
            InquiryAsk::Take(spot) => self.take_spot(spot),
            InquiryAsk::TakeLine => self.take_line(),
            InquiryAsk::ChooseExtract => self.ask_for_file(crate::work::Purpose::Extract),
            InquiryAsk::Send { again } => self.send_inquiry(again),
            InquiryAsk::Stop => (self.questions_work.inquiry.asking, inquiry.under_way) = (None, None),
            InquiryAsk::Words(words) => {
                inquiry.found = inquiry.shelf.find(&words);
                inquiry.words = words;
            }
            InquiryAsk::Open(id) => {
                self.take_form_of(id);
                let inquiry = &mut self.state.inquiry;
                inquiry.trouble = None;
                inquiry.shown = Some(Shown { response: id, is_kept: true, changes: None });
            }
            InquiryAsk::Cite(id) => self.cite_response(id),
            InquiryAsk::Close => (inquiry.shown, inquiry.trouble) = (None, None),
            InquiryAsk::Find(id, n) => self.find_on_map(id, Some(n)),
            InquiryAsk::FindAll(id) => self.find_on_map(id, None),
            InquiryAsk::Layout(layout) => inquiry.layout = layout,
            InquiryAsk::WriteContext => self.write_context(),
            InquiryAsk::Offline(offline) => self.work_offline(offline),
        }
    }

    /// Forbids the network, or allows it again.
    pub(super) fn work_offline(&mut self, offline: bool) {
        let preferences = crate::preferences::Preferences { offline, ..self.state.preferences.clone() };
        self.prefer(preferences);
        if offline {
            self.stop_models();
        }
        if offline && self.is_asking_a_service() {
            (self.questions_work.inquiry.asking, self.state.inquiry.under_way) = (None, None);
            self.state.inquiry.trouble = Some(AskError::Stopped);
        }
    }

    fn is_asking_a_service(&self) -> bool {
        self.questions_work.inquiry.asking.is_some() && self.state.inquiry.form.provider != LOCAL
    }

    /// Follows the journal, looks who can be asked once somebody might ask, and reads the answers that are shown.
    pub(crate) fn plan_inquiry(&mut self) {
        self.receive_inquiry();
        remote::forbid(self.state.preferences.offline);
        let Some(open) = &self.state.project else {
            if self.state.inquiry.of.is_some() {
                self.forget_inquiry();
            }
            return;
        };
        let key = (open.session.path().to_owned(), open.session.history().last_seq());
        if self.state.inquiry.of.as_ref().is_some_and(|(path, _)| *path != key.0) {
            self.forget_inquiry();
        }
        let Some(open) = &self.state.project else { return };
        let inquiry = &mut self.state.inquiry;
        if inquiry.of.as_ref() != Some(&key) {
            let before = inquiry.shelf.len();
            let is_whole = inquiry.shelf.renew(open.session.project(), AT_ONCE);
            if inquiry.shelf.len() != before || inquiry.of.is_none() {
                inquiry.found = inquiry.shelf.find(&inquiry.words);
            }
            if is_whole {
                inquiry.of = Some(key);
            } else {
                inquiry.of = Some((key.0, Seq::MAX));
                self.ctx.request_repaint();
            }
        }
        if self.state.workspace != Workspace::Questions {
            return;
        }
        if self.state.inquiry.registry.is_none() && self.questions_work.inquiry.looking.is_none() {
            self.look_for_providers();
        }
        self.plan_reading();
    }

    /// What belongs to a project goes with it; what was typed stays.
    fn forget_inquiry(&mut self) {
        let held = std::mem::take(&mut self.state.inquiry);
        self.state.inquiry = Inquiry {
            form: held.form,
            registry: held.registry,
            keys: held.keys,
            layout: held.layout,
            ..Inquiry::default()
        };
        (self.questions_work.inquiry.asking, self.questions_work.inquiry.reading) = (None, None);
        (self.questions_work.inquiry.picture, self.questions_work.inquiry.map) = (None, None);
    }

    fn look_for_providers(&mut self) {
        let folder = self.config_folder().map(|folder| folder.join("providers"));
        let body = move |_: &JobContext| -> Result<Looked, JobFailure> {
            let mut registry = Registry::default();
            let faults = folder.map(|folder| registry.add_folder(&folder)).unwrap_or_default();
            let names: BTreeSet<String> =
                registry.all().iter().flat_map(|provider| provider.about().keys.clone()).collect();
            let mut keys = BTreeMap::new();
            // A keyring that cannot be asked is asked once, not once for each name.
            let mut keyring = true;
            for name in names {
                let in_environment = std::env::var_os(&name).is_some_and(|value| !value.is_empty());
                let place = match in_environment {
                    true => "environment",
                    false if !keyring => "missing",
                    false => match UserKeys.find(&name) {
                        Ok(_) => "keyring",
                        Err(AskError::NoKey { keyring: Some(_), .. }) => {
                            keyring = false;
                            "missing"
                        }
                        Err(_) => "missing",
                    },
                };
                keys.insert(name, place);
            }
            Ok(Looked { registry, keys, faults })
        };
        self.questions_work.inquiry.looking =
            Some(self.jobs.spawn(Priority::Background, "Look for map services", body));
    }

    /// The form says what was asked for a kept answer.
    fn take_form_of(&mut self, id: ResponseId) {
        let held = self.state.content().and_then(|project| project.response(id)).cloned();
        if let Some((response, query)) =
            held.and_then(|held| places::asked(&held).ok().map(|query| (held, query)))
        {
            self.state.inquiry.form.take(&response.provider, &query);
        }
    }

    fn send_inquiry(&mut self, again: bool) {
        // What is fetched again is what is looked at, whatever the form says by now.
        if let Some(shown) = self.state.inquiry.shown.as_ref().filter(|_| again) {
            self.take_form_of(shown.response);
        }
        let inquiry = &mut self.state.inquiry;
        let query = match inquiry.form.query() {
            Ok(query) => query,
            Err(error) => {
                inquiry.trouble = Some(error.into());
                return;
            }
        };
        let Some(open) = &self.state.project else { return };
        let Some(registry) = inquiry.registry.clone() else { return };
        let (form, offline) = (inquiry.form.clone(), self.state.preferences.offline);
        let history = open.session.history();
        let key: MapKey = (
            open.session.path().to_owned(),
            history.last_seq(),
            history.retractions(),
            form.extracts.clone(),
        );
        let project = open.session.project().clone();
        let held_map = self.questions_work.inquiry.map.clone().filter(|(of, _)| *of == key);
        let network = Arc::clone(&self.questions_work.inquiry.network);
        let title = Card::usual_title(&query);
        inquiry.under_way = Some(title.clone());
        (inquiry.trouble, inquiry.shown) = (None, None);
        let body = move |ctx: &JobContext| -> Result<Asked, JobFailure> {
            let (question, map) = if form.provider == LOCAL {
                let map = match held_map {
                    Some(map) => map,
                    None => (key, Arc::new(LocalMap::new(&project, &form.extracts).map_err(AskError::from)?)),
                };
                (Question::local(Arc::clone(&map.1), query), Some(map))
            } else {
                let endpoint = form.endpoint.trim();
                let provider = registry.find(&form.provider)?;
                let endpoint = (!endpoint.is_empty()).then_some(endpoint);
                (Question::to_service(provider, query, endpoint)?, None)
            };
            let outcome = answer(ctx, &question, &project, again, offline, &network)?;
            Ok(Asked { question, outcome, map })
        };
        let job = self.jobs.spawn(Priority::Normal, format!("Ask: {title}"), body);
        self.questions_work.inquiry.asking = Some(job);
    }

    fn receive_inquiry(&mut self) {
        if let Some(result) = self.questions_work.inquiry.looking.as_ref().and_then(Job::poll) {
            self.questions_work.inquiry.looking = None;
            match result {
                Ok(looked) => {
                    self.state.inquiry.registry = Some(Arc::new(looked.registry));
                    self.state.inquiry.keys = looked.keys;
                    if let Some(first) = looked.faults.first() {
                        let text = format!("A declared provider is left out: {first}.");
                        self.state.notices.tell(Tone::Warning, text, looked.faults.join("\n"));
                    }
                }
                Err(failure) => {
                    self.state.inquiry.registry = Some(Arc::default());
                    self.job_failed(&failure);
                }
            }
        }
        if let Some(result) = self.questions_work.inquiry.asking.as_ref().and_then(Job::poll) {
            (self.questions_work.inquiry.asking, self.state.inquiry.under_way) = (None, None);
            match result {
                Ok(asked) => self.take_answer(asked),
                Err(failure) => match failure.error::<AskError>() {
                    Some(error) => self.state.inquiry.trouble = Some(error.clone()),
                    None => self.job_failed(&failure),
                },
            }
        }
        if let Some(result) = self.questions_work.inquiry.reading.as_ref().and_then(Job::poll) {
            self.questions_work.inquiry.reading = None;
            match result {
                Ok(read) => {
                    let read = read.into_iter().map(|(id, read)| (id, read.map(Arc::new)));
                    self.state.inquiry.read.extend(read);
                }
                Err(failure) => self.job_failed(&failure),
            }
        }
        self.receive_view_picture();
    }

    /// Keeps an answer that came, and says what is different from the one before.
    fn take_answer(&mut self, asked: Asked) {
        let Asked { question, outcome, map } = asked;
        if map.is_some() {
            self.questions_work.inquiry.map = map;
        }
        let (author, at_ms) = (self.state.author(), self.state.now_ms);
        let Some(open) = &mut self.state.project else { return };
        let shown = match outcome {
            Outcome::Kept(response) => {
                open.session.note_hit(at_ms, response);
                Shown { response, is_kept: true, changes: None }
            }
            Outcome::New(reply, before) => {
                let changes = before.map(|before| difference(&before, &reply.answer));
                let id = open.session.ids(at_ms).response();
                let response = match reply.into_response(id, &question, at_ms) {
                    Ok(response) => response,
                    Err(error) => {
                        self.state.inquiry.trouble = Some(error);
                        return;
                    }
                };
                match open.session.respond(&author, at_ms, response) {
                    Ok(touched) => self.after(&touched),
                    Err(error) => {
                        self.refused(&error);
                        return;
                    }
                }
                Shown { response: id, is_kept: false, changes }
            }
        };
        // The map of the project is the same with one answer more.
        if let (Some((key, _)), Some(open)) = (&mut self.questions_work.inquiry.map, &self.state.project) {
            key.1 = open.session.history().last_seq();
        }
        self.state.inquiry.shown = Some(shown);
    }

    /// Reads the answers that are looked at or cited, beside the window, and forgets the others.
    fn plan_reading(&mut self) {
        let cited = self.state.asking.draft.iter().flat_map(|draft| &draft.evidence);
        let cited = cited.filter_map(|one| if let Evidence::Response(id) = one { Some(*id) } else { None });
        let shown = self.state.inquiry.shown.iter().map(|shown| shown.response);
        let wanted: BTreeSet<ResponseId> = shown.chain(cited).take(MOST_READ).collect();
        let inquiry = &mut self.state.inquiry;
        inquiry.read.retain(|id, _| wanted.contains(id));
        let missing: Vec<ResponseId> =
            wanted.into_iter().filter(|id| !inquiry.read.contains_key(id)).collect();
        let Some(registry) = inquiry.registry.clone() else { return };
        if missing.is_empty() || self.questions_work.inquiry.reading.is_some() {
            return;
        }
        let Some(project) = self.state.content().cloned() else { return };
        let body = move |ctx: &JobContext| -> Result<Readings, JobFailure> {
            let mut read = Vec::new();
            for id in missing {
                ctx.check()?;
                read.push((id, reading(&registry, &project, id)));
            }
            Ok(read)
        };
        self.questions_work.inquiry.reading =
            Some(self.jobs.spawn(Priority::Normal, "Read kept answers", body));
    }

    fn take_spot(&mut self, spot: Spot) {
        if let Some([lon, lat]) = self.middle_of_map() {
            let text = Point::new(lat, lon).lat_lon().replace(',', ", ");
            self.state.inquiry.form.spots.insert(spot, text);
        }
    }

    /// Longitude and latitude of the middle of the selection, else of the map; says so where there are none.
    pub(super) fn middle_of_map(&mut self) -> Option<[f64; 2]> {
        let project = self.state.content()?;
        let selected = self.state.selection.primary().and_then(|id| project.region(id)?.geometry.centroid());
        let at = selected.map_or(self.state.camera.center, |point| WorldPoint { x: point.x(), y: point.y() });
        let to = project.crs().and_then(|crs| Transformer::new(crs, &Crs::wgs84()).ok());
        let place = to.and_then(|to| to.convert(geo::Coord { x: at.x, y: at.y }));
        if place.is_none() {
            let text = "This project has no CRS, so that a place on its map has no longitude and latitude.";
            self.state.notices.tell(Tone::Info, text, "");
        }
        place.map(|place| [place.x, place.y])
    }

    fn take_line(&mut self) {
        let line = || {
            let project = self.state.content()?;
            let region = project.region(self.state.selection.primary()?)?;
            let geo::Geometry::LineString(line) = &region.geometry else { return None };
            let to = Transformer::new(project.crs()?, &Crs::wgs84()).ok()?;
            let points: Option<Vec<Point>> =
                line.0.iter().map(|c| to.convert(*c).map(|c| Point::new(c.y, c.x))).collect();
            points
        };
        if let Some(line) = line() {
            self.state.inquiry.form.line = Some(("the selected line".to_owned(), line));
        } else {
            let text = "Select a line on the map first, in a project that has a CRS.";
            self.state.notices.tell(Tone::Info, text, "");
        }
    }

    fn find_on_map(&mut self, id: ResponseId, which: Option<usize>) {
        let Some(Ok(reading)) = self.state.inquiry.read.get(&id).cloned() else { return };
        let of_places = |n: usize| reading.places.get(n).copied().flatten().into_iter().collect::<Vec<_>>();
        let of_routes = |n: usize| reading.routes.get(n).cloned().unwrap_or_default();
        let points: Vec<WorldPoint> = match which {
            Some(n) if reading.places.is_empty() => of_routes(n),
            Some(n) => of_places(n),
            None => reading
                .places
                .iter()
                .flatten()
                .copied()
                .chain(reading.routes.iter().flatten().copied())
                .collect(),
        };
        match &points[..] {
            [] => {}
            [only] => self.move_camera(CameraMove::Center(*only)),
            points => {
                let x = points.iter().map(|p| p.x).fold((f64::INFINITY, f64::NEG_INFINITY), span);
                let y = points.iter().map(|p| p.y).fold((f64::INFINITY, f64::NEG_INFINITY), span);
                let around = (x.1 - x.0).max(y.1 - y.0).max(1e-9) * 0.1;
                let low = (x.0 - around, y.0 - around);
                self.move_camera(CameraMove::Fit(WorldRect::new(low, (x.1 + around, y.1 + around))));
            }
        }
    }

    /// The context of the question says what its cards say, in their order.
    fn write_context(&mut self) {
        let inquiry = &self.state.inquiry;
        let Some(draft) = &mut self.state.asking.draft else { return };
        let mut cards = Vec::new();
        for evidence in &draft.evidence {
            let Evidence::Response(id) = evidence else { continue };
            if let Some(Ok(reading)) = inquiry.read.get(id) {
                let title = draft.context.titles.get(id).cloned().unwrap_or_default();
                cards.push(Card { title, query: reading.query.clone(), answer: reading.answer.clone() });
            }
        }
        if cards.is_empty() {
            let text = "No card has an answer to write down: ask first, and cite what came.";
            self.state.notices.tell(Tone::Info, text, "");
            return;
        }
        draft.context.text = context(&cards, inquiry.layout);
    }

    /// Cites an answer; where no question is in the editor, one is begun.
    pub(super) fn cite_response(&mut self, id: ResponseId) {
        if self.state.asking.draft.is_none() {
            self.run(editing::Command::Question(editing::QuestionCommand::New));
        }
        self.question(QuestionAsk::Cite(Evidence::Response(id)));
    }

    pub(super) fn show_inquiry(&mut self) {
        self.show_pane(Pane::Inquiry);
    }

    /// Another extract of OpenStreetMap that the local provider answers from.
    pub(super) fn add_extract(&mut self, path: PathBuf) {
        let extracts = &mut self.state.inquiry.form.extracts;
        if !extracts.contains(&path) {
            extracts.push(path);
        }
    }
}

fn span((low, high): (f64, f64), value: f64) -> (f64, f64) {
    (low.min(value), high.max(value))
}

/// Answers from what is kept, else asks.
fn answer(
    ctx: &JobContext,
    question: &Question,
    project: &Project,
    again: bool,
    offline: bool,
    network: &OnceLock<Network>,
) -> Result<Outcome, JobFailure> {
    let held = question.held(project);
    if let Some(response) = held.filter(|_| !again) {
        // What cannot be read any more is no answer.
        question.read(response)?;
        return Ok(Outcome::Kept(response.id));
    }
    if offline && question.provider() != LOCAL {
        return Err(AskError::Offline { tool: question.tool() }.into());
    }
    let network = if let Some(network) = network.get() {
        network
    } else {
        let made = Network::new(Pauses::default())?;
        network.get_or_init(|| made)
    };
    let reply = question.ask(network, &UserKeys, &|| ctx.check().is_ok())?;
    ctx.check()?;
    let before = held.map(|response| question.read(response)).transpose()?;
    Ok(Outcome::New(Box::new(reply), before))
}

fn reading(registry: &Registry, project: &Project, id: ResponseId) -> Result<Reading, String> {
    let response = project.response(id).ok_or("It is not in the project")?;
    let (query, answer) = read_again(registry, response).map_err(|e| e.to_string())?;
    let to = project.crs().and_then(|crs| Transformer::new(&Crs::wgs84(), crs).ok());
    let on_map = |at: Point| {
        let place = to.as_ref()?.convert(geo::Coord { x: at.lon, y: at.lat })?;
        Some(WorldPoint { x: place.x, y: place.y })
    };
    let places = answer.places().iter().map(|place| on_map(place.at)).collect();
    let line = |line: &[Point]| line.iter().filter_map(|at| on_map(*at)).collect();
    let routes = answer.routes().iter().map(|route| line(&route.line)).collect();
    Ok(Reading { query, answer, places, routes })
}
