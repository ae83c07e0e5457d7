//! Photon, search in OpenStreetMap as one types: <https://github.com/komoot/photon/blob/master/docs/api-v1.md>.

use plugin_api::read::{self, ReadError};
use plugin_api::{
    Answer, Description, HttpRequest, HttpResponse, MapProvider, Place, Query, RequestError, Tool,
};
use serde_json::Value;

const BASE: &str = "https://photon.komoot.io";

/// The service.
#[derive(Debug)]
pub struct Photon {
    about: Description,
}

impl Default for Photon {
    fn default() -> Self {
        let terms =
            "© OpenStreetMap contributors, ODbL 1.0; extensive use is throttled (https://photon.komoot.io)";
        Self { about: Description::new("photon", "Photon", &["photon.komoot.io"], terms).every_ms(1_000) }
    }
}

impl MapProvider for Photon {
    fn about(&self) -> &Description {
        &self.about
    }

    fn lacks(&self, tool: Tool) -> Option<&str> {
        match tool {
            Tool::TextSearch | Tool::Nearby => None,
            Tool::PlaceDetails => Some("it finds places and looks none up; ask Nominatim or Overpass"),
            Tool::Route | Tool::AlongRoute | Tool::Matrix => {
                Some("it searches places only; ask OSRM for ways")
            }
        }
    }

    fn request(&self, query: &Query) -> Result<HttpRequest, RequestError> {
        match query {
            Query::TextSearch(query) => {
                let mut request = HttpRequest::get(format!("{BASE}/api"))
                    .with("q", &query.text)
                    .with("limit", query.limit)
                    .with_some("lang", query.language.as_deref());
                if let Some(near) = query.near {
                    request = request.with("lat", near.lat).with("lon", near.lon);
                    if let Some(radius) = query.radius_m {
                        let [west, south, east, north] = near.square(radius);
                        request = request.with("bbox", format!("{west:.7},{south:.7},{east:.7},{north:.7}"));
                    }
                }
                Ok(request)
            }
            Query::Nearby(query) => {
                let tag = match (&query.kind, &query.keyword) {
                    (Some(kind), None) => kind.replacen('=', ":", 1),
                    _ => {
                        return Err(RequestError::Unfit(
                            "Photon searches nearby for a `kind`, such as amenity=cafe, and no keyword"
                                .into(),
                        ));
                    }
                };
                Ok(HttpRequest::get(format!("{BASE}/reverse"))
                    .with("lat", query.at.lat)
                    .with("lon", query.at.lon)
                    .with("radius", query.radius_m / 1000.0)
                    .with("osm_tag", tag)
                    .with("limit", query.limit)
                    .with_some("lang", query.language.as_deref()))
            }
            other => Err(self.refuse(other.tool())),
        }
    }

    fn read(&self, query: &Query, response: &HttpResponse<'_>) -> Result<Answer, ReadError> {
        let json = read::json(response)?;
        let places = read::list(&json, "features")?.iter().map(place).collect::<Result<Vec<_>, _>>()?;
        Ok(Answer::Places(match query {
            Query::Nearby(query) => read::nearest(places, query.at, Some(query.radius_m), query.limit),
            _ => places,
        }))
    }
}

fn place(json: &Value) -> Result<Place, ReadError> {
    let coordinates = read::at(json, "geometry.coordinates");
    let at = read::pair(coordinates.ok_or_else(|| ReadError::Missing("geometry.coordinates".into()))?)?;
    let of = |field: &str| read::text(json, &format!("properties.{field}"));
    let id = [of("osm_type"), of("osm_id")].into_iter().flatten().collect::<String>();
    let street = [of("street"), of("housenumber")].into_iter().flatten().collect::<Vec<_>>().join(" ");
    let street = Some(street).filter(|street| !street.is_empty());
    let name = of("name").or_else(|| street.clone()).unwrap_or_else(|| id.clone());
    let parts = [street, of("postcode"), of("city"), of("state"), of("country")];
    let mut address: Vec<String> = parts.into_iter().flatten().collect();
    address.dedup();
    let mut place = Place { address: address.join(", "), ..Place::new(id, name, at) };
    let kind = [of("osm_key"), of("osm_value")].into_iter().flatten().collect::<Vec<_>>().join("=");
    place.kinds.extend((!kind.is_empty()).then_some(kind));
    let fields = [("extent", "properties.extent"), ("type", "properties.type"), ("tags", "properties.extra")];
    read::keep(&mut place.details, json, &fields);
    Ok(place)
}
