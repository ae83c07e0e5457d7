//! The feature bank of the pixel classifier: what a pixel and its surroundings are like, at several scales. The filters
//! and their scales are those that ilastik offers for pixel classification (Berg et al. 2019): colour, edge and texture.

use rayon::prelude::*;

use crate::error::{GoOn, check};
use crate::filters::{Kernel, along_columns, along_rows, radius};
use crate::{Image, SegmentError};

/// The scales there are, in pixels.
pub const SIGMAS: [f64; 7] = [0.3, 0.7, 1.0, 1.6, 3.5, 5.0, 10.0];
/// Structure is gathered over half the scale at which gradients are taken.
const OUTER: f64 = 0.5;
/// The smaller scale of a difference of Gaussians.
const INNER: f64 = 0.66;
/// Below this only colours say something: pixels are too coarse for derivatives.
const LEAST_FOR_SHAPE: f64 = 0.5;

/// What a feature tells of a band at a scale.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FeatureKind {
    Gaussian,
    LaplacianOfGaussian,
    GradientMagnitude,
    DifferenceOfGaussians,
    /// The larger and the smaller eigenvalue.
    StructureLarge,
    StructureSmall,
    HessianLarge,
    HessianSmall,
}

impl FeatureKind {
    const ALL: [Self; 8] = [
        Self::Gaussian,
        Self::LaplacianOfGaussian,
        Self::GradientMagnitude,
        Self::DifferenceOfGaussians,
        Self::StructureLarge,
        Self::StructureSmall,
        Self::HessianLarge,
        Self::HessianSmall,
    ];

    /// As it is written in lists.
    pub fn text(self) -> &'static str {
        match self {
            Self::Gaussian => "Gaussian",
            Self::LaplacianOfGaussian => "Laplacian of Gaussian",
            Self::GradientMagnitude => "gradient magnitude",
            Self::DifferenceOfGaussians => "difference of Gaussians",
            Self::StructureLarge => "structure tensor, larger eigenvalue",
            Self::StructureSmall => "structure tensor, smaller eigenvalue",
            Self::HessianLarge => "Hessian, larger eigenvalue",
            Self::HessianSmall => "Hessian, smaller eigenvalue",
        }
    }
}

/// One feature.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Feature {
    pub kind: FeatureKind,
    pub band: usize,
    pub sigma: f64,
}

/// Which scales are looked at.
#[derive(Clone, Debug, PartialEq)]
pub struct Bank {
    sigmas: Vec<f64>,
}

impl Default for Bank {
    fn default() -> Self {
        Self { sigmas: SIGMAS.to_vec() }
    }
}

impl Bank {
    /// With these scales; those that are no positive number up to 100 are left out.
    pub fn new(sigmas: &[f64]) -> Self {
        Self { sigmas: sigmas.iter().copied().filter(|s| *s > 0.0 && *s <= 100.0).collect() }
    }

    /// How far a feature looks, in pixels: tiles need so many around them to be the same as the whole.
    pub fn halo(&self) -> usize {
        let reach = |s: &f64| radius(*s) + if *s < LEAST_FOR_SHAPE { 0 } else { radius(s * OUTER) };
        self.sigmas.iter().map(reach).max().unwrap_or(0)
    }

    /// All features of a picture with so many bands, in the order in which they come.
    pub fn features(&self, bands: usize) -> Vec<Feature> {
        let kinds = |sigma: f64| {
            let count = if sigma < LEAST_FOR_SHAPE { 1 } else { FeatureKind::ALL.len() };
            FeatureKind::ALL.into_iter().take(count)
        };
        let of_band = |band| {
            let of_scale = move |s: &f64| {
                let sigma = *s;
                kinds(sigma).map(move |kind| Feature { kind, band, sigma })
            };
            self.sigmas.iter().flat_map(of_scale)
        };
        (0..bands).flat_map(of_band).collect()
    }

