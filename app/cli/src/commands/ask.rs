//! `ask`: a question to a map service or to the project itself, answered once and kept.

use std::path::Path;
use std::sync::Arc;

use places::plugin_api::{Answer, Query};
use places::{
    AskError, LOCAL, LocalMap, Network, Pauses, Question, Registry, UserKeys, difference, provider_folder,
};
use project::{Author, Project, Response};
use serde_json::{Value, json};

use crate::args::AskArgs;
use crate::output::{Output, note};
use crate::stop;
use crate::workspace::{self, now_ms};

/// Bytes of the longest query in a file.
const LONGEST_QUERY: u64 = 4 << 20;

pub(crate) fn run(args: &AskArgs, output: &Output) -> anyhow::Result<()> {
    let project = workspace::load(&args.project)?;
    let question = question(args, &project)?;
    let held = question.held(&project).cloned();
    if let Some(response) = held.as_ref().filter(|_| !args.again) {
        let answer = question.read(response)?;
        let hits = store::count_hit(&args.project, response.id, now_ms());
        return report(output, response, &answer, &Told { cached: true, hits, changes: None });
    }
    if args.offline && question.provider() != LOCAL {
        return Err(AskError::Offline { tool: question.tool() }.into());
    }
    stop::listen();
    let network = Network::new(Pauses::default())?;
    let reply = question.ask(&network, &UserKeys, &|| !stop::is_wanted())?;
    let answer = reply.answer.clone();
    // Opened only now: whoever works in the project meanwhile is not kept from it.
    let author = Author::new(&args.author);
    let mut session = workspace::edit(&args.project, author.name())?;
    let now = now_ms();
    let response = reply.into_response(session.ids(now).response(), &question, now)?;
    session.respond(&author, now, response.clone())?;
    session.close()?;
    let changes = held.map(|before| question.read(&before)).transpose()?;
    let changes = changes.map(|before| difference(&before, &answer));
    report(output, &response, &answer, &Told { cached: false, hits: None, changes })
}

/// What is told beside the answer.
struct Told {
    cached: bool,
    /// How often it was answered from the file so far; `None` where that is not counted.
    hits: Option<u64>,
    /// What is different from the answer before.
    changes: Option<Vec<String>>,
}

/// Every provider that this user has.
pub(crate) fn registry() -> Registry {
    let mut registry = Registry::default();
    if let Some(folder) = provider_folder() {
        for fault in registry.add_folder(&folder) {
            note(&format!("warning: {fault}"));
        }
    }
    registry
}

fn question(args: &AskArgs, project: &Project) -> anyhow::Result<Question> {
    let text = match args.query.strip_prefix('@') {
        Some(path) => String::from_utf8(workspace::read_bytes(Path::new(path), LONGEST_QUERY)?)?,
        None => args.query.clone(),
    };
    let query = Query::parse(args.tool, &text).map_err(AskError::from)?;
    if args.provider == LOCAL {
        let map = LocalMap::new(project, &args.extracts).map_err(AskError::from)?;
        return Ok(Question::local(Arc::new(map), query));
    }
    let provider = registry().find(&args.provider)?;
    Ok(Question::to_service(provider, query, args.endpoint.as_deref())?)
}

fn report(output: &Output, response: &Response, answer: &Answer, told: &Told) -> anyhow::Result<()> {
    let (cached, changes) = (told.cached, told.changes.as_deref());
    let mut value = json!({
        "key": response.key().to_string(),
        "response": response.id.to_string(),
        "cached": cached,
        "status": response.status,
        "milliseconds": if cached { 0 } else { response.latency_ms },
        "provider": response.provider,
        "tool": response.tool,
        "sha256": response.body.sha256(),
        "terms": response.terms,
        "hits": told.hits,
    });
    let (field, answered) = match serde_json::to_value(answer)? {
        Value::Object(fields) => fields.into_iter().next().unwrap_or_default(),
        _ => <(String, Value)>::default(),
    };
    value[field.as_str()] = answered;
    // The local provider counts all, also those that are not listed.
    let body = response.body.unpack().ok().filter(|_| response.provider == LOCAL);
    let body: Option<Value> = body.and_then(|body| serde_json::from_slice(&body).ok());
    let total = body.and_then(|body| body.get("total").cloned()).filter(|_| field == "places");
    if let Some(total) = &total {
        value["total"] = total.clone();
    }
    if let Some(changes) = changes {
        value["changes"] = json!(changes);
    }
    output.result(&value, || text(response, cached, answer, total.as_ref(), changes))
}

fn text(
    response: &Response,
    cached: bool,
    answer: &Answer,
    total: Option<&Value>,
    changes: Option<&[String]>,
) -> String {
    let short = response.key().to_string();
    let how = if cached { "kept".to_owned() } else { format!("{} ms", response.latency_ms) };
    let mut lines = vec![format!("{} · {} · {how} · {}", response.provider, response.tool, &short[..12])];
    for place in answer.places() {
        let far = place.distance_m.map_or_else(String::new, |m| format!("  {m:.1} m"));
        let kinds = place.kinds.join(", ");
        lines.push(format!(
            "{}  {kinds}  {:.6}, {:.6}{far}  {}",
            place.name, place.at.lat, place.at.lon, place.id
        ));
    }
    for (number, route) in answer.routes().iter().enumerate() {
        let time = route.duration_s.map_or_else(String::new, |s| format!(", {:.0} min", s / 60.0));
        lines.push(format!("route {}: {:.0} m{time}  {}", number + 1, route.distance_m, route.summary));
        let steps = route.legs.iter().flat_map(|leg| &leg.steps);
        lines.extend(steps.map(|step| format!("  {} ({:.0} m)", step.text, step.distance_m)));
    }
    if let Answer::Matrix(matrix) = answer {
        for row in &matrix.durations_s {
            let cells = row.iter().map(|cell| cell.map_or_else(|| "–".to_owned(), |s| format!("{s:.0} s")));
            lines.push(cells.collect::<Vec<_>>().join("  "));
        }
    }
    lines.extend(total.map(|total| format!("{total} in all")));
    if let Some(changes) = changes {
        lines.push(if changes.is_empty() {
            "The same as before".into()
        } else {
            "Different from before:".into()
        });
        lines.extend(changes.iter().map(|change| format!("  {change}")));
    }
    lines.extend((!response.terms.is_empty()).then(|| response.terms.clone()));
    lines.join("\n")
}
