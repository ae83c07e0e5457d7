//! What a measured line or ring comes to: on the ground and on the map.

use std::fmt::Write as _;

use geo::{Area as _, Euclidean, Length as _};
use spatial::{Crs, Measure, WorldPoint, format};

/// One quantity in metres or square metres (pixels, where there is no CRS), two ways.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Both {
    /// On the ellipsoid, along geodesics (Karney 2013). `None` in pixel space and off the earth.
    pub ground: Option<f64>,
    /// In the plane of the map. `None` where the map is in degrees.
    pub map: Option<f64>,
}

/// A measured path. Plain numbers; how they are written is [`Measurement::lines`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Measurement {
    /// All edges together; of a ring its outline.
    pub length: Both,
    /// What a ring encloses.
    pub area: Option<Both>,
    /// The path has no CRS: numbers are pixels.
    pub in_pixels: bool,
}

/// What a measurement says in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeasuredLine {
    /// `Length`, `Outline` or `Area`.
    pub what: &'static str,
    pub ground: Option<String>,
    pub map: Option<String>,
}

impl Measurement {
    /// Measures a path in world units; `closed`: the way back to its first corner belongs to it.
    pub fn of(corners: &[WorldPoint], closed: bool, crs: Option<&Crs>) -> Self {
        let measure = Measure::new(crs);
        let mut points = corners.to_vec();
        if closed && let Some(first) = corners.first() {
            points.push(*first);
        }
        let line = geo::LineString::new(points);
        let per_unit = crs.map_or(Some(1.0), Crs::metres_per_unit);
        let length = Both {
            ground: crs.and_then(|_| measure.length_m(&line)),
            map: per_unit.map(|m| Euclidean.length(&line) * m),
        };
        let area = (closed && corners.len() > 2).then(|| {
            let ring = geo::Polygon::new(line, Vec::new());
            let map = per_unit.map(|m| ring.unsigned_area() * m * m);
            Both { ground: crs.and_then(|_| measure.area_m2(&ring.into())), map }
        });
        Self { length, area, in_pixels: crs.is_none() }
    }

    /// One line a quantity, with units that suit its size.
    pub fn lines(&self) -> Vec<MeasuredLine> {
        let length = |m: f64| if self.in_pixels { pixels(m, "px") } else { format::precise_length(m) };
        let area = |m: f64| if self.in_pixels { pixels(m, "px²") } else { format::precise_area(m) };
        let line = |what, both: Both, text: &dyn Fn(f64) -> String| MeasuredLine {
            what,
            ground: both.ground.map(text),
            map: both.map.map(text),
        };
        let first = if self.area.is_some() { "Outline" } else { "Length" };
        let mut lines = vec![line(first, self.length, &length)];
        lines.extend(self.area.map(|both| line("Area", both, &area)));
        lines
    }

    /// The numbers for somewhere else: a line a quantity, tabs between, in metres, without groups of digits.
    pub fn text(&self) -> String {
        let (metre, square) = if self.in_pixels { ("px", "px²") } else { ("m", "m²") };
        let mut text = String::new();
        let mut say = |what: &str, both: Both, unit: &str| {
            for (value, how) in [(both.ground, "on the ground"), (both.map, "on the map")] {
                if let Some(value) = value {
                    // Writing into a string cannot fail.
                    let _ = writeln!(text, "{what} {how}\t{value:.3}\t{unit}");
                }
            }
        };
        say(if self.area.is_some() { "Outline" } else { "Length" }, self.length, metre);
        if let Some(area) = self.area {
            say("Area", area, square);
        }
        text
    }
}

/// How long an edge is, short, for a label on it.
pub(crate) fn edge_text(from: WorldPoint, to: WorldPoint, measure: &Measure, crs: Option<&Crs>) -> String {
    let line = geo::LineString::new(vec![from, to]);
    match (crs, measure.length_m(&line)) {
        (None, Some(px)) => pixels(px, "px"),
        (Some(_), Some(metres)) => format::length(metres),
        (_, None) => String::new(),
    }
}

fn pixels(n: f64, unit: &str) -> String {
    format!("{}\u{a0}{unit}", format::decimal(n, usize::from(n < 1000.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square(x: f64, y: f64, side: f64) -> Vec<WorldPoint> {
        [(0.0, 0.0), (side, 0.0), (side, side), (0.0, side)].map(|(dx, dy)| (x + dx, y + dy).into()).to_vec()
    }

    #[test]
    fn ground_and_map_differ_as_the_projection_says() {
        let utm = Crs::from_epsg(32615).expect("known");
        let found = Measurement::of(&square(500_000.0, 4_100_000.0, 100.0), true, Some(&utm));
        assert_eq!(found.length.map, Some(400.0));
        // UTM shrinks lengths by 0.04 % on its middle meridian, areas by twice that.
        let ground = found.length.ground.expect("on earth");
        assert!((ground / 400.0 - 1.0004).abs() < 1e-6, "{ground}");
        let area = found.area.expect("a ring");
        assert_eq!(area.map, Some(10_000.0));
        assert!((area.ground.expect("on earth") - 10_008.0).abs() < 0.1);
        let lines = found.lines();
        assert_eq!((lines[0].what, lines[1].what), ("Outline", "Area"));
        assert_eq!(lines[1].ground.as_deref(), Some("1.0008\u{a0}ha"));
        assert!(found.text().contains("Area on the map\t10000.000\tm²"), "{}", found.text());
    }

    #[test]
    fn feet_are_turned_into_metres_and_degrees_have_no_plane() {
        let feet = Crs::from_epsg(2263).expect("New York Long Island, US survey feet");
        let found = Measurement::of(
            &[(984_000.0, 200_000.0).into(), (985_000.0, 200_000.0).into()],
            false,
            Some(&feet),
        );
        let (ground, map) = (found.length.ground.expect("on earth"), found.length.map.expect("planar"));
        assert!((map - 304.8).abs() < 0.01 && (ground - map).abs() < 0.1, "{map} {ground}");
        let degrees = Measurement::of(&[(0.0, 0.0).into(), (1.0, 0.0).into()], false, Some(&Crs::wgs84()));
        assert_eq!(degrees.length.map, None);
        assert!((degrees.length.ground.expect("on earth") - 111_319.49).abs() < 0.01);
    }

    #[test]
    fn pixel_space_counts_pixels() {
        let found = Measurement::of(&square(0.0, 0.0, 10.0), true, None);
        assert_eq!((found.length.ground, found.length.map), (None, Some(40.0)));
        assert_eq!(found.lines()[1].map.as_deref(), Some("100.0\u{a0}px²"));
    }
}
