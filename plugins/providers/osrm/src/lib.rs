//! The Open Source Routing Machine: <https://project-osrm.org/docs/v5.24.0/api/>.

use plugin_api::read::ReadError;
use plugin_api::{
    Answer, Avoid, Description, HttpRequest, HttpResponse, MapProvider, Point, Query, RequestError, Tool,
    TravelMode, forms,
};

const BASE: &str = "https://router.project-osrm.org";

/// The service.
#[derive(Debug)]
pub struct Osrm {
    about: Description,
}

impl Default for Osrm {
    fn default() -> Self {
        let terms = "© OpenStreetMap contributors, ODbL 1.0; the demonstration server takes one request a second \
                     (https://github.com/Project-OSRM/osrm-backend/wiki/Api-usage-policy)";
        Self { about: Description::new("osrm", "OSRM", &["router.project-osrm.org"], terms).every_ms(1_000) }
    }
}

impl MapProvider for Osrm {
    fn about(&self) -> &Description {
        &self.about
    }

    fn lacks(&self, tool: Tool) -> Option<&str> {
        match tool {
            Tool::Route | Tool::Matrix => None,
            _ => Some("it knows ways and no places; ask Nominatim, Photon or Overpass"),
        }
    }

    fn request(&self, query: &Query) -> Result<HttpRequest, RequestError> {
        match query {
            Query::Route(query) if query.optimize => Err(RequestError::Unfit(
                "OSRM visits places in the order that is given; leave `optimize` out".into(),
            )),
            Query::Route(query) => {
                let exclude: Vec<&str> = query.avoided().into_iter().map(excluded).collect();
                let url = format!("{BASE}/route/v1/{}/{}", profile(query.mode), stops(&query.stops()));
                Ok(HttpRequest::get(url)
                    .with("overview", "full")
                    .with("geometries", "polyline6")
                    .with("steps", "true")
                    .with("alternatives", query.alternatives)
                    .with_some("exclude", (!exclude.is_empty()).then(|| exclude.join(","))))
            }
            Query::Matrix(query) => {
                let all: Vec<Point> = query.from.iter().chain(&query.to).copied().collect();
                let numbers =
                    |from: usize, to: usize| (from..to).map(|i| i.to_string()).collect::<Vec<_>>().join(";");
                let url = format!("{BASE}/table/v1/{}/{}", profile(query.mode), stops(&all));
                Ok(HttpRequest::get(url)
                    .with("annotations", "duration,distance")
                    .with("sources", numbers(0, query.from.len()))
                    .with("destinations", numbers(query.from.len(), all.len())))
            }
            other => Err(self.refuse(other.tool())),
        }
    }

    fn read(&self, query: &Query, response: &HttpResponse<'_>) -> Result<Answer, ReadError> {
        let json = forms::osrm(response)?;
        Ok(match query {
            Query::Matrix(_) => Answer::Matrix(forms::osrm_matrix(&json)?),
            _ => Answer::Routes(forms::osrm_routes(&json)?),
        })
    }
}

fn stops(stops: &[Point]) -> String {
    stops.iter().map(|stop| stop.lon_lat()).collect::<Vec<_>>().join(";")
}

const fn profile(mode: TravelMode) -> &'static str {
    match mode {
        TravelMode::Drive | TravelMode::TwoWheeler => "driving",
        TravelMode::Bicycle => "cycling",
        TravelMode::Walk => "walking",
    }
}

const fn excluded(avoid: Avoid) -> &'static str {
    match avoid {
        Avoid::Tolls => "toll",
        Avoid::Highways => "motorway",
        Avoid::Ferries => "ferry",
    }
}
