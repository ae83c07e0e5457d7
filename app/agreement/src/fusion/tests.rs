//! Fusion on tables whose truth is known.

use proptest::prelude::*;

use super::*;
use crate::Category;

fn categories(q: usize) -> Vec<Category> {
    (0..q).map(|i| Category { code: format!("c{i}"), rank: Some(i as f64) }).collect()
}

fn names(n: usize) -> Vec<String> {
    (0..n).map(|i| format!("m{i}")).collect()
}

/// Raters who are right this often, and take each wrong category as often.
fn campaign(cases: usize, q: usize, right: &[f64], seed: u64) -> (Table, Vec<u32>) {
    let (mut draw, mut truth) = (Draw::new(seed, 0), Vec::new());
    let mut table = Table::new(categories(q), names(right.len()));
    for _ in 0..cases {
        let real = draw.below(q);
        let said = right.iter().enumerate().map(|(rater, right)| {
            let wrong = (real + 1 + draw.below(q - 1)) % q;
            (rater, if draw.share() < *right { real } else { wrong })
        });
        let said: Vec<_> = said.collect();
        table.push(said);
        truth.push(real as u32);
    }
    (table, truth)
}

fn accuracy(fused: &Fused, truth: &[u32]) -> f64 {
    let right = fused.answers.iter().zip(truth).filter(|(answer, real)| answer.category == Some(**real));
    right.count() as f64 / truth.len() as f64
}

#[test]
fn models_of_raters_find_who_is_right_how_often_and_beat_the_majority() {
    let right = [0.95, 0.9, 0.85, 0.4, 0.35, 0.3, 0.3];
    let (table, truth) = campaign(1500, 4, &right, 11);
    let majority = accuracy(&fuse(&table, Method::Majority, &Limits::default()).expect("votes"), &truth);
    for method in [Method::Weighted, Method::DawidSkene, Method::Glad, Method::Mace] {
        let fused = fuse(&table, method, &Limits::default()).expect("votes");
        let here = accuracy(&fused, &truth);
        assert!(here > majority, "{method}: {here} is not more than {majority}");
        assert!(fused.converged, "{method} made {} rounds", fused.rounds);
        for (rater, known) in fused.raters.iter().zip(right).filter(|_| method != Method::Weighted) {
            let found = rater.accuracy.expect("voted");
            assert!((found - known).abs() < 0.05, "{method}: {found} for {known}");
        }
    }
}

#[test]
fn dawid_and_skene_see_a_habit_that_a_majority_cannot() {
    // Two members always call 2 what is 1; the third knows. A habit is an error with a pattern.
    let mut draw = Draw::new(3, 0);
    let mut table = Table::new(categories(3), names(3));
    let mut truth = Vec::new();
    for _ in 0..900 {
        let real = draw.below(3);
        let habit = |draw: &mut Draw| if real == 1 && draw.share() < 0.6 { 2 } else { real };
        let said = [(0, habit(&mut draw)), (1, habit(&mut draw)), (2, real)];
        table.push(said);
        truth.push(real as u32);
    }
    let of = |method| accuracy(&fuse(&table, method, &Limits::default()).expect("votes"), &truth);
    assert!(of(Method::DawidSkene) > of(Method::Majority));
    let fused = fuse(&table, Method::DawidSkene, &Limits::default()).expect("votes");
    let confusion = &fused.raters[0].confusion;
    assert!((confusion[5] - 0.6).abs() < 0.08, "of what is 1, called 2: {}", confusion[5]);
}

#[test]
fn confidence_is_votes_for_the_answer_by_votes_cast() {
    let mut table = Table::new(categories(3), names(10));
    table.push((0..10).map(|rater| (rater, usize::from(rater >= 7))));
    table.push([]);
    table.push([(0, 1), (1, 2)]);
    let fused = fuse(&table, Method::Majority, &Limits::default()).expect("votes");
    let [first, none, tied] = &fused.answers[..] else { panic!("three cases") };
    assert_eq!((first.category, first.confidence, first.posterior, first.votes), (Some(0), 0.7, 0.7, 10));
    assert_eq!((none.category, none.votes), (None, 0));
    assert!(tied.tied && !first.tied && tied.confidence == 0.5);
    let other = (0..64).map(|seed| {
        let limits = Limits { seed, ..Limits::default() };
        fuse(&table, Method::Majority, &limits).expect("votes").answers[2].category
    });
    let drawn: std::collections::BTreeSet<_> = other.collect();
    assert_eq!(drawn.len(), 2, "a tie goes one way or the other by the seed");
}

