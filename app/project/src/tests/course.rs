//! α over time is α as it was.

use proptest::prelude::*;

use super::fixture::World;
use crate::review::{Rule, Scope, Stage, Verdict, course, ratings};

const CODES: [&str; 6] =
    ["no damage", "minor damage", "major damage", "destroyed", "un-classified", "obscured"];
const VERDICTS: [Verdict; 4] = [Verdict::Accept, Verdict::Edit, Verdict::Reject, Verdict::Abstain];

/// (case, member, verdict, class), the verdict one of six of which three name another class.
fn vote() -> impl Strategy<Value = (usize, usize, usize, usize)> {
    (0..6_usize, 0..4_usize, 0..6_usize, 0..6_usize)
}

fn cast(world: &mut World, (case, member, verdict, class): (usize, usize, usize, usize)) {
    let verdict = VERDICTS.get(verdict).copied().unwrap_or(Verdict::Edit);
    world.vote(case, ["ana", "ben", "cy", "dee"][member], Stage::Two, verdict, CODES[class]);
}

fn town(size: u32) -> World {
    let mut world = World::with_regions(6);
    world.rule(Rule { committee_size: size, ..Rule::default() });
    (0..6).for_each(|at| {
        world.label(at, "ana", CODES[at]);
    });
    world
}

fn near(a: Option<f64>, b: Option<f64>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => (a - b).abs() < 1e-9,
        (a, b) => a == b,
    }
}

proptest! {
    #[test]
    fn each_point_is_what_agreement_was_when_the_vote_had_been_cast(
        votes in prop::collection::vec(vote(), 0..60), size in 1..4_u32,
    ) {
        let mut world = town(size);
        let mut so_far: Vec<(usize, usize, Option<f64>, Option<f64>)> = Vec::new();
        for vote in votes {
            cast(&mut world, vote);
            let agreement = ratings(&world.project, Scope::Blind).table.agreement();
            if so_far.last().is_none_or(|(cases, ..)| *cases != agreement.cases) && agreement.cases > 0 {
                let alpha = agreement.krippendorff_alpha;
                so_far.push((agreement.cases, agreement.votes, alpha.nominal, alpha.ordinal));
            }
        }
        let points = course(&world.project, usize::MAX);
        prop_assert_eq!(points.len(), so_far.len());
        for (point, (cases, votes, nominal, ordinal)) in points.iter().zip(so_far) {
            prop_assert_eq!((point.cases, point.votes), (cases, votes));
            prop_assert!(near(point.nominal, nominal), "{point:?} {nominal:?}");
            prop_assert!(near(point.ordinal, ordinal), "{point:?} {ordinal:?}");
        }
        // Fewer moments are some of these, with the same end.
        let few = course(&world.project, 2);
        prop_assert!(few.len() <= 2 && few.iter().all(|point| points.contains(point)));
        prop_assert_eq!(few.last(), points.last());
    }
}

#[test]
fn a_region_that_is_gone_has_no_part_in_it() {
    let mut world = town(1);
    cast(&mut world, (0, 0, 1, 3));
    cast(&mut world, (1, 0, 1, 2));
    let gone = world.regions[0];
    let (label, said) = world.project.label_of(gone).map(|(id, l)| (id, l.clone())).expect("labelled");
    let region = world.project.region(gone).expect("there").clone();
    world.apply(&crate::Edit::batch(
        "Delete region",
        vec![
            crate::Edit::Label(crate::Change::delete(label, said)),
            crate::Edit::Region(crate::Change::delete(gone, region)),
        ],
    ));
    let points = course(&world.project, 10);
    assert_eq!(points.iter().map(|point| point.votes).collect::<Vec<_>>(), [1]);
}
