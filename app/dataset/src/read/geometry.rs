//! GeoJSON geometry objects to shapes, with the reason when one is not a shape.

use geo::{
    Coord, Geometry, GeometryCollection, LineString, MultiLineString, MultiPoint, MultiPolygon, Point,
    Polygon,
};
use serde_json::Value;

/// What was mended while reading.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Mended {
    pub(super) rings_closed: usize,
    pub(super) heights_dropped: usize,
}

/// A geometry object; `Ok(None)` for `null`.
pub(super) fn geometry(value: &Value, mended: &mut Mended) -> Result<Option<Geometry<f64>>, String> {
    if value.is_null() {
        return Ok(None);
    }
    let kind = value["type"].as_str().ok_or("its geometry has no type")?;
    if kind == "GeometryCollection" {
        let members =
            value["geometries"].as_array().ok_or("its geometry collection has no list of geometries")?;
        let shapes: Result<Vec<_>, String> = members.iter().map(|m| geometry(m, mended)).collect();
        let shapes: Vec<_> = shapes?.into_iter().flatten().collect();
        return Ok(Some(Geometry::GeometryCollection(GeometryCollection::from(shapes))));
    }
    let at = value.get("coordinates").ok_or("its geometry has no coordinates")?;
    Ok(Some(match kind {
        "Point" => Point(position(at, mended)?).into(),
        "MultiPoint" => MultiPoint::new(positions(at, mended)?.into_iter().map(Point).collect()).into(),
        "LineString" => line(at, mended)?.into(),
        "MultiLineString" => MultiLineString::new(each(at, |l| line(l, mended))?).into(),
        "Polygon" => polygon(at, mended)?.into(),
        "MultiPolygon" => MultiPolygon::new(each(at, |p| polygon(p, mended))?).into(),
        other => {
            return Err(format!(
                "its geometry is a `{}`, which is not read",
                other.chars().take(40).collect::<String>()
            ));
        }
    }))
}

fn each<T>(list: &Value, mut read: impl FnMut(&Value) -> Result<T, String>) -> Result<Vec<T>, String> {
    let list = list.as_array().ok_or("its coordinates are not a list")?;
    if list.is_empty() {
        return Err("its geometry is empty".into());
    }
    list.iter().map(&mut read).collect()
}

fn position(value: &Value, mended: &mut Mended) -> Result<Coord<f64>, String> {
    let numbers = value.as_array().ok_or("a coordinate is not a list of numbers")?;
    if numbers.len() < 2 {
        return Err("a coordinate has fewer than two numbers".into());
    }
    mended.heights_dropped += usize::from(numbers.len() > 2);
    let number =
        |i: usize| numbers[i].as_f64().filter(|n| n.is_finite()).ok_or("a coordinate is not a number");
    Ok(Coord { x: number(0)?, y: number(1)? })
}

fn positions(value: &Value, mended: &mut Mended) -> Result<Vec<Coord<f64>>, String> {
    each(value, |p| position(p, mended))
}

fn line(value: &Value, mended: &mut Mended) -> Result<LineString<f64>, String> {
    let line = LineString::new(positions(value, mended)?);
    if line.0.len() < 2 { Err("a line has fewer than two points".into()) } else { Ok(line) }
}

fn polygon(value: &Value, mended: &mut Mended) -> Result<Polygon<f64>, String> {
    let mut rings = each(value, |r| ring(positions(r, mended)?, mended))?.into_iter();
    let outline = rings.next().ok_or("its geometry is empty")?;
    Ok(Polygon::new(outline, rings.collect()))
}

/// A closed ring of at least three different corners. An open one is closed and counted.
pub(super) fn ring(mut corners: Vec<Coord<f64>>, mended: &mut Mended) -> Result<LineString<f64>, String> {
    if corners.first() != corners.last() {
        mended.rings_closed += 1;
        corners.extend(corners.first().copied());
    }
    let distinct = |c: &[Coord<f64>]| {
        let first = c.first().copied();
        let second = c.iter().copied().find(|p| Some(*p) != first);
        c.iter().any(|p| Some(*p) != first && Some(*p) != second)
    };
    if corners.len() < 4 || !distinct(&corners) {
        return Err("a ring has fewer than three different corners".into());
    }
    Ok(LineString::new(corners))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(value: &Value) -> Result<Option<Geometry<f64>>, String> {
        geometry(value, &mut Mended::default())
    }

    #[test]
    fn an_open_ring_is_closed_and_counted() {
        let mut mended = Mended::default();
        let value = json!({"type": "Polygon", "coordinates": [[[0, 0, 5], [1, 0, 5], [1, 1, 5]]]});
        let shape = geometry(&value, &mut mended).expect("read");
        let Some(Geometry::Polygon(polygon)) = shape else { panic!("not a polygon: {shape:?}") };
        assert!(polygon.exterior().is_closed() && polygon.exterior().0.len() == 4);
        assert_eq!((mended.rings_closed, mended.heights_dropped), (1, 3));
    }

    #[test]
    fn what_is_no_shape_says_why() {
        let reason = |v: Value| read(&v).expect_err("refused");
        let polygon = |c: Value| json!({"type": "Polygon", "coordinates": c});
        assert!(reason(polygon(json!([]))).contains("empty"));
        assert!(reason(polygon(json!([[]]))).contains("empty"));
        assert!(reason(polygon(json!([[[0, 0], [1, 1], [0, 0]]]))).contains("three different corners"));
        assert!(
            reason(polygon(json!([[[0, 0], [1, 1], [0, 0], [1, 1], [0, 0]]]))).contains("three different")
        );
        assert!(reason(polygon(json!([[[0], [1], [2]]]))).contains("two numbers"));
        assert!(reason(polygon(json!([[["0", "1"], [1, 2], [3, 4]]]))).contains("not a number"));
        assert!(reason(json!({"type": "Circle", "coordinates": [0, 0]})).contains("`Circle`"));
        assert!(reason(json!({"type": "Point"})).contains("no coordinates"));
        assert!(reason(json!({"type": "LineString", "coordinates": [[0, 0]]})).contains("two points"));
        assert!(reason(json!([1])).contains("no type"));
        assert_eq!(read(&Value::Null), Ok(None));
    }
}
