//! A project with many kept answers and questions: how long it takes to open it, to search in it and to open one of each.
//!
//! `cargo run --release -p orthoscope-places --example asked_before [ANSWERS] [QUESTIONS]`

use std::collections::BTreeMap;
use std::time::Instant;

use places::{Registry, Shelf, read_again};
use project::question::{Answer, Evidence, QuestionKind};
use project::{Author, Body, Change, Edit, Project, Question, Response, ResponseId};
use questions::{Filter, Index};
use store::{Identity, OpenMode, Session};

type Fault = Box<dyn std::error::Error>;

/// Answers that one transaction takes.
const AT_ONCE: usize = 2_000;

fn main() -> Result<(), Fault> {
    let mut numbers = std::env::args().skip(1).map(|n| n.parse::<usize>());
    let answers = numbers.next().transpose()?.unwrap_or(100_000);
    let asked = numbers.next().transpose()?.unwrap_or(20_000);
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("asked.gpkg");
    let begun = Begun::now();
    make(&path, answers, asked)?;
    let megabytes = std::fs::metadata(&path)?.len() as f64 / 1e6;
    told("made and closed", begun);
    report(&format!("{answers} answers, {asked} questions, file of {megabytes:.0} MB"));
    measure(&path)
}

fn measure(path: &std::path::Path) -> Result<(), Fault> {
    let begun = Begun::now();
    let session = Session::open(path, OpenMode::ReadOnly)?;
    told("open the project", begun);
    let project = session.project();
    let begun = Begun::now();
    let mut shelf = Shelf::default();
    shelf.renew(project, usize::MAX);
    told("take up the answers", begun);
    let begun = Begun::now();
    let mut index = Index::default();
    index.renew(project);
    told("take up the questions", begun);
    for words in ["", "cafe", "near 777", "nothing of the kind", "osrm 37.0"] {
        let begun = Begun::now();
        let found = shelf.find(words).len();
        told(&format!("search answers for “{words}” ({found})"), begun);
    }
    for words in ["", "north", "block 199", "nothing of the kind"] {
        let begun = Begun::now();
        let found = index.find(&Filter { words: words.to_owned(), ..Filter::default() }).len();
        told(&format!("search questions for “{words}” ({found})"), begun);
    }
    let begun = Begun::now();
    let filter = Filter {
        category: Some("nearby".into()),
        kind: Some(QuestionKind::SingleChoice),
        ..Filter::default()
    };
    let found = index.find(&filter);
    told(&format!("filter questions by category and kind ({})", found.len()), begun);
    let begun = Begun::now();
    index.renew(project);
    shelf.renew(project, usize::MAX);
    told("follow an edit", begun);
    open_one(project)
}

fn open_one(project: &Project) -> Result<(), Fault> {
    let registry = Registry::default();
    let middle = project.responses().len() / 2;
    let response = project.responses().values().nth(middle).ok_or("no answer")?;
    let begun = Begun::now();
    let (_, answer) = read_again(&registry, response)?;
    told(&format!("open an answer ({} places)", answer.places().len()), begun);
    let question = project.questions().keys().nth(project.questions().len() / 2);
    let question = *question.ok_or("no question")?;
    let begun = Begun::now();
    let state = project.question_outcome(question).state;
    told(&format!("open a question ({})", state.text()), begun);
    Ok(())
}

