//! One JSON document a line: everything that the project knows of a question, and what its evidence holds.

use std::collections::BTreeMap;

use project::question::Evidence;
use project::{Author, Project, Question, QuestionId};
use serde_json::{Map, Value, json};

use super::{Content, ExchangeError, Form, MOST_QUESTIONS, Rejected};

/// Longest line.
const LONGEST: usize = 16 << 20;
/// Keys that are for whoever reads the file and are not read back.
const TOLD: [&str; 3] = ["answer_text", "holds", "state"];

pub(super) fn read(text: &[u8], author: &Author) -> Result<Content, ExchangeError> {
    let mut content = Content { form: Form::Jsonl, rows: 0, questions: Vec::new(), rejected: Vec::new() };
    for (index, line) in (1..).zip(text.split(|byte| *byte == b'\n')) {
        let line = line.trim_ascii();
        if line.is_empty() {
            continue;
        }
        content.rows += 1;
        if content.rows > MOST_QUESTIONS {
            return Err(ExchangeError::TooMany);
        }
        match question(line, author) {
            Ok(question) => content.questions.push(question),
            Err(reason) => content.rejected.push(Rejected { index, part: None, reason }),
        }
    }
    Ok(content)
}

fn question(line: &[u8], author: &Author) -> Result<Question, String> {
    if line.len() > LONGEST {
        return Err(format!("it is longer than {LONGEST} bytes"));
    }
    let mut object: Map<String, Value> =
        serde_json::from_slice(line).map_err(|e| format!("it is no JSON object: {e}"))?;
    for key in TOLD {
        object.remove(key);
    }
    let id = object.remove("id");
    if !object.contains_key("author") {
        object.insert("author".to_owned(), json!(author));
    }
    let mut question: Question =
        serde_json::from_value(Value::Object(object)).map_err(|e| format!("it is no question: {e}"))?;
    // Votes that it answered are votes of another project.
    question.replies_to.clear();
    if question.source_id.is_none()
        && let Some(Value::String(id)) = id
    {
        question.source_id = Some(id);
    }
    match question.fault() {
        Some(fault) => Err(fault),
        None => Ok(question),
    }
}

pub(super) fn write(project: &Project, held: &[(QuestionId, &Question)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (id, question) in held {
        let mut object = Map::new();
        object.insert("id".to_owned(), json!(id));
        // A question always has a JSON form: the project lets no other in.
        if let Ok(Value::Object(fields)) = serde_json::to_value(question) {
            object.extend(fields);
        }
        object.insert("answer_text".to_owned(), json!(question.answer_text()));
        object.insert("state".to_owned(), json!(project.question_outcome(*id).state));
        let holds: Vec<Value> = question.evidence.iter().map(|one| holds(project, one)).collect();
        object.insert("holds".to_owned(), Value::Array(holds));
        bytes.extend(serde_json::to_vec(&object).unwrap_or_default());
        bytes.push(b'\n');
    }
    bytes
}

/// What a piece of evidence is, for whoever has not the project.
pub(super) fn holds(project: &Project, evidence: &Evidence) -> Value {
    match evidence {
        Evidence::Response(id) => json!({ "response": id }),
        Evidence::Region(id) => {
            let Some(region) = project.region(*id) else { return json!({ "region": id, "gone": true }) };
            let bounds = region.bounds().map(|r| [r.min().x, r.min().y, r.max().x, r.max().y]);
            let class = project.outcome(*id).class;
            json!({
                "region": id,
                "class": class.map(|class| class.to_string()),
                "source_id": region.source_id,
                "bounds": bounds,
                "crs": project.crs().map(spatial::Crs::label),
            })
        }
        Evidence::View(view) => {
            let name = |id| project.layers().get(id).map(|layer| (layer.path.as_str(), &layer.sha256));
            let layers: BTreeMap<_, _> = view.layers.iter().filter_map(name).collect();
            json!({ "view": view.bounds, "crs": project.crs().map(spatial::Crs::label), "layers": layers })
        }
        Evidence::Image(path) => json!({ "image": path }),
        Evidence::Reference(name) => json!({ "reference": name }),
    }
}