#[test]
fn given_weights_are_the_weights() {
    let mut table = Table::new(categories(2), names(3));
    table.push([(0, 0), (1, 1), (2, 1)]);
    let limits = Limits { weights: vec![3.0, 1.0, 1.0], ..Limits::default() };
    let fused = fuse(&table, Method::Weighted, &limits).expect("votes");
    assert_eq!((fused.answers[0].category, fused.answers[0].posterior), (Some(0), 0.6));
    let limits = Limits { weights: vec![1.0, f64::NAN, 1.0], ..Limits::default() };
    let refused = fuse(&table, Method::Weighted, &limits).expect_err("not a number");
    assert_eq!(refused, FusionError::BadWeight { rater: "m1".into() });
    let none = fuse(&Table::new(categories(2), names(3)), Method::Majority, &Limits::default());
    assert_eq!(none.expect_err("empty"), FusionError::NoVotes);
}

#[test]
fn what_would_not_fit_into_memory_is_refused_by_name() {
    let mut table = Table::new(categories(5000), names(4));
    for category in 0..5000 {
        table.push([(0, category), (1, category)]);
    }
    let refused = fuse(&table, Method::DawidSkene, &Limits::default()).expect_err("too large");
    assert!(matches!(refused, FusionError::TooLarge { .. }), "{refused}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn posteriors_are_shares_and_the_same_seed_gives_the_same_answers(
        cases in prop::collection::vec(prop::collection::vec((0..5_usize, 0..4_usize), 0..6), 1..20), seed in 0..9_u64,
    ) {
        let mut table = Table::new(categories(4), names(5));
        for case in &cases {
            table.push(case.iter().copied());
        }
        prop_assume!(table.votes() > 0);
        let limits = Limits { seed, rounds: 40, restarts: 2, ..Limits::default() };
        for method in Method::ALL {
            let fused = fuse(&table, method, &limits).expect("votes");
            for (row, answer) in fused.posteriors.chunks(fused.used.len()).zip(&fused.answers) {
                let sum: f64 = row.iter().sum();
                let whole = if answer.votes > 0 { 1.0 } else { 0.0 };
                prop_assert!((sum - whole).abs() < 1e-9 && row.iter().all(|p| *p >= 0.0), "{method} {row:?}");
                prop_assert_eq!(answer.category.is_some(), answer.votes > 0);
                prop_assert!((0.0..=1.0).contains(&answer.confidence));
            }
            for rater in &fused.raters {
                prop_assert_eq!(rater.accuracy.is_some(), rater.votes > 0);
                prop_assert!(rater.accuracy.is_none_or(|a| (-1e-9..=1.0 + 1e-9).contains(&a)), "{method} {rater:?}");
            }
            prop_assert_eq!(&fused, &fuse(&table, method, &limits).expect("votes"));
        }
    }

    #[test]
    fn more_rounds_of_expectation_and_maximisation_are_never_less_likely(seed in 0..40_u64) {
        let (table, _) = campaign(60, 3, &[0.9, 0.7, 0.5, 0.4], seed);
        for method in [Method::DawidSkene, Method::Glad] {
            let at = |rounds| {
                let limits = Limits { rounds, tolerance: f64::NEG_INFINITY, ..Limits::default() };
                fuse(&table, method, &limits).expect("votes").likelihood.expect("a model")
            };
            let course: Vec<f64> = [1, 2, 3, 5, 8, 20].map(at).to_vec();
            prop_assert!(course.windows(2).all(|w| w[1] >= w[0] - 1e-9), "{method} {course:?}");
        }
    }
}
