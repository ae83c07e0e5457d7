//! What services answered, as context for whoever answers a question: text for people, JSON for programs, or a table.

use std::fmt::Write as _;
use std::str::FromStr;

use plugin_api::{Answer, Place, Point, Query, Route};
use serde_json::{Value, json};

/// How a context is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Layout {
    /// A heading for each answer, a paragraph for each place.
    #[default]
    Text,
    /// One document, a list of answers.
    Json,
    /// A row for each place or route, columns apart by `|`.
    Table,
}

impl Layout {
    pub const ALL: [Self; 3] = [Self::Text, Self::Json, Self::Table];

    /// What a person reads.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Text => "Text",
            Self::Json => "JSON",
            Self::Table => "Table",
        }
    }

    /// The key on the command line.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
            Self::Table => "table",
        }
    }
}

impl FromStr for Layout {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|layout| layout.key() == text);
        found.ok_or_else(|| format!("a context is written as text, json or table, and not as `{text}`"))
    }
}

/// One answer with its heading.
#[derive(Clone, Debug, PartialEq)]
pub struct Card {
    /// What it is called; empty: [`Card::usual_title`].
    pub title: String,
    pub query: Query,
    pub answer: Answer,
}

/// Steps of a way that are told.
const MOST_STEPS: usize = 40;
/// Points of a line that a JSON context holds.
const MOST_POINTS: usize = 50;

impl Card {
    /// What it is called where nobody gives it another name: what was asked, in words.
    pub fn usual_title(query: &Query) -> String {
        let around = |at: Point| at.lat_lon().replace(',', ", ");
        match query {
            Query::TextSearch(query) => format!("Places called “{}”", query.text),
            Query::PlaceDetails(query) => format!("About {}", query.place),
            Query::Nearby(query) => {
                let what = query.kind.as_deref().or(query.keyword.as_deref()).unwrap_or("places");
                format!("{what} within {:.0} m of {}", query.radius_m, around(query.at))
            }
            Query::Route(query) => {
                let by = match query.mode {
                    plugin_api::TravelMode::Drive => "by car",
                    plugin_api::TravelMode::Bicycle => "by bicycle",
                    plugin_api::TravelMode::TwoWheeler => "by motorcycle",
                    plugin_api::TravelMode::Walk => "on foot",
                };
                format!("From {} to {} {by}", around(query.from), around(query.to))
            }
            Query::AlongRoute(query) => {
                let what = query.text.as_deref().or(query.kind.as_deref()).unwrap_or("places");
                format!("{what} along a route")
            }
            Query::Matrix(query) => {
                format!("Travel times from {} to {} places", query.from.len(), query.to.len())
            }
        }
    }

    fn heading(&self) -> String {
        if self.title.trim().is_empty() {
            Self::usual_title(&self.query)
        } else {
            self.title.trim().to_owned()
        }
    }
}

/// Writes answers as a context, in the order in which they stand.
pub fn context(cards: &[Card], layout: Layout) -> String {
    match layout {
        Layout::Text => cards.iter().map(as_text).collect::<Vec<_>>().join("\n\n"),
        Layout::Json => {
            let list: Vec<Value> = cards.iter().map(as_json).collect();
            serde_json::to_string_pretty(&list).unwrap_or_default()
        }
        Layout::Table => cards.iter().map(as_table).collect::<Vec<_>>().join("\n\n"),
    }
}

fn as_text(card: &Card) -> String {
    let mut text = card.heading();
    // Writing to a string cannot fail.
    for (n, place) in (1..).zip(card.answer.places()) {
        let _ = write!(text, "\n{n}. {}", of_place(place));
    }
    for (n, route) in (1..).zip(card.answer.routes()) {
        let _ = write!(text, "\nRoute {n}: {}", of_route(route));
        let steps = route.legs.iter().flat_map(|leg| &leg.steps);
        for step in steps.clone().take(MOST_STEPS) {
            let _ = write!(text, "\n  - {} ({})", step.text, metres(step.distance_m));
        }
        let more = steps.count().saturating_sub(MOST_STEPS);
        if more > 0 {
            let _ = write!(text, "\n  - and {more} more steps");
        }
    }
    if let Answer::Matrix(matrix) = &card.answer {
        for (n, row) in (1..).zip(&matrix.durations_s) {
            let cells: Vec<String> =
                row.iter().map(|cell| cell.map_or_else(|| "no way".to_owned(), duration)).collect();
            let _ = write!(text, "\nFrom {n}: {}", cells.join(", "));
        }
    }
    if card.answer.places().is_empty() && matches!(card.answer, Answer::Places(_)) {
        text.push_str("\nNothing was found.");
    }
    text
}

fn of_place(place: &Place) -> String {
    let mut text = place.name.clone();
    if !place.address.is_empty() {
        let _ = write!(text, ", {}", place.address);
    }
    if !place.kinds.is_empty() {
        let _ = write!(text, "; {}", place.kinds.join(", "));
    }
    let _ = write!(text, "; at {}", place.at.lat_lon().replace(',', ", "));
    if let Some(far) = place.distance_m {
        let _ = write!(text, "; {} away", metres(far));
    }
    for (name, value) in &place.details {
        let _ = write!(text, "; {name}: {}", plain(value));
    }
    text
}

fn of_route(route: &Route) -> String {
    let mut text = metres(route.distance_m);
    if let Some(seconds) = route.duration_s {
        let _ = write!(text, ", {}", duration(seconds));
    }
    if !route.summary.is_empty() {
        let _ = write!(text, ", by {}", route.summary);
    }
    if !route.order.is_empty() {
        let order: Vec<String> = route.order.iter().map(|stop| (stop + 1).to_string()).collect();
        let _ = write!(text, ", stops in the order {}", order.join(", "));
    }
    text
}

