//! Areas: joined, cut, mended.

use std::collections::HashSet;

use geo::{Area as _, Validation as _};
use geo_types::{Coord, Geometry, LineString, MultiPoint, MultiPolygon, Point, Polygon};

use super::{GeometryError, lines};
use crate::overlay;

/// The area of a shape as sound polygons: parts that overlap count once.
pub fn area_of(geometry: &Geometry<f64>) -> Result<MultiPolygon<f64>, GeometryError> {
    if geo::CoordsIter::coords_iter(geometry).any(|c| !c.x.is_finite() || !c.y.is_finite()) {
        return Err(GeometryError::NotANumber);
    }
    match geometry {
        Geometry::Polygon(p) => Ok(overlay::enclosed(rings(p))),
        Geometry::MultiPolygon(m) if m.0.len() == 1 => Ok(overlay::enclosed(rings(&m.0[0]))),
        Geometry::MultiPolygon(m) => {
            let parts: Vec<MultiPolygon<f64>> = m.iter().map(|p| MultiPolygon(vec![p.clone()])).collect();
            Ok(overlay::union_of(&parts))
        }
        Geometry::Rect(r) => Ok(MultiPolygon(vec![r.to_polygon()])),
        Geometry::Triangle(t) => Ok(overlay::enclosed(rings(&t.to_polygon()))),
        _ => Err(GeometryError::NotAnArea),
    }
}

/// True for shapes that export and measuring take as they are: no ring crosses itself, no hole lies outside.
pub fn is_sound(geometry: &Geometry<f64>) -> bool {
    geometry.is_valid()
}

/// One shape of several: areas become what lies in any of them, lines are joined at common ends, points come
/// together. What is apart becomes parts.
pub fn merge(all: &[&Geometry<f64>]) -> Result<Geometry<f64>, GeometryError> {
    let dimension = |g: &&Geometry<f64>| match g {
        Geometry::Point(_) | Geometry::MultiPoint(_) => 0,
        Geometry::Line(_) | Geometry::LineString(_) | Geometry::MultiLineString(_) => 1,
        _ => 2,
    };
    let first = all.first().map(&dimension).ok_or(GeometryError::NothingLeft)?;
    if all.iter().any(|g| dimension(g) != first) {
        return Err(GeometryError::MixedKinds);
    }
    match first {
        0 => {
            let points = all.iter().flat_map(|g| geo::CoordsIter::coords_iter(*g)).map(Point);
            Ok(MultiPoint::new(points.collect()).into())
        }
        1 => Ok(lines::joined(all)),
        _ => nearby(all, |all| {
            let areas: Vec<MultiPolygon<f64>> = all.iter().map(area_of).collect::<Result<_, _>>()?;
            Ok(overlay::union_of(&areas))
        }),
    }
}

/// What of a shape does not lie in any of the others.
pub fn subtract(geometry: &Geometry<f64>, others: &[&Geometry<f64>]) -> Result<Geometry<f64>, GeometryError> {
    let mut all = vec![geometry];
    all.extend(others);
    nearby(&all, |all| {
        let areas: Vec<MultiPolygon<f64>> = all.iter().map(area_of).collect::<Result<_, _>>()?;
        let Some((area, taken)) = areas.split_first() else { return Err(GeometryError::NothingLeft) };
        Ok(overlay::difference(area, &overlay::union_of(taken)))
    })
}

/// What lies in every one of the shapes.
pub fn intersect(all: &[&Geometry<f64>]) -> Result<Geometry<f64>, GeometryError> {
    nearby(all, |all| {
        let mut areas = all.iter().map(area_of);
        let mut common = areas.next().unwrap_or(Err(GeometryError::NothingShared))?;
        for area in areas {
            common = overlay::intersection(&common, &area?);
        }
        if common.0.is_empty() { Err(GeometryError::NothingShared) } else { Ok(common) }
    })
}

/// A shape with an area taken out: a hole where that lies inside, a bite where it meets the border.
pub fn cut_out(geometry: &Geometry<f64>, ring: &LineString<f64>) -> Result<Geometry<f64>, GeometryError> {
    let out = Polygon::new(ring.clone(), Vec::new()).into();
    nearby(&[geometry, &out], |both| {
        let (area, taken) = (area_of(&both[0])?, area_of(&both[1])?);
        if overlay::intersection(&area, &taken).unsigned_area() <= 0.0 {
            return Err(GeometryError::Beside);
        }
        Ok(overlay::difference(&area, &taken))
    })
}

/// How many holes a shape has.
pub fn hole_count(geometry: &Geometry<f64>) -> usize {
    match geometry {
        Geometry::Polygon(p) => p.interiors().len(),
        Geometry::MultiPolygon(m) => m.iter().map(|p| p.interiors().len()).sum(),
        _ => 0,
    }
}

