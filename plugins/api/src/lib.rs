//! What a plugin can say.
//!
//! A provider of places says which request asks a [`Query`], and reads an [`Answer`] out of the response: a
//! [`MapProvider`]. It opens no socket and no file, knows no clock and no key: the host adds these, so that every
//! provider is cached, limited, replayed and tested alike. A secret stands in a request as `key:NAME`.
//!
//! [`read`] helps with bodies that anybody may have made, [`line`] with encoded lines, [`kit`] runs a provider over
//! recorded requests and bodies.

mod answer;
pub mod forms;
mod http;
pub mod kit;
pub mod line;
mod provider;
mod query;
pub mod read;

pub use answer::{Answer, Leg, Matrix, Place, Route, RouteStep};
pub use http::{HttpRequest, HttpResponse, Method, Payload};
pub use provider::{Description, MapProvider, Pace, RequestError};
pub use query::{
    AlongRoute, Avoid, MatrixQuery, Nearby, PlaceDetails, Point, Query, QueryError, RouteQuery, TextSearch,
    Tool, TravelMode,
};
pub use read::ReadError;
