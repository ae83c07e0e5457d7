//! Where a JPEG 2000 image lies: by GeoJP2, else by GML in JP2.

use std::io::Write as _;

use roxmltree::{Document, Node, ParsingOptions};

use super::boxes::Boxes;
use crate::file::RandomFile;
use crate::georeference::{Georeference, checked, parse_crs};
use crate::ifd::Tiff;

/// Elements of a GML text that are looked at.
const MOST_NODES: u32 = 100_000;

/// What the boxes say about its place, GeoJP2 first as GDAL does.
pub(crate) fn read(boxes: &Boxes, warnings: &mut Vec<String>) -> Georeference {
    let mut found =
        boxes.geo_tiff.as_deref().and_then(|bytes| from_geo_tiff(bytes, warnings)).unwrap_or_default();
    if let Some(gml) = boxes.gml.as_deref().filter(|_| found.transform.is_none())
        && let Some((transform, srs)) = from_gml(gml)
    {
        found.transform = checked(transform, warnings);
        found.crs = srs.and_then(|srs| parse_crs(&srs, warnings)).or(found.crs);
    }
    found
}

fn from_geo_tiff(bytes: &[u8], warnings: &mut Vec<String>) -> Option<Georeference> {
    let mut copy = tempfile::tempfile().ok()?;
    copy.write_all(bytes).ok()?;
    let tiff = Tiff::open(RandomFile::from_file(copy).ok()?).ok()??;
    let directory = tiff.chain(&mut Vec::new()).ok()?.into_iter().next()?;
    let found = Georeference::from_tiff(&tiff, &directory, warnings);
    (found.transform.is_some() || !found.control_points.is_empty()).then_some(found)
}

/// Numbers of a transform, and the name of its CRS, as in `EPSG:32619`.
fn from_gml(text: &str) -> Option<([f64; 6], Option<String>)> {
    let options = ParsingOptions { nodes_limit: MOST_NODES, ..ParsingOptions::default() };
    let document = Document::parse_with_options(text.trim_end(), options).ok()?;
    let grid = document.descendants().find(|n| n.tag_name().name() == "RectifiedGrid")?;
    let named = |name: &'static str| move |n: &Node<'_, '_>| n.tag_name().name() == name;
    let pos = grid.descendants().find(named("pos"))?;
    let [x, y] = pair(&pos)?;
    let mut vectors = grid.descendants().filter(named("offsetVector"));
    let (first, second) = (vectors.next()?, vectors.next()?);
    let ([ax, ay], [bx, by]) = (pair(&first)?, pair(&second)?);
    let srs = pos.ancestors().chain([first]).find_map(|n| n.attribute("srsName"));
    let code = srs.and_then(|s| s.rsplit([':', '#', '/']).next()).and_then(|c| c.parse::<u32>().ok());
    // A URN takes the axes as EPSG has them: for degrees that is north first.
    let is_urn = srs.is_some_and(|s| s.starts_with("urn:") || s.starts_with("http"));
    let crs = code.and_then(|c| spatial::Crs::from_epsg(c).ok());
    let is_north_first = is_urn && crs.as_ref().is_some_and(spatial::Crs::is_geographic);
    let swap = |v: [f64; 2]| if is_north_first { [v[1], v[0]] } else { v };
    let ([x, y], [ax, ay], [bx, by]) = (swap([x, y]), swap([ax, ay]), swap([bx, by]));
    // The origin is the centre of the first pixel.
    let transform = [x - 0.5 * (ax + bx), ax, bx, y - 0.5 * (ay + by), ay, by];
    Some((transform, code.map(|c| format!("EPSG:{c}"))))
}

fn pair(node: &Node<'_, '_>) -> Option<[f64; 2]> {
    let mut numbers = node.text()?.split([' ', ',', '\n', '\t']).filter(|t| !t.is_empty());
    Some([numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gml(code: u32, pos: &str, first: &str, second: &str) -> String {
        format!(
            r#"<gml:FC xmlns:gml="http://www.opengis.net/gml"><gml:RectifiedGrid dimension="2"><gml:origin>
            <gml:Point srsName="urn:ogc:def:crs:EPSG::{code}"><gml:pos>{pos}</gml:pos></gml:Point></gml:origin>
            <gml:offsetVector>{first}</gml:offsetVector><gml:offsetVector>{second}</gml:offsetVector>
            </gml:RectifiedGrid></gml:FC>"#
        )
    }

    #[test]
    fn a_grid_in_metres_begins_half_a_pixel_before_its_origin() {
        let (t, srs) = from_gml(&gml(32619, "400120 5399840", "320 0", "0 -320")).expect("a grid");
        assert_eq!(t, [399_960.0, 320.0, 0.0, 5_400_000.0, 0.0, -320.0]);
        assert_eq!(srs.as_deref(), Some("EPSG:32619"));
    }

    #[test]
    fn a_grid_in_degrees_names_north_first() {
        let (t, _) = from_gml(&gml(4326, "49.95 10.05", "0 0.1", "-0.1 0")).expect("a grid");
        let expected = [10.0, 0.1, 0.0, 50.0, 0.0, -0.1];
        assert!(t.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-9), "{t:?}");
    }

    #[test]
    fn gml_without_a_grid_places_nothing() {
        assert!(from_gml("<a/>").is_none());
        assert!(from_gml("<a><b></a>").is_none());
        assert!(from_gml(&gml(4326, "1", "0 1", "1 0")).is_none());
    }
}