/// The shape without its holes.
pub fn fill_holes(geometry: &Geometry<f64>) -> Result<Geometry<f64>, GeometryError> {
    nearby(&[geometry], |one| {
        let area = area_of(&one[0])?;
        if area.iter().all(|p| p.interiors().is_empty()) {
            return Err(GeometryError::NoHole);
        }
        let filled = area.iter().map(|p| MultiPolygon(vec![Polygon::new(p.exterior().clone(), Vec::new())]));
        Ok(overlay::union_of(&filled.collect::<Vec<_>>()))
    })
}

/// The parts of a shape, each a shape of its own.
pub fn parts(geometry: &Geometry<f64>) -> Result<Vec<Geometry<f64>>, GeometryError> {
    let parts: Vec<Geometry<f64>> = match geometry {
        Geometry::MultiPolygon(m) => m.iter().cloned().map(Geometry::Polygon).collect(),
        Geometry::MultiLineString(m) => m.iter().cloned().map(Geometry::LineString).collect(),
        Geometry::MultiPoint(m) => m.iter().copied().map(Geometry::Point).collect(),
        _ => Vec::new(),
    };
    if parts.len() > 1 { Ok(parts) } else { Err(GeometryError::OnePart) }
}

/// The pieces into which a line cuts a shape, the largest first. Parts that the line does not meet stay with
/// the largest piece.
pub fn split(geometry: &Geometry<f64>, line: &LineString<f64>) -> Result<Vec<Geometry<f64>>, GeometryError> {
    if matches!(geometry, Geometry::LineString(_) | Geometry::MultiLineString(_)) {
        return lines::split(geometry, line);
    }
    let by: Geometry<f64> = line.clone().into();
    let sources = [geometry, &by];
    let origin = origin(&sources)?;
    let (near, near_line) = (moved(geometry, origin), moved(&by, origin));
    let Geometry::LineString(near_line) = near_line else { return Err(GeometryError::NotThrough) };
    let (mut whole, mut cut) = (Vec::new(), Vec::new());
    for part in area_of(&near)? {
        let part = MultiPolygon(vec![part]);
        let pieces = overlay::pieces(&part, std::slice::from_ref(&near_line));
        if pieces.len() > 1 { cut.extend(pieces) } else { whole.extend(part) }
    }
    if cut.is_empty() {
        return Err(GeometryError::NotThrough);
    }
    cut.sort_by(|a, b| b.unsigned_area().total_cmp(&a.unsigned_area()));
    let mut pieces = cut.into_iter().map(|p| MultiPolygon(vec![p]));
    let mut largest = pieces.next().unwrap_or_else(|| MultiPolygon(Vec::new()));
    largest.0.extend(whole);
    std::iter::once(largest).chain(pieces).map(|piece| shape(piece, origin, &sources)).collect()
}

/// What lies nearer to a shape than a distance; a negative one takes off as much inside an area.
pub fn widen(geometry: &Geometry<f64>, distance: f64) -> Result<Geometry<f64>, GeometryError> {
    if !distance.is_finite() || distance == 0.0 {
        return Err(GeometryError::NotAnAmount);
    }
    let is_thin = matches!(
        geometry,
        Geometry::Point(_)
            | Geometry::MultiPoint(_)
            | Geometry::Line(_)
            | Geometry::LineString(_)
            | Geometry::MultiLineString(_)
    );
    if is_thin && distance < 0.0 {
        return Err(GeometryError::NotAnArea);
    }
    nearby(&[geometry], |one| {
        if is_thin {
            let wide: Vec<_> = lines::of(&one[0]).iter().map(|l| around(l, distance)).collect();
            Ok(overlay::union_of(&wide))
        } else {
            Ok(overlay::widened(&area_of(&one[0])?, distance))
        }
    })
}

/// What lies nearer to a line, or to a point as a line of one place, than a distance.
fn around(line: &LineString<f64>, distance: f64) -> MultiPolygon<f64> {
    let Some(middle) = line.0.first().filter(|c| c.x.is_finite() && c.y.is_finite()) else {
        return MultiPolygon(Vec::new());
    };
    if line.0.iter().any(|c| c != middle) {
        return overlay::along(line, distance);
    }
    let corner = |i: u32| {
        let (sin, cos) = (f64::from(i) / 64.0 * std::f64::consts::TAU).sin_cos();
        Coord { x: middle.x + distance * cos, y: middle.y + distance * sin }
    };
    MultiPolygon(vec![Polygon::new((0..64).map(corner).collect(), Vec::new())])
}

