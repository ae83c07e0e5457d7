//! The scale bar: a round length on the ground, measured where the map is looked at.

use spatial::{Crs, Measure, Viewport, WorldPoint, format};

/// A round length and how many physical pixels it takes.
#[derive(Clone, Debug, PartialEq)]
pub struct ScaleBar {
    pub text: String,
    pub length_px: f64,
}

/// Metres (pixels, where there is no CRS) that one screen pixel spans across the middle of the view.
pub fn ground_per_px(view: &Viewport, crs: Option<&Crs>) -> Option<f64> {
    if crs.is_none() {
        return Some(view.resolution);
    }
    // Over a fifth of the screen, so that rounding does not show.
    let span = (view.size_px[0] * 0.2).max(1.0);
    let at = |dx: f64| WorldPoint { x: view.center.x + dx * view.resolution, y: view.center.y };
    let line = geo::LineString::new(vec![at(-span / 2.0), at(span / 2.0)]);
    let metres = Measure::new(crs).length_m(&line)?;
    (metres > 0.0).then(|| metres / span)
}

/// The longest round bar that is not longer than this many pixels.
pub fn scale_bar(view: &Viewport, crs: Option<&Crs>, longest_px: f64) -> Option<ScaleBar> {
    let per_px = ground_per_px(view, crs)?;
    let most = per_px * longest_px;
    let decade = 10_f64.powf(most.log10().floor());
    let length = [5.0, 2.0, 1.0].into_iter().map(|n| n * decade).find(|l| *l <= most)?;
    let text = if crs.is_some() { format::length(length) } else { format::pixels(length.max(1.0) as u64) };
    Some(ScaleBar { text, length_px: length / per_px })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_is_round_and_fits() {
        let view = Viewport::new(WorldPoint { x: 500_000.0, y: 4_100_000.0 }, 0.1, [1280.0, 720.0]);
        let utm = Crs::from_epsg(32615).expect("known");
        let bar = scale_bar(&view, Some(&utm), 160.0).expect("a bar");
        assert_eq!(bar.text, "10\u{a0}m");
        // UTM shrinks lengths by 0.04 % on its middle meridian.
        assert!((bar.length_px - 100.0).abs() < 0.2, "{bar:?}");
    }

    #[test]
    fn web_mercator_is_measured_on_the_ground_not_in_the_map() {
        let view = Viewport::new(WorldPoint { x: 0.0, y: 8_399_737.0 }, 1.0, [1000.0, 1000.0]);
        let mercator = Crs::from_epsg(3857).expect("known");
        let per_px = ground_per_px(&view, Some(&mercator)).expect("measured");
        assert!((per_px - 0.5).abs() < 0.01, "60° N halves it: {per_px}");
    }

    #[test]
    fn pixel_space_counts_pixels() {
        let view = Viewport::new(WorldPoint { x: 0.0, y: 0.0 }, 0.5, [800.0, 600.0]);
        assert_eq!(scale_bar(&view, None, 150.0).map(|b| b.text), Some("50\u{a0}px".to_owned()));
    }
}
