//! Asking services and the project itself: what is being asked, what came, and what is kept.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use places::plugin_api::{
    AlongRoute, Answer, Avoid, MatrixQuery, Nearby, PlaceDetails, Point, Query, QueryError, RouteQuery,
    TextSearch, Tool, TravelMode,
};
use places::{AskError, LOCAL, Layout, Registry, Shelf};
use project::{ResponseId, Seq};
use spatial::WorldPoint;

/// What the panels of asking show.
#[derive(Debug, Default)]
pub struct Inquiry {
    pub form: Form,
    /// Every provider; `None` until they were looked for.
    pub registry: Option<Arc<Registry>>,
    /// Where each secret is: `environment`, `keyring` or `missing`. Never the secret.
    pub keys: BTreeMap<String, &'static str>,
    /// What is being asked, in words.
    pub under_way: Option<String>,
    /// The answer that is looked at.
    pub shown: Option<Shown>,
    /// Why the last question has no answer.
    pub trouble: Option<AskError>,
    /// The kept answers, to be searched.
    pub shelf: Shelf,
    /// The project and the state of its journal that the shelf is of.
    pub(crate) of: Option<(PathBuf, Seq)>,
    /// What kept answers are searched for.
    pub words: String,
    pub found: Vec<ResponseId>,
    /// Answers that were read: those that are looked at or cited.
    pub read: BTreeMap<ResponseId, Result<Arc<Reading>, String>>,
    /// How a context is written from the cards.
    pub layout: Layout,
}

/// The answer that is looked at.
#[derive(Clone, Debug)]
pub struct Shown {
    pub response: ResponseId,
    /// It was kept already: nobody was asked.
    pub is_kept: bool,
    /// What is different from the answer before, where it was fetched again.
    pub changes: Option<Vec<String>>,
}

/// An answer as it was read from its body.
#[derive(Clone, Debug)]
pub struct Reading {
    pub query: Query,
    pub answer: Answer,
    /// Where each place lies on the map; `None` where the project has no such place.
    pub places: Vec<Option<WorldPoint>>,
    /// The line of each route on the map.
    pub routes: Vec<Vec<WorldPoint>>,
}

/// A place of a form, as it is typed: `latitude, longitude`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Spot {
    /// Where places are searched around.
    At,
    From,
    To,
}

/// What is to be asked, as it is typed.
#[derive(Clone, Debug, PartialEq)]
pub struct Form {
    pub provider: String,
    pub tool: Tool,
    pub text: String,
    pub place: String,
    pub kind: String,
    pub spots: BTreeMap<Spot, String>,
    pub radius_m: f64,
    pub limit: u32,
    pub mode: TravelMode,
    pub avoid: Vec<Avoid>,
    pub alternatives: bool,
    /// The line to search along, and what it is called.
    pub line: Option<(String, Vec<Point>)>,
    /// Another address of the service.
    pub endpoint: String,
    /// Extracts of OpenStreetMap that the local provider answers from, too.
    pub extracts: Vec<PathBuf>,
}

impl Default for Form {
    fn default() -> Self {
        Self {
            provider: LOCAL.to_owned(),
            tool: Tool::Nearby,
            text: String::new(),
            place: String::new(),
            kind: String::new(),
            spots: BTreeMap::new(),
            radius_m: 200.0,
            limit: 10,
            mode: TravelMode::default(),
            avoid: Vec::new(),
            alternatives: false,
            line: None,
            endpoint: String::new(),
            extracts: Vec::new(),
        }
    }
}

/// Tools that the window offers.
pub const TOOLS: [Tool; 5] =
    [Tool::Nearby, Tool::TextSearch, Tool::PlaceDetails, Tool::Route, Tool::AlongRoute];

