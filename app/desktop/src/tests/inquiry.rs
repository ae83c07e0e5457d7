//! The project and a service asked in the window: answers kept, cited, fetched again, written into a context, and a
//! network that is forbidden.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use editing::{Command, EditCommand, QuestionCommand, ViewCommand, Workspace};
use egui::{Key, Modifiers};
use places::plugin_api::Tool;
use places::{AskError, LOCAL, Layout};
use project::question::Evidence;
use project::{Author, Change, ClassCode, Edit, GeometrySource, Label, Region, ResponseId, Settings};

use super::window::Window;
use crate::inquiry::{Form, InquiryAsk, Spot};
use crate::outbox::Ask;

/// A service on this machine that says one thing after the other, and counts.
pub(super) struct Service {
    pub(super) url: String,
    asked: Arc<AtomicUsize>,
    says: Arc<Mutex<String>>,
}

impl Service {
    pub(super) fn new(says: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let (asked, says) = (Arc::new(AtomicUsize::new(0)), Arc::new(Mutex::new(says.to_owned())));
        let (count, body) = (Arc::clone(&asked), Arc::clone(&says));
        let serve = move || {
            for stream in listener.incoming().flatten() {
                count.fetch_add(1, Ordering::SeqCst);
                let body = body.lock().unwrap_or_else(PoisonError::into_inner).clone();
                answer(&stream, &body);
            }
        };
        std::thread::Builder::new().name("service".into()).spawn(serve).expect("a thread");
        Self { url, asked, says }
    }

    pub(super) fn say(&self, text: &str) {
        *self.says.lock().unwrap_or_else(PoisonError::into_inner) = text.to_owned();
    }

    pub(super) fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

fn answer(mut stream: &TcpStream, body: &str) {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    while reader.read_line(&mut line).is_ok_and(|n| n > 2) {
        line.clear();
    }
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes()));
    let _ = stream.take(1).read(&mut [0]);
}

fn town(lat: &str, name: &str) -> String {
    format!(
        r#"[{{"osm_type":"node","osm_id":1,"lat":"{lat}","lon":"-93.0","display_name":"{name}, USA","name":"{name}"}}]"#
    )
}

impl Window {
    fn tell(&mut self, ask: InquiryAsk) {
        self.program().carry_out(Ask::Inquiry(ask));
        self.settle();
    }

    fn form(&mut self, change: impl FnOnce(&mut Form)) {
        let mut form = self.program().state.inquiry.form.clone();
        change(&mut form);
        self.tell(InquiryAsk::Form(Box::new(form)));
    }

    fn shown(&mut self) -> (ResponseId, bool) {
        let shown = self.program().state.inquiry.shown.clone();
        let shown = shown.unwrap_or_else(|| panic!("{:?}", self.program().state.inquiry.trouble));
        (shown.response, shown.is_kept)
    }

    /// Five destroyed squares of 10 m, 20 m apart, near 37° N 93° W, in UTM, with the panel of asking in front.
    fn asking() -> Self {
        let mut window = Self::with_labels(0);
        let settings = window.content().settings().clone();
        let crs = Some(spatial::Crs::from_epsg(32615).expect("known"));
        let placed = Settings { crs, ..settings.clone() };
        let mut edits = vec![Edit::Settings(Change::replace((), settings, placed))];
        let session = &mut window.program().state.project.as_mut().expect("open").session;
        for n in 0..5 {
            let (x, y) = (500_000.0 + 20.0 * f64::from(n), 4_100_000.0);
            let (region, label) = (session.ids(1).region(), session.ids(1).label());
            let square = Region {
                geometry: geo::Rect::new((x, y), (x + 10.0, y + 10.0)).to_polygon().into(),
                layer: None,
                source: GeometrySource::custom(),
                source_id: Some(format!("house {n}")),
                attributes: std::collections::BTreeMap::new(),
            };
            edits.push(Edit::Region(Change::create(region, Arc::new(square))));
            let said = Label {
                region,
                class: ClassCode::new("destroyed"),
                author: Author::new("Ana"),
                confidence: None,
                note: String::new(),
                seconds: None,
                at_ms: None,
                replies_to: Vec::new(),
                layer: None,
                schema_version: None,
            };
            edits.push(Edit::Label(Change::create(label, said)));
        }
        assert!(window.program().apply(Edit::batch("Begin", edits)));
        window.program().run(Command::View(ViewCommand::Show(Workspace::Questions)));
        window.settle();
        window.press(Key::F10);
        window
    }
}

#[test]
fn the_project_itself_is_asked_answers_are_kept_cited_and_written_into_the_context() {
    let mut window = Window::asking();
    window.program().run(Command::Edit(EditCommand::SelectAll));
    window.tell(InquiryAsk::Take(Spot::At));
    window.form(|form| {
        form.kind = "destroyed".into();
        form.radius_m = 45.0;
    });
    window.click_button("Ask");
    let (first, kept) = window.shown();
    assert!(!kept);
    assert!(window.reads("MISS"), "it says that it was asked");
    let reading = window.program().state.inquiry.read[&first].clone().expect("read");
    let places = reading.answer.places().len();
    assert!((2..=5).contains(&places), "{places}");
    assert!(reading.places.iter().all(Option::is_some), "all are on the map");
    window.click_button("Ask");
    assert_eq!(window.shown(), (first, true), "nobody is asked twice");
    assert!(window.reads("HIT"));
    assert_eq!(window.content().responses().len(), 1);
    let hits = window.program().state.project.as_ref().expect("open").session.hits(first);
    assert_eq!(hits, 1);
    window.click_button("Cite");
    let draft = window.program().state.asking.draft.clone().expect("a question was begun");
    assert_eq!(draft.evidence, [Evidence::Response(first)]);
    window.tell(InquiryAsk::Layout(Layout::Table));
    window.tell(InquiryAsk::WriteContext);
    let context = window.program().state.asking.draft.clone().expect("there").context.text;
    assert_eq!(context.lines().count(), places + 2, "{context}");
    assert!(context.starts_with("destroyed within 45 m of 37."), "{context}");
    window.write("Words of the question", "How many are destroyed?");
    window.press_with(Modifiers::COMMAND, Key::S);
    assert_eq!(window.content().questions().len(), 1);
    assert!(project::violations(window.content()).is_empty());
}

