//! Every coefficient of a table, with the names that files and scripts know.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::coefficients::{Metric, Weight, fleiss_kappa, gwet, krippendorff_alpha, percent};
use crate::sums::Sums;
use crate::tally::Tally;

/// Agreement between raters. Coefficients that are not defined (too few ratings, no variation) are null.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Agreement {
    /// Cases with at least one rating.
    pub cases: usize,
    /// Ratings on them.
    pub votes: usize,
    /// Raters with at least one.
    pub members: usize,
    /// Equal pairs of ratings on one case among all such pairs, 0 to 100.
    pub percent: Option<f64>,
    /// Every pair of raters with a case in common.
    pub cohen_kappa: Vec<PairAgreement>,
    pub fleiss_kappa: Option<f64>,
    pub krippendorff_alpha: Alpha,
    #[serde(default)]
    pub gwet: Gwet,
    /// Every category that got a rating.
    pub per_class: BTreeMap<String, ClassAgreement>,
    /// Every rater with a rating.
    #[serde(default)]
    pub per_member: BTreeMap<String, MemberAgreement>,
}

/// Cohen's κ of two raters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PairAgreement {
    pub a: String,
    pub b: String,
    pub kappa: Option<f64>,
    /// Weighted by distance between ranks, over the cases where both saw a ranked category.
    pub linear: Option<f64>,
    pub quadratic: Option<f64>,
    /// Cases that both rated.
    pub n: usize,
    /// Of these, how many alike, 0 to 100.
    pub percent: f64,
}

/// Krippendorff's α under four metrics; all but the nominal use ranks and take unranked categories as
/// missing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Alpha {
    pub nominal: Option<f64>,
    pub ordinal: Option<f64>,
    pub interval: Option<f64>,
    pub ratio: Option<f64>,
}

/// Gwet's AC1, and AC2 with weights over ranks (unranked categories are missing there), over the categories
/// that got a rating.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Gwet {
    pub ac1: Option<f64>,
    pub ac2_linear: Option<f64>,
    pub ac2_quadratic: Option<f64>,
    pub ac2_ordinal: Option<f64>,
}

/// Agreement on one category against all others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ClassAgreement {
    pub votes: usize,
    /// Cases where at least one rater saw it.
    pub cases: usize,
    /// Given that one rater sees the category: how often another does too, 0 to 1.
    pub agreement: Option<f64>,
    pub krippendorff_alpha: Option<f64>,
    #[serde(default)]
    pub ac1: Option<f64>,
}

/// One rater beside all others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MemberAgreement {
    pub votes: usize,
    /// Pairs with another rater's word on the same case.
    pub pairs: usize,
    /// Of these, how many alike, 0 to 1.
    pub agreement: Option<f64>,
}

/// The coefficients of many raters: nominal from the sums over categories, the others from the sums over
/// ranks (which ascend, by place).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Coefficients {
    pub(crate) percent: Option<f64>,
    pub(crate) fleiss_kappa: Option<f64>,
    pub(crate) alpha: Alpha,
    pub(crate) gwet: Gwet,
}

impl Coefficients {
    pub(crate) fn of(nominal: &Sums, ranked: &Sums, ranks: &[f64]) -> Self {
        let values: Vec<f64> = ranked.used.iter().map(|place| ranks[*place as usize]).collect();
        let codes: Vec<f64> = (0..nominal.q()).map(|i| i as f64).collect();
        let alpha = |metric| krippendorff_alpha(ranked, &values, metric);
        let weighted = |weight| gwet(ranked, &values, weight);
        Self {
            percent: percent(nominal),
            fleiss_kappa: fleiss_kappa(nominal),
            alpha: Alpha {
                nominal: krippendorff_alpha(nominal, &codes, Metric::Nominal),
                ordinal: alpha(Metric::Ordinal),
                interval: alpha(Metric::Interval),
                ratio: alpha(Metric::Ratio),
            },
            gwet: Gwet {
                ac1: gwet(nominal, &codes, Weight::Plain),
                ac2_linear: weighted(Weight::Linear),
                ac2_quadratic: weighted(Weight::Quadratic),
                ac2_ordinal: weighted(Weight::Ordinal),
            },
        }
    }
}

/// One category against all others; `cases` is how many cases somebody saw it in.
pub(crate) fn per_class(tally: &Tally, category: u32, cases: usize) -> ClassAgreement {
    let binary = tally.renamed(|c| u32::from(c == category));
    let (sums, seen) = (binary.sums(), binary.seen(1));
    ClassAgreement {
        votes: seen.ratings as usize,
        cases,
        agreement: (seen.pairs > 0).then(|| seen.equal as f64 / seen.pairs as f64),
        krippendorff_alpha: krippendorff_alpha(&sums, &[0.0, 1.0], Metric::Nominal),
        ac1: gwet(&sums, &[0.0, 1.0], Weight::Plain),
    }
}
