//! Which pixels of a source make one of the mosaic, and how much each counts: kernels as GDAL takes them, made
//! wider where the source is finer than the mosaic.

use super::plan::Resampling;

/// Neighbouring columns or rows of a piece and their weights.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Pick {
    Outside,
    One(usize),
    /// The first of some neighbours, and how much each of them counts.
    Many(usize, Vec<f64>),
}

impl Resampling {
    /// How far from its middle a kernel reaches, in pixels.
    fn radius(self) -> f64 {
        match self {
            Self::Nearest | Self::Average => 0.5,
            Self::Bilinear => 1.0,
            Self::Cubic | Self::CubicSpline => 2.0,
            Self::Lanczos => 3.0,
        }
    }

    /// Pixels on each side that may be needed where one of the mosaic spans `step` of the source.
    pub(super) fn reach(self, step: f64) -> f64 {
        (self.radius() * step.abs().max(1.0)).ceil() + 1.0
    }

    fn weight(self, x: f64) -> f64 {
        let x = x.abs();
        match self {
            Self::Nearest | Self::Average => 1.0,
            Self::Bilinear => (1.0 - x).max(0.0),
            // Catmull and Rom's.
            Self::Cubic if x <= 1.0 => x * x * (1.5 * x - 2.5) + 1.0,
            Self::Cubic if x <= 2.0 => x * (x * (2.5 - 0.5 * x) - 4.0) + 2.0,
            Self::CubicSpline if x <= 1.0 => 2.0 / 3.0 - x * x * (1.0 - 0.5 * x),
            Self::CubicSpline if x <= 2.0 => (2.0 - x).powi(3) / 6.0,
            Self::Lanczos if x < 3.0 => sinc(x) * sinc(x / 3.0),
            Self::Cubic | Self::CubicSpline | Self::Lanczos => 0.0,
        }
    }
}

fn sinc(x: f64) -> f64 {
    let t = x * std::f64::consts::PI;
    if t == 0.0 { 1.0 } else { t.sin() / t }
}

impl Pick {
    /// For a place in the source: `origin` and `size` say which of its pixels there are, `step` how many pixels
    /// of the source one of the mosaic spans.
    pub(super) fn at(place: f64, origin: u32, size: u32, step: f64, resampling: Resampling) -> Self {
        let last = f64::from(size) - 1.0;
        let place = place - f64::from(origin);
        let within = place.floor();
        if within < 0.0 || within > last {
            return Self::Outside;
        }
        let share = (place - 0.5) - (place - 0.5).floor();
        let is_on_pixel = !(1e-9..=1.0 - 1e-9).contains(&share);
        if resampling == Resampling::Nearest || (step <= 1.0 + 1e-9 && is_on_pixel) {
            return Self::One(within as usize);
        }
        let (first, weights) = match resampling {
            Resampling::Average => shares(place, step, last),
            other => kernel(place, step, last, other),
        };
        let sum: f64 = weights.iter().sum();
        if weights.is_empty() || sum.abs() < 1e-9 {
            return Self::One(within as usize);
        }
        Self::Many(first, weights.into_iter().map(|w| w / sum).collect())
    }
}

fn kernel(place: f64, step: f64, last: f64, resampling: Resampling) -> (usize, Vec<f64>) {
    let wider = step.max(1.0);
    let radius = resampling.radius() * wider;
    let first = (place - radius + 0.5).floor().clamp(0.0, last);
    let end = (place + radius + 0.5).floor().clamp(first, last + 1.0);
    let pixels = first as usize..end as usize;
    (first as usize, pixels.map(|i| resampling.weight((i as f64 + 0.5 - place) / wider)).collect())
}

/// How much of each pixel lies under one of the mosaic.
fn shares(place: f64, step: f64, last: f64) -> (usize, Vec<f64>) {
    let (low, high) = ((place - step / 2.0).max(0.0), (place + step / 2.0).min(last + 1.0));
    let first = (low + 1e-9).floor().min(last);
    let end = (high - 1e-9).ceil().clamp(first, last + 1.0);
    let share = |i: usize| (high.min(i as f64 + 1.0) - low.max(i as f64)).max(0.0);
    (first as usize, (first as usize..end as usize).map(share).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Resampling; 5] = [
        Resampling::Bilinear,
        Resampling::Cubic,
        Resampling::CubicSpline,
        Resampling::Lanczos,
        Resampling::Average,
    ];

    #[test]
    fn weights_add_up_to_one_wherever_a_pixel_lies() {
        for resampling in ALL {
            for step in [0.3, 1.0, 2.0, 3.7] {
                for i in 0..200 {
                    let place = f64::from(i) * 0.1001;
                    match Pick::at(place, 0, 20, step, resampling) {
                        Pick::Outside => assert!(place >= 20.0, "{resampling:?} {place}"),
                        Pick::One(at) => assert!(at < 20),
                        Pick::Many(first, weights) => {
                            assert!(first + weights.len() <= 20, "{resampling:?} {step} {place}");
                            assert!((weights.iter().sum::<f64>() - 1.0).abs() < 1e-12);
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn pixels_that_fall_on_each_other_are_taken_as_they_are() {
        for resampling in ALL {
            assert_eq!(Pick::at(7.5, 3, 20, 1.0, resampling), Pick::One(4), "{resampling:?}");
        }
        assert_eq!(Pick::at(4.0, 0, 20, 2.0, Resampling::Average), Pick::Many(3, vec![0.5, 0.5]));
        assert_eq!(Pick::at(4.0, 0, 20, 0.5, Resampling::Bilinear), Pick::Many(3, vec![0.5, 0.5]));
    }
}
