//! Dealing cases out: each to so many members, all with about as much to do.

use std::collections::BTreeMap;

use super::choose::Draw;
use super::{Assignment, MOST_MEMBERS, MOST_SHARES, Share};
use crate::review::Stage;
use crate::{Author, EditError, Project, RegionId};

/// Areas that work is dealt out by, at most.
const MOST_AREAS: usize = 10_000;

/// In which pieces cases are dealt out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Deal {
    /// One by one, in an order by chance.
    Cases,
    /// By squares of a grid with this side, in units of the project's CRS: neighbours go to the same members.
    Areas { side: f64 },
}

/// Who gets what how.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    pub name: String,
    pub stage: Stage,
    /// How the cases were chosen, in words.
    pub chosen: String,
    pub members: Vec<Author>,
    /// Members for each case.
    pub times: usize,
    pub deal: Deal,
    /// Unix milliseconds from which on what is not done is free for the others; none: never.
    pub release_ms: Option<i64>,
    /// The same seed deals the same way.
    pub seed: u64,
}

fn refused<T>(why: impl Into<String>) -> Result<T, EditError> {
    Err(EditError::Invalid(why.into()))
}

/// Deals cases out; refused where there are too few members who may vote on one of them. Nobody gets a label of their own to
/// review.
pub fn deal(project: &Project, cases: &[RegionId], plan: &Plan) -> Result<Assignment, EditError> {
    check(project, cases, plan)?;
    let pieces = pieces(project, cases, plan)?;
    let mut load = vec![0_usize; plan.members.len()];
    let mut shares = Vec::with_capacity(cases.len());
    let order = Draw::new(plan.seed ^ 0xA55A).shuffled(plan.members.len());
    for piece in &pieces.of {
        // Whoever has least comes first; among equals, chance.
        let mut first: Vec<usize> = order.clone();
        first.sort_by_key(|at| load[*at]);
        for case in &piece.cases {
            let may = |at: &usize| !labelled_by(project, *case, plan, &plan.members[*at]);
            let mut of: Vec<u16> =
                first.iter().copied().filter(may).take(plan.times).map(|at| at as u16).collect();
            if of.len() < plan.times {
                return refused(format!(
                    "A case needs {} members, and only {} of those named did not label it themselves",
                    plan.times,
                    of.len()
                ));
            }
            of.sort_unstable();
            for at in &of {
                load[usize::from(*at)] += 1;
            }
            shares.push(Share { case: *case, members: of, area: piece.area });
        }
    }
    let assignment = Assignment {
        name: plan.name.trim().to_owned(),
        stage: plan.stage,
        chosen: plan.chosen.clone(),
        members: plan.members.clone(),
        areas: pieces.names,
        shares,
        release_ms: plan.release_ms,
    };
    match assignment.fault() {
        Some(fault) => refused(fault),
        None => Ok(assignment),
    }
}

fn check(project: &Project, cases: &[RegionId], plan: &Plan) -> Result<(), EditError> {
    if cases.is_empty() {
        return refused("There is no case to hand out");
    }
    if cases.len() > MOST_SHARES || plan.members.len() > MOST_MEMBERS {
        return refused(format!(
            "At most {MOST_SHARES} cases go to at most {MOST_MEMBERS} members at a time"
        ));
    }
    if plan.times == 0 || plan.times > plan.members.len() {
        return refused(format!(
            "Each case goes to at least one and at most all of the {} members",
            plan.members.len()
        ));
    }
    if let Some(case) = cases.iter().find(|case| project.region(**case).is_none()) {
        return Err(EditError::Missing { what: format!("Region {case}") });
    }
    for member in &plan.members {
        if project.is_removed(member) {
            return refused(format!("{member} was removed from the members"));
        }
        if !project.may_sit(member, plan.stage) {
            let has = project.role_of(member).text().to_lowercase();
            return refused(format!("{member} is {has} and may not vote there; their part must be greater"));
        }
    }
    Ok(())
}

fn labelled_by(project: &Project, case: RegionId, plan: &Plan, member: &Author) -> bool {
    let rule = &project.settings().rule;
    plan.stage == Stage::One && !rule.self_review && project.label_by(case, member).is_some()
}

/// Cases that go to the same members.
struct Piece {
    area: Option<u16>,
    cases: Vec<RegionId>,
}

struct Pieces {
    names: Vec<String>,
    of: Vec<Piece>,
}

fn pieces(project: &Project, cases: &[RegionId], plan: &Plan) -> Result<Pieces, EditError> {
    let Deal::Areas { side } = plan.deal else {
        let order = Draw::new(plan.seed).shuffled(cases.len());
        let of = order.into_iter().map(|at| Piece { area: None, cases: vec![cases[at]] }).collect();
        return Ok(Pieces { names: Vec::new(), of });
    };
    if !(side.is_finite() && side > 0.0) {
        return refused("An area has a side greater than 0");
    }
    let Some(bounds) = project.bounds() else { return refused("There is no case to hand out") };
    let (west, north) = (bounds.min().x, bounds.max().y);
    let mut areas: BTreeMap<(u64, u64), Vec<RegionId>> = BTreeMap::new();
    for case in cases {
        let Some(rect) = project.region(*case).and_then(|region| region.bounds()) else { continue };
        let middle = rect.center();
        // Casts end at the greatest number, which is one area too many.
        let place = (((north - middle.y) / side) as u64, ((middle.x - west) / side) as u64);
        areas.entry(place).or_default().push(*case);
        if areas.len() > MOST_AREAS {
            return refused(format!("The areas are too small: there would be more than {MOST_AREAS}"));
        }
    }
    let names = areas.keys().map(|(row, column)| format!("{}{}", letters(*column), row + 1)).collect();
    let of = areas.into_values().zip(0..).map(|(cases, at)| Piece { area: Some(at), cases }).collect();
    Ok(Pieces { names, of })
}

/// A, B … Z, AA, AB … as spreadsheets name columns.
fn letters(mut column: u64) -> String {
    let mut text = Vec::new();
    loop {
        text.push(b'A' + (column % 26) as u8);
        if column < 26 {
            break;
        }
        column = column / 26 - 1;
    }
    text.iter().rev().map(|letter| char::from(*letter)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_named_as_spreadsheets_name_them() {
        let named: Vec<String> = [0, 25, 26, 51, 52, 701, 702].map(letters).to_vec();
        assert_eq!(named, ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]);
    }
}