/// The shape made sound: crossings become corners, overlapping parts one, holes lie inside.
pub fn repair(geometry: &Geometry<f64>) -> Result<Geometry<f64>, GeometryError> {
    if is_sound(geometry) {
        return Err(GeometryError::SoundAlready);
    }
    match geometry {
        Geometry::LineString(_) | Geometry::MultiLineString(_) => {
            let mut mended = geometry.clone();
            geo::RemoveRepeatedPoints::remove_repeated_points_mut(&mut mended);
            if is_sound(&mended) { Ok(mended) } else { Err(GeometryError::NothingLeft) }
        }
        _ => nearby(&[geometry], |one| area_of(&one[0])),
    }
}

/// Rounds of mending what rounding to map coordinates has done.
const ROUNDS: usize = 4;

/// Works near the origin, where floats are finer by as much as the map's coordinates are large, so that what one
/// step rounds is no sliver for the next.
fn nearby(
    sources: &[&Geometry<f64>],
    make: impl FnOnce(&[Geometry<f64>]) -> Result<MultiPolygon<f64>, GeometryError>,
) -> Result<Geometry<f64>, GeometryError> {
    let origin = origin(sources)?;
    let near: Vec<Geometry<f64>> = sources.iter().map(|g| moved(g, origin)).collect();
    shape(make(&near)?, origin, sources)
}

/// A corner of the shapes: differences to it are exact.
fn origin(sources: &[&Geometry<f64>]) -> Result<Coord<f64>, GeometryError> {
    let mut corners = sources.iter().flat_map(|g| geo::CoordsIter::coords_iter(*g));
    let first = corners.next().ok_or(GeometryError::NothingLeft)?;
    let finite = |c: &Coord<f64>| c.x.is_finite() && c.y.is_finite();
    if finite(&first) && corners.all(|c| finite(&c)) { Ok(first) } else { Err(GeometryError::NotANumber) }
}

fn moved(geometry: &Geometry<f64>, origin: Coord<f64>) -> Geometry<f64> {
    geo::MapCoords::map_coords(geometry, |c: Coord<f64>| c - origin)
}

/// An area made near the origin as it lies on the map: one polygon where there is one, several otherwise. Corners
/// that were there before are where they were, to the last bit.
fn shape(
    mut area: MultiPolygon<f64>,
    origin: Coord<f64>,
    sources: &[&Geometry<f64>],
) -> Result<Geometry<f64>, GeometryError> {
    geo::MapCoordsInPlace::map_coords_in_place(&mut area, |c: Coord<f64>| c + origin);
    keep_corners(&mut area, sources);
    for round in 1..=ROUNDS {
        // Rounding may have brought two corners together, where the inside falls into pieces.
        if area.is_valid() && !has_touching_rings(&area) {
            break;
        }
        let mut mended = area_of(&area.clone().into())?;
        // At last, corners that were there give way by a bit where they lie on the border of another part.
        if round < ROUNDS {
            keep_corners(&mut mended, sources);
        }
        if mended == area && area.is_valid() {
            break;
        }
        area = mended;
    }
    let mut parts = area.0.into_iter();
    match (parts.next(), parts.len()) {
        (None, _) => Err(GeometryError::NothingLeft),
        (Some(one), 0) => Ok(one.into()),
        (Some(one), _) => Ok(MultiPolygon(std::iter::once(one).chain(parts).collect()).into()),
    }
}

/// True where a corner is one of several rings, or several times one of a ring.
fn has_touching_rings(area: &MultiPolygon<f64>) -> bool {
    let mut met = HashSet::new();
    let open = area.iter().flat_map(rings).flat_map(|ring| ring.0.iter().skip(1));
    open.into_iter().any(|c| !met.insert((c.x.to_bits(), c.y.to_bits())))
}

/// The overlay's grid moves corners by the last bits of a coordinate. Neighbours share corners to the bit, so
/// those that came in go out as they were.
fn keep_corners(area: &mut MultiPolygon<f64>, sources: &[&Geometry<f64>]) {
    let mut known: Vec<Coord<f64>> =
        sources.iter().flat_map(|g| geo::CoordsIter::coords_iter(*g)).filter(|c| c.x.is_finite()).collect();
    known.sort_by(|a, b| a.x.total_cmp(&b.x));
    let bits = |largest: f64| largest * f64::EPSILON * 2.0;
    let across = bits(known.iter().map(|c| c.x.abs()).fold(0.0, f64::max));
    let up = bits(known.iter().map(|c| c.y.abs()).fold(0.0, f64::max));
    geo::MapCoordsInPlace::map_coords_in_place(area, |c: Coord<f64>| {
        let from = known.partition_point(|k| k.x < c.x - across);
        let close = known[from..].iter().take_while(|k| k.x <= c.x + across);
        close.copied().find(|k| (k.y - c.y).abs() <= up).unwrap_or(c)
    });
}

fn rings(polygon: &Polygon<f64>) -> impl Iterator<Item = &LineString<f64>> {
    std::iter::once(polygon.exterior()).chain(polygon.interiors())
}
