//! A polygon with holes as one ring: each hole is joined to the outline by a cut of no width, there and
//! back. For formats whose polygons are one ring.

use geo::{Coord, Kernel as _, LineString, Polygon};

/// Pairs of corners that are tried for a cut; beyond it the nearest pair is taken unseen.
const MAX_PAIRS: usize = 250_000;

/// The ring, closed. Area and filling by either rule are those of the polygon.
pub(super) fn single_ring(polygon: &Polygon<f64>) -> LineString<f64> {
    let mut ring = open(polygon.exterior());
    let holes: Vec<Vec<Coord<f64>>> = polygon.interiors().iter().map(open).collect();
    for (n, hole) in holes.iter().enumerate() {
        let Some((i, j)) = cut(&ring, hole, &holes[n..]) else { continue };
        let around = hole[j..].iter().chain(&hole[..=j]).copied();
        let tail = ring.split_off(i);
        let corner = tail[0];
        ring.push(corner);
        ring.extend(around);
        ring.extend(tail);
    }
    ring.extend(ring.first().copied());
    LineString::new(ring)
}

fn open(ring: &LineString<f64>) -> Vec<Coord<f64>> {
    let corners = &ring.0;
    corners[..corners.len().saturating_sub(1)].to_vec()
}

/// Which corner of the ring to join with which corner of the hole: the nearest two that see each other.
fn cut(ring: &[Coord<f64>], hole: &[Coord<f64>], others: &[Vec<Coord<f64>>]) -> Option<(usize, usize)> {
    let distance = |(i, j): &(usize, usize)| (ring[*i].x - hole[*j].x).hypot(ring[*i].y - hole[*j].y);
    let pairs = (0..ring.len()).flat_map(|i| (0..hole.len()).map(move |j| (i, j)));
    let nearest = |a: &(usize, usize), b: &(usize, usize)| distance(a).total_cmp(&distance(b));
    if ring.len().saturating_mul(hole.len()) > MAX_PAIRS {
        return pairs.min_by(nearest);
    }
    let mut pairs: Vec<_> = pairs.collect();
    pairs.sort_by(nearest);
    let sees = |(i, j): &(usize, usize)| {
        let blocked = |line: &[Coord<f64>]| edges(line).any(|(a, b)| cross(ring[*i], hole[*j], a, b));
        !blocked(ring) && !others.iter().any(|o| blocked(o))
    };
    pairs.iter().copied().find(sees).or(pairs.first().copied())
}

fn edges(ring: &[Coord<f64>]) -> impl Iterator<Item = (Coord<f64>, Coord<f64>)> {
    ring.iter().copied().zip(ring.iter().copied().cycle().skip(1))
}

fn cross(a: Coord<f64>, b: Coord<f64>, c: Coord<f64>, d: Coord<f64>) -> bool {
    use geo::algorithm::kernels::Orientation::Collinear;
    let side = <f64 as geo::GeoNum>::Ker::orient2d;
    let apart = |s, t| s != t && s != Collinear && t != Collinear;
    apart(side(a, b, c), side(a, b, d)) && apart(side(c, d, a), side(c, d, b))
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::{Area as _, wkt};

    #[test]
    fn the_ring_covers_what_the_polygon_covers() {
        let polygon: Polygon<f64> = wkt!(POLYGON(
            (0. 0., 10. 0., 10. 10., 0. 10., 0. 0.),
            (1. 1., 1. 3., 3. 3., 3. 1., 1. 1.),
            (6. 6., 6. 9., 9. 9., 9. 6., 6. 6.),
            (4. 1., 4. 3., 5. 3., 5. 1., 4. 1.)
        ));
        let ring = Polygon::new(single_ring(&polygon), Vec::new());
        assert_eq!(ring.exterior().0.len(), 5 + 3 * 6);
        assert!((ring.unsigned_area() - polygon.unsigned_area()).abs() < 1e-12);
        assert!(spatial::overlay::symmetric_difference(&ring.into(), &polygon.into()).unsigned_area() < 1e-6);
    }
}