#[test]
fn a_service_is_asked_once_fetched_again_with_the_difference_and_not_at_all_offline() {
    let service = Service::new(&town("37.0", "Joplin"));
    let mut window = Window::asking();
    let url = service.url.clone();
    window.form(|form| {
        (form.provider, form.tool) = ("nominatim".into(), Tool::TextSearch);
        (form.text, form.endpoint) = ("Joplin".into(), url);
    });
    window.tell(InquiryAsk::Offline(true));
    window.expect("Offline");
    window.click_button("Ask");
    assert_eq!(window.program().state.inquiry.trouble, Some(AskError::Offline { tool: Tool::TextSearch }));
    assert_eq!((service.asked(), window.content().responses().len()), (0, 0));
    window.program().run(Command::Question(QuestionCommand::Offline));
    window.settle();
    window.click_button("Ask");
    let (first, kept) = window.shown();
    assert!(!kept && service.asked() == 1);
    window.tell(InquiryAsk::Offline(true));
    window.click_button("Ask");
    assert_eq!((window.shown(), service.asked()), ((first, true), 1), "what is kept is answered offline");
    window.tell(InquiryAsk::Offline(false));
    service.say(&town("37.01", "Joplin"));
    window.click_button("Fetch again");
    let shown = window.program().state.inquiry.shown.clone().expect("an answer");
    assert_eq!((service.asked(), window.content().responses().len()), (2, 2), "both are kept");
    let changes = shown.changes.expect("compared");
    assert!(changes[0].contains("1112 m away"), "{changes:?}");
    window.expect("Different from before");
    service.say("<html>sign in</html>");
    window.click_button("Fetch again");
    assert!(matches!(window.program().state.inquiry.trouble, Some(AskError::Unreadable(_))));
    window.expect("Answer not usable");
    assert_eq!(window.content().responses().len(), 2, "what is no answer is not kept");
}

#[test]
fn kept_answers_are_searched_and_looked_at_again() {
    let mut window = Window::asking();
    for text in ["house 1", "house 2", "nothing of the kind"] {
        window.form(|form| {
            (form.provider, form.tool) = (LOCAL.into(), Tool::TextSearch);
            form.text = text.into();
        });
        window.click_button("Ask");
    }
    assert_eq!(window.program().state.inquiry.found.len(), 3);
    window.tell(InquiryAsk::Words("house 2".into()));
    assert_eq!(window.program().state.inquiry.found.len(), 1);
    let only = window.program().state.inquiry.found[0];
    window.tell(InquiryAsk::Open(only));
    let (shown, kept) = window.shown();
    assert!(kept);
    let reading = window.program().state.inquiry.read[&shown].clone().expect("read");
    assert_eq!(reading.answer.places()[0].name, "house 2");
    let form = &window.program().state.inquiry.form;
    assert_eq!(
        (form.text.as_str(), form.tool),
        ("house 2", Tool::TextSearch),
        "the form says what was asked"
    );
    window.form(|form| form.text = "something else".into());
    window.tell(InquiryAsk::Send { again: true });
    assert_eq!(window.program().state.inquiry.shown.clone().expect("again").changes, Some(Vec::new()));
    assert_eq!(window.program().state.inquiry.form.text, "house 2", "what is looked at is fetched again");
    window.tell(InquiryAsk::Open(only));
    window.tell(InquiryAsk::Find(shown, 0));
    let middle = window.program().state.camera.center;
    assert!((middle.x - 500_045.0).abs() < 1.0 && (middle.y - 4_100_005.0).abs() < 1.0, "{middle:?}");
    let empty = *window.content().responses().keys().nth(2).expect("the third");
    window.tell(InquiryAsk::Open(empty));
    window.expect("Nothing was found.");
}

#[test]
fn what_the_map_shows_is_kept_as_a_picture() {
    let mut window = Window::asking();
    window.press(Key::F7);
    window.program().run(Command::Question(QuestionCommand::CitePicture));
    window.settle();
    let draft = window.program().state.asking.draft.clone().expect("a question");
    let [Evidence::View(view), Evidence::Response(id)] = &draft.evidence[..] else { panic!("{draft:?}") };
    let response = window.content().response(*id).expect("kept").clone();
    assert_eq!((response.provider.as_str(), response.tool.as_str()), (LOCAL, places::PICTURE));
    let image = image::load_from_memory(&response.body.unpack().expect("sound")).expect("a PNG");
    let [left, bottom, right, top] = view.bounds;
    let shape = (right - left) / (top - bottom);
    let drawn = f64::from(image.width()) / f64::from(image.height());
    assert!((shape / drawn - 1.0).abs() < 0.01, "{shape} and {drawn}");
    window.expect("Picture of the map");
}
