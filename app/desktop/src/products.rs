//! Hyperspectral products: the one that is to be made, and those that were. View state; never in the project.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use cubes::{Facts, Kind};
use jobs::JobId;
use project::LayerId;

/// What the panel says about a product, from its name to what its numbers mean.
#[derive(Clone, Copy, Debug)]
pub struct Words {
    pub name: &'static str,
    pub about: &'static str,
    /// What the least and the greatest numbers mean.
    pub ends: [&'static str; 2],
}

/// What a person calls a product.
pub fn words(kind: Kind) -> Words {
    let (name, about, ends) = match kind {
        Kind::Angle => (
            "Spectral angle",
            "How unlike each pixel is to each spectrum in shape, whatever its brightness, in radians.",
            ["the same shape", "unlike"],
        ),
        Kind::MatchedFilter => (
            "Matched filter",
            "How much of each spectrum a pixel holds, against the background of the whole image.",
            ["background", "the spectrum"],
        ),
        Kind::Coherence => (
            "Coherence (ACE)",
            "How much a pixel resembles each spectrum once the background is made even, from 0 to 1.",
            ["unlike", "alike"],
        ),
        Kind::Anomaly => (
            "Anomalies (RX)",
            "How far each pixel lies from what the image is like on the whole.",
            ["usual", "unusual"],
        ),
        Kind::Principal => (
            "Principal components",
            "Few bands that hold most of the differences, largest first.",
            ["less", "more"],
        ),
        Kind::NoiseOrdered => (
            "Noise-ordered components",
            "Components ordered by how much more than noise they hold (MNF).",
            ["less", "more"],
        ),
        Kind::Unmix => (
            "Unmixing",
            "How much of each spectrum every pixel is made of, none less than 0.",
            ["none", "all of it"],
        ),
        Kind::Clusters => (
            "Groups of like pixels",
            "Every pixel goes to the group that it is nearest to (k-means).",
            ["", ""],
        ),
    };
    Words { name, about, ends }
}

/// How the next product is to be made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Draft {
    pub kind: Kind,
    pub components: usize,
    pub back: bool,
    pub clusters: usize,
    pub shrinkage: f64,
    pub free_sum: bool,
}

impl Default for Draft {
    fn default() -> Self {
        Self { kind: Kind::Angle, components: 10, back: false, clusters: 8, shrinkage: 0.0, free_sum: false }
    }
}

/// A product that was made and is a layer now.
#[derive(Clone, Debug)]
pub struct Made {
    pub kind: Kind,
    pub facts: Arc<Facts>,
    /// Where it lies in the cache; `None` once it was saved elsewhere.
    pub cached: Option<PathBuf>,
}

/// Everything about products.
#[derive(Clone, Debug, Default)]
pub struct Products {
    pub draft: Draft,
    /// The one that is being made.
    pub running: Option<JobId>,
    pub made: BTreeMap<LayerId, Made>,
}

/// What the panel asks for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ProductsAsk {
    Draft(Draft),
    Make,
    /// Show another band of a product.
    Band(LayerId, usize),
    Save(LayerId),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_product_has_a_name_of_its_own_and_a_sentence() {
        let mut names: Vec<&str> = Kind::ALL.map(|kind| words(kind).name).to_vec();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Kind::ALL.len());
        assert!(Kind::ALL.iter().all(|kind| words(*kind).about.ends_with('.')));
    }
}
