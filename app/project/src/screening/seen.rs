//! Which parts of a cell were on screen.

use std::fmt;
use std::str::FromStr;

use geo::Coord;
use serde::{Deserialize, Serialize};

/// A cell is told apart in so many parts across and down.
pub const SIDE: usize = 16;

/// One bit for each part of a cell, row after row from the upper left. In text: 64 hexadecimal digits, four a row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Seen([u16; SIDE]);

/// The text is no 64 hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("what was seen of a cell is written as 64 hexadecimal digits")]
pub struct UnreadableSeen;

impl Seen {
    /// Every part.
    pub const ALL: Self = Self([u16::MAX; SIDE]);

    /// True when no part was seen.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// How many parts.
    pub fn count(self) -> u32 {
        self.0.iter().map(|row| row.count_ones()).sum()
    }

    /// True when the part of this column and row was seen.
    pub fn has(self, column: usize, row: usize) -> bool {
        self.0.get(row).is_some_and(|bits| column < SIDE && bits >> column & 1 == 1)
    }

    /// With the part of this column and row; places outside are left out.
    #[must_use]
    pub fn with(mut self, column: usize, row: usize) -> Self {
        if let Some(bits) = self.0.get_mut(row).filter(|_| column < SIDE) {
            *bits |= 1 << column;
        }
        self
    }

    /// What either saw.
    #[must_use]
    pub fn or(mut self, other: Self) -> Self {
        self.0.iter_mut().zip(other.0).for_each(|(a, b)| *a |= b);
        self
    }

    /// What both saw.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.0.iter_mut().zip(other.0).for_each(|(a, b)| *a &= b);
        self
    }

    /// What the other did not see.
    #[must_use]
    pub fn without(mut self, other: Self) -> Self {
        self.0.iter_mut().zip(other.0).for_each(|(a, b)| *a &= !b);
        self
    }

    /// The parts of a cell that lie wholly in a view. `cell`: left, top, right, bottom in pixels of the layer; `view`:
    /// the corners of what is on screen, going round, in the same pixels, a convex shape.
    pub fn in_view([left, top, right, bottom]: [u32; 4], view: &[Coord<f64>]) -> Self {
        /// A part that is cut off by less than this many pixels counts.
        const SLACK_PX: f64 = 0.5;
        let area: f64 = pairs(view).map(|(p, q)| p.x * q.y - q.x * p.y).sum();
        let turn = area.signum();
        let inside = |x: f64, y: f64| {
            area != 0.0
                && pairs(view).all(|(p, q)| {
                    let (along_x, along_y) = (q.x - p.x, q.y - p.y);
                    let cross = along_x * (y - p.y) - along_y * (x - p.x);
                    cross * turn >= -SLACK_PX * along_x.hypot(along_y)
                })
        };
        let at = |low: u32, high: u32, i: usize| {
            f64::from(low) + f64::from(high.saturating_sub(low)) * i as f64 / SIDE as f64
        };
        let mut corners = [[false; SIDE + 1]; SIDE + 1];
        for (row, line) in corners.iter_mut().enumerate() {
            for (column, corner) in line.iter_mut().enumerate() {
                *corner = inside(at(left, right, column), at(top, bottom, row));
            }
        }
        let whole = |column: usize, row: usize| {
            let [upper, lower] = [corners[row], corners[row + 1]];
            upper[column] && upper[column + 1] && lower[column] && lower[column + 1]
        };
        let parts = (0..SIDE).flat_map(|row| (0..SIDE).map(move |column| (column, row)));
        parts.filter(|(c, r)| whole(*c, *r)).fold(Self::default(), |seen, (c, r)| seen.with(c, r))
    }
}

fn pairs(ring: &[Coord<f64>]) -> impl Iterator<Item = (Coord<f64>, Coord<f64>)> {
    ring.iter().copied().zip(ring.iter().copied().cycle().skip(1))
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|row| write!(f, "{row:04x}"))
    }
}

impl FromStr for Seen {
    type Err = UnreadableSeen;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() != SIDE * 4 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(UnreadableSeen);
        }
        let mut seen = Self::default();
        for (row, bits) in seen.0.iter_mut().enumerate() {
            *bits = u16::from_str_radix(&text[row * 4..row * 4 + 4], 16).map_err(|_| UnreadableSeen)?;
        }
        Ok(seen)
    }
}

impl From<Seen> for String {
    fn from(seen: Seen) -> Self {
        seen.to_string()
    }
}

impl TryFrom<String> for Seen {
    type Error = UnreadableSeen;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(x0: f64, y0: f64, x1: f64, y1: f64) -> [Coord<f64>; 4] {
        [Coord { x: x0, y: y0 }, Coord { x: x1, y: y0 }, Coord { x: x1, y: y1 }, Coord { x: x0, y: y1 }]
    }

    #[test]
    fn a_part_counts_when_all_of_it_was_on_screen() {
        let cell = [1600, 1600, 3200, 3200];
        assert_eq!(Seen::in_view(cell, &view(1600.0, 1600.0, 3200.0, 3200.0)), Seen::ALL);
        let left = Seen::in_view(cell, &view(0.0, 0.0, 2450.0, 9000.0));
        assert_eq!(left.count(), 8 * 16, "the ninth column is cut");
        assert!(left.has(7, 15) && !left.has(8, 0));
        assert!(Seen::in_view(cell, &view(1601.0, 1601.0, 1699.0, 1699.0)).is_empty());
        let mut backwards = view(0.0, 0.0, 2450.0, 9000.0);
        backwards.reverse();
        assert_eq!(Seen::in_view(cell, &backwards), left, "whichever way round");
        let diamond = [(2400.0, 1500.0), (3300.0, 2400.0), (2400.0, 3300.0), (1500.0, 2400.0)];
        let turned = Seen::in_view(cell, &diamond.map(|(x, y)| Coord { x, y }));
        assert!(turned.has(8, 8) && !turned.has(0, 0) && !turned.has(15, 15));
        assert!(Seen::in_view(cell, &[]).is_empty());
    }

    #[test]
    fn what_was_seen_is_written_and_read_and_nothing_else_is() {
        let seen = Seen::default().with(0, 0).with(15, 15).with(3, 7).with(99, 99);
        assert_eq!(seen.count(), 3);
        assert_eq!(seen.to_string().parse(), Ok(seen));
        assert_eq!(seen.without(Seen::default().with(3, 7)).count(), 2);
        assert_eq!(seen.and(Seen::ALL).or(Seen::default()), seen);
        for wrong in ["", "00", &"g".repeat(64), &"0".repeat(65), &"é".repeat(32)] {
            assert_eq!(wrong.parse::<Seen>(), Err(UnreadableSeen), "{wrong}");
        }
    }
}