    /// Works all features out, one after the other, a value for each pixel: the sink gets its number and its values.
    pub fn compute(
        &self,
        image: &Image,
        go_on: GoOn,
        sink: &mut dyn FnMut(usize, &[f32]),
    ) -> Result<(), SegmentError> {
        let mut at = 0;
        let mut planes = Planes::new(image);
        for band in 0..image.bands() {
            for sigma in &self.sigmas {
                check(go_on)?;
                at = planes.scale(image.band(band), *sigma, at, sink);
            }
        }
        Ok(())
    }
}

/// Room for what one scale of one band needs.
struct Planes {
    width: usize,
    /// Smoothed along rows by the derivatives of order 0, 1 and 2.
    rows: [Vec<f32>; 3],
    /// Of each order across and down.
    made: [Vec<f32>; 6],
    free: Vec<f32>,
}

/// Orders across and down of the planes that are made.
const ORDERS: [[usize; 2]; 6] = [[0, 0], [1, 0], [0, 1], [2, 0], [1, 1], [0, 2]];

impl Planes {
    fn new(image: &Image) -> Self {
        let plane = || vec![0.0; image.pixels()];
        Self {
            width: image.width(),
            rows: std::array::from_fn(|_| plane()),
            made: std::array::from_fn(|_| plane()),
            free: plane(),
        }
    }

    fn smooth(&mut self, band: &[f32], sigma: f64) {
        let kernel = Kernel::new(sigma, 0);
        along_rows(band, self.width, &kernel, &mut self.rows[0]);
        along_columns(&self.rows[0], self.width, &kernel, &mut self.free);
    }

    /// The features of a band at a scale; the number of the next one.
    fn scale(
        &mut self,
        band: &[f32],
        sigma: f64,
        mut at: usize,
        sink: &mut dyn FnMut(usize, &[f32]),
    ) -> usize {
        let mut give = |plane: &[f32]| {
            sink(at, plane);
            at += 1;
        };
        if sigma < LEAST_FOR_SHAPE {
            self.smooth(band, sigma);
            give(&self.free);
            return at;
        }
        let kernels = [0, 1, 2].map(|order| Kernel::new(sigma, order));
        for (kernel, plane) in kernels.iter().zip(&mut self.rows) {
            along_rows(band, self.width, kernel, plane);
        }
        for ([across, down], plane) in ORDERS.iter().zip(&mut self.made) {
            along_columns(&self.rows[*across], self.width, &kernels[*down], plane);
        }
        let [smooth, gx, gy, gxx, gxy, gyy] = &self.made;
        give(smooth);
        of_two(&mut self.free, gxx, gyy, |a, b| a + b);
        give(&self.free);
        of_two(&mut self.free, gx, gy, f32::hypot);
        give(&self.free);
        let kernel = Kernel::new(sigma * INNER, 0);
        along_rows(band, self.width, &kernel, &mut self.rows[0]);
        along_columns(&self.rows[0], self.width, &kernel, &mut self.free);
        self.free.par_iter_mut().zip(smooth).for_each(|(inner, outer)| *inner = outer - *inner);
        give(&self.free);
        let hessian = [gxx, gxy, gyy].map(Vec::as_slice);
        // Eigenvalues of the curvature first, in the place of what is not needed any more.
        let (large, rest) = self.rows.split_at_mut(1);
        eigenvalues(hessian, &mut large[0], &mut rest[0]);
        let (hessian_large, hessian_small) = (large[0].clone(), rest[0].clone());
        self.structure(sigma);
        give(&self.rows[0]);
        give(&self.rows[1]);
        give(&hessian_large);
        give(&hessian_small);
        at
    }

    /// The eigenvalues of the structure tensor into the first two planes of rows.
    fn structure(&mut self, sigma: f64) {
        let kernel = Kernel::new(sigma * OUTER, 0);
        let [_, gx, gy, xx, xy, yy] = &mut self.made;
        of_two(xx, gx, gx, |a, b| a * b);
        of_two(xy, gx, gy, |a, b| a * b);
        of_two(yy, gy, gy, |a, b| a * b);
        for plane in [xx, xy, yy] {
            along_rows(plane, self.width, &kernel, &mut self.free);
            along_columns(&self.free, self.width, &kernel, plane);
        }
        let [_, _, _, xx, xy, yy] = &self.made;
        let (large, rest) = self.rows.split_at_mut(1);
        eigenvalues([xx, xy, yy], &mut large[0], &mut rest[0]);
    }
}