/// What the panels of asking ask for.
#[derive(Clone, Debug)]
pub enum InquiryAsk {
    /// The form says this now.
    Form(Box<Form>),
    /// The middle of the selection, else of the map, is this place of the form.
    Take(Spot),
    /// The selected line is what is searched along.
    TakeLine,
    ChooseExtract,
    /// Asks; `again` also where an answer is kept.
    Send {
        again: bool,
    },
    Stop,
    /// Search the kept answers.
    Words(String),
    /// Look at a kept answer.
    Open(ResponseId),
    /// The question in the editor rests on an answer.
    Cite(ResponseId),
    /// Nothing is looked at any more.
    Close,
    /// Show a place or route of an answer on the map.
    Find(ResponseId, usize),
    /// Every place of an answer on the map.
    FindAll(ResponseId),
    Layout(Layout),
    /// The context of the question says what its cards say.
    WriteContext,
    /// Send nothing, or send again.
    Offline(bool),
}

/// Reads `latitude, longitude`.
pub fn point_of(text: &str) -> Option<Point> {
    let text = text.trim();
    let (lat, lon) = [',', ';', ' '].into_iter().find_map(|between| text.split_once(between))?;
    let point = Point::new(lat.trim().parse().ok()?, lon.trim().parse().ok()?);
    point.is_sound().then_some(point)
}

impl Form {
    fn spot(&self, spot: Spot) -> Result<Point, QueryError> {
        let text = self.spots.get(&spot).map_or("", String::as_str);
        let what = match spot {
            Spot::At => "where to search",
            Spot::From => "where the way begins",
            Spot::To => "where the way ends",
        };
        let wrong = || QueryError(format!("Say {what}: latitude and longitude, such as 37.08, -94.51"));
        point_of(text).ok_or_else(wrong)
    }

    /// The query that the form says.
    pub fn query(&self) -> Result<Query, QueryError> {
        let some = |text: &str| (!text.trim().is_empty()).then(|| text.trim().to_owned());
        let query = match self.tool {
            Tool::TextSearch => {
                let around = self.spots.get(&Spot::At).is_some_and(|text| !text.trim().is_empty());
                let near = if around { Some(self.spot(Spot::At)?) } else { None };
                Query::TextSearch(TextSearch {
                    text: self.text.trim().to_owned(),
                    near,
                    radius_m: near.map(|_| self.radius_m),
                    language: None,
                    limit: self.limit,
                })
            }
            Tool::PlaceDetails => {
                Query::PlaceDetails(PlaceDetails { place: self.place.trim().to_owned(), language: None })
            }
            Tool::Nearby => Query::Nearby(Nearby {
                at: self.spot(Spot::At)?,
                radius_m: self.radius_m,
                kind: some(&self.kind),
                keyword: some(&self.text),
                language: None,
                limit: self.limit,
            }),
            Tool::Route => Query::Route(RouteQuery {
                from: self.spot(Spot::From)?,
                to: self.spot(Spot::To)?,
                via: Vec::new(),
                mode: self.mode,
                avoid: self.avoid.clone(),
                alternatives: self.alternatives,
                optimize: false,
                language: None,
            }),
            Tool::AlongRoute => {
                let missing =
                    || QueryError("Choose a route of an answer first, or take the selected line".into());
                Query::AlongRoute(AlongRoute {
                    line: self.line.as_ref().map(|(_, line)| line.clone()).ok_or_else(missing)?,
                    text: some(&self.text),
                    kind: some(&self.kind),
                    radius_m: Some(self.radius_m),
                    limit: self.limit,
                })
            }
            Tool::Matrix => Query::Matrix(MatrixQuery {
                from: vec![self.spot(Spot::From)?],
                to: vec![self.spot(Spot::To)?],
                mode: self.mode,
            }),
        };
        query.check()?;
        Ok(query)
    }