fn make(path: &std::path::Path, answers: usize, asked: usize) -> Result<(), Fault> {
    let ana = Author::new("Ana");
    let mut session = Session::create(path, &Identity::new("asked_before", 0), "Ana")?;
    let mut ids: Vec<ResponseId> = Vec::with_capacity(answers);
    while ids.len() < answers {
        let mut some = Vec::new();
        for n in ids.len()..answers.min(ids.len() + AT_ONCE) {
            let id = session.ids(n as i64).response();
            some.push(response(id, n)?);
        }
        ids.extend(some.iter().map(|response| response.id));
        session.respond_all(&ana, 0, some)?;
    }
    let edits: Vec<Edit> = (0..asked)
        .map(|n| {
            let text =
                format!("Which café is nearest to block {n} of the {} quarter?", ["north", "south"][n % 2]);
            let mut question = Question::new(&text, QuestionKind::SingleChoice, ana.clone());
            question.options = (0..4).map(|option| format!("Bean House {}", n + option)).collect();
            question.answer = Some(Answer::Options(vec![n as u32 % 4]));
            ["nearby", "routing", "poi"][n % 3].clone_into(&mut question.category);
            question.context.text = "Bean House 1, 12 Main Street; cafe; 120 m away. ".repeat(12);
            question.evidence.extend(ids.get(n * 5 % ids.len().max(1)).map(|id| Evidence::Response(*id)));
            Edit::Question(Change::create(session.ids(0).question(), question))
        })
        .collect();
    session.edit(&ana, 0, Edit::batch("Import", edits))?;
    session.close()?;
    Ok(())
}

/// A nearby search of Photon with five places in its answer.
fn response(id: ResponseId, n: usize) -> Result<Response, Fault> {
    let (lat, lon) = (37.0 + n as f64 * 1e-6, -94.5 + n as f64 * 1e-6);
    let feature = |place: usize| {
        serde_json::json!({
            "type": "Feature",
            "geometry": { "type": "Point", "coordinates": [lon + place as f64 * 1e-4, lat] },
            "properties": { "osm_type": "N", "osm_id": n * 5 + place, "name": format!("Bean House {}", n + place),
                "osm_key": "amenity", "osm_value": "cafe", "street": "Main Street", "housenumber": place.to_string(),
                "city": "Joplin", "state": "Missouri", "country": "United States" },
        })
    };
    let features: Vec<_> = (0..5).map(feature).collect();
    let body = serde_json::json!({ "type": "FeatureCollection", "features": features }).to_string();
    let request = serde_json::json!({
        "provider": "photon",
        "query": { "at": { "lat": lat, "lon": lon }, "keyword": format!("near {n}"), "kind": "amenity=cafe", "limit": 5,
            "radius_m": 500 },
        "request": { "body": null, "headers": {}, "method": "GET", "url": "https://photon.komoot.io/reverse",
            "parameters": [["lat", lat.to_string()], ["limit", "5"], ["lon", lon.to_string()], ["radius", "0.5"]] },
        "tool": "nearby",
    });
    Ok(Response {
        id,
        provider: "photon".into(),
        tool: "nearby".into(),
        request: request.to_string(),
        status: 200,
        headers: BTreeMap::from([("content-type".to_owned(), "application/json".to_owned())]),
        body: Body::pack(body.as_bytes())?,
        latency_ms: 120,
        fetched_at_ms: n as i64,
        terms: "© OpenStreetMap contributors, ODbL 1.0".into(),
    })
}

/// When something began, and how long this thread had been on a processor by then.
#[derive(Clone, Copy)]
struct Begun(Instant, Option<f64>);

impl Begun {
    fn now() -> Self {
        Self(Instant::now(), processor_ms())
    }
}

/// Milliseconds that this thread has been on a processor; `None` where the system does not say.
fn processor_ms() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    Some(text.split_whitespace().next()?.parse::<f64>().ok()? / 1e6)
}

/// How long something took, and how much of that on a processor: on a busy machine the second is what it costs.
fn told(what: &str, begun: Begun) {
    let took = begun.0.elapsed().as_secs_f64() * 1e3;
    let worked =
        begun.1.zip(processor_ms()).map_or_else(String::new, |(from, to)| format!("{:>9.1}", to - from));
    report(&format!("{took:>9.1} ms {worked}  {what}"));
}

#[expect(clippy::print_stdout, reason = "what this program is for")]
fn report(line: &str) {
    println!("{line}");
}