fn of_two(to: &mut [f32], a: &[f32], b: &[f32], made: impl Fn(f32, f32) -> f32 + Sync) {
    to.par_iter_mut().zip(a).zip(b).with_min_len(4096).for_each(|((to, a), b)| *to = made(*a, *b));
}

/// Eigenvalues of symmetric two by two matrices, the larger and the smaller.
fn eigenvalues([xx, xy, yy]: [&[f32]; 3], large: &mut [f32], small: &mut [f32]) {
    let out = large.par_iter_mut().zip(small).with_min_len(4096);
    out.zip(xx).zip(xy).zip(yy).for_each(|((((large, small), a), b), c)| {
        let (middle, half) = ((a + c) * 0.5, (a - c) * 0.5);
        let root = (half * half + b * b).sqrt();
        (*large, *small) = (middle + root, middle - root);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wavy(width: usize, height: usize) -> Image {
        let of = |i: usize, tone: f32| {
            let (x, y) = ((i % width) as f32, (i / width) as f32);
            (x * 0.31 + tone).sin() * (y * 0.17).cos() + tone * x * 0.01
        };
        let values = (0..2).flat_map(|band| (0..width * height).map(move |i| of(i, band as f32))).collect();
        Image::new(width, height, 2, values).expect("a picture")
    }

    #[test]
    fn every_feature_comes_once_in_the_order_of_the_list() {
        let bank = Bank::default();
        let listed = bank.features(2);
        assert_eq!(listed.len(), 2 * (1 + 6 * 8));
        let mut came = Vec::new();
        bank.compute(&wavy(40, 30), &|| true, &mut |at, plane| {
            assert_eq!(plane.len(), 1200);
            came.push(at);
        })
        .expect("it goes on");
        assert_eq!(came, (0..listed.len()).collect::<Vec<_>>());
    }

    #[test]
    fn a_part_with_its_halo_is_the_same_as_the_whole() {
        let bank = Bank::new(&[0.7, 1.6]);
        let halo = bank.halo();
        let whole = wavy(90, 80);
        let area =
            crate::Area { left: 30 - halo, top: 25 - halo, width: 20 + 2 * halo, height: 10 + 2 * halo };
        let part = whole.part(area, 1).expect("inside");
        let mut planes = Vec::new();
        bank.compute(&whole, &|| true, &mut |_, plane| planes.push(plane.to_vec())).expect("whole");
        bank.compute(&part, &|| true, &mut |at, plane| {
            for y in 0..10 {
                for x in 0..20 {
                    let own = plane[(y + halo) * area.width + x + halo];
                    let of_whole = planes[at][(y + 25) * 90 + x + 30];
                    assert_eq!(own, of_whole, "feature {at} at {x}, {y}");
                }
            }
        })
        .expect("part");
    }

    #[test]
    fn a_line_is_all_structure_in_one_direction() {
        let values = (0..41 * 41).map(|i| if i % 41 == 20 { 1.0 } else { 0.0 }).collect();
        let image = Image::new(41, 41, 1, values).expect("a picture");
        let bank = Bank::new(&[1.6]);
        let features = bank.features(1);
        bank.compute(&image, &|| true, &mut |at, plane| {
            let beside = plane[20 * 41 + 18];
            match features[at].kind {
                FeatureKind::StructureLarge => assert!(beside > 1e-3, "{beside}"),
                FeatureKind::StructureSmall => assert!(beside.abs() < 1e-6, "{beside}"),
                _ => {}
            }
        })
        .expect("it goes on");
    }

    #[test]
    fn it_stops_when_it_is_not_wanted_any_more() {
        let stopped = Bank::default().compute(&wavy(9, 9), &|| false, &mut |_, _| panic!("nothing is made"));
        assert_eq!(stopped, Err(SegmentError::Cancelled));
    }
}
