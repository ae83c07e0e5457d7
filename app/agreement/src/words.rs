//! What each number means, when it deceives, how it is computed and who published it: for tooltips and reports
//! alike.

use crate::bootstrap::Intervals;
use crate::figures::Agreement;

/// One number that a whole table of ratings has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Coefficient {
    AlphaOrdinal,
    AlphaNominal,
    AlphaInterval,
    AlphaRatio,
    FleissKappa,
    Ac1,
    Ac2Linear,
    Ac2Quadratic,
    Ac2Ordinal,
    Percent,
}

impl Coefficient {
    pub const ALL: [Self; 10] = [
        Self::AlphaOrdinal,
        Self::AlphaNominal,
        Self::AlphaInterval,
        Self::AlphaRatio,
        Self::FleissKappa,
        Self::Ac1,
        Self::Ac2Linear,
        Self::Ac2Quadratic,
        Self::Ac2Ordinal,
        Self::Percent,
    ];

    /// What a person reads.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AlphaOrdinal => "α ordinal",
            Self::AlphaNominal => "α nominal",
            Self::AlphaInterval => "α interval",
            Self::AlphaRatio => "α ratio",
            Self::FleissKappa => "Fleiss κ",
            Self::Ac1 => "Gwet AC1",
            Self::Ac2Linear => "Gwet AC2 linear",
            Self::Ac2Quadratic => "Gwet AC2 quadratic",
            Self::Ac2Ordinal => "Gwet AC2 ordinal",
            Self::Percent => "Equal pairs of votes",
        }
    }

    /// What it means and when it deceives, in a sentence each.
    pub const fn about(self) -> &'static str {
        match self {
            Self::AlphaOrdinal => {
                "Krippendorff’s α for classes in order: 1 is full agreement, 0 what chance alone gives, and a near \
                 miss costs less than a far one. It deceives when nearly all cases are of one class: then few \
                 disagreements make it low."
            }
            Self::AlphaNominal => {
                "Krippendorff’s α with every difference counted alike: 1 is full agreement, 0 chance. It deceives \
                 when nearly all cases are of one class (the prevalence paradox): compare AC1."
            }
            Self::AlphaInterval => {
                "Krippendorff’s α with the squared difference of ranks as distance. It deceives when steps between \
                 classes are not equally large."
            }
            Self::AlphaRatio => {
                "Krippendorff’s α with differences relative to their size. It deceives unless rank 0 means nothing \
                 at all."
            }
            Self::FleissKappa => {
                "Fleiss’ κ: agreement beyond what the members’ shared habits give by chance. It deceives when one \
                 class prevails: κ may be low though nearly all votes agree."
            }
            Self::Ac1 => {
                "Gwet’s AC1: agreement beyond chance, where only cases that are hard to tell count as guessed. It \
                 stays high where one class prevails, so it flatters members who never see the rare class."
            }
            Self::Ac2Linear => {
                "Gwet’s AC2 with distance between ranks as weight: near misses count in part. It deceives as AC1 \
                 does, and more the more classes there are."
            }
            Self::Ac2Quadratic => {
                "Gwet’s AC2 with squared distance as weight: near misses count nearly whole. It is the most lenient \
                 of these numbers."
            }
            Self::Ac2Ordinal => {
                "Gwet’s AC2 with weights by how many ranks lie between. It deceives as AC1 does."
            }
            Self::Percent => {
                "Of all pairs of votes on one case, how many name the same class. It deceives because two members \
                 who guess agree by chance, the more often the fewer classes there are."
            }
        }
    }

    /// How it is computed.
    pub const fn formula(self) -> &'static str {
        match self {
            Self::AlphaOrdinal => {
                "α = 1 − (n − 1) · Σ o(c,k) δ²(c,k) ÷ Σ n(c) n(k) δ²(c,k), δ(c,k) = Σ n(g) for g from c to k − (n(c) + n(k)) ÷ 2"
            }
            Self::AlphaNominal => "the same with δ = 1 for any two classes",
            Self::AlphaInterval => "the same with δ = rank(c) − rank(k)",
            Self::AlphaRatio => "the same with δ = (rank(c) − rank(k)) ÷ (rank(c) + rank(k))",
            Self::FleissKappa => {
                "κ = (p − e) ÷ (1 − e), p = mean over cases with two votes or more of equal pairs ÷ pairs, e = Σ π(k)², π(k) = mean over cases of the share of k"
            }
            Self::Ac1 => "AC1 = (p − e) ÷ (1 − e), e = Σ π(k) (1 − π(k)) ÷ (q − 1) over the q classes in use",
            Self::Ac2Linear => {
                "AC2 = (p − e) ÷ (1 − e) with pairs weighed w = 1 − |difference of ranks| ÷ range, e = Σ w · Σ π(k) (1 − π(k)) ÷ (q (q − 1))"
            }
            Self::Ac2Quadratic => "the same with w = 1 − (difference of ranks ÷ range)²",
            Self::Ac2Ordinal => "the same with w = 1 − C(places between + 1, 2) ÷ C(q, 2)",
            Self::Percent => "equal pairs ÷ pairs, over all cases",
        }
    }

    /// Who published it.
    pub const fn source(self) -> &'static str {
        match self {
            Self::AlphaOrdinal | Self::AlphaNominal | Self::AlphaInterval | Self::AlphaRatio => {
                "Krippendorff 2011, Computing Krippendorff’s alpha-reliability, University of Pennsylvania"
            }
            Self::FleissKappa => {
                "Fleiss 1971, Psychological Bulletin 76; gaps as in Gwet 2014, Handbook of inter-rater reliability"
            }
            Self::Ac1 => "Gwet 2008, British Journal of Mathematical and Statistical Psychology 61",
            Self::Ac2Linear | Self::Ac2Quadratic | Self::Ac2Ordinal => {
                "Gwet 2014, Handbook of inter-rater reliability"
            }
            Self::Percent => "–",
        }
    }

    /// Its value of a table; percent as 0 to 100.
    pub const fn of(self, agreement: &Agreement) -> Option<f64> {
        let (alpha, gwet) = (&agreement.krippendorff_alpha, &agreement.gwet);
        match self {
            Self::AlphaOrdinal => alpha.ordinal,
            Self::AlphaNominal => alpha.nominal,
            Self::AlphaInterval => alpha.interval,
            Self::AlphaRatio => alpha.ratio,
            Self::FleissKappa => agreement.fleiss_kappa,
            Self::Ac1 => gwet.ac1,
            Self::Ac2Linear => gwet.ac2_linear,
            Self::Ac2Quadratic => gwet.ac2_quadratic,
            Self::Ac2Ordinal => gwet.ac2_ordinal,
            Self::Percent => agreement.percent,
        }
    }

    /// The middle 95 % of it.
    pub const fn interval(self, intervals: &Intervals) -> Option<[f64; 2]> {
        match self {
            Self::AlphaOrdinal => intervals.alpha_ordinal,
            Self::AlphaNominal => intervals.alpha_nominal,
            Self::AlphaInterval => intervals.alpha_interval,
            Self::AlphaRatio => intervals.alpha_ratio,
            Self::FleissKappa => intervals.fleiss_kappa,
            Self::Ac1 => intervals.ac1,
            Self::Ac2Linear => intervals.ac2_linear,
            Self::Ac2Quadratic => intervals.ac2_quadratic,
            Self::Ac2Ordinal => intervals.ac2_ordinal,
            Self::Percent => intervals.percent,
        }
    }
}
