//! A picture of what the map showed, kept as evidence like any answer.

use std::collections::BTreeMap;

use project::{Body, Response, ResponseId};
use serde_json::json;

use crate::{AskError, LOCAL, canonical};

/// The tool of a response that is a picture of the map.
pub const PICTURE: &str = "picture";

/// What a picture shows.
#[derive(Clone, Debug, PartialEq)]
pub struct PictureOf {
    /// Left, bottom, right and top in the project's CRS.
    pub bounds: [f64; 4],
    /// The CRS, such as `EPSG:26915`; `None`: pixels.
    pub crs: Option<String>,
    /// Paths of the layers that were shown, the lowest first.
    pub layers: Vec<String>,
    /// Width and height in pixels.
    pub size_px: [u32; 2],
}

impl PictureOf {
    /// What the project keeps of a PNG that shows this. The key holds the SHA-256 of the PNG, so that another look of the
    /// same place is another picture.
    pub fn into_response(
        self,
        id: ResponseId,
        png: &[u8],
        latency_ms: u32,
        at_ms: i64,
    ) -> Result<Response, AskError> {
        let body = Body::pack(png).map_err(|e| AskError::Unfit(e.to_string()))?;
        let what =
            json!({ "bounds": self.bounds, "crs": self.crs, "layers": self.layers, "size_px": self.size_px });
        Ok(Response {
            id,
            provider: LOCAL.to_owned(),
            tool: PICTURE.to_owned(),
            request: canonical::local(LOCAL, PICTURE, &what, body.sha256()),
            status: 200,
            headers: BTreeMap::from([("content-type".to_owned(), "image/png".to_owned())]),
            body,
            latency_ms,
            fetched_at_ms: at_ms,
            terms: String::new(),
        })
    }
}