fn as_json(card: &Card) -> Value {
    let mut answer = card.answer.clone();
    if let Answer::Routes(routes) = &mut answer {
        for route in routes {
            route.line = plugin_api::line::thin(&route.line, MOST_POINTS);
        }
    }
    json!({
        "title": card.heading(),
        "tool": card.query.tool().key(),
        "query": card.query.to_value(),
        "answer": answer,
    })
}

fn as_table(card: &Card) -> String {
    let mut rows: Vec<Vec<String>> = Vec::new();
    match &card.answer {
        Answer::Places(places) => {
            rows.push(["#", "name", "kind", "address", "lat", "lon", "distance"].map(str::to_owned).to_vec());
            for (n, place) in (1..).zip(places) {
                rows.push(vec![
                    n.to_string(),
                    place.name.clone(),
                    place.kinds.join(", "),
                    place.address.clone(),
                    format!("{:.6}", place.at.lat),
                    format!("{:.6}", place.at.lon),
                    place.distance_m.map(metres).unwrap_or_default(),
                ]);
            }
        }
        Answer::Routes(routes) => {
            rows.push(["#", "length", "time", "by"].map(str::to_owned).to_vec());
            for (n, route) in (1..).zip(routes) {
                let time = route.duration_s.map(duration).unwrap_or_default();
                rows.push(vec![n.to_string(), metres(route.distance_m), time, route.summary.clone()]);
            }
        }
        Answer::Matrix(matrix) => {
            for row in &matrix.durations_s {
                rows.push(row.iter().map(|cell| cell.map_or_else(|| "–".into(), duration)).collect());
            }
        }
    }
    let mut text = card.heading();
    for row in rows {
        // A bar or a line of its own in a name would be a column or a row.
        let cells: Vec<String> = row.iter().map(|cell| cell.replace('|', "¦").replace('\n', " ")).collect();
        let _ = write!(text, "\n{}", cells.join(" | "));
    }
    text
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn metres(m: f64) -> String {
    if m < 10_000.0 { format!("{m:.0} m") } else { format!("{:.1} km", m / 1000.0) }
}

fn duration(seconds: f64) -> String {
    let s = seconds.max(0.0).round() as u64;
    match s {
        0..60 => format!("{s} s"),
        60..3600 => format!("{} min", (s + 30) / 60),
        _ => format!("{} h {} min", s / 3600, s % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use plugin_api::{Leg, RouteStep, Tool};

    use super::*;

    fn card(tool: Tool, query: &str, answer: Answer) -> Card {
        Card { title: String::new(), query: Query::parse(tool, query).expect("sound"), answer }
    }

    fn cafes() -> Card {
        let query = r#"{"at":{"lat":37.08,"lon":-94.51},"radius_m":200,"kind":"cafe"}"#;
        let place = Place {
            kinds: vec!["cafe".into()],
            distance_m: Some(12.4),
            address: "1 Main | St".into(),
            ..Place::new("1", "Bean\nHouse", Point::new(37.081, -94.51))
        };
        card(Tool::Nearby, query, Answer::Places(vec![place]))
    }

    #[test]
    fn a_context_says_what_was_asked_and_what_came() {
        let route = Route {
            summary: "Main St".into(),
            distance_m: 1_234.4,
            duration_s: Some(95.0),
            legs: vec![Leg {
                steps: vec![RouteStep { text: "Turn left".into(), distance_m: 80.0, duration_s: None }],
                ..Leg::default()
            }],
            line: (0..500).map(|n| Point::new(1.0, f64::from(n) / 100.0)).collect(),
            ..Route::default()
        };
        let query = r#"{"from":{"lat":1,"lon":2},"to":{"lat":1,"lon":3},"mode":"walk"}"#;
        let cards = [cafes(), card(Tool::Route, query, Answer::Routes(vec![route]))];
        let text = context(&cards, Layout::Text);
        assert!(
            text.starts_with("cafe within 200 m of 37.08, -94.51\n1. Bean\nHouse, 1 Main | St; cafe; at"),
            "{text}"
        );
        assert!(text.contains("12 m away"), "{text}");
        assert!(
            text.contains(
                "From 1, 2 to 1, 3 on foot\nRoute 1: 1234 m, 2 min, by Main St\n  - Turn left (80 m)"
            ),
            "{text}"
        );
        let json: Value = serde_json::from_str(&context(&cards, Layout::Json)).expect("JSON");
        assert_eq!(json[0]["answer"]["places"][0]["name"], "Bean\nHouse");
        assert_eq!(json[1]["answer"]["routes"][0]["line"].as_array().map(Vec::len), Some(MOST_POINTS));
        assert_eq!(json[1]["tool"], "route");
    }

    #[test]
    fn a_table_keeps_its_rows_and_columns_whatever_places_are_called() {
        let named = Card { title: "Coffee".into(), ..cafes() };
        let table = context(&[named], Layout::Table);
        let lines: Vec<&str> = table.lines().collect();
        assert_eq!(lines[0], "Coffee");
        assert_eq!(lines.len(), 3, "{table}");
        assert_eq!(lines[1].split(" | ").count(), lines[2].split(" | ").count(), "{table}");
        let nothing = Card { answer: Answer::Places(Vec::new()), ..cafes() };
        assert!(context(&[nothing], Layout::Text).ends_with("Nothing was found."));
        assert_eq!(context(&[], Layout::Text), "");
    }
}