    /// The form as it was when this was asked.
    pub fn take(&mut self, provider: &str, query: &Query) {
        provider.clone_into(&mut self.provider);
        self.tool = query.tool();
        let typed = |point: Point| point.lat_lon().replace(',', ", ");
        match query {
            Query::TextSearch(query) => {
                self.text.clone_from(&query.text);
                self.spots.remove(&Spot::At);
                self.spots.extend(query.near.map(|near| (Spot::At, typed(near))));
                (self.radius_m, self.limit) = (query.radius_m.unwrap_or(self.radius_m), query.limit);
            }
            Query::PlaceDetails(query) => self.place.clone_from(&query.place),
            Query::Nearby(query) => {
                self.spots.insert(Spot::At, typed(query.at));
                self.kind = query.kind.clone().unwrap_or_default();
                self.text = query.keyword.clone().unwrap_or_default();
                (self.radius_m, self.limit) = (query.radius_m, query.limit);
            }
            Query::Route(query) => {
                self.spots.extend([(Spot::From, typed(query.from)), (Spot::To, typed(query.to))]);
                (self.mode, self.alternatives) = (query.mode, query.alternatives);
                self.avoid.clone_from(&query.avoid);
            }
            Query::AlongRoute(query) => {
                let count = crate::format::count(query.line.len(), "point", "points");
                self.line = Some((format!("a line of {count}"), query.line.clone()));
                self.kind = query.kind.clone().unwrap_or_default();
                self.text = query.text.clone().unwrap_or_default();
                (self.radius_m, self.limit) = (query.radius_m.unwrap_or(self.radius_m), query.limit);
            }
            Query::Matrix(query) => {
                if let ([from, ..], [to, ..]) = (&query.from[..], &query.to[..]) {
                    self.spots.extend([(Spot::From, typed(*from)), (Spot::To, typed(*to))]);
                }
                self.mode = query.mode;
            }
        }
    }
}

/// What kind of trouble it is, in a word or two.
pub fn kind_of(error: &AskError) -> &'static str {
    match error {
        AskError::Query(_) | AskError::Request(_) | AskError::Endpoint | AskError::KeyName => "Not asked",
        AskError::NoProvider(_) => "Unknown provider",
        AskError::NoKey { .. } => "Key missing",
        AskError::Offline { .. } => "Offline",
        AskError::Plain { .. }
        | AskError::ForeignHost { .. }
        | AskError::Private { .. }
        | AskError::Redirect { .. } => "Refused for safety",
        AskError::Quota { .. } => "Quota used up",
        AskError::Refused(_) => "The service refuses",
        AskError::Unreadable(_) | AskError::TooLong(_) | AskError::Unfit(_) => "Answer not usable",
        AskError::Timeout { .. } => "No answer in time",
        AskError::Unreachable { .. } => "Not reachable",
        AskError::Stopped => "Stopped",
        AskError::Local(_) => "The project has no answer",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_says_the_query_that_was_typed_and_takes_one_back() {
        let mut form = Form { kind: " destroyed ".into(), ..Form::default() };
        assert!(form.query().is_err_and(|e| e.to_string().contains("where to search")));
        form.spots.insert(Spot::At, "37.08 , -94.51".into());
        form.spots.insert(Spot::From, "1 2".into());
        form.spots.insert(Spot::To, "91, 2".into());
        let json = r#"{"at":{"lat":37.08,"lon":-94.51},"radius_m":200,"kind":"destroyed","limit":10}"#;
        let nearby = Query::parse(Tool::Nearby, json).expect("sound");
        assert_eq!(form.query(), Ok(nearby.clone()));
        form.tool = Tool::Route;
        assert!(form.query().is_err_and(|e| e.to_string().contains("ends")), "off the earth");
        form.tool = Tool::AlongRoute;
        assert!(form.query().is_err_and(|e| e.to_string().contains("route")));
        let json = r#"{"from":{"lat":1,"lon":2},"to":{"lat":-1,"lon":3},"mode":"walk","avoid":["ferries"]}"#;
        let along = r#"{"line":[{"lat":1,"lon":2},{"lat":1,"lon":3}],"kind":"cafe","radius_m":30,"limit":3}"#;
        let search = r#"{"text":"school","near":{"lat":1,"lon":2},"radius_m":30,"limit":3}"#;
        for query in [
            Query::parse(Tool::Route, json),
            Query::parse(Tool::AlongRoute, along),
            Query::parse(Tool::TextSearch, search),
            Query::parse(Tool::PlaceDetails, r#"{"place":"W1"}"#),
            Ok(nearby),
        ] {
            let query = query.expect("sound");
            form.take("osrm", &query);
            assert_eq!((form.query(), form.provider.as_str()), (Ok(query), "osrm"));
        }
    }
}
